"""The description of a page: what is drawn, in which words and colours.

Every object is frozen and checks what it can see by itself; `maps.checks` holds it against the tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from maps.errors import MapsError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

KEY = re.compile(r"[a-z][a-z0-9_-]*")
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
SHAPES = ("circle", "square", "diamond", "triangle")

Shape = Literal["circle", "square", "diamond", "triangle"]


def require_key(key: str, what: str) -> None:
    """Refuse a key that could not be an HTML id."""
    if not KEY.fullmatch(key):
        raise MapsError(f"{what} key {key!r} must be a lower-case word of letters, digits, '-' and '_'.")


def require_colour(colour: str, what: str) -> None:
    """Refuse anything but #rrggbb: colours are written into styles."""
    if not COLOUR.fullmatch(colour):
        raise MapsError(f"{what}: the colour {colour!r} must be written as #rrggbb.")


@dataclass(frozen=True)
class Column:
    """One column of a table as a reader sees it: in a ranking table, in a tooltip.

    Parameters
    ----------
    column
        Name of the column in the frame.
    label
        Heading shown to the reader.
    unit
        Unit shown beside the heading (tables) or after the figure (tooltips), for example "minutes" or "%".
    decimals
        Decimals printed; None for text and whole numbers.
    factor
        What the value is multiplied by before it is printed: 100 for a share shown in per cent.
    inf_label
        Words for an infinite value, for example "over 120".
    missing_label
        Words for a missing value, for example "not ranked".
    """

    column: str
    label: str
    _: KW_ONLY
    unit: str = ""
    decimals: int | None = None
    factor: float = 1.0
    inf_label: str = "not reached"
    missing_label: str = "no data"


