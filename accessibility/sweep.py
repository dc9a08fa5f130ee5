"""The leg sweep: one pass backward in time answers for every origin and every departure at once.

A *leg* is one run leaving one call for the next. Legs are taken by departure, latest first, and each gets a row with
one value per lane (destination): the earliest arrival of a traveller on board that leg,

    R[leg] = min(R[next leg of the run], arrival + egress walk, R[first leg of each chain one can change to]).

Only legs carry values, so "alighting here" and "boarding after a walk" are never confused. Within one second legs are
repeated until nothing changes, because whole-minute timetables hold hops of zero seconds and chains of them. Because no
run of a chain overtakes another, the first leg one can catch is never worse than a later one of the same chain.

Values are seconds after the window's start in 16 bits; anything beyond the horizon is `UNREACHED`, which is exact for
every departure of the window as long as the horizon lies `max_time` after the last.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from accessibility.network import Network

UNREACHED: Final = 65_535
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
UInt16Array = npt.NDArray[np.uint16]


class Legs(NamedTuple):
    """The legs of a window, latest first, and what the kernels need around them; times are relative to the window.

    ``row`` gives each call's leg (-1 without one); ``board_…`` lists, per stop, the chain positions where one may
    board; ``alight_stop`` is each leg's far stop, or -1 where one may not alight.
    """

    call: Int64Array
    chain: Int32Array
    alight_stop: Int32Array
    row: Int32Array
    arrival: Int32Array
    departure: Int32Array
    last_of_run: npt.NDArray[np.bool_]
    board_ptr: Int64Array
    board_chain: Int32Array
    board_position: Int32Array
    chain_length: Int32Array
    chain_runs: Int32Array
    chain_call_ptr: Int64Array
    chain_route: Int32Array
    chain_trip: Int32Array


class Links(NamedTuple):
    """`accessibility.network.Changes` as the kernels read them."""

    ptr: Int64Array
    to: Int32Array
    seconds: Int32Array
    rule_ptr: Int64Array
    rule_from_route: Int32Array
    rule_to_route: Int32Array
    rule_from_trip: Int32Array
    rule_to_trip: Int32Array
    rule_seconds: Int32Array


def legs_of(network: Network, *, start_s: int, horizon_s: int) -> Legs:
    """List the legs that leave within ``start_s`` and ``start_s + horizon_s``, latest first."""
    table = network.timetable
    length = np.diff(table.chain_stop_ptr).astype(np.int32)
    runs = np.diff(table.chain_run_ptr).astype(np.int32)
    departure = (table.departure_s - start_s).astype(np.int32)
    arrival = (table.arrival_s - start_s).astype(np.int32)
    chain = np.repeat(np.arange(len(length), dtype=np.int32), length.astype(np.int64) * runs)
    position = (np.arange(len(departure)) - table.chain_call_ptr[chain]) % length[chain]
    last = position == length[chain] - 1
    inside = np.flatnonzero(~last & (departure >= 0) & (departure <= horizon_s))
    call = inside[np.lexsort((-position[inside], -departure[inside].astype(np.int64)))]
    row = np.full(len(departure), -1, dtype=np.int32)
    row[call] = np.arange(len(call), dtype=np.int32)
    far = table.chain_stop_ptr[chain[call]] + position[call] + 1
    boardable = np.flatnonzero(table.may_board & ~_is_last(table.chain_stop_ptr))
    by_stop = boardable[np.argsort(table.chain_stop[boardable], kind="stable")]
    board_chain = np.searchsorted(table.chain_stop_ptr, by_stop, side="right") - 1
    stops = np.arange(len(table.stops) + 1)
    return Legs(
        call=call.astype(np.int64),
        chain=chain[call],
        alight_stop=np.where(table.may_alight[far], table.chain_stop[far], -1).astype(np.int32),
        row=row,
        arrival=arrival,
        departure=departure,
        last_of_run=last,
        board_ptr=np.searchsorted(table.chain_stop[by_stop], stops).astype(np.int64),
        board_chain=board_chain.astype(np.int32),
        board_position=(by_stop - table.chain_stop_ptr[board_chain]).astype(np.int32),
        chain_length=length,
        chain_runs=runs,
        chain_call_ptr=table.chain_call_ptr,
        chain_route=table.chain_route,
        chain_trip=table.run_trip[table.chain_run_ptr[:-1]],
    )


def links_of(network: Network) -> Links:
    """Hand the network's changes to the kernels."""
    changes = network.changes
    return Links(*(getattr(changes, name) for name in Links._fields))


