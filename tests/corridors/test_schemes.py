"""Every kind of edit on a line whose departures are known: written out trip by trip, and as headways."""

from __future__ import annotations

from random import Random

import geopandas as gpd
import gtfs_guru
import made_feeds as made
import numpy as np
import pandas as pd
import pytest
from made_lines import BACK, DATE, HOUR, OUT, back, line, out, run, runs
from shapely import Point

import accessibility as acc
from accessibility.feeds.gtfs import inspect_feed, read_feed, services_on
from accessibility.timetables.timetable import timetable_of
from corridors.schemes.edits import Scheme, apply_schemes, resilience_schemes

SEVEN = 7 * HOUR
X = made.degrees(1000, 0)  # a quarter of the way from A to B
D = made.degrees(10_000, 0)  # 2 km beyond C
NORTH = made.degrees(4000, 3000)  # 3 km north of B


def point(name, place):
    return {"name": name, "lon": place[0], "lat": place[1]}


def scheme(*edits, scheme_id="s"):
    return Scheme.model_validate(
        {"id": scheme_id, "name": "A scheme", "source": "made up", "verified": True, "edit": edits}
    )


def applied(feed, *edits):
    return runs(apply_schemes([feed], [scheme(*edits)], date=DATE))


def by_time(*some):
    return sorted((each for group in some for each in group), key=lambda each: (each[0][2], each))


@pytest.fixture(params=[False, True], ids=["plain", "headways"])
def feed(tmp_path, request):
    return line(tmp_path, headways=request.param)


UNCHANGED = by_time(map(out, OUT), map(back, BACK))
NEW_LINE = {
    "kind": "new_line", "mode": "tram", "line": "T", "calls": ["B", point("North", NORTH), point("Far", D)],
    "run_min": [5, 8.5], "dwell_s": 20, "periods": [{"start": "07:00", "end": "07:30", "every_min": 10}],
}  # fmt: skip


def test_the_line_is_what_the_expected_times_say(feed):
    assert runs([feed]) == UNCHANGED


def test_no_scheme_leaves_the_very_feeds(feed):
    assert apply_schemes([feed], [], date=DATE) == [feed]
    assert apply_schemes([], [], date=DATE) == []


def test_a_new_line_runs_both_ways_at_its_headway(feed):
    north, far = "scheme:s:north", "scheme:s:far"
    starts = [SEVEN, SEVEN + 600, SEVEN + 1200]
    assert applied(feed, NEW_LINE) == by_time(
        UNCHANGED,
        [run(start, ("B", 0), (north, 300, 320), (far, 830)) for start in starts],
        [run(start, (far, 0), (north, 510, 530), ("B", 830)) for start in starts],
    )


def test_a_new_line_by_speed_takes_its_straight_lines(feed):
    edit = {
        **{key: NEW_LINE[key] for key in ("kind", "mode", "line", "periods")},
        "calls": ["B", point("North", NORTH)], "speed_kmh": 30, "detour": 1.2, "both_directions": False,
    }  # fmt: skip
    added = [each for each in applied(feed, edit) if each not in UNCHANGED]
    # 3 km by 1.2 at 30 km/h are 432 s; the made grid is a few metres off the sphere.
    assert [each[0][2] for each in added] == [SEVEN, SEVEN + 600, SEVEN + 1200]
    assert {each[1][1] - each[0][2] for each in added} <= {431, 432, 433, 434}


def test_a_new_line_has_its_own_way_back_and_periods(feed):
    edit = {
        **NEW_LINE,
        "calls": ["A", "B"], "run_min": [6], "calls_back": ["C", "B", "A"], "run_back_min": [6, 7], "dwell_s": 10,
        "periods": [
            {"start": "06:00", "end": "06:30", "every_min": 20},
            {"start": "23:50", "end": "24:10", "every_min": 15},
        ],
    }  # fmt: skip
    starts = [6 * HOUR, 6 * HOUR + 1200, 24 * HOUR - 600, 24 * HOUR + 300]
    both = [run(s, ("A", 0), ("B", 360)) for s in starts] + [
        run(s, ("C", 0), ("B", 360, 370), ("A", 790)) for s in starts
    ]
    # The day before is a working day too: what leaves after midnight then is there in the first minutes.
    early = [tuple((stop, a - 24 * HOUR, d - 24 * HOUR) for stop, a, d in each) for each in both]
    early = [each for each in early if each[-1][1] > 0]
    assert applied(feed, edit) == by_time(UNCHANGED, both, early)


