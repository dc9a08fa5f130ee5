"""Journeys leg by leg: by hand, against the travel times, and against the rules read by the plain search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from random import Random

import geopandas as gpd
import made_feeds as made
import numpy as np
import oracle
import pandas as pd
import pytest

import accessibility as acc
from accessibility.measures.journeys import PARTS, explain

DATE = dt.date(2026, 3, 10)
SEVEN = 7 * 3600
LEG_COLUMNS = [
    "leg", "part", "mode", "line", "headsign", "from", "to", "depart", "arrive", "minutes", "stops", "from_id", "to_id",
    "trip_id", "depart_s", "arrive_s",
]  # fmt: skip


def points(*rows: tuple[object, float, float], groups: list[str] | None = None) -> gpd.GeoDataFrame:
    """Points of the made world, in metres from its corner."""
    data: dict[str, object] = {"id": [name for name, _, _ in rows]}
    if groups is not None:
        data["group"] = groups
    xy = [(made.CORNER[0] + x, made.CORNER[1] + y) for _, x, y in rows]
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs="EPSG:27700")


def network(folder: Path, **limits: float) -> acc.Network:
    """A metre on foot is a second."""
    return acc.build_network(acc.read_timetable(folder, date=DATE), walk_speed_kmh=3.6, detour=1.0, **limits)


#: Two minutes' walk west of stop A, one minute's walk east of stop D; half a metre short, so rounding up is exact.
HOME = points(("home", -119.5, 0))
GOAL = points(("goal", 40_059.5, 0))


def two_lines(folder: Path, *, transfers: list[dict[str, object]] | None = None) -> Path:
    """A to B in fifteen minutes, a minute's walk from B to C, C to D in five minutes; an express A to D that is slow."""
    return made.write_feed(
        folder,
        stops=[
            made.stop("A", 0, 0),
            made.stop("B", 20_000, 0),
            made.stop("C", 20_000, 59.5),
            made.stop("D", 40_000, 0),
        ],
        routes=[{**made.route("1"), "route_short_name": "One"}, made.route("2", 2), made.route("X")],
        trips=[{**made.trip("a", "1"), "trip_headsign": "Beeton"}, made.trip("b", "2"), made.trip("x", "X")],
        stop_times=made.calls("a", ("A", SEVEN + 600), ("B", SEVEN + 1500))
        + made.calls("b", ("C", SEVEN + 1800), ("D", SEVEN + 2100))
        + made.calls("x", ("A", SEVEN + 300), ("B", SEVEN + 1900), ("D", SEVEN + 2400)),
        transfers=transfers or [],
    )


