"""Bands on the map: how far one gets from a point, or from how far one gets to it, within some minutes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Final, Literal, NamedTuple, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from accessibility.engine.guide import UInt16Array, earliest_arrivals, egress_to, prepare, swept
from accessibility.engine.routing import ask, each_batch, percentile_seconds
from accessibility.engine.sweep import UNREACHED
from accessibility.errors import ParameterError
from accessibility.grid import (
    BoolArray,
    FloatArray,
    Grid,
    as_multipolygon,
    discs,
    grid_around,
    shape_within_discs,
)
from accessibility.networks.network import Network
from accessibility.networks.walking import Walks
from accessibility.points import Points, as_points
from accessibility.statistics import as_minutes, nearest_rank, percentile_of
from accessibility.threads import Progress
from accessibility.window import STEP_S, Window, parse_window

Direction = Literal["to", "from"]
_COLUMNS: Final = ("id", "cutoff_min", "area_km2", "geometry")
_STOPS_AT_ONCE: Final = 256
_CELLS_AT_ONCE: Final = 500
#: Added to radii, so that float noise never leaves out a cell at the very limit of a walk.
_NOISE_M: Final = 0.01


def isochrones(
    network: Network,
    points: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    cutoffs_min: Sequence[float] = (15, 30, 45, 60),
    direction: Direction = "to",
    statistic: str = "p50",
    grid_m: float = 100,
    progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """From where is a point reached within some minutes, or what is reached from it?

    The plane is laid out in square cells, and for the middle of each the travel time is worked out exactly as
    `accessibility.travel_times` does, statistic over the departures included. A band is the union of the cells whose
    middle is within the cutoff, cut where cells stand out beyond every possible walk: beyond the remaining walk from (or
    to) any stop, at its best departure, and beyond the walk straight to the point. Where walks are straight
    lines, that walk itself, which is the same at every departure, is added as a disc rather than in cells; on streets it
    counts at the middles of cells like every journey. So a band is exact at the middles of the cells, never
    interpolated between them; elsewhere it is off by at most what changes within a cell, and what is smaller than a cell
    may be missed.

    Parameters
    ----------
    network
        As `accessibility.build_network` gives it.
    points
        Points with a unique ``id``, any CRS; rows of one ``group`` are one place with several entrances.
    window
        Departures: from everywhere around when `direction` is ``to``, from the point when it is ``from``.
    cutoffs_min
        Minutes, inclusive; each gives a band that holds all smaller ones.
    direction
        ``to``: places from which the point is reached. ``from``: places that are reached from it.
    statistic
        ``p50`` (median), another ``pNN``, or ``best``.
    grid_m
        Side of a cell in metres of the network's CRS; cell edges lie on its whole multiples.
    progress
        Called with the share done.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id`` (or group), ``cutoff_min``, ``area_km2`` in the network's metric CRS, ``geometry`` (MultiPolygon, perhaps
        empty, in the CRS of `points`); a row per point and cutoff, points in their order, cutoffs ascending. No points
        give an empty table with these columns.

    Raises
    ------
    InputError
        For points that cannot be used.
    ParameterError
        For a parameter out of range, or a grid too fine for what is in reach.

    Notes
    -----
    Outward, the earliest arrival at every stop comes first, with the stops as destinations of the sweep.

    Examples
    --------
    >>> bands = acc.isochrones(network, centres, window=peak, cutoffs_min=(15, 30))
    >>> bands.drop(columns="geometry")
                  id  cutoff_min   area_km2
    0     Birmingham        15.0   4.859040
    1     Birmingham        30.0  26.154569
    2  Wolverhampton        15.0   3.377378
    3  Wolverhampton        30.0  23.211188
    """
    cutoffs = _checked(cutoffs_min, direction)
    percentile = percentile_of(statistic)
    asked = parse_window(window, max_time_min=cutoffs[-1])
    there = as_points(points, crs=network.crs, name="points", grouped=True)
    network.warn_of_unsnapped(network.placed(there.xy), there, name="points")
    grid_around(np.zeros((0, 2)), np.zeros(0), size_m=grid_m)
    if not len(there.ids):
        return _table([], points, network)
    field = _outward(network, there, asked) if direction == "from" else _inward(network, there, asked)
    rows = []
    for lane, name in enumerate(there.ids):
        own = there.xy[there.lane == lane]
        surroundings = _Surroundings(network, own, field.fastest_s[lane], direction)
        grid = grid_around(*surroundings.within(cutoffs[-1]), size_m=grid_m)
        cells = grid.near(*surroundings.within(cutoffs[-1]))
        minutes = np.full(cells.shape, np.inf)
        minutes[cells] = (
            _minutes_from(network, own, field.arrival_s[lane], grid.centres(cells), asked, percentile)
            if direction == "from"
            else _minutes_to(network, own, grid.centres(cells), asked, percentile)
        )
        rows += [(name, cutoff, _band(grid, minutes <= cutoff, surroundings, cutoff)) for cutoff in cutoffs]
        if progress is not None:
            progress((lane + 1) / len(there.ids))
    return _table(rows, points, network)


def _checked(cutoffs_min: Sequence[float], direction: str) -> list[float]:
    if direction not in ("to", "from"):
        raise ParameterError(f"direction is {direction!r}; it must be 'to' or 'from'")
    if not len(cutoffs_min):
        raise ParameterError("no cutoff was asked for; (15, 30, 45, 60) are usual minutes")
    for cutoff in cutoffs_min:
        if not 0 < cutoff < np.inf:
            raise ParameterError(f"a cutoff is {cutoff} minutes; it must be above 0")
    if len(set(cutoffs_min)) < len(cutoffs_min):
        raise ParameterError(f"the cutoffs {tuple(cutoffs_min)} name one twice")
    return sorted(cutoffs_min)


class _Field(NamedTuple):
    """Per point: ``fastest_s`` from or to each stop at any departure, +inf if none, and, outward, ``arrival_s``.

    ``arrival_s`` is the earliest arrival at each stop by departure, `UNREACHED` if none.
    """

    fastest_s: list[FloatArray]
    arrival_s: list[UInt16Array]


def _inward(network: Network, points: Points, window: Window) -> _Field:
    """Sweep towards the points: the best a traveller at each stop can hope for."""
    prepared = prepare(network, window)
    reach, legs = swept(prepared, egress_to(network, points, network.placed(points.xy))), prepared.boardings
    stop = np.repeat(np.arange(len(network.stop_xy)), np.diff(legs.ptr))
    fastest = np.full((len(points.ids), len(network.stop_xy)), np.inf)
    for lane_number, values in enumerate(fastest):
        arrival = reach[legs.row, lane_number]
        seconds = np.where(arrival == UNREACHED, np.inf, arrival - legs.departure_s)
        np.minimum.at(values, stop, seconds)
    return _Field(list(fastest), [])


def _outward(network: Network, points: Points, window: Window) -> _Field:
    """Sweep towards the stops, some at a time, and read off when each point's departures arrive at them."""
    prepared, stops = prepare(network, window), len(network.stop_xy)
    access = [
        network.walks(
            network.placed(points.xy[points.lane == lane]),
            network.stops,
            max_min=network.limits.max_access_min,
        )
        for lane in range(len(points.ids))
    ]
    parts: list[list[UInt16Array]] = [[] for _ in access]
    for first in range(0, stops, _STOPS_AT_ONCE):
        count = min(_STOPS_AT_ONCE, stops - first)
        egress = np.full((stops, count), UNREACHED, dtype=np.uint16)
        egress[np.arange(first, first + count), np.arange(count)] = 0
        reach = swept(prepared, egress)
        for walks, some in zip(access, parts, strict=True):
            some.append(
                earliest_arrivals(
                    prepared.boardings, reach, walks.to, walks.seconds, departures=window.departures
                )
            )
    arrival = [np.concatenate(some, axis=1) for some in parts]
    leave = (np.arange(window.departures) * STEP_S)[:, None]
    fastest = [np.where(a == UNREACHED, np.inf, a - leave).min(axis=0) for a in arrival]
    return _Field(fastest, arrival)


