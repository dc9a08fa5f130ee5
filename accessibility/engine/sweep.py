"""The leg sweep: one pass backward in time answers for every origin and every departure at once.

A *leg* is one run leaving one call for the next. Legs are taken by departure, latest first, and each gets a row with
one value per lane (destination): the earliest arrival of a traveller on board that leg,

    R[leg] = min(R[the run's next leg], arrival + egress walk, R[legs one can change to]).

Only legs carry values, so "alighting here" and "boarding after a walk" are never confused. Within one second legs are
repeated until nothing changes, because whole-minute timetables hold hops of zero seconds and chains of them.

Origins need no search of their own. A leg leaving at *d* behind a walk *w* is last caught by departure ⌊(d - w) / step⌋,
so an origin is a *program*, a list of (departure, leg), read from the last departure to the first with a running minimum.

Values are seconds after the window's start in 16 bits, `UNREACHED` beyond the horizon or where boarding that leg would
already make a journey too long; both are exact. Rows are `LANES` wide: loops of that fixed length become vector code.
"""

# Compiled functions call only those of their own file: numba's cache watches no other, and would run a stale binary.

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from accessibility.engine.change_options import Options
from accessibility.engine.legs import Int32Array, Int64Array, Legs

UNREACHED: Final = 65_535
LANES: Final = 64
UInt16Array = npt.NDArray[np.uint16]


class Graph(NamedTuple):
    """The legs as the sweep walks them: the whole window's, or those that reach one group of destinations.

    ``egress_row`` is each leg's row in a table of egress walks, or -1 where one may not alight or cannot walk on.
    """

    departure: Int32Array
    arrival: Int32Array
    following: Int32Array
    egress_row: Int32Array
    option_ptr: Int64Array
    option_to: Int32Array


class Programs(NamedTuple):
    """Per origin the legs it can board, latest departure first: entries ``ptr[o]:ptr[o + 1]`` of ``slot`` and ``leg``."""

    ptr: Int64Array
    slot: UInt16Array
    leg: Int32Array


def graph_of(legs: Legs, options: Options) -> Graph:
    """Lay out the whole window's legs; egress tables then have one row per stop."""
    return Graph(legs.departure, legs.arrival, legs.following, legs.alight_stop, options.ptr, options.to)


def sweep(
    graph: Graph, egress: UInt16Array, *, max_time_s: int, horizon_s: int, max_rides: int | None = None
) -> UInt16Array:
    """Earliest arrival at every lane from on board every leg.

    Parameters
    ----------
    graph
        Legs, latest first, and changes.
    egress
        Seconds on foot to each of `LANES` lanes, a row per ``egress_row``, `UNREACHED` where it is too far.
    max_time_s
        A leg from which arriving takes longer than this is of no use to anyone.
    horizon_s
        Latest arrival of interest.
    max_rides
        How many rides a journey may have, this one included; None for any number.

    Returns
    -------
    numpy.ndarray
        (legs, `LANES`) seconds after the window's start.
    """
    shape = (len(graph.departure), LANES)
    if max_rides is None:
        reach = np.empty(shape, dtype=np.uint16)
        _sweep_any(graph, egress, max_time_s, horizon_s, reach)
        return reach
    fewer = np.full(shape, UNREACHED, dtype=np.uint16)
    for _ in range(max_rides):
        reach = np.empty(shape, dtype=np.uint16)
        _sweep_one_ride_more(graph, egress, max_time_s, horizon_s, fewer, reach)
        fewer = reach
    return fewer


@numba.njit(cache=True, nogil=True)
def _sweep_any(
    graph: Graph, egress: UInt16Array, max_time: int, horizon: int, reach: UInt16Array
) -> None:  # pragma: no cover - compiled
    """Fill `reach` for any number of rides, repeating each second that holds rides of no time."""
    count = graph.departure.shape[0]
    first = 0
    while first < count:
        second = graph.departure[first]
        end, instant = first, False
        while end < count and graph.departure[end] == second:
            instant = instant or graph.arrival[end] == second
            end += 1
        if instant:
            reach[first:end, :] = np.uint16(UNREACHED)
        changed = True
        while changed:
            changed = False
            for leg in range(first, end):
                changed = (
                    _relax(graph, egress, reach, reach, leg, min(second + max_time, horizon), instant)
                    or changed
                )
            changed = changed and instant
        first = end