def test_every_part_of_a_journey_by_hand(tmp_path):
    legs = explain(network(two_lines(tmp_path / "f")), HOME, GOAL, depart="07:06")
    told = legs[["part", "mode", "line", "from", "to", "depart", "arrive", "minutes", "stops"]]
    assert told.to_numpy().tolist() == [
        ["access walk", "walk", "", "home", "Stop A", "07:06:00", "07:08:00", 2.0, 0],
        ["first wait", "wait", "", "Stop A", "Stop A", "07:08:00", "07:10:00", 2.0, 0],
        ["ride", "bus", "One", "Stop A", "Stop B", "07:10:00", "07:25:00", 15.0, 1],
        ["change walk", "walk", "", "Stop B", "Stop C", "07:25:00", "07:26:00", 1.0, 0],
        ["change wait", "wait", "", "Stop C", "Stop C", "07:26:00", "07:30:00", 4.0, 0],
        ["ride", "rail", "2", "Stop C", "Stop D", "07:30:00", "07:35:00", 5.0, 1],
        ["egress walk", "walk", "", "Stop D", "goal", "07:35:00", "07:36:00", 1.0, 0],
    ]  # fmt: skip
    assert list(legs.columns) == LEG_COLUMNS
    assert legs["leg"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert legs["headsign"].tolist() == ["", "", "Beeton", "", "", "", ""]
    assert legs["trip_id"].tolist() == ["", "", "a", "", "", "b", ""]
    assert set(legs["part"]) <= set(PARTS)


def test_the_wait_for_a_ruled_change_is_told_apart_from_its_walk(tmp_path):
    # transfers.txt gives 30 seconds for what takes a minute on foot: the walk is no longer than it says.
    rule = {"from_stop_id": "B", "to_stop_id": "C", "transfer_type": 2, "min_transfer_time": 30}
    legs = explain(network(two_lines(tmp_path / "f", transfers=[rule])), HOME, GOAL, depart="07:06")
    change = legs[legs["part"].isin(["change walk", "change wait"])]
    assert change["minutes"].tolist() == [0.5, 4.5]


def test_fewest_rides_win_a_tie_even_with_more_walking(tmp_path):
    # One ride from a stop eight minutes away reaches the goal at the same second as two rides from the nearest stop.
    folder = made.write_feed(
        tmp_path / "f",
        stops=[
            made.stop("A", 0, 0),
            made.stop("B", 20_000, 0),
            made.stop("D", 40_000, 0),
            made.stop("F", -600, 0),
        ],
        routes=[made.route("1"), made.route("2"), made.route("3")],
        trips=[made.trip("a", "1"), made.trip("b", "2"), made.trip("through", "3")],
        stop_times=made.calls("a", ("A", SEVEN + 180), ("B", SEVEN + 900))
        + made.calls("b", ("B", SEVEN + 960), ("D", SEVEN + 1800))
        + made.calls("through", ("F", SEVEN + 600), ("D", SEVEN + 1800)),
    )
    legs = explain(network(folder), HOME, GOAL, depart="07:00")
    assert legs.loc[legs["part"] == "ride", "trip_id"].tolist() == ["through"]


@pytest.mark.parametrize(("drop_off_type", "expected"), [(0, "B"), (1, "C")])
def test_one_changes_at_the_first_stop_where_one_may_alight(tmp_path, drop_off_type, expected):
    first = made.calls("a", ("A", SEVEN + 600), ("B", SEVEN + 900), ("C", SEVEN + 1200))
    first[1]["drop_off_type"] = drop_off_type
    folder = made.write_feed(
        tmp_path / "f",
        stops=[
            made.stop("A", 0, 0),
            made.stop("B", 10_000, 0),
            made.stop("C", 20_000, 0),
            made.stop("D", 40_000, 0),
        ],
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip("a", "1"), made.trip("b", "2")],
        stop_times=first + made.calls("b", ("B", SEVEN + 1500), ("C", SEVEN + 1800), ("D", SEVEN + 2100)),
    )
    legs = explain(network(folder), HOME, GOAL, depart="07:00")
    assert legs.loc[legs["part"] == "ride", "to_id"].tolist() == [expected, "D"]


def test_least_walking_wins_among_equal_rides(tmp_path):
    # Both buses arrive at D together; the earlier one leaves from a stop further away.
    folder = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("F", -600, 0), made.stop("D", 40_000, 0)],
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip("far", "1"), made.trip("near", "2")],
        stop_times=made.calls("far", ("F", SEVEN + 540), ("D", SEVEN + 1800))
        + made.calls("near", ("A", SEVEN + 900), ("D", SEVEN + 1800)),
    )
    legs = explain(network(folder), HOME, GOAL, depart="07:00")
    assert legs["from_id"].tolist()[:2] == ["home", "A"]
    assert legs.loc[legs["part"] == "ride", "trip_id"].tolist() == ["near"]


