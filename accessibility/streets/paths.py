"""Shortest paths on streets: bounded, between many places that lie part way along an edge, exact.

From every source a search by Dijkstra's rule spreads over the junctions until the limit, and hands every target that
stands on an edge beside a settled junction its cost. A target on the source's own edge is also reached along that edge.

Costs are metres, seconds, or whatever else adds up. They are cut to whole multiples of `GRAIN`, about a millionth:
sums of these are exact in 64 bits up to eight thousand million, so the answer depends on no order of adding, and a path
costs the same to the last bit there and back where every edge does.
"""

# Compiled functions call only those of their own file: numba's cache watches no other, and would run a stale binary.

from __future__ import annotations

from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from accessibility.threads import Progress, in_threads, thread_count

FloatArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

#: What all costs are whole multiples of.
GRAIN: Final = 2.0**-20
#: Sources whose searches share one set of working arrays.
_SOURCES_AT_ONCE: Final = 256


class Ways(NamedTuple):
    """Edges with a cost each way, and the arcs that leave each node.

    Edge *e* costs ``forward[e]`` from ``edge_from[e]`` to ``edge_to[e]`` and ``backward[e]`` back, +inf where it is
    closed. Arcs of node *n* are ``ptr[n]:ptr[n + 1]`` of ``to`` and ``cost``.
    """

    edge_from: Int32Array
    edge_to: Int32Array
    forward: FloatArray
    backward: FloatArray
    ptr: Int64Array
    to: Int32Array
    cost: FloatArray


class Spots(NamedTuple):
    """Places on edges.

    ``edge`` is -1 for a place on none. ``forward`` is the cost from the edge's start to the place, ``backward`` from its
    end, +inf where that direction is closed, 0 at the very start and end; ``extra`` is added to every path from or to the place.
    """

    edge: Int32Array
    forward: FloatArray
    backward: FloatArray
    extra: FloatArray


class Reached(NamedTuple):
    """Targets in reach of each source: those of source *i* are ``ptr[i]:ptr[i + 1]`` of ``to``, ascending, and ``cost``."""

    ptr: Int64Array
    to: Int32Array
    cost: FloatArray


class _Beside(NamedTuple):
    """Targets on the edges of each node: ``ptr[n]:ptr[n + 1]`` of ``target`` and of the ``cost`` from the node to it."""

    ptr: Int64Array
    target: Int32Array
    cost: FloatArray


def ways_of(
    node_count: int, edge_from: Int32Array, edge_to: Int32Array, *, forward: FloatArray, backward: FloatArray
) -> Ways:
    """Lay edges out for the search.

    Parameters
    ----------
    node_count
        How many nodes there are.
    edge_from, edge_to
        Both ends of each edge.
    forward, backward
        Cost of the whole edge from its start to its end, and back: 0 or more, +inf where it is closed. An edge of no
        cost is taken as a single place.

    Returns
    -------
    Ways
        With costs in whole multiples of `GRAIN`.
    """
    forward, backward = _in_grains(forward), _in_grains(backward)
    start, end = np.concatenate([edge_from, edge_to]), np.concatenate([edge_to, edge_from])
    cost = np.concatenate([forward, backward])
    # A loop leads nowhere new.
    useful = np.isfinite(cost) & (start != end)
    start, end, cost = start[useful], end[useful], cost[useful]
    order = np.lexsort((end, start))
    return Ways(
        edge_from=np.ascontiguousarray(edge_from, dtype=np.int32),
        edge_to=np.ascontiguousarray(edge_to, dtype=np.int32),
        forward=forward,
        backward=backward,
        ptr=np.searchsorted(start[order], np.arange(node_count + 1)).astype(np.int64),
        to=end[order].astype(np.int32),
        cost=cost[order],
    )


def reversed_ways(ways: Ways) -> Ways:
    """Turn every direction round: a path from one place to another there is one from the other to the first here."""
    return ways_of(
        len(ways.ptr) - 1, ways.edge_from, ways.edge_to, forward=ways.backward, backward=ways.forward
    )


