"""What must hold for any feed: order is irrelevant, more service and longer legs never hurt, groups change nothing."""

from __future__ import annotations

import csv
from random import Random

import geopandas as gpd
import made_feeds as made
import numpy as np
import pytest

import accessibility as acc

SEEDS = range(12)
WINDOW = ("07:10", "07:50")


def spots(random: Random, count: int, name: str, spread: int = 4000) -> gpd.GeoDataFrame:
    xy = [
        (made.CORNER[0] + random.randint(0, spread), made.CORNER[1] + random.randint(0, spread))
        for _ in range(count)
    ]
    return gpd.GeoDataFrame(
        {"id": [f"{name}{i}" for i in range(count)]}, geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs="EPSG:27700"
    )  # fmt: skip


def feed_with_service(folder, random: Random):
    while True:
        made.random_feed(folder, random, around_s=7 * 3600 + 1800)
        try:
            return acc.read_timetable(folder, date="2026-03-10")
        except acc.NoServiceError:
            for path in folder.glob("*.txt"):
                path.unlink()


def times(timetable, origins, places, **limits) -> np.ndarray:
    network = acc.build_network(timetable, **limits)
    asked = {"window": WINDOW, "percentiles": (0, 50, 90)}
    return acc.travel_times(network, origins, places, **asked).iloc[:, 2:].to_numpy()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_is_irrelevant(tmp_path, seed):
    random = Random(seed)
    before = feed_with_service(tmp_path / "f", random)
    for path in (tmp_path / "f").glob("*.txt"):
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        random.shuffle(rows)
        made.write_table(tmp_path / "f", path.stem, rows)
    after = acc.read_timetable(tmp_path / "f", date="2026-03-10")
    for name in ("chain_stop", "arrival_s", "departure_s", "run_trip", "may_board", "may_alight"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    assert before.trips.equals(after.trips)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_added_trip_harms_no_one(tmp_path, seed):
    random = Random(100 + seed)
    before = feed_with_service(tmp_path / "f", random)
    origins, places = spots(random, 6, "o"), spots(random, 6, "d")
    with (tmp_path / "f" / "trips.txt").open("a", encoding="utf-8") as trips:
        trips.write(
            "R0,V0,NEW,\n"
            if "headsign" in (tmp_path / "f" / "trips.txt").read_text(encoding="utf-8")
            else "R0,V0,NEW\n"
        )
    names = before.stops["stop_id"].tolist()
    with (tmp_path / "f" / "stop_times.txt").open("a", encoding="utf-8") as calls:
        for sequence in range(3):
            clock = made.clock(7 * 3600 + 1500 + sequence * 240)
            calls.write(f"NEW,{clock},{clock},{random.choice(names)},{sequence},0,0\n")
    after = acc.read_timetable(tmp_path / "f", date="2026-03-10")
    assert len(after.run_trip) > len(before.run_trip)
    assert (times(after, origins, places) <= times(before, origins, places)).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("tight", "loose"),
    [
        ({"max_access_min": 5}, {"max_access_min": 15}),
        ({"max_egress_min": 5}, {"max_egress_min": 15}),
        ({"max_transfer_min": 1}, {"max_transfer_min": 10}),
        ({"max_direct_min": 5}, {"max_direct_min": 40}),
        ({"min_transfer_min": 3}, {"min_transfer_min": 0}),
        ({"walk_speed_kmh": 3.6}, {"walk_speed_kmh": 4.8}),
        ({"detour": 1.5}, {"detour": 1.2}),
    ],
)
def test_longer_limits_and_faster_walks_never_hurt(tmp_path, seed, tight, loose):
    random = Random(200 + seed)
    timetable = feed_with_service(tmp_path / "f", random)
    origins, places = spots(random, 5, "o"), spots(random, 5, "d")
    assert (times(timetable, origins, places, **loose) <= times(timetable, origins, places, **tight)).all()


def test_many_groups_of_destinations_equal_each_alone(tmp_path):
    random = Random(7)
    network = acc.build_network(feed_with_service(tmp_path / "f", random))
    origins, places = spots(random, 20, "o"), spots(random, 1500, "d").assign(jobs=1)
    whole = acc.travel_times(network, origins, places, window=WINDOW).set_index(["from_id", "to_id"])
    for start in range(0, 1500, 300):
        part = acc.travel_times(network, origins, places.iloc[start : start + 50], window=WINDOW)
        part = part.set_index(["from_id", "to_id"])
        assert whole.loc[part.index].equals(part)
    reached = acc.cumulative_opportunities(network, origins, places, window=WINDOW, cutoff_min=20)
    by_pair = (whole["travel_time_p50"] <= 20).groupby(level="from_id", sort=False).sum()
    assert reached["jobs"].tolist() == by_pair.tolist()


def test_progress_rises_to_one(tmp_path):
    random = Random(3)
    network = acc.build_network(feed_with_service(tmp_path / "f", random))
    told: list[float] = []
    asked = {"window": WINDOW, "cutoff_min": 20, "progress": told.append}
    acc.cumulative_opportunities(
        network, spots(random, 3, "o"), spots(random, 700, "d").assign(jobs=1), **asked
    )
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 11


def test_an_interruption_stops_the_work(tmp_path):
    random = Random(3)
    network = acc.build_network(feed_with_service(tmp_path / "f", random))
    places = spots(random, 2000, "d").assign(jobs=1)

    def stop(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acc.cumulative_opportunities(network, spots(random, 3, "o"), places, window=WINDOW, progress=stop)
    assert (
        acc.cumulative_opportunities(network, spots(random, 3, "o"), places, window=WINDOW)["jobs"].max() > 0
    )