def test_a_new_line_takes_people_where_none_went(feed):
    before = timetable_of([feed], date=DATE)
    after = timetable_of(apply_schemes([feed], [scheme(NEW_LINE)], date=DATE), date=DATE)
    here = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(*made.degrees(0, 0))], crs="EPSG:4326")
    there = gpd.GeoDataFrame({"id": ["n"]}, geometry=[Point(*NORTH)], crs="EPSG:4326")
    window = ("07:00", "07:02")
    times = [
        acc.departure_times(acc.build_network(each, None), here, there, window=window)["travel_time"].tolist()
        for each in (before, after)
    ]
    # 07:00 at A, 07:05 at B, 07:10 from B, 07:15 at the new stop; at 07:01 the next from A is 07:20, and 07:25 at B is
    # too late for the last tram, 07:20.
    assert times == [[np.inf, np.inf], [15.0, np.inf]]
    legs = acc.explain(acc.build_network(after, None), here, there, depart="07:00")
    assert legs.loc[legs["part"] == "ride", "trip_id"].tolist()[-1] == "scheme:s:1:out"


def test_an_extension_goes_on_and_begins_farther_out(feed):
    edit = {
        "kind": "extension", "route": "R", "beyond": "C", "calls": [point("D", D)], "run_min": [4], "dwell_s": 15,
    }  # fmt: skip
    far = "scheme:s:d"
    assert applied(feed, edit) == by_time(
        [run(s, ("A", 0), ("B", 300, 330), ("C", 630, 645), (far, 885)) for s in OUT],
        [run(s, (far, -255), ("C", -15, 0), ("B", 300, 330), ("A", 630)) for s in BACK],
    )


def test_an_extension_by_two_calls_runs_its_minutes_turned_round_on_the_way_in(feed):
    far = [point("D", D), point("E", made.degrees(13_000, 0))]
    edit = {"kind": "extension", "route": "R", "beyond": ["C"], "calls": far, "run_min": [4, 5]}
    after = applied(feed, edit)
    assert (
        run(OUT[0], ("A", 0), ("B", 300, 330), ("C", 630), ("scheme:s:d", 870), ("scheme:s:e", 1170)) in after
    )
    assert (
        run(BACK[0], ("scheme:s:e", -540), ("scheme:s:d", -240), ("C", 0), ("B", 300, 330), ("A", 630))
        in after
    )


def test_the_old_end_of_an_extended_line_may_be_boarded(tmp_path):
    feed = line(tmp_path, headways=False)
    times = feed["stop_times"].assign(
        pickup_type=lambda t: (t["stop_sequence"] == 2).astype(int),
        drop_off_type=lambda t: (t["stop_sequence"] == 0).astype(int),
    )
    edit = {"kind": "extension", "route": "R", "beyond": "C", "calls": [point("D", D)], "run_min": [4]}
    after = apply_schemes([acc.replace_tables(feed, stop_times=times)], [scheme(edit)], date=DATE)[0][
        "stop_times"
    ]
    at_c = after[after["stop_id"] == "C"]
    assert (at_c["pickup_type"] == 0).all()
    assert (at_c["drop_off_type"] == 0).all()
    assert (after.loc[(after["stop_id"] == "A") & (after["stop_sequence"] == 1), "drop_off_type"] == 1).all()


def test_a_new_station_costs_everybody_its_wait(feed):
    edit = {
        "kind": "new_station", "routes": "R", "between": ["A", "B"], "station": point("X", X), "penalty_s": 40,
        "share": 0.25,
    }  # fmt: skip
    x = "scheme:s:x"
    assert applied(feed, edit) == by_time(
        [run(s, ("A", 0), (x, 75, 115), ("B", 340, 370), ("C", 670)) for s in OUT],
        [run(s, ("C", 0), ("B", 300, 330), (x, 555, 595), ("A", 670)) for s in BACK],
    )


def test_a_new_station_lies_where_its_position_is(feed):
    edit = {
        "kind": "new_station",
        "routes": "R",
        "between": ["A", "B"],
        "station": point("X", X),
        "penalty_s": 0,
    }
    first = next(each for each in applied(feed, edit) if each[0] == ("A", OUT[0], OUT[0]))
    # A quarter of the way in 300 s is 75 s, to the second that the rounding of positions leaves open.
    assert first[1][1] - OUT[0] in (75, 76)
    assert first[2:] == out(OUT[0])[1:]


