"""Walks between points: bounded, in whole seconds, never rounded down.

On a street network a walk leads straight to the nearest street, along the streets, and straight on from the street
nearest to its end. Without one it is the straight line times a declared detour factor.
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
from accessibility.streets.paths import Reached, Spots, shortest_paths, spots_on
from accessibility.streets.snapping import Snapped, snap
from accessibility.streets.streets import StreetNetwork
from accessibility.window import whole_seconds

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
#: Added to limits in metres, so that float noise never leaves out a walk that lasts exactly the limit.
_NOISE_M = 0.01


@dataclass(frozen=True, eq=False)
class Walks:
    """Walks from each point of one set to the points of another that lie in reach.

    Walks of point *i* are ``ptr[i]:ptr[i + 1]`` of ``to`` (positions in the other set, ascending) and ``seconds``.
    """

    ptr: npt.NDArray[np.int64]
    to: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Placed:
    """Points to walk from or to: metric coordinates, and where they join the streets (None in straight lines)."""

    xy: FloatArray
    snapped: Snapped | None

    def rows(self, rows: npt.NDArray[np.integer]) -> Placed:
        """Some of the points, in the order of `rows`."""
        at = self.snapped
        some = None if at is None else Snapped(at.edge[rows], at.along_m[rows], at.off_m[rows])
        return Placed(self.xy[rows], some)


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
    radius_m = limit_s * speed_kmh / 3.6 / detour + _NOISE_M
    tree = shapely.STRtree(_as_points(destinations_xy))
    pairs = tree.query(_as_points(origins_xy), predicate="dwithin", distance=radius_m)
    start, to = pairs if pairs.size else (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    metres = _straight_m(origins_xy, destinations_xy, start, to) * detour
    order = np.lexsort((to, start))
    return _in_time(
        start[order], to[order], metres[order], origins=len(origins_xy), limit_s=limit_s, speed_kmh=speed_kmh
    )


def street_walks(
    streets: StreetNetwork,
    origins_xy: FloatArray,
    destinations_xy: FloatArray,
    *,
    max_min: float,
    speed_kmh: float,
    max_snap_m: float = 500,
) -> Walks:
    """Which destinations lie within a walk along the streets of each origin, and how far in seconds.

    A walk is the straight line from a point to the nearest street, the shortest path from there, part way along an edge
    at both ends, and the straight line from the street to the other point. The ground round a point off the street is
    thus taken as open; so two points that are no farther apart than the farther of them is from its street walk straight
    to each other, where that is shorter, and two platforms of one station are not sent to the street and back.

    Parameters
    ----------
    streets
        Streets to walk on.
    origins_xy, destinations_xy
        Coordinates in the CRS of the streets, one row per point.
    max_min
        Longest walk in minutes, inclusive.
    speed_kmh
        Walking speed.
    max_snap_m
        A point farther from every street than this has no walk, except to a point at the very same place.

    Returns
    -------
    Walks
        The same seconds there and back. Empty where nothing is in reach.

    Raises
    ------
    ParameterError
        For a speed that no walk has, or streets that were read for driving.
    """
    check_walkable(streets)
    return walks_between(
        streets,
        Placed(origins_xy, snap(streets, origins_xy, max_snap_m=max_snap_m)),
        Placed(destinations_xy, snap(streets, destinations_xy, max_snap_m=max_snap_m)),
        max_min=max_min,
        speed_kmh=speed_kmh,
    )


def walks_between(
    streets: StreetNetwork, origins: Placed, destinations: Placed, *, max_min: float, speed_kmh: float
) -> Walks:
    """`street_walks` between points that were put on the streets before."""
    check_walk(speed_kmh=speed_kmh, detour=1)
    limit_s = whole_seconds(max_min)
    limit_m = limit_s * speed_kmh / 3.6 + _NOISE_M
    # A walk is as long there as back, so the search runs from the side with fewer points.
    turned = len(origins.xy) > len(destinations.xy)
    near, far = (destinations, origins) if turned else (origins, destinations)
    ways = streets.ways_m
    paths = shortest_paths(ways, _spots(streets, near), _spots(streets, far), limit=limit_m)
    start, to, metres = _with_open_ground(_listed(paths), near, far, limit_m=limit_m)
    if turned:
        order = np.argsort(to, kind="stable")
        start, to, metres = to[order], start[order], metres[order]
    return _in_time(start, to, metres, origins=len(origins.xy), limit_s=limit_s, speed_kmh=speed_kmh)


def _spots(streets: StreetNetwork, points: Placed) -> Spots:
    at = points.snapped
    if at is None:
        raise ParameterError("the points were not put on the streets")
    placed, share = at.edge >= 0, np.zeros(len(at.edge))
    whole = streets.edge_m[at.edge[placed]]
    share[placed] = np.divide(at.along_m[placed], whole, out=np.zeros(len(whole)), where=whole > 0)
    return spots_on(streets.ways_m, at.edge, share=np.clip(share, 0, 1), extra=at.off_m)


def _listed(paths: Reached) -> tuple[Int64Array, Int64Array, FloatArray]:
    start = np.repeat(np.arange(len(paths.ptr) - 1), np.diff(paths.ptr))
    return start, paths.to.astype(np.int64), paths.cost


def _with_open_ground(
    pairs: tuple[Int64Array, Int64Array, FloatArray], near: Placed, far: Placed, *, limit_m: float
) -> tuple[Int64Array, Int64Array, FloatArray]:
    """Let neighbours off the street walk straight to each other; pairs stay in the order of their ends."""
    start, to, metres = pairs
    keys = start * len(far.xy) + to
    ground_from, ground_to, ground_m = _open_ground(near, far, limit_m=limit_m)
    ground = ground_from * len(far.xy) + ground_to
    at = np.searchsorted(keys, ground)
    known = np.zeros(len(ground), dtype=bool)
    known[at < len(keys)] = keys[at[at < len(keys)]] == ground[at < len(keys)]
    metres[at[known]] = np.minimum(metres[at[known]], ground_m[known])
    new = ~known
    return (
        np.insert(start, at[new], ground_from[new]),
        np.insert(to, at[new], ground_to[new]),
        np.insert(metres, at[new], ground_m[new]),
    )


def _open_ground(near: Placed, far: Placed, *, limit_m: float) -> tuple[Int64Array, Int64Array, FloatArray]:
    """Pairs no farther apart than the farther of the two is from its street, and the straight metres between them."""
    near_m, far_m = _ground_m(near), _ground_m(far)
    # No farther than anyone walks: far from every street all points would be each other's neighbours.
    there = _within(near.xy, np.minimum(near_m, limit_m), far.xy)
    back = _within(far.xy, np.minimum(far_m, limit_m), near.xy)
    pairs = np.unique(np.concatenate([there, back[:, ::-1]]), axis=0)
    start, to = pairs[:, 0], pairs[:, 1]
    metres = _straight_m(near.xy, far.xy, start, to)
    # Off every street there is no ground to walk on; but the same place is no walk.
    placed = (near_m[start] >= 0) & (far_m[to] >= 0)
    open_ = (placed & (metres <= np.maximum(near_m[start], far_m[to]))) | (metres == 0)
    return start[open_], to[open_], metres[open_]


def _ground_m(points: Placed) -> FloatArray:
    """Metres around each point that are taken as open ground; below 0 where it is on no street."""
    off_m = np.zeros(len(points.xy)) if points.snapped is None else points.snapped.off_m
    return np.where(np.isfinite(off_m), off_m, -1.0)


def _within(here: FloatArray, radius_m: FloatArray, there: FloatArray) -> Int64Array:
    """Pairs (here, there) that may lie within each point's own radius, and perhaps a few more."""
    tree = shapely.STRtree(_as_points(there))
    found = tree.query(_as_points(here), predicate="dwithin", distance=np.maximum(radius_m, 0) + _NOISE_M)
    return np.asarray(found, dtype=np.int64).reshape(2, -1).T


