"""Small maps for tests: places in metres on the British grid, written as OpenStreetMap XML or a graph of OSMnx."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import networkx as nx
from pyproj import Transformer

#: Corner of the made maps, in the middle of England.
ORIGIN = (400_000.0, 280_000.0)
_TO_DEGREES = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)

Places = Mapping[int, tuple[float, float]]
Way = tuple[int, list[int], dict[str, str]]


def lonlat(place: tuple[float, float]) -> tuple[float, float]:
    """Degrees of a place given in metres from `ORIGIN`, as OpenStreetMap keeps them: to a centimetre."""
    lon, lat = _TO_DEGREES.transform(place[0] + ORIGIN[0], place[1] + ORIGIN[1])
    return round(lon, 7), round(lat, 7)


def way(number: int, nodes: list[int], **tags: str) -> Way:
    """Make a way; ``motor_vehicle`` and the like are tags, ``maxspeed_forward`` is not possible."""
    return number, nodes, {"highway": "residential", **tags}


def osm_xml(places: Places, ways: Iterable[Way], *, ways_first: bool = False) -> str:
    """Write a map as a text."""
    node_lines = []
    for node, place in places.items():
        lon, lat = lonlat(place)
        node_lines.append(f'<node id="{node}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>')
    way_lines = []
    for number, nodes, tags in ways:
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        words = "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())
        way_lines.append(f'<way id="{number}" version="1">{refs}{words}</way>')
    lines = way_lines + node_lines if ways_first else node_lines + way_lines
    return "\n".join(['<?xml version="1.0"?>', '<osm version="0.6">', *lines, "</osm>\n"])


def write_osm(path: Path, places: Places, ways: Iterable[Way], *, ways_first: bool = False) -> Path:
    """Write a map as a file."""
    path.write_text(osm_xml(places, ways, ways_first=ways_first), encoding="utf-8")
    return path


def osmnx_graph(places: Places, edges: Iterable[tuple[int, int, dict[str, Any]]]) -> nx.MultiDiGraph:
    """Make a directed graph as OSMnx has it, in degrees."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, place in places.items():
        lon, lat = lonlat(place)
        graph.add_node(node, x=lon, y=lat)
    graph.add_edges_from(edges)
    return graph