def test_a_new_station_may_be_told_its_share_and_its_trips(tmp_path):
    feed = line(tmp_path, headways=False)
    edit = {
        "kind": "new_station", "routes": ["R"], "between": ["B", "A"], "station": point("X", X), "penalty_s": 60,
        "share": 0.5, "trips": ["out1"],
    }  # fmt: skip
    called = run(OUT[1], ("A", 0), ("scheme:s:x", 150, 210), ("B", 360, 390), ("C", 690))
    assert applied(feed, edit) == by_time([called], (each for each in UNCHANGED if each != out(OUT[1])))


@pytest.mark.parametrize(
    ("per_hour", "minutes"),
    # Out there is 07:00, 07:20, 07:40, 08:00; the middles of the gaps, the earliest first.
    [(1, [10]), (2, [10, 30]), (3, [10, 30, 50])],
)
def test_added_departures_fall_into_the_middle_of_gaps(feed, per_hour, minutes):
    edit = {"kind": "more_frequent", "route": "R", "add_per_hour": per_hour}
    assert applied(feed, edit) == by_time(
        UNCHANGED,
        [out(SEVEN + minute * 60) for minute in minutes],
        [back(SEVEN + 600 + minute * 60) for minute in minutes],
    )


def test_departures_are_added_within_the_periods_alone(feed):
    edit = {
        "kind": "more_frequent", "route": "R", "add_per_hour": 1, "periods": [{"start": "07:30", "end": "08:00"}],
    }  # fmt: skip
    # Half an hour is worth half a departure, rounded up: 07:30 and 07:50 are both 10 min from any on the way out, and the first counts.
    # Back it runs at 07:30 and 07:50, so 07:40.
    assert applied(feed, edit) == by_time(UNCHANGED, [out(SEVEN + 1800), back(SEVEN + 2400)])


def test_departures_are_added_where_the_line_hardly_runs(feed):
    edit = {
        "kind": "more_frequent", "route": "R", "add_per_hour": 1, "periods": [{"start": "09:00", "end": "11:00"}],
    }  # fmt: skip
    # As far from 08:00 (08:10) as the hour allows, then in the middle of what is left before 10:59's neighbour.
    added = [each for each in applied(feed, edit) if each not in UNCHANGED]
    assert [each[0][2] for each in added] == [9 * HOUR + 59 * 60] * 2 + [10 * HOUR + 59 * 60] * 2


def test_laid_anew_only_the_periods_change(feed):
    edit = {
        "kind": "more_frequent", "route": "R", "periods": [{"start": "07:00", "end": "08:00", "every_min": 10}],
    }  # fmt: skip
    starts = range(SEVEN, SEVEN + HOUR, 600)
    assert applied(feed, edit) == by_time(
        map(out, starts), map(back, starts), [out(8 * HOUR), back(8 * HOUR + 600)]
    )


def test_directions_that_the_feed_tells_are_its_own(tmp_path):
    feed = line(tmp_path, headways=True, told=True)
    assert (
        len(applied(feed, {"kind": "more_frequent", "route": "R", "add_per_hour": 1})) == len(UNCHANGED) + 2
    )


def test_only_the_trips_of_the_day_are_multiplied(tmp_path):
    sunday = {
        **dict.fromkeys(made.EVERY_DAY, 0), "service_id": "sun", "sunday": 1,
        "start_date": "20260101", "end_date": "20261231",
    }  # fmt: skip
    feed = line(
        tmp_path,
        headways=False,
        calendar=[made.EVERY_DAY, sunday],
        trips=[made.trip(f"sun{k}", "R", "sun") for k in range(9)],
        stop_times=[
            row for k in range(9) for row in made.calls(f"sun{k}", ("A", 30_000 + k), ("C", 30_800 + k))
        ],
    )
    assert applied(feed, {"kind": "more_frequent", "route": "R", "add_per_hour": 1}) == by_time(
        UNCHANGED, [out(SEVEN + 600), back(SEVEN + 1200)]
    )


def test_faster_shortens_hops_and_leaves_waits(feed):
    after = applied(feed, {"kind": "faster", "route": "R", "percent": 10})
    assert after == by_time(
        [run(s, ("A", 0), ("B", 270, 300), ("C", 570)) for s in OUT],
        [run(s, ("C", 0), ("B", 270, 300), ("A", 570)) for s in BACK],
    )


