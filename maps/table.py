"""Tables as the page prints them: text for the reader, full precision for sorting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maps.formats import format_column, is_number_column, sort_values

if TYPE_CHECKING:
    from maps.spec import Column, Table


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


@dataclass(frozen=True)
class Row:
    """One row, with its identifier where the table has one."""

    id: str
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


def print_table(table: Table) -> PrintedTable:
    """Turn a table into headings and cells; an empty frame gives a table without rows."""
    frame = table.frame
    ids = [""] * len(frame) if table.id_column is None else frame[table.id_column].astype(str).tolist()
    cells = zip(*(_cells(table, column) for column in table.columns), strict=True)
    return PrintedTable(
        key=table.key,
        title=table.title,
        caption=table.caption,
        headings=tuple(
            Heading(column.label, column.unit, is_number_column(frame, column)) for column in table.columns
        ),
        rows=tuple(Row(row_id, row) for row_id, row in zip(ids, cells, strict=True)),
        is_long=table.is_long,
    )


def _cells(table: Table, column: Column) -> list[Cell]:
    is_number = is_number_column(table.frame, column)
    heads_row = column.column == (table.heading_column or table.columns[0].column)
    texts, sorts = format_column(table.frame, column), sort_values(table.frame, column)
    return [Cell(text, sort, is_number, heads_row) for text, sort in zip(texts, sorts, strict=True)]
