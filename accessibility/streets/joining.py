"""Pieces of street joined into edges from junction to junction, in an order that no source decides.

Nodes are numbered along a Morton curve of their coordinates, and edges follow their nodes.
"""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np

from accessibility.streets.pieces import Flags, Ints, Pieces, course_of


def largest_component(pieces: Pieces, *, strongly: bool) -> Flags:
    """Which pieces belong to the component with the most metres of street.

    Parameters
    ----------
    pieces
        Any number of them.
    strongly
        Whether every place of a component must be reachable from every other by the directions allowed.
    """
    label = _strong_labels(pieces) if strongly else weak_labels(pieces.start, pieces.end, len(pieces.node_xy))
    inside = label[pieces.start] == label[pieces.end]
    metres = np.bincount(label[pieces.start[inside]], weights=pieces.length_m[inside], minlength=1)
    # A one-way piece inside a strong component is always on a way round, a lone one-way loop included.
    largest: Flags = inside & (label[pieces.start] == metres.argmax())
    return largest


def weak_labels(start: Ints, end: Ints, nodes: int) -> Ints:
    """Lowest node that each node is joined to, whatever the directions."""
    label = np.arange(nodes)
    while True:
        low, high = np.minimum(label[start], label[end]), np.maximum(label[start], label[end])
        apart = low != high
        if not apart.any():
            return label
        np.minimum.at(label, high[apart], low[apart])
        while (label != (above := label[label])).any():
            label = above


def _strong_labels(pieces: Pieces) -> Ints:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(pieces.node_xy)))
    graph.add_edges_from(
        zip(pieces.start[pieces.forward].tolist(), pieces.end[pieces.forward].tolist(), strict=True)
    )
    graph.add_edges_from(
        zip(pieces.end[pieces.backward].tolist(), pieces.start[pieces.backward].tolist(), strict=True)
    )
    label = np.empty(len(pieces.node_xy), dtype=np.int64)
    for members in nx.strongly_connected_components(graph):
        label[list(members)] = min(members)
    return label


def joined(pieces: Pieces) -> Pieces:
    """Join pieces through nodes that are no junction, and put them in their fixed order.

    A node where just two pieces meet is only shape, unless they differ in class, limit or direction. A ring without any
    junction begins at its lowest node. Nodes that no piece touches are gone.
    """
    halves, chain_ptr = _chains(pieces)
    halves = _turned(pieces, halves, chain_ptr)
    first, last = halves[chain_ptr[:-1]], halves[chain_ptr[1:] - 1]
    tail, can = _tails(pieces), _allowed(pieces)
    points, counts = _points(pieces, halves, chain_ptr)
    used, ends = np.unique(np.stack([tail[first], tail[last ^ 1]]), return_inverse=True)
    edges = Pieces(
        node_xy=pieces.node_xy[used],
        start=ends[0],
        end=ends[1],
        ptr=np.concatenate([[0], np.cumsum(counts)]),
        shape_xy=pieces.shape_xy[points],
        length_m=np.add.reduceat(pieces.length_m[halves >> 1], chain_ptr[:-1]),
        forward=can[first],
        backward=can[first ^ 1],
        kind=pieces.kind[first >> 1],
        kinds=pieces.kinds,
    )
    return _in_order(edges)


def _tails(pieces: Pieces) -> Ints:
    """Node that each half leaves: half ``2 p`` runs along piece *p*, half ``2 p + 1`` against it."""
    return np.stack([pieces.start, pieces.end], axis=1).ravel()


def _allowed(pieces: Pieces) -> Flags:
    return np.stack([pieces.forward, pieces.backward], axis=1).ravel()


def _next_halves(pieces: Pieces) -> tuple[Ints, Flags]:
    """Half that each half goes on into (-1 at a junction or an end), and which nodes are passed so."""
    tail, can = _tails(pieces), _allowed(pieces)
    nodes = len(pieces.node_xy)
    order = np.argsort(tail, kind="stable")
    ptr = np.searchsorted(tail[order], np.arange(nodes + 1))
    two = np.flatnonzero(np.diff(ptr) == 2)
    one, other = order[ptr[two]], order[ptr[two] + 1]
    alike = (
        (one >> 1 != other >> 1)
        & (pieces.kind[one >> 1] == pieces.kind[other >> 1])
        & (can[one ^ 1] == can[other])
        & (can[other ^ 1] == can[one])
    )
    following = np.full(len(tail), -1, dtype=np.int64)
    following[one[alike] ^ 1] = other[alike]
    following[other[alike] ^ 1] = one[alike]
    passed = np.zeros(nodes, dtype=bool)
    passed[two[alike]] = True
    return following, passed


