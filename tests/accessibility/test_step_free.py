"""Step-free feeds: which trips and stops stay, who inherits from whom, and what is counted as not known."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pytest
from made_feeds import calls, degrees, route, stop, trip, write_feed
from shapely import Point

import accessibility as acc
from accessibility.errors import NoServiceError, ParameterError
from accessibility.timetables.step_free import boarding_of_stops, step_free_feed
from accessibility.timetables.timetable import timetable_of

SEVEN = 7 * 3600
DAY = dt.date(2026, 3, 10)


def made(folder, *, stops=(), trips=(), **more):
    """Three stops 3 km apart, P in the middle being a platform of station P0; a trip every ten minutes from 7:00."""
    wheels = {"S": 1, "P": 1, "E": 1, "P0": "", **dict(stops)}
    accessible = dict(trips) or {"T1": 1}
    return acc.read_feed(
        write_feed(
            folder,
            stops=[
                stop("S", 0, 0, wheelchair_boarding=wheels["S"], location_type=0, parent_station=""),
                stop("P0", 3000, 0, wheelchair_boarding=wheels["P0"], location_type=1, parent_station=""),
                stop("P", 3000, 0, wheelchair_boarding=wheels["P"], location_type=0, parent_station="P0"),
                stop("E", 6000, 0, wheelchair_boarding=wheels["E"], location_type=0, parent_station=""),
            ],
            routes=[route("R")],
            trips=[{**trip(name, "R"), "wheelchair_accessible": says} for name, says in accessible.items()],
            stop_times=[
                row
                for at, name in enumerate(accessible)
                for row in calls(
                    name,
                    ("S", SEVEN + 600 * at),
                    ("P", SEVEN + 600 * at + 300),
                    ("E", SEVEN + 600 * at + 600),
                )
            ],
            **more,
        )
    )


def minutes(feed, to):
    """Minutes from stop S to another at 7:00, without walks between them."""
    network = acc.build_network(timetable_of([feed], date=DAY), max_direct_min=0)
    places = {"S": 0, "P": 3000, "E": 6000}
    at = {
        name: gpd.GeoDataFrame({"id": [name]}, geometry=[Point(degrees(x, 0))], crs="EPSG:4326")
        for name, x in places.items()
    }
    return acc.travel_times(network, at["S"], at[to], window=("07:00", "07:01"))["travel_time_p50"][0]


def test_a_feed_that_is_step_free_throughout_stays_as_it_is(tmp_path):
    feed = made(tmp_path / "f")
    left = step_free_feed(feed)
    for name, table in feed.tables.items():
        assert left[name].equals(table), name
    assert minutes(left, "P") == 5
    assert [notice.code for notice in left.notices[-2:]] == ["step_free_trips", "step_free_stops"]


@pytest.mark.parametrize(
    ("says", "exclude", "include"), [(1, 5, 5), (2, float("inf"), float("inf")), (0, float("inf"), 5)]
)
def test_nobody_leaves_at_a_stop_without_step_free_boarding(tmp_path, says, exclude, include):
    feed = made(tmp_path / "f", stops={"P": says})
    assert minutes(step_free_feed(feed, unknown="exclude"), "P") == exclude
    assert minutes(step_free_feed(feed, unknown="include"), "P") == include
    # Vehicles pass through as before.
    assert minutes(step_free_feed(feed), "E") == 10


@pytest.mark.parametrize(
    ("platform", "station", "usable"),
    [("", 1, True), ("", 2, False), (0, 1, True), (2, 1, False), (1, 2, True), ("", "", False)],
)
def test_a_platform_that_says_nothing_is_as_its_station(tmp_path, platform, station, usable):
    left = step_free_feed(made(tmp_path / "f", stops={"P": platform, "P0": station}))
    assert minutes(left, "P") == (5 if usable else float("inf"))


def test_only_trips_that_take_wheelchairs_run(tmp_path):
    feed = made(tmp_path / "f", trips={"T1": 2, "T2": "", "T3": 1})
    assert minutes(step_free_feed(feed), "E") == 20 + 10
    assert minutes(step_free_feed(feed, unknown="include"), "E") == 10 + 10
    assert minutes(feed, "E") == 10


def test_what_is_left_out_and_what_is_not_known_is_counted(tmp_path):
    feed = made(tmp_path / "f", trips={"T1": 2, "T2": "", "T3": 1}, stops={"P": ""})
    said = [notice.message for notice in step_free_feed(feed).notices[-2:]]
    neither = "neither boarded nor left at"
    assert said == [
        "step-free journeys only: of 3 trips 1 step-free, 1 not (left out), 1 not known (left out)",
        f"step-free journeys only: of 3 stops called at 2 step-free, 0 not ({neither}), 1 not known ({neither})",
    ]
    assert "1 not known (taken as step-free)" in step_free_feed(feed, unknown="include").notices[-1].message
    assert set(said) <= {note.split(": ", 1)[1] for note in step_free_feed(feed).notes}


def test_frequencies_and_changes_of_left_out_trips_go_with_them(tmp_path):
    feed = made(
        tmp_path / "f",
        trips={"T1": 2, "T2": 1},
        frequencies=[
            {"trip_id": name, "start_time": "07:00:00", "end_time": "08:00:00", "headway_secs": 600}
            for name in ("T1", "T2")
        ],
        transfers=[
            {"from_stop_id": "P", "to_stop_id": "P", "from_trip_id": one, "to_trip_id": other}
            for one, other in (("T1", "T2"), ("T2", "T1"), ("T2", ""))
        ],
    )
    left = step_free_feed(feed)
    assert left["frequencies"]["trip_id"].tolist() == ["T2"]
    assert left["transfers"][["from_trip_id", "to_trip_id"]].astype(str).to_numpy().tolist() == [["T2", ""]]
    assert left["stop_times"]["trip_id"].astype(str).tolist() == ["T2"] * 3
    # The first remaining call stands in row 5 of the file still: header, and three calls of T1 before it.
    assert left.row("stop_times", 0) == 5
    assert len(feed["trips"]) == 2


def test_a_feed_without_any_step_free_journey_is_refused_with_the_remedy(tmp_path):
    silent = made(tmp_path / "a", trips={"T1": "", "T2": 0})
    with pytest.raises(NoServiceError, match=r"2 not known \(left out\).*unknown='include' takes in") as told:
        step_free_feed(silent)
    assert told.value.code == "no_step_free_service"
    assert minutes(step_free_feed(silent, unknown="include"), "E") == 10
    with pytest.raises(NoServiceError, match=r"1 not \(left out\)"):
        step_free_feed(made(tmp_path / "b", trips={"T1": 2}), unknown="include")
    # One usable stop takes nobody anywhere.
    with pytest.raises(NoServiceError, match="of 3 stops called at 1 step-free"):
        step_free_feed(made(tmp_path / "c", stops={"P": 2, "E": 2}))


def test_another_word_for_unknown_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="unknown is 'maybe'; use 'exclude' or 'include'"):
        step_free_feed(made(tmp_path / "f"), unknown="maybe")


def test_no_stops_have_no_boarding(tmp_path):
    assert len(boarding_of_stops(made(tmp_path / "f")["stops"].iloc[:0])) == 0
