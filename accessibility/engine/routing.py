"""From points to lanes and back: destinations in batches of neighbours through the sweep, for all origins at once.

A batch is as many destinations as the sweep has lanes. Where there are many, neighbouring batches form a group: one
sweep in which each lane is a whole group tells which legs can reach that group in time, and the group's batches then
share a narrow graph of those legs alone, so that a destination's cost hardly grows with the region.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, NamedTuple, TypeVar, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from accessibility.engine.laid_out import laid_out, lay_out, turned_round
from accessibility.engine.reversal import reversed_window
from accessibility.engine.sweep import (
    LANES,
    UNREACHED,
    Graph,
    Programs,
    narrow_graph,
    narrow_programs,
    read_counts,
    read_durations,
    read_percentiles,
    sweep,
    write_programs,
)
from accessibility.errors import ParameterError
from accessibility.networks.network import Network
from accessibility.networks.walking import Walks
from accessibility.points import Points, as_points
from accessibility.statistics import check_max_rides
from accessibility.threads import Progress, in_threads
from accessibility.window import STEP_S, Window, check_covered

#: Whether the window holds departures from the origins or arrivals at the destinations.
Direction = Literal["depart", "arrive"]
UInt16Array = npt.NDArray[np.uint16]
BoolArray = npt.NDArray[np.bool_]
Lanes = npt.NDArray[np.int64]
R = TypeVar("R")
BATCHES_PER_GROUP = 10
ORIGINS_PER_CHUNK = 512


class LaneWalks(NamedTuple):
    """Walks by lane: those of lane *l* are ``ptr[l]:ptr[l + 1]`` of ``other`` (stops, or the other side's lanes)."""

    ptr: npt.NDArray[np.int64]
    other: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Question:
    """All that stays the same while batches of destinations go by.

    `swept` are the points that fill the lanes, `read` those whose programs are read: destinations and origins, or the
    other way round where the window is one of arrivals and the day runs backward. Programs and walks stand in `order`,
    neighbour after neighbour, because neighbours read the same legs; answers are put back into the order of `read`.
    `access` and `leg_chain` (the chain of each leg of the graph) are what the question is put to another timetable by.
    """

    read: Points
    swept: Points
    order: Lanes
    window: Window
    graph: Graph
    programs: Programs
    leg_chain: npt.NDArray[np.int32]
    access: LaneWalks
    egress: LaneWalks
    direct: LaneWalks
    stops: int
    max_rides: int | None
    backward: bool


class Batch(NamedTuple):
    """What one sweep tells: the lanes (positions among the swept points), and the tables to read programs from."""

    lanes: Lanes
    programs: Programs
    reach: UInt16Array
    direct: UInt16Array


def ask(
    network: Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    window: Window,
    *,
    direction: Direction = "depart",
    max_rides: int | None = None,
    warn: bool = True,
) -> Question:
    """Check the points, find their walks, and work out everything that does not depend on the batch.

    Points on no street are counted and named in a warning, unless `warn` is false.
    """
    if direction not in get_args(Direction):
        raise ParameterError(f"direction {direction!r} is not known; use 'depart' or 'arrive'")
    check_max_rides(max_rides)
    read = as_points(origins, crs=network.crs, name="origins")
    swept = as_points(destinations, crs=network.crs, name="destinations", grouped=True)
    backward = direction == "arrive"
    check_covered(window, by_arrival=backward)
    read_at, swept_at = network.placed(read.xy), network.placed(swept.xy)
    if warn:
        network.warn_of_unsnapped(read_at, read, name="origins")
        network.warn_of_unsnapped(swept_at, swept, name="destinations")
    if backward:
        network, window, read, swept = turned_round(network), reversed_window(window), swept, read
        read_at, swept_at = swept_at, read_at
    limits = network.limits
    order = _by_place(read)
    near, moved = _in_order(read, order)
    near_at = read_at.rows(moved)
    access = _by_lane(network.walks(near_at, network.stops, max_min=limits.max_access_min), near)
    direct = network.walks(swept_at, near_at, max_min=min(limits.max_direct_min, window.max_time_s / 60))
    graph, programs, leg_chain = _ridden(network, window, access, optional=None)
    return Question(
        read=read,
        swept=swept,
        order=order,
        window=window,
        graph=graph,
        programs=programs,
        leg_chain=leg_chain,
        access=access,
        egress=_by_lane(network.walks(swept_at, network.stops, max_min=limits.max_egress_min), swept),
        direct=_by_lane(direct, swept, near),
        stops=len(network.timetable.stops),
        max_rides=max_rides,
        backward=backward,
    )


def asked_of(question: Question, network: Network, *, optional: BoolArray | None = None) -> Question:
    """Put a question to another timetable of the very same stops: the walks of its points are not looked for again.

    Parameters
    ----------
    question
        As `ask` gives it.
    network
        The network it was put to, with another timetable or other times for changes.
    optional
        Which of the timetable's chains `each_batch` may be told to leave out.
    """
    turned = turned_round(network) if question.backward else network
    graph, programs, leg_chain = _ridden(turned, question.window, question.access, optional=optional)
    return replace(question, graph=graph, programs=programs, leg_chain=leg_chain)


def each_batch(
    question: Question,
    read: Callable[[Batch], R],
    *,
    running: BoolArray | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[Lanes, R]]:
    """Sweep batch after batch in threads and give, in a fixed order, each batch's lanes and what `read` makes of it.

    `running` tells which chains run, by default all; only those that were said to be optional in `asked_of` may not.
    """
    legs = len(question.graph.departure)
    keep = np.ones(legs, dtype=bool) if running is None else running[question.leg_chain]

    def work(make: Callable[[], Batch]) -> tuple[Lanes, R]:
        batch = make()
        return batch.lanes, read(batch)

    total = -(-len(question.swept.ids) // LANES)
    yield from in_threads(work, _batches(question, keep), progress=progress, total=total)


def counts_within(question: Question, batch: Batch, *, cutoff_s: int) -> UInt16Array:
    """How many of the window's times are within the cutoff: (read points, lanes)."""
    found = np.empty((len(question.read.ids), LANES), dtype=np.uint16)
    read_counts(
        batch.programs, batch.reach, batch.direct, STEP_S, question.window.departures, cutoff_s, found
    )
    out = np.empty((len(found), len(batch.lanes)), dtype=np.uint16)
    out[question.order] = found[:, : len(batch.lanes)]
    return out


def percentile_seconds(question: Question, batch: Batch, *, ranks: Sequence[int]) -> UInt16Array:
    """Return the ranks-th smallest seconds over the window, 65535 if unreachable: (ranks, read points, lanes)."""
    out = np.empty((len(ranks), len(question.read.ids), len(batch.lanes)), dtype=np.uint16)
    window = question.window
    wanted = np.asarray(ranks, dtype=np.int64)

    def read(chunk: slice) -> None:
        part = np.empty((len(ranks), chunk.stop - chunk.start, LANES), dtype=np.uint16)
        programs = batch.programs._replace(ptr=batch.programs.ptr[chunk.start : chunk.stop + 1])
        read_percentiles(
            programs,
            batch.reach,
            batch.direct[chunk],
            STEP_S,
            window.departures,
            window.max_time_s,
            wanted,
            part,
        )
        out[:, question.order[chunk]] = part[:, :, : len(batch.lanes)]

    chunks = _slices(out.shape[1], ORIGINS_PER_CHUNK)
    # A single batch leaves the other threads idle, so its origins are shared out instead.
    alone = len(question.swept.ids) <= LANES
    deque(in_threads(read, chunks) if alone else map(read, chunks), maxlen=0)
    return out


def all_seconds(question: Question, batch: Batch) -> UInt16Array:
    """Door-to-door seconds at every minute of the window, 65535 if unreachable: (read points, minutes, lanes)."""
    out = np.empty((len(question.read.ids), question.window.departures, len(batch.lanes)), dtype=np.uint16)
    for rows, seconds in seconds_by_chunk(question, batch):
        out[rows] = seconds
    return out


def seconds_by_chunk(question: Question, batch: Batch) -> Iterator[tuple[Lanes, UInt16Array]]:
    """Give `all_seconds` a few hundred read points at a time, with their positions, for tables that would not fit."""
    window = question.window
    for chunk in _slices(len(question.read.ids), ORIGINS_PER_CHUNK):
        programs = batch.programs._replace(ptr=batch.programs.ptr[chunk.start : chunk.stop + 1])
        found = np.empty((chunk.stop - chunk.start, window.departures, len(batch.lanes)), dtype=np.uint16)
        read_durations(programs, batch.reach, batch.direct[chunk], STEP_S, window.max_time_s, found)
        # On the reversed day the first slot is the last minute.
        yield question.order[chunk], found[:, ::-1] if question.backward else found


def _ridden(
    network: Network, window: Window, access: LaneWalks, *, optional: BoolArray | None
) -> tuple[Graph, Programs, npt.NDArray[np.int32]]:
    """Lay out a timetable's legs with their changes, the programs of the points that reach them, and each leg's chain."""
    legs, graph = (
        laid_out(network, window) if optional is None else lay_out(network, window, optional=optional)
    )
    chunks = _slices(len(access.ptr) - 1, ORIGINS_PER_CHUNK)
    write = partial(write_programs, legs, access.ptr, access.other, access.seconds, STEP_S, window.departures)
    sizes, slots, rows = zip(*in_threads(lambda chunk: write(chunk.start, chunk.stop), chunks), strict=True)
    programs = Programs(_pointer(np.concatenate(sizes)), np.concatenate(slots), np.concatenate(rows))
    return graph, programs, legs.chain


def _batches(question: Question, keep: BoolArray) -> Iterator[Callable[[], Batch]]:
    """Hand out the batches as calls that work them out."""
    order = _by_place(question.swept)
    if not len(order):
        return
    groups = [order[part] for part in _slices(len(order), LANES * BATCHES_PER_GROUP)]
    if len(groups) == 1:
        yield from _group(question, keep, order)
        return
    for some in _slices(len(groups), LANES):
        egress = np.full((question.stops, LANES), UNREACHED, dtype=np.uint16)
        for column, lanes in enumerate(groups[some]):
            stops, seconds, _ = _rows_of(question.egress, lanes)
            np.minimum.at(egress[:, column], stops, seconds)
        window = question.window
        nearest = sweep(question.graph, egress, max_time_s=window.max_time_s, horizon_s=window.horizon_s)
        for column, lanes in enumerate(groups[some]):
            # Where not all legs run this is more than can be reached, never less.
            yield from _group(question, keep & (nearest[:, column] != UNREACHED), lanes)


def _group(question: Question, keep: BoolArray, lanes: Lanes) -> Iterator[Callable[[], Batch]]:
    """Narrow the graph to the legs that can reach these lanes, and hand out their batches."""
    served = np.unique(_rows_of(question.egress, lanes)[0])
    egress_row = np.full(question.stops, -1, dtype=np.int32)
    egress_row[served] = np.arange(len(served), dtype=np.int32)
    graph, number = narrow_graph(question.graph, keep, egress_row)
    programs = narrow_programs(question.programs, number)
    for part in _slices(len(lanes), LANES):
        yield partial(_batch, question, graph, programs, egress_row, lanes[part])


def _batch(
    question: Question, graph: Graph, programs: Programs, egress_row: npt.NDArray[np.int32], lanes: Lanes
) -> Batch:
    egress = np.full((int(egress_row.max(initial=-1)) + 1, LANES), UNREACHED, dtype=np.uint16)
    stops, seconds, column = _rows_of(question.egress, lanes)
    egress[egress_row[stops], column] = seconds
    direct = np.full((len(question.read.ids), LANES), UNREACHED, dtype=np.uint16)
    others, seconds, column = _rows_of(question.direct, lanes)
    direct[others, column] = seconds
    window = question.window
    reach = sweep(
        graph, egress, max_time_s=window.max_time_s, horizon_s=window.horizon_s, max_rides=question.max_rides
    )
    return Batch(lanes, programs, reach, direct)


def _by_lane(walks: Walks, points: Points, others: Points | None = None) -> LaneWalks:
    """Gather the walks of a lane's points, the shortest to each stop (or lane of the others) alone."""
    if points.in_order and (others is None or others.in_order):
        return LaneWalks(walks.ptr, walks.to, walks.seconds)
    lane = points.lane[np.repeat(np.arange(len(points.lane)), np.diff(walks.ptr))]
    other = walks.to if others is None else others.lane[walks.to]
    order = np.lexsort((walks.seconds, other, lane))
    lane, other, seconds = lane[order], other[order], walks.seconds[order]
    first = np.ones(len(lane), dtype=bool)
    first[1:] = (np.diff(lane) != 0) | (np.diff(other) != 0)
    lane, other, seconds = lane[first], other[first], seconds[first]
    return LaneWalks(_pointer(np.bincount(lane, minlength=len(points.ids))), other, seconds)


def _rows_of(walks: LaneWalks, lanes: Lanes) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Lanes]:
    """Walks of some lanes: the far ends, the seconds, and which of `lanes` each belongs to."""
    sizes = walks.ptr[lanes + 1] - walks.ptr[lanes]
    column = np.repeat(np.arange(len(lanes)), sizes)
    at = walks.ptr[lanes][column] + np.arange(len(column)) - (np.cumsum(sizes) - sizes)[column]
    return walks.other[at], walks.seconds[at], column


def _pointer(sizes: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _slices(count: int, size: int) -> list[slice]:
    """Cut a length into slices; one empty slice for nothing."""
    return [slice(i, min(i + size, count)) for i in range(0, max(count, 1), size)]


def _in_order(points: Points, order: Lanes) -> tuple[Points, Lanes]:
    """Put lanes, and the rows of each, into another order; tell which row went where."""
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    lane = place[points.lane]
    rows = np.argsort(lane, kind="stable")
    return Points(ids=points.ids[order], lane=lane[rows], xy=points.xy[rows]), rows


def _by_place(points: Points) -> Lanes:
    """Order lanes along a Morton curve, so that a batch's points are neighbours."""
    first = np.unique(points.lane, return_index=True)[1]
    if not len(first):
        return first
    cells = ((points.xy[first] - points.xy.min(axis=0)) / 250).astype(np.uint64)
    code = np.zeros(len(cells), dtype=np.uint64)
    for bit in range(24):
        for axis in (0, 1):
            code |= ((cells[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.argsort(code, kind="stable")
