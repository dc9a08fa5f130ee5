"""How corridors hang together: shared residents, and the sites, schemes, centres and stations they have in common.

The graph is a networkx one, with nodes ``(kind, id)``, so that its whole toolbox stands open; the functions beside it
answer what a planner asks first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import pandas as pd
import shapely

from accessibility.networks.walking import walk_seconds
from accessibility.window import whole_seconds
from corridors.places.catchments import catchment_overlaps, listed_members
from corridors.places.checks import listed
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt
    from pyproj import CRS

#: A node of the graph: its kind (corridor, site, scheme, centre or station) and its id.
Node = tuple[str, str]

_KINDS = ("site", "scheme", "centre", "station")
_CONNECTEDNESS = [
    *("id", "name", "residents", "overlapping", "sites", "schemes", "centres", "stations"),
    *("neighbours", "group", "bridge"),
]


def corridor_graph(
    corridors: gpd.GeoDataFrame,
    members: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    sites: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    schemes: pd.DataFrame | None = None,
    max_walk_min: float,
    walk_speed_kmh: float,
    detour: float,
    crs: CRS | str,
) -> nx.Graph[Node]:
    """Join corridors to one another by the residents they share, and to what lies in them or serves them.

    Parameters
    ----------
    corridors, sites, centres, stations
        As the readers of `corridors.places.places` return them; a centre is one node however many points it has.
    members
        The catchments of the corridors: the result of `corridors.places.catchments.catchment_members`.
    areas
        The small areas: ``id, residents``, ``ward_code`` and a point.
    schemes
        ``id, name`` and ``corridors``, the ids of the corridors each scheme serves (separated by ``;``). Without it
        the graph knows of the schemes that the corridors name, and no more.
    max_walk_min, walk_speed_kmh, detour
        The walk that the catchments were made with.
    crs
        The metric CRS distances are measured in.

    Returns
    -------
        An undirected graph. Nodes ``(kind, id)`` carry ``kind`` and ``name``; those of corridors ``residents`` too.
        Edges carry ``relation``: ``shares_residents`` between corridors, with ``residents`` (the weight) and
        ``share_of_smaller``; ``contains`` from a corridor to a site, centre or station in its catchment, ``inside``
        telling whether it lies there and ``named`` whether the corridor's table names it; ``serves`` to a scheme that
        either table names. Something lies in the catchment of a line when it is within the walk, polygons from their
        nearest point; in that of a list when the small area nearest to it is a member. Nodes and edges are added in
        sorted order, so that the same tables give the same graph.

    Raises
    ------
    JoinError
        When a corridor names a site that is not there, or corridors and schemes name one another in vain.
    """
    graph: nx.Graph[Node] = nx.Graph()
    residents = areas.set_index("id")["residents"]
    held = members["id"].map(residents).groupby(members["place_id"]).sum()
    corridors = corridors.sort_values("id")
    for corridor_id, name in zip(corridors["id"], corridors["name"], strict=True):
        graph.add_node(
            ("corridor", corridor_id), kind="corridor", name=name, residents=int(held.get(corridor_id, 0))
        )
    overlaps = catchment_overlaps(corridors, members, areas).sort_values(["id_a", "id_b"])
    for pair in overlaps.to_dict("records"):
        graph.add_edge(
            ("corridor", pair["id_a"]),
            ("corridor", pair["id_b"]),
            relation="shares_residents",
            residents=int(pair["residents"]),
            share_of_smaller=float(pair["share_of_smaller"]),
        )
    inside = _Inside(corridors, areas, max_walk_min, walk_speed_kmh, detour, crs)
    for kind, places, key in (
        ("site", sites, "id"),
        ("centre", centres, "group"),
        ("station", stations, "id"),
    ):
        _add_places(graph, corridors, places, kind=kind, key=key, inside=inside)
    _add_schemes(graph, corridors, schemes)
    return graph


class _Inside:
    """Which places lie in the catchment of each corridor."""

    def __init__(
        self,
        corridors: gpd.GeoDataFrame,
        areas: gpd.GeoDataFrame,
        max_walk_min: float,
        walk_speed_kmh: float,
        detour: float,
        crs: CRS | str,
    ) -> None:
        self.lines = dict(zip(corridors["id"], corridors.geometry.to_crs(crs), strict=True))
        self.lists = {place: set(ids) for place, ids in listed_members(corridors, areas).items()}
        self.area_points = areas.geometry.to_crs(crs).to_numpy()
        self.area_ids = areas["id"].to_numpy()
        self.limit_s = whole_seconds(max_walk_min)
        self.speed_kmh = walk_speed_kmh
        self.detour = detour
        self.crs = crs

    def of(self, corridor_id: str, places: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
        """Tell for each place whether it lies in the catchment of one corridor."""
        geometries = places.geometry.to_crs(self.crs).to_numpy()
        if corridor_id in self.lists:
            nearest = shapely.STRtree(self.area_points).nearest(geometries)
            found: npt.NDArray[np.bool_] = pd.Index(self.area_ids[nearest]).isin(self.lists[corridor_id])
            return found
        metres = shapely.distance(geometries, self.lines[corridor_id]) * self.detour
        near: npt.NDArray[np.bool_] = walk_seconds(metres, speed_kmh=self.speed_kmh) <= self.limit_s
        return near


def _add_places(
    graph: nx.Graph[Node],
    corridors: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    kind: str,
    key: str,
    inside: _Inside,
) -> None:
    for place_id, name in sorted(dict(zip(places[key], places["name"], strict=True)).items()):
        graph.add_node((kind, place_id), kind=kind, name=name)
    named_in: dict[str, tuple[str, ...]] = {}
    if kind == "site" and "sites" in corridors.columns:
        named_in = dict(zip(corridors["id"], corridors["sites"].map(listed), strict=True))
        refuse_unmatched(
            [site for named in named_in.values() for site in named],
            places["id"],
            what="sites of corridors",
            missing_from="the sites",
            remedy="correct the lists of the corridors",
        )
    for corridor_id in corridors["id"]:
        within = set(places.loc[inside.of(corridor_id, places), key]) if len(places) else set()
        named = set(named_in.get(corridor_id, ()))
        for place_id in sorted(within | named):
            graph.add_edge(
                ("corridor", corridor_id),
                (kind, place_id),
                relation="contains",
                inside=place_id in within,
                named=place_id in named,
            )


def _add_schemes(graph: nx.Graph[Node], corridors: pd.DataFrame, schemes: pd.DataFrame | None) -> None:
    names: dict[str, str] = {}
    served: set[tuple[str, str]] = set()
    if "schemes" in corridors.columns:
        served |= _pairs(corridors["id"], corridors["schemes"])
    if schemes is not None:
        names = dict(zip(schemes["id"], schemes["name"], strict=True))
        served |= {
            (corridor_id, scheme) for scheme, corridor_id in _pairs(schemes["id"], schemes["corridors"])
        }
        _refuse_unknown(served, set(corridors["id"]), set(names))
    for scheme in sorted(names.keys() | {scheme for _, scheme in served}):
        graph.add_node(("scheme", scheme), kind="scheme", name=names.get(scheme, scheme))
    for corridor_id, scheme in sorted(served):
        graph.add_edge(("corridor", corridor_id), ("scheme", scheme), relation="serves")


def _pairs(ids: pd.Series[str], lists: pd.Series[str]) -> set[tuple[str, str]]:
    return {(own, item) for own, text in zip(ids, lists, strict=True) for item in listed(text)}


def _refuse_unknown(served: set[tuple[str, str]], corridors: set[str], schemes: set[str]) -> None:
    refuse_unmatched(
        [corridor_id for corridor_id, _ in served],
        corridors,
        what="corridors of schemes",
        missing_from="the corridors",
        remedy="correct the lists of the schemes",
    )
    refuse_unmatched(
        [scheme for _, scheme in served],
        schemes,
        what="schemes of corridors",
        missing_from="the schemes",
        remedy="correct the lists of the corridors",
    )


def connectedness(graph: nx.Graph[Node]) -> pd.DataFrame:
    """Say how each corridor hangs together with the others.

    Parameters
    ----------
    graph
        The result of `corridor_graph`.

    Returns
    -------
        One row per corridor, sorted by ``id``: ``name, residents``; ``overlapping``, the corridors it shares residents
        with; ``sites, schemes, centres, stations`` that it is joined to; ``neighbours``, the corridors joined to it by
        residents or by any of these; ``group``, numbered from 1 by the first id in it, the same for corridors that such
        steps lead between; and ``bridge``, whether its group would fall apart without it.
    """
    linked = _neighbours(graph)
    group_of = {
        corridor: number
        for number, group in enumerate(sorted(map(sorted, nx.connected_components(linked))), start=1)
        for corridor in group
    }
    bridges = set(nx.articulation_points(linked))
    rows = []
    for node in sorted(linked):
        around = [kind for kind, _ in graph[node]]
        rows.append(
            {
                "id": node[1],
                "name": graph.nodes[node]["name"],
                "residents": graph.nodes[node]["residents"],
                "overlapping": around.count("corridor"),
                **{f"{kind}s": around.count(kind) for kind in _KINDS},
                "neighbours": linked.degree(node),
                "group": group_of[node],
                "bridge": node in bridges,
            }
        )
    return pd.DataFrame(rows, columns=_CONNECTEDNESS)


def in_common(graph: nx.Graph[Node]) -> pd.DataFrame:
    """List what lies in, or serves, more than one corridor.

    Returns
    -------
        ``kind, id, name`` of each site, scheme, centre and station that two or more corridors are joined to;
        ``corridors``, how many; and ``corridor_ids``, separated by ``;``. Sorted by kind and id.
    """
    rows = []
    for node in sorted(node for node in graph if node[0] != "corridor"):
        joined = sorted(other for kind, other in graph[node] if kind == "corridor")
        if len(joined) > 1:
            rows.append((*node, graph.nodes[node]["name"], len(joined), ";".join(joined)))
    return pd.DataFrame(rows, columns=["kind", "id", "name", "corridors", "corridor_ids"])


def double_counting(overlaps: pd.DataFrame, *, above_share: float, noun: str) -> list[str]:
    """Say of which pairs the benefits must not be added, one sentence each.

    Parameters
    ----------
    overlaps
        The result of `corridors.places.catchments.catchment_overlaps`.
    above_share
        Share of the smaller catchment, 0 to 1; pairs that share more of it are said.
    noun
        What the places are called, in the plural.

    Returns
    -------
        Sentences in the order of the table; none where no pair shares that much.
    """
    much = overlaps[overlaps["share_of_smaller"] > above_share]
    return [
        f"The {noun} {row.name_a} and {row.name_b} share {row.residents:,} residents, {row.share_of_smaller:.0%} of "
        "the smaller catchment: their benefits must not be added, since these residents would be counted twice."
        for row in much.itertuples()
    ]


def _neighbours(graph: nx.Graph[Node]) -> nx.Graph[Node]:
    """Join corridors that share residents or anything else."""
    linked: nx.Graph[Node] = nx.Graph()
    linked.add_nodes_from(_of_kind(graph, "corridor"))
    for node in graph:
        if node[0] == "corridor":
            linked.add_edges_from((node, other) for other in graph[node] if other[0] == "corridor")
        else:
            linked.add_edges_from((a, b) for a in graph[node] for b in graph[node] if a < b)
    return linked


def _of_kind(graph: nx.Graph[Node], kind: str) -> Iterable[Node]:
    return sorted(node for node in graph if node[0] == kind)
