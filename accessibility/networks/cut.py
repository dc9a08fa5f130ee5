"""A network cut down to some of its stops, hours or routes, every ride that is left kept to the second."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from accessibility.networks.network import Changes, Network
from accessibility.timetables.timetable import Timetable
from accessibility.timetables.transfer_rules import TransferRules

BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]


def cut_network(network: Network, stops: BoolArray, *, first_s: int, last_s: int) -> Network:
    """Leave out all stops but some, and all runs that call at fewer than two of these within a time.

    A run keeps its times at the stops that are left, so it still takes people from one to the other, past those that are
    not there any more. Routes and trips keep their numbers.

    Parameters
    ----------
    network
        The whole; it is not changed.
    stops
        Which of its stops to keep. Those where nothing calls any more fall away too.
    first_s, last_s
        Seconds of the service day, inclusive: what leaves before the first or arrives after the last is of no use.

    Returns
    -------
    Network
        With stops renumbered in their order, and the same streets, limits and notes.
    """
    table, used = _cut_timetable(network.timetable, stops, first_s=first_s, last_s=last_s)
    places = network.stop_places
    kept = np.flatnonzero(used)
    return dataclasses.replace(
        network,
        timetable=table,
        stop_xy=network.stop_xy[kept],
        stop_places=None if places is None else network.stops.rows(kept).snapped,
        changes=_cut_changes(network.changes, used),
    )


def only_routes(timetable: Timetable, routes: BoolArray) -> Timetable:
    """Take the runs of all other routes out; stops, routes and trips keep their numbers, which rules and walks refer to.

    Parameters
    ----------
    timetable
        The whole; it is not changed.
    routes
        Which of its routes to keep.
    """
    keep = routes[timetable.chain_route]
    stops, runs = np.diff(timetable.chain_stop_ptr), np.diff(timetable.chain_run_ptr)
    calls = stops.astype(np.int64) * runs
    of_stops, of_runs, of_calls = (np.repeat(keep, sizes) for sizes in (stops, runs, calls))
    return dataclasses.replace(
        timetable,
        chain_route=timetable.chain_route[keep],
        chain_stop_ptr=_pointer(stops[keep]).astype(np.int32),
        chain_stop=timetable.chain_stop[of_stops],
        may_board=timetable.may_board[of_stops],
        may_alight=timetable.may_alight[of_stops],
        chain_run_ptr=_pointer(runs[keep]).astype(np.int32),
        run_trip=timetable.run_trip[of_runs],
        chain_call_ptr=_pointer(calls[keep]),
        arrival_s=timetable.arrival_s[of_calls],
        departure_s=timetable.departure_s[of_calls],
    )


def _cut_timetable(
    table: Timetable, stops: BoolArray, *, first_s: int, last_s: int
) -> tuple[Timetable, BoolArray]:
    """Cut the chains, and tell which stops are still called at."""
    called = stops[table.chain_stop]
    length, before = np.diff(table.chain_stop_ptr), _pointer(called)
    left = before[table.chain_stop_ptr[1:]] - before[table.chain_stop_ptr[:-1]]
    chains, runs, start = _runs_in_time(table, left >= 2, first_s=first_s, last_s=last_s)
    # Calls of those runs alone: a cut of a country must not cost what the country does.
    size = length[chains]
    call, place = _spans(start, size), _spans(table.chain_stop_ptr[chains], size)
    early, late = table.arrival_s[call], table.departure_s[call]
    useful = called[place] & (np.maximum(early, late) >= first_s) & (np.minimum(early, late) <= last_s)
    run = np.repeat(np.arange(len(runs)), size)
    run_kept = np.bincount(run[useful], minlength=len(runs)) >= 2
    call, runs = call[run_kept[run] & called[place]], runs[run_kept]
    chains, kept_runs = np.unique(chains[run_kept], return_counts=True)
    row = _spans(table.chain_stop_ptr[chains], length[chains])
    row = row[called[row]]
    used = np.zeros(len(stops), dtype=bool)
    used[table.chain_stop[row]] = True
    number = np.cumsum(used) - 1
    lengths = left[chains]
    cut = dataclasses.replace(
        table,
        stops=table.stops[used].reset_index(drop=True),
        chain_route=table.chain_route[chains],
        chain_stop_ptr=_pointer(lengths).astype(np.int32),
        chain_stop=number[table.chain_stop[row]].astype(np.int32),
        may_board=table.may_board[row],
        may_alight=table.may_alight[row],
        chain_run_ptr=_pointer(kept_runs).astype(np.int32),
        run_trip=table.run_trip[runs],
        chain_call_ptr=_pointer(lengths * kept_runs),
        arrival_s=table.arrival_s[call],
        departure_s=table.departure_s[call],
        rules=_cut_rules(table.rules, used),
    )
    return cut, used


def _runs_in_time(
    table: Timetable, chosen: BoolArray, *, first_s: int, last_s: int
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """List the runs of some chains that are on their way within a time: chain, number, and first call of each."""
    chains = np.flatnonzero(chosen)
    length, count = np.diff(table.chain_stop_ptr)[chains], np.diff(table.chain_run_ptr)[chains]
    run = _spans(table.chain_run_ptr[chains], count)
    chain, size = np.repeat(chains, count), np.repeat(length, count)
    start = table.chain_call_ptr[chain] + (run - table.chain_run_ptr[chain]) * size
    on_the_way = (table.departure_s[start] <= last_s) & (table.arrival_s[start + size - 1] >= first_s)
    return chain[on_the_way], run[on_the_way], start[on_the_way]


def _cut_rules(rules: TransferRules, used: BoolArray) -> TransferRules:
    number = (np.cumsum(used) - 1).astype(np.int32)
    kept = used[rules.from_stop] & used[rules.to_stop]
    some = {field.name: getattr(rules, field.name)[kept] for field in dataclasses.fields(rules)}
    return TransferRules(
        **some | {"from_stop": number[some["from_stop"]], "to_stop": number[some["to_stop"]]}
    )


def _cut_changes(changes: Changes, used: BoolArray) -> Changes:
    number = (np.cumsum(used) - 1).astype(np.int32)
    start = np.repeat(np.arange(len(used)), np.diff(changes.ptr))
    links = np.flatnonzero(used[start] & used[changes.to])
    rules = np.diff(changes.rule_ptr)[links]
    rule = _spans(changes.rule_ptr[links], rules)
    return Changes(
        ptr=np.searchsorted(number[start[links]], np.arange(int(used.sum()) + 1)).astype(np.int64),
        to=number[changes.to[links]],
        seconds=changes.seconds[links],
        rule_ptr=_pointer(rules),
        rule_from_route=changes.rule_from_route[rule],
        rule_to_route=changes.rule_to_route[rule],
        rule_from_trip=changes.rule_from_trip[rule],
        rule_to_trip=changes.rule_to_trip[rule],
        rule_seconds=changes.rule_seconds[rule],
    )


def _pointer(lengths: npt.NDArray[np.integer] | BoolArray) -> Int64Array:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _spans(start: npt.NDArray[np.integer], length: npt.NDArray[np.integer]) -> Int64Array:
    """Positions ``start[i] … start[i] + length[i] - 1``, one span after the other."""
    return np.asarray(
        np.repeat(start - _pointer(length)[:-1], length) + np.arange(int(length.sum())), dtype=np.int64
    )
