"""Small made streets, and the walks on them worked out by other means: brute-force nearest places and networkx."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from random import Random

import networkx as nx
import numpy as np
from pyproj import CRS

from accessibility.streets.streets import StreetNetwork

Point = tuple[float, float]


def streets_of(
    nodes: Sequence[Point],
    edges: Sequence[tuple],
    *,
    corner: Point = (0.0, 0.0),
    mode: str = "walk",
    crs: str = "EPSG:27700",
    source: str = "made streets",
    notes: tuple[str, ...] = (),
) -> StreetNetwork:
    """Streets from nodes and edges ``(from, to)`` or ``(from, to, [points of the course between])``."""
    xy = np.array(nodes, dtype=float).reshape(-1, 2) + corner
    courses = [
        np.array([xy[a], *(np.add(point, corner) for point in (between[0] if between else ())), xy[b]])
        for a, b, *between in edges
    ]
    lengths = [float(np.hypot(*np.diff(course, axis=0).T).sum()) for course in courses]
    count = len(edges)
    return StreetNetwork(
        mode=mode,
        crs=CRS.from_user_input(crs),
        node_xy=xy,
        edge_from=np.array([edge[0] for edge in edges], dtype=np.int32),
        edge_to=np.array([edge[1] for edge in edges], dtype=np.int32),
        edge_m=np.array(lengths),
        forward=np.ones(count, dtype=bool),
        backward=np.ones(count, dtype=bool),
        speed_kmh=np.full(count, np.nan if mode == "walk" else 30.0),
        shape_ptr=np.concatenate([[0], np.cumsum([len(course) for course in courses])]).astype(np.int64),
        shape_xy=np.concatenate(courses) if courses else np.empty((0, 2)),
        source=source,
        notes=notes,
    )


def random_streets(random: Random, *, size_m: float, side: int, corner: Point = (0.0, 0.0)) -> StreetNetwork:
    """A bent grid of streets in one piece, some of it missing, with courses that are not straight, loops and doubles."""
    step = size_m / (side - 1)
    nodes = [
        (x * step + random.uniform(-0.3, 0.3) * step, y * step + random.uniform(-0.3, 0.3) * step)
        for x in range(side)
        for y in range(side)
    ]
    pairs = [(i, i + 1) for i in range(side * side) if (i + 1) % side]
    pairs += [(i, i + side) for i in range(side * (side - 1))]
    graph = nx.Graph(pairs)
    for pair in random.sample(pairs, len(pairs) // 4):
        graph.remove_edge(*pair)
        if not nx.is_connected(graph):
            graph.add_edge(*pair)
    edges: list[tuple] = []
    for a, b in sorted(graph.edges):
        middle = [(nodes[a][axis] + nodes[b][axis]) / 2 + random.uniform(-0.4, 0.4) * step for axis in (0, 1)]
        ends = (a, b) if random.random() < 0.5 else (b, a)
        edges.append((*ends, [tuple(middle)]) if random.random() < 0.5 else ends)
        if random.random() < 0.1:
            edges.append((*ends, [(middle[0] + step / 3, middle[1] - step / 3)]))
    at = random.randrange(len(nodes))
    x, y = nodes[at]
    edges.append((at, at, [(x + step / 2, y + step / 5), (x + step / 3, y + step / 2)]))
    return streets_of(nodes, edges, corner=corner)


def nearest_place(streets: StreetNetwork, point: Point) -> tuple[int, float, float]:
    """Edge, metres along it, and metres off it, by trying every piece of every edge."""
    best = (math.inf, -1, 0.0)
    for edge in range(len(streets.edge_m)):
        course = streets.shape_xy[streets.shape_ptr[edge] : streets.shape_ptr[edge + 1]].tolist()
        walked = 0.0
        for (ax, ay), (bx, by) in itertools.pairwise(course):
            length = math.hypot(bx - ax, by - ay)
            share = ((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / length**2 if length else 0.0
            share = min(max(share, 0.0), 1.0)
            off = math.hypot(point[0] - ax - share * (bx - ax), point[1] - ay - share * (by - ay))
            best = min(best, (off, edge, walked + share * length))
            walked += length
    return best[1], best[2], best[0]


def paths_between(streets: StreetNetwork, places: Sequence[tuple[int, float]]) -> nx.Graph:
    """Streets as a graph in which every place ``(edge, metres along it)`` is a node ``("place", number)``."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(streets.node_xy)))
    on_edge: dict[int, list[tuple[float, int]]] = {}
    for number, (edge, along) in enumerate(places):
        on_edge.setdefault(edge, []).append((along, number))
    for edge, length in enumerate(streets.edge_m.tolist()):
        stages = [(0.0, int(streets.edge_from[edge]))]
        stages += [(along, ("place", number)) for along, number in sorted(on_edge.get(edge, []))]
        stages.append((length, int(streets.edge_to[edge])))
        for (start, a), (end, b) in itertools.pairwise(stages):
            known = graph.get_edge_data(a, b, default={"metres": math.inf})["metres"]
            graph.add_edge(a, b, metres=min(known, end - start))
    return graph


def walked_metres(
    streets: StreetNetwork, points: Sequence[Point], *, max_snap_m: float = 500
) -> dict[tuple[int, int], float]:
    """Metres of the walk between every two points, by the rules alone; pairs without a walk are left out."""
    found = [nearest_place(streets, point) for point in points]
    off = [metres if metres <= max_snap_m else math.inf for _, _, metres in found]
    graph = paths_between(streets, [(edge, along) for edge, along, _ in found])
    out = {}
    for i, here in enumerate(points):
        along = nx.single_source_dijkstra_path_length(graph, ("place", i), weight="metres")
        for j, there in enumerate(points):
            straight = math.dist(here, there)
            metres = off[i] + along.get(("place", j), math.inf) + off[j]
            open_m = max((metre for metre in (off[i], off[j]) if math.isfinite(metre)), default=0.0)
            both = math.isfinite(off[i]) and math.isfinite(off[j])
            if straight == 0 or (both and straight <= open_m):
                metres = min(metres, straight)
            if math.isfinite(metres):
                out[i, j] = metres
    return out
