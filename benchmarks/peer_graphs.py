"""Streets as plain graphs for the peers that search graphs, and their answers carried back to points along edges.

A peer is given arcs between junctions, and a node of its own for each source, joined to both ends of the source's edge.
It answers with costs at junctions. From there to a point is the rest of the point's own edge and the way off the street,
which this module adds; so the whole answer stands beside this engine's, found by another's search.

Everything runs backwards, from a destination over arcs turned round: so drives are searched from the fewer centres, and
walks, which are as long there as back, are not harmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

import accessibility as acc
from accessibility.streets.snapping import Snapped, snap

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Costed:
    """Streets with the cost of each edge there and back, and what a metre off the street costs."""

    streets: acc.StreetNetwork
    forward: Floats
    backward: Floats
    off_per_m: float
    max_snap_m: float

    @classmethod
    def walked(cls, streets: acc.StreetNetwork) -> Costed:
        """Cost in metres, as `accessibility.build_network` has it by default."""
        return cls(streets, streets.edge_m, streets.edge_m, off_per_m=1.0, max_snap_m=500)

    @classmethod
    def driven(cls, streets: acc.StreetNetwork) -> Costed:
        """Cost in seconds at free flow, as `accessibility.drive_times` has it by default."""
        how = acc.Driving()
        seconds = streets.edge_m * 3.6 / streets.speed_kmh
        return cls(
            streets,
            np.where(streets.forward, seconds, np.inf),
            np.where(streets.backward, seconds, np.inf),
            off_per_m=3.6 / how.off_street_kmh,
            max_snap_m=how.max_off_street_m,
        )


@dataclass(frozen=True, eq=False)
class Joined:
    """Points beside an edge each: costs from its start and back to it, to its end and back from it, and off the street.

    Only points on a street are here; ``row`` says which of those given they are.
    """

    row: npt.NDArray[np.int64]
    edge: npt.NDArray[np.int32]
    from_start: Floats
    to_start: Floats
    to_end: Floats
    from_end: Floats
    off: Floats
    off_m: Floats
    xy: Floats


def join(costed: Costed, points: gpd.GeoDataFrame) -> Joined:
    """Put points on the streets."""
    xy = points.to_crs(costed.streets.crs).get_coordinates().to_numpy()
    at: Snapped = snap(costed.streets, xy, max_snap_m=costed.max_snap_m)
    row = np.flatnonzero(at.edge >= 0)
    edge, along_m, off_m = at.edge[row], at.along_m[row], at.off_m[row]
    whole_m = costed.streets.edge_m[edge]
    share = np.divide(along_m, whole_m, out=np.zeros(len(row)), where=whole_m > 0)
    there, back = costed.forward[edge], costed.backward[edge]
    return Joined(
        row=row,
        edge=edge,
        from_start=_part(there, share),
        to_start=_part(back, share),
        to_end=_part(there, 1 - share),
        from_end=_part(back, 1 - share),
        off=off_m * costed.off_per_m,
        off_m=off_m,
        xy=xy[row],
    )


def write_graph(
    folder: Path, name: str, costed: Costed, *, sources: gpd.GeoDataFrame, ends: gpd.GeoDataFrame
) -> None:
    """Write a graph for the peers.

    Parameters
    ----------
    folder, name
        Where to: ``<name>_arcs.csv`` with ``start, end, cost``, all turned round; ``<name>_sources.csv`` with ``id,
        node``; ``<name>_ends.csv`` with the junctions at which costs are asked for.
    costed
        The streets.
    sources
        Places that are searched from, once arrived at.
    ends
        Places whose edges' ends are asked for.
    """
    streets, from_, to = costed.streets, join(costed, sources), join(costed, ends)
    node = len(streets.node_xy) + np.arange(len(from_.row))
    start, end = streets.edge_from, streets.edge_to
    arcs = pd.DataFrame(
        {
            "start": np.concatenate([end, start, node, node]),
            "end": np.concatenate([start, end, start[from_.edge], end[from_.edge]]),
            "cost": np.concatenate(
                [costed.forward, costed.backward, from_.off + from_.from_start, from_.off + from_.from_end]
            ),
        }
    )
    # A matrix would add two streets between the same junctions up.
    arcs = arcs[np.isfinite(arcs["cost"])].groupby(["start", "end"], as_index=False)["cost"].min()
    arcs.to_csv(folder / f"{name}_arcs.csv", index=False, lineterminator="\n")
    named = pd.DataFrame({"id": sources["id"].to_numpy()[from_.row], "node": node})
    named.to_csv(folder / f"{name}_sources.csv", index=False, lineterminator="\n")
    asked = np.unique(np.concatenate([start[to.edge], end[to.edge]]))
    pd.DataFrame({"node": asked}).to_csv(folder / f"{name}_ends.csv", index=False, lineterminator="\n")


def read_costs(
    path: Path, costed: Costed, *, sources: gpd.GeoDataFrame, ends: gpd.GeoDataFrame
) -> tuple[list[str], Floats]:
    """Read a peer's costs at junctions, and carry them on to points.

    Parameters
    ----------
    path
        Table with ``id, node, cost``.
    costed
        The streets that the peer was given.
    sources, ends
        The places that it was given.

    Returns
    -------
    tuple
        Ids of the sources that were answered for, and the cost from each end to each of these, sources by ends; +inf
        where there is no path.
    """
    found = pd.read_csv(path, dtype={"id": str})
    ids = list(dict.fromkeys(found["id"]))
    from_, to = join(costed, sources.set_index("id", drop=False).loc[ids]), join(costed, ends)
    at = np.full((len(ids), len(costed.streets.node_xy)), np.inf)
    at[pd.Index(ids).get_indexer(found["id"]), found["node"].to_numpy()] = found["cost"]
    edge = costed.streets
    by_end = at[:, edge.edge_to[to.edge]] + to.to_end
    by_start = at[:, edge.edge_from[to.edge]] + to.to_start
    costs = np.full((len(ids), len(ends)), np.inf)
    costs[:, to.row] = np.minimum(by_end, by_start)
    for i in range(len(ids)):
        beside = np.flatnonzero(to.edge == from_.edge[i])
        along = from_.off[i] + _along(from_, i, to, beside)
        costs[i, to.row[beside]] = np.minimum(costs[i, to.row[beside]], along)
    costs[:, to.row] += to.off
    return ids, costs


def _along(from_: Joined, i: int, to: Joined, beside: npt.NDArray[np.int64]) -> Floats:
    """Cost to one place from others on its own edge, without leaving it."""
    with np.errstate(invalid="ignore"):
        ahead = from_.from_start[i] - to.from_start[beside]
        behind = from_.from_end[i] - to.from_end[beside]
    # A closed direction gives inf - inf, which is not 0 or more.
    return np.minimum(np.where(ahead >= 0, ahead, np.inf), np.where(behind >= 0, behind, np.inf))


def _part(cost: Floats, share: Floats) -> Floats:
    """Cost of a part of an edge; nothing of an edge costs nothing, also where it is closed."""
    return np.multiply(cost, share, out=np.zeros(len(cost)), where=share > 0)
