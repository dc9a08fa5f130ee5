"""Ways of OpenStreetMap cut where they meet, in metres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from accessibility.streets.osm_files import OsmWays
from accessibility.streets.pieces import Ints, Pieces, nodes_in_order, shape_lengths, to_metric


def cut_ways(ways: OsmWays, *, crs: CRS) -> tuple[Pieces, tuple[str, ...]]:
    """Cut ways at every node that they share, that one passes twice, and that ends one.

    Parameters
    ----------
    ways
        As read.
    crs
        Metric CRS of the pieces.

    Returns
    -------
    tuple
        The pieces, and counted warnings: a way whose nodes are partly absent is cut at the gap.
    """
    place, run = _runs(ways)
    ids, node = np.unique(ways.node[place], return_inverse=True)
    at = np.empty(len(ids), dtype=np.int64)
    at[node] = place
    xy = to_metric(ways.lonlat[at], "EPSG:4326", crs=crs)
    order = nodes_in_order(xy, label=ids)
    number = np.empty(len(ids), dtype=np.int64)
    number[order] = np.arange(len(ids))
    node = number[node]
    cuts = _cuts(node, run)
    first, last = cuts[:-1], cuts[1:]
    within = run[first] == run[last]
    first, last = first[within], last[within]
    counts = last - first + 1
    ptr = np.concatenate([[0], np.cumsum(counts)])
    shape_xy = xy[order][node[np.repeat(first - ptr[:-1], counts) + np.arange(ptr[-1])]]
    way = np.searchsorted(ways.ptr, place[first], side="right") - 1
    pieces = Pieces(
        node_xy=xy[order],
        start=node[first],
        end=node[last],
        ptr=ptr,
        shape_xy=shape_xy,
        length_m=shape_lengths(ptr, shape_xy),
        forward=ways.forward[way],
        backward=ways.backward[way],
        kind=ways.kind[way],
        kinds=ways.kinds,
    )
    return pieces, _gap_notes(ways)


def _runs(ways: OsmWays) -> tuple[Ints, npt.NDArray[np.int64]]:
    """Positions of the nodes to go through, and which unbroken run of a way each belongs to."""
    way = np.repeat(np.arange(len(ways.kind)), np.diff(ways.ptr))
    known = ~np.isnan(ways.lonlat[:, 0])
    gaps = np.cumsum(~known)
    place = np.flatnonzero(known)
    breaks = np.ones(len(place), dtype=bool)
    breaks[1:] = (np.diff(way[place]) != 0) | (np.diff(gaps[place]) != 0)
    run = np.cumsum(breaks)
    # A node that follows itself is no stretch, nor is a run of a single node.
    again = np.zeros(len(place), dtype=bool)
    again[1:] = (np.diff(ways.node[place]) == 0) & ~breaks[1:]
    place, run = place[~again], run[~again]
    long = np.bincount(run, minlength=1)[run] > 1
    return place[long], run[long]


def _cuts(node: Ints, run: Ints) -> Ints:
    """Places where a piece begins or ends."""
    ends = np.ones(len(node) + 1, dtype=bool)
    ends[1:-1] = np.diff(run) != 0
    shared = np.bincount(node, minlength=1)[node] > 1
    # Where a way turns back on itself, so that the stretch there and back is one.
    turns = np.zeros(len(node), dtype=bool)
    turns[1:-1] = (node[:-2] == node[2:]) & (run[:-2] == run[2:])
    return np.flatnonzero(ends[:-1] | ends[1:] | shared | turns)


def _gap_notes(ways: OsmWays) -> tuple[str, ...]:
    unknown = np.isnan(ways.lonlat[:, 0])
    if not unknown.any():
        return ()
    cut = len(np.unique(np.searchsorted(ways.ptr, np.flatnonzero(unknown), side="right")))
    nodes = len(np.unique(ways.node[unknown]))
    return (
        f"{cut} of {len(ways.kind)} ways are cut where the file does not hold their nodes ({nodes} nodes)",
    )
