"""networkx's jobs, in its own environment: shortest paths over the streets that this engine read.

Its clock runs for the search alone, from the sample's sources to every junction within the limit; points along edges are
joined to these afterwards, where the answers are compared.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
from measure import Given, Job, Timer, keep_costs, run_job


def walk(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Walks in metres."""
    return _search(given, "walk", given.work.walk_limit_m)


def drive(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Drives in seconds, backwards from the centres."""
    return _search(given, "drive", given.work.max_drive_min * 60)


def _search(given: Given, mode: str, limit: float) -> tuple[Timer, dict[str, Any]]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_weighted_edges_from(
        (int(arc["start"]), int(arc["end"]), float(arc["cost"])) for arc in given.rows(f"{mode}_arcs")
    )
    sources = given.pick(given.rows(f"{mode}_sources"))
    with Timer() as timer:
        found = [
            nx.single_source_dijkstra_path_length(graph, int(source["node"]), cutoff=limit, weight="weight")
            for source in sources
        ]
    ends = [int(row["node"]) for row in given.rows(f"{mode}_ends")]
    costs = [{node: some[node] for node in ends if node in some} for some in found]
    keep_costs(given, f"networkx_{mode}", sources, costs)
    return timer, {"origins": len(sources), "junctions": sum(map(len, found))}


JOBS: dict[str, Job] = {"walk": walk, "drive": drive}

if __name__ == "__main__":
    run_job(JOBS)
