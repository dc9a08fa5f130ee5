"""Walks between points: bounded, in whole seconds, never rounded down.

Without a street network a walk is the straight line times a declared detour factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from accessibility.errors import ParameterError
from accessibility.points import as_points, check_metric_crs
from accessibility.window import whole_seconds


@dataclass(frozen=True, eq=False)
class Walks:
    """Walks from each point of one set to the points of another that lie in reach.

    Walks of point *i* are ``ptr[i]:ptr[i + 1]`` of ``to`` (positions in the other set, ascending) and ``seconds``.
    """

    ptr: npt.NDArray[np.int64]
    to: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.int32]


def walk_seconds(metres: npt.ArrayLike, *, speed_kmh: float) -> npt.NDArray[np.int64]:
    """Seconds for metres walked, rounded up to the whole second."""
    # A millionth of a second is float noise, not a walk.
    seconds = np.asarray(metres, dtype=float) * 3.6 / speed_kmh
    return np.ceil(np.round(seconds, 6)).astype(np.int64)


def straight_line_walks(
    origins_xy: npt.NDArray[np.float64],
    destinations_xy: npt.NDArray[np.float64],
    *,
    max_min: float,
    speed_kmh: float,
    detour: float,
) -> Walks:
    """Which destinations lie within a walk of each origin, and how far in seconds.

    Parameters
    ----------
    origins_xy, destinations_xy
        Metric coordinates, one row per point.
    max_min
        Longest walk in minutes, inclusive.
    speed_kmh, detour
        Walking speed, and what the straight line is multiplied by.

    Returns
    -------
    Walks
        Empty where nothing is in reach.
    """
    check_walk(speed_kmh=speed_kmh, detour=detour)
    limit_s = whole_seconds(max_min)
    radius_m = limit_s * speed_kmh / 3.6 / detour + 0.01
    tree = shapely.STRtree(_as_points(destinations_xy))
    pairs = tree.query(_as_points(origins_xy), predicate="dwithin", distance=radius_m)
    start, to = pairs if pairs.size else (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    metres = np.hypot(*(origins_xy[start] - destinations_xy[to]).T) * detour
    seconds = walk_seconds(metres, speed_kmh=speed_kmh)
    near = seconds <= limit_s
    start, to, seconds = start[near], to[near], seconds[near]
    order = np.lexsort((to, start))
    ptr = np.searchsorted(start[order], np.arange(len(origins_xy) + 1)).astype(np.int64)
    return Walks(ptr=ptr, to=to[order].astype(np.int32), seconds=seconds[order].astype(np.int32))


def _as_points(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.points(xy), dtype=object)


def within_walk(
    points: gpd.GeoDataFrame,
    target: BaseGeometry,
    *,
    target_crs: CRS | str,
    crs: CRS | str,
    max_walk_min: float,
    walk_speed_kmh: float = 4.8,
    detour: float = 1.3,
) -> npt.NDArray[np.bool_]:
    """Which points lie within a walk of a point, line or polygon, in a straight line times the detour factor.

    Parameters
    ----------
    points
        Points with a unique ``id``, any CRS.
    target
        What is walked to.
    target_crs
        CRS of the target.
    crs
        Metric CRS in which distances are taken.
    max_walk_min
        Longest walk in minutes, inclusive.
    walk_speed_kmh, detour
        Walking speed, and what the straight line is multiplied by.

    Returns
    -------
    numpy.ndarray
        One truth value per row; all false for an empty target.

    Raises
    ------
    InputError
        For points that cannot be used.
    ParameterError
        For a speed, detour or longest walk out of range, or a CRS that is not projected in metres.
    """
    check_walk(speed_kmh=walk_speed_kmh, detour=detour)
    if not 0 <= max_walk_min < math.inf:
        raise ParameterError(f"max_walk_min is {max_walk_min}; it must be a number of minutes, 0 or more")
    metric = check_metric_crs(crs)
    xy = as_points(points, crs=metric, name="points").xy
    goal = gpd.GeoSeries([target], crs=target_crs).to_crs(metric).iloc[0]
    if goal.is_empty:
        return np.zeros(len(points), dtype=bool)
    metres = shapely.distance(shapely.points(xy), goal) * detour
    near: npt.NDArray[np.bool_] = walk_seconds(metres, speed_kmh=walk_speed_kmh) <= whole_seconds(
        max_walk_min
    )
    return near


def check_walk(*, speed_kmh: float, detour: float) -> None:
    """Refuse a walking speed or a detour factor that no walk has."""
    if not 0 < speed_kmh <= 20:
        raise ParameterError(f"the walking speed is {speed_kmh} km/h; it must be above 0 and at most 20")
    if not 1 <= detour <= 3:
        raise ParameterError(f"the detour factor is {detour}; it must be between 1 and 3")
