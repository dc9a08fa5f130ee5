"""The legs of a window: one run leaving one call for the next, latest first, as the compiled rooms read them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from accessibility.networks.network import Network

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class Legs(NamedTuple):
    """The legs that leave within a window, by departure, latest first; times are seconds after the window's start.

    ``call``, ``departure``, ``arrival``, ``following`` (the run's next leg, or -1) and ``alight_stop`` (the far stop, or
    -1 where one may not alight) run along the legs. ``row`` gives each call's leg, or -1. ``board_…`` list, per stop, the
    chain positions where one may board; ``may_alight`` and ``stop`` run along the chains' positions.
    """

    call: Int64Array
    chain: Int32Array
    departure: Int32Array
    arrival: Int32Array
    following: Int32Array
    alight_stop: Int32Array
    row: Int32Array
    call_arrival: Int32Array
    call_departure: Int32Array
    board_ptr: Int64Array
    board_chain: Int32Array
    board_position: Int32Array
    stop: Int32Array
    may_alight: BoolArray
    chain_ptr: Int32Array
    chain_runs: Int32Array
    chain_call_ptr: Int64Array
    chain_route: Int32Array
    chain_trip: Int32Array


class Links(NamedTuple):
    """`accessibility.networks.network.Changes` as the compiled rooms read them."""

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
    """List the legs that leave from ``start_s`` until ``horizon_s`` seconds later, latest first."""
    table = network.timetable
    length = np.diff(table.chain_stop_ptr)
    runs = np.diff(table.chain_run_ptr).astype(np.int32)
    departure = (table.departure_s - start_s).astype(np.int32)
    arrival = (table.arrival_s - start_s).astype(np.int32)
    near = np.flatnonzero((departure >= 0) & (departure <= horizon_s))
    chain = (np.searchsorted(table.chain_call_ptr, near, side="right") - 1).astype(np.int32)
    position = (near - table.chain_call_ptr[chain]) % length[chain]
    inside = position < length[chain] - 1
    near, chain, position = near[inside], chain[inside], position[inside]
    # Within a second the later position comes first, so that a run's next leg is ready before the leg itself.
    order = np.lexsort((-position, -departure[near]))
    call, chain, position = near[order], chain[order], position[order]
    row = np.full(len(departure), -1, dtype=np.int32)
    row[call] = np.arange(len(call), dtype=np.int32)
    far = table.chain_stop_ptr[chain] + position + 1
    boardable = table.may_board.copy()
    boardable[table.chain_stop_ptr[1:] - 1] = False
    places = np.flatnonzero(boardable)
    places = places[np.argsort(table.chain_stop[places], kind="stable")]
    board_chain = np.searchsorted(table.chain_stop_ptr, places, side="right") - 1
    return Legs(
        call=call.astype(np.int64),
        chain=chain,
        departure=departure[call],
        arrival=arrival[call + 1],
        following=np.where(position + 2 < length[chain], row[call + 1], -1).astype(np.int32),
        alight_stop=np.where(table.may_alight[far], table.chain_stop[far], -1).astype(np.int32),
        row=row,
        call_arrival=arrival,
        call_departure=departure,
        board_ptr=np.searchsorted(table.chain_stop[places], np.arange(len(table.stops) + 1)).astype(np.int64),
        board_chain=board_chain.astype(np.int32),
        board_position=(places - table.chain_stop_ptr[board_chain]).astype(np.int32),
        stop=table.chain_stop,
        may_alight=table.may_alight,
        chain_ptr=table.chain_stop_ptr,
        chain_runs=runs,
        chain_call_ptr=table.chain_call_ptr,
        chain_route=table.chain_route,
        chain_trip=table.run_trip[table.chain_run_ptr[:-1]],
    )


def links_of(network: Network) -> Links:
    """Hand the network's changes to the compiled rooms."""
    changes = network.changes
    return Links(*(getattr(changes, name) for name in Links._fields))
