"""A sweep kept open: the arrivals from every leg of a window, and walks to board them from any origin and departure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accessibility.engine.laid_out import laid_out
from accessibility.engine.sweep import LANES, UNREACHED, Graph, sweep
from accessibility.networks.network import Network
from accessibility.networks.walking import Placed, Walks
from accessibility.points import Points
from accessibility.timetables.timetable import Timetable
from accessibility.window import STEP_S, Window, check_covered

Int64Array = npt.NDArray[np.int64]
UInt16Array = npt.NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Boardings:
    """Legs of a window that may be boarded, by stop: those of stop *s* are ``ptr[s]:ptr[s + 1]``, earliest first.

    ``call`` is the call left, ``row`` the sweep's row of that leg, ``departure_s`` seconds after the window's start.
    """

    ptr: Int64Array
    call: Int64Array
    row: Int64Array
    departure_s: Int64Array


@dataclass(frozen=True, eq=False)
class Prepared:
    """The legs of a window, ready to be swept towards any destinations.

    ``row`` gives each of the timetable's calls the row of the leg that leaves it, -1 where none does.
    """

    window: Window
    graph: Graph
    row: Int64Array
    boardings: Boardings


@dataclass(frozen=True, eq=False)
class Guide:
    """A sweep towards destinations, with all that is needed to follow journeys forward through it.

    Attributes
    ----------
    network, prepared
        What was asked of, and when.
    reach
        (legs, lanes): earliest arrival from on board, seconds after the window's start.
    access
        Walks from the origins to stops.
    egress
        (stops, lanes): seconds on foot to the nearest point of the destination, `UNREACHED` if too far.
    direct
        (origins, lanes): likewise for the whole journey on foot.
    """

    network: Network
    prepared: Prepared
    reach: UInt16Array
    access: Walks
    egress: UInt16Array
    direct: UInt16Array

    @property
    def window(self) -> Window:
        """When was asked about."""
        return self.prepared.window


def guide_to(network: Network, origins: Points, destinations: Points, window: Window) -> Guide:
    """Sweep once towards all destinations; every origin and departure of the window can then be followed."""
    limits = network.limits
    starts, ends = network.placed(origins.xy), network.placed(destinations.xy)
    network.warn_of_unsnapped(starts, origins, name="origins")
    network.warn_of_unsnapped(ends, destinations, name="destinations")
    direct = np.full((len(origins.xy), len(destinations.ids)), UNREACHED, dtype=np.uint16)
    walks = network.walks(starts, ends, max_min=limits.max_direct_min)
    _lay(direct, _starts(walks), destinations.lane[walks.to], walks)
    egress = egress_to(network, destinations, ends)
    prepared = prepare(network, window)
    return Guide(
        network=network,
        prepared=prepared,
        reach=swept(prepared, egress),
        access=network.walks(starts, network.stops, max_min=limits.max_access_min),
        egress=egress,
        direct=direct,
    )


def egress_to(network: Network, destinations: Points, ends: Placed) -> UInt16Array:
    """Seconds on foot from stops to destinations, which join the streets at `ends`: (stops, lanes), `UNREACHED` if too far.

    The walks are found from the destinations, because on foot they take the same time both ways.
    """
    egress = np.full((len(network.stop_xy), len(destinations.ids)), UNREACHED, dtype=np.uint16)
    walks = network.walks(ends, network.stops, max_min=network.limits.max_egress_min)
    _lay(egress, walks.to, destinations.lane[_starts(walks)], walks)
    return egress


def _starts(walks: Walks) -> Int64Array:
    return np.repeat(np.arange(len(walks.ptr) - 1), np.diff(walks.ptr))


def _lay(
    table: UInt16Array, rows: npt.NDArray[np.integer], columns: npt.NDArray[np.integer], walks: Walks
) -> None:
    np.minimum.at(table, (rows, columns), walks.seconds.astype(np.uint16))


def prepare(network: Network, window: Window) -> Prepared:
    """Lay out a window's legs, their changes, and where they may be boarded."""
    check_covered(window)
    legs, graph = laid_out(network, window)
    row = legs.row.astype(np.int64)
    return Prepared(window=window, graph=graph, row=row, boardings=_boardings(network.timetable, row, window))


