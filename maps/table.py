"""Tables as the page prints them: text for the reader, unrounded figures for sorting and saving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from maps.formats import format_column, is_number_column, sort_values

if TYPE_CHECKING:
    from maps.spec import Column, Table

#: Rows from which a box to narrow them is worth its place.
FILTER_FROM_ROWS: Final = 8
#: Letters from which a text is a sentence that needs room.
_SENTENCE_LETTERS: Final = 60


@dataclass(frozen=True)
class Cell:
    """One cell: what is read, what it sorts by, and whether it heads its row."""

    text: str
    sort: str
    is_number: bool
    heads_row: bool


@dataclass(frozen=True)
class Heading:
    """One column heading with its unit."""

    label: str
    unit: str
    is_number: bool
    is_wide: bool


@dataclass(frozen=True)
class Row:
    """One row, with its identifier and that of its feature on the map where the table has them."""

    id: str
    link: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class PrintedTable:
    """A table ready for the page."""

    key: str
    title: str
    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    is_long: bool
    links: str
    is_sortable: bool
    is_filterable: bool


def print_table(table: Table) -> PrintedTable:
    """Turn a table into headings and cells; an empty frame gives a table without rows."""
    ids = _identifiers(table, table.id_column)
    links = _identifiers(table, table.link_key if table.links else None)
    columns = [_cells(table, column) for column in table.columns]
    return PrintedTable(
        key=table.key,
        title=table.title,
        caption=table.caption,
        headings=tuple(
            Heading(column.label, column.unit, is_number_column(table.frame, column), _is_wide(cells))
            for column, cells in zip(table.columns, columns, strict=True)
        ),
        rows=tuple(
            Row(row_id, link, row)
            for row_id, link, row in zip(ids, links, zip(*columns, strict=True), strict=True)
        ),
        is_long=table.is_long,
        links=table.links,
        is_sortable=table.sortable and len(table.frame) > 1,
        is_filterable=table.filterable and len(table.frame) >= FILTER_FROM_ROWS,
    )


def _identifiers(table: Table, column: str | None) -> list[str]:
    if column is None:
        return [""] * len(table.frame)
    values = table.frame[column]
    return ["" if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]


def _cells(table: Table, column: Column) -> list[Cell]:
    is_number = is_number_column(table.frame, column)
    heads_row = column.column == (table.heading_column or table.columns[0].column)
    texts, sorts = format_column(table.frame, column), sort_values(table.frame, column)
    return [Cell(text, sort, is_number, heads_row) for text, sort in zip(texts, sorts, strict=True)]


def _is_wide(cells: list[Cell]) -> bool:
    return any(len(cell.text) > _SENTENCE_LETTERS for cell in cells if not cell.is_number)
