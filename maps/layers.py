"""What the page's script draws: one geometry, many attributes, and the overlays.

Everything a reader sees is already text here, so that map, legend and tables cannot print a figure two ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps.formats import format_column, with_unit
from maps.geometry import group_outlines, label_point, page_shapes, to_geojson
from maps.legend import class_labels, classify

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from maps.spec import Choropleth, Column, Overlay, Page

Json = dict[str, Any]


def map_data(page: Page) -> Json:
    """Give the script's data: areas, choropleths, overlays and backdrop."""
    shapes = page_shapes(page.areas)
    drawn = [layer for layer in page.choropleths if has_values(page.areas, layer)]
    return {
        "areas": _areas(page, shapes),
        "choropleths": [_choropleth(page.areas, layer) for layer in drawn],
        "overlays": [_overlay(overlay) for overlay in page.overlays if not overlay.frame.empty],
        "backdrop": _backdrop(page, shapes),
        "attribution": page.attribution,
    }


def has_values(areas: gpd.GeoDataFrame, layer: Choropleth) -> bool:
    """Whether any area has a value, so that the layer is worth a place in the list."""
    return bool(areas[layer.column].notna().any())


def _areas(page: Page, shapes: NDArray[Any]) -> Json:
    areas = page.areas
    groups = [] if page.group_column is None else areas[page.group_column].astype(str).tolist()
    return {
        "shapes": [to_geojson(shape) for shape in shapes],
        "ids": areas[page.id_column].astype(str).tolist(),
        "names": areas[page.name_column].astype(str).tolist(),
        "groups": groups,
        "figures": _figures(areas, page.tooltip),
    }


def _figures(frame: pd.DataFrame, columns: Sequence[Column]) -> list[Json]:
    return [
        {
            "column": column.column,
            "label": column.label,
            "values": [
                with_unit(text, column.unit, missing_label=column.missing_label)
                for text in format_column(frame, column)
            ],
        }
        for column in columns
    ]


def _choropleth(areas: gpd.GeoDataFrame, layer: Choropleth) -> Json:
    return {
        "key": layer.key,
        "figure": _figures(areas, [layer.figure])[0],
        "classes": classify(areas[layer.column], layer),
        "classLabels": class_labels(layer),
        "colours": list(layer.palette),
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
        "shape": overlay.shape,
        "casing": overlay.casing,
        "dash": list(overlay.dash),
        "visible": overlay.visible,
        "order": overlay.order,
        "showLabels": overlay.show_labels,
        "shapes": [to_geojson(shape) for shape in shapes],
        "labelAt": [label_point(shape) for shape in shapes] if overlay.show_labels else [],
        "labels": _texts(frame, overlay.map_label_column) if overlay.map_label_column else names,
        "names": names,
        "sizes": [overlay.size] * len(frame) if size is None else frame[size].astype(float).tolist(),
        "figures": _figures(frame, overlay.tooltip),
    }


def _texts(frame: pd.DataFrame, column: str | None) -> list[str]:
    return [""] * len(frame) if column is None else frame[column].astype(str).tolist()


def _backdrop(page: Page, shapes: NDArray[Any]) -> list[Json]:
    """Outline and name the groups; without groups, outline the whole."""
    named = page.group_column is not None
    groups = page.areas[page.group_column].astype(str).tolist() if named else [""] * len(shapes)
    return [
        {
            "name": name,
            "outline": to_geojson(outline.boundary),
            "labelAt": label_point(outline) if name else None,
        }
        for name, outline in group_outlines(shapes, groups).items()
    ]
