"""Changes worked out before the sweep: from every leg, the legs one can change to, and of those only the needed ones.

Two reductions, both exact. The first keeps, per chain one can change to, the first run at the earliest position, and
drops changes back into the run's own future. The second walks each run from its last stop to its first and keeps a
change only if it is the earliest way, so far, to alight at some stop; witnesses alight later from the same run, so the
argument never goes round in a circle. After Witt (2015), "Trip-based public transit routing".
"""

# Compiled functions call only those of their own file: numba's cache watches no other, and would run a stale binary.

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from accessibility.engine.legs import BoolArray, Int32Array, Int64Array, Legs, Links
from accessibility.threads import in_threads, thread_count


class Options(NamedTuple):
    """Legs one can change to from each leg: ``to[ptr[leg]:ptr[leg + 1]]``."""

    ptr: Int64Array
    to: Int32Array


def change_options(
    legs: Legs, links: Links, *, max_time_s: int, optional: BoolArray | None = None
) -> Options:
    """List the changes worth making from every leg.

    Parameters
    ----------
    legs, links
        The window's legs and the network's changes.
    max_time_s
        Journeys beyond this are of no interest.
    optional
        Which chains the sweep may be asked to leave out. No change stands aside for one to such a chain, so the changes
        hold whichever of them run.

    Returns
    -------
    Options
        Independent of the number of threads.
    """
    if optional is None:
        optional = np.zeros(len(legs.chain_runs), dtype=bool)
    ruled = np.zeros(len(links.ptr) - 1, dtype=bool)
    if len(links.to):
        has_rule = np.diff(links.rule_ptr) > 0
        ruled[np.repeat(np.arange(len(ruled)), np.diff(links.ptr))[has_rule]] = True
    runs = np.stack([_run_chain(legs), _run_number(legs)], axis=1).astype(np.int64)
    parts = np.array_split(runs, max(1, min(thread_count() * 8, len(runs))))
    found = list(
        in_threads(lambda part: _options_of_runs(legs, links, ruled, optional, part, max_time_s), parts)
    )
    leg = np.concatenate([part[0] for part in found])
    to = np.concatenate([part[1] for part in found])
    ptr = np.zeros(len(legs.call) + 1, dtype=np.int64)
    np.cumsum(np.bincount(leg, minlength=len(legs.call)), out=ptr[1:])
    return Options(ptr=ptr, to=to[np.argsort(leg, kind="stable")])


def _run_chain(legs: Legs) -> Int64Array:
    return np.repeat(np.arange(len(legs.chain_runs)), legs.chain_runs)


def _run_number(legs: Legs) -> Int64Array:
    first = np.cumsum(legs.chain_runs) - legs.chain_runs
    return np.arange(int(legs.chain_runs.sum())) - np.repeat(first, legs.chain_runs)


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
def _first_run_near(
    legs: Legs, chain: int, position: int, time: int, hint: int
) -> int:  # pragma: no cover - compiled
    """Which of a chain's runs is the first to leave a position at a time or later, stepping from a guess.

    A chain's runs ask one after the other, so that a run's answer is near the one before.
    """
    length = legs.chain_ptr[chain + 1] - legs.chain_ptr[chain]
    base, run = legs.chain_call_ptr[chain] + position, hint
    while run < legs.chain_runs[chain] and legs.call_departure[base + run * length] < time:
        run += 1
    while run > 0 and legs.call_departure[base + (run - 1) * length] >= time:
        run -= 1
    return run


