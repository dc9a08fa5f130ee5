"""What the page's script draws: one geometry, many attributes, and the overlays.

Everything a reader sees is already text here, so that map, legend and tables cannot print a figure two ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from maps.arcs import line_steps, shared_arcs
from maps.embedded import packed_texts
from maps.formats import format_column, with_unit
from maps.geometry import group_outlines, label_point, page_shapes, simplified
from maps.legend import place_in_classes
from maps.palettes import edge_colour
from maps.panels import panel_data
from maps.search import places_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from maps.legend import Legend
    from maps.spec import Column, Overlay, Page

Json = dict[str, Any]


def map_data(page: Page, legends: Sequence[Legend]) -> Json:
    """Give the script's data: areas, choropleths by their legends, overlays, backdrop, panel, places to search for."""
    shapes = page_shapes(simplified(page.areas, tolerance_m=page.simplify_m))
    tiles = page.tiles
    return {
        "areas": _areas(page, shapes),
        "choropleths": [_choropleth(shapes, legend) for legend in legends],
        "compare": _compared(page, legends),
        "overlays": [_overlay(overlay) for overlay in page.overlays if not overlay.frame.empty],
        "backdrop": _backdrop(page, shapes),
        "panel": panel_data(page),
        "places": places_data(page),
        "tiles": tiles and {"url": tiles.url, "attribution": tiles.attribution, "maxZoom": tiles.max_zoom},
        "attribution": page.attribution,
        "areaNoun": page.area_noun,
        "runId": page.run_id,
    }


def _compared(page: Page, legends: Sequence[Legend]) -> list[str]:
    """Name the two layers first compared; the first two drawn where the page names none, or one that is left out."""
    keys = [legend.layer.key for legend in legends]
    wanted = [key for key in page.compare or () if key in keys]
    return wanted if len(wanted) == 2 else keys[:2]


def _areas(page: Page, shapes: NDArray[Any]) -> Json:
    areas, coverage = page.areas, shared_arcs(shapes)
    groups = [] if page.group_column is None else areas[page.group_column].astype(str).tolist()
    return {
        "arcs": coverage.arcs,
        "rings": coverage.areas,
        "ids": areas[page.id_column].astype(str).tolist(),
        "names": areas[page.name_column].astype(str).tolist(),
        "groups": packed_texts(groups),
        "figures": _figures(areas, page.tooltip),
    }


def _figures(frame: pd.DataFrame, columns: Sequence[Column]) -> list[Json]:
    return [
        {
            "column": column.column,
            "label": column.label,
            "values": packed_texts(
                [
                    with_unit(text, column.unit, missing_label=column.missing_label)
                    for text in format_column(frame, column)
                ]
            ),
        }
        for column in columns
    ]


def _choropleth(shapes: NDArray[Any], legend: Legend) -> Json:
    layer = legend.layer
    return {
        "key": layer.key,
        "title": layer.title,
        "figure": {"column": layer.column, "label": layer.title, "values": packed_texts(legend.texts)},
        "classes": list(legend.classes),
        "colours": list(layer.palette),
        "edges": [edge_colour(colour) for colour in layer.palette],
        "numbered": [[each.index, each.number, *label_point(shapes[each.index])] for each in legend.numbered],
        "summary": legend.summary,
    }


def _overlay(overlay: Overlay) -> Json:
    frame = overlay.frame
    shapes = page_shapes(frame)
    names, size = _texts(frame, overlay.label_column), overlay.size_column
    return {
        "key": overlay.key,
        "title": overlay.title,
        "kind": overlay.kind,
        "colour": overlay.colour,
        "colours": list(overlay.palette),
        "classes": _overlay_classes(overlay),
        "fill": overlay.fill,
        "shape": overlay.shape,
        "casing": overlay.casing,
        "dash": list(overlay.dash),
        "visible": overlay.visible,
        "order": overlay.order,
        "showLabels": overlay.show_labels,
        "shapes": [_parts(shape) for shape in shapes],
        "ids": _texts(frame, overlay.id_column) if overlay.id_column else [],
        "labelAt": [label_point(shape) for shape in shapes] if overlay.show_labels else [],
        "labels": packed_texts(_texts(frame, overlay.map_label_column)) if overlay.map_label_column else [],
        "names": packed_texts(names),
        "size": overlay.size,
        "sizes": [] if size is None else frame[size].astype(float).tolist(),
        "figures": _figures(frame, overlay.tooltip),
    }


def _overlay_classes(overlay: Overlay) -> list[int]:
    if overlay.class_column is None:
        return []
    return place_in_classes(overlay.frame[overlay.class_column], overlay.classes)


def _parts(shape: BaseGeometry) -> list[Any]:
    """Write a shape part by part: a point or line as steps, a polygon as its rings' steps."""
    flat = shapely.force_2d(shape)
    if shape.geom_type.endswith("Polygon"):
        return [
            [line_steps(ring) for ring in (part.exterior, *part.interiors)]
            for part in shapely.get_parts(flat)
        ]
    return [line_steps(part) for part in shapely.get_parts(flat)]


def _texts(frame: pd.DataFrame, column: str | None) -> list[str]:
    """Give a column as text, empty where there is no value or no column."""
    if column is None:
        return [""] * len(frame)
    return frame[column].astype(object).where(frame[column].notna(), "").astype(str).tolist()


def _backdrop(page: Page, shapes: NDArray[Any]) -> list[Json]:
    """Outline and name the groups; without groups, outline the whole."""
    named = page.group_column is not None
    groups = page.areas[page.group_column].astype(str).tolist() if named else [""] * len(shapes)
    return [
        {
            "name": name,
            "outline": _parts(outline.boundary),
            "labelAt": label_point(outline) if name else None,
        }
        for name, outline in group_outlines(shapes, groups).items()
    ]
