"""Street graphs as OSMnx makes them, in memory, as GraphML or fetched by a place's name, taken apart into pieces."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from accessibility.errors import InputError
from accessibility.streets.osm_files import ON_FOOT, Kind
from accessibility.streets.pieces import (
    Floats,
    Ints,
    Pieces,
    chosen_crs,
    nodes_in_order,
    shape_lengths,
    to_grain,
    to_metric,
)
from accessibility.streets.rules import StreetMode, is_open


def read_graphml(path: Path) -> nx.Graph[Any]:
    """Read a graph that OSMnx wrote with ``save_graphml``.

    Raises
    ------
    InputError
        For a file that is missing or no GraphML.
    """
    if not path.is_file():
        raise InputError("there is no such file", file=str(path), code="missing_file")
    try:
        # Read with networkx: importing OSMnx would take longer than all the rest.
        return nx.read_graphml(path, force_multigraph=True)
    except (ParseError, nx.NetworkXError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise InputError(
            f"cannot be read as GraphML ({_first_line(error)}); give a file as OSMnx's save_graphml writes it",
            file=str(path),
            code="unreadable_streets",
        ) from None


def fetch_place(place: str, *, mode: StreetMode) -> nx.Graph[Any]:
    """Fetch the streets of a named place from OpenStreetMap's servers, through OSMnx, which keeps what it fetched.

    Raises
    ------
    InputError
        When the place is not known, has no outline or no streets, or the servers cannot be reached.
    """
    import osmnx  # noqa: PLC0415 - it takes two seconds to import, and no file needs it

    kind = {"walk": "walk", "drive": "drive_service"}[mode]
    try:
        return osmnx.graph_from_place(place, network_type=kind, retain_all=True)
    except (OSError, ValueError, TypeError) as error:
        # OSMnx's own errors are ValueErrors, those of the connection OSErrors; an outline that is none is a TypeError.
        raise InputError(
            f"there is no file {place!r}, and as a place it could not be fetched from OpenStreetMap"
            f" ({_first_line(error)}); give a street file, or a place that OpenStreetMap knows while online",
            code="place_not_fetched",
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


@dataclass(frozen=True, eq=False)
class _Edge:
    """One edge of a graph that is open to the mode."""

    start: Any
    end: Any
    course: Floats | None
    length_m: float
    kind: Kind


def graph_pieces(
    graph: nx.Graph[Any], *, mode: StreetMode, crs: CRS | None, file: str
) -> tuple[Pieces, CRS, tuple[str, ...]]:
    """Take a graph apart: the edges open to a mode, with the graph's own lengths where it has them.

    Parameters
    ----------
    graph
        As OSMnx makes it: ``crs`` on the graph; ``x`` and ``y`` on nodes; on edges ``highway`` and other tags, and
        ``length`` in metres, ``geometry``, ``maxspeed`` and ``speed_kph`` where they are known. Of an edge of several
        classes the first in the alphabet that is open counts. An edge without ``highway`` is taken as open.
    mode
        On foot every edge is walked both ways. By car an edge is driven as it is directed; the way back is an edge of
        its own.
    crs
        Metric CRS of the pieces; None chooses one.
    file
        What to call the graph in an error.

    Returns
    -------
    tuple
        The pieces, their CRS, and counted warnings.

    Raises
    ------
    InputError
        For a graph without a CRS, a node without a position, an edge whose course or length is none, or, by car, a graph
        without directions.
    """
    if mode == "drive" and not graph.is_directed():
        raise InputError(
            "the graph is not directed, so it does not say which way a street is driven", file=file
        )
    source = _crs(graph, file=file)
    places = _positions(graph, file=file)
    metric = crs or _metric(places, source, file=file)
    xy = to_metric(places, source, crs=metric)
    names = list(graph.nodes)
    order = nodes_in_order(xy, label=np.array([str(name) for name in names]))
    xy = xy[order]
    number = {names[old]: new for new, old in enumerate(order.tolist())}
    edges, bare = _open_edges(graph, mode=mode, file=file)
    start = np.array([number[edge.start] for edge in edges], dtype=np.int64)
    end = np.array([number[edge.end] for edge in edges], dtype=np.int64)
    ptr, shape_xy = _courses(edges, xy[start], xy[end], source, metric)
    given = to_grain(np.array([edge.length_m for edge in edges], dtype=np.float64))
    kinds: dict[Kind, int] = {}
    pieces = Pieces(
        node_xy=xy,
        start=start,
        end=end,
        ptr=ptr,
        shape_xy=shape_xy,
        length_m=np.where(np.isnan(given), shape_lengths(ptr, shape_xy), given),
        forward=np.ones(len(edges), dtype=bool),
        backward=np.full(len(edges), mode == "walk"),
        kind=np.array([kinds.setdefault(edge.kind, len(kinds)) for edge in edges], dtype=np.int32),
        kinds=tuple(kinds),
    )
    notes = (f"{bare} of {len(edges)} edges have no highway and were taken as open",) if bare else ()
    return pieces, metric, notes


def _crs(graph: nx.Graph[Any], *, file: str) -> CRS:
    try:
        return CRS.from_user_input(graph.graph["crs"])
    except (KeyError, CRSError):
        raise InputError(
            "the graph has no coordinate reference system; it needs 'crs' as OSMnx sets it",
            file=file,
            code="missing_crs",
        ) from None


def _positions(graph: nx.Graph[Any], *, file: str) -> Floats:
    places = np.empty((len(graph), 2))
    for i, (name, data) in enumerate(graph.nodes(data=True)):
        try:
            places[i] = float(data["x"]), float(data["y"])
        except (KeyError, TypeError, ValueError):
            places[i] = np.nan
        if not np.isfinite(places[i]).all():
            raise InputError(
                f"node {name!r} has no position; it needs numbers as 'x' and 'y'",
                file=file,
                code="missing_position",
            )
    return places


def _metric(places: Floats, source: CRS, *, file: str) -> CRS:
    """Choose the metric CRS by the corners of the graph."""
    if not len(places):
        return chosen_crs(places, file=file)
    corners = np.stack([places.min(axis=0), places.max(axis=0)])
    to_degrees = Transformer.from_crs(source, "EPSG:4326", always_xy=True)
    return chosen_crs(np.column_stack(to_degrees.transform(corners[:, 0], corners[:, 1])), file=file)


def _open_edges(graph: nx.Graph[Any], *, mode: StreetMode, file: str) -> tuple[list[_Edge], int]:
    """Edges open to the mode, and how many of them have no ``highway``."""
    edges: list[_Edge] = []
    bare = 0
    for start, end, data in graph.edges(data=True):
        values = {key: _values(data[key]) for key in data if key not in ("geometry", "length")}
        tags = {key: some[0] for key, some in values.items() if some}
        classes = values.get("highway", ())
        highway = next((one for one in classes if is_open({**tags, "highway": one}, mode=mode)), None)
        if classes and highway is None:
            continue
        bare += not classes
        limit = ";".join(values.get("speed_kph") or values.get("maxspeed") or ())
        edges.append(
            _Edge(
                start=start,
                end=end,
                course=_course(data, file=file, edge=f"from {start!r} to {end!r}"),
                length_m=_length(data, file=file, edge=f"from {start!r} to {end!r}"),
                kind=ON_FOOT if mode == "walk" else (highway or "", limit),
            )
        )
    return edges, bare


def _values(value: object) -> tuple[str, ...]:
    """Values of a tag in the order of the alphabet: OSMnx joins those of several ways into a list, in GraphML as text."""
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            return (str(value),)
    several = value if isinstance(value, list | tuple | set) else [value]
    return tuple(sorted({str(one) for one in several if one is not None and one == one}))  # noqa: PLR0124 - not a number


def _course(data: Mapping[str, Any], *, file: str, edge: str) -> Floats | None:
    geometry = data.get("geometry")
    if geometry is None:
        return None
    try:
        line = shapely.from_wkt(geometry) if isinstance(geometry, str) else geometry
    except shapely.errors.GEOSException:
        line = None
    if not isinstance(line, shapely.LineString) or len(line.coords) < 2:
        raise InputError(f"the geometry of the edge {edge} is no line", file=file, code="invalid_geometry")
    return shapely.get_coordinates(line)


def _length(data: Mapping[str, Any], *, file: str, edge: str) -> float:
    """Metres of an edge; not a number where the graph does not say."""
    if data.get("length") is None:
        return math.nan
    try:
        length = float(data["length"])
    except (TypeError, ValueError):
        length = math.inf
    if not 0 <= length < math.inf:
        raise InputError(
            f"the length of the edge {edge} is {data['length']!r}; it must be metres",
            file=file,
            code="invalid_length",
        )
    return length


def _courses(
    edges: list[_Edge], start_xy: Floats, end_xy: Floats, source: CRS, metric: CRS
) -> tuple[Ints, Floats]:
    """Courses one after the other, each beginning at the edge's start; straight where the graph gives none."""
    courses = []
    for edge, start, end in zip(edges, start_xy, end_xy, strict=True):
        if edge.course is None:
            courses.append(np.stack([start, end]))
            continue
        course = to_metric(edge.course, source, crs=metric)
        drawn_back = np.hypot(*(course[0] - end)) < np.hypot(*(course[0] - start))
        courses.append(course[::-1] if drawn_back else course)
    counts = np.array([len(course) for course in courses], dtype=np.int64)
    return np.concatenate([[0], np.cumsum(counts)]), np.concatenate([np.empty((0, 2)), *courses])
