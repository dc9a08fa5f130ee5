"""One service day from one feed: untimed calls, trips left out, frequencies and the days around, on paper."""

from __future__ import annotations

import datetime as dt

import made_feeds as made
import numpy as np
import pytest

from accessibility.feeds.gtfs import read_feed
from accessibility.timetables.service_day import day_trips

HOUR = 3600
DATE = dt.date(2026, 3, 10)


def write(folder, stops, rows, **tables):
    trips = list(dict.fromkeys(str(row["trip_id"]) for row in rows))
    return read_feed(
        made.write_feed(
            folder,
            stops=[made.stop(name, x, 0) for name, x in stops.items()],
            routes=[made.route("R")],
            trips=[made.trip(name, "R") for name in trips],
            stop_times=rows,
            **tables,
        )
    )


def untimed(rows, *at):
    for i in at:
        rows[i].update(arrival_time="", departure_time="")
    return rows


def test_untimed_calls_by_distance(tmp_path):
    # Ten minutes over 4 km: the stop after 1 km is passed after 150 s, the one after 3 km after 450 s.
    rows = untimed(made.calls("T", ("A", HOUR), ("B", 0), ("C", 0), ("D", HOUR + 600)), 1, 2)
    day = day_trips(write(tmp_path / "f", {"A": 0, "B": 1000, "C": 3000, "D": 4000}, rows), DATE)
    np.testing.assert_allclose(day.arrival_s, HOUR + np.array([0, 150, 450, 600]), atol=1)
    assert day.notes == ("f: 2 of 4 calls have no time; interpolated by distance",)


def test_untimed_calls_evenly_where_nothing_is_moved(tmp_path):
    # A and its other platforms stand at one point: two calls between 0 and 600 s are passed at 200 and 400 s.
    rows = untimed(made.calls("T", ("A", HOUR), ("B", 0), ("C", 0), ("D", HOUR + 600)), 1, 2)
    far = untimed(made.calls("U", ("A", HOUR), ("E", 0), ("F", HOUR + 600)), 1)
    stops = {"A": 0, "B": 0, "C": 0, "D": 0, "E": 4500, "F": 6000}
    day = day_trips(write(tmp_path / "f", stops, rows + far), DATE)
    np.testing.assert_allclose(day.arrival_s, HOUR + np.array([0, 200, 400, 600, 0, 450, 600]), atol=1)
    assert day.notes == (
        "f: 3 of 7 calls have no time; interpolated by distance, 2 of them evenly where no distance is known",
    )


def test_untimed_calls_evenly_beside_a_stop_without_a_position(tmp_path):
    # B has no position, so between A and D nothing is measured; the other trip of the day, before and after it, is.
    rows = untimed(made.calls("T", ("A", HOUR), ("B", 0), ("C", 0), ("D", HOUR + 600)), 1, 2)
    before, after = (
        untimed(made.calls(name, ("A", HOUR), ("C", 0), ("D", HOUR + 600)), 1) for name in ("S", "U")
    )
    feed = write(tmp_path / "f", {"A": 0, "B": 1000, "C": 3000, "D": 4000}, before + rows + after)
    stops = feed["stops"].copy()
    stops.loc[1, ["stop_lat", "stop_lon"]] = np.nan
    day = day_trips(type(feed)("f", {**feed.tables, "stops": stops}), DATE)
    expected = [0, 450, 600, 0, 200, 400, 600, 0, 450, 600]
    np.testing.assert_allclose(day.arrival_s, HOUR + np.array(expected), atol=1)
    assert day.notes[0].endswith(
        "4 of 10 calls have no time; interpolated by distance, 2 of them evenly where no distance is known"
    )


def test_trips_of_one_call_are_left_out_and_counted(tmp_path):
    rows = made.calls("T", ("A", HOUR), ("B", 2 * HOUR)) + made.calls("U", ("A", HOUR))
    day = day_trips(write(tmp_path / "f", {"A": 0, "B": 900}, rows), DATE)
    assert day.trips["trip_id"].tolist() == ["T"]
    assert day.notes == ("f: 1 trips of the day call at fewer than two stops and were left out",)


@pytest.mark.parametrize(
    ("exact", "note"),
    [
        ((1, 1), ()),
        (
            (1, 0),
            ("f: 1 headway-based frequencies were laid from their start time, like 1 with exact times",),
        ),
        ((0, 0), ("f: 2 headway-based frequencies were laid from their start time",)),
    ],
)
def test_frequencies_exact_and_headway_based_are_laid_alike_and_counted(tmp_path, exact, note):
    rows = made.calls("T", ("A", 0), ("B", 300))
    spans = [("13:00:00", "13:30:00"), ("14:00:00", "14:20:00")]
    repeats = [
        {"trip_id": "T", "start_time": a, "end_time": b, "headway_secs": 600, "exact_times": kind}
        for (a, b), kind in zip(spans, exact, strict=True)
    ]
    day = day_trips(write(tmp_path / "f", {"A": 0, "B": 900}, rows, frequencies=repeats), DATE)
    # After noon, so that neither the day before nor the day after puts a run into the covered time.
    assert sorted(day.run_shift_s.tolist()) == [46_800, 47_400, 48_000, 50_400, 51_000]
    assert day.notes == note


@pytest.mark.parametrize(
    ("date", "before", "after"),
    [
        # In the night to 29 March an hour is left out, in that to 25 October one is added: the noons of the two days
        # are 23 and 25 hours apart.
        ("2026-03-28", 24, 23),
        ("2026-03-29", 23, 24),
        ("2026-03-30", 24, 24),
        ("2026-10-24", 24, 25),
        ("2026-10-25", 25, 24),
    ],
)
def test_the_days_around_are_moved_by_the_time_between_their_noons(tmp_path, date, before, after):
    # From 01:00 to 26:00, it touches the day before, the day and the day after.
    rows = made.calls("T", ("A", HOUR), ("B", 26 * HOUR))
    day = day_trips(write(tmp_path / "f", {"A": 0, "B": 900}, rows), dt.date.fromisoformat(date))
    assert day.run_shift_s.tolist() == [-before * HOUR, 0, after * HOUR]
