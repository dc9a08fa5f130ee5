"""How many trips run on each date: counted from the calendars, equal to laying the day out."""

from __future__ import annotations

import datetime as dt
from random import Random

import made_calendars as cal
import made_feeds as made
import pandas as pd
import pytest

from accessibility.feeds.gtfs import read_feed, services_on
from accessibility.timetables.service_calendar import service_calendar
from accessibility.timetables.service_day import day_trips


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_runs_of_every_date_of_four_weeks(tmp_path):
    # Ten trips on working days, four on Saturdays; Tuesday 10 March has the Saturday's in place of its own.
    feed = cal.feed(
        tmp_path / "f",
        {"WK": 10, "SA": 4},
        [
            cal.regular("WK", cal.WORKING_DAYS, "2026-03-02", "2026-03-29"),
            cal.regular("SA", cal.SATURDAYS, "2026-03-02", "2026-03-29"),
        ],
        [cal.removed("WK", "2026-03-10"), cal.added("SA", "2026-03-10")],
    )
    found = service_calendar(feed)
    week, second = [10, 10, 10, 10, 10, 4, 0], [10, 4, 10, 10, 10, 4, 0]
    assert found.runs.tolist() == (week + second + week + week)[:-1]
    assert found.span == (day("2026-03-02"), day("2026-03-28"))
    assert found.changed_on(day("2026-03-10")) == (10, 4)
    assert found.changed_on(day("2026-03-17")) == (0, 0)
    assert found.removed.sum() + found.added.sum() == 14
    assert [
        found.runs_on(day(date)) for date in ("2026-03-01", "2026-03-10", "2026-03-15", "2026-03-29")
    ] == [
        0,
        4,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("date", "nearest"),
    [
        ("2025-12-01", "2026-03-02"),
        ("2026-03-14", "2026-03-13"),
        ("2026-03-15", "2026-03-16"),
        ("2026-03-17", "2026-03-17"),
        ("2027-01-01", "2026-03-20"),
    ],
)
def test_the_nearest_date_with_service(tmp_path, date, nearest):
    row = cal.regular("WK", cal.WORKING_DAYS, "2026-03-01", "2026-03-22")
    assert service_calendar(cal.feed(tmp_path / "f", {"WK": 1}, [row])).nearest(day(date)) == day(nearest)


def test_only_what_runs_makes_the_span(tmp_path):
    # A service without trips, one without days, an addition of what runs anyway, a removal of what does not.
    feed = cal.feed(
        tmp_path / "f",
        {"WK": 2, "NONE": 3},
        [
            cal.regular("WK", cal.WORKING_DAYS, "2026-03-02", "2026-03-06"),
            cal.regular("EMPTY", cal.EVERY_DAY, "2020-01-01", "2030-12-31"),
            cal.regular("NONE", "0000000", "2020-01-01", "2030-12-31"),
        ],
        [cal.added("WK", "2026-03-03"), cal.removed("WK", "2026-03-08"), cal.added("EMPTY", "2019-01-01")],
    )
    found = service_calendar(feed)
    assert (found.span, found.runs.tolist()) == ((day("2026-03-02"), day("2026-03-06")), [2] * 5)
    assert found.removed.sum() + found.added.sum() == 0


def test_calendar_dates_alone(tmp_path):
    feed = cal.feed(
        tmp_path / "f", {"X": 3, "Y": 4},
        exceptions=[cal.added("X", "2026-03-10"), cal.added("Y", "2026-03-10"), cal.added("X", "2026-03-12")],
    )  # fmt: skip
    found = service_calendar(feed)
    assert found.runs.tolist() == [7, 0, 3]
    assert found.dates_alone
    assert found.changed_on(day("2026-03-10")) == (0, 0)


def test_calendars_that_let_nothing_run(tmp_path):
    row = cal.regular("WK", "1000000", "2026-03-02", "2026-03-02")
    found = service_calendar(cal.feed(tmp_path / "f", {"WK": 3}, [row], [cal.removed("WK", "2026-03-02")]))
    assert (found.span, len(found.runs), found.nearest(day("2026-03-02"))) == (None, 0, None)
    assert found.runs_on(day("2026-03-02")) == 0


