"""ferrobus's jobs, in its own environment. Every job runs in a process of its own.

It has no departure window to many destinations, so a window is one search for each departure; origins are shared among
threads. Its default of ten stops near a point is kept: it is its faster setting, and it finds fewer journeys.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import statistics
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ferrobus  # type: ignore[import-not-found]
from measure import Given, Job, Timer, minute_of_day, run_job, window_minutes

_MAX_TRANSFERS = 7


def build(given: Given) -> tuple[Timer, dict[str, Any]]:
    """GTFS and streets to its model; it has no way to read the timetable alone."""
    with Timer() as timer:
        model = _model(given)
    return timer, {"stops": model.stop_count()}


def one_centres(given: Given) -> tuple[Timer, dict[str, Any]]:
    """One departure, few centres."""
    return _medians(given, "centres", given.work.centres_window, departures=1)


def window_centres(given: Given) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, few centres: the median."""
    window = given.work.centres_window
    return _medians(given, "centres", window, departures=window_minutes(window))


def points_count(given: Given) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, all points: how many are within the cutoff at the median."""
    window = given.work.points_window
    return _medians(given, "points", window, departures=window_minutes(window))


def _medians(
    given: Given, destinations: str, window: tuple[str, str], *, departures: int
) -> tuple[Timer, dict[str, Any]]:
    model = _model(given)
    ends = _points(given, given.rows(destinations), model)
    starts = _points(given, given.pick(given.rows("points")), model)
    first = minute_of_day(window[0])
    cutoff_s = given.work.cutoff_min * 60

    def within(start: ferrobus.TransitPoint) -> int:
        times: list[list[float]] = [[] for _ in ends]
        for minute in range(first, first + departures):
            found = ferrobus.find_routes_one_to_many(model, start, ends, minute * 60, _MAX_TRANSFERS)
            for one, journey in zip(times, found, strict=True):
                one.append(journey["travel_time_seconds"] if journey else float("inf"))
        return sum(statistics.median_low(one) <= cutoff_s for one in times)

    with Timer() as timer, ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        counts = list(pool.map(within, starts))
    return timer, {"origins": len(starts), "mean": statistics.fmean(counts)}


def _model(given: Given) -> ferrobus.TransitModel:
    return ferrobus.create_transit_model(
        str(given.data / "streets.osm.pbf"),
        [str(given.data / "gtfs")],
        dt.date.fromisoformat(given.work.date),
        given.work.max_transfer_min * 60,
    )


def _points(
    given: Given, rows: list[dict[str, str]], model: ferrobus.TransitModel
) -> list[ferrobus.TransitPoint]:
    """Points it can use; it refuses those with no stop or street near."""
    points = []
    for row in rows:
        lat, lon, walk_s = float(row["lat"]), float(row["lon"]), given.work.max_walk_min * 60
        with contextlib.suppress(ValueError):
            points.append(ferrobus.create_transit_point(lat, lon, model, walk_s))
    return points


JOBS: dict[str, Job] = {job.__name__: job for job in (build, one_centres, window_centres, points_count)}

if __name__ == "__main__":
    run_job(JOBS)