def _is_last(ptr: Int32Array) -> npt.NDArray[np.bool_]:
    last = np.zeros(int(ptr[-1]), dtype=bool)
    last[ptr[1:] - 1] = True
    return last


@numba.njit(cache=True, nogil=True)
def _first_run(legs: Legs, chain: int, position: int, time: int) -> int:  # pragma: no cover - compiled
    """Position among the chain's runs of the first that leaves `position` at `time` or later."""
    length, base = legs.chain_length[chain], legs.chain_call_ptr[chain] + position
    low, high = 0, legs.chain_runs[chain]
    while low < high:
        middle = (low + high) // 2
        if legs.departure[base + middle * length] < time:
            low = middle + 1
        else:
            high = middle
    return low


@numba.njit(cache=True, nogil=True)
def _change_seconds(
    links: Links, link: int, legs: Legs, chain: int, other: int
) -> int:  # pragma: no cover - compiled
    """Seconds to change from one chain to another over a link, by its first rule that fits; -1 if one may not."""
    for i in range(links.rule_ptr[link], links.rule_ptr[link + 1]):
        if links.rule_from_route[i] >= 0 and links.rule_from_route[i] != legs.chain_route[chain]:
            continue
        if links.rule_to_route[i] >= 0 and links.rule_to_route[i] != legs.chain_route[other]:
            continue
        if links.rule_from_trip[i] >= 0 and links.rule_from_trip[i] != legs.chain_trip[chain]:
            continue
        if links.rule_to_trip[i] >= 0 and links.rule_to_trip[i] != legs.chain_trip[other]:
            continue
        return int(links.rule_seconds[i])
    return int(links.seconds[link])


@numba.njit(cache=True, nogil=True)
def _relax(
    legs: Legs,
    links: Links,
    egress: UInt16Array,
    served: npt.NDArray[np.bool_],
    reach: UInt16Array,
    leg: int,
    row: UInt16Array,
    horizon: int,
) -> None:  # pragma: no cover - compiled
    """Fill `row` with the earliest arrivals from on board one leg."""
    lanes = row.shape[0]
    call = legs.call[leg]
    for lane in range(lanes):
        row[lane] = reach[leg, lane]
    following = legs.row[call + 1]
    if following >= 0 and not legs.last_of_run[call + 1]:
        for lane in range(lanes):
            row[lane] = min(row[lane], reach[following, lane])
    stop = legs.alight_stop[leg]
    if stop < 0:
        return
    arrival = legs.arrival[call + 1]
    if served[stop]:
        for lane in range(lanes):
            walk = egress[stop, lane]
            if walk != 65535 and arrival + walk <= horizon:
                row[lane] = min(row[lane], np.uint16(arrival + walk))
    for link in range(links.ptr[stop], links.ptr[stop + 1]):
        other_stop = links.to[link]
        ruled = links.rule_ptr[link] < links.rule_ptr[link + 1]
        needed = links.seconds[link]
        if needed < 0 and not ruled:
            continue
        for at in range(legs.board_ptr[other_stop], legs.board_ptr[other_stop + 1]):
            other, position = legs.board_chain[at], legs.board_position[at]
            if ruled:
                needed = _change_seconds(links, link, legs, legs.chain[leg], other)
                if needed < 0:
                    continue
            run = _first_run(legs, other, position, arrival + needed)
            if run == legs.chain_runs[other]:
                continue
            caught = legs.row[legs.chain_call_ptr[other] + run * legs.chain_length[other] + position]
            if caught >= 0:
                for lane in range(lanes):
                    row[lane] = min(row[lane], reach[caught, lane])


