"""scipy's jobs, in its own environment: shortest paths over the streets that this engine read.

Its clock runs for the search alone, from the sample's sources to every junction within the limit; points along edges are
joined to these afterwards, where the answers are compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Given, Job, Timer, keep_costs, run_job
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import dijkstra  # type: ignore[import-untyped]


def walk(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Walks in metres."""
    return _search(given, "walk", given.work.walk_limit_m)


def drive(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Drives in seconds, backwards from the centres."""
    return _search(given, "drive", given.work.max_drive_min * 60)


def _search(given: Given, mode: str, limit: float) -> tuple[Timer, dict[str, Any]]:
    arcs = given.rows(f"{mode}_arcs")
    start, end = (np.array([int(arc[name]) for arc in arcs]) for name in ("start", "end"))
    cost = np.array([float(arc["cost"]) for arc in arcs])
    nodes = int(max(start.max(), end.max())) + 1
    graph = csr_array((cost, (start, end)), shape=(nodes, nodes))
    sources = given.pick(given.rows(f"{mode}_sources"))
    at = [int(source["node"]) for source in sources]
    dijkstra(graph, indices=at[:1], limit=0.0)
    with Timer() as timer:
        found = dijkstra(graph, indices=at, limit=limit)
    ends = [int(row["node"]) for row in given.rows(f"{mode}_ends")]
    costs = [dict(zip(ends, row, strict=True)) for row in found[:, ends].tolist()]
    keep_costs(given, f"scipy_{mode}", sources, costs)
    return timer, {"origins": len(sources), "junctions": int(np.isfinite(found).sum())}


JOBS: dict[str, Job] = {"walk": walk, "drive": drive}

if __name__ == "__main__":
    run_job(JOBS)
