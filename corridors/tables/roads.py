"""The main roads of a street graph or of a file of OpenStreetMap, as a backdrop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import networkx as nx
import osmium
import shapely
from pyproj.exceptions import CRSError

from corridors.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

#: OpenStreetMap's classes of main roads, the widest first; links belong to the road they lead to.
MAIN_ROADS = ("motorway", "trunk", "primary")


#: Of a file of OpenStreetMap only these: a county's primary roads would weigh down the page.
_THROUGH_ROADS: Final = ("motorway", "trunk")


def read_roads(path: Path) -> gpd.GeoDataFrame:
    """Read the main roads of a file: ``kind`` and lines, widest first.

    Parameters
    ----------
    path
        GraphML as OSMnx writes it: a graph with ``crs``, nodes with ``x`` and ``y`` and edges with ``highway``; an edge
        without ``geometry`` is straight. Or OpenStreetMap (``.osm.pbf`` or ``.osm``), of which motorways and trunk roads
        are taken, in EPSG:4326.

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
    if path.suffix.lower() != ".graphml":
        return _of_osm(path)
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
    try:
        return _table(found, crs=graph.graph["crs"])
    except (KeyError, CRSError) as error:
        raise TableError("there is no coordinate reference system", file=path.name) from error


def _of_osm(path: Path) -> gpd.GeoDataFrame:
    """Read motorways and trunk roads; osmium passes over everything else without Python.

    In two passes, because some exports list the ways before their nodes. A road that leaves the file is left out: it is
    a backdrop, and no figure rests on it.
    """
    found: dict[str, dict[bytes, shapely.LineString]] = {}
    wanted = osmium.filter.TagFilter(*(("highway", kind) for kind in _THROUGH_ROADS))
    try:
        places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        places.ignore_errors()
        nothing = osmium.filter.EntityFilter(osmium.osm.NOTHING)
        for _ in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(places).with_filter(nothing):
            pass
        ways: Any = osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(wanted).with_filter(places)
        for way in ways:
            if len(way.nodes) > 1 and all(node.location.valid() for node in way.nodes):
                shape = shapely.LineString([(node.lon, node.lat) for node in way.nodes])
                found.setdefault(way.tags["highway"], {})[shape.normalize().wkb] = shape
    except (RuntimeError, ValueError) as error:
        # osmium reports a wrong format, a cut file and a broken block as RuntimeError, an id that is none as ValueError.
        raise TableError("cannot be read as GraphML or OpenStreetMap", file=path.name) from error
    return _table(found, crs="EPSG:4326")


def _table(found: dict[str, dict[bytes, shapely.LineString]], *, crs: Any) -> gpd.GeoDataFrame:  # noqa: ANN401
    """Put the roads of each class into one row; `crs` is whatever the file says."""
    kinds = [kind for kind in MAIN_ROADS if kind in found]
    return gpd.GeoDataFrame({"kind": kinds}, geometry=[_merged(found[kind]) for kind in kinds], crs=crs)


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
