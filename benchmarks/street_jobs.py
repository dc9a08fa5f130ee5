"""Jobs of this engine on streets: reading them, walking and driving on them, and how that compares with peers."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from loading import points_of, streets_of, timetable_of, walking
from measure import Given, Job, Timer
from osm_pbf import write_pbf
from peer_graphs import Costed, join, read_costs, write_graph
from pyproj import CRS
from street_grid import street_grid

import accessibility as acc

#: Sources that the peers may search from; each is asked for as many of these as its job says.
_WALK_SOURCES = 100
_DRIVE_ORIGINS = 1_000
_CENTIMETRE_M = 0.01
_KEPT = "kept"
_PEERS = ("scipy", "networkx")

Floats = npt.NDArray[np.float64]


def street_walks(given: Given) -> tuple[Timer, dict[str, Any]]:
    """PBF to streets, then walks between stops, from all points to stops, and among all points."""
    _warm_up()
    timetable, points = timetable_of(given), points_of(given, "points")
    with Timer() as timer:
        with Timer() as reading:
            streets = acc.read_streets(given.data / "streets.osm.pbf")
        with Timer() as changing:
            network = acc.build_network(timetable, streets, **walking(given.work))
        found = _point_walks(network, points)
    return timer, {"read_s": reading.wall_s, "changes_s": changing.wall_s, **found}


def street_kept(given: Given) -> tuple[Timer, dict[str, Any]]:
    """The same and the timetable, through a cache that is empty and filled by it."""
    shutil.rmtree(given.data / _KEPT, ignore_errors=True)
    return _loaded(given)


def street_cached(given: Given) -> tuple[Timer, dict[str, Any]]:
    """The same again, from the cache that `street_kept` filled."""
    return _loaded(given)


def walk(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Walks among all points, within the longest walk all the way."""
    points = points_of(given, "points")
    network = acc.build_network(timetable_of(given), streets_of(given), **walking(given.work))
    xy = _metric(points, network.crs)
    few = network.placed(xy[:20])
    network.walks(few, few, max_min=1)
    with Timer() as timer:
        placed = network.placed(xy)
        walks = network.walks(placed, placed, max_min=given.work.max_direct_min)
    return timer, {"origins": len(points), "walks": len(walks.to)}