def spots_on(ways: Ways, edge: Int32Array, *, share: FloatArray, extra: FloatArray | None = None) -> Spots:
    """Put places on edges.

    Parameters
    ----------
    ways
        The edges; for paths on `reversed_ways` the places are put on those.
    edge
        Edge of each place, -1 for none.
    share
        Part of the edge that lies before the place, 0 to 1.
    extra
        Cost between the place and the edge; none by default.

    Returns
    -------
    Spots
        For `shortest_paths`, as sources or targets.
    """
    placed = edge >= 0
    at = np.where(placed, edge, 0)
    before, behind = np.full(len(edge), np.inf), np.full(len(edge), np.inf)
    if placed.any():
        share = np.where(placed, share, 0.0)
        for out, cost, reverse in ((before, ways.forward[at], False), (behind, ways.backward[at], True)):
            open_ = placed & np.isfinite(cost)
            part = _in_grains(share[open_] * cost[open_])
            out[open_] = cost[open_] - part if reverse else part
        # A place at the very end of an edge is at the junction, whichever way the edge itself is closed. It is told by
        # its cost, for a share computed from coordinates misses 1 by float noise.
        whole = np.where(np.isfinite(ways.forward[at]), ways.forward[at], ways.backward[at])
        whole = np.where(np.isfinite(whole), whole, 1.0)
        before[placed & (_in_grains(share * whole) == 0)] = 0.0
        behind[placed & (_in_grains((1 - share) * whole) == 0)] = 0.0
    added = np.zeros(len(edge)) if extra is None else _in_grains(np.where(placed, extra, 0.0))
    return Spots(np.ascontiguousarray(edge, dtype=np.int32), before, behind, added)


