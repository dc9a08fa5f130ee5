"""One copy of each border: areas as rings of arcs that neighbours share, in whole hundred-thousandths of a degree.

The idea is TopoJSON's (Bostock, 2013): borders are cut where three areas meet, each piece is kept once, and each
vertex is written as its distance from the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from shapely.geometry import LineString, MultiPolygon, Polygon

#: Whole steps in a degree: five decimals, about a metre.
STEPS: Final = 100_000

Vertex = tuple[int, int]
Ring = list[Vertex]
#: An area's polygons, each a list of rings (the outer first), each a list of arcs; -1 - i is arc i run backwards.
ArcRings = list[list[list[int]]]


@dataclass(frozen=True)
class Coverage:
    """Areas as arcs.

    Attributes
    ----------
    arcs
        Each arc's vertices as x, y, then dx, dy of each further vertex, in steps.
    areas
        Each area's polygons as rings of arcs.
    """

    arcs: list[list[int]]
    areas: list[ArcRings]


def shared_arcs(areas: Iterable[Polygon | MultiPolygon]) -> Coverage:
    """Cut the borders of areas into arcs and keep each once.

    Parameters
    ----------
    areas
        Polygons in degrees. Borders that do not share their vertices are kept twice, as they are.
    """
    rings = [_area_rings(area) for area in areas]
    meeting = _meeting_points(ring for area in rings for polygon in area for ring in polygon)
    known: dict[tuple[Vertex, ...], int] = {}
    coverage = [
        [[_ring_arcs(ring, meeting, known) for ring in polygon] for polygon in area] for area in rings
    ]
    return Coverage([_steps_between(arc) for arc in known], coverage)


def line_steps(line: LineString) -> list[int]:
    """Write a line as x, y, then dx, dy of each further vertex, in steps."""
    return _steps_between(_without_repeats(_vertices(line.coords)))


def _area_rings(area: Polygon | MultiPolygon) -> list[list[Ring]]:
    """List an area's rings, polygon by polygon, without the closing vertex and without rings of no breadth."""
    polygons = []
    for part in shapely.get_parts(area):
        rings = [_without_repeats(_vertices(ring.coords)) for ring in (part.exterior, *part.interiors)]
        outer, *holes = [ring[:-1] if len(ring) > 1 else ring for ring in rings]
        polygons.append([outer, *(hole for hole in holes if len(hole) > 2)])
    return polygons


def _vertices(coordinates: Iterable[Sequence[float]]) -> Ring:
    steps: NDArray[np.int64] = np.round(np.asarray(coordinates)[:, :2] * STEPS).astype(np.int64)
    return [(x, y) for x, y in steps.tolist()]


def _without_repeats(vertices: Ring) -> Ring:
    kept = [vertex for vertex, before in zip(vertices[1:], vertices, strict=False) if vertex != before]
    return [vertices[0], *kept]


def _meeting_points(rings: Iterable[Ring]) -> set[Vertex]:
    """Find the vertices where borders part: those with more than two neighbours in all rings together."""
    neighbours: dict[Vertex, set[Vertex]] = {}
    for ring in rings:
        for place, vertex in enumerate(ring):
            neighbours.setdefault(vertex, set()).update((ring[place - 1], ring[(place + 1) % len(ring)]))
    return {vertex for vertex, around in neighbours.items() if len(around) > 2}


def _ring_arcs(ring: Ring, meeting: set[Vertex], known: dict[tuple[Vertex, ...], int]) -> list[int]:
    """Cut a ring at the meeting points; a ring without any is one arc from its least vertex."""
    cuts = [place for place, vertex in enumerate(ring) if vertex in meeting] or [ring.index(min(ring))]
    turned = ring[cuts[0] :] + ring[: cuts[0] + 1]
    ends = [cut - cuts[0] for cut in cuts[1:]] + [len(ring)]
    starts = [0, *ends[:-1]]
    return [
        _known_arc(tuple(turned[start : end + 1]), known) for start, end in zip(starts, ends, strict=True)
    ]


def _known_arc(arc: tuple[Vertex, ...], known: dict[tuple[Vertex, ...], int]) -> int:
    backwards = arc[::-1]
    if backwards in known:
        return -1 - known[backwards]
    return known.setdefault(arc, len(known))


def _steps_between(vertices: Sequence[Vertex]) -> list[int]:
    steps = np.asarray(vertices, dtype=np.int64)
    steps[1:] -= steps[:-1].copy()
    flat: list[int] = steps.ravel().tolist()
    return flat
