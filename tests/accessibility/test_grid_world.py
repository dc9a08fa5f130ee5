"""A made world whose travel times are derived on paper.

One metre is one second on foot (3.6 km/h, no detour). Points stand half a metre short of a round number of seconds, so
that rounding up gives the round number whatever the projection does in the last centimetre.
"""

from __future__ import annotations

import geopandas as gpd
import made_feeds as made
import numpy as np
import pytest

import accessibility as acc

DATE = "2026-03-10"
SEVEN = 7 * 3600
MIN = 60


def point(name: str, x: float, y: float, **more: object) -> gpd.GeoDataFrame:
    data = {"id": [name], **{key: [value] for key, value in more.items()}}
    return gpd.GeoDataFrame(
        data, geometry=gpd.points_from_xy([made.CORNER[0] + x], [made.CORNER[1] + y]), crs="EPSG:27700"
    )


def network(
    *folders,
    date: str = DATE,
    min_transfer_min: float = 1,
    max_transfer_min: float = 10,
    max_direct_min: float = 40,
):
    return acc.build_network(
        acc.read_timetable(list(folders), date=date), walk_speed_kmh=3.6, detour=1.0, min_transfer_min=min_transfer_min,
        max_transfer_min=max_transfer_min, max_direct_min=max_direct_min,
    )  # fmt: skip


def minutes(net, origin, destination, window=("07:00", "09:00"), percentiles=(50,), **more):
    table = acc.travel_times(net, origin, destination, window=window, percentiles=percentiles, **more)
    return [float(table[f"travel_time_p{p:02d}"].iloc[0]) for p in percentiles]


#: Two minutes' walk west of stop A at (0, 0), one minute's walk east of stop B at (20 000, 0).
HOME = point("home", -119.5, 0)
WORK = point("work", 20_059.5, 0)
STOPS = [made.stop("A", 0, 0), made.stop("B", 20_000, 0)]


def every_ten_minutes(folder, *, shift: int = 0):
    """A to B in 15 minutes, leaving at 05:00, 05:10, … 10:50."""
    starts = range(5 * 3600, 11 * 3600, 600)
    return made.write_feed(
        folder,
        stops=STOPS,
        routes=[made.route("R")],
        trips=[made.trip(f"T{s}", "R") for s in starts],
        stop_times=[
            row for s in starts for row in made.calls(f"T{s}", ("A", s + shift), ("B", s + 900 + shift))
        ],
    )


def test_waiting_is_uniform_over_the_headway(tmp_path):
    # Walk 2, wait 0 to 9 minutes (twelve departures each), ride 15, walk 1: 18 to 27 minutes.
    # Of 120 sorted departures, rank 60 is the last of those that wait 4, rank 108 the last of those that wait 8.
    found = minutes(network(every_ten_minutes(tmp_path / "f")), HOME, WORK, percentiles=(0, 10, 50, 90, 100))
    assert found == [18, 18, 22, 26, 27]


