"""Geometry for the page: EPSG:4326, five decimals (about a metre), one copy of each shape.

Areas are simplified as a coverage, so that neighbours keep one border (`shapely.coverage_simplify`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

DECIMALS: Final = 5
#: What the eye cannot see on the whole map: a fifth of a pixel where the map's longer side has a thousand.
_UNSEEN_SHARE: Final = 1 / 5000


def simplified(areas: gpd.GeoDataFrame, *, tolerance_m: float | None) -> gpd.GeoDataFrame:
    """Simplify areas with their neighbours, so that no gap opens between them.

    Parameters
    ----------
    areas
        Polygons in any CRS.
    tolerance_m
        As `Page.simplify_m`: None for a five-thousandth of the longer side of the whole, 0 for borders as they are.
        The tolerance is that of Visvalingam and Whyatt: the root of the area that a vertex stands for.
    """
    if tolerance_m == 0:
        return areas
    metric = areas.geometry.to_crs(areas.estimate_utm_crs()) if _is_far_from_metric(areas) else areas.geometry
    if tolerance_m is None:
        west, south, east, north = metric.total_bounds
        tolerance_m = max(east - west, north - south) * _UNSEEN_SHARE
    return areas.set_geometry(metric.simplify_coverage(tolerance_m))


def _is_far_from_metric(areas: gpd.GeoDataFrame) -> bool:
    """Whether the unit of the CRS is not the metre."""
    crs = areas.crs
    return crs is None or crs.is_geographic or crs.axis_info[0].unit_name != "metre"


def page_shapes(frame: gpd.GeoDataFrame) -> NDArray[Any]:
    """Give a frame's shapes in longitude and latitude, rounded vertex by vertex.

    A vertex two areas share is rounded to the same place in both, so borders stay closed.
    """
    in_degrees = frame.geometry.to_crs(4326).to_numpy()
    rounded: NDArray[Any] = shapely.transform(in_degrees, lambda xy: np.round(xy, DECIMALS))
    return rounded


def to_geojson(shape: BaseGeometry) -> dict[str, Any]:
    """Write one shape as a GeoJSON geometry, without repeated vertices or a third dimension."""
    slim = shapely.remove_repeated_points(shapely.force_2d(shape))
    mapping: dict[str, Any] = shapely.geometry.mapping(slim)
    return {"type": mapping["type"], "coordinates": mapping["coordinates"]}


def group_outlines(shapes: NDArray[Any], groups: Sequence[str]) -> dict[str, BaseGeometry]:
    """Dissolve areas into their groups, in the groups' alphabetical order."""
    names = np.asarray(groups, dtype=object)
    return {name: _dissolved(shapes[names == name]) for name in sorted(set(groups))}


def _dissolved(members: NDArray[Any]) -> BaseGeometry:
    """Join areas; those that share their borders vertex by vertex thirty times as fast."""
    if shapely.coverage_is_valid(members):
        return shapely.coverage_union_all(members)
    return shapely.union_all(shapely.make_valid(members))


def label_point(shape: BaseGeometry) -> tuple[float, float]:
    """Find where a name is written: inside an area, halfway along a line, at a point (lon, lat)."""
    longest = max(shapely.get_parts(shape), key=lambda part: (part.area, part.length))
    if longest.geom_type == "LineString":
        at = longest.interpolate(0.5, normalized=True)
    else:
        at = longest.representative_point()
    return round(at.x, DECIMALS), round(at.y, DECIMALS)
