"""The lines of a timetable as lines on a map: every stretch once, however many lines share it.

What is drawn is schematic. Stops that share a name and stand close together (the two sides of a road, the platforms of
a station) are one place; a stretch joins two places that a trip serves one after the other; and a long leap past stops
where other lines of the same mode call is laid along those stops, when that way is no more than about a third longer.
Without the last step, fast trains would draw a star of straight lines around every city.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS

    import accessibility as acc

    Pair = tuple[int, int]

_COLUMNS = ["mode", "lines", "departures_per_hour"]
_SAME_PLACE_M = 150.0
_LEAP_M = 2_000.0  # shorter hops are drawn as they are
_LONGER = 1.35  # how much longer than straight the way along other lines' stops may be
_STAND = re.compile(r"\s*\([^)]*\)\s*$")  # "Broad Street (Stop B)", "High Street (opp)"
_DIGITS = re.compile(r"(\d+)")


def no_lines() -> gpd.GeoDataFrame:
    """Return the table of `line_segments` without a line."""
    return gpd.GeoDataFrame(
        {
            "mode": pd.Series(dtype=object),
            "lines": pd.Series(dtype=object),
            "departures_per_hour": pd.Series(dtype=float),
        },
        geometry=gpd.GeoSeries([], crs="EPSG:4326"),
    )


def line_segments(timetable: acc.Timetable, *, window: tuple[str, str], crs: CRS) -> gpd.GeoDataFrame:
    """Draw each stretch between neighbouring stops once, with the lines that run on it.

    Parameters
    ----------
    timetable
        One service day.
    window
        Clock times, half-open, for counting departures.
    crs
        A metric CRS in which distances between stops are measured.

    Returns
    -------
        ``mode``, ``lines`` (their numbers, in the order people count), ``departures_per_hour`` (trips that leave for
        the next stop in the window, both directions, per hour) and a line in EPSG:4326; stretches alike in all three are
        one row. Sorted by mode, lines and departures. A timetable without trips gives an empty table.
    """
    hops = _hops(timetable, window)
    place, positions = _places(timetable.stops, crs)
    hops["start"], hops["end"] = place[hops["start"]], place[hops["end"]]
    hops = hops[hops["start"] != hops["end"]]
    ends = np.sort(hops[["start", "end"]].to_numpy(dtype=int), axis=1)
    hops = hops.assign(start=ends[:, 0], end=ends[:, 1])
    ways = {str(mode): _ways(of_mode, positions) for mode, of_mode in hops.groupby("mode", sort=True)}
    hours = (_seconds(window[1]) - _seconds(window[0])) / 3600
    return _drawn(_stretches(hops, ways), positions, hours=hours, crs=crs)


def _hops(timetable: acc.Timetable, window: tuple[str, str]) -> pd.DataFrame:
    """List every hop from a stop to the next, by chain, with the departures in the window."""
    first, last = (_seconds(clock) for clock in window)
    starts, ends, departures = [], [], []
    for chain in range(len(timetable.chain_route)):
        stops = timetable.chain_stop[timetable.chain_stop_ptr[chain] : timetable.chain_stop_ptr[chain + 1]]
        calls = slice(timetable.chain_call_ptr[chain], timetable.chain_call_ptr[chain + 1])
        leaving = timetable.departure_s[calls].reshape(-1, len(stops))[:, :-1]
        starts.append(stops[:-1])
        ends.append(stops[1:])
        departures.append(((leaving >= first) & (leaving < last)).sum(axis=0))
    route = timetable.chain_route.repeat(np.array([len(stops) for stops in starts], dtype=int))
    return pd.DataFrame(
        {
            "mode": timetable.routes["mode"].astype(str).to_numpy()[route],
            "line": timetable.routes["short_name"].fillna("").astype(str).to_numpy()[route],
            "start": _joined(starts),
            "end": _joined(ends),
            "departures": _joined(departures),
        }
    )


def _joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def _places(stops: pd.DataFrame, crs: CRS) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give each stop its place (the lowest number among its stops), and each place its middle in metres."""
    points = gpd.GeoSeries.from_xy(stops["lon"], stops["lat"], crs="EPSG:4326").to_crs(crs)
    names = stops["stop_name"].fillna("").astype(str).str.replace(_STAND, "", regex=True).str.lower()
    one, other = points.sindex.query(points.to_numpy(), predicate="dwithin", distance=_SAME_PLACE_M)
    alike = (names.to_numpy()[one] == names.to_numpy()[other]) & (one < other) & (names.to_numpy()[one] != "")
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(stops)))
    graph.add_edges_from(zip(one[alike].tolist(), other[alike].tolist(), strict=True))
    metres = np.column_stack([points.x, points.y])
    place, middles = np.arange(len(stops)), metres.copy()
    for members in nx.connected_components(graph):
        together = sorted(members)
        place[together] = together[0]
        middles[together[0]] = metres[together].mean(axis=0)
    return place, middles


