"""Lines of the made region: buses along corridors between hubs, trams and railways out from the middle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import numpy.typing as npt
import shapely
from street_grid import Floats

BUS, TRAM, RAIL = 3, 0, 2
_BUS_STOP_EVERY_M, _TRAM_STOP_EVERY_M, _STATION_EVERY_M = 280.0, 600.0, 2_400.0
#: Roads bend: what a bus drives over the straight line.
_ROAD_FACTOR = 1.15
_BUS_KMH_MIDDLE, _BUS_KMH_RIM, _TRAM_KMH, _RAIL_KMH = 15.0, 22.0, 22.0, 60.0
_HUB_DWELL_S, _RAIL_DWELL_S = 20, 30


@dataclass(frozen=True, eq=False)
class Calls:
    """One direction of a line: its stops, where they are, and free-flow seconds from the first to each."""

    stops: list[str]
    xy: Floats
    run_s: Floats
    dwell_s: npt.NDArray[np.int64]

    def moved(self, by_m: Floats) -> Calls:
        """Shift the stops elsewhere."""
        return replace(self, xy=self.xy + by_m)


@dataclass(frozen=True, eq=False)
class Line:
    """A line in both directions; `headway` is relative until the timetable scales it to the trips wanted."""

    name: str
    route_type: int
    headway: float
    directions: tuple[Calls, Calls]

    def all_stops(self) -> dict[str, Floats]:
        """Every stop of the line and its position in metres."""
        return {stop: xy for calls in self.directions for stop, xy in zip(calls.stops, calls.xy, strict=True)}

    def moved(self, by_m: Floats) -> Line:
        """Shift the line elsewhere."""
        return replace(self, directions=(self.directions[0].moved(by_m), self.directions[1].moved(by_m)))


@dataclass(eq=False)
class _Corridors:
    """Roads between neighbouring hubs, with poles on both sides, and stands at the hubs."""

    hubs: Floats
    prefix: str
    bends: dict[tuple[int, int], Floats]
    graph: nx.Graph[int]
    calls_at_hub: dict[int, int] = field(default_factory=dict)

    def path(self, start: int, end: int, *, shared: bool) -> list[int]:
        """Way from hub to hub: the shortest, or one that prefers roads few lines use."""
        hubs: list[int] = nx.shortest_path(self.graph, start, end, weight="length" if shared else "worn")
        for a, b in pairwise(hubs):
            road = self.graph[a][b]
            road["lines"] += 1
            road["worn"] = road["length"] * (1 + 1.5 * road["lines"])
        return hubs

    def line(self, name: str, path: list[int], *, headway: float) -> Line:
        """Bus line along a path of hubs; longer lines run less often."""
        stands = {}
        for hub in path:
            self.calls_at_hub[hub] = self.calls_at_hub.get(hub, 0) + 1
            stands[hub] = self.calls_at_hub[hub] // 2
        directions = (self._calls(path, stands, "u"), self._calls(path[::-1], stands, "d"))
        return Line(name, BUS, headway * (len(directions[0].stops) / 30) ** 1.6, directions)

    def _calls(self, path: list[int], stands: dict[int, int], side: str) -> Calls:
        stops, xy, dwell = [self._stand(path[0], stands, side)], [self._stand_xy(path[0], stands, side)], [0]
        for a, b in pairwise(path):
            poles = self._poles(a, b)
            stops += [*poles, self._stand(b, stands, side)]
            xy += [*poles.values(), self._stand_xy(b, stands, side)]
            dwell += [0] * len(poles) + [_HUB_DWELL_S]
        dwell[-1] = 0
        places = np.array(xy)
        metres = np.linalg.norm(np.diff(places, axis=0), axis=1) * _ROAD_FACTOR
        outward = np.clip(np.linalg.norm(places[1:], axis=1) / 8_000, 0, 1)
        kmh = _BUS_KMH_MIDDLE + (_BUS_KMH_RIM - _BUS_KMH_MIDDLE) * outward
        return _timed(stops, places, metres / kmh * 3.6, np.array(dwell))

    def _poles(self, a: int, b: int) -> dict[str, Floats]:
        first, last = min(a, b), max(a, b)
        bend = self.bends[first, last]
        road = shapely.LineString([self.hubs[first], bend, self.hubs[last]])
        count = round(road.length / _BUS_STOP_EVERY_M)
        side = "u" if a < b else "d"
        # The two sides stand a little apart along the road, as poles do.
        at = (np.arange(1, count) + (0.08 if a < b else -0.08)) / max(count, 1)
        xy = shapely.get_coordinates(shapely.line_interpolate_point(road, at, normalized=True))
        poles = {f"{self.prefix}-{first:03d}-{last:03d}-{i:02d}{side}": place for i, place in enumerate(xy)}
        return poles if a < b else dict(reversed(poles.items()))

    def _stand(self, hub: int, stands: dict[int, int], side: str) -> str:
        return f"{self.prefix}-h{hub:03d}-{stands[hub]:02d}{side}"

    def _stand_xy(self, hub: int, stands: dict[int, int], side: str) -> Floats:
        turn = stands[hub] * 2.4 + (0 if side == "u" else 1.2)
        at: Floats = self.hubs[hub] + (25 + 4 * stands[hub]) * np.array([np.cos(turn), np.sin(turn)])
        return at


def region_lines(
    hubs: Floats, rng: np.random.Generator, *, prefix: str, bus: int, rail: int, tram: int
) -> list[Line]:
    """All lines of one region, in metres around its middle.

    Parameters
    ----------
    hubs
        Places that roads join; the first is the middle, early ones are the larger.
    rng
        Chooses the lines' ends and the roads' bends.
    prefix
        Begins the names of stops and lines.
    bus, rail, tram
        How many lines of each.

    Returns
    -------
    list of Line
        A quarter of the buses run from the middle outwards and share roads; some run around it; the rest run between
        smaller hubs on roads with few other lines.
    """
    corridors = _corridors(hubs, rng, prefix)
    half_width = float(np.abs(hubs).max())
    lines = [
        corridors.line(f"{prefix}-B{i:03d}", path, headway=headway)
        for i, (path, headway) in enumerate(_bus_paths(corridors, rng, bus))
    ]
    for kind, count, turn in (("R", rail, 0.0), ("T", tram, 0.3)):
        for i in range(count):
            angle = 2 * np.pi * i / count + turn
            lines.append(_radial(f"{prefix}-{kind}{i:02d}", angle, half_width, rail=kind == "R"))
    return lines


def trunk_lines(middles: list[Floats]) -> list[Line]:
    """Railways between the middles of neighbouring regions; none for a single region."""
    pairs = list(combinations(range(len(middles)), 2))
    gaps = [float(np.linalg.norm(middles[a] - middles[b])) for a, b in pairs]
    near = [pair for pair, gap in zip(pairs, gaps, strict=True) if gap < min(gaps) * 1.01]
    lines = []
    for a, b in near:
        ends = np.array([middles[a], middles[b]]) + 60
        lines.append(_both_ways(f"trunk-{a}-{b}", RAIL, 15.0, ends, kmh=100.0, dwell_s=0))
    return lines


def _corridors(hubs: Floats, rng: np.random.Generator, prefix: str) -> _Corridors:
    edges = shapely.delaunay_triangles(shapely.MultiPoint(hubs), only_edges=True)
    number = {tuple(place): i for i, place in enumerate(hubs.tolist())}
    ends = sorted(
        {
            tuple(sorted(number[tuple(place)] for place in shapely.get_coordinates(edge).tolist()))
            for edge in shapely.get_parts(edges)
        }
    )
    length = {(a, b): float(np.linalg.norm(hubs[a] - hubs[b])) for a, b in ends}
    graph: nx.Graph[int] = nx.Graph()
    bends = {}
    for a, b in ends:
        across = (hubs[b] - hubs[a])[::-1] * (-1, 1)
        bends[a, b] = (hubs[a] + hubs[b]) / 2 + across * rng.uniform(-0.15, 0.15)
        # Slivers along the rim of the triangulation are no roads, unless nothing else joins a hub.
        metres = length[a, b] * (1 if length[a, b] < 3 * np.median(list(length.values())) else 5)
        graph.add_edge(a, b, length=metres, worn=metres, lines=0)
    return _Corridors(hubs, prefix, bends, graph)


def _bus_paths(corridors: _Corridors, rng: np.random.Generator, count: int) -> list[tuple[list[int], float]]:
    hubs = corridors.hubs
    out = np.linalg.norm(hubs, axis=1)
    far = np.flatnonzero(out > np.quantile(out, 0.6))
    major = np.arange(1, max(4, len(hubs) // 8))
    ring = major[np.argsort(np.arctan2(hubs[major, 1], hubs[major, 0]), kind="stable")]
    paths = []
    for i in range(count):
        if i % 5 == 0:
            paths.append((corridors.path(0, int(rng.choice(far)), shared=True), 5.0))
        elif i % 16 == 1:
            at = int(rng.integers(len(ring)))
            stops = [int(ring[(at + step) % len(ring)]) for step in range(3)]
            first, second = (corridors.path(a, b, shared=False) for a, b in pairwise(stops))
            # A line does not call at a hub twice.
            paths.append((first if set(first) & set(second[1:]) else first + second[1:], 9.0))
        else:
            start = int(major[i % len(major)])
            near = np.argsort(np.linalg.norm(hubs - hubs[start], axis=1), kind="stable")[
                len(hubs) // 20 + 1 : len(hubs) // 6 + 2
            ]
            paths.append((corridors.path(start, int(rng.choice(near)), shared=False), 7.0))
    return paths


def _radial(name: str, angle: float, half_width: float, *, rail: bool) -> Line:
    step = _STATION_EVERY_M if rail else _TRAM_STOP_EVERY_M
    reach = half_width * (0.95 if rail else 0.6)
    metres = np.append(120.0, np.arange(step, max(reach, step + 1), step))
    xy = metres[:, None] * np.array([np.cos(angle), np.sin(angle)])
    if rail:
        return _both_ways(name, RAIL, 12.0, xy, kmh=_RAIL_KMH, dwell_s=_RAIL_DWELL_S)
    return _both_ways(name, TRAM, 6.0, xy, kmh=_TRAM_KMH, dwell_s=_HUB_DWELL_S)


def _both_ways(name: str, route_type: int, headway: float, xy: Floats, *, kmh: float, dwell_s: int) -> Line:
    directions = []
    for side, places in (("u", xy), ("d", xy[::-1] + 15)):
        numbers = range(len(xy)) if side == "u" else range(len(xy) - 1, -1, -1)
        seconds = np.linalg.norm(np.diff(places, axis=0), axis=1) / kmh * 3.6
        dwell = np.full(len(xy), dwell_s)
        dwell[[0, -1]] = 0
        directions.append(_timed([f"{name}-{i:02d}{side}" for i in numbers], places, seconds, dwell))
    return Line(name, route_type, headway, (directions[0], directions[1]))


def _timed(stops: list[str], xy: Floats, hops_s: Floats, dwell_s: npt.NDArray[np.int64]) -> Calls:
    return Calls(stops, xy, np.append(0.0, np.cumsum(np.maximum(hops_s, 20))), dwell_s)
