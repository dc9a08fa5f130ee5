"""From arrivals back to journeys: which legs lead to the arrival that the sweep found.

The sweep says when a traveller on board each leg arrives at best. The legs whose value equals a journey's arrival are
*tight*: every best journey runs along them and along nothing else. They are few, so a plain search over them picks the
one journey that is shown, by a stated order among all that arrive at the same second.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from accessibility.engine.guide import Guide
from accessibility.engine.sweep import UNREACHED
from accessibility.networks.network import NO_CHANGE, Changes, Network
from accessibility.timetables.timetable import Timetable
from accessibility.window import STEP_S

#: Call number of the destination itself in the search.
_ARRIVED: Final = -1


class Ride(NamedTuple):
    """Boarding at one call of a run and alighting at a later one, both as positions in the timetable's calls."""

    board: int
    alight: int
    #: Seconds that the change before this ride asks for; 0 before the first.
    change_s: int


class Trace(NamedTuple):
    """One journey in seconds after the window's start: walk, rides, walk; a journey on foot has no rides."""

    leave_s: int
    arrive_s: int
    access_s: int
    rides: tuple[Ride, ...]
    egress_s: int


def trace(guide: Guide, *, origin: int, lane: int, slot: int, duration_s: int) -> Trace:
    """Follow one journey of a known duration.

    Among the journeys that arrive at the same second: the one with the fewest rides, then with the least time on foot
    and kept for changes, then the one that boards and alights earliest, ride by ride; what still ties is settled by the
    order of stops and lines in the timetable. So the walk alone wins a tie.

    Parameters
    ----------
    guide
        From `guide_to`.
    origin, lane, slot
        Positions of the origin, the destination and the departure.
    duration_s
        What `durations_from` says of them; not `UNREACHED`.
    """
    leave_s = slot * STEP_S
    if guide.direct[origin, lane] == duration_s:
        return Trace(leave_s, leave_s + duration_s, duration_s, (), 0)
    search = _Search(guide, lane, leave_s + duration_s)
    access = slice(guide.access.ptr[origin], guide.access.ptr[origin + 1])
    todo: list[_Label] = []
    for stop, walk in zip(
        guide.access.to[access].tolist(), guide.access.seconds[access].tolist(), strict=True
    ):
        for call, departure_s in search.catchable(stop, leave_s + walk):
            todo.append(_Label(1, walk, ((departure_s, stop, call, 0),), call, walk, 0))
    heapq.heapify(todo)
    settled: set[int] = set()
    while todo:
        label = heapq.heappop(todo)
        if label.call == _ARRIVED:
            return Trace(leave_s, leave_s + duration_s, label.access_s, _rides(label), label.egress_s)
        if label.call in settled:
            continue
        settled.add(label.call)
        for following in search.onward(label):
            heapq.heappush(todo, following)
    raise AssertionError("the sweep found an arrival that no journey has")


class _Label(NamedTuple):
    """A way of being on board a leg, smaller is better; ``path`` alternates boardings with alightings.

    Labels compare by their fields in this order, and at one call two labels of equal rides have paths of equal length,
    so the smaller stays the smaller however they go on.
    """

    rides: int
    effort_s: int
    path: tuple[tuple[int, int, int, int], ...]
    call: int
    access_s: int
    egress_s: int


def _rides(label: _Label) -> tuple[Ride, ...]:
    on, off = label.path[::2], label.path[1::2]
    return tuple(Ride(b[2], a[2], b[3]) for b, a in zip(on, off, strict=True))