def test_the_walk_alone_is_one_leg_and_wins_a_tie(tmp_path):
    # Walk 120 s to A, ride to the stop beside the goal, arriving exactly when the walk of 600 s does.
    folder = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("B", 480, 0)],
        routes=[made.route("1")],
        trips=[made.trip("t", "1")],
        stop_times=made.calls("t", ("A", SEVEN + 200), ("B", SEVEN + 600)),
    )
    net, goal = network(folder), points(("goal", 480, 0))
    legs = explain(net, HOME, goal, depart="07:00")
    assert legs["part"].tolist() == ["direct walk"]
    assert legs[["from", "to", "depart", "arrive"]].to_numpy().tolist() == [
        ["home", "goal", "07:00:00", "07:10:00"]
    ]
    assert legs["minutes"].tolist() == [10.0]
    there = explain(net, HOME, HOME.assign(id="same"), depart="07:00")
    assert (there["part"].tolist(), there["minutes"].tolist()) == (["direct walk"], [0.0])


def test_the_nearest_point_of_a_group_is_named(tmp_path):
    doors = points(("west", 39_000, 0), ("east", 40_059.5, 0), groups=["centre", "centre"])
    legs = explain(network(two_lines(tmp_path / "f")), HOME, doors, depart="07:06")
    assert legs["to_id"].iloc[-1] == "east"
    assert legs["arrive"].iloc[-1] == "07:36:00"


def test_unreachable_is_an_empty_table_of_the_same_columns(tmp_path):
    net = network(two_lines(tmp_path / "f"))
    none = explain(net, HOME, GOAL, depart="08:00")
    some = explain(net, HOME, GOAL, depart="07:06")
    assert none.empty
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    # 30 minutes are needed and allowed; at 29 there is no journey.
    assert not explain(net, HOME, GOAL, depart="07:06", max_time_min=30).empty
    assert explain(net, HOME, GOAL, depart="07:06", max_time_min=29).empty


def test_inputs_are_not_changed_and_any_crs_will_do(tmp_path):
    net, home = network(two_lines(tmp_path / "f")), HOME.to_crs("EPSG:4326")
    before = home.copy()
    legs = explain(net, home, GOAL.to_crs("EPSG:3857"), depart="07:06")
    assert legs["arrive"].iloc[-1] == "07:36:00"
    pd.testing.assert_frame_equal(before, home)