def _ways(hops: pd.DataFrame, positions: NDArray[np.float64]) -> dict[Pair, list[Pair]]:
    """Lay each long hop of one mode along the stops that its other lines call at, where that is little longer."""
    pairs = hops[["start", "end"]].drop_duplicates()
    pairs["metres"] = np.hypot(*(positions[pairs["start"]] - positions[pairs["end"]]).T)
    ways: dict[Pair, list[Pair]] = {}
    graph: nx.Graph[int] = nx.Graph()
    # Short before long, so that a way is made of hops that are themselves drawn.
    for start, end, metres in pairs.sort_values(["metres", "start", "end"]).itertuples(
        index=False, name=None
    ):
        way = _way_round(graph, start, end, most_m=_LONGER * metres) if metres > _LEAP_M else None
        if way is None:
            graph.add_edge(start, end, metres=metres)
            way = [(start, end)]
        ways[start, end] = way
    return ways


def _way_round(graph: nx.Graph[int], start: int, end: int, *, most_m: float) -> list[Pair] | None:
    """Find the shortest way over the hops drawn so far; None when it is longer than allowed."""
    if start not in graph or end not in graph:
        return None
    try:
        _, way = nx.single_source_dijkstra(graph, start, target=end, cutoff=most_m, weight="metres")
    except nx.NetworkXNoPath:
        return None
    return [(min(pair), max(pair)) for pair in itertools.pairwise(way)]


def _stretches(
    hops: pd.DataFrame, ways: dict[str, dict[Pair, list[Pair]]]
) -> dict[tuple[str, Pair], tuple[set[str], int]]:
    """Sum the lines and the departures of every stretch that is drawn."""
    stretches: dict[tuple[str, Pair], tuple[set[str], int]] = {}
    ordered = hops[["mode", "line", "departures", "start", "end"]]
    for mode, line, departures, start, end in ordered.itertuples(index=False, name=None):
        for pair in ways[mode][start, end]:
            lines, counted = stretches.get((mode, pair), (set(), 0))
            stretches[mode, pair] = (lines | {line}, counted + departures)
    return stretches


def _drawn(
    stretches: dict[tuple[str, Pair], tuple[set[str], int]],
    positions: NDArray[np.float64],
    *,
    hours: float,
    crs: CRS,
) -> gpd.GeoDataFrame:
    """Join the stretches that are alike into one row."""
    alike: dict[tuple[str, str, float], list[Pair]] = {}
    for (mode, pair), (lines, departures) in sorted(stretches.items(), key=lambda each: each[0]):
        alike.setdefault((mode, _listed(lines), departures / hours), []).append(pair)
    keys = sorted(alike)
    shapes = [shapely.line_merge(shapely.multilinestrings(list(positions[alike[key]]))) for key in keys]
    table = pd.DataFrame(keys, columns=_COLUMNS)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=crs).to_crs("EPSG:4326")


def _listed(numbers: set[str]) -> str:
    """List line numbers, 2 before 10."""
    return ", ".join(sorted(numbers, key=_counted))


def _counted(number: str) -> tuple[tuple[bool, int, str], ...]:
    """Order "X2" before "X10": digits as numbers, and before letters."""
    parts = [part for part in _DIGITS.split(number) if part]
    return tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
