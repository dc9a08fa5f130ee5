"""Geometry for the page: EPSG:4326, five decimals (about a metre), one copy of each shape."""

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
    return {
        name: shapely.union_all(shapely.make_valid(shapes[names == name])) for name in sorted(set(groups))
    }


def label_point(shape: BaseGeometry) -> tuple[float, float]:
    """Find where a name is written: inside an area, halfway along a line, at a point (lon, lat)."""
    longest = max(shapely.get_parts(shape), key=lambda part: (part.area, part.length))
    if longest.geom_type == "LineString":
        at = longest.interpolate(0.5, normalized=True)
    else:
        at = longest.representative_point()
    return round(at.x, DECIMALS), round(at.y, DECIMALS)
