"""How near is near enough: a lower bound on the seconds from every stop to some places, whatever the clock says.

The bound is the shortest path over a graph without a clock. Its arcs are the quickest run of the hours in question between
each two stops that follow each other on a trip, the quickest change between each two stops, and the walk from a stop to
the nearest of the places.

Every journey is a path in that graph. It rides from stop to stop along trips, which takes each hop's own seconds and
those are at least the quickest; it waits, which costs time and is no arc; it changes over links whose seconds, under
whichever rule holds, are at least the quickest; and it walks from the last stop, at most as quickly as to the nearest
place. So from a stop that a journey calls at (whether or not one gets off there) it takes at least the bound to the
journey's end. A journey of at most *T* seconds therefore calls at no stop whose bound exceeds *T*: a network without those
stops gives the same answers. Metres would prove less: one fast or one mistimed hop would make their margin a country wide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accessibility.networks.network import Changes, Network
from accessibility.networks.walking import Placed
from accessibility.streets.paths import Ways, reversed_ways, shortest_paths, spots_on, ways_of
from accessibility.timetables.timetable import Timetable

FloatArray = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ReachBounds:
    """The graph without a clock, turned round: its arcs lead from a stop to those it can be reached from.

    ``ways`` has a node for every stop; its first edges are loops, one at each stop, that stops are found on.
    """

    network: Network
    ways: Ways

    def seconds_to(self, places: Placed, *, longest_s: int) -> FloatArray:
        """Bound the seconds from every stop to the nearest of some places.

        Parameters
        ----------
        places
            Points to walk to from a stop, as `accessibility.networks.network.Network.placed` gives them.
        longest_s
            Bounds above this are not told apart.

        Returns
        -------
            One value per stop: no journey takes less; +inf where the bound exceeds `longest_s`.
        """
        stops = len(self.network.stop_xy)
        bounds = np.full(stops, np.inf)
        walks = self.network.walks(places, self.network.stops, max_min=self.network.limits.max_egress_min)
        nearest = np.full(stops, np.inf)
        np.minimum.at(nearest, walks.to, walks.seconds.astype(np.float64))
        near = np.flatnonzero(np.isfinite(nearest))
        if not len(near):
            return bounds
        ways = _with_source(self.ways, near, nearest[near])
        loops = np.arange(stops, dtype=np.int32)
        source = spots_on(ways, np.array([len(ways.edge_from) - 1], dtype=np.int32), share=np.zeros(1))
        found = shortest_paths(ways, source, spots_on(ways, loops, share=np.zeros(stops)), limit=longest_s)
        bounds[found.to] = found.cost
        return bounds


def reach_bounds(network: Network, *, first_s: int, last_s: int) -> ReachBounds:
    """Lay out the graph without a clock of a network, from what runs between two times of its service day.

    Parameters
    ----------
    network
        Timetable and walks.
    first_s, last_s
        Seconds of the service day, inclusive: hops that leave before the first or arrive after the last are of no use.
    """
    stops = len(network.stop_xy)
    hops = _hops(network.timetable, first_s=first_s, last_s=last_s)
    links = _links(network.changes)
    loops = np.arange(stops, dtype=np.int64)
    start, end = (
        np.concatenate([loops, *some]).astype(np.int32) for some in zip(hops[:2], links[:2], strict=True)
    )
    cost = np.concatenate([np.ones(stops), hops[2], links[2]])
    one_way = np.full(len(cost), np.inf)
    one_way[:stops] = 1.0
    return ReachBounds(network, reversed_ways(ways_of(stops, start, end, forward=cost, backward=one_way)))


def _hops(table: Timetable, *, first_s: int, last_s: int) -> tuple[Int64Array, Int64Array, FloatArray]:
    """The quickest run from each stop to each that follows it on a trip."""
    length = np.diff(table.chain_stop_ptr)
    # By time first: of a whole day and country little is left, and nothing but two flags is held for all of it.
    call = np.flatnonzero((table.departure_s >= first_s) & (table.departure_s <= last_s))
    chain = np.searchsorted(table.chain_call_ptr, call, side="right") - 1
    position = (call - table.chain_call_ptr[chain]) % length[chain]
    inside = position < length[chain] - 1
    call, chain, position = call[inside], chain[inside], position[inside]
    in_time = table.arrival_s[call + 1] <= last_s
    call, place = call[in_time], table.chain_stop_ptr[chain[in_time]] + position[in_time]
    seconds = (table.arrival_s[call + 1] - table.departure_s[call]).astype(np.float64)
    return _quickest(table.chain_stop[place], table.chain_stop[place + 1], seconds, stops=len(table.stops))


def _links(changes: Changes) -> tuple[Int64Array, Int64Array, FloatArray]:
    """The quickest change from each stop to each other, by whichever rule."""
    stops = len(changes.ptr) - 1
    link = np.repeat(np.arange(len(changes.to)), np.diff(changes.rule_ptr))
    start = np.repeat(np.arange(stops), np.diff(changes.ptr))
    seconds = np.concatenate([changes.seconds, changes.rule_seconds]).astype(np.float64)
    at = np.concatenate([np.arange(len(changes.to)), link])
    possible = seconds >= 0
    return _quickest(start[at[possible]], changes.to[at[possible]], seconds[possible], stops=stops)


def _quickest(
    start: npt.NDArray[np.integer], end: npt.NDArray[np.integer], seconds: FloatArray, *, stops: int
) -> tuple[Int64Array, Int64Array, FloatArray]:
    """The least of several arcs between the same two stops."""
    key = start.astype(np.int64) * max(stops, 1) + end
    order = np.lexsort((seconds, key))
    first = np.flatnonzero(np.diff(key[order], prepend=-1) != 0)
    at = order[first]
    return key[at] // max(stops, 1), key[at] % max(stops, 1), seconds[at]


def _with_source(ways: Ways, near: Int64Array, seconds: FloatArray) -> Ways:
    """Add a node that stands for all the places, with an arc to each stop near them, and a loop to find it on."""
    node = len(ways.ptr) - 1
    loop = np.array([node], dtype=np.int32)
    return Ways(
        edge_from=np.concatenate([ways.edge_from, loop]),
        edge_to=np.concatenate([ways.edge_to, loop]),
        forward=np.concatenate([ways.forward, [1.0]]),
        backward=np.concatenate([ways.backward, [1.0]]),
        ptr=np.concatenate([ways.ptr, [ways.ptr[-1] + len(near)]]),
        to=np.concatenate([ways.to, near.astype(np.int32)]),
        cost=np.concatenate([ways.cost, seconds]),
    )
