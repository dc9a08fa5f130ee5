"""Questions a tile at a time against the same questions whole: equal, not close, and from less of the network."""

from __future__ import annotations

from random import Random

import geopandas as gpd
import made_feeds as made
import made_streets
import numpy as np
import pandas as pd
import pytest

import accessibility as acc
from accessibility.measures.reach_bounds import reach_bounds
from accessibility.measures.tiles import iter_tiles, tiled_opportunity_measures
from accessibility.networks.cut import cut_network

WINDOW = ("07:10", "07:50")
START_S, LAST_S = 25_800, 28_140
MEASURES = [
    acc.Reachable("jobs", "jobs", acc.Within(25)),
    acc.Reachable("decayed", "jobs", acc.Decayed(acc.decay.exponential(half_min=10))),
    acc.PerCompetitor("jobs_per_head", "jobs", "people", acc.Within(25), available="available"),
]


def spots(random: Random, count: int, name: str, *, spread: int, per_group: int = 1) -> gpd.GeoDataFrame:
    xy = [
        (made.CORNER[0] + random.randint(0, spread), made.CORNER[1] + random.randint(0, spread))
        for _ in range(count)
    ]
    counts = {"jobs": [random.randint(0, 9) for _ in xy], "people": [random.randint(0, 9) for _ in xy]}
    ids = {"id": [f"{name}{i}" for i in range(count)], "group": [f"g{i // per_group}" for i in range(count)]}
    return gpd.GeoDataFrame(
        ids | counts, geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs="EPSG:27700"
    )


def random_network(folder, seed, *, on_streets):
    random = Random(seed)
    while True:
        made.random_feed(folder, random, around_s=7 * 3600 + 1800)
        try:
            timetable = acc.read_timetable(folder, date="2026-03-10")
            break
        except acc.NoServiceError:
            for path in folder.glob("*.txt"):
                path.unlink()
    streets = (
        made_streets.random_streets(random, size_m=5000, side=9, corner=made.CORNER) if on_streets else None
    )
    return acc.build_network(timetable, streets, crs="EPSG:27700"), random


def same(tiled, whole):
    """Counts to the last bit; sums of shares in another order of adding."""
    assert tiled["id"].tolist() == whole["id"].tolist()
    assert tiled["jobs"].tolist() == whole["jobs"].tolist()
    pd.testing.assert_frame_equal(tiled, whole, rtol=1e-12, atol=1e-12, check_dtype=False)


@pytest.mark.parametrize("seed", range(16))
def test_random_feeds_tile_by_tile_are_the_whole(tmp_path, seed):
    """With after-midnight runs, zero-second hops, rules for changes, boarding rules and points of one group apart."""
    network, random = random_network(tmp_path / "f", seed, on_streets=seed % 4 == 3)
    origins, places = spots(random, 25, "o", spread=4500), spots(random, 24, "d", spread=4500, per_group=2)
    asked = {"window": WINDOW, "max_time_min": 25.0}
    whole = acc.opportunity_measures(network, origins, places, MEASURES, **asked)
    for most in (1, 3, 100):
        same(
            tiled_opportunity_measures(network, origins, places, MEASURES, **asked, most_destinations=most),
            whole,
        )


@pytest.mark.parametrize("seed", range(12))
def test_no_journey_beats_the_bound(tmp_path, seed):
    """The best journey of the window from each stop, found by the engine, against the bound that leaves stops out."""
    network, random = random_network(tmp_path / "f", 50 + seed, on_streets=seed % 4 == 3)
    places = spots(random, 3, "d", spread=4500)
    stops = network.timetable.stops
    at_stops = gpd.GeoDataFrame(
        {"id": stops["stop_id"]}, geometry=gpd.points_from_xy(*network.stop_xy.T), crs=network.crs
    )
    best = acc.travel_times(network, at_stops, places, window=WINDOW, percentiles=(0,), max_time_min=40)
    seconds = best["travel_time_p00"].to_numpy().reshape(len(stops), len(places)).min(axis=1) * 60
    bounds = reach_bounds(network, first_s=START_S, last_s=LAST_S + 2400)
    placed = network.placed(np.column_stack([places.geometry.x, places.geometry.y]))
    found = bounds.seconds_to(placed, longest_s=2400)
    # A walk all the way touches no stop and may be longer than one from a stop.
    direct = network.walks(network.stops, placed, max_min=network.limits.max_direct_min)
    walked = np.full(len(stops), np.inf)
    np.minimum.at(walked, np.repeat(np.arange(len(stops)), np.diff(direct.ptr)), direct.seconds)
    by_vehicle = np.isfinite(seconds) & (seconds < walked)
    assert (found[by_vehicle] <= seconds[by_vehicle] + 1e-6).all()


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """Lay out 24 km by 24 km of buses at 24 km/h: seven lines each way, a stop every 800 m, every ten minutes."""
    folder = tmp_path_factory.mktemp("region") / "feed"
    stops, routes, trips, calls = [], [], [], []
    for line in range(7):
        for way in ("east", "north"):
            routes.append(made.route(f"{way}{line}"))
            along = [(step * 800, line * 4000) for step in range(31)]
            places = along if way == "east" else [(y, x) for x, y in along]
            names = [f"{way}{line}-{step}" for step in range(31)]
            stops += [made.stop(name, *place) for name, place in zip(names, places, strict=True)]
            for start in range(6 * 3600, 10 * 3600, 600):
                for turn, order in (("", names), ("b", names[::-1])):
                    trip_id = f"{way}{line}{turn}-{start}"
                    trips.append(made.trip(trip_id, f"{way}{line}"))
                    timed = [(name, start + 120 * step) for step, name in enumerate(order)]
                    calls += made.calls(trip_id, *timed)
    made.write_feed(folder, stops=stops, routes=routes, trips=trips, stop_times=calls)
    return acc.build_network(acc.read_timetable(folder, date="2026-03-10"), crs="EPSG:27700")