def test_first_wait_counts_at_a_single_departure(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    assert minutes(net, HOME, WORK, window=("07:08", "07:09")) == [18]
    assert minutes(net, HOME, WORK, window=("07:09", "07:10")) == [27]


def test_change_waits_for_walk_and_buffer(tmp_path):
    # Arrivals at B at :05, :15, :25 …; a minute's walk and a minute's buffer; line 2 leaves C every 15 minutes.
    line1, line2 = range(5 * 3600, 11 * 3600, 600), range(5 * 3600, 12 * 3600, 900)
    folder = made.write_feed(
        tmp_path / "f",
        stops=[*STOPS, made.stop("C", 20_000, 59.5), made.stop("D", 40_000, 0)],
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip(f"a{s}", "1") for s in line1] + [made.trip(f"b{s}", "2") for s in line2],
        stop_times=[row for s in line1 for row in made.calls(f"a{s}", ("A", s), ("B", s + 900))]
        + [row for s in line2 for row in made.calls(f"b{s}", ("C", s), ("D", s + 300))],
    )
    goal = point("goal", 40_059.5, 0)
    net = network(folder)
    times = []
    for leave in range(120):
        boarded = -(-(leave + 2) // 10) * 10
        caught = -(-(boarded + 15 + 1 + 1) // 15) * 15
        times.append(caught + 5 + 1 - leave)
        assert minutes(
            net,
            HOME,
            goal,
            window=(
                f"{7 + leave // 60:02d}:{leave % 60:02d}",
                f"{7 + (leave + 1) // 60:02d}:{(leave + 1) % 60:02d}",
            ),
        ) == [times[-1]]
    assert minutes(net, HOME, goal) == [sorted(times)[59]]
    # Boarding at 07:10 arrives at 07:25; a minute's walk and four of buffer just catch 07:30, five do not.
    at_eight = ("07:08", "07:09")
    assert minutes(network(folder, min_transfer_min=4), HOME, goal, window=at_eight) == [30 + 6 - 8]
    assert minutes(network(folder, min_transfer_min=5), HOME, goal, window=at_eight) == [45 + 6 - 8]
    # A walk of a minute is too far where no more than half a minute is allowed.
    assert minutes(network(folder, max_transfer_min=0.5), HOME, goal) == [np.inf]


def test_change_at_the_same_stop_needs_the_buffer_too(tmp_path):
    folder = made.write_feed(
        tmp_path / "f",
        stops=[*STOPS, made.stop("D", 40_000, 0)],
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip("a", "1"), made.trip("b", "2"), made.trip("c", "2")],
        stop_times=made.calls("a", ("A", SEVEN + 120), ("B", SEVEN + 600))
        + made.calls("b", ("B", SEVEN + 659), ("D", SEVEN + 900))
        + made.calls("c", ("B", SEVEN + 660), ("D", SEVEN + 1200)),
    )
    goal = point("goal", 40_059.5, 0)
    at_seven = ("07:00", "07:01")
    assert minutes(network(folder), HOME, goal, window=at_seven) == [21]
    assert minutes(network(folder, min_transfer_min=0), HOME, goal, window=at_seven) == [16]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], 16),
        ([("B", "B", 0, "")], 16),
        ([("B", "B", 1, "")], 11),  # timed: the walk alone, none at the same stop
        ([("B", "B", 2, 240)], 21),  # its own time replaces the sum
        ([("B", "B", 3, "")], np.inf),
        ([("P", "P", 3, "")], np.inf),  # a station's row holds for its platforms
        ([("P", "P", 3, ""), ("B", "B", 2, 240)], 21),  # and the platform's own row is more specific
        ([("B", "B", 3, ""), ("B", "B", 1, "", "1", "2")], 11),  # so is one about routes
        ([("B", "B", 1, "", "2", "2")], 16),  # unless it is about others
        ([("B", "B", 1, "", "1", "2"), ("B", "B", 2, 240, "1", "")], 11),  # two routes before one
        ([("B", "B", 1, "", "1", "2"), ("B", "B", 3, "", "", "", "a", "")], np.inf),  # a trip before routes
        ([("B", "B", 3, "", "", "", "", "c1")], 21),  # forbids the second boarding; the third leaves at 07:15
    ],
)  # fmt: skip
def test_transfer_rules(tmp_path, rules, expected):
    names = (
        "from_stop_id",
        "to_stop_id",
        "transfer_type",
        "min_transfer_time",
        "from_route_id",
        "to_route_id",
        "from_trip_id",
        "to_trip_id",
    )
    stops = [
        made.stop("A", 0, 0),
        made.stop("P", 20_000, 0, location_type=1),
        made.stop("B", 20_000, 0, parent_station="P"),
        made.stop("D", 40_000, 0),
    ]
    folder = made.write_feed(
        tmp_path / "f",
        stops=stops,
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip("a", "1"), *(made.trip(f"c{i}", "2") for i in range(3))],
        stop_times=made.calls("a", ("A", SEVEN + 120), ("B", SEVEN + 300))
        + made.calls("c0", ("B", SEVEN + 300), ("D", SEVEN + 600))
        + made.calls("c1", ("B", SEVEN + 400), ("D", SEVEN + 900))
        + made.calls("c2", ("B", SEVEN + 540), ("D", SEVEN + 1200)),
        transfers=[dict(zip(names, (*rule, "", "", "", "")[:8], strict=True)) for rule in rules],
    )
    assert minutes(network(folder), HOME, point("goal", 40_059.5, 0), window=("07:00", "07:01")) == [expected]


