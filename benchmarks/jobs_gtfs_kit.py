"""gtfs-kit's job, in its own environment: reading a feed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import gtfs_kit
import pandas as pd
from measure import Given, Job, Timer, run_job


def tables(given: Given) -> tuple[Timer, dict[str, Any]]:
    """GTFS to its tables; departures by hour are counted afterwards and kept for the comparison."""
    with Timer() as timer:
        feed = gtfs_kit.read_feed(given.data / "gtfs", dist_units="km")
    date = dt.date.fromisoformat(given.work.date)
    hours = pd.concat([_hours(feed, date, 0), _hours(feed, date - dt.timedelta(days=1), -24)])
    counts = hours[hours.between(0, 23)].value_counts().rename_axis("hour").rename("departures")
    counts.sort_index().to_csv(given.data / "gtfs_kit_hours.csv", lineterminator="\n")
    return timer, {"stop_times": len(feed.stop_times)}


def _hours(feed: gtfs_kit.Feed, date: dt.date, later: int) -> pd.Series:
    """Hours at which the calls of a date's trips depart, on a clock that is some hours ahead."""
    trips = feed.get_trips(f"{date:%Y%m%d}")
    clocks = feed.stop_times.loc[feed.stop_times["trip_id"].isin(set(trips["trip_id"])), "departure_time"]
    clocks = clocks.dropna()
    # A trip that ends as the day begins may or may not belong to it.
    clocks = clocks[clocks != f"{-later:02d}:00:00"]
    hours: pd.Series = clocks.str.split(":").str[0].astype(int) + later
    return hours


JOBS: dict[str, Job] = {"tables": tables}

if __name__ == "__main__":
    run_job(JOBS)