def test_a_region_cut_in_four_is_the_whole_region(region):
    random = Random(7)
    origins, places = spots(random, 400, "o", spread=24_000), spots(random, 400, "d", spread=24_000)
    asked = {"window": ("07:00", "08:00"), "max_time_min": 25.0}
    tiles = list(iter_tiles(region, origins, places, **asked, most_destinations=100))
    assert [len(tile.destinations) for tile in tiles] == [100] * 4
    assert sorted(name for tile in tiles for name in tile.destinations["id"]) == sorted(places["id"])
    # 25 minutes of bus are 10 km, with the walk to it less: a tile of 12 km never touches the far corner.
    for tile in tiles:
        assert len(tile.network.timetable.stops) < 0.85 * len(region.timetable.stops)
        assert len(tile.network.timetable.arrival_s) < 0.5 * len(region.timetable.arrival_s)
        assert len(tile.origins) < 0.9 * len(origins)
    whole = acc.opportunity_measures(region, origins, places, MEASURES, **asked)
    told = []
    tiled = tiled_opportunity_measures(
        region, origins, places, MEASURES, **asked, most_destinations=100, progress=told.append
    )
    same(tiled, whole)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_every_departure_from_a_tile_is_that_of_the_whole(region):
    """Not the measures alone: each pair at each departure, and what a tile leaves out is out of reach."""
    random = Random(8)
    # At stops, where a journey can last as long as it may without a step on foot.
    some = random.sample(range(len(region.stop_xy)), 60)
    origins = gpd.GeoDataFrame(
        {"id": some}, geometry=gpd.points_from_xy(*region.stop_xy[some].T), crs=region.crs
    )
    places = spots(random, 40, "d", spread=24_000)
    places.loc[:19, "geometry"] = origins.geometry.to_numpy()[:20]
    asked = {"window": ("07:00", "07:20"), "max_time_min": 30.0}
    whole = acc.departure_times(region, origins, places.drop(columns="group"), **asked)
    whole = whole.set_index(["from_id", "to_id", "depart"])["travel_time"]
    seen = []
    for tile in iter_tiles(region, origins, places, **asked, most_destinations=10):
        part = acc.departure_times(
            tile.network, tile.origins, tile.destinations.drop(columns="group"), **asked
        )
        part = part.set_index(["from_id", "to_id", "depart"])["travel_time"]
        pd.testing.assert_series_equal(part, whole.loc[part.index], check_exact=True)
        seen.append(part.index)
    left_out = whole.drop(np.concatenate(seen).tolist())
    assert len(left_out) > len(whole) / 4
    assert np.isinf(left_out).all()


def test_a_stop_less_than_the_bound_keeps_would_be_missed(region):
    """The margin is no wider than it need be: without the stops at its rim some origin loses a destination."""
    places = gpd.GeoDataFrame(
        {"id": ["d"], "jobs": [1]},
        geometry=gpd.points_from_xy([made.CORNER[0]], [made.CORNER[1]]),
        crs="EPSG:27700",
    )
    asked = {"window": ("07:00", "08:00"), "cutoff_min": 25}
    bounds = reach_bounds(region, first_s=25_200, last_s=30_000)
    seconds = bounds.seconds_to(region.placed(np.array([made.CORNER], dtype=float)), longest_s=1500)
    rim = np.argsort(np.where(np.isfinite(seconds), seconds, -1))[-1]
    at_rim = gpd.GeoDataFrame(
        {"id": ["o"]}, geometry=gpd.points_from_xy(*region.stop_xy[[rim]].T), crs="EPSG:27700"
    )
    assert acc.cumulative_opportunities(region, at_rim, places, statistic="best", **asked)[
        "jobs"
    ].tolist() == [1]
    smaller = cut_network(
        region, np.isfinite(seconds) & (seconds < seconds[rim]), first_s=25_200, last_s=30_000
    )
    assert acc.cumulative_opportunities(smaller, at_rim, places, statistic="best", **asked)[
        "jobs"
    ].tolist() == [0]