def swept(prepared: Prepared, egress: UInt16Array) -> UInt16Array:
    """Sweep towards any number of lanes, given the seconds on foot from every stop to each: (legs, lanes)."""
    window, lanes = prepared.window, egress.shape[1]
    parts = []
    for first in range(0, max(lanes, 1), LANES):
        part = np.full((max(len(egress), 1), LANES), UNREACHED, dtype=np.uint16)
        part[: len(egress), : min(LANES, lanes - first)] = egress[:, first : first + LANES]
        parts.append(sweep(prepared.graph, part, max_time_s=window.max_time_s, horizon_s=window.horizon_s))
    return np.concatenate(parts, axis=1)[:, :lanes]


def _boardings(table: Timetable, row: Int64Array, window: Window) -> Boardings:
    call = np.flatnonzero(row >= 0)
    spot = _spots(table)[call]
    call, spot = call[table.may_board[spot]], spot[table.may_board[spot]]
    stop, departure_s = table.chain_stop[spot], table.departure_s[call].astype(np.int64) - window.start_s
    order = np.lexsort((call, departure_s, stop))
    return Boardings(
        ptr=np.searchsorted(stop[order], np.arange(len(table.stops) + 1)).astype(np.int64),
        call=call[order],
        row=row[call[order]],
        departure_s=departure_s[order],
    )


def _spots(table: Timetable) -> Int64Array:
    """Position of every call in ``chain_stop``."""
    length = np.diff(table.chain_stop_ptr).astype(np.int64)
    chain = np.repeat(np.arange(len(length)), np.diff(table.chain_call_ptr))
    return table.chain_stop_ptr[chain] + (np.arange(len(chain)) - table.chain_call_ptr[chain]) % length[chain]


def earliest_arrivals(
    boardings: Boardings,
    reach: UInt16Array,
    stops: npt.NDArray[np.integer],
    walk_s: npt.NDArray[np.integer],
    *,
    departures: int,
) -> UInt16Array:
    """Earliest arrival by public transport for each departure and lane, from walks to stops.

    A leg leaving at *d* behind a walk *w* is last caught by the departure floor((d - w) / 60), so its arrivals go there
    and a running minimum from the window's end hands them to every earlier departure.
    """
    best = np.full((departures, reach.shape[1]), UNREACHED, dtype=np.uint16)
    count = boardings.ptr[stops + 1] - boardings.ptr[stops]
    at = np.repeat(boardings.ptr[stops], count) + _within(count)
    last = (boardings.departure_s[at] - np.repeat(walk_s, count)) // STEP_S
    at, last = at[last >= 0], np.minimum(last[last >= 0], departures - 1)
    order = np.argsort(last, kind="stable")
    caught, first = np.unique(last[order], return_index=True)
    if len(caught):
        best[caught] = np.minimum.reduceat(reach[boardings.row[at[order]]], first, axis=0)
    return np.minimum.accumulate(best[::-1], axis=0)[::-1]


def _within(count: Int64Array) -> Int64Array:
    """0, 1, … within each of several runs of the given lengths."""
    return np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)


def durations_from(guide: Guide, origin: int) -> UInt16Array:
    """Door-to-door seconds of one origin: (departures, lanes), `UNREACHED` where there is no journey in time."""
    here = slice(guide.access.ptr[origin], guide.access.ptr[origin + 1])
    best = earliest_arrivals(
        guide.prepared.boardings, guide.reach, guide.access.to[here], guide.access.seconds[here],
        departures=guide.window.departures,
    )  # fmt: skip
    leave = (np.arange(len(best)) * STEP_S)[:, None]
    seconds = np.where(best == UNREACHED, UNREACHED, best - leave)
    seconds = np.minimum(seconds, guide.direct[origin])
    return np.where(seconds <= guide.window.max_time_s, seconds, UNREACHED).astype(np.uint16)