def _chains(pieces: Pieces) -> tuple[Ints, Ints]:
    """Halves of every edge, one edge after the other, each edge once in either direction."""
    following, passed = _next_halves(pieces)
    tail = _tails(pieces)
    by_tail = np.argsort(tail, kind="stable")
    at_junction = ~passed[tail[by_tail]]
    # Rings without a junction come last; whatever is then left begins at its lowest node.
    starts = np.concatenate([by_tail[at_junction], by_tail[~at_junction]]).tolist()
    go_on = following.tolist()
    done = bytearray(len(pieces.start))
    halves: list[int] = []
    chain_ptr = [0]
    for start in starts:
        half = start
        while half >= 0 and not done[half >> 1]:
            done[half >> 1] = True
            halves.append(half)
            half = go_on[half]
        if len(halves) > chain_ptr[-1]:
            chain_ptr.append(len(halves))
    return np.array(halves, dtype=np.int64), np.array(chain_ptr, dtype=np.int64)


def _turned(pieces: Pieces, halves: Ints, chain_ptr: Ints) -> Ints:
    """Turn chains so that they run from the lower node to the higher; a ring by its coordinates."""
    tail = _tails(pieces)
    first, last = halves[chain_ptr[:-1]], halves[chain_ptr[1:] - 1]
    turn = tail[first] > tail[last ^ 1]
    points, counts = _points(pieces, halves, chain_ptr)
    begin = np.concatenate([[0], np.cumsum(counts)])
    for ring in np.flatnonzero(tail[first] == tail[last ^ 1]):
        course = pieces.shape_xy[points[begin[ring] : begin[ring + 1]]].tolist()
        turn[ring] = course[::-1] < course
    lengths = np.diff(chain_ptr)
    turned = np.repeat(turn, lengths)
    mirrored = np.repeat(chain_ptr[:-1] + chain_ptr[1:] - 1, lengths) - np.arange(len(halves))
    return np.where(turned, halves[mirrored] ^ 1, halves)


def _points(pieces: Pieces, halves: Ints, chain_ptr: Ints) -> tuple[Ints, Ints]:
    """Positions in the shape of every chain's points, and how many each has; shared ends of pieces once."""
    piece, against = halves >> 1, halves & 1
    inner = np.ones(len(halves), dtype=np.int64)
    inner[chain_ptr[:-1]] = 0
    counts = pieces.ptr[piece + 1] - pieces.ptr[piece] - inner
    begin = np.where(against, pieces.ptr[piece + 1] - 1 - inner, pieces.ptr[piece] + inner)
    offset = np.cumsum(counts) - counts
    steps = np.arange(counts.sum()) - np.repeat(offset, counts)
    points = np.repeat(begin, counts) + np.repeat(1 - 2 * against, counts) * steps
    return points, np.add.reduceat(counts, chain_ptr[:-1])


def _in_order(edges: Pieces) -> Pieces:
    # The table of kinds stands in the order of the source.
    rank = np.argsort(np.array(sorted(range(len(edges.kinds)), key=edges.kinds.__getitem__), dtype=np.int64))
    kind = rank[edges.kind]
    order = np.lexsort((kind, edges.backward, edges.forward, edges.length_m, edges.end, edges.start))
    columns = np.stack([edges.start, edges.end, edges.length_m])[:, order]
    tied = np.flatnonzero((np.diff(columns) == 0).all(axis=0))
    order = _ties_by_course(edges, kind, order, tied)
    counts = np.diff(edges.ptr)[order]
    offset = np.cumsum(counts) - counts
    points = np.repeat(edges.ptr[order] - offset, counts) + np.arange(counts.sum())
    return replace(
        edges,
        start=edges.start[order],
        end=edges.end[order],
        ptr=np.concatenate([[0], np.cumsum(counts)]),
        shape_xy=edges.shape_xy[points],
        length_m=edges.length_m[order],
        forward=edges.forward[order],
        backward=edges.backward[order],
        kind=edges.kind[order],
    )


def _ties_by_course(edges: Pieces, kind: Ints, order: Ints, tied: Ints) -> Ints:
    """Order edges of equal ends and length by their course; `tied` are places whose edge equals the next one's."""
    order = order.copy()
    for group in np.split(tied, np.flatnonzero(np.diff(tied) > 1) + 1) if len(tied) else ():
        places = slice(group[0], group[-1] + 2)
        order[places] = sorted(
            order[places].tolist(),
            key=lambda e: (course_of(edges, e), edges.forward[e], edges.backward[e], kind[e]),
        )
    return order