@numba.njit(cache=True, nogil=True)
def _sweep_one_ride_more(
    graph: Graph, egress: UInt16Array, max_time: int, horizon: int, fewer: UInt16Array, reach: UInt16Array
) -> None:  # pragma: no cover - compiled
    """Fill `reach` for one ride more than `fewer`; changes then lead into `fewer`, and no second needs repeating."""
    for leg in range(graph.departure.shape[0]):
        _relax(graph, egress, reach, fewer, leg, min(graph.departure[leg] + max_time, horizon), False)


@numba.njit(cache=True, nogil=True, inline="always")
def _relax(
    graph: Graph,
    egress: UInt16Array,
    reach: UInt16Array,
    after: UInt16Array,
    leg: int,
    latest: int,
    repeated: bool,
) -> bool:  # pragma: no cover - compiled
    """Work out one leg's row; tell whether it fell, where that can matter."""
    row = np.empty(LANES, dtype=np.uint16)
    following = graph.following[leg]
    if following >= 0:
        for lane in range(LANES):
            row[lane] = reach[following, lane]
    else:
        for lane in range(LANES):
            row[lane] = np.uint16(UNREACHED)
    walk = graph.egress_row[leg]
    if walk >= 0 and graph.arrival[leg] <= latest:
        arrival = np.uint16(graph.arrival[leg])
        room = np.uint16(UNREACHED - graph.arrival[leg])
        for lane in range(LANES):
            # The sum stops at UNREACHED instead of wrapping round.
            row[lane] = min(row[lane], np.uint16(arrival + min(egress[walk, lane], room)))
    for at in range(graph.option_ptr[leg], graph.option_ptr[leg + 1]):
        other = graph.option_to[at]
        for lane in range(LANES):
            row[lane] = min(row[lane], after[other, lane])
    last = np.uint16(latest)
    for lane in range(LANES):
        row[lane] = row[lane] if row[lane] <= last else np.uint16(UNREACHED)
    fell = False
    if repeated:
        for lane in range(LANES):
            fell = fell or row[lane] < reach[leg, lane]
    for lane in range(LANES):
        reach[leg, lane] = row[lane]
    return fell


@numba.njit(cache=True, nogil=True)
def read_counts(
    programs: Programs,
    reach: UInt16Array,
    direct: UInt16Array,
    step: int,
    slots: int,
    cutoff: int,
    out: UInt16Array,
) -> None:  # pragma: no cover - compiled
    """How many departures arrive within the cutoff, per origin and lane, into ``out`` (origins, `LANES`)."""
    best, count = np.empty(LANES, dtype=np.uint16), np.empty(LANES, dtype=np.uint16)
    for origin in range(out.shape[0]):
        best[:] = np.uint16(UNREACHED)
        count[:] = np.uint16(0)
        at, end = programs.ptr[origin], programs.ptr[origin + 1]
        if at < end:
            for slot in range(slots - 1, -1, -1):
                while at < end and programs.slot[at] == slot:
                    leg = programs.leg[at]
                    for lane in range(LANES):
                        best[lane] = min(best[lane], reach[leg, lane])
                    at += 1
                latest = np.uint16(slot * step + cutoff)
                for lane in range(LANES):
                    count[lane] += np.uint16(1) if best[lane] <= latest else np.uint16(0)
        for lane in range(LANES):
            out[origin, lane] = np.uint16(slots) if direct[origin, lane] <= cutoff else count[lane]


@numba.njit(cache=True, nogil=True)
def _read_times(
    programs: Programs,
    reach: UInt16Array,
    direct: UInt16Array,
    origin: int,
    step: int,
    max_time: int,
    times: UInt16Array,
) -> None:  # pragma: no cover - compiled
    """Door-to-door seconds of one origin into ``times`` (departures, `LANES`)."""
    best = np.empty(LANES, dtype=np.uint16)
    best[:] = np.uint16(UNREACHED)
    at, end = programs.ptr[origin], programs.ptr[origin + 1]
    longest = np.uint16(max_time)
    for slot in range(times.shape[0] - 1, -1, -1):
        while at < end and programs.slot[at] == slot:
            leg = programs.leg[at]
            for lane in range(LANES):
                best[lane] = min(best[lane], reach[leg, lane])
            at += 1
        leave = np.uint16(slot * step)
        for lane in range(LANES):
            ride = np.uint16(best[lane] - leave) if best[lane] != UNREACHED else np.uint16(UNREACHED)
            seconds = min(ride, direct[origin, lane])
            times[slot, lane] = seconds if seconds <= longest else np.uint16(UNREACHED)