@pytest.mark.parametrize(
    ("origin", "destination", "more", "message"),
    [
        (points(("a", 0, 0), ("b", 9, 9)), GOAL, {}, "one origin, and there are 2"),
        (HOME.iloc[:0], GOAL, {}, "one origin, and there are 0"),
        (HOME, points(("a", 0, 0), ("b", 9, 9)), {}, "one destination, and there are 2"),
        (HOME, points(("a", 0, 0), ("b", 9, 9), groups=["g", "h"]), {}, "one destination, and there are 2"),
        (HOME.set_crs(None, allow_override=True), GOAL, {}, "no CRS"),
        (HOME.drop(columns="id"), GOAL, {}, "no column 'id'"),
        (HOME, GOAL, {"depart": "half past"}, "not a time of day"),
        (HOME, GOAL, {"depart": "07:60"}, "not a time of day"),
        (HOME, GOAL, {"depart": ""}, "not a time of day"),
        (HOME, GOAL, {"max_time_min": 0}, "must be above 0"),
        (HOME, GOAL, {"max_time_min": 20 * 60}, "at most 1,092 minutes"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_a_sentence(tmp_path, origin, destination, more, message):
    with pytest.raises(acc.ToolkitError, match=message):
        explain(network(two_lines(tmp_path / "f")), origin, destination, **more)


def part_seconds(legs: pd.DataFrame, part: str) -> int:
    chosen = legs[legs["part"] == part]
    return int((chosen["arrive_s"] - chosen["depart_s"]).sum())


def check_joined(legs: pd.DataFrame, *, leave_s: int, total_min: float) -> None:
    """Legs follow each other without gap or overlap and add up to the travel time, to the second."""
    assert legs["depart_s"].iloc[0] == leave_s
    assert (legs["arrive_s"].to_numpy()[:-1] == legs["depart_s"].to_numpy()[1:]).all()
    assert (legs["arrive_s"] >= legs["depart_s"]).all()
    assert (legs["arrive_s"].iloc[-1] - leave_s) / 60 == total_min
    assert (legs["arrive_s"] - legs["depart_s"]).sum() == round(total_min * 60)
    assert (legs["to_id"].to_numpy()[:-1] == legs["from_id"].to_numpy()[1:]).all()


def check_rules(
    legs: pd.DataFrame,
    world: oracle.World,
    limits: oracle.Limits,
    here: tuple[float, float],
    doors: dict[str, tuple[float, float]],
    tag: dict[str, str],
) -> int:
    """Every leg obeys the rules as the plain search reads them; gives the number of rides."""

    def known(identifier: str) -> str:
        feed, _, rest = identifier.rpartition(":")
        return tag[feed] + rest

    if legs["part"].tolist() == ["direct walk"]:
        feet = oracle.walk(here, doors[legs["to_id"].iloc[0]], limits)
        assert part_seconds(legs, "direct walk") == feet <= limits.direct_min * 60
        return 0
    rides = legs[legs["part"] == "ride"]
    ridden = []
    for ride in rides.itertuples():
        matching = [
            run
            for run in world.runs
            if run.trip == known(ride.trip_id)
            for i, on in enumerate(run.calls)
            for j, off in enumerate(run.calls)
            if j - i == ride.stops > 0
            and (on.stop, on.departure, on.board) == (known(ride.from_id), ride.depart_s, True)
            and (off.stop, off.arrival, off.alight) == (known(ride.to_id), ride.arrive_s, True)
        ]
        assert matching, f"no run of {ride.trip_id} is like this ride"
        ridden.append(matching[0])
    first, last = rides.iloc[0], rides.iloc[-1]
    feet = oracle.walk(here, world.stops[known(first["from_id"])], limits)
    assert part_seconds(legs, "access walk") == feet <= limits.access_min * 60
    feet = oracle.walk(world.stops[known(last["to_id"])], doors[legs["to_id"].iloc[-1]], limits)
    assert part_seconds(legs, "egress walk") == feet <= limits.egress_min * 60
    for number in range(1, len(rides)):
        before, after = rides.iloc[number - 1], rides.iloc[number]
        needed = oracle.change(
            world, limits, known(before["to_id"]), known(after["from_id"]), ridden[number - 1], ridden[number]
        )
        assert needed is not None
        assert after["depart_s"] >= before["arrive_s"] + needed
    return len(rides)


def random_worlds(
    tmp_path: Path, random: Random
) -> Iterator[tuple[acc.Network, oracle.World, oracle.Limits, dict]]:
    """Small feeds with every oddity the rules allow."""
    number = 0
    while True:
        number += 1
        paths = [
            made.random_feed(tmp_path / f"w{number}" / f"feed{i}", random, around_s=SEVEN + 1800)
            for i in range(random.randint(1, 2))
        ]
        limits = oracle.Limits(
            access_min=random.choice((4, 20)), egress_min=random.choice((6, 20)), transfer_min=random.choice((2, 10)),
            direct_min=random.choice((0, 0, 5)), min_transfer_min=random.choice((0, 1, 3)),
        )  # fmt: skip
        try:
            timetable = acc.read_timetable(paths, date=DATE)
        except acc.NoServiceError:
            continue
        net = acc.build_network(
            timetable, max_access_min=limits.access_min, max_egress_min=limits.egress_min,
            max_transfer_min=limits.transfer_min, max_direct_min=limits.direct_min,
            min_transfer_min=limits.min_transfer_min,
        )  # fmt: skip
        tags = {"": "0|"} if len(paths) == 1 else {f"feed{i}": f"{i}|" for i in range(2)}
        yield net, oracle.read_world(paths, DATE), limits, tags


def check_fewest(rides: int, total_min: float, world, limits, here, doors, leave_s: int) -> None:
    """With one ride less, the plain search arrives later or not at all."""
    if rides == 0:
        return
    if rides == 1:
        best = walked(here, doors, limits)
    else:
        fewer = oracle.Limits(**{**vars(limits), "max_rides": rides - 1})
        best = oracle.earliest(world, here, list(doors.values()), leave_s, fewer)
    assert best is None or best > total_min * 60


def asked_at(leave_s: int) -> tuple[str, tuple[str, str]]:
    """One departure, as `explain` and as `travel_times` are asked about it."""
    depart, end = (f"{s // 3600:02d}:{s // 60 % 60:02d}" for s in (leave_s, leave_s + 60))
    return depart, (depart, end)


def test_journeys_on_the_oddest_feeds_obey_the_rules(tmp_path):
    random, rides = Random(3), []
    for net, world, limits, tags in random_worlds(tmp_path, random):
        spread = random.choice((900, 2500))
        places = [(random.randint(0, spread), random.randint(0, spread)) for _ in range(6)]
        origins = points(*((f"o{i}", *xy) for i, xy in enumerate(places[:3])))
        ends = points(*((f"d{i}", *xy) for i, xy in enumerate(places[3:])), groups=["g", "h", "g"])
        leave = SEVEN + random.choice((1200, 1800, 2520))
        depart, window = asked_at(leave)
        times = acc.travel_times(net, origins, ends, window=window).set_index(["from_id", "to_id"])
        for i, group in ((i, group) for i in range(3) for group in "gh"):
            doors = ends[ends["group"] == group]
            total = float(times.loc[(f"o{i}", group), "travel_time_p50"])
            legs = explain(net, origins.iloc[[i]], doors, depart=depart)
            assert legs.empty == np.isinf(total)
            if legs.empty:
                continue
            check_joined(legs, leave_s=leave, total_min=total)
            here = (origins.geometry.x[i], origins.geometry.y[i])
            xy = {row.id: (row.geometry.x, row.geometry.y) for row in doors.itertuples()}
            rides.append(check_rules(legs, world, limits, here, xy, tags))
            check_fewest(rides[-1], total, world, limits, here, xy, leave)
        if len(rides) - rides.count(0) >= 60:
            break
    # The draw must hold all kinds, or the test would say little.
    assert rides.count(0) >= 20
    assert sum(number > 1 for number in rides) >= 3


def made_city(folder: Path, random: Random) -> Path:
    """Eight lines through thirty stops in both directions, with some rules for changing."""
    names = [f"S{i}" for i in range(30)]
    stops = [made.stop(name, random.randint(0, 9000), random.randint(0, 9000)) for name in names]
    trips, times = [], []
    for line in range(8):
        path, headway = random.sample(names, 7), random.choice((420, 600, 900))
        minutes = [random.randint(1, 5) for _ in path]
        for way, order in enumerate((path, path[::-1])):
            for start in range(SEVEN + random.randint(0, 300), SEVEN + 7200, headway):
                trip_id = f"L{line}w{way}t{start}"
                trips.append(made.trip(trip_id, f"L{line}"))
                at = [start + 60 * sum(minutes[:i]) for i in range(len(order))]
                times += made.calls(trip_id, *zip(order, at, strict=True))
    pairs = {tuple(random.sample(names, 2)) for _ in range(8)} | {(name, name) for name in names[:6]}
    kinds = [random.choice((1, 2, 3)) for _ in pairs]
    return made.write_feed(
        folder,
        stops=stops,
        routes=[made.route(f"L{line}") for line in range(8)],
        trips=trips,
        stop_times=times,
        transfers=[
            {
                "from_stop_id": a,
                "to_stop_id": b,
                "transfer_type": k,
                "min_transfer_time": 200 if k == 2 else "",
            }
            for (a, b), k in zip(sorted(pairs), kinds, strict=True)
        ],
    )


def test_a_thousand_random_journeys_add_up_and_obey_the_rules(tmp_path):
    random = Random(11)
    folder = made_city(tmp_path / "city", random)
    net, world = acc.build_network(acc.read_timetable(folder, date=DATE)), oracle.read_world([folder], DATE)
    places = [(f"p{i}", random.randint(0, 9000), random.randint(0, 9000)) for i in range(40)]
    frame, rides = points(*places), []
    xy = dict(zip(frame["id"], zip(frame.geometry.x, frame.geometry.y, strict=True), strict=True))
    for leave in (SEVEN + 300, SEVEN + 1860, SEVEN + 3600, SEVEN + 6300):
        depart, window = asked_at(leave)
        times = (
            acc.travel_times(net, frame, frame, window=window)["travel_time_p50"].to_numpy().reshape(40, 40)
        )
        for i, j in random.sample([(i, j) for i in range(40) for j in range(40) if i != j], 250):
            legs = explain(net, frame.iloc[[i]], frame.iloc[[j]], depart=depart)
            assert legs.empty == np.isinf(times[i, j])
            if legs.empty:
                rides.append(-1)
                continue
            check_joined(legs, leave_s=leave, total_min=times[i, j])
            door = {f"p{j}": xy[f"p{j}"]}
            rides.append(check_rules(legs, world, oracle.Limits(), xy[f"p{i}"], door, {"": "0|"}))
            if len(rides) % 100 == 0:
                check_fewest(rides[-1], times[i, j], world, oracle.Limits(), xy[f"p{i}"], door, leave)
    assert len(rides) == 1000
    assert min(rides.count(number) for number in (-1, 0, 1, 2, 3)) >= 20


def walked(
    here: tuple[float, float], doors: dict[str, tuple[float, float]], limits: oracle.Limits
) -> int | None:
    within = [s for xy in doors.values() if (s := oracle.walk(here, xy, limits)) <= limits.direct_min * 60]
    return min(within, default=None)


def test_the_same_question_has_the_same_answer(tmp_path):
    random = Random(5)
    net, *_ = next(random_worlds(tmp_path, random))
    origin, ends = points(("o", 100, 100)), points(("d", 800, 500), ("e", 400, 300), groups=["g", "g"])
    one = explain(net, origin, ends, depart="07:20")
    pd.testing.assert_frame_equal(one, explain(net, origin, ends.iloc[::-1], depart="07:20"))


@pytest.mark.realdata
def test_two_hundred_journeys_in_newport(shared_data):
    feed = shared_data / "transit" / "newport_uk" / "newport-20230613_gtfs.zip"
    net = acc.build_network(acc.read_timetable(feed, date="2023-06-13"))
    stops = net.timetable.stops
    random = Random(7)
    chosen = sorted(random.sample(range(len(stops)), 30))
    places = gpd.GeoDataFrame(
        {"id": stops["stop_id"].iloc[chosen].to_numpy()},
        geometry=gpd.points_from_xy(
            stops["lon"].iloc[chosen] + 0.001, stops["lat"].iloc[chosen] + 0.0005, crs="EPSG:4326"
        ),
    )
    times = acc.travel_times(net, places, places, window=("08:10", "08:11")).set_index(["from_id", "to_id"])
    pairs = [(i, j) for i in range(30) for j in range(30) if i != j]
    reached = 0
    for i, j in random.sample(pairs, 200):
        total = float(times["travel_time_p50"].iloc[i * 30 + j])
        legs = explain(net, places.iloc[[i]], places.iloc[[j]], depart="08:10")
        assert legs.empty == np.isinf(total)
        if not legs.empty:
            reached += 1
            check_joined(legs, leave_s=8 * 3600 + 600, total_min=total)
    assert reached > 80  # the rest lie beyond two hours, or have no bus at that time