class _Surroundings:
    """What can be walked around a point and the stops it is joined to, in straight lines times the detour factor.

    It holds for any cutoff every place that could be in the band, and mostly more: on streets much more, since a walk is
    only bounded by the straight line.
    """

    def __init__(
        self, network: Network, own: FloatArray, fastest_s: FloatArray, direction: Direction
    ) -> None:
        limits = network.limits
        self.own, self.direct_min = own, limits.max_direct_min
        self.walk_min = limits.max_access_min if direction == "to" else limits.max_egress_min
        joined = np.isfinite(fastest_s)
        self.stop_xy, self.fastest_min = network.stop_xy[joined], fastest_s[joined] / 60
        factor, self.saved_m = network.shortest_detour
        self.metres_per_min = limits.walk_speed_kmh * 1000 / 60 / factor
        self.straight = network.streets is None

    def within(self, cutoff_min: float) -> tuple[FloatArray, FloatArray]:
        """Discs around the point and the stops: middles and radii, negative where the time is up before the walk."""
        remaining = np.minimum(cutoff_min - self.fastest_min, self.walk_min)
        minutes = np.concatenate([np.full(len(self.own), min(cutoff_min, self.direct_min)), remaining])
        metres = minutes * self.metres_per_min
        return np.concatenate([self.own, self.stop_xy]), np.where(
            minutes >= 0, metres + self.saved_m + _NOISE_M, -1.0
        )

    def on_foot(self, cutoff_min: float) -> npt.NDArray[np.object_]:
        """Discs of the walk straight to or from the point; none on streets, where it reaches less than a disc."""
        if not self.straight:
            return np.empty(0, dtype=object)
        # Walks last whole seconds, rounded up.
        minutes = math.floor(round(min(cutoff_min, self.direct_min) * 60, 6)) / 60
        return discs(self.own, np.full(len(self.own), minutes * self.metres_per_min), outside=False)