@numba.njit(cache=True, nogil=True)
def read_durations(
    programs: Programs, reach: UInt16Array, direct: UInt16Array, step: int, max_time: int, out: UInt16Array
) -> None:  # pragma: no cover - compiled
    """Door-to-door seconds of every departure into ``out`` (origins, departures, lanes in use)."""
    times = np.empty((out.shape[1], LANES), dtype=np.uint16)
    for origin in range(out.shape[0]):
        _read_times(programs, reach, direct, origin, step, max_time, times)
        out[origin] = times[:, : out.shape[2]]


@numba.njit(cache=True, nogil=True)
def read_percentiles(
    programs: Programs,
    reach: UInt16Array,
    direct: UInt16Array,
    step: int,
    slots: int,
    max_time: int,
    ranks: Int64Array,
    out: UInt16Array,
) -> None:  # pragma: no cover - compiled
    """The ranks-th smallest door-to-door seconds over the departures, into ``out`` (ranks, origins, `LANES`).

    Every lane halves its own interval of seconds at the same time, counting departures, until one value is left.
    """
    times = np.empty((slots, LANES), dtype=np.uint16)
    low, high = np.empty(LANES, dtype=np.uint16), np.empty(LANES, dtype=np.uint16)
    middle, count = np.empty(LANES, dtype=np.uint16), np.empty(LANES, dtype=np.uint16)
    for origin in range(out.shape[1]):
        _read_times(programs, reach, direct, origin, step, max_time, times)
        for rank in range(ranks.shape[0]):
            low[:] = np.uint16(0)
            high[:] = np.uint16(max_time + 1)
            wanted, width = np.uint16(ranks[rank]), max_time + 1
            while width > 0:
                for lane in range(LANES):
                    middle[lane] = np.uint16((low[lane] + high[lane]) >> 1)
                count[:] = np.uint16(0)
                for slot in range(slots):
                    for lane in range(LANES):
                        count[lane] += np.uint16(1) if times[slot, lane] <= middle[lane] else np.uint16(0)
                for lane in range(LANES):
                    enough = count[lane] >= wanted
                    closed = low[lane] >= high[lane]
                    high[lane] = middle[lane] if enough and not closed else high[lane]
                    low[lane] = low[lane] if enough or closed else np.uint16(middle[lane] + 1)
                width >>= 1
            for lane in range(LANES):
                out[rank, origin, lane] = low[lane] if low[lane] <= max_time else np.uint16(UNREACHED)


@numba.njit(cache=True, nogil=True)
def _first_run(legs: Legs, chain: int, position: int, time: int) -> int:  # pragma: no cover - compiled
    """Which of a chain's runs is the first to leave a position at a time or later; their count if none does."""
    length = legs.chain_ptr[chain + 1] - legs.chain_ptr[chain]
    base = legs.chain_call_ptr[chain] + position
    low, high = 0, legs.chain_runs[chain]
    while low < high:
        middle = (low + high) // 2
        if legs.call_departure[base + middle * length] < time:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(cache=True, nogil=True)
