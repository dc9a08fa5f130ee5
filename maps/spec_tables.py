"""The description of a page's tables, and of the panel that tells of one area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Final

from maps.errors import MapsError
from maps.spec_columns import Column, require_key
from maps.spec_layers import DIRECTIONS, Direction

if TYPE_CHECKING:
    import pandas as pd

#: What a table may be linked with, beside the overlays by their keys.
AREAS: Final = "areas"
GROUPS: Final = "groups"


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table under the map; its first column is the row's heading.

    Parameters
    ----------
    key, title
        Identifier in the page, and the heading above the table.
    frame
        Rows in the order they are shown.
    columns
        Columns shown, in order.
    caption
        What the table says and how its figures were made.
    id_column
        Column with a unique identifier, kept on each row.
    heading_column
        Column whose cells head the rows for a screen reader; the first one shown if left out.
    is_long
        Whether the table has so many rows that it is scrolled within itself, its headings in sight.
    links
        What the rows stand for on the map: "areas", "groups" (of the page's `group_column`) or an overlay's key.
        A linked row shows its feature on the map, and a feature that is clicked marks its row. A row whose feature is
        not on the map stays an ordinary row.
    link_column
        Column with the identifier of the feature, where that is not `id_column`; for "groups" it holds the name.
    sortable
        Whether headings sort the rows.
    filterable
        Whether a box above the table narrows the rows to those that hold what is typed; tables of few rows have none.
    """

    key: str
    title: str
    frame: pd.DataFrame
    columns: Sequence[Column]
    caption: str
    id_column: str | None = None
    heading_column: str | None = None
    is_long: bool = False
    links: str = ""
    link_column: str | None = None
    sortable: bool = True
    filterable: bool = True

    def __post_init__(self) -> None:
        """Refuse a table without columns, and a link without identifiers."""
        require_key(self.key, "Table")
        if not self.columns:
            raise MapsError(f"Table {self.key!r} names no column.")
        if self.links and self.link_key is None:
            raise MapsError(f"Table {self.key!r} links rows with {self.links!r} but names no id_column.")

    @property
    def link_key(self) -> str | None:
        """Column by which rows are linked with features."""
        return self.id_column if self.link_column is None else self.link_column


@dataclass(frozen=True)
class PanelFigure:
    """One figure of an area in the panel, and where it puts the area among all.

    Parameters
    ----------
    column
        The column of the areas, and how it is printed.
    ranked
        "high" or "low": which end comes first; None prints no place. Equal values share a place ("joint 3rd"), an
        infinite value is the highest, a missing one has none.
    first_words
        What coming first means, for example "quickest"; "most" or "least" if left out.
    """

    column: Column
    _: KW_ONLY
    ranked: Direction | None = None
    first_words: str = ""

    def __post_init__(self) -> None:
        """Refuse another direction."""
        if self.ranked is not None and self.ranked not in DIRECTIONS:
            raise MapsError(
                f"Panel figure {self.column.column!r}: ranked {self.ranked!r} must be high or low."
            )


@dataclass(frozen=True)
class PanelText:
    """A text of an area in the panel: a column of whole sentences; an area without one goes without the heading."""

    heading: str
    column: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What the page tells of the one area that was clicked.

    Parameters
    ----------
    figures
        Figures, each with its place among the areas if wanted.
    texts
        Sentences from columns of the areas.
    note
        What a reader must bear in mind, printed last.
    """

    figures: Sequence[PanelFigure] = ()
    texts: Sequence[PanelText] = ()
    note: str = ""
