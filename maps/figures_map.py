"""One layer of a page as a map for paper: areas coloured, what is drawn over them, names, legend, scale bar and north."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Normal, Stroke

from maps.checks import check_page
from maps.errors import MapsError
from maps.figures_legend import EDGE, HATCH, MARKS, POINTS_PER_PIXEL, GridLegend, write_legend
from maps.figures_names import Box, Name, place_names
from maps.figures_sheet import SMALL_SIZE, SOFT, WIDTH_MM, Sheet, Words, body_width_mm, house_style, new_sheet
from maps.figures_text import shortened
from maps.geometry import group_outlines, simplified
from maps.legend import NO_CLASS, build_legend, classify
from maps.palettes import INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from pyproj import CRS

    from maps.spec import Choropleth, Overlay, Page

    Shapes = NDArray[Any]

_LEGEND_MM: Final = 45.0
_GAP_MM: Final = 4.0
_HIGHEST_MM: Final = 150.0
_LOWEST_MM: Final = 74.0
_NAME_SIZE: Final = 7.0
_GROUP_SIZE: Final = 6.0
_LONGEST_NAME_MM: Final = 55.0
_HALO: Final = 1.8
_UNSEEN_MM: Final = 0.06
_SCALE_STEPS: Final = (1, 2, 5)
_LITTLE_DEG: Final = 0.01


@dataclass(frozen=True)
class _View:
    """From metres of a map's CRS to millimetres on paper."""

    crs: CRS
    west: float
    south: float
    mm_per_m: float
    width_mm: float
    height_mm: float
    bottom_mm: float

    def on_paper(self, frame: gpd.GeoSeries) -> Shapes:
        """Place shapes of any CRS on the paper."""
        origin = np.array([self.west, self.south])
        lift = np.array([0.0, self.bottom_mm])
        shapes = shapely.force_2d(frame.to_crs(self.crs).to_numpy())
        placed: Shapes = shapely.transform(shapes, lambda xy: (xy - origin) * self.mm_per_m + lift)
        return placed

    @property
    def box(self) -> Box:
        return 0.0, self.bottom_mm, self.width_mm, self.bottom_mm + self.height_mm

    @property
    def north_deg(self) -> float:
        """How far north leans from the top of the paper, clockwise."""
        x = self.west + self.width_mm / self.mm_per_m / 2
        y = self.south + self.height_mm / self.mm_per_m / 2
        here = gpd.GeoSeries.from_xy([x], [y], crs=self.crs).to_crs(4326).get_coordinates()
        there = gpd.GeoSeries.from_xy(here["x"], here["y"] + _LITTLE_DEG, crs=4326).to_crs(self.crs)
        east, north = there.get_coordinates().to_numpy()[0] - (x, y)
        return math.degrees(math.atan2(east, north))


def area_figure(
    page: Page,
    key: str,
    *,
    words: Words,
    overlays: Sequence[str] = (),
    grid: GridLegend | None = None,
    width_mm: float = WIDTH_MM,
) -> Figure:
    """Draw one layer of a page as a map for paper.

    Parameters
    ----------
    page
        What a page says; its areas, layers and overlays may be in any CRS.
    key
        Of the choropleth.
    words
        Title, subtitle and caption.
    overlays
        Keys of what is drawn over the areas, whether or not the page shows it at first; one that the page does not have,
        or that is empty, is left out.
    grid
        Sets the classes of the legend out as a square.
    width_mm
        Width of the figure.

    Returns
    -------
        North is the grid's; the arrow points to true north. Lengths are true to the scale bar within a few parts in a
        thousand, as far as the areas fit one zone of the Universal Transverse Mercator grid.

    Raises
    ------
    MapsError
        When the page cannot be drawn as described or has no such layer.
    """
    check_page(page)
    layer = next((layer for layer in page.choropleths if layer.key == key), None)
    if layer is None:
        keys = ", ".join(layer.key for layer in page.choropleths)
        raise MapsError(f"The page has no choropleth {key!r}; it has {keys}.")
    wanted = [each for each in page.overlays if each.key in overlays and not each.frame.empty]
    drawn = sorted(wanted, key=lambda overlay: overlay.order)
    crs = page.areas.estimate_utm_crs()
    metric = page.areas.to_crs(crs)
    view = _view(metric, crs, width_mm)
    legend = build_legend(classify(page.areas[layer.column], layer), layer)
    with house_style():
        sheet = new_sheet(words, body_mm=view.bottom_mm + view.height_mm, width_mm=width_mm)
        _draw_areas(sheet, view, metric, page, layer)
        for overlay in drawn:
            _draw_overlay(sheet, view, overlay)
        taken = [_draw_scale_and_north(sheet, view)]
        names = [*_marked_names(view, drawn), *_group_names(view, page)]
        marks = [box for overlay in drawn if overlay.kind == "point" for box in _mark_boxes(view, overlay)]
        halo = [Stroke(linewidth=_HALO, foreground="white"), Normal()]
        for placed in place_names(names, within=view.box, taken=[*taken, *marks]):
            name = placed.name
            sheet.write(
                name.text, placed.corner, size=name.size, bold=name.bold, colour=name.colour, va="bottom",
                path_effects=halo, zorder=9,
            )  # fmt: skip
        write_legend(
            sheet, legend, drawn, left_mm=view.width_mm + _GAP_MM, area_noun=page.area_noun, grid=grid
        )
        return sheet.figure


