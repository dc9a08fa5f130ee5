"""Real feeds counted twice: what the reader and the timetable hold, against gtfs-kit's own reading."""

from __future__ import annotations

import datetime as dt

import gtfs_kit
import numpy as np
import pandas as pd
import pytest

from accessibility.feeds.gtfs import read_feed, service_span
from accessibility.timetables.timetable import read_timetable

pytestmark = pytest.mark.realdata

#: The feed, and days of three kinds on which it runs.
FEEDS = {
    "newport-20230613_gtfs.zip": ("2023-06-13", "2023-06-17", "2023-06-18"),
    "newport-20230613_gtfs_full_earlier.zip": ("2023-06-13", "2023-06-17", "2023-06-18"),
    "chester-20230816-small_gtfs.zip": ("2023-09-05", "2023-09-09", "2023-08-28"),
}


@pytest.fixture(scope="module", params=FEEDS)
def feed(request, shared_data):
    """Give a feed's name, its path, our reading and the other."""
    path = shared_data / "transit" / "newport_uk" / request.param
    return request.param, path, read_feed(path), gtfs_kit.read_feed(path, dist_units="km")


def test_rows_of_every_file(feed):
    name, _, ours, other = feed
    for table in ("agency", "stops", "routes", "trips", "stop_times", "calendar", "calendar_dates"):
        theirs = getattr(other, table)
        assert len(ours[table]) == (0 if theirs is None else len(theirs)), (name, table)
    assert ours["stops"]["stop_lat"].sum() == pytest.approx(other.stops["stop_lat"].sum(), abs=1e-6)
    assert ours["stop_times"]["stop_sequence"].sum() == other.stop_times["stop_sequence"].sum()


def test_the_span(feed):
    _, _, ours, other = feed
    theirs = [gtfs_kit.helpers.datestr_to_date(day) for day in (other.get_dates()[0], other.get_dates()[-1])]
    assert list(service_span(ours)) == theirs


def test_trips_that_run(feed):
    """Trips of the day; the timetable also holds the neighbours' trips that touch it, so these are told apart by id."""
    name, path, _, other = feed
    for date in FEEDS[name]:
        theirs = other.get_trips(date.replace("-", ""))
        timetable = read_timetable(path, date=date)
        running = set(timetable.trips["trip_id"].iloc[timetable.run_trip])
        assert set(theirs["trip_id"]) <= running
        beside = [
            other.get_trips(f"{dt.date.fromisoformat(date) + dt.timedelta(days=k):%Y%m%d}") for k in (-1, 1)
        ]
        assert running <= set(theirs["trip_id"]).union(*(day["trip_id"] for day in beside))


def departures(other, date: dt.date, hours_later: int) -> pd.Series:
    """Hours at which the calls of a date's trips depart, on a clock that is some hours ahead."""
    calls = other.stop_times.merge(other.get_trips(f"{date:%Y%m%d}")[["trip_id"]], on="trip_id")
    return calls["departure_time"].str.split(":").str[0].astype(int) + hours_later


def test_departures_by_hour(feed):
    """Every call of every trip by the hour it departs; Newport has trips of the day before that run until 30:00."""
    name, path, _, other = feed
    for text in FEEDS[name]:
        date = dt.date.fromisoformat(text)
        theirs = pd.concat([departures(other, date, 0), departures(other, date - dt.timedelta(days=1), -24)])
        theirs = theirs[(theirs >= 0) & (theirs < 24)].value_counts()
        hour = read_timetable(path, date=date).departure_s // 3600
        hours, counts = np.unique(hour[(hour >= 0) & (hour < 24)], return_counts=True)
        assert dict(zip(hours, counts, strict=True)) == theirs.to_dict(), (name, date)
        assert counts.sum() > 100


def test_stops_with_service(feed):
    name, path, _, other = feed
    date = FEEDS[name][0]
    calls = other.stop_times.merge(other.get_trips(date.replace("-", ""))[["trip_id"]], on="trip_id")
    assert set(calls["stop_id"]) <= set(read_timetable(path, date=date).stops["stop_id"])