@numba.njit(cache=True, nogil=True)
def _candidates(
    legs: Legs, links: Links, leg: int, position: int, run: int, hints: Int32Array, keys: Int64Array
) -> int:  # pragma: no cover
    """Put the first-reduction changes of one leg into `keys` as chain, run, position; give their number.

    A number beyond the room of `keys` says that it must grow.
    """
    stop = legs.alight_stop[leg]
    count = 0
    if stop < 0:
        return count
    chain = legs.chain[leg]
    for link in range(links.ptr[stop], links.ptr[stop + 1]):
        ruled = links.rule_ptr[link] < links.rule_ptr[link + 1]
        needed = int(links.seconds[link])
        if needed < 0 and not ruled:
            continue
        for at in range(legs.board_ptr[links.to[link]], legs.board_ptr[links.to[link] + 1]):
            other, place = legs.board_chain[at], legs.board_position[at]
            if ruled:
                needed = _change_seconds(links, link, legs, chain, other)
                if needed < 0:
                    continue
            caught = _first_run_near(legs, other, place, legs.arrival[leg] + needed, hints[at])
            hints[at] = caught
            if caught == legs.chain_runs[other] or (other == chain and place > position and caught >= run):
                continue
            length = legs.chain_ptr[other + 1] - legs.chain_ptr[other]
            if legs.row[legs.chain_call_ptr[other] + caught * length + place] < 0:
                continue
            if count < keys.shape[0]:
                keys[count] = (np.int64(other) << 40) | (np.int64(caught) << 16) | np.int64(place)
            count += 1
    if count > keys.shape[0]:
        return count
    keys[:count].sort()
    kept = 0
    for i in range(count):
        place = keys[i] & 0xFFFF
        # Same chain, no earlier run: only an earlier position can add anything.
        if kept and keys[kept - 1] >> 40 == keys[i] >> 40 and keys[kept - 1] & 0xFFFF <= place:
            continue
        keys[kept] = keys[i]
        kept += 1
    return kept


@numba.njit(cache=True, nogil=True)
def _options_of_runs(
    legs: Legs, links: Links, ruled: BoolArray, optional: BoolArray, runs: Int64Array, max_time: int
) -> tuple[Int32Array, Int32Array]:  # pragma: no cover - compiled
    """Changes of some runs as pairs of legs."""
    stops = links.ptr.shape[0] - 1
    earliest, stamp = np.zeros(stops, dtype=np.int64), np.full(stops, -1, dtype=np.int64)
    keys, hints = np.empty(256, dtype=np.int64), np.zeros(legs.board_chain.shape[0], dtype=np.int32)
    from_leg, to_leg, count = np.empty(4096, dtype=np.int32), np.empty(4096, dtype=np.int32), 0
    for r in range(runs.shape[0]):
        chain, run = runs[r, 0], runs[r, 1]
        length = legs.chain_ptr[chain + 1] - legs.chain_ptr[chain]
        base = legs.chain_call_ptr[chain] + run * length
        for position in range(length - 2, -1, -1):
            leg = legs.row[base + position]
            if leg < 0 or legs.alight_stop[leg] < 0:
                continue
            found = _candidates(legs, links, leg, position, run, hints, keys)
            while found > keys.shape[0]:
                keys = np.empty(found * 2, dtype=np.int64)
                found = _candidates(legs, links, leg, position, run, hints, keys)
            stop = legs.alight_stop[leg]
            if stamp[stop] != r or legs.arrival[leg] < earliest[stop]:
                stamp[stop], earliest[stop] = r, legs.arrival[leg]
            for i in range(found):
                other, caught, place = keys[i] >> 40, (keys[i] >> 16) & 0xFFFFFF, keys[i] & 0xFFFF
                first = legs.chain_ptr[other]
                size = legs.chain_ptr[other + 1] - first
                start = legs.chain_call_ptr[other] + caught * size
                keep = False
                for at in range(place + 1, size):
                    arrival = legs.call_arrival[start + at]
                    if arrival - legs.departure[leg] > max_time:
                        break
                    if not legs.may_alight[first + at]:
                        continue
                    there = legs.stop[first + at]
                    if ruled[there]:
                        # What follows there may depend on the route one comes with, so nobody stands in for it.
                        keep = True
                    elif stamp[there] != r or arrival < earliest[there]:
                        keep = True
                        # Where this chain does not run, another one's arrival is the earliest.
                        if not optional[other]:
                            stamp[there], earliest[there] = r, arrival
                if keep:
                    if count == from_leg.shape[0]:
                        from_leg = np.concatenate((from_leg, np.empty_like(from_leg)))
                        to_leg = np.concatenate((to_leg, np.empty_like(to_leg)))
                    from_leg[count], to_leg[count] = leg, legs.row[start + place]
                    count += 1
    return from_leg[:count].copy(), to_leg[:count].copy()
