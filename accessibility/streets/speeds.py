"""Free-flow speeds of streets: the tagged limit, else OSMnx's imputation from the limits of the same class."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.streets.pieces import Pieces
from accessibility.streets.rules import DEFAULT_KMH, FALLBACK_KMH, parse_maxspeed

Floats = npt.NDArray[np.float64]


def free_flow_speeds(edges: Pieces) -> tuple[Floats, tuple[str, ...]]:
    """How fast each edge is driven where nothing is in the way.

    Parameters
    ----------
    edges
        Edges with their class and tagged limit.

    Returns
    -------
    tuple
        km/h of each edge, and what was assumed, as sentences: how much is tagged, what the rest was given.

    Notes
    -----
    An edge with a limit has that limit. One without has the mean limit of the edges of its class, by
    `osmnx.routing.add_edge_speeds`; there an edge that is open both ways counts twice, as in every graph of OSMnx. A class
    without a single limit has that of `street_rules.DEFAULT_KMH`.
    """
    limits = np.array([parse_maxspeed(text) if text else math.nan for _, text in edges.kinds])
    open_ways = edges.forward.astype(np.float64) + edges.backward
    counts = np.bincount(edges.kind, weights=open_ways, minlength=len(edges.kinds)).astype(np.float64)
    classes = [highway for highway, _ in edges.kinds]
    limited = {classes[kind] for kind in np.flatnonzero(~np.isnan(limits) & (counts > 0))}
    untold = {
        highway: DEFAULT_KMH.get(highway, FALLBACK_KMH)
        for highway in sorted({classes[kind] for kind in np.flatnonzero(counts)} - limited)
    }
    speeds = _imputed(classes, limits, counts, untold)[edges.kind]
    return speeds, tuple(_notes(edges, limits, untold))


def _imputed(classes: list[str], limits: Floats, counts: Floats, untold: dict[str, float]) -> Floats:
    """Speeds of each kind of edge, by OSMnx.

    OSMnx takes seconds per hundred thousand edges, so it is given one edge for each kind, and a mean in which that edge
    weighs as many as it stands for.
    """
    present = np.flatnonzero(counts)
    if not np.isnan(limits[present]).any():
        return limits
    import osmnx  # noqa: PLC0415 - it takes two seconds to import, and is not needed where every street has a limit

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_nodes_from((0, 1), x=0.0, y=0.0)
    for kind in present.tolist():
        limit = {} if math.isnan(limits[kind]) else {"maxspeed": str(float(limits[kind]))}
        graph.add_edge(0, 1, key=kind, highway=classes[kind], **limit)

    def mean(speeds: pd.Series[float]) -> float:
        told = speeds.dropna()
        if told.empty:
            return math.nan
        weights = counts[told.index.get_level_values("key")] if "key" in told.index.names else None
        return float(np.average(told.astype(float), weights=weights))

    osmnx.routing.add_edge_speeds(graph, hwy_speeds=untold, agg=mean)
    speeds = np.full(len(classes), np.nan)
    for kind in present.tolist():
        speeds[kind] = graph.edges[0, 1, kind]["speed_kph"]
    return speeds


def _notes(edges: Pieces, limits: Floats, untold: dict[str, float]) -> list[str]:
    tagged = ~np.isnan(limits)[edges.kind]
    share = edges.length_m[tagged].sum() / max(edges.length_m.sum(), 1e-9)
    notes = []
    if tagged.any() and not tagged.all():
        notes.append(
            f"{share:.0%} of the streets' length has a speed limit; the rest is driven at the mean limit of its class"
        )
    if untold:
        given = ", ".join(f"{highway} {kmh:.0f} km/h" for highway, kmh in untold.items())
        notes.append(f"no street of these classes has a speed limit, so one is assumed: {given}")
    unread = np.array([bool(text) for _, text in edges.kinds])[edges.kind] & ~tagged
    if unread.any():
        texts = sorted({edges.kinds[kind][1] for kind in edges.kind[unread].tolist()})
        notes.append(
            f"{int(unread.sum())} edges have a maxspeed that is no speed, first {texts[0]!r}; it was passed over"
        )
    return notes
