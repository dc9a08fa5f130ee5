"""A network on streets: every answer equals the plain search given the same walks; what is off the streets is named."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import math
from functools import partial
from pathlib import Path
from random import Random

import geopandas as gpd
import made_feeds as made
import numpy as np
import oracle
import pytest
import shapely
from made_streets import random_streets, streets_of, walked_metres

import accessibility as acc
from accessibility.engine.routing import all_seconds, ask, each_batch
from accessibility.engine.sweep import UNREACHED
from accessibility.measures.isochrones import isochrones
from accessibility.measures.journeys import explain
from accessibility.networks.walking import walk_seconds
from accessibility.window import parse_window

DATE = dt.date(2026, 3, 10)
SEVEN = 7 * 3600


def points(*rows: tuple[object, float, float], groups: list[str] | None = None) -> gpd.GeoDataFrame:
    """Points of the made world, in metres from its corner."""
    data: dict[str, object] = {"id": [name for name, _, _ in rows]}
    if groups is not None:
        data["group"] = groups
    xy = [(made.CORNER[0] + x, made.CORNER[1] + y) for _, x, y in rows]
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs="EPSG:27700")


def one_bus(folder: Path) -> acc.Timetable:
    """A to B, and from C (10 m from B, across the tracks) to D, once; then A and D lie 4 km apart."""
    feed = made.write_feed(
        folder,
        stops=[
            made.stop("A", 0, 10), made.stop("B", 2000, 10), made.stop("C", 2000, -20), made.stop("D", 4000, 10),
            made.stop("far", 0, 3000),
        ],
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip("t1", "1"), made.trip("t2", "2")],
        stop_times=[
            *made.calls("t1", ("A", SEVEN + 600), ("B", SEVEN + 900)),
            *made.calls("t2", ("C", SEVEN + 1200), ("D", SEVEN + 1500), ("far", SEVEN + 2400)),
        ],
    )  # fmt: skip
    return acc.read_timetable(feed, date=DATE)


#: Two streets, north and south of the tracks, joined by a bridge 400 m east of B and C.
BRIDGED = streets_of(
    [(-500, 0), (2400, 0), (4500, 0), (1000, -30), (2400, -30)],
    [(0, 1), (1, 2), (3, 4), (4, 1)],
    corner=made.CORNER,
    source="bridged.osm",
    notes=("2 parts were left out",),
)


@pytest.mark.parametrize("number", range(12))
def test_every_minute_to_the_second_as_the_plain_search_on_the_same_walks(tmp_path, number):
    random = Random(number)
    feed = made.random_feed(tmp_path / "feed", random, around_s=SEVEN + 1800)
    try:
        timetable = acc.read_timetable(feed, date=DATE)
    except acc.NoServiceError:
        pytest.skip("this feed does not run on the day")
    except acc.FeedError:
        pytest.skip("this feed is refused")
    streets = random_streets(random, size_m=1500, side=5, corner=made.CORNER)
    limits = oracle.Limits(
        access_min=random.choice((6, 20)), egress_min=random.choice((9, 20)), transfer_min=random.choice((3, 10)),
        direct_min=random.choice((0, 10, 40)), min_transfer_min=random.choice((0, 1)),
    )  # fmt: skip
    network = acc.build_network(
        timetable, streets, max_access_min=limits.access_min, max_egress_min=limits.egress_min,
        max_transfer_min=limits.transfer_min, max_direct_min=limits.direct_min,
        min_transfer_min=limits.min_transfer_min, max_snap_m=300,
    )  # fmt: skip
    spots = [(random.randint(-100, 1600), random.randint(-100, 1600)) for _ in range(6)]
    origins = points(*((f"o{i}", *spot) for i, spot in enumerate(spots[:3])))
    places = points(*((f"d{i}", *spot) for i, spot in enumerate(spots[3:])), groups=["a", "b", "a"])
    world = oracle.read_world([feed], DATE)
    known = [
        *world.stops.values(),
        *((p.x, p.y) for p in origins.geometry),
        *((p.x, p.y) for p in places.geometry),
    ]
    metres = walked_metres(streets, known, max_snap_m=300)
    number_of = {xy: i for i, xy in enumerate(known)}

    def on_streets(here, there, limits):
        length = metres.get((number_of[here], number_of[there]), math.inf)
        return int(walk_seconds(length, speed_kmh=limits.speed_kmh)) if length < math.inf else 10**9

    window = parse_window(("07:20", "07:45"), max_time_min=120)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oracle, "walk", on_streets)
        for direction, search in (("depart", oracle.earliest), ("arrive", oracle.latest)):
            seconds = answered(network, origins, places, window, direction=direction)
            for o, here in enumerate(known[len(world.stops) : len(world.stops) + 3]):
                ends = known[-3:]
                for d, goal in enumerate(([ends[0], ends[2]], [ends[1]])):
                    for slot in range(0, 25, 4):
                        expected = search(world, here, goal, window.start_s + slot * 60, limits)
                        assert seconds[o, slot, d] == (math.inf if expected is None else expected)


def answered(network, origins, destinations, window, **asked) -> np.ndarray:
    """Return seconds as (origins, minutes of the window, destinations), +inf where there is no journey."""
    question = ask(network, origins, destinations, window, **asked)
    out = np.full((len(question.read.ids), window.departures, len(question.swept.ids)), np.inf)
    for lanes, seconds in each_batch(question, partial(all_seconds, question)):
        out[:, :, lanes] = np.where(seconds == UNREACHED, np.inf, seconds)
    return out.transpose(2, 1, 0) if asked.get("direction") == "arrive" else out


def test_a_change_goes_round_by_the_bridge(tmp_path):
    # 30 m apart on the map; on foot 10 + 400 + 30 + 400 + 10 m (C is 10 m from the southern street).
    timetable, bridged = one_bus(tmp_path / "f"), BRIDGED
    home, work = points(("home", -100, 0)), points(("work", 4000, 0))
    straight = acc.build_network(timetable, walk_speed_kmh=3.6)
    round_about = acc.build_network(timetable, bridged, walk_speed_kmh=3.6, max_transfer_min=15)
    asked = {"window": ("07:00", "07:01")}
    # Change at 07:15, next bus at 07:20: 30 m are walked in time, 850 m are not.
    assert acc.travel_times(straight, home, work, **asked)["travel_time_p50"].tolist() == [25 + 13 / 60]
    assert acc.travel_times(round_about, home, work, **asked)["travel_time_p50"].tolist() == [math.inf]
    changes = dict(zip(*pair_of(round_about, "B"), strict=True))
    assert changes["C"] - 60 in (850, 851)


def pair_of(network, stop_id) -> tuple[list[str], list[int]]:
    ids = network.timetable.stops["stop_id"].tolist()
    at = slice(*network.changes.ptr[ids.index(stop_id) : ids.index(stop_id) + 2])
    return [ids[i] for i in network.changes.to[at]], network.changes.seconds[at].tolist()


def test_legs_walk_the_streets_and_add_up(tmp_path):
    network = acc.build_network(one_bus(tmp_path / "f"), BRIDGED, walk_speed_kmh=3.6)
    home, shop = points(("home", -100, 0)), points(("shop", 1900, -40))
    legs = explain(network, home, shop, depart="07:00")
    # Within a second, because degrees in the feed are rounded: 100 m to A and 10 off the street; from B 10 + 400 to the bridge, 30 over it, 500 back, 10 to the shop.
    walks = legs.loc[legs["mode"] == "walk", ["part", "from_id", "to_id", "minutes"]].values.tolist()
    assert walks == [
        ["access walk", "home", "A", pytest.approx(110 / 60, abs=1.01 / 60)],
        ["egress walk", "B", "shop", pytest.approx(950 / 60, abs=1.01 / 60)],
    ]
    table = acc.travel_times(network, home, shop, window=("07:00", "07:01"))
    assert legs["minutes"].sum() == pytest.approx(table["travel_time_p50"].iloc[0])
    near = explain(network, home, points(("kiosk", 200, 20)), depart="07:00")
    assert near[["part", "minutes"]].values.tolist() == [["direct walk", pytest.approx(320 / 60)]]


def test_what_a_walk_is_stands_in_words(tmp_path):
    timetable = one_bus(tmp_path / "f")
    assert acc.build_network(timetable, detour=1.25).walking_words == "straight lines times 1.25"
    network = acc.build_network(timetable, BRIDGED, max_snap_m=250)
    assert network.walking_words == "along the streets of bridged.osm, points up to 250 m off a street"


def test_stops_on_no_street_are_counted_and_named(tmp_path, caplog):
    timetable = one_bus(tmp_path / "f")
    caplog.clear()
    network = acc.build_network(timetable, BRIDGED)
    said = [
        "4 stops join the streets, a median of 10 m and at most 10 m off",
        "1 of 5 stops are more than 500 m from every street and cannot be walked from or to: 'far' (3000 m)",
    ]
    assert network.notes == (*timetable.notes, "bridged.osm: 2 parts were left out", *said)
    assert [record.getMessage() for record in caplog.records] == said
    nowhere = dataclasses.replace(
        BRIDGED, shape_xy=BRIDGED.shape_xy + 9e4, node_xy=BRIDGED.node_xy + 9e4, notes=()
    )
    assert "5 of 5 stops are more than 500 m" in acc.build_network(timetable, nowhere).notes[-1]


def test_points_on_no_street_are_named_and_stay_as_unreachable(tmp_path, caplog):
    network = acc.build_network(one_bus(tmp_path / "f"), BRIDGED, walk_speed_kmh=3.6)
    homes = points(("home", -100, 0), ("moor", 0, 600), ("street", 10, 0))
    works = points(("gate", 1900, 0), ("island", 1900, 4000), groups=["work", "work"])
    assert network.unsnapped(homes) == ["moor"]
    assert network.unsnapped(works.to_crs("EPSG:4326")) == ["island"]
    assert acc.build_network(network.timetable).unsnapped(homes) == []
    caplog.clear()
    table = acc.travel_times(network, homes, works, window=("07:00", "07:01"))
    assert table["from_id"].tolist() == ["home", "moor", "street"]
    assert np.isfinite(table["travel_time_p50"]).tolist() == [True, False, True]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            "origins: 1 of 3 points are more than 500 m from every street and cannot be walked from or to: 'moor'",
        ),
        (
            logging.WARNING,
            "destinations: 1 of 2 points are more than 500 m from every street and cannot be walked from or to: 'work'",
        ),
    ]
    caplog.clear()
    by_arrival = acc.travel_times(network, homes, works, window=("07:30", "07:31"), direction="arrive")
    assert np.isfinite(by_arrival["travel_time_p50"]).tolist() == [True, False, True]
    assert [record.getMessage()[:10] for record in caplog.records] == ["origins: 1", "destinatio"]
    # Seven of them: five are named.
    many = points(*((f"m{i}", 0, 900 + i) for i in range(7)))
    caplog.clear()
    acc.travel_times(network, many, works.iloc[:1], window=("07:00", "07:01"))
    assert caplog.records[0].getMessage().endswith("'m0', 'm1', 'm2', 'm3', 'm4' and 2 more")


def test_explain_says_so_too(tmp_path, caplog):
    network = acc.build_network(one_bus(tmp_path / "f"), BRIDGED)
    caplog.clear()
    assert len(explain(network, points(("moor", 0, 600)), points(("gate", 1900, 0)), depart="07:00")) == 0
    assert "origins: 1 of 1 points are more than 500 m" in caplog.records[0].getMessage()


def test_the_crs_is_that_of_the_streets(tmp_path):
    timetable = one_bus(tmp_path / "f")
    utm = streets_of([(0, 0), (100, 0)], [(0, 1)], corner=(500_000, 5_800_000), crs="EPSG:32630")
    assert acc.build_network(timetable, utm).crs.to_epsg() == 32630
    assert acc.build_network(timetable, utm, crs="EPSG:32630").crs.to_epsg() == 32630
    with pytest.raises(acc.ParameterError, match="streets of made streets are in 'WGS 84 / UTM zone 30N'"):
        acc.build_network(timetable, utm, crs="EPSG:27700")


def test_one_stop_on_the_other_side_of_the_earth_does_not_move_the_others(tmp_path):
    # Its longitude is mistyped. The walk between the two others stays that of the British grid.
    away = made.stop("C", 600, 0) | {"stop_lon": 151.2}
    feed = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("B", 300, 0), away],
        routes=[made.route("1")],
        trips=[made.trip("t", "1")],
        stop_times=made.calls("t", ("A", SEVEN), ("B", SEVEN + 60), ("C", SEVEN + 900)),
    )
    network = acc.build_network(acc.read_timetable(feed, date=DATE), walk_speed_kmh=3.6, detour=1)
    assert network.crs.to_epsg() == 27700
    assert np.hypot(*(network.stop_xy[1] - network.stop_xy[0])) == pytest.approx(300, abs=0.1)


def test_the_detour_is_not_used_on_streets(tmp_path):
    timetable = one_bus(tmp_path / "f")
    one, other = (acc.build_network(timetable, BRIDGED, detour=detour) for detour in (1.0, 2.0))
    assert one.changes.seconds.tolist() == other.changes.seconds.tolist()


@pytest.mark.parametrize("direction", ["to", "from"])
def test_isochrones_on_streets_agree_with_the_travel_times_at_every_cell(tmp_path, direction):
    random = Random(31)
    names = [f"S{i}" for i in range(8)]
    stops = [made.stop(name, random.randint(0, 3000), random.randint(0, 3000)) for name in names]
    trips, times = [], []
    for line in range(4):
        path = random.sample(names, 4)
        for way, order in enumerate((path, path[::-1])):
            for start in range(SEVEN, SEVEN + 7200, 540):
                trips.append(made.trip(f"L{line}w{way}t{start}", "L"))
                times += made.calls(
                    f"L{line}w{way}t{start}", *((s, start + 150 * i) for i, s in enumerate(order))
                )
    feed = made.write_feed(
        tmp_path / "f", stops=stops, routes=[made.route("L")], trips=trips, stop_times=times
    )
    streets = random_streets(random, size_m=3000, side=7, corner=made.CORNER)
    network = acc.build_network(
        acc.read_timetable(feed, date=DATE), streets, max_direct_min=15, max_snap_m=300
    )
    window, place = ("07:10", "07:31"), points(("a", 700, 1500))
    bands = isochrones(
        network, place, window=window, cutoffs_min=(8, 30), direction=direction, grid_m=200
    ).set_index("cutoff_min")
    x, y = np.meshgrid(np.arange(-1600, 4600, 200) + 100.0, np.arange(-1600, 4600, 200) + 100.0)
    xy = np.column_stack([x.ravel() + made.CORNER[0], y.ravel() + made.CORNER[1]])
    cells = gpd.GeoDataFrame({"id": range(len(xy))}, geometry=shapely.points(xy), crs="EPSG:27700")
    ends = (cells, place) if direction == "to" else (place, cells)
    minutes = acc.travel_times(network, *ends, window=window)["travel_time_p50"].to_numpy()
    for cutoff, fewest in ((8.0, 3), (30.0, 30)):
        inside = shapely.contains_xy(bands.geometry[cutoff], xy)
        np.testing.assert_array_equal(inside, minutes <= cutoff)
        assert fewest < inside.sum() < len(xy) / 2


def test_an_isochrone_reaches_as_far_as_a_straight_street(tmp_path):
    # Ten minutes are 600 m: 590 along the street and 10 to the middle of a cell beside it.
    network = acc.build_network(one_bus(tmp_path / "f"), BRIDGED, walk_speed_kmh=3.6)
    band = isochrones(
        network, points(("here", 500, 0)), window=("05:00", "05:01"), cutoffs_min=[10], grid_m=20
    ).geometry.iloc[0]
    x, y = made.CORNER
    east = 500 + np.array([-610, -590, 0, 590, 610])
    assert shapely.contains_xy(band, x + east, np.full(5, y + 9.0)).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]
    # 300 m off the street one may still walk 300 along it: no disc.
    off = shapely.contains_xy(band, x + 500 + np.array([290.0, 330, 400]), np.full(3, y + 290.0))
    assert off.tolist() == [True, False, False]


def test_a_length_that_is_a_slip_costs_an_isochrone_neither_its_answer_nor_its_reach(tmp_path):
    # A hundred metres that the graph calls none: the next street begins at once, and is walked to its full ten minutes.
    places = [(0, 0), (100, 0), (2000, 0), (0, 60)]
    streets = streets_of(places, [(0, 1), (1, 2), (0, 3)], corner=made.CORNER)
    network = acc.build_network(
        one_bus(tmp_path / "f"),
        dataclasses.replace(streets, edge_m=streets.edge_m * (0, 1, 1)),
        walk_speed_kmh=3.6,
    )
    band = isochrones(
        network, points(("here", 0, 0)), window=("05:00", "05:01"), cutoffs_min=[10], grid_m=20
    ).geometry.iloc[0]
    x, y = made.CORNER
    assert shapely.contains_xy(band, x + np.array([670.0, 710]), np.full(2, y + 9.0)).tolist() == [
        True,
        False,
    ]


def test_isochrones_name_a_point_off_the_streets_once_and_no_cells(tmp_path, caplog):
    network = acc.build_network(one_bus(tmp_path / "f"), BRIDGED, max_snap_m=50)
    caplog.clear()
    bands = isochrones(
        network, points(("moor", 0, 600), ("gate", 1900, 0)), window=("07:00", "07:05"), cutoffs_min=[10]
    )
    assert bands.geometry.is_empty.tolist() == [True, False]
    assert [record.getMessage() for record in caplog.records] == [
        "points: 1 of 2 points are more than 50 m from every street and cannot be walked from or to: 'moor'"
    ]