def test_type_2_joins_stops_beyond_walking_distance(tmp_path):
    folder = made.write_feed(
        tmp_path / "f",
        stops=[*STOPS, made.stop("C", 30_000, 0), made.stop("D", 40_000, 0)],
        routes=[made.route("1")],
        trips=[made.trip("a", "1"), made.trip("b", "1")],
        stop_times=made.calls("a", ("A", SEVEN + 120), ("B", SEVEN + 300))
        + made.calls("b", ("C", SEVEN + 900), ("D", SEVEN + 1140)),
        transfers=[{"from_stop_id": "B", "to_stop_id": "C", "transfer_type": 2, "min_transfer_time": 600}],
    )
    assert minutes(network(folder), HOME, point("goal", 40_059.5, 0), window=("07:00", "07:01")) == [20]


def test_an_express_overtakes(tmp_path):
    folder = made.write_feed(
        tmp_path / "f",
        stops=STOPS,
        routes=[made.route("R")],
        trips=[made.trip("slow", "R"), made.trip("fast", "R")],
        stop_times=made.calls("slow", ("A", SEVEN + 300), ("B", SEVEN + 2700))
        + made.calls("fast", ("A", SEVEN + 600), ("B", SEVEN + 1200)),
    )
    assert minutes(network(folder), HOME, WORK, window=("07:00", "07:01")) == [21]


@pytest.mark.parametrize("exact", [0, 1])
def test_frequencies_equal_the_trips_they_stand_for(tmp_path, exact):
    folder = made.write_feed(
        tmp_path / "f",
        stops=STOPS,
        routes=[made.route("R")],
        trips=[made.trip("T", "R")],
        stop_times=made.calls("T", ("A", 100), ("B", 1000)),
        frequencies=[
            {
                "trip_id": "T",
                "start_time": "05:00:00",
                "end_time": "07:30:00",
                "headway_secs": 600,
                "exact_times": exact,
            },
            {
                "trip_id": "T",
                "start_time": "07:30:00",
                "end_time": "11:00:00",
                "headway_secs": 600,
                "exact_times": exact,
            },
        ],
    )
    timetable = acc.read_timetable(folder, date=DATE)
    assert [note for note in timetable.notes if "headway-based" in note] == (
        [] if exact else ["f: 2 headway-based frequencies were laid from their start time"]
    )
    written_out = every_ten_minutes(tmp_path / "g")
    for percentiles in ((0,), (50,), (90,), (100,)):
        assert minutes(network(folder), HOME, WORK, percentiles=percentiles) == minutes(
            network(written_out), HOME, WORK, percentiles=percentiles
        )