def _straight_m(
    here: FloatArray, there: FloatArray, start: npt.NDArray[np.integer], to: npt.NDArray[np.integer]
) -> FloatArray:
    return np.asarray(np.hypot(*(here[start] - there[to]).T), dtype=np.float64)


def _in_time(
    start: npt.NDArray[np.integer],
    to: npt.NDArray[np.integer],
    metres: FloatArray,
    *,
    origins: int,
    limit_s: int,
    speed_kmh: float,
) -> Walks:
    """Walks of pairs in the order of their ends, those beyond the limit left out."""
    seconds = walk_seconds(metres, speed_kmh=speed_kmh)
    near = seconds <= limit_s
    start, to, seconds = start[near], to[near], seconds[near]
    ptr = np.searchsorted(start, np.arange(origins + 1)).astype(np.int64)
    return Walks(ptr=ptr, to=to.astype(np.int32), seconds=seconds.astype(np.int32))


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

    Examples
    --------
    >>> snow_hill = centres.to_crs(27700).geometry.iloc[0]
    >>> acc.within_walk(centres, snow_hill, target_crs=27700, crs=27700, max_walk_min=10).tolist()
    [True, False]
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


def check_walkable(streets: object) -> StreetNetwork:
    """Refuse what no one can walk on."""
    if not isinstance(streets, StreetNetwork):
        raise ParameterError(
            f"streets is a {type(streets).__name__}; give what read_streets returns, or None to walk in straight lines"
        )
    if streets.mode != "walk":
        raise ParameterError(
            f"the streets of {streets.source} were read with mode={streets.mode!r}; read them with mode='walk'"
        )
    return streets


def check_walk(*, speed_kmh: float, detour: float) -> None:
    """Refuse a walking speed or a detour factor that no walk has."""
    if not 0 < speed_kmh <= 20:
        raise ParameterError(f"the walking speed is {speed_kmh} km/h; it must be above 0 and at most 20")
    if not 1 <= detour <= 3:
        raise ParameterError(f"the detour factor is {detour}; it must be between 1 and 3")
