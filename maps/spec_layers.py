"""The description of a page's layers: how the areas are coloured, and what is drawn over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from maps.errors import MapsError
from maps.spec_columns import Column, require_colour, require_key

if TYPE_CHECKING:
    import geopandas as gpd

Direction = Literal["high", "low"]
Fill = Literal["hatch", "outline", "tint"]
Kind = Literal["point", "line", "polygon"]
Shape = Literal["circle", "square", "diamond", "triangle"]

DIRECTIONS = ("high", "low")
FILLS = ("hatch", "outline", "tint")
KINDS = ("point", "line", "polygon")
SHAPES = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True, kw_only=True)
class Choropleth:
    """One way of colouring the areas; the page shows one at a time, or two beside each other.

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
    group
        Heading in the list of layers under which the layer stands; layers of one group stand together.
    low_words, high_words
        What the first and the last class mean, printed at the ends of the legend: "fewer" and "more".
    diverging
        Whether the figures are differences: zero stays fixed in the middle of the colours. The breaks must mirror
        each other around zero; an odd number of them has zero itself in the middle. Figures are printed with their
        sign.
    label_top, label_from
        How many areas are numbered on the map, and from which end: "high" numbers the highest value 1. Equal values
        share a number; numbers that would pass `label_top` by a tie are left away.
    unit, decimals, factor, inf_label
        As in `Column`.
    definition
        What the figure means: day, window, statistic, threshold.
    no_data_label
        Words for the hatched class of areas without a value.
    note
        A caveat printed under the legend.
    reason_if_empty
        Why the layer is left out when no area has a value; a sentence.
    """

    key: str
    title: str
    column: str
    palette: Sequence[str]
    breaks: Sequence[float] = ()
    classes: Sequence[str | int] = ()
    class_labels: Sequence[str] = ()
    group: str = ""
    low_words: str = ""
    high_words: str = ""
    diverging: bool = False
    label_top: int = 0
    label_from: Direction = "high"
    unit: str = ""
    decimals: int | None = 0
    factor: float = 1.0
    inf_label: str = "not reached"
    definition: str = ""
    no_data_label: str = "No data"
    note: str = ""
    reason_if_empty: str = ""

    def __post_init__(self) -> None:
        """Refuse classes, colours and labels that do not belong together."""
        require_key(self.key, "Choropleth")
        what = f"Choropleth {self.key!r}"
        if bool(self.breaks) == bool(self.classes):
            raise MapsError(f"{what} needs either breaks or classes, and not both.")
        if any(not low < high for low, high in pairwise(self.breaks)):
            raise MapsError(f"{what}: the breaks {list(self.breaks)} must ascend.")
        if self.diverging and (not self.breaks or any(low != -high for low, high in self._mirrored)):
            raise MapsError(
                f"{what} is diverging: its breaks {list(self.breaks)} must mirror each other around zero."
            )
        if self.label_top < 0 or (self.label_top and self.classes):
            raise MapsError(f"{what}: label_top {self.label_top} must number areas by figures, 0 or more.")
        if self.label_from not in DIRECTIONS:
            raise MapsError(f"{what}: label_from {self.label_from!r} must be 'high' or 'low'.")
        _require_classes(what, self.classes, self.n_classes, self.palette, self.class_labels)

    @property
    def _mirrored(self) -> list[tuple[float, float]]:
        return list(zip(self.breaks, reversed(self.breaks), strict=True))

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
            signed=self.diverging,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlay:
    """Points, lines or polygons over the areas, switched on and off by a checkbox.

    Parameters
    ----------
    key, title
        Identifier in the page, and the name shown in the list of layers.
    frame
        Points, lines or polygons in any CRS; an empty frame leaves the layer out with a sentence that says so.
    kind
        "point", "line" or "polygon".
    colour
        Colour as #rrggbb; marks and lines get a white edge, so that they stand out from any class colour.
    id_column
        Column with a unique identifier of each feature, by which rows of tables are linked with it.
    label_column
        Column with each feature's name: heading of its tooltip, and its label on the map.
    map_label_column
        Column with a shorter text for the label on the map, where the name would not find room.
    tooltip
        Further columns in the tooltip. Without them and without names the layer cannot be pointed at, and what lies
        under it can.
    group
        Heading in the list of layers under which the layer stands; "Show on top" if left out.
    class_column, classes, palette, class_labels
        Colour features by the values of a column: the values in the legend's order, one colour for each, and their
        words. Without them all features have `colour`.
    fill
        How polygons are filled, so that the colours of the areas below stay readable: "hatch", "outline" (not at all)
        or "tint" (a third opaque).
    size
        Radius of points or width of lines and outlines in pixels.
    size_column
        Column with the size of each feature in pixels, instead of one `size`.
    shape
        Mark of points, so that layers differ by more than colour.
    casing
        Whether lines and outlines get an edge that sets them off from the areas; a quiet backdrop goes without.
    dash
        Dash pattern of lines and outlines in pixels, for example (6, 4).
    visible
        Whether the layer is drawn when the page opens.
    order
        Layers with a higher order are drawn above those with a lower.
    show_labels
        Whether names are written on the map where there is room.
    note
        A caveat printed beside the checkbox.
    reason_if_empty
        Why the layer is left out when it has no feature; a sentence.
    """

    key: str
    title: str
    frame: gpd.GeoDataFrame
    kind: Kind
    colour: str
    id_column: str | None = None
    label_column: str | None = None
    map_label_column: str | None = None
    tooltip: Sequence[Column] = ()
    group: str = ""
    class_column: str | None = None
    classes: Sequence[str | int] = ()
    palette: Sequence[str] = ()
    class_labels: Sequence[str] = ()
    fill: Fill = "hatch"
    size: float = 3.0
    size_column: str | None = None
    shape: Shape = "circle"
    casing: bool = True
    dash: Sequence[float] = ()
    visible: bool = True
    order: int = 0
    show_labels: bool = False
    note: str = ""
    reason_if_empty: str = ""

    def __post_init__(self) -> None:
        """Refuse kinds, shapes and colours that cannot be drawn."""
        require_key(self.key, "Overlay")
        what = f"Overlay {self.key!r}"
        require_colour(self.colour, what)
        for name, value, allowed in (
            ("kind", self.kind, KINDS),
            ("shape", self.shape, SHAPES),
            ("fill", self.fill, FILLS),
        ):
            if value not in allowed:
                raise MapsError(f"{what}: {name} {value!r} must be one of {', '.join(allowed)}.")
        if self.show_labels and self.label_column is None:
            raise MapsError(f"{what} shows labels but names no label_column.")
        if (self.class_column is None) != (not self.classes):
            raise MapsError(f"{what}: class_column and classes go together.")
        _require_classes(what, self.classes, len(self.classes), self.palette, self.class_labels)


def _require_classes(
    what: str, classes: Sequence[str | int], n_classes: int, palette: Sequence[str], labels: Sequence[str]
) -> None:
    if len(set(classes)) != len(classes):
        raise MapsError(f"{what}: a class is named twice in {list(classes)}.")
    if len(palette) != n_classes:
        raise MapsError(f"{what} has {n_classes} classes but {len(palette)} colours.")
    if labels and len(labels) != n_classes:
        raise MapsError(f"{what} has {n_classes} classes but {len(labels)} labels.")
    for colour in palette:
        require_colour(colour, what)