def write_programs(
    legs: Legs,
    access_ptr: Int64Array,
    access_stop: Int32Array,
    access_walk: Int32Array,
    step: int,
    slots: int,
    first: int,
    end: int,
) -> tuple[Int64Array, UInt16Array, Int32Array]:  # pragma: no cover - compiled
    """Programs of the origins ``first`` to ``end``: entries per origin, their departures and legs.

    An entry is left out if the same or an earlier run of its chain, boarded at the same or an earlier position, is
    caught by the same or a later departure: that one arrives no later anywhere.
    """
    sizes = np.zeros(end - first, dtype=np.int64)
    keys, count = np.empty(4096, dtype=np.int64), 0
    for origin in range(first, end):
        begin = count
        places = 0
        for i in range(access_ptr[origin], access_ptr[origin + 1]):
            places += legs.board_ptr[access_stop[i] + 1] - legs.board_ptr[access_stop[i]]
        spots = np.empty(places, dtype=np.int64)
        places = 0
        for i in range(access_ptr[origin], access_ptr[origin + 1]):
            for at in range(legs.board_ptr[access_stop[i]], legs.board_ptr[access_stop[i] + 1]):
                spots[places] = (
                    (np.int64(legs.board_chain[at]) << 40)
                    | (np.int64(legs.board_position[at]) << 16)
                    | access_walk[i]
                )
                places += 1
        spots.sort()
        at = 0
        while at < places:
            chain, start = spots[at] >> 40, at
            while at < places and spots[at] >> 40 == chain:
                at += 1
            length = legs.chain_ptr[chain + 1] - legs.chain_ptr[chain]
            caught = np.full(at - start, -1, dtype=np.int64)
            run = legs.chain_runs[chain]
            for i in range(start, at):
                run = min(run, _first_run(legs, chain, (spots[i] >> 16) & 0xFFFFFF, spots[i] & 0xFFFF))
            while run < legs.chain_runs[chain] and caught[0] < slots - 1:
                base = legs.chain_call_ptr[chain] + run * length
                if (
                    legs.call_departure[base + ((spots[start] >> 16) & 0xFFFFFF)] >= 0
                    and legs.row[base + ((spots[start] >> 16) & 0xFFFFFF)] < 0
                ):
                    break
                so_far = np.int64(-1)
                for i in range(start, at):
                    so_far = max(so_far, caught[i - start])
                    call = base + ((spots[i] >> 16) & 0xFFFFFF)
                    left = legs.call_departure[call] - (spots[i] & 0xFFFF)
                    leg = legs.row[call]
                    if left < 0 or leg < 0:
                        continue
                    slot = min(left // step, slots - 1)
                    if slot > so_far:
                        if count == keys.shape[0]:
                            keys = np.concatenate((keys, np.empty_like(keys)))
                        keys[count] = ((slots - 1 - slot) << 32) | np.int64(leg)
                        count += 1
                        caught[i - start] = so_far = slot
                run += 1
        keys[begin:count].sort()
        sizes[origin - first] = count - begin
    slot_of, leg_of = np.empty(count, dtype=np.uint16), np.empty(count, dtype=np.int32)
    for i in range(count):
        slot_of[i] = np.uint16(slots - 1 - (keys[i] >> 32))
        leg_of[i] = np.int32(keys[i] & 0xFFFFFFFF)
    return sizes, slot_of, leg_of


@numba.njit(cache=True, nogil=True)
def narrow_graph(
    graph: Graph, keep: npt.NDArray[np.bool_], row_of_stop: Int32Array
) -> tuple[Graph, Int32Array]:  # pragma: no cover
    """The part of a graph that is kept: the fields of `Graph` renumbered, and each old leg's new number or -1."""
    number = np.full(keep.shape[0], -1, dtype=np.int32)
    kept, links = 0, 0
    for leg in range(keep.shape[0]):
        if keep[leg]:
            number[leg] = kept
            kept += 1
            for at in range(graph.option_ptr[leg], graph.option_ptr[leg + 1]):
                links += keep[graph.option_to[at]]
    departure, arrival = np.empty(kept, dtype=np.int32), np.empty(kept, dtype=np.int32)
    following, walk = np.empty(kept, dtype=np.int32), np.empty(kept, dtype=np.int32)
    ptr, to = np.zeros(kept + 1, dtype=np.int64), np.empty(links, dtype=np.int32)
    links = 0
    for leg in range(keep.shape[0]):
        new = number[leg]
        if new < 0:
            continue
        departure[new], arrival[new] = graph.departure[leg], graph.arrival[leg]
        following[new] = number[graph.following[leg]] if graph.following[leg] >= 0 else -1
        walk[new] = row_of_stop[graph.egress_row[leg]] if graph.egress_row[leg] >= 0 else -1
        for at in range(graph.option_ptr[leg], graph.option_ptr[leg + 1]):
            if number[graph.option_to[at]] >= 0:
                to[links] = number[graph.option_to[at]]
                links += 1
        ptr[new + 1] = links
    return Graph(departure, arrival, following, walk, ptr, to), number


@numba.njit(cache=True, nogil=True)
def narrow_programs(programs: Programs, number: Int32Array) -> Programs:  # pragma: no cover
    """The entries of programs whose legs are kept: the fields of `Programs` renumbered."""
    origins = programs.ptr.shape[0] - 1
    ptr = np.zeros(origins + 1, dtype=np.int64)
    for origin in range(origins):
        kept = 0
        for at in range(programs.ptr[origin], programs.ptr[origin + 1]):
            kept += number[programs.leg[at]] >= 0
        ptr[origin + 1] = ptr[origin] + kept
    slot, leg = np.empty(ptr[origins], dtype=np.uint16), np.empty(ptr[origins], dtype=np.int32)
    kept = 0
    for at in range(programs.ptr[origins]):
        if number[programs.leg[at]] >= 0:
            slot[kept], leg[kept] = programs.slot[at], number[programs.leg[at]]
            kept += 1
    return Programs(ptr, slot, leg)