def shortest_paths(
    ways: Ways, sources: Spots, targets: Spots, *, limit: float, progress: Progress | None = None
) -> Reached:
    """Which targets each source reaches within the limit, and at what least cost.

    Parameters
    ----------
    ways
        The edges.
    sources, targets
        Places on them, as `spots_on` gives them.
    limit
        Highest cost, inclusive, with the ``extra`` of both ends; +inf for none.
    progress
        Called with the share done.

    Returns
    -------
    Reached
        Empty where nothing is in reach, and for places on no edge.

    Notes
    -----
    Dijkstra (1959), with a binary heap.
    """
    beside = _beside(ways, targets)
    size = max(1, min(_SOURCES_AT_ONCE, -(-len(sources.edge) // (4 * thread_count()))))
    firsts = range(0, len(sources.edge), size)

    def work(first: int) -> tuple[Int64Array, Int32Array, FloatArray]:
        found: tuple[Int64Array, Int32Array, FloatArray] = _search(
            ways, sources, targets, beside, first, min(first + size, len(sources.edge)), limit
        )
        return found

    parts = list(in_threads(work, firsts, progress=progress, total=len(firsts)))
    if not parts:
        return Reached(np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))
    counts, to, cost = (np.concatenate(some) for some in zip(*parts, strict=True))
    return Reached(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), to, cost)


def _in_grains(cost: FloatArray) -> FloatArray:
    return np.asarray(np.round(np.asarray(cost, dtype=np.float64) / GRAIN) * GRAIN)


def _beside(ways: Ways, targets: Spots) -> _Beside:
    placed = np.flatnonzero(targets.edge >= 0)
    edge = targets.edge[placed]
    node = np.concatenate([ways.edge_from[edge], ways.edge_to[edge]])
    cost = np.concatenate([targets.forward[placed], targets.backward[placed]])
    target = np.concatenate([placed, placed])
    order = np.lexsort((target, node))
    return _Beside(
        ptr=np.searchsorted(node[order], np.arange(len(ways.ptr))).astype(np.int64),
        target=target[order].astype(np.int32),
        cost=cost[order] + targets.extra[target[order]],
    )


class _Desk(NamedTuple):
    """Working arrays of one search after another: costs of nodes and targets, which of them have one, and the heap."""

    least: FloatArray
    touched: Int32Array
    best: FloatArray
    found: Int32Array
    heap_cost: FloatArray
    heap_node: Int32Array


@numba.njit(cache=True, nogil=True)
def _search(
    ways: Ways, sources: Spots, targets: Spots, beside: _Beside, first: int, end: int, limit: float
) -> tuple[Int64Array, Int32Array, FloatArray]:  # pragma: no cover - compiled
    """Search from the sources ``first`` to ``end``: how many targets each finds, their numbers and their costs."""
    nodes, places = ways.ptr.shape[0] - 1, targets.edge.shape[0]
    # Every arc enters the heap once at most, because it leaves a node that is settled once.
    room = ways.to.shape[0] + 2
    desk = _Desk(
        np.full(nodes, np.inf), np.empty(nodes, dtype=np.int32), np.full(places, np.inf),
        np.empty(places, dtype=np.int32), np.empty(room, dtype=np.float64), np.empty(room, dtype=np.int32),
    )  # fmt: skip
    counts = np.zeros(end - first, dtype=np.int64)
    to, cost, written = np.empty(4096, dtype=np.int32), np.empty(4096, dtype=np.float64), 0
    for source in range(first, end):
        if sources.edge[source] < 0:
            continue
        hits = _along_own_edge(ways, sources, targets, beside, source, limit, desk)
        marked, waiting = _leave(ways, sources, source, limit, desk)
        marked, hits = _spread(ways, beside, limit, desk, marked, waiting, hits)
        desk.found[:hits].sort()
        while written + hits > to.shape[0]:
            to, cost = np.concatenate((to, np.empty_like(to))), np.concatenate((cost, np.empty_like(cost)))
        for i in range(hits):
            to[written + i], cost[written + i] = desk.found[i], desk.best[desk.found[i]]
            desk.best[desk.found[i]] = np.inf
        for i in range(marked):
            desk.least[desk.touched[i]] = np.inf
        written += hits
        counts[source - first] = hits
    return counts, to[:written].copy(), cost[:written].copy()


@numba.njit(cache=True, nogil=True)
def _along_own_edge(
    ways: Ways, sources: Spots, targets: Spots, beside: _Beside, source: int, limit: float, desk: _Desk
) -> int:  # pragma: no cover - compiled
    """Reach the targets on the source's own edge without leaving it; tell how many there are."""
    edge, hits = sources.edge[source], 0
    tail = ways.edge_from[edge]
    for at in range(beside.ptr[tail], beside.ptr[tail + 1]):
        target = beside.target[at]
        if targets.edge[target] != edge:
            continue
        for way in range(2):
            # A closed direction gives inf - inf, which is not 0 or more.
            along = (
                targets.forward[target] - sources.forward[source]
                if way == 0
                else targets.backward[target] - sources.backward[source]
            )
            total = sources.extra[source] + along + targets.extra[target]
            if along >= 0 and total <= limit and total < desk.best[target]:
                hits = _lower(desk.best, desk.found, hits, target, total)
    return hits


@numba.njit(cache=True, nogil=True)
def _leave(
    ways: Ways, sources: Spots, source: int, limit: float, desk: _Desk
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Begin at the ends of the source's edge; tell how many nodes have a cost and how many entries the heap has."""
    edge, marked, waiting = sources.edge[source], 0, 0
    for way in range(2):
        node = ways.edge_to[edge] if way == 0 else ways.edge_from[edge]
        rest = (
            ways.forward[edge] - sources.forward[source]
            if way == 0
            else ways.backward[edge] - sources.backward[source]
        )
        if (sources.backward[source] if way == 0 else sources.forward[source]) == 0:
            rest = 0.0
        total = sources.extra[source] + rest
        # A closed direction gives inf - inf, which is within no limit.
        if total <= limit and total < desk.least[node]:
            marked = _lower(desk.least, desk.touched, marked, node, total)
            _push(desk.heap_cost, desk.heap_node, waiting, total, node)
            waiting += 1
    return marked, waiting


@numba.njit(cache=True, nogil=True)
def _spread(
    ways: Ways, beside: _Beside, limit: float, desk: _Desk, marked: int, waiting: int, hits: int
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Settle nodes until the heap is empty, nearest first; tell how many nodes and targets have a cost in the end."""
    while waiting > 0:
        spent, node = desk.heap_cost[0], desk.heap_node[0]
        waiting -= 1
        _sift_down(desk.heap_cost, desk.heap_node, waiting)
        if spent > desk.least[node]:
            continue
        for at in range(beside.ptr[node], beside.ptr[node + 1]):
            total, target = spent + beside.cost[at], beside.target[at]
            if total <= limit and total < desk.best[target]:
                hits = _lower(desk.best, desk.found, hits, target, total)
        for at in range(ways.ptr[node], ways.ptr[node + 1]):
            total, other = spent + ways.cost[at], ways.to[at]
            if total <= limit and total < desk.least[other]:
                marked = _lower(desk.least, desk.touched, marked, other, total)
                _push(desk.heap_cost, desk.heap_node, waiting, total, other)
                waiting += 1
    return marked, hits


@numba.njit(cache=True, nogil=True, inline="always")
def _lower(
    cost: FloatArray, seen: Int32Array, count: int, at: int, total: float
) -> int:  # pragma: no cover - compiled
    """Set a cost, and note where it is the first; tell how many have one."""
    if cost[at] == np.inf:
        seen[count] = at
        count += 1
    cost[at] = total
    return count


@numba.njit(cache=True, nogil=True, inline="always")
def _push(
    heap_cost: FloatArray, heap_node: Int32Array, size: int, cost: float, node: int
) -> None:  # pragma: no cover - compiled
    """Add to a heap of some size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap_cost[above] <= cost:
            break
        heap_cost[at], heap_node[at] = heap_cost[above], heap_node[above]
        at = above
    heap_cost[at], heap_node[at] = cost, node


@numba.njit(cache=True, nogil=True, inline="always")
def _sift_down(
    heap_cost: FloatArray, heap_node: Int32Array, size: int
) -> None:  # pragma: no cover - compiled
    """Put the last of a heap, which stands behind its new size, in the place of the first, which is taken."""
    cost, node = heap_cost[size], heap_node[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap_cost[below + 1] < heap_cost[below]:
            below += 1
        if heap_cost[below] >= cost:
            break
        heap_cost[at], heap_node[at] = heap_cost[below], heap_node[below]
        at = below
    heap_cost[at], heap_node[at] = cost, node