def test_the_only_journey_over_a_rule_and_out_of_a_long_stay_is_kept(tmp_path):
    """A bus stands at A from 07:08 to 07:10; at B a rule gives no time at all to be at C, three kilometres away, for the
    bus at 07:15; it is at D, and stands there, from 07:20 to 07:40. Of ten minutes from 07:10 none is to spare.
    """
    eight = 7 * 3600 + 480
    made.write_feed(
        tmp_path / "f",
        stops=[
            made.stop("A", 0, 0),
            made.stop("B", 9000, 0),
            made.stop("C", 9000, 3000),
            made.stop("D", 0, 9000),
        ],
        routes=[made.route("R1"), made.route("R2")],
        trips=[made.trip("T1", "R1"), made.trip("T2", "R2")],
        stop_times=[
            *made.calls("T1", ("A", eight, eight + 120), ("B", eight + 420)),
            *made.calls("T2", ("C", eight + 420), ("D", eight + 720, eight + 1920)),
        ],
        transfers=[
            {
                "from_stop_id": "B",
                "to_stop_id": "C",
                "transfer_type": 2,
                "min_transfer_time": 0,
                "from_route_id": "R1",
                "to_route_id": "R2",
            }
        ],
    )
    network = acc.build_network(acc.read_timetable(tmp_path / "f", date="2026-03-10"), crs="EPSG:27700")
    ends = gpd.GeoDataFrame(
        {"id": ["A", "D"]}, geometry=gpd.points_from_xy(*network.stop_xy[[0, 3]].T), crs="EPSG:27700"
    )
    asked = {"window": ("07:10", "07:11"), "max_time_min": 10.0}
    for each in (network, next(iter_tiles(network, ends[:1], ends[1:], **asked)).network):
        minutes = acc.travel_times(each, ends[:1], ends[1:], **asked)["travel_time_p50"]
        assert minutes.tolist() == [10.0]


def test_a_cut_keeps_the_times_of_rides_past_what_it_leaves_out(region):
    """Ends of a line without its middle: four stops on, eight minutes later, as before."""
    names = region.timetable.stops["stop_id"].tolist()
    keep = np.isin(names, ["east0-0", "east0-4"])
    cut = cut_network(region, keep, first_s=7 * 3600, last_s=7 * 3600 + 900)
    table = cut.timetable
    assert table.stops["stop_id"].tolist() == ["east0-0", "east0-4"]
    assert set((np.diff(table.arrival_s.reshape(-1, 2), axis=1)).ravel().tolist()) == {480}
    # From 07:00 to 07:15: out at 07:00; the bus that is there at 07:00 left the far end of the line 52 minutes before.
    assert len(table.run_trip) >= 2
    assert (table.departure_s.reshape(-1, 2)[:, 0] <= 7 * 3600 + 900).all()


def test_nothing_asked_gives_nothing(region):
    random = Random(9)
    some = spots(random, 3, "o", spread=1000)
    asked = {"window": WINDOW, "max_time_min": 25.0}
    assert list(iter_tiles(region, some, some.iloc[:0], **asked)) == []
    nothing = tiled_opportunity_measures(region, some, some.iloc[:0], MEASURES, **asked)
    assert nothing["jobs"].tolist() == [0, 0, 0]
    nobody = tiled_opportunity_measures(region, some.iloc[:0], some, MEASURES, **asked)
    assert nobody.columns.tolist() == ["id", "jobs", "decayed", "jobs_per_head", "available"]
    assert len(nobody) == 0


def test_what_does_not_add_up_is_refused(region):
    random = Random(9)
    some = spots(random, 3, "o", spread=1000)
    asked = {"window": WINDOW, "max_time_min": 25.0}
    with pytest.raises(acc.ParameterError, match="does not add up over tiles"):
        tiled_opportunity_measures(region, some, some, [acc.TimeToNth("n", "jobs", 3)], **asked)
    for wrong in (0, 2.5, True):
        with pytest.raises(acc.ParameterError, match="most_destinations"):
            next(iter_tiles(region, some, some, **asked, most_destinations=wrong))


@pytest.mark.realdata
def test_newport_in_tiles_is_newport(shared_data):
    """Every stop to every stop of a real morning, in straight lines."""
    path = shared_data / "transit" / "newport_uk" / "newport-20230613_gtfs_full_earlier.zip"
    network = acc.build_network(acc.read_timetable(path, date="2023-06-13"), crs="EPSG:27700")
    stops = network.timetable.stops
    random = np.random.default_rng(3)
    counts = {name: random.integers(0, 50, len(stops)) for name in ("jobs", "people")}
    points = gpd.GeoDataFrame(
        {"id": stops["stop_id"], **counts},
        geometry=gpd.points_from_xy(stops["lon"], stops["lat"]),
        crs="EPSG:4326",
    )
    asked = {"window": ("07:00", "08:00"), "max_time_min": 25.0}
    whole = acc.opportunity_measures(network, points, points, MEASURES, **asked)
    assert whole["jobs"].max() > 3 * whole["jobs"].median() > 0
    same(tiled_opportunity_measures(network, points, points, MEASURES, **asked, most_destinations=400), whole)