def drive(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Drives from points to centres, which are the sources that are searched from."""
    streets, origins, centres = streets_of(given, mode="drive"), _drivers(given), points_of(given, "centres")
    acc.drive_times(streets, origins.head(4), centres.head(2), max_time_min=1)
    with Timer() as timer:
        table = acc.drive_times(streets, origins, centres, max_time_min=given.work.max_drive_min)
    return timer, {"origins": len(centres), "drives": int(np.isfinite(table["drive_time_min"]).sum())}


def graphs(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Write the streets for the peers that search graphs."""
    walked, driven = _costed(given)
    points, centres = points_of(given, "points"), points_of(given, "centres")
    for peer in _PEERS:
        # Junctions may be numbered otherwise now.
        for mode in ("walk", "drive"):
            (given.data / f"{peer}_{mode}.csv").unlink(missing_ok=True)
    with Timer() as timer:
        write_graph(given.data, "walk", walked, sources=_spread(points, _WALK_SOURCES), ends=points)
        write_graph(given.data, "drive", driven, sources=centres, ends=_drivers(given))
    return timer, {"walk_edges": len(walked.forward), "drive_edges": len(driven.forward)}


def compare_walks(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Hold walks among points against those that the peers' searches come to."""
    walked, points = _costed(given)[0], points_of(given, "points")
    network = acc.build_network(timetable_of(given), walked.streets, **walking(given.work))
    placed, limit_s = network.placed(_metric(points, walked.streets.crs)), given.work.max_direct_min * 60
    per_m, found = 3.6 / given.work.walk_speed_kmh, {}
    with Timer() as timer:
        for peer in _PEERS:
            path = given.data / f"{peer}_walk.csv"
            if not path.is_file():
                continue
            ids, metres = read_costs(path, walked, sources=_spread(points, _WALK_SOURCES), ends=points)
            rows = np.flatnonzero(points["id"].isin(ids))
            _over_open_ground(metres, rows, walked, points)
            walks = network.walks(placed.rows(rows), placed, max_min=given.work.max_direct_min)
            ours = np.full(metres.shape, np.inf)
            ours[np.repeat(np.arange(len(rows)), np.diff(walks.ptr)), walks.to] = walks.seconds
            found[peer] = _held(ours, metres * per_m, slack_s=_CENTIMETRE_M * per_m, limit_s=limit_s)
    return timer, found


def compare_drives(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Hold drives against those that the peers' searches come to."""
    driven, origins, centres = _costed(given)[1], _drivers(given), points_of(given, "centres")
    limit_min, found = given.work.max_drive_min, {}
    table = acc.drive_times(driven.streets, origins, centres, max_time_min=limit_min)
    minutes = table["drive_time_min"].to_numpy().reshape(len(origins), len(centres))
    with Timer() as timer:
        for peer in _PEERS:
            path = given.data / f"{peer}_drive.csv"
            if not path.is_file():
                continue
            ids, seconds = read_costs(path, driven, sources=centres, ends=origins)
            ours = np.round(minutes[:, centres["id"].isin(ids)].T * 60, 6)
            # A centimetre at a brisk 50 km/h.
            found[peer] = _held(ours, seconds, slack_s=_CENTIMETRE_M * 3.6 / 50, limit_s=limit_min * 60)
    return timer, found


def _held(ours: Floats, theirs: Floats, *, slack_s: float, limit_s: float) -> dict[str, int]:
    """Our whole seconds against their exact ones: as many, rounded up, but for a slack either way.

    Parameters
    ----------
    ours, theirs
        Seconds, +inf where there is no path.
    slack_s
        What theirs may be off before it is rounded.
    limit_s
        Longest path, inclusive.

    Returns
    -------
    dict
        How many pairs there are, how many of them are reached, and how many differ.
    """
    low, high = (np.ceil(np.round(theirs + slack, 6)) for slack in (-slack_s, slack_s))
    low, high = (np.where(some <= limit_s, some, np.inf) for some in (low, high))
    differ = ~((low <= ours) & (ours <= high))
    return {"pairs": int(ours.size), "reached": int(np.isfinite(ours).sum()), "differ": int(differ.sum())}


def _over_open_ground(
    metres: Floats, rows: npt.NDArray[np.int64], walked: Costed, points: gpd.GeoDataFrame
) -> None:
    """Walk straight where that is shorter and two points are no farther apart than the farther is from its street."""
    joined = join(walked, points)
    off_m = np.full(len(points), -1.0)
    off_m[joined.row] = joined.off_m
    xy = _metric(points, walked.streets.crs)
    for i, row in enumerate(rows):
        straight_m = np.hypot(*(xy - xy[row]).T)
        open_ = (off_m >= 0) & (off_m[row] >= 0) & (straight_m <= np.maximum(off_m, off_m[row]))
        open_ |= straight_m == 0
        metres[i, open_] = np.minimum(metres[i, open_], straight_m[open_])


def _loaded(given: Given) -> tuple[Timer, dict[str, Any]]:
    _warm_up()
    points = points_of(given, "points")
    with Timer() as timer:
        with Timer() as loading:
            network = acc.load_network(
                given.data / "gtfs", given.data / "streets.osm.pbf", date=given.work.date,
                cache_dir=given.data / _KEPT, **walking(given.work),
            )  # fmt: skip
        found = _point_walks(network, points)
    return timer, {"network_s": loading.wall_s, **found}


def _point_walks(network: acc.Network, points: gpd.GeoDataFrame) -> dict[str, Any]:
    """Find the walks that a question about all points asks for."""
    limits, xy = network.limits, _metric(points, network.crs)
    with Timer() as reaching:
        placed = network.placed(xy)
        to_stops = network.walks(placed, network.stops, max_min=limits.max_access_min)
    with Timer() as walking_all:
        direct = network.walks(placed, placed, max_min=limits.max_direct_min)
    return {
        "access_s": reaching.wall_s, "direct_s": walking_all.wall_s, "changes": len(network.changes.to),
        "access": len(to_stops.to), "direct": len(direct.to),
    }  # fmt: skip


def _warm_up() -> None:
    """Load the compiled code and the libraries on a few made streets, so that a job measures its work."""
    grid = street_grid(100, np.random.default_rng(1), half_width_m=500)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "few.osm.pbf"
        write_pbf(path, lon=-2 + grid.xy[:, 0] / 70_000, lat=52.5 + grid.xy[:, 1] / 111_000, ways=grid.ways)
        streets = acc.read_streets(path)
    acc.walking.street_walks(streets, streets.node_xy, streets.node_xy, max_min=5, speed_kmh=4.8)


def _costed(given: Given) -> tuple[Costed, Costed]:
    return Costed.walked(streets_of(given)), Costed.driven(streets_of(given, mode="drive"))


def _drivers(given: Given) -> gpd.GeoDataFrame:
    return _spread(points_of(given, "points"), _DRIVE_ORIGINS)


def _spread(points: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """Points spread evenly over the table, as `Given.pick` takes them."""
    if count >= len(points):
        return points
    return points.iloc[[i * len(points) // count for i in range(count)]]


def _metric(points: gpd.GeoDataFrame, crs: CRS) -> Floats:
    return points.to_crs(crs).get_coordinates().to_numpy()


JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (
        street_walks, street_kept, street_cached, walk, drive, graphs, compare_walks, compare_drives,
    )
}  # fmt: skip