@dataclass(frozen=True, kw_only=True)
class Choropleth:
    """One way of colouring the areas; the page shows one at a time.

    Either `breaks` (figures) or `classes` (categories) says how values fall into classes.

    Parameters
    ----------
    key, title
        Identifier in the page, and the name shown in the list of layers.
    column
        Column of the areas that is shown.
    palette
        Colours as #rrggbb, one per class, in the order of the classes.
    breaks
        Ascending upper bounds, inclusive, in the column's own unit; a last class holds all that lies above,
        +inf included. n breaks make n + 1 classes.
    classes
        Values of a categorical column, in the legend's order.
    class_labels
        Words for the classes; without them they are worded from the breaks or the categories.
    unit, decimals, factor, inf_label
        As in `Column`.
    definition
        What the figure means: day, window, statistic, threshold.
    no_data_label
        Words for the hatched class of areas without a value.
    note
        A caveat printed under the legend.
    """

    key: str
    title: str
    column: str
    palette: Sequence[str]
    breaks: Sequence[float] = ()
    classes: Sequence[str | int] = ()
    class_labels: Sequence[str] = ()
    unit: str = ""
    decimals: int | None = 0
    factor: float = 1.0
    inf_label: str = "not reached"
    definition: str = ""
    no_data_label: str = "No data"
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse classes, colours and labels that do not belong together."""
        require_key(self.key, "Choropleth")
        what = f"Choropleth {self.key!r}"
        if bool(self.breaks) == bool(self.classes):
            raise MapsError(f"{what} needs either breaks or classes, and not both.")
        if any(not low < high for low, high in pairwise(self.breaks)):
            raise MapsError(f"{what}: the breaks {list(self.breaks)} must ascend.")
        if len(set(self.classes)) != len(self.classes):
            raise MapsError(f"{what}: a class is named twice in {list(self.classes)}.")
        if len(self.palette) != self.n_classes:
            raise MapsError(f"{what} has {self.n_classes} classes but {len(self.palette)} colours.")
        if self.class_labels and len(self.class_labels) != self.n_classes:
            raise MapsError(f"{what} has {self.n_classes} classes but {len(self.class_labels)} labels.")
        for colour in self.palette:
            require_colour(colour, what)

    @property
    def n_classes(self) -> int:
        """How many classes the legend shows, "no data" not counted."""
        return len(self.classes) or len(self.breaks) + 1

    @property
    def figure(self) -> Column:
        """The shown column, as a tooltip prints it."""
        return Column(
            self.column,
            self.title,
            unit=self.unit,
            decimals=None if self.classes else self.decimals,
            factor=self.factor,
            inf_label=self.inf_label,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlay:
    """Points or lines over the areas, switched on and off by a checkbox.

    Parameters
    ----------
    key, title
        Identifier in the page, and the name shown in the list of layers.
    frame
        Points or lines in any CRS; an empty frame leaves the layer out with a sentence that says so.
    kind
        "point" or "line".
    colour
        Colour as #rrggbb; every mark gets a white edge, so that it stands out from any class colour.
    label_column
        Column with each feature's name: heading of its tooltip, and its label on the map.
    map_label_column
        Column with a shorter text for the label on the map, where the name would not find room.
    tooltip
        Further columns in the tooltip. Without them and without names the layer cannot be pointed at, and what lies
        under it can.
    size
        Radius of points or width of lines in pixels.
    size_column
        Column with the size of each feature in pixels, instead of one `size`.
    shape
        Mark of points, so that layers differ by more than colour.
    casing
        Whether lines get an edge that sets them off from the areas; a quiet backdrop goes without.
    dash
        Dash pattern of lines in pixels, for example (6, 4).
    visible
        Whether the layer is drawn when the page opens.
    order
        Layers with a higher order are drawn above those with a lower.
    show_labels
        Whether names are written on the map where there is room.
    note
        A caveat printed beside the checkbox.
    """

    key: str
    title: str
    frame: gpd.GeoDataFrame
    kind: Literal["point", "line"]
    colour: str
    label_column: str | None = None
    map_label_column: str | None = None
    tooltip: Sequence[Column] = ()
    size: float = 3.0
    size_column: str | None = None
    shape: Shape = "circle"
    casing: bool = True
    dash: Sequence[float] = ()
    visible: bool = True
    order: int = 0
    show_labels: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse kinds, shapes and colours that cannot be drawn."""
        require_key(self.key, "Overlay")
        what = f"Overlay {self.key!r}"
        require_colour(self.colour, what)
        if self.kind not in ("point", "line"):
            raise MapsError(f"{what}: kind {self.kind!r} must be 'point' or 'line'.")
        if self.shape not in SHAPES:
            raise MapsError(f"{what}: shape {self.shape!r} must be one of {', '.join(SHAPES)}.")
        if self.show_labels and self.label_column is None:
            raise MapsError(f"{what} shows labels but names no label_column.")


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
    """

    key: str
    title: str
    frame: pd.DataFrame
    columns: Sequence[Column]
    caption: str
    id_column: str | None = None
    heading_column: str | None = None
    is_long: bool = False

    def __post_init__(self) -> None:
        """Refuse a table without columns."""
        require_key(self.key, "Table")
        if not self.columns:
            raise MapsError(f"Table {self.key!r} names no column.")


@dataclass(frozen=True)
class Fact:
    """One figure in large type, with the definition that makes it readable."""

    label: str
    value: str
    definition: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """Everything one offline map page says.

    Parameters
    ----------
    title
        The finding, as a sentence.
    eyebrow
        What the page is about, in a few words above the title: the study and its region.
    subtitle
        The definition behind the finding, in a line or two.
    areas
        Polygons in any CRS, one row per area.
    id_column, name_column
        Unique identifier of an area, and its name.
    group_column
        Column of the larger unit (district) whose outline and name form the backdrop.
    area_noun
        What the areas are called in the plural, for example "wards".
    choropleths, overlays, tables, facts
        The layers, tables and large figures; at least one choropleth.
    tooltip
        Figures shown when the reader points at an area.
    notice
        A banner above everything, for example that the data are illustrative.
    method
        The whole definition, printed under the map as "How it was measured".
    comparison
        A published figure that readers will hold the finding against, and how far they may; printed under the facts.
    findings
        Headings and sentences that say what the tables show.
    definitions
        Terms and what they mean.
    limits
        Headings, each with its sentences: what is not modelled first, then what else a reader must bear in mind.
    sources
        Sources, licences and attributions, one sentence each.
    attribution
        A short line in the map's corner.
    run_id
        Identifier of the run the figures come from.
    lang
        Language tag of the text.
    """

    title: str
    subtitle: str
    areas: gpd.GeoDataFrame
    id_column: str
    name_column: str
    choropleths: Sequence[Choropleth]
    eyebrow: str = ""
    group_column: str | None = None
    area_noun: str = "areas"
    tooltip: Sequence[Column] = ()
    overlays: Sequence[Overlay] = ()
    tables: Sequence[Table] = ()
    facts: Sequence[Fact] = ()
    notice: str = ""
    method: str = ""
    comparison: str = ""
    findings: Sequence[tuple[str, str]] = ()
    definitions: Sequence[tuple[str, str]] = ()
    limits: Sequence[tuple[str, Sequence[str]]] = ()
    sources: Sequence[str] = ()
    attribution: str = ""
    run_id: str = ""
    lang: str = "en-GB"
