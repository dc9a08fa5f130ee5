"""The main roads of a street graph, as a backdrop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import networkx as nx
import shapely
from pyproj.exceptions import CRSError

from corridors.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

#: OpenStreetMap's classes of main roads, the widest first; links belong to the road they lead to.
MAIN_ROADS = ("motorway", "trunk", "primary")


def read_roads(path: Path) -> gpd.GeoDataFrame:
    """Read the main roads of a GraphML file as OSMnx writes it: ``kind`` and lines in the graph's CRS, widest first.

    Parameters
    ----------
    path
        A graph with ``crs``, nodes with ``x`` and ``y`` and edges with ``highway``; an edge without ``geometry`` is
        straight.

    Returns
    -------
        One row per class of `MAIN_ROADS` that occurs, each road once whichever way it is driven. A graph without main
        roads gives an empty table.

    Raises
    ------
    TableError
        When the file is missing or unreadable, has no CRS, or a node has no position.
    """
    if not path.is_file():
        raise TableError("there is no such file", file=str(path))
    try:
        # Read with networkx: importing OSMnx would take longer than all the rest of reading.
        graph = nx.read_graphml(path)
    except (ParseError, nx.NetworkXError, UnicodeDecodeError) as error:
        raise TableError("cannot be read as GraphML", file=path.name) from error
    found: dict[str, dict[bytes, shapely.LineString]] = {}
    for start, end, road in graph.edges(data=True):
        kind = _kind(road.get("highway", ""))
        if kind:
            shape = _shape(graph, start, end, road, file=path.name)
            found.setdefault(kind, {})[shape.normalize().wkb] = shape
    kinds = [kind for kind in MAIN_ROADS if kind in found]
    lines = [_merged(found[kind]) for kind in kinds]
    try:
        return gpd.GeoDataFrame({"kind": kinds}, geometry=lines, crs=graph.graph["crs"])
    except (KeyError, CRSError) as error:
        raise TableError("there is no coordinate reference system", file=path.name) from error


def _kind(highway: str) -> str:
    """Name the class of a main road; empty for any other. OSMnx writes a road of two classes as a list."""
    classes = {word.removesuffix("_link") for word in highway.strip("[]").replace("'", "").split(", ")}
    return next((kind for kind in MAIN_ROADS if kind in classes), "")


def _shape(
    graph: nx.Graph[str], start: str, end: str, road: dict[str, Any], *, file: str
) -> shapely.LineString:
    try:
        if "geometry" in road:
            return shapely.LineString(shapely.from_wkt(road["geometry"]))
        nodes = [graph.nodes[node] for node in sorted((start, end))]
        return shapely.LineString([(float(node["x"]), float(node["y"])) for node in nodes])
    except (KeyError, ValueError, TypeError, shapely.errors.GEOSException) as error:
        raise TableError(f"the road from node {start!r} to {end!r} has no position", file=file) from error


def _merged(shapes: dict[bytes, shapely.LineString]) -> BaseGeometry:
    merged: BaseGeometry = shapely.line_merge(
        shapely.MultiLineString([shapes[key] for key in sorted(shapes)])
    )
    return merged