def _view(metric: gpd.GeoDataFrame, crs: CRS, width_mm: float) -> _View:
    """Fit the areas into the room beside the legend."""
    west, south, east, north = metric.total_bounds
    room = body_width_mm(width_mm) - _LEGEND_MM - _GAP_MM
    mm_per_m = min(room / (east - west), _HIGHEST_MM / (north - south))
    height = max((north - south) * mm_per_m, _LOWEST_MM)
    # The areas stand in the middle of the room they leave.
    spare_x, spare_y = room / mm_per_m - (east - west), height / mm_per_m - (north - south)
    return _View(crs, west - spare_x / 2, south - spare_y / 2, mm_per_m, room, height, bottom_mm=6.0)


def _draw_areas(sheet: Sheet, view: _View, metric: gpd.GeoDataFrame, page: Page, layer: Choropleth) -> None:
    """Colour the areas by their classes, those without a value hatched, and draw the outlines of their groups."""
    shapes = view.on_paper(simplified(metric, tolerance_m=_UNSEEN_MM / view.mm_per_m).geometry)
    classes = np.array(classify(page.areas[layer.column], layer))
    for place, colour in [*enumerate(layer.palette), (NO_CLASS, "white")]:
        paths = [_outline(shape) for shape in shapes[classes == place]]
        if paths:
            _add(sheet, paths, facecolors=colour, edgecolors="white", linewidths=0.25, zorder=1)
        if paths and place == NO_CLASS:
            _add(sheet, paths, facecolors="none", edgecolors=EDGE, linewidths=0.25, hatch=HATCH, zorder=1.1)
    if page.group_column is not None:
        groups = group_outlines(shapes, page.areas[page.group_column].astype(str).tolist())
        outlines = [_outline(shape) for shape in groups.values()]
        _add(sheet, outlines, facecolors="none", edgecolors=SOFT, linewidths=0.9, zorder=2)


def _add(sheet: Sheet, paths: list[Outline], **settings: Any) -> None:  # noqa: ANN401 - matplotlib's own settings
    sheet.body.add_collection(PathCollection(paths, clip_on=False, **settings), autolim=False)


def _outline(shape: Any) -> Outline:  # noqa: ANN401 - shapely's polygons of one or many parts
    """Turn a polygon into a path; rings turn opposite ways, so that holes stay open."""
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    rings = [ring for part in parts for ring in shapely.get_rings(part)]
    return Outline.make_compound_path(
        *(Outline(shapely.get_coordinates(ring), closed=True) for ring in rings)
    )


def _draw_overlay(sheet: Sheet, view: _View, overlay: Overlay) -> None:
    frame, order = overlay.frame, 3 + overlay.order / 100
    shapes = view.on_paper(frame.geometry)
    if overlay.kind == "polygon":
        hatch = HATCH if overlay.fill == "hatch" else None
        outlines = [_outline(shape) for shape in shapes]
        _add(
            sheet, outlines, facecolors="none", edgecolors=overlay.colour, linewidths=0.8, hatch=hatch, zorder=order
        )  # fmt: skip
        return
    sizes = (
        [overlay.size] * len(frame) if overlay.size_column is None else frame[overlay.size_column].tolist()
    )
    if overlay.kind == "line":
        _draw_lines(sheet, view, overlay, shapes, sizes)
        return
    for x, y in _on_the_map(view, shapes):
        sheet.body.plot(
            x, y, MARKS[overlay.shape], color=overlay.colour, markersize=max(overlay.size, 2.0) * 0.9,
            markeredgecolor="white", markeredgewidth=0.6, zorder=order, clip_on=False,
        )  # fmt: skip


