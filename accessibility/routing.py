"""From points to lanes and back: batches of destinations through the sweep, for all origins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from accessibility.network import Network
from accessibility.points import Points, as_points
from accessibility.sweep import UNREACHED, Legs, Links, departures_within, durations, legs_of, links_of, sweep
from accessibility.walking import Walks
from accessibility.window import STEP_S, Window

#: Called with the share of the work that is done, 0 to 1.
Progress = Callable[[float], None]
T = TypeVar("T")
R = TypeVar("R")
LANES_PER_BATCH = 64
ORIGINS_PER_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Question:
    """All that stays the same while batches of destinations go by."""

    origins: Points
    destinations: Points
    window: Window
    legs: Legs
    links: Links
    access: Walks
    egress: Walks
    direct: Walks
    stops: int


def ask(
    network: Network, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, window: Window
) -> Question:
    """Check the points and find their walks: to stops, from stops, and directly."""
    here = as_points(origins, crs=network.crs, name="origins")
    there = as_points(destinations, crs=network.crs, name="destinations", grouped=True)
    limits = network.limits
    return Question(
        origins=here,
        destinations=there,
        window=window,
        legs=legs_of(network, start_s=window.start_s, horizon_s=window.horizon_s),
        links=links_of(network),
        access=network.walks_to_stops(here.xy, max_min=limits.max_access_min),
        egress=network.walks_to_stops(there.xy, max_min=limits.max_egress_min),
        direct=network.walks(here.xy, there.xy, max_min=limits.max_direct_min),
        stops=len(network.timetable.stops),
    )


def all_durations(
    question: Question, progress: Progress | None = None
) -> Iterator[tuple[slice, npt.NDArray[np.uint16]]]:
    """Door-to-door seconds, chunk of origins by chunk: (origins, departures, destinations), 65535 if unreachable."""
    lanes = np.arange(len(question.destinations.ids))
    egress, direct = _lane_walks(question, lanes)
    reach = sweep(question.legs, question.links, egress, question.window.horizon_s)
    count = len(question.origins.ids)
    chunks = [slice(i, min(i + ORIGINS_PER_CHUNK, count)) for i in range(0, count, ORIGINS_PER_CHUNK)]

    def answer(chunk: slice) -> npt.NDArray[np.uint16]:
        out = np.empty((chunk.stop - chunk.start, question.window.departures, len(lanes)), dtype=np.uint16)
        ptr = question.access.ptr[chunk.start : chunk.stop + 1]
        durations(
            question.legs, reach, ptr, question.access.to, question.access.seconds, direct[chunk], STEP_S,
            question.window.max_time_s, out,
        )  # fmt: skip
        return out

    yield from zip(chunks, _in_threads(answer, chunks, progress), strict=True)


def count_within(
    question: Question, *, cutoff_s: int, progress: Progress | None = None
) -> npt.NDArray[np.uint16]:
    """How many departures of the window reach each destination within the cutoff: (origins, destinations)."""
    order = _by_place(question.destinations)
    batches = [order[i : i + LANES_PER_BATCH] for i in range(0, len(order), LANES_PER_BATCH)]
    result = np.zeros((len(question.origins.ids), len(order)), dtype=np.uint16)
    # Nothing later than the last departure's cutoff can count, so the sweep need not look further.
    horizon = min((question.window.departures - 1) * STEP_S + cutoff_s, question.window.horizon_s)

    def answer(lanes: npt.NDArray[np.int64]) -> None:
        egress, direct = _lane_walks(question, lanes)
        reach = sweep(question.legs, question.links, egress, horizon)
        out = np.empty((len(result), len(lanes)), dtype=np.uint16)
        access = question.access
        departures_within(
            question.legs, reach, access.ptr, access.to, access.seconds, direct, STEP_S, cutoff_s,
            question.window.departures, out,
        )  # fmt: skip
        result[:, lanes] = out

    for _ in _in_threads(answer, batches, progress):
        pass
    return result


def _lane_walks(
    question: Question, lanes: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Dense seconds from stops to lanes and from origins to lanes, the nearest point of a group counting."""
    column = np.full(len(question.destinations.ids), -1)
    column[lanes] = np.arange(len(lanes))
    lane = column[question.destinations.lane]
    egress = np.full((question.stops, len(lanes)), UNREACHED, dtype=np.uint16)
    walks = question.egress
    point = np.repeat(np.arange(len(lane)), np.diff(walks.ptr))
    mine = lane[point] >= 0
    np.minimum.at(egress, (walks.to[mine], lane[point[mine]]), walks.seconds[mine].astype(np.uint16))
    direct = np.full((len(question.origins.ids), len(lanes)), UNREACHED, dtype=np.uint16)
    walks = question.direct
    origin = np.repeat(np.arange(len(direct)), np.diff(walks.ptr))
    mine = lane[walks.to] >= 0
    np.minimum.at(direct, (origin[mine], lane[walks.to[mine]]), walks.seconds[mine].astype(np.uint16))
    return egress, direct


def _by_place(points: Points) -> npt.NDArray[np.int64]:
    """Lanes ordered along a Morton curve, so that a batch's destinations are neighbours."""
    first = np.unique(points.lane, return_index=True)[1]
    xy = points.xy[first]
    cells = (
        ((xy - xy.min(axis=0, initial=np.inf)) / 250).astype(np.uint64) if len(xy) else xy.astype(np.uint64)
    )
    code = np.zeros(len(cells), dtype=np.uint64)
    for bit in range(24):
        for axis in (0, 1):
            code |= ((cells[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.argsort(code, kind="stable")


def _in_threads(work: Callable[[T], R], items: list[T], progress: Progress | None) -> Iterator[R]:
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for done, result in enumerate(pool.map(work, items), start=1):
            if progress is not None:
                progress(done / len(items))
            yield result
