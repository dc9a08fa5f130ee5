"""OpenStreetMap files, PBF or XML, streamed by osmium into arrays: the ways of one mode and the places of their nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium

from accessibility.errors import InputError
from accessibility.streets.rules import StreetMode, directions, is_open, street_class

#: What a street of a file is driven as: its class and its tagged limit. On foot every street is the same.
Kind = tuple[str, str]
ON_FOOT: Kind = ("", "")

_KEYS = ("highway", "railway", "public_transport")
#: Bytes of a WKB line before its coordinates: order, type, count.
_WKB_HEADER = 9


@dataclass(frozen=True, eq=False)
class OsmWays:
    """Open ways of a file, as they stand in it.

    Attributes
    ----------
    ptr
        Nodes of way *w* are ``ptr[w]:ptr[w + 1]`` of `node` and `lonlat`.
    node
        OpenStreetMap's ids of the nodes.
    lonlat
        Their places in degrees, EPSG:4326; not a number where the file has no such node.
    kind
        Of each way, the position in `kinds`.
    kinds
        Class and tagged limit, each pair once.
    forward, backward
        Whether each way can be travelled as drawn, and against it.
    timestamp
        Time of the data by the file's header; empty where it says none.
    """

    ptr: npt.NDArray[np.int64]
    node: npt.NDArray[np.int64]
    lonlat: npt.NDArray[np.float64]
    kind: npt.NDArray[np.int32]
    kinds: tuple[Kind, ...]
    forward: npt.NDArray[np.bool_]
    backward: npt.NDArray[np.bool_]
    timestamp: str


def read_osm_ways(path: Path, *, mode: StreetMode) -> OsmWays:
    """Read the ways of a file that are open to a mode.

    Parameters
    ----------
    path
        ``.osm.pbf`` or ``.osm``, the latter also compressed (``.gz``, ``.bz2``). Nodes and ways may stand in any order.
    mode
        On foot or by car.

    Returns
    -------
    OsmWays
        No way at all where none is open.

    Raises
    ------
    InputError
        For a file that is missing, damaged, of another format, or a history of the map.
    """
    if not path.is_file():
        raise InputError("there is no such file", file=str(path), code="missing_file")
    if osmium.io.File(str(path)).has_multiple_object_versions:
        raise InputError(
            "this is a history of OpenStreetMap, with several versions of each street; give an extract of one date",
            file=str(path),
            code="unreadable_streets",
        )
    gathered = _Gathered(mode)
    try:
        header = osmium.FileProcessor(str(path), osmium.osm.WAY).header
        # Two passes, because some exports list the ways before their nodes.
        places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        places.ignore_errors()
        nothing = osmium.filter.EntityFilter(osmium.osm.NOTHING)
        for _ in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(places).with_filter(nothing):
            pass
        streets = osmium.filter.KeyFilter(*_KEYS)
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(streets).with_filter(places):
            gathered.add(way)
        gathered.place_new(path)
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        # osmium reports a wrong format, a cut file and a broken block as RuntimeError, an id that is none as ValueError.
        raise InputError(
            f"cannot be read as OpenStreetMap data ({_first_line(error)}); give a whole .osm.pbf or .osm file",
            file=str(path),
            code="unreadable_streets",
        ) from None
    return gathered.ways(header.get("osmosis_replication_timestamp") or header.get("timestamp"))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


class _Gathered:
    """Ways in the making."""

    def __init__(self, mode: StreetMode) -> None:
        self.mode = mode
        self.factory = osmium.geom.WKBFactory()
        self.nodes: list[int] = []
        self.counts: list[int] = []
        self.coordinates = bytearray()
        self.kinds: dict[Kind, int] = {}
        self.kind: list[int] = []
        self.directions: list[tuple[bool, bool]] = []

    def add(self, way: Any) -> None:  # noqa: ANN401 - osmium's way is compiled
        tags = dict(way.tags)
        nodes = [node.ref for node in way.nodes]
        if len(nodes) < 2 or not is_open(tags, mode=self.mode):
            return
        self.nodes.extend(nodes)
        self.counts.append(len(nodes))
        self.coordinates += self._places(way)
        self.kind.append(self.kinds.setdefault(_kind(tags, mode=self.mode), len(self.kinds)))
        self.directions.append(directions(tags, mode=self.mode))

    def _places(self, way: Any) -> bytes:  # noqa: ANN401 - osmium's way is compiled
        """Coordinates of a way's nodes as doubles, taken in one piece: node by node would take ten times as long."""
        try:
            line = self.factory.create_linestring(way, osmium.geom.ALL)
        except osmium.InvalidLocationError:
            known = [(n.lon, n.lat) if n.location.valid() else (np.nan, np.nan) for n in way.nodes]
            return np.array(known, dtype="<f8").tobytes()
        return bytes.fromhex(line)[_WKB_HEADER:]

    def place_new(self, path: Path) -> None:
        """Place the nodes that an editor has added: their ids are below 0, and osmium's index passes them over."""
        new = np.flatnonzero(np.array(self.nodes, dtype=np.int64) < 0)
        if not len(new):
            return
        every: Any = osmium.FileProcessor(str(path), osmium.osm.NODE)
        places = {node.id: (node.lon, node.lat) for node in every if node.id < 0 and node.location.valid()}
        lonlat = np.frombuffer(self.coordinates, dtype="<f8").reshape(-1, 2).copy()
        for at in new.tolist():
            lonlat[at] = places.get(self.nodes[at], (np.nan, np.nan))
        self.coordinates = bytearray(lonlat.tobytes())

    def ways(self, timestamp: str) -> OsmWays:
        open_to = np.array(self.directions, dtype=bool).reshape(-1, 2)
        return OsmWays(
            ptr=np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)]).astype(np.int64),
            node=np.array(self.nodes, dtype=np.int64),
            lonlat=np.frombuffer(bytes(self.coordinates), dtype="<f8").reshape(-1, 2).astype(np.float64),
            kind=np.array(self.kind, dtype=np.int32),
            kinds=tuple(self.kinds),
            forward=open_to[:, 0].copy(),
            backward=open_to[:, 1].copy(),
            timestamp=timestamp,
        )


def _kind(tags: Mapping[str, str], *, mode: StreetMode) -> Kind:
    return ON_FOOT if mode == "walk" else (street_class(tags) or "", tags.get("maxspeed", ""))
