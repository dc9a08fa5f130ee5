"""The jobs of this engine, through its public names only. Every job runs in a process of its own."""

from __future__ import annotations

import csv
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from measure import Given, Job, Timer, first_departure, run_job

import accessibility as acc

WALKS, STOP_TIMES, CENTRE_TIMES = "walks.csv", "cafein_stops.csv", "cafein_centres.csv"
_STRAIGHT_LINE_FACTOR = 1.3


def build(given: Given) -> tuple[Timer, dict[str, Any]]:
    """GTFS to timetable."""
    with Timer() as timer:
        timetable = acc.read_timetable(given.data / "gtfs", date=given.work.date)
    return timer, {"stops": len(timetable.stops), "trips": len(timetable.trips)}


def network(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Timetable to a network that can be asked."""
    timetable = acc.read_timetable(given.data / "gtfs", date=given.work.date)
    with Timer() as timer:
        _build_network(timetable, given)
    return timer, {}


def first_call(given: Given) -> tuple[Timer, dict[str, Any]]:
    """The first small question of a process: compiling, or loading what was compiled."""
    asked, points, centres = _network(given), _points(given, "points"), _points(given, "centres")
    with Timer() as timer:
        _warm_up(asked, points, centres)
    return timer, {}


def compiling(given: Given) -> tuple[Timer, dict[str, Any]]:
    """The same with an empty folder of compiled code."""
    return first_call(given)


def one_centres(given: Given) -> tuple[Timer, dict[str, Any]]:
    """One departure, all origins, few centres."""
    return _centres(given, first_departure(given.work.centres_window))


def window_centres(given: Given) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, all origins, few centres: the median."""
    return _centres(given, given.work.centres_window)


def points_count(given: Given) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, all origins, all points: how many are within the cutoff at the median."""
    return _cumulative(given, "one")


def points_jobs(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Likewise: how many jobs."""
    return _cumulative(given, "jobs")


def walks(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Write the walks between stops that the comparison with cafein gives to both engines."""
    timetable = acc.read_timetable(given.data / "gtfs", date=given.work.date)
    stops = _stops(timetable)
    work = given.work
    xy = shapely.get_coordinates(stops.to_crs("EPSG:27700").geometry)
    reach_m = work.max_transfer_min * 60 * work.walk_speed_kmh / 3.6 / _STRAIGHT_LINE_FACTOR
    tree = shapely.STRtree(stops.to_crs("EPSG:27700").geometry.to_list())
    start, end = tree.query(np.asarray(tree.geometries), predicate="dwithin", distance=reach_m + 1)
    metres = np.hypot(*(xy[start] - xy[end]).T) * _STRAIGHT_LINE_FACTOR
    seconds = np.ceil(np.round(metres * 3.6 / work.walk_speed_kmh, 6)).astype(int)
    # A stop's walk to itself stays: it says that the stop has service.
    keep = seconds <= work.max_transfer_min * 60
    ids = stops["id"].to_numpy()
    table = pd.DataFrame({"start": ids[start[keep]], "end": ids[end[keep]], "seconds": seconds[keep]})
    with Timer() as timer:
        table.to_csv(given.data / WALKS, index=False, lineterminator="\n")
    return timer, {"walks": len(table)}


def compare_stops(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Hold cafein's stop-to-stop times, over the same walks, against this engine's."""
    theirs = pd.read_csv(given.data / STOP_TIMES, index_col="from_id", dtype={"from_id": str})
    timetable = acc.read_timetable(given.data / "gtfs", date=given.work.date)
    work = given.work
    # cafein boards at the origin stop only, keeps no time for a change, and walks on from the last stop.
    asked = acc.build_network(
        timetable, walk_speed_kmh=work.walk_speed_kmh, max_access_min=0, max_egress_min=work.max_transfer_min,
        max_transfer_min=work.max_transfer_min, max_direct_min=0, min_transfer_min=0, detour=_STRAIGHT_LINE_FACTOR,
    )  # fmt: skip
    stops = _stops(timetable).set_index("id", drop=False)
    found: dict[str, Any] = {"pairs": int(theirs.shape[0] * theirs.shape[1] // 2)}
    with Timer() as timer:
        # cafein's median of an even number of departures is the upper of the two in the middle.
        for name, window, percentile in (
            ("one", first_departure(work.points_window), 50),
            ("window", work.points_window, 51),
        ):
            columns = [column for column in theirs.columns if column.startswith(f"{name}|")]
            ids = [column.split("|", 1)[1] for column in columns]
            ours = _minutes(
                asked, stops.loc[theirs.index], stops.loc[ids], window, percentile, work.max_time_min
            )
            found[name] = _differences(ours, theirs[columns].to_numpy() / 60, work.max_time_min)
    return timer, found


def compare_doors(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Hold cafein's door-to-door medians on the streets against this engine's on straight lines."""
    theirs = pd.read_csv(given.data / CENTRE_TIMES, dtype={"from_id": str, "to_id": str})
    work = given.work
    asked = acc.build_network(
        acc.read_timetable(given.data / "gtfs", date=work.date), walk_speed_kmh=work.walk_speed_kmh,
        max_access_min=work.max_walk_min, max_egress_min=work.max_walk_min, max_transfer_min=work.max_transfer_min,
        max_direct_min=work.max_walk_min, min_transfer_min=0, detour=_STRAIGHT_LINE_FACTOR,
    )  # fmt: skip
    points, centres = _points(given, "points"), _points(given, "centres")
    origins = points[points["id"].isin(theirs["from_id"])]
    with Timer() as timer:
        ours = _minutes(asked, origins, centres, work.centres_window, 51, work.max_time_min)
    wide = theirs.pivot_table(index="from_id", columns="to_id", values="travel_time_p50")
    wide = wide.reindex(index=origins["id"], columns=centres["id"])
    return timer, _differences(ours, wide.to_numpy() / 60, work.max_time_min)


def _minutes(
    network_: acc.Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    window: tuple[str, str],
    percentile: int,
    max_time_min: float,
) -> np.ndarray:
    table = acc.travel_times(
        network_, origins, destinations, window=window, percentiles=(percentile,), max_time_min=max_time_min
    )
    values: np.ndarray = table[f"travel_time_p{percentile:02d}"].to_numpy()
    return values.reshape(len(origins), len(destinations))


def _differences(ours: np.ndarray, theirs: np.ndarray, max_time_min: float) -> dict[str, float]:
    """Ours less theirs, in minutes; a time that is absent or too long is unreachable in both."""
    theirs = np.where(np.isnan(theirs) | (theirs > max_time_min), np.inf, theirs)
    both = np.isfinite(ours) & np.isfinite(theirs)
    # Minutes as floats: a thousandth is how they were stored, not how long they are.
    gap = np.round(ours[both] - theirs[both], 3)
    unlike = int((np.isfinite(ours) != np.isfinite(theirs)).sum())
    low, middle, high = np.percentile(gap, [5, 50, 95]) if len(gap) else (np.nan,) * 3
    return {
        "pairs": int(ours.size),
        "reached": int(both.sum()),
        "reached_by_one_only": unlike,
        "differ": int((gap != 0).sum()) + unlike,
        "p05_min": float(low),
        "p50_min": float(middle),
        "p95_min": float(high),
    }


def _centres(given: Given, window: tuple[str, str]) -> tuple[Timer, dict[str, Any]]:
    asked, points, centres = _network(given), _points(given, "points"), _points(given, "centres")
    _warm_up(asked, points, centres)
    with Timer() as timer:
        table = acc.centres_within(
            asked,
            points,
            centres,
            window=window,
            cutoff_min=given.work.cutoff_min,
            max_time_min=given.work.max_time_min,
        )
    return timer, {"origins": len(points), "mean": float(table["n_within"].mean())}


def _cumulative(given: Given, column: str) -> tuple[Timer, dict[str, Any]]:
    asked, points, centres = _network(given), _points(given, "points"), _points(given, "centres")
    _warm_up(asked, points, centres)
    with Timer() as timer:
        table = acc.cumulative_opportunities(
            asked, points, points.assign(one=1), window=given.work.points_window, opportunities=column,
            cutoff_min=given.work.cutoff_min,
        )  # fmt: skip
    return timer, {"origins": len(points), "mean": float(table[column].mean())}


def _warm_up(asked: acc.Network, points: gpd.GeoDataFrame, centres: gpd.GeoDataFrame) -> None:
    """Load the compiled code, so that a job measures its question."""
    few, window = points.head(20), ("07:00", "07:02")
    acc.centres_within(asked, few, centres.head(3), window=window)
    acc.cumulative_opportunities(asked, few, few, window=window)


def _network(given: Given) -> acc.Network:
    return _build_network(acc.read_timetable(given.data / "gtfs", date=given.work.date), given)


def _build_network(timetable: acc.Timetable, given: Given) -> acc.Network:
    work = given.work
    return acc.build_network(
        timetable, walk_speed_kmh=work.walk_speed_kmh, max_access_min=work.max_walk_min,
        max_egress_min=work.max_walk_min, max_transfer_min=work.max_transfer_min,
    )  # fmt: skip


def _points(given: Given, name: str) -> gpd.GeoDataFrame:
    table = pd.read_csv(given.data / f"{name}.csv", dtype={"id": str}, quoting=csv.QUOTE_MINIMAL)
    if name == "points" and given.origins is not None:
        table = table[table["id"].isin([row["id"] for row in given.pick(given.rows(name))])]
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")


def _stops(timetable: acc.Timetable) -> gpd.GeoDataFrame:
    stops = timetable.stops
    geometry = gpd.points_from_xy(stops["lon"], stops["lat"])
    return gpd.GeoDataFrame({"id": stops["stop_id"]}, geometry=geometry, crs="EPSG:4326")


JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (
        build, network, first_call, compiling, one_centres, window_centres, points_count, points_jobs, walks, compare_stops,
        compare_doors,
    )
}  # fmt: skip

if __name__ == "__main__":
    run_job(JOBS)
