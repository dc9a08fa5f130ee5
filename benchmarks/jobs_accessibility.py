"""The jobs of this engine. What is timed goes through its public names; every job runs in a process of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import street_jobs
from loading import network_of, points_of, stops_of, streets_of, timetable_of, walking
from measure import Given, Job, Timer, first_departure, run_job

import accessibility as acc
from corridors.check.judging import check_feeds

WALKS, STOP_TIMES, CENTRE_TIMES = "walks.csv", "cafein_stops.csv", "cafein_centres.csv"
HOURS = "gtfs_kit_hours.csv"
_STRAIGHT_LINE_FACTOR = 1.3
_CAFEIN_SNAP_M = 1_600


def build(given: Given) -> tuple[Timer, dict[str, Any]]:
    """GTFS to timetable."""
    with Timer() as timer:
        timetable = timetable_of(given)
    return timer, {"stops": len(timetable.stops), "trips": len(timetable.trips)}


def tables(given: Given) -> tuple[Timer, dict[str, Any]]:
    """GTFS to checked tables, no day laid out."""
    with Timer() as timer:
        feed = acc.read_feed(given.data / "gtfs")
    return timer, {"stop_times": len(feed["stop_times"])}


def check(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Judge the feed as `corridors check` does, without the canonical validator."""
    with Timer() as timer:
        report = check_feeds([given.data / "gtfs"], date=given.work.date, canonical=False)
    return timer, {"passed": report.passed}


def network(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Timetable to a network that can be asked."""
    timetable = timetable_of(given)
    with Timer() as timer:
        acc.build_network(timetable, **walking(given.work))
    return timer, {}


def first_call(given: Given) -> tuple[Timer, dict[str, Any]]:
    """The first small question of a process: compiling, or loading what was compiled."""
    asked, points, centres = network_of(given), points_of(given, "points"), points_of(given, "centres")
    with Timer() as timer:
        _warm_up(asked, points, centres)
    return timer, {}


def compiling(given: Given) -> tuple[Timer, dict[str, Any]]:
    """The same with an empty folder of compiled code."""
    return first_call(given)


def one_centres(given: Given, *, on_streets: bool = False) -> tuple[Timer, dict[str, Any]]:
    """One departure, all origins, few centres."""
    return _centres(given, first_departure(given.work.centres_window), on_streets=on_streets)


def window_centres(given: Given, *, on_streets: bool = False) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, all origins, few centres: the median."""
    return _centres(given, given.work.centres_window, on_streets=on_streets)


def points_count(given: Given, *, on_streets: bool = False) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, all origins, all points: how many are within the cutoff at the median."""
    return _cumulative(given, "one", on_streets=on_streets)


def points_jobs(given: Given, *, on_streets: bool = False) -> tuple[Timer, dict[str, Any]]:
    """Likewise: how many jobs."""
    return _cumulative(given, "jobs", on_streets=on_streets)


def walks(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Write the walks between stops that the comparison with cafein gives to both engines."""
    timetable = timetable_of(given)
    stops = stops_of(timetable)
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
    timetable = timetable_of(given)
    work = given.work
    # cafein boards at the origin stop only, keeps no time for a change, and walks on from the last stop.
    asked = acc.build_network(
        timetable, walk_speed_kmh=work.walk_speed_kmh, max_access_min=0, max_egress_min=work.max_transfer_min,
        max_transfer_min=work.max_transfer_min, max_direct_min=0, min_transfer_min=0, detour=_STRAIGHT_LINE_FACTOR,
    )  # fmt: skip
    stops = stops_of(timetable).set_index("id", drop=False)
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


def compare_doors(given: Given, *, on_streets: bool = False) -> tuple[Timer, dict[str, Any]]:
    """Hold cafein's door-to-door medians on the streets against this engine's, in straight lines or on the streets too."""
    theirs = pd.read_csv(given.data / CENTRE_TIMES, dtype={"from_id": str, "to_id": str})
    work = given.work
    # cafein keeps no time for a change, and has one limit for walks to stops, from stops, and all the way.
    limits = walking(work) | {"max_direct_min": work.max_walk_min}
    asked = acc.build_network(
        timetable_of(given), streets_of(given) if on_streets else None, **limits, min_transfer_min=0,
        detour=_STRAIGHT_LINE_FACTOR, max_snap_m=_CAFEIN_SNAP_M,
    )  # fmt: skip
    points, centres = points_of(given, "points"), points_of(given, "centres")
    origins = points[points["id"].isin(theirs["from_id"])]
    with Timer() as timer:
        ours = _upper_medians(asked, origins, centres, work.centres_window, work.max_time_min)
    wide = theirs.pivot_table(index="from_id", columns="to_id", values="travel_time_p50")
    wide = wide.reindex(index=origins["id"], columns=centres["id"])
    return timer, _differences(ours, wide.to_numpy() / 60, work.max_time_min)


def compare_reading(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Hold gtfs-kit's departures of each hour of the day, all stops and trips, against those of this engine's timetable."""
    theirs = pd.read_csv(given.data / HOURS, index_col="hour")["departures"]
    with Timer() as timer:
        departure_s = timetable_of(given).departure_s
    # The day's first second is left out on both sides: a trip that ends on it may or may not belong to the day.
    ours = pd.Series(departure_s[departure_s > 0] // 3600).value_counts().reindex(range(24), fill_value=0)
    gap = (ours - theirs.reindex(range(24), fill_value=0)).abs()
    return timer, {"departures": int(theirs.sum()), "differ": int(gap.sum())}


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


def _upper_medians(
    network_: acc.Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    window: tuple[str, str],
    max_time_min: float,
) -> np.ndarray:
    """The upper of the two middle minutes of an even number of departures, which is cafein's median."""
    every = acc.departure_times(network_, origins, destinations, window=window, max_time_min=max_time_min)
    minutes = every["travel_time"].to_numpy().reshape(len(origins), len(destinations), -1)
    upper: np.ndarray = np.sort(minutes, axis=2)[:, :, minutes.shape[2] // 2]
    return upper


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


def _centres(given: Given, window: tuple[str, str], *, on_streets: bool) -> tuple[Timer, dict[str, Any]]:
    asked = network_of(given, on_streets=on_streets)
    points, centres = points_of(given, "points"), points_of(given, "centres")
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


def _cumulative(given: Given, column: str, *, on_streets: bool) -> tuple[Timer, dict[str, Any]]:
    asked = network_of(given, on_streets=on_streets)
    points, centres = points_of(given, "points"), points_of(given, "centres")
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


ON_STREETS = (one_centres, window_centres, points_count, points_jobs, compare_doors)
JOBS: dict[str, Job] = {
    **{
        job.__name__: job
        for job in (
            build, tables, check, network, first_call, compiling, one_centres, window_centres, points_count, points_jobs,
            walks, compare_stops, compare_doors, compare_reading,
        )
    },
    **{f"{job.__name__}_streets": partial(job, on_streets=True) for job in ON_STREETS},
    **street_jobs.JOBS,
}  # fmt: skip

if __name__ == "__main__":
    run_job(JOBS)