def _draw_lines(sheet: Sheet, view: _View, overlay: Overlay, shapes: Shapes, sizes: Sequence[float]) -> None:
    """Draw lines within the map, set off from the areas by a white edge where the page does so."""
    parts, of = shapely.get_parts(shapely.clip_by_rect(shapes, *view.box), return_index=True)
    lines = [shapely.get_coordinates(part) for part in parts]
    widths = np.asarray(sizes, dtype=float)[of] * POINTS_PER_PIXEL
    order = 3 + overlay.order / 100
    dash = (0, tuple(POINTS_PER_PIXEL * step for step in overlay.dash)) if overlay.dash else "solid"
    if overlay.casing:
        edge = LineCollection(lines, colors="white", linewidths=widths + 1.2, zorder=order)
        sheet.body.add_collection(edge, autolim=False)
    drawn = LineCollection(
        lines, colors=overlay.colour, linewidths=widths, linestyles=[dash], zorder=order + 0.001
    )
    sheet.body.add_collection(drawn, autolim=False)


def _marked_names(view: _View, overlays: Sequence[Overlay]) -> list[Name]:
    """Name what the overlays label, the topmost overlay first."""
    names: list[Name] = []
    for overlay in reversed(overlays):
        column = overlay.map_label_column or overlay.label_column
        if not overlay.show_labels or column is None:
            continue
        texts = [str(text) for text in overlay.frame[column]]
        beside = 1.6 if overlay.kind == "point" else 0.0
        colour = INK if overlay.kind == "point" else overlay.colour
        for text, shape in zip(texts, view.on_paper(overlay.frame.geometry), strict=True):
            fitted = shortened(text, within_mm=_LONGEST_NAME_MM, size=_NAME_SIZE, bold=True)
            names.append(Name(fitted, _anchor(shape), _NAME_SIZE, bold=True, colour=colour, beside_mm=beside))
    return names


def _anchor(shape: Any) -> tuple[float, float]:  # noqa: ANN401 - any shape of shapely's
    """Find where a name belongs: halfway along a line, inside an area, at a point."""
    part = max(shapely.get_parts(shape), key=lambda part: (part.area, part.length))
    at = (
        part.interpolate(0.5, normalized=True)
        if part.geom_type == "LineString"
        else part.representative_point()
    )
    return at.x, at.y


def _group_names(view: _View, page: Page) -> list[Name]:
    if page.group_column is None:
        return []
    shapes = view.on_paper(page.areas.geometry)
    groups = group_outlines(shapes, page.areas[page.group_column].astype(str).tolist())
    return [
        Name(
            shortened(name.upper(), within_mm=_LONGEST_NAME_MM, size=_GROUP_SIZE), _anchor(shape), _GROUP_SIZE
        )
        for name, shape in groups.items()
    ]


def _mark_boxes(view: _View, overlay: Overlay) -> list[Box]:
    points = _on_the_map(view, view.on_paper(overlay.frame.geometry))
    return [(x - 1, y - 1, x + 1, y + 1) for x, y in points]


def _on_the_map(view: _View, shapes: Shapes) -> list[tuple[float, float]]:
    """Give the points that lie within the map; a centre beyond it would stand in the legend."""
    left, bottom, right, top = view.box
    points = shapely.get_coordinates(shapes).tolist()
    return [(x, y) for x, y in points if left <= x <= right and bottom <= y <= top]


def _draw_scale_and_north(sheet: Sheet, view: _View) -> Box:
    """Draw a bar of a round length below the map, and an arrow to true north beside it; return their room."""
    km = _round_length_km(0.3 * view.width_mm / view.mm_per_m)
    length, y = km * 1000 * view.mm_per_m, 1.2
    sheet.body.plot([0, 0, length, length], [y + 1.2, y, y, y + 1.2], color=INK, linewidth=0.9, clip_on=False)
    sheet.write(f"{km:g} km", (length + 1.5, y), size=SMALL_SIZE, va="bottom")
    x, turn = length + 18, math.radians(view.north_deg)
    tip = (x + 4 * math.sin(turn), y + 4 * math.cos(turn))
    sheet.body.annotate(
        "", tip, (x, y), arrowprops={"arrowstyle": "-|>,head_width=0.2,head_length=0.4", "color": INK, "lw": 1.2},
        annotation_clip=False,
    )  # fmt: skip
    sheet.write("N", (x + 1.6, y), size=SMALL_SIZE, bold=True, va="bottom")
    return 0.0, 0.0, x + 5, 6.0


def _round_length_km(most_m: float) -> float:
    """Return the greatest of 1, 2, 5 times a power of ten kilometres that is not above so many metres."""
    power = 10.0 ** math.floor(math.log10(most_m / 1000))
    return max(step * power for step in _SCALE_STEPS if step * power <= most_m / 1000)