def test_after_the_last_trip_there_is_no_journey(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    # The last leaves at 10:50: 49 of the departures 10:00 to 10:59 are too late for it.
    assert minutes(net, HOME, WORK, window=("10:48", "10:49")) == [18]
    assert minutes(net, HOME, WORK, window=("10:49", "10:50")) == [np.inf]
    assert minutes(net, HOME, WORK, window=("10:00", "11:00"), percentiles=(81, 82)) == [27, np.inf]


def test_trips_of_the_evening_before_and_the_next_morning(tmp_path):
    only_monday = {
        **made.EVERY_DAY,
        "service_id": "mon",
        **dict.fromkeys(("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 0),
    }
    folder = made.write_feed(
        tmp_path / "f",
        calendar=[made.EVERY_DAY, only_monday],
        stops=STOPS,
        routes=[made.route("R")],
        trips=[made.trip("night", "R", "mon"), made.trip("early", "R")],
        stop_times=made.calls("night", ("A", 25 * 3600 + 600), ("B", 25 * 3600 + 1500))
        + made.calls("early", ("A", 5 * 3600), ("B", 5 * 3600 + 900)),
    )
    tuesday, monday = network(folder), network(folder, date="2026-03-09")
    assert minutes(tuesday, HOME, WORK, window=("01:08", "01:09")) == [18]
    assert minutes(monday, HOME, WORK, window=("25:08", "25:09")) == [18]
    assert minutes(monday, HOME, WORK, window=("01:08", "01:09")) == [np.inf]
    assert minutes(monday, HOME, WORK, window=("28:58", "28:59")) == [18]


def test_a_loop_is_boarded_at_its_second_call(tmp_path):
    folder = made.write_feed(
        tmp_path / "f",
        stops=[*STOPS, made.stop("C", 0, 20_000)],
        routes=[made.route("R")],
        trips=[made.trip("T", "R")],
        stop_times=made.calls(
            "T", ("A", SEVEN), ("C", SEVEN + 600), ("A", SEVEN + 1200), ("B", SEVEN + 1800)
        ),
    )
    assert minutes(network(folder), HOME, WORK, window=("07:10", "07:11")) == [21]


@pytest.mark.parametrize("column", ["pickup_type", "drop_off_type"])
def test_no_boarding_and_no_alighting(tmp_path, column):
    rows = made.calls("T", ("A", SEVEN + 120), ("B", SEVEN + 600)) + made.calls(
        "U", ("A", SEVEN + 900), ("B", SEVEN + 1440)
    )
    rows[0 if column == "pickup_type" else 1][column] = 1
    folder = made.write_feed(
        tmp_path / "f",
        stops=STOPS,
        routes=[made.route("R")],
        trips=[made.trip("T", "R"), made.trip("U", "R")],
        stop_times=rows,
    )
    assert minutes(network(folder), HOME, WORK, window=("07:00", "07:01")) == [25]


@pytest.mark.parametrize("order", ["xyz", "zyx", "yzx"])
def test_a_chain_of_hops_within_one_second(tmp_path, order):
    hops = {"x": ("A", "M"), "y": ("M", "N"), "z": ("N", "B")}
    folder = made.write_feed(
        tmp_path / "f",
        stops=[*STOPS, made.stop("M", 5_000, 0), made.stop("N", 10_000, 0)],
        routes=[made.route(name) for name in order],
        trips=[made.trip(name, name) for name in order],
        stop_times=[
            row for name in order for row in made.calls(name, *((stop, SEVEN + 300) for stop in hops[name]))
        ],
    )
    assert minutes(network(folder, min_transfer_min=0), HOME, WORK, window=("07:00", "07:01")) == [6]
    assert minutes(network(folder, min_transfer_min=1), HOME, WORK, window=("07:00", "07:01")) == [np.inf]


def test_walking_competes_at_every_departure(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    near = point("near", 1_000 - 119.5 - 0.5, 0)
    assert minutes(net, HOME, near) == [pytest.approx(1000 / 60)]
    too_far = point("far", 2_400 - 119.5 + 0.5, 0)
    assert minutes(net, HOME, too_far) == [np.inf]


def test_a_group_is_reached_at_its_nearest_point_of_each_departure(tmp_path):
    # One point of the group is a 25-minute walk away, the other by train in 18 to 27 minutes.
    both = gpd.pd.concat(
        [point("door", -1_619.0, 0, group="centre"), point("gate", 20_059.5, 0, group="centre")]
    )
    found = minutes(network(every_ten_minutes(tmp_path / "f")), HOME, both, percentiles=(0, 50, 80, 100))
    assert found == [18, 22, 25, 25]


def test_unreachable_pairs_keep_their_row(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    origins = gpd.pd.concat([HOME, point("island", 0, 30_000)])
    table = acc.travel_times(net, origins, WORK, window=("07:00", "09:00"))
    assert list(table.columns) == ["from_id", "to_id", "travel_time_p50"]
    assert table["from_id"].tolist() == ["home", "island"]
    assert table["travel_time_p50"].tolist() == [22, np.inf]
    assert minutes(net, HOME, WORK, max_time_min=21) == [np.inf]


def test_empty_points_give_an_empty_table(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    for origins, goals in ((HOME.iloc[:0], WORK), (HOME, WORK.iloc[:0])):
        table = acc.travel_times(net, origins, goals, window=("07:00", "09:00"))
        assert list(table.columns) == ["from_id", "to_id", "travel_time_p50"]
        assert table.empty


def test_shifting_every_time_changes_nothing(tmp_path):
    plain, later = (
        network(every_ten_minutes(tmp_path / "f")),
        network(every_ten_minutes(tmp_path / "g", shift=7 * 60)),
    )
    assert minutes(plain, HOME, WORK, percentiles=(0, 37, 50, 99)) == minutes(
        later, HOME, WORK, window=("07:07", "09:07"), percentiles=(0, 37, 50, 99)
    )


def test_two_feeds_together_equal_the_whole(tmp_path):
    stops = [*STOPS, made.stop("D", 40_000, 0)]
    first = {
        "routes": [made.route("1")],
        "trips": [made.trip("a", "1")],
        "stop_times": made.calls("a", ("A", SEVEN + 120), ("B", SEVEN + 600)),
    }
    second = {
        "routes": [made.route("2")],
        "trips": [made.trip("b", "2")],
        "stop_times": made.calls("b", ("B", SEVEN + 900), ("D", SEVEN + 1500)),
    }
    goal = point("goal", 40_059.5, 0)
    whole = made.write_feed(
        tmp_path / "whole", stops=stops, **{name: first[name] + second[name] for name in first}
    )
    parts = [
        made.write_feed(tmp_path / name, stops=stops, **tables)
        for name, tables in (("one", first), ("two", second))
    ]
    assert minutes(network(whole), HOME, goal, window=("07:00", "07:01")) == [26]
    assert minutes(network(*parts), HOME, goal, window=("07:00", "07:01")) == [26]
    assert minutes(network(*reversed(parts)), HOME, goal, window=("07:00", "07:01")) == [26]


def test_untimed_stops_are_filled_by_distance_and_counted(tmp_path):
    rows = made.calls("T", ("A", SEVEN + 120), ("M", 0), ("B", SEVEN + 1320))
    rows[1]["arrival_time"] = rows[1]["departure_time"] = ""
    folder = made.write_feed(
        tmp_path / "f",
        stops=[*STOPS, made.stop("M", 5_000, 0)],
        routes=[made.route("R")],
        trips=[made.trip("T", "R")],
        stop_times=rows,
    )
    net = network(folder)
    # A quarter of the way in a quarter of the twenty minutes; the last minute is on foot.
    assert minutes(net, HOME, point("mid", 5_059.5, 0), window=("07:00", "07:01")) == [
        pytest.approx(2 + 5 + 1, abs=1.1 / 60)
    ]
    assert net.notes == ("f: 1 of 3 calls have no time; interpolated by distance",)


def test_far_from_britain_distances_hold(tmp_path):
    # Two stops one hundredth of a degree of latitude apart at the equator: 1,105.7 m, so 1,106 seconds on foot.
    stops = [
        {"stop_id": "A", "stop_lat": 0.0, "stop_lon": 33.0},
        {"stop_id": "B", "stop_lat": 0.2, "stop_lon": 33.0},
    ]
    folder = made.write_feed(
        tmp_path / "f",
        stops=stops,
        routes=[made.route("R")],
        trips=[made.trip("T", "R")],
        stop_times=made.calls("T", ("A", SEVEN), ("B", SEVEN + 60)),
    )
    net = network(folder)
    assert net.crs.to_epsg() == 32636
    here = gpd.GeoDataFrame({"id": ["o"]}, geometry=gpd.points_from_xy([33.0], [0.1]), crs="EPSG:4326")
    there = gpd.GeoDataFrame({"id": ["d"]}, geometry=gpd.points_from_xy([33.0], [0.11]), crs="EPSG:4326")
    assert minutes(net, here, there) == [pytest.approx(1105.7 / 60, abs=0.02)]