def test_faster_between_two_stops_moves_what_follows(feed):
    after = applied(feed, {"kind": "faster", "route": "R", "percent": 33.3, "between": ["B", "C"]})
    # 300 s by 0.667 = 200.1, rounded up.
    assert after == by_time(
        [run(s, ("A", 0), ("B", 300, 330), ("C", 531)) for s in OUT],
        [run(s, ("C", 0), ("B", 201, 231), ("A", 531)) for s in BACK],
    )


def test_slower_is_a_negative_percent(feed):
    after = applied(feed, {"kind": "faster", "route": "R", "percent": -50, "between": ["A", "B"]})
    assert run(OUT[0], ("A", 0), ("B", 450, 480), ("C", 780)) in after


def test_a_hop_that_was_too_fast_already_is_not_the_edit_s_fault(tmp_path):
    # 50 km in two minutes, and a hop of 4 km in a minute, which whole minutes may round down from nearly two.
    feed = line(tmp_path, headways=False, stops=[made.stop("Q", 58_000, 0)], routes=[made.route("S")],
                trips=[made.trip("s", "S")],
                stop_times=made.calls("s", ("A", 30_000), ("B", 30_060), ("C", 30_660), ("Q", 30_780)))  # fmt: skip
    after = applied(feed, {"kind": "faster", "route": "S", "percent": 10})
    assert run(30_000, ("A", 0), ("B", 54), ("C", 594), ("Q", 702)) in after


def test_a_closed_route_is_gone(tmp_path):
    feed = line(tmp_path, headways=True, routes=[made.route("S")], trips=[made.trip("s", "S")],
                stop_times=made.calls("s", ("A", 30_000), ("B", 30_300)))  # fmt: skip
    closed = apply_schemes([feed], [scheme({"kind": "closed", "route": "R"})], date=DATE)
    assert runs(closed) == [run(30_000, ("A", 0), ("B", 300))]
    assert closed[0]["routes"]["route_id"].tolist() == ["S"]
    assert closed[0]["frequencies"].empty


def test_rules_for_what_is_closed_go_with_it(tmp_path):
    rules = [
        {"from_stop_id": "A", "to_stop_id": "B", "from_route_id": "R", "transfer_type": 3},
        {"from_stop_id": "A", "to_stop_id": "B", "from_trip_id": "out0", "transfer_type": 3},
        {"from_stop_id": "A", "to_stop_id": "B", "transfer_type": 0},
    ]
    feed = line(tmp_path, headways=False, routes=[made.route("S")], trips=[made.trip("s", "S")], transfers=rules,
                stop_times=made.calls("s", ("A", 30_000), ("B", 30_300)))  # fmt: skip
    closed = apply_schemes([feed], [scheme({"kind": "closed", "route": "R"})], date=DATE)[0]
    assert closed["transfers"]["transfer_type"].tolist() == [0]


def test_nothing_calls_at_a_closed_stop(feed):
    assert applied(feed, {"kind": "closed", "stop": "B"}) == by_time(
        [run(s, ("A", 0), ("C", 630)) for s in OUT], [run(s, ("C", 0), ("A", 630)) for s in BACK]
    )


def test_a_closed_end_leaves_the_times_of_the_rest(feed):
    assert applied(feed, {"kind": "closed", "stop": "A", "route": "R"}) == by_time(
        [run(s, ("B", 300, 330), ("C", 630)) for s in OUT], [run(s, ("C", 0), ("B", 300, 330)) for s in BACK]
    )


def test_a_closed_station_closes_its_platforms(tmp_path):
    feed = line(tmp_path, headways=True, stops=[made.stop("P", 4000, 0, location_type=1)])
    stops = feed["stops"].astype({"parent_station": object})
    stops.loc[stops["stop_id"] == "B", "parent_station"] = "P"
    feed = acc.replace_tables(feed, stops=stops)
    assert applied(feed, {"kind": "closed", "stop": "P"})[0] == run(OUT[0], ("A", 0), ("C", 630))


@pytest.mark.parametrize("headways", [False, True])
def test_a_closed_way_cuts_what_goes_there(tmp_path, headways):
    loop = [("A", 0), ("B", 300), ("C", 600, 660), ("B", 900), ("A", 1200)]
    feed = line(tmp_path, headways=headways, routes=[made.route("L")], trips=[made.trip("loop", "L")],
                stop_times=made.calls("loop", *((stop, *(30_000 + t for t in times)) for stop, *times in loop)))  # fmt: skip
    after = applied(feed, {"kind": "closed", "between": ["B", "C"]})
    assert after == by_time(
        [run(s, ("A", 0), ("B", 300, 330)) for s in OUT],
        [run(s, ("B", 300, 330), ("A", 630)) for s in BACK],
        [run(30_000, ("A", 0), ("B", 300)), run(30_000, ("B", 900), ("A", 1200))],
    )


