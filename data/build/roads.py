"""Write the sample's schematic main-road graph: ``transit/roads.graphml``.

Motorways and main A roads between named junctions and centres, as a graph that OSMnx reads. Nodes
stand at stops of NaPTAN beside the junction, or at a declared position marked assumed; the length
of an edge is the straight line times a declared factor. It is a sketch for comparing
public transport with the car at regional scale and for the page's backdrop, and no road map.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx
import pandas as pd
from gtfs_out import BuildError
from pyproj import Transformer

NODES_FILE = Path(__file__).with_name("roads_nodes.csv")
ROADS_FILE = Path(__file__).with_name("roads_lines.toml")
Graph: TypeAlias = "nx.MultiDiGraph[int]"
NOTE = (
    "Schematic: main roads between named junctions and centres, length = straight line x a declared factor. "
    "Not a survey and not OpenStreetMap; times from the speed limits are free flow. Contains public sector information licensed under the Open Government "
    "Licence v3.0 (NaPTAN positions)."
)


def build(source: Path, out: Path) -> None:
    """Write the road graph below `out`; positions of stops come from the published data below `source`."""
    declared = tomllib.loads(ROADS_FILE.read_text(encoding="utf-8"))
    nodes = read_nodes(NODES_FILE, read_stops(source))
    graph = road_graph(nodes, declared["road"], factor=declared["factor"])
    write_graphml(out / "transit" / "roads.graphml", graph)


def read_stops(source: Path) -> pd.DataFrame:
    """All stops, stations and Metro stops of NaPTAN: stop, lon, lat (EPSG:4326)."""
    naptan = source / "transit" / "naptan"
    names = ("wm_active_stops_20260724.csv", "wm_rail_stations_20260724.csv", "wm_metro_stops_20260724.csv")
    columns = {"ATCOCode": "stop", "Longitude": "lon", "Latitude": "lat"}
    tables = [pd.read_csv(naptan / name, usecols=list(columns), dtype={"ATCOCode": str}) for name in names]
    return pd.concat(tables).rename(columns=columns).drop_duplicates("stop")


def read_nodes(path: Path, stops: pd.DataFrame) -> pd.DataFrame:
    """The named nodes with positions: node, name, position (the stop they stand at, or "assumed"), lon, lat.

    Raises
    ------
    BuildError
        If a node occurs twice, its stop is unknown, or it has not exactly one of stop and position.
    """
    table = pd.read_csv(path, dtype={"node": str, "name": str, "stop": str})
    twice = table.loc[table["node"].duplicated(), "node"]
    if len(twice):
        raise BuildError(f"{path.name}: node {twice.iloc[0]} occurs twice")
    unclear = table.loc[table["stop"].notna() == table["lon"].notna(), "node"]
    if len(unclear):
        raise BuildError(f"{path.name}: node {unclear.iloc[0]} needs either a stop or a position, not both")
    known = table[["stop"]].merge(stops, on="stop", how="left")
    nodes = table.assign(
        lon=table["lon"].fillna(known["lon"]).round(6),
        lat=table["lat"].fillna(known["lat"]).round(6),
        position=table["stop"].fillna("assumed"),
    )
    lost = nodes.loc[nodes[["lon", "lat"]].isna().any(axis=1), "node"]
    if len(lost):
        raise BuildError(f"{path.name}: node {lost.iloc[0]} has no position: its stop is not in NaPTAN")
    return nodes[["node", "name", "position", "lon", "lat"]]


def road_graph(
    nodes: pd.DataFrame, roads: Sequence[Mapping[str, Any]], *, factor: Mapping[str, float]
) -> Graph:
    """The graph, two directed edges for each pair of neighbouring nodes on a road.

    Parameters
    ----------
    nodes
        Columns of `read_nodes`, EPSG:4326, inside Great Britain.
    roads
        ``ref``, ``highway``, ``maxspeed_mph`` and the ``nodes`` in order.
    factor
        Length over straight line, by highway class; at least one.

    Returns
    -------
    Node attributes x, y, name, position; edge attributes osmid, ref, highway, maxspeed, oneway,
    reversed, length (metres), schematic. Nodes that no road uses are an error.

    Raises
    ------
    BuildError
        If a road names an unknown node, a node is on no road, or a factor is below one.
    """
    check_roads(nodes, roads, factor=factor)
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    east, north = to_metres.transform(nodes["lon"].to_numpy(), nodes["lat"].to_numpy())
    place = dict(zip(nodes["node"], zip(east, north, strict=True), strict=True))
    number = {name: index for index, name in enumerate(nodes["node"], start=1)}
    graph: Graph = nx.MultiDiGraph(None, crs="epsg:4326", schematic="yes", note=NOTE, simplified=True)
    for row in nodes.itertuples():
        graph.add_node(number[row.node], x=row.lon, y=row.lat, name=row.name, position=row.position)
    stretches = [(road, first, last) for road in roads for first, last in pairwise(road["nodes"])]
    for osmid, (road, first, last) in enumerate(stretches, start=1):
        metres = math.dist(place[first], place[last]) * factor[road["highway"]]
        for tail, head, turned in ((first, last, False), (last, first, True)):
            graph.add_edge(
                number[tail],
                number[head],
                osmid=osmid,
                ref=road["ref"],
                highway=road["highway"],
                maxspeed=f"{road['maxspeed_mph']} mph",
                oneway=False,
                reversed=turned,
                # Rounded up, so that no edge is shorter than its straight line.
                length=math.ceil(metres * 10) / 10,
                schematic="yes",
            )
    return graph


def check_roads(
    nodes: pd.DataFrame, roads: Sequence[Mapping[str, Any]], *, factor: Mapping[str, float]
) -> None:
    """Refuse a factor below one, a road over an unknown node, and a node that no road passes."""
    below = [name for name, value in factor.items() if value < 1]
    if below:
        raise BuildError(f"roads_lines.toml: the factor of {below[0]} is below one")
    known = set(nodes["node"])
    for road in roads:
        unknown = [name for name in road["nodes"] if name not in known]
        if unknown:
            raise BuildError(f"roads_lines.toml: {road['ref']} names the unknown node {unknown[0]}")
    alone = sorted(known.difference(*(road["nodes"] for road in roads)))
    if alone:
        raise BuildError(f"roads_nodes.csv: node {alone[0]} is on no road")


def write_graphml(path: Path, graph: Graph) -> None:
    """Write `graph` as GraphML with every value as text, as OSMnx does and expects."""
    plain: Graph = nx.MultiDiGraph()
    plain.graph.update({key: str(value) for key, value in graph.graph.items()})
    plain.add_nodes_from(
        (node, {key: str(value) for key, value in data.items()}) for node, data in graph.nodes(data=True)
    )
    for first, last, key, data in graph.edges(keys=True, data=True):
        plain.add_edge(first, last, key, **{name: str(value) for name, value in data.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    text = "\n".join(nx.generate_graphml(plain))
    draft.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n', encoding="utf-8", newline="\n")
    draft.replace(path)