class _Search:
    """The tight legs towards one lane and arrival."""

    def __init__(self, guide: Guide, lane: int, arrival: int) -> None:
        table, boardings = guide.network.timetable, guide.prepared.boardings
        self.table, self.changes = table, guide.network.changes
        self.start_s, self.arrival = guide.window.start_s, arrival
        self.egress = guide.egress[:, lane]
        self.tight, self.row = guide.reach[:, lane] == arrival, guide.prepared.row
        at = np.flatnonzero(self.tight[boardings.row])
        stops = np.searchsorted(boardings.ptr, at, side="right") - 1
        self.calls: dict[int, list[int]] = defaultdict(list)
        self.times: dict[int, list[int]] = defaultdict(list)
        for stop, call, time in zip(
            stops.tolist(), boardings.call[at].tolist(), boardings.departure_s[at].tolist(), strict=True
        ):
            self.calls[stop].append(call)
            self.times[stop].append(time)

    def catchable(self, stop: int, time: int) -> Iterator[tuple[int, int]]:
        """Tight legs that leave a stop at a time or later, with when they do."""
        if stop in self.calls:
            first = bisect_left(self.times[stop], time)
            yield from zip(self.calls[stop][first:], self.times[stop][first:], strict=True)

    def onward(self, label: _Label) -> Iterator[_Label]:
        """Ride on, walk to the destination, or change."""
        following = label.call + 1
        chain, spot, last = place(self.table, following)
        if not last and self.row[following] >= 0 and self.tight[self.row[following]]:
            yield label._replace(call=following)
        if not self.table.may_alight[spot]:
            return
        stop, time = int(self.table.chain_stop[spot]), int(self.table.arrival_s[following]) - self.start_s
        off = (*label.path, (time, stop, following, 0))
        walk = int(self.egress[stop])
        if walk != UNREACHED and time + walk == self.arrival:
            yield label._replace(effort_s=label.effort_s + walk, path=off, call=_ARRIVED, egress_s=walk)
        for link in range(self.changes.ptr[stop], self.changes.ptr[stop + 1]):
            yield from self._over(link, label, off, chain, time)

    def _over(
        self, link: int, label: _Label, off: tuple[tuple[int, int, int, int], ...], chain: int, time: int
    ) -> Iterator[_Label]:
        there = int(self.changes.to[link])
        for call, departure_s in self.catchable(there, time):
            needed = change_seconds(self.table, self.changes, link, chain, place(self.table, call)[0])
            if needed != NO_CHANGE and departure_s >= time + needed:
                path = (*off, (departure_s, there, call, needed))
                yield _Label(label.rides + 1, label.effort_s + needed, path, call, label.access_s, 0)


def place(table: Timetable, call: int) -> tuple[int, int, bool]:
    """Chain of a call, its position in ``chain_stop``, and whether it is the last of its run."""
    chain = int(np.searchsorted(table.chain_call_ptr, call, side="right")) - 1
    first, end = int(table.chain_stop_ptr[chain]), int(table.chain_stop_ptr[chain + 1])
    position = (call - int(table.chain_call_ptr[chain])) % (end - first)
    return chain, first + position, position == end - first - 1


def change_seconds(table: Timetable, changes: Changes, link: int, chain: int, other: int) -> int:
    """Seconds that a change from one chain to another over a link needs, by its first rule that fits."""
    for i in range(changes.rule_ptr[link], changes.rule_ptr[link + 1]):
        named = (
            (changes.rule_from_route[i], table.chain_route[chain]),
            (changes.rule_to_route[i], table.chain_route[other]),
            (changes.rule_from_trip[i], table.run_trip[table.chain_run_ptr[chain]]),
            (changes.rule_to_trip[i], table.run_trip[table.chain_run_ptr[other]]),
        )
        if all(wanted < 0 or wanted == found for wanted, found in named):
            return int(changes.rule_seconds[i])
    return int(changes.seconds[link])


def change_walk_s(network: Network, before: Ride, after: Ride) -> int:
    """Seconds of a change that are walked.

    No more than what transfers.txt gives the change where it gives it a time of its own, and all of that where it joins
    stops too far apart to walk.
    """
    table = network.timetable
    off, on = (int(table.chain_stop[place(table, call)[1]]) for call in (before.alight, after.board))
    leave, board = network.stops.rows(np.array([off])), network.stops.rows(np.array([on]))
    walks = network.walks(leave, board, max_min=network.limits.max_transfer_min)
    return min(int(walks.seconds[0]), after.change_s) if len(walks.seconds) else after.change_s