def test_an_interchange_takes_its_own_time(tmp_path):
    # S leaves B at 07:06 and 07:09; R is there at 07:05. With a minute to spare 07:06 is caught, with 3 min it is not.
    feed = line(
        tmp_path,
        headways=False,
        stops=[made.stop("E", 4000, 9000)],
        routes=[made.route("S")],
        trips=[made.trip("s0", "S"), made.trip("s1", "S")],
        stop_times=made.calls("s0", ("B", SEVEN + 360), ("E", SEVEN + 960))
        + made.calls("s1", ("B", SEVEN + 540), ("E", SEVEN + 1140)),
    )
    here = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(*made.degrees(0, 0))], crs="EPSG:4326")
    there = gpd.GeoDataFrame({"id": ["e"]}, geometry=[Point(*made.degrees(4000, 9000))], crs="EPSG:4326")

    def minutes(feeds):
        network = acc.build_network(timetable_of(feeds, date=DATE), None)
        return acc.departure_times(network, here, there, window=("07:00", "07:01"))["travel_time"].tolist()

    edit = {"kind": "interchange", "between": ["B", "B"], "min_transfer_s": 180}
    slower = apply_schemes([feed], [scheme(edit)], date=DATE)
    assert (minutes([feed]), minutes(slower)) == ([16.0], [19.0])
    again = scheme({**edit, "min_transfer_s": 30}, scheme_id="t")
    assert minutes(apply_schemes(slower, [again], date=DATE)) == [16.0]


def test_an_interchange_of_stations_stands_in_place_of_its_platforms(tmp_path):
    platforms = [
        made.stop("P", 0, 0, location_type=1),
        made.stop("P1", 0, 0, location_type=0, parent_station="P"),
    ]
    rules = [
        {"from_stop_id": "P1", "to_stop_id": "B", "transfer_type": 2, "min_transfer_time": 900},
        {"from_stop_id": "P1", "to_stop_id": "B", "from_route_id": "R", "transfer_type": 3},
        {"from_stop_id": "A", "to_stop_id": "B", "transfer_type": 3},
    ]
    feed = line(tmp_path, headways=False, stops=platforms, transfers=rules)
    edit = {"kind": "interchange", "between": ["P", "B"], "min_transfer_s": 60}
    after = apply_schemes([feed], [scheme(edit)], date=DATE)[0]["transfers"]
    columns = ["from_stop_id", "to_stop_id", "from_route_id", "transfer_type", "min_transfer_time"]
    assert sorted(after[columns].astype(object).to_numpy().tolist()) == [
        ["A", "B", "", 3, -1], ["B", "P", "", 2, 60], ["P", "B", "", 2, 60], ["P1", "B", "R", 3, -1],
    ]  # fmt: skip


def test_edits_build_on_each_other(feed):
    first = scheme(NEW_LINE)
    second = scheme(
        {"kind": "more_frequent", "route": "scheme:s:1", "periods": [{"start": "07:00", "end": "07:30", "every_min": 5}]},
        {"kind": "closed", "stop": "scheme:s:north"},
        scheme_id="t",
    )  # fmt: skip
    after = runs(apply_schemes([feed], [first, second], date=DATE))
    added = [each for each in after if each not in UNCHANGED]
    starts = range(SEVEN, SEVEN + 1800, 300)
    assert added == by_time(
        [run(s, ("B", 0), ("scheme:s:far", 830)) for s in starts],
        [run(s, ("scheme:s:far", 0), ("B", 830)) for s in starts],
    )


def test_the_feed_is_found_by_its_routes(tmp_path):
    one = line(tmp_path / "one", headways=True)
    other = read_feed(
        made.write_feed(
            tmp_path / "other", stops=[made.stop("Y", 0, 0), made.stop("Z", 900, 0)], routes=[made.route("S")],
            trips=[made.trip("s", "S")], stop_times=made.calls("s", ("Y", 30_000), ("Z", 30_300)),
        )
    )  # fmt: skip
    after = apply_schemes([other, one], [scheme({"kind": "faster", "route": "R", "percent": 10})], date=DATE)
    assert after[0] is other
    assert runs(after[1:]) != UNCHANGED
    assert runs([one]) == UNCHANGED  # what was given stays as it was


