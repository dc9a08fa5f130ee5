"""Points put on the streets: the nearest edge, the place along it, and the distance off the street."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from accessibility.errors import ParameterError
from accessibility.streets.streets import StreetNetwork


@dataclass(frozen=True, eq=False)
class Snapped:
    """Where points join the streets.

    Attributes
    ----------
    edge
        Nearest edge of each point; -1 where none is near enough.
    along_m
        Metres from the edge's start to where the point joins it, on the scale of the edge's length; 0 where there is
        none.
    off_m
        Straight metres from the point to the street; +inf where none is near enough.
    """

    edge: npt.NDArray[np.int32]
    along_m: npt.NDArray[np.float64]
    off_m: npt.NDArray[np.float64]


def snap(streets: StreetNetwork, xy: npt.NDArray[np.float64], *, max_snap_m: float = 500) -> Snapped:
    """Where each point joins the streets: on the nearest edge, not at the nearest junction.

    Parameters
    ----------
    streets
        The streets of one mode.
    xy
        Coordinates in the streets' CRS, one row per point.
    max_snap_m
        Farthest that a point may lie from its street, inclusive.

    Returns
    -------
    Snapped
        One entry per point. Of edges equally near, the one with the lowest number; on it, the first of the places
        equally near. No points give empty arrays.

    Raises
    ------
    ParameterError
        For a distance below 0 or without end.
    """
    if not 0 <= max_snap_m < math.inf:
        raise ParameterError(f"max_snap_m is {max_snap_m}; it must be a number of metres, 0 or more")
    edge = np.full(len(xy), -1, dtype=np.int32)
    along_m = np.zeros(len(xy))
    off_m = np.full(len(xy), np.inf)
    points = np.asarray(shapely.points(xy), dtype=object)
    point, nearest = streets.tree.query_nearest(points, all_matches=True)
    first = np.lexsort((nearest, point))
    point, at = np.unique(point[first], return_index=True)
    nearest = nearest[first][at]
    lines = streets.lines[nearest]
    off = shapely.distance(lines, points[point])
    near = off <= max_snap_m
    point, nearest, lines = point[near], nearest[near], lines[near]
    edge[point] = nearest
    off_m[point] = off[near]
    straight_m = shapely.length(lines)
    scale = np.divide(streets.edge_m[nearest], straight_m, out=np.zeros(len(lines)), where=straight_m > 0)
    along_m[point] = np.minimum(
        shapely.line_locate_point(lines, points[point]) * scale, streets.edge_m[nearest]
    )
    return Snapped(edge=edge, along_m=along_m, off_m=off_m)