def test_frequencies_count_run_by_run_and_single_calls_do_not(tmp_path):
    # 06:00 until before 09:00 every ten minutes is 18 runs, 09:00 until before 09:05 one: 19; the plain trip makes 20.
    feed = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("B", 5000, 0)],
        routes=[made.route("R")],
        trips=[made.trip(name, "R") for name in ("often", "once", "short")],
        stop_times=[
            *made.calls("often", ("A", 0), ("B", 600)),
            *made.calls("once", ("A", 30_000), ("B", 30_600)),
            *made.calls("short", ("A", 30_000)),
        ],
        frequencies=[
            {"trip_id": "often", "start_time": "06:00:00", "end_time": "09:00:00", "headway_secs": 600},
            {"trip_id": "often", "start_time": "09:00:00", "end_time": "09:05:00", "headway_secs": 600},
        ],
    )
    feed = read_feed(feed)
    assert service_calendar(feed).runs_on(day("2026-03-10")) == 20
    # The day holds them too, and the 20 of the next morning, all of which start before its noon.
    assert len(day_trips(feed, day("2026-03-10")).run_trip) == 40


@pytest.mark.parametrize("seed", range(25))
def test_counts_equal_a_plain_count_date_by_date(tmp_path, seed):
    random = Random(seed)
    start = day("2026-02-20")
    dates = [start + dt.timedelta(days=i) for i in range(40)]
    services = {f"V{i}": random.randint(0, 4) for i in range(4)}
    rows = []
    for service in services:
        if random.random() < 0.8:
            begin, end = random.choice(dates), random.choice(dates)
            days = "".join(random.choice("01") for _ in range(7))
            rows.append(cal.regular(service, days, str(min(begin, end)), str(max(begin, end))))
    pairs = random.sample([(service, date) for service in services for date in dates], 30)
    exceptions = [cal.exception(service, date, random.choice((1, 2))) for service, date in pairs]
    feed = cal.feed(tmp_path / "f", services, rows, exceptions)
    found = service_calendar(feed)
    for date in dates:
        assert found.runs_on(date) == sum(services[service] for service in services_on(feed, date)), date
        regular = {
            row["service_id"]
            for row in rows
            if row["start_date"] <= f"{date:%Y%m%d}" <= row["end_date"] and row[f"{date:%A}".lower()] == "1"
        }
        now = services_on(feed, date)
        if rows and found.position(date) is not None:
            assert found.changed_on(date) == (
                sum(services[service] for service in regular - now),
                sum(services[service] for service in now - regular),
            )
    assert found.runs.sum() == sum(found.runs_on(date) for date in dates)


def test_of_an_addition_and_a_removal_of_one_day_the_removal_holds(tmp_path):
    # No feed that is read has both, but one that was edited may.
    feed = cal.feed(
        tmp_path / "f", {"X": 3}, exceptions=[cal.added("X", "2026-03-10"), cal.added("X", "2026-03-12")]
    )
    rows = feed["calendar_dates"]
    both = pd.concat([rows, rows.iloc[:1].assign(exception_type=2)], ignore_index=True)
    feed = type(feed)("f", {**feed.tables, "calendar_dates": both})
    assert service_calendar(feed).runs_on(day("2026-03-10")) == len(services_on(feed, day("2026-03-10"))) == 0
    assert service_calendar(feed).span == (day("2026-03-12"), day("2026-03-12"))


def test_a_calendar_of_eleven_centuries(tmp_path):
    rows = [cal.regular("WK", cal.EVERY_DAY, "1900-01-01", "2999-12-31")]
    found = service_calendar(cal.feed(tmp_path / "f", {"WK": 2}, rows))
    assert len(found.runs) == 1100 * 365 + 267  # every fourth year from 1904 but seven of the centuries
    assert (found.runs == 2).all()


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name", ["newport-20230613_gtfs", "newport-20230613_gtfs_full_earlier", "chester-20230816-small_gtfs"]
)
def test_real_counts_equal_gtfs_kit(shared_data, name):
    gtfs_kit = pytest.importorskip("gtfs_kit")
    path = shared_data / "transit" / "newport_uk" / f"{name}.zip"
    found = service_calendar(read_feed(path))
    other = gtfs_kit.read_feed(path, dist_units="km")
    # Trips on its dates, as that library counts them; a trip of a single call is in neither feed.
    first, last = found.span
    dates = [first + dt.timedelta(days=i) for i in range(0, (last - first).days + 1, 5)]
    assert [found.runs_on(date) for date in dates] == [
        len(gtfs_kit.trips.get_trips(other, f"{date:%Y%m%d}")) for date in dates
    ]
