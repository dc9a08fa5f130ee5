"""StreetNetwork: the streets that can be walked or driven, as frozen arrays."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from accessibility.errors import InputError, ParameterError
from accessibility.points import check_metric_crs
from accessibility.streets.graphs import fetch_place, graph_pieces, read_graphml
from accessibility.streets.joining import joined, largest_component, weak_labels
from accessibility.streets.osm_files import read_osm_ways
from accessibility.streets.osm_pieces import cut_ways
from accessibility.streets.paths import Ways, ways_of
from accessibility.streets.pieces import Pieces, chosen_crs, kept, without_doubles
from accessibility.streets.rules import MODES, StreetMode
from accessibility.streets.speeds import free_flow_speeds

__all__ = ["StreetMode", "StreetNetwork", "read_streets"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, repr=False)
class StreetNetwork:
    """The streets of one mode, in one piece.

    An edge is a stretch of street between two junctions or ends; each stands here once, whichever ways it can be
    travelled. Edges are in a fixed order that does not depend on the order of the source.

    Attributes
    ----------
    mode
        On foot or by car.
    crs
        The metric CRS of all coordinates.
    node_xy
        Coordinates of the nodes, one row each.
    edge_from, edge_to, edge_m
        Ends of each edge (positions in `node_xy`) and its length in metres.
    forward, backward
        Whether it can be travelled from ``edge_from`` to ``edge_to``, and back; on foot always both.
    speed_kmh
        Free-flow driving speed of each edge; not a number on foot.
    shape_ptr, shape_xy
        Course of edge *e*: ``shape_xy[shape_ptr[e]:shape_ptr[e + 1]]``, both ends included.
    source
        Name and vintage of what was read, for the definition beside every number.
    notes
        Counted warnings of reading.
    """

    mode: StreetMode
    crs: CRS
    node_xy: npt.NDArray[np.float64]
    edge_from: npt.NDArray[np.int32]
    edge_to: npt.NDArray[np.int32]
    edge_m: npt.NDArray[np.float64]
    forward: npt.NDArray[np.bool_]
    backward: npt.NDArray[np.bool_]
    speed_kmh: npt.NDArray[np.float64]
    shape_ptr: npt.NDArray[np.int64]
    shape_xy: npt.NDArray[np.float64]
    source: str
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Name the source and count what was read."""
        return (
            f"<StreetNetwork to {self.mode} from {self.source}: {len(self.node_xy):,} nodes, {len(self.edge_m):,} edges, "
            f"{self.edge_m.sum() / 1000:,.1f} km, {len(self.notes)} notes; {self.crs.to_string()}>"
        )

    @property
    def named_notes(self) -> tuple[str, ...]:
        """The notes, each behind the name of what was read, as they are logged."""
        return tuple(f"{self.source}: {note}" for note in self.notes)

    @cached_property
    def ways_m(self) -> Ways:
        """The edges as `accessibility.streets.paths` searches them, each costing its metres where it is open."""
        return ways_of(
            len(self.node_xy),
            self.edge_from,
            self.edge_to,
            forward=np.where(self.forward, self.edge_m, np.inf),
            backward=np.where(self.backward, self.edge_m, np.inf),
        )

    @cached_property
    def lines(self) -> npt.NDArray[np.object_]:
        """Course of each edge as a line."""
        edge = np.repeat(np.arange(len(self.edge_m)), np.diff(self.shape_ptr))
        return np.asarray(shapely.linestrings(self.shape_xy, indices=edge), dtype=object)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of `lines`."""
        return shapely.STRtree(self.lines)


def read_streets(
    source: str | Path | nx.MultiDiGraph[Any], *, mode: StreetMode = "walk", crs: CRS | str | None = None
) -> StreetNetwork:
    """Read the streets that can be walked or driven, in one piece.

    Parameters
    ----------
    source
        A file of OpenStreetMap (``.osm.pbf``, or ``.osm``, also ``.gz`` or ``.bz2``); a ``.graphml`` as OSMnx writes it; a
        graph as OSMnx makes it; or the name of a place, which is fetched through OSMnx while online. A text with a slash
        or a file's ending is a path, never a place.
    mode
        On foot or by car. Which streets are open to it, `accessibility.streets.rules` says, tag by tag.
    crs
        Metric CRS of the streets; by default the British National Grid in Great Britain, else the UTM zone.

    Returns
    -------
    StreetNetwork
        The largest component: on foot the most metres that hang together, by car the most metres within which every
        place can be driven to from every other. What is left out is counted in the notes, which are logged as warnings.
        An edge's metres are those of its course, or a graph's own ``length`` where it has one. On foot there are no
        speeds; by car they are the tagged limits, and OSMnx's imputation from them.

    Raises
    ------
    InputError
        For a file that is missing or cannot be read, a graph without CRS or positions, a place that cannot be fetched,
        and a source without a street for the mode.
    ParameterError
        For a mode that is none, and a CRS that is not projected in metres or has no coordinates there.

    Examples
    --------
    >>> roads = acc.read_streets(roads_file, mode="drive")
    >>> roads.mode, roads.crs.to_epsg()
    ('drive', 27700)
    """
    if mode not in MODES:
        raise ParameterError(f"mode is {mode!r}; it must be 'walk' or 'drive'")
    metric = None if crs is None else check_metric_crs(crs)
    if isinstance(source, nx.Graph):
        found = _of_graph(source, "graph", mode=mode, crs=metric)
    elif isinstance(source, str) and _is_place(source):
        found = _of_graph(fetch_place(source, mode=mode), source, mode=mode, crs=metric)
    elif Path(source).suffix.lower() == ".graphml":
        found = _of_graph(read_graphml(Path(source)), str(source), mode=mode, crs=metric)
    else:
        found = _of_osm(Path(source), mode=mode, crs=metric)
    network = _connected(found, mode=mode)
    for note in network.notes:
        log.warning("%s: %s", network.source, note)
    return network


@dataclass(frozen=True, eq=False)
class _Found:
    """What a source holds, before anything is left out or joined."""

    pieces: Pieces
    crs: CRS
    name: str
    source: str
    notes: tuple[str, ...]


def _is_place(text: str) -> bool:
    """Whether a text names a place: it is no file, and does not look like the path of one."""
    looks_like_path = re.search(r"[/\\]|\.\w+$", text.strip()) is not None
    return not looks_like_path and not Path(text).exists()


def _of_osm(path: Path, *, mode: StreetMode, crs: CRS | None) -> _Found:
    ways = read_osm_ways(path, mode=mode)
    known = ways.lonlat[~np.isnan(ways.lonlat[:, 0])]
    _refuse_none(len(known), mode=mode, file=str(path))
    metric = crs or chosen_crs(known, file=str(path))
    pieces, notes = cut_ways(ways, crs=metric)
    source = f"{path.name}, OpenStreetMap of {ways.timestamp}" if ways.timestamp else path.name
    return _Found(pieces=pieces, crs=metric, name=str(path), source=source, notes=notes)


def _of_graph(graph: nx.Graph[Any], name: str, *, mode: StreetMode, crs: CRS | None) -> _Found:
    pieces, metric, notes = graph_pieces(graph, mode=mode, crs=crs, file=name)
    words = [Path(name).name]
    if "created_date" in graph.graph:
        words.append(f"OpenStreetMap by OSMnx of {graph.graph['created_date']}")
    if graph.graph.get("schematic"):
        words.append("schematic")
    return _Found(pieces=pieces, crs=metric, name=name, source=", ".join(words), notes=notes)


def _connected(found: _Found, *, mode: StreetMode) -> StreetNetwork:
    """Leave out what does not hang together with the rest, and join the rest into edges."""
    _refuse_none(len(found.pieces.start), mode=mode, file=found.name)
    pieces = without_doubles(found.pieces)
    if mode == "drive":
        # Strong components are the slow part; between junctions there is nothing for them to decide.
        pieces = joined(pieces)
    inside = largest_component(pieces, strongly=mode == "drive")
    _refuse_none(inside.sum(), mode=mode, file=found.name)
    edges = joined(kept(pieces, inside))
    speeds, assumed = (np.full(len(edges.start), np.nan), ()) if mode == "walk" else free_flow_speeds(edges)
    return StreetNetwork(
        mode=mode,
        crs=found.crs,
        node_xy=edges.node_xy,
        edge_from=edges.start.astype(np.int32),
        edge_to=edges.end.astype(np.int32),
        edge_m=edges.length_m,
        forward=edges.forward,
        backward=edges.backward,
        speed_kmh=speeds,
        shape_ptr=edges.ptr,
        shape_xy=edges.shape_xy,
        source=found.source,
        notes=(*found.notes, *_left_out(kept(pieces, ~inside), pieces, mode=mode), *assumed),
    )


def _refuse_none(count: int, *, mode: StreetMode, file: str) -> None:
    if not count:
        verb = {"walk": "walked", "drive": "driven"}[mode]
        raise InputError(f"there is no street that can be {verb}", file=file, code="no_streets")


def _left_out(rest: Pieces, everything: Pieces, *, mode: StreetMode) -> tuple[str, ...]:
    if not len(rest.start):
        return ()
    count = len(np.unique(weak_labels(rest.start, rest.end, len(rest.node_xy))[rest.start]))
    metres = rest.length_m.sum()
    why = {"walk": "do not join the rest", "drive": "cannot be driven both to and from the rest"}[mode]
    share = metres / max(everything.length_m.sum(), 1e-9)
    return (
        f"{count} parts of the streets, {metres / 1000:.1f} km or {share:.1%} of all, {why} and were left out",
    )