def _minutes_to(
    network: Network,
    own: FloatArray,
    cells_xy: FloatArray,
    window: Window,
    percentile: float,
) -> FloatArray:
    """Minutes from the middles of cells to a point, asked as `accessibility.travel_times` asks."""
    cells = _frame(np.arange(len(cells_xy)), cells_xy, network)
    point = _frame(np.arange(len(own)), own, network).assign(group=0)
    # Middles of cells out of everyone's reach are no points that anybody asked for.
    question = ask(network, cells, point, window, warn=False)
    ranks = [nearest_rank(percentile, window.departures)]
    ((_, seconds),) = each_batch(question, partial(percentile_seconds, question, ranks=ranks))
    minutes: FloatArray = as_minutes(seconds)[0, :, 0]
    return minutes


def _frame(ids: npt.NDArray[np.integer], xy: FloatArray, network: Network) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": ids}, geometry=shapely.points(xy), crs=network.crs)


def _minutes_from(
    network: Network,
    own: FloatArray,
    arrival_s: UInt16Array,
    cells_xy: FloatArray,
    window: Window,
    percentile: float,
) -> FloatArray:
    """Minutes from a point to the middles of cells: at each departure the best stop to walk from, then the statistic."""
    limits, rank = network.limits, nearest_rank(percentile, window.departures) - 1
    leave = (np.arange(window.departures) * STEP_S)[:, None]
    duration = np.where(arrival_s == UNREACHED, np.inf, arrival_s - leave)
    minutes, here = np.full(len(cells_xy), np.inf), network.placed(own)
    for first in range(0, len(cells_xy), _CELLS_AT_ONCE):
        some = network.placed(cells_xy[first : first + _CELLS_AT_ONCE])
        seconds = np.full((window.departures, len(some.xy)), np.inf)
        egress = network.walks(some, network.stops, max_min=limits.max_egress_min)
        if len(egress.to):
            reached = np.flatnonzero(np.diff(egress.ptr))
            there = duration[:, egress.to] + egress.seconds
            seconds[:, reached] = np.minimum.reduceat(there, egress.ptr[reached], axis=1)
        seconds = np.minimum(seconds, _shortest(network.walks(some, here, max_min=limits.max_direct_min)))
        minutes[first : first + _CELLS_AT_ONCE] = np.partition(seconds, rank, axis=0)[rank] / 60
    return minutes


def _shortest(walks: Walks) -> FloatArray:
    """Seconds of the shortest walk from each place, +inf without one."""
    shortest = np.full(len(walks.ptr) - 1, np.inf)
    np.minimum.at(shortest, np.repeat(np.arange(len(shortest)), np.diff(walks.ptr)), walks.seconds)
    return shortest


def _band(
    grid: Grid, cells: BoolArray, surroundings: _Surroundings, cutoff_min: float
) -> shapely.MultiPolygon:
    shape = shape_within_discs(grid, cells, *surroundings.within(cutoff_min))
    return as_multipolygon(shapely.union_all([shape, *surroundings.on_foot(cutoff_min)]))


def _table(
    rows: list[tuple[object, float, shapely.MultiPolygon]], points: gpd.GeoDataFrame, network: Network
) -> gpd.GeoDataFrame:
    bands = gpd.GeoSeries([band for *_, band in rows], crs=network.crs)
    data = {
        "id": pd.Series([name for name, *_ in rows], dtype=object),
        "cutoff_min": pd.Series([cutoff for _, cutoff, _ in rows], dtype=float),
        "area_km2": bands.area.to_numpy(dtype=float) / 1e6,
    }
    return gpd.GeoDataFrame(data, geometry=bands.to_crs(cast("CRS", points.crs)))[list(_COLUMNS)]