def test_each_line_that_runs_is_closed_in_turn(tmp_path, caplog):
    feed = line(tmp_path, headways=True, routes=[made.route("S 1"), made.route("idle")], trips=[made.trip("s", "S 1")],
                stop_times=made.calls("s", ("A", 30_000), ("B", 30_300)))  # fmt: skip
    other = read_feed(
        made.write_feed(
            tmp_path / "other", stops=[made.stop("Y", 0, 0), made.stop("Z", 900, 0)], routes=[made.route("R")],
            trips=[made.trip("s", "R")], stop_times=made.calls("s", ("Y", 30_000), ("Z", 30_300)),
        )
    )  # fmt: skip
    closures = resilience_schemes([other, feed], date=DATE)
    assert [each.id for each in closures] == ["closed:made:R", "closed:made:S_1", "closed:other:R"]
    left = [[each.name for each in apply_schemes([feed, other], [one], date=DATE)] for one in closures]
    assert left == [["made", "other"], ["made", "other"], ["made"]]
    assert [record.message for record in caplog.records] == [
        "other: no trip is left on 2026-03-10, and the feed is left out"
    ]


ALL_KINDS = (
    NEW_LINE,
    {"kind": "extension", "route": "R", "beyond": "C", "calls": [point("D", D)], "run_min": [4]},
    {"kind": "new_station", "routes": "R", "between": ["A", "B"], "station": point("X", X), "penalty_s": 40},
    {"kind": "more_frequent", "route": "R", "add_per_hour": 2},
    {"kind": "more_frequent", "route": "R", "periods": [{"start": "07:00", "end": "08:00", "every_min": 5}]},
    {"kind": "faster", "route": "R", "percent": 10},
    {"kind": "closed", "between": ["B", "C"]},
    {"kind": "interchange", "between": ["A", "B"], "min_transfer_s": 60},
)


@pytest.mark.parametrize(
    "edits", [*((edit,) for edit in ALL_KINDS), ALL_KINDS], ids=lambda e: "+".join(x["kind"] for x in e)
)
def test_what_is_written_is_valid_and_runs_the_same(feed, tmp_path, edits):
    after = apply_schemes([feed], [scheme(*edits)], date=DATE)
    folder = acc.write_feed(after[0], tmp_path / "written" / "made")
    original = acc.write_feed(feed, tmp_path / "original" / "made")
    inspection = inspect_feed(folder)
    assert inspection.errors == ()
    assert runs([inspection.feed]) == runs(after)
    errors = [sorted({e.code for e in gtfs_guru.validate(str(f)).errors()}) for f in (original, folder)]
    assert errors == [[], []]


def test_the_same_schemes_give_the_same_feed(feed, tmp_path):
    files = []
    for name in ("one", "other"):
        after = apply_schemes([feed], [scheme(*ALL_KINDS)], date=DATE)[0]
        folder = acc.write_feed(after, tmp_path / name)
        files.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert files[0] == files[1]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_added_harms_nobody(tmp_path, seed):
    random = Random(seed)
    feed = read_feed(made.random_feed(tmp_path / "random", random, around_s=8 * HOUR))
    running = feed["trips"]["service_id"].isin(services_on(feed, pd.Timestamp(DATE).date()))
    if not running.any():
        pytest.skip("nothing runs")
    route = str(feed["trips"].loc[running, "route_id"].iloc[0])
    edits = [
        {
            "kind": "new_line", "mode": "bus", "line": "N", "calls": ["S0", "S1", "S2"], "speed_kmh": 60, "dwell_s": 10,
            "periods": [{"start": "07:30", "end": "09:00", "every_min": 9}],
        },
        {"kind": "more_frequent", "route": route, "add_per_hour": 2, "periods": [{"start": "07:00", "end": "09:00"}]},
    ]  # fmt: skip
    points = feed["stops"].iloc[:5]
    places = gpd.GeoDataFrame(
        {"id": points["stop_id"].astype(str)},
        geometry=gpd.points_from_xy(points["stop_lon"], points["stop_lat"]),
        crs="EPSG:4326",
    )
    before = timetable_of([feed], date=DATE)
    times = []
    for feeds in ([feed], apply_schemes([feed], [scheme(*edits)], date=DATE)):
        network = acc.build_network(timetable_of(feeds, date=DATE), None)
        found = acc.departure_times(network, places, places, window=("07:40", "08:20"))
        times.append(found["travel_time"].to_numpy())
    assert len(before.stops) <= len(feed["stops"])
    assert (times[1] <= times[0]).all()
