"""The made region: the same bytes from the same seed, about as much of everything as it says, and usable as it stands."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest

import accessibility as acc

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from metropolis import Plan, make
from street_grid import street_grid

SHARE = 0.05


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder, make(folder, Plan(share=SHARE))


@pytest.fixture(scope="module")
def whole_minutes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("minutes")
    make(folder, Plan(share=SHARE, whole_minutes=True))
    return folder


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def seconds(clock: pd.Series) -> np.ndarray:
    parts = clock.str.split(":", expand=True).astype(int)
    return (parts[0] * 3600 + parts[1] * 60 + parts[2]).to_numpy()


def hops(folder: Path) -> np.ndarray:
    """Seconds from each call's departure to the next call's arrival in the same trip."""
    calls = pd.read_csv(folder / "gtfs" / "stop_times.txt")
    same_trip = calls["trip_id"].to_numpy()[1:] == calls["trip_id"].to_numpy()[:-1]
    return (seconds(calls["arrival_time"])[1:] - seconds(calls["departure_time"])[:-1])[same_trip]


def test_equal_seeds_give_equal_bytes_and_another_seed_another_region(small, tmp_path):
    make(tmp_path / "again", Plan(share=SHARE))
    assert all_bytes(tmp_path / "again") == all_bytes(small[0])
    make(tmp_path / "other", Plan(share=SHARE, seed=8))
    stops = "gtfs/stops.txt"
    assert (tmp_path / "other" / stops).read_bytes() != (small[0] / stops).read_bytes()


def test_a_plan_that_stands_is_kept_and_another_replaces_it(tmp_path):
    make(tmp_path, Plan(share=SHARE))
    written = (tmp_path / "points.csv").stat().st_mtime_ns
    make(tmp_path, Plan(share=SHARE))
    assert (tmp_path / "points.csv").stat().st_mtime_ns == written
    counts = make(tmp_path, Plan(share=SHARE / 2))
    assert len(pd.read_csv(tmp_path / "points.csv")) == counts["points"] == 250


def test_counts_are_a_share_of_a_metropolis(small):
    folder, counts = small
    assert counts["points"] == 10_000 * SHARE
    assert counts["centres"] == 5
    assert counts["trips"] == pytest.approx(60_000 * SHARE, rel=0.05)
    # Short lines stop less often and small regions have more rim than large ones.
    assert 250 <= counts["stops"] <= 700
    assert counts["patterns"] == 2 * counts["lines"]
    assert counts["street_nodes"] == pytest.approx(132_500 * SHARE, rel=0.02)
    assert len(pd.read_csv(folder / "gtfs" / "stop_times.txt")) == counts["stop_times"]


def test_the_engine_reads_it_all_and_no_trip_overtakes(small):
    folder, counts = small
    timetable = acc.read_timetable(folder / "gtfs", date="2026-03-10")
    assert timetable.notes == ()
    assert len(timetable.stops) == counts["stops"]
    assert len(timetable.trips) == counts["trips"]
    assert len(timetable.chain_route) == counts["patterns"]
    assert set(timetable.routes["mode"]) == {"bus", "rail", "tram"}


def test_times_are_whole_seconds_and_every_hop_takes_some(small):
    assert hops(small[0]).min() >= 20
    times = seconds(pd.read_csv(small[0] / "gtfs" / "stop_times.txt")["arrival_time"])
    assert (times % 60 != 0).mean() > 0.9


def test_whole_minutes_bring_ties_and_hops_of_no_seconds(whole_minutes):
    times = seconds(pd.read_csv(whole_minutes / "gtfs" / "stop_times.txt")["departure_time"])
    assert (times % 60 == 0).all()
    between = hops(whole_minutes)
    assert between.min() == 0
    assert (between == 0).sum() > 50


def test_regions_lie_side_by_side_joined_by_rail(tmp_path):
    counts = make(tmp_path, Plan(share=SHARE / 2, regions=4))
    alone = make(tmp_path / "alone", Plan(share=SHARE / 2))
    assert counts["points"] == 4 * alone["points"]
    assert counts["trips"] == pytest.approx(4 * alone["trips"], rel=0.05)
    points = pd.read_csv(tmp_path / "points.csv")
    assert np.ptp(points["lat"]) == pytest.approx(
        2 * np.ptp(pd.read_csv(tmp_path / "alone" / "points.csv")["lat"]), rel=0.1
    )
    routes = pd.read_csv(tmp_path / "gtfs" / "routes.txt")["route_id"]
    assert routes.str.startswith("trunk").sum() == 4


def test_another_reader_finds_the_streets_where_they_were_put(small):
    folder, counts = small
    lines = pyogrio.read_dataframe(folder / "streets.osm.pbf", layer="lines")
    assert set(lines["highway"]) == {"secondary", "residential"}
    nodes = {xy for line in lines.geometry for xy in line.coords}
    assert len(nodes) == counts["street_nodes"]
    points = pd.read_csv(folder / "points.csv")
    west, south, east, north = lines.total_bounds
    assert points["lon"].between(west - 0.01, east + 0.01).all()
    assert points["lat"].between(south - 0.01, north + 0.01).all()


def test_streets_are_in_one_piece():
    grid = street_grid(900, np.random.default_rng(1), half_width_m=2_000)
    graph = nx.Graph(grid.edges.tolist())
    assert graph.number_of_nodes() == len(grid.xy) == 900
    assert nx.is_connected(graph)
    walked = {tuple(sorted(pair)) for _, way in grid.ways for pair in pairwise(way)}
    assert walked == {tuple(sorted(edge)) for edge in grid.edges.tolist()}