@numba.njit(cache=True, nogil=True)
def sweep(
    legs: Legs, links: Links, egress: UInt16Array, horizon: int
) -> UInt16Array:  # pragma: no cover - compiled
    """Earliest arrival at every lane from on board every leg.

    Parameters
    ----------
    legs, links
        The window's legs and the network's changes.
    egress
        Seconds on foot from each stop to each lane, `UNREACHED` where it is too far.
    horizon
        Latest arrival of interest, seconds after the window's start.

    Returns
    -------
    numpy.ndarray
        One row per leg, one column per lane.
    """
    lanes = egress.shape[1]
    served = np.zeros(egress.shape[0], dtype=np.bool_)
    for stop in range(egress.shape[0]):
        for lane in range(lanes):
            if egress[stop, lane] != 65535:
                served[stop] = True
    count = legs.call.shape[0]
    reach = np.full((count, lanes), np.uint16(65535))
    row = np.empty(lanes, dtype=np.uint16)
    first = 0
    while first < count:
        second = legs.departure[legs.call[first]]
        end, instant = first, False
        while end < count and legs.departure[legs.call[end]] == second:
            instant = instant or legs.arrival[legs.call[end] + 1] == second
            end += 1
        changed = True
        while changed:
            changed = False
            for leg in range(first, end):
                _relax(legs, links, egress, served, reach, leg, row, horizon)
                for lane in range(lanes):
                    changed = changed or row[lane] < reach[leg, lane]
                    reach[leg, lane] = row[lane]
            changed = changed and instant
        first = end
    return reach


@numba.njit(cache=True, nogil=True)
def _best_by_departure(
    legs: Legs, reach: UInt16Array, stops: Int32Array, walks: Int32Array, step: int, best: UInt16Array
) -> None:  # pragma: no cover - compiled
    """Earliest arrival per departure of the window for one origin, by public transport.

    A leg leaving at *d* behind a walk *w* is last caught by the departure floor((d - w) / step): its row goes there, and
    a running minimum from the window's end spreads it to every earlier departure.
    """
    departures, lanes = best.shape
    best[:, :] = np.uint16(65535)
    for i in range(stops.shape[0]):
        walk = walks[i]
        for at in range(legs.board_ptr[stops[i]], legs.board_ptr[stops[i] + 1]):
            chain, position = legs.board_chain[at], legs.board_position[at]
            length = legs.chain_length[chain]
            for run in range(_first_run(legs, chain, position, walk), legs.chain_runs[chain]):
                call = legs.chain_call_ptr[chain] + run * length + position
                row = legs.row[call]
                if row < 0:
                    break
                slot = min((legs.departure[call] - walk) // step, departures - 1)
                for lane in range(lanes):
                    best[slot, lane] = min(best[slot, lane], reach[row, lane])
                if (legs.departure[call] - walk) // step >= departures - 1:
                    break
    for slot in range(departures - 2, -1, -1):
        for lane in range(lanes):
            best[slot, lane] = min(best[slot, lane], best[slot + 1, lane])


@numba.njit(cache=True, nogil=True)
def durations(
    legs: Legs,
    reach: UInt16Array,
    access_ptr: Int64Array,
    access_stop: Int32Array,
    access_walk: Int32Array,
    direct: UInt16Array,
    step: int,
    max_time: int,
    out: UInt16Array,
) -> None:  # pragma: no cover - compiled
    """Door-to-door seconds for every origin, departure and lane, into ``out`` (origins, departures, lanes)."""
    origins, departures, lanes = out.shape
    for origin in range(origins):
        first, end = access_ptr[origin], access_ptr[origin + 1]
        best = out[origin]
        _best_by_departure(legs, reach, access_stop[first:end], access_walk[first:end], step, best)
        for slot in range(departures):
            for lane in range(lanes):
                seconds = 65535
                if best[slot, lane] != 65535:
                    seconds = best[slot, lane] - slot * step
                seconds = min(seconds, direct[origin, lane])
                best[slot, lane] = np.uint16(seconds if seconds <= max_time else 65535)


@numba.njit(cache=True, nogil=True)
def departures_within(
    legs: Legs,
    reach: UInt16Array,
    access_ptr: Int64Array,
    access_stop: Int32Array,
    access_walk: Int32Array,
    direct: UInt16Array,
    step: int,
    cutoff: int,
    departures: int,
    out: UInt16Array,
) -> None:  # pragma: no cover - compiled
    """How many departures reach each lane within the cutoff, into ``out`` (origins, lanes)."""
    origins, lanes = out.shape
    best = np.empty((departures, lanes), dtype=np.uint16)
    for origin in range(origins):
        first, end = access_ptr[origin], access_ptr[origin + 1]
        _best_by_departure(legs, reach, access_stop[first:end], access_walk[first:end], step, best)
        for lane in range(lanes):
            out[origin, lane] = 0
        for slot in range(departures):
            latest = slot * step + cutoff
            for lane in range(lanes):
                out[origin, lane] += np.uint16(best[slot, lane] <= latest)
        for lane in range(lanes):
            if direct[origin, lane] <= cutoff:
                out[origin, lane] = departures
