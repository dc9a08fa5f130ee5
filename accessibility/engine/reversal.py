"""The day run backward: what leaves arrives, what arrives leaves, and every clock shows minus its time.

"When must I leave to arrive by nine?" is the question "when do I arrive if I leave at minus nine?" on that day, so one
sweep serves both windows of departures and windows of arrivals.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from accessibility.networks.network import Changes, Network
from accessibility.timetables.timetable import Timetable
from accessibility.window import STEP_S, Window


def reversed_network(network: Network) -> Network:
    """Turn a network round in time; its stops keep their numbers.

    Walks stay as they are: in straight lines and along streets on foot they take the same time both ways. Only their
    limits change places.
    """
    limits = network.limits
    return dataclasses.replace(
        network,
        timetable=_reversed_timetable(network.timetable),
        changes=_reversed_changes(network.changes),
        limits=dataclasses.replace(
            limits, max_access_min=limits.max_egress_min, max_egress_min=limits.max_access_min
        ),
    )


def reversed_window(window: Window) -> Window:
    """Turn a window of arrivals into one of departures on the reversed day: its first slot is the last arrival."""
    return dataclasses.replace(window, start_s=-(window.start_s + (window.departures - 1) * STEP_S))


def _reversed_timetable(table: Timetable) -> Timetable:
    places = _flip_within(table.chain_stop_ptr)
    runs = _flip_within(table.chain_run_ptr)
    calls = _flip_within(table.chain_call_ptr)
    return dataclasses.replace(
        table,
        chain_stop=table.chain_stop[places],
        may_board=table.may_alight[places],
        may_alight=table.may_board[places],
        run_trip=table.run_trip[runs],
        arrival_s=-table.departure_s[calls],
        departure_s=-table.arrival_s[calls],
    )


def _flip_within(ptr: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Positions that turn every block ``ptr[i]:ptr[i + 1]`` round; for a chain's calls that turns runs and stops."""
    start, end = np.repeat(ptr[:-1], np.diff(ptr)), np.repeat(ptr[1:], np.diff(ptr))
    return np.asarray(start + end - 1 - np.arange(int(ptr[-1])), dtype=np.int64)


def _reversed_changes(changes: Changes) -> Changes:
    stops = len(changes.ptr) - 1
    start = np.repeat(np.arange(stops, dtype=np.int32), np.diff(changes.ptr))
    order = np.lexsort((start, changes.to))
    rules = np.diff(changes.rule_ptr)
    rule_ptr = np.concatenate([[0], np.cumsum(rules[order])]).astype(np.int64)
    rule = np.repeat(changes.rule_ptr[:-1][order] - rule_ptr[:-1], rules[order]) + np.arange(int(rules.sum()))
    return Changes(
        ptr=np.searchsorted(changes.to[order], np.arange(stops + 1)).astype(np.int64),
        to=start[order],
        seconds=changes.seconds[order],
        rule_ptr=rule_ptr,
        rule_from_route=changes.rule_to_route[rule],
        rule_to_route=changes.rule_from_route[rule],
        rule_from_trip=changes.rule_to_trip[rule],
        rule_to_trip=changes.rule_from_trip[rule],
        rule_seconds=changes.rule_seconds[rule],
    )
