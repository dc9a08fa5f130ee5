"""A real morning in Newport: the sweep against a plain forward search, every pair to the second."""

from __future__ import annotations

import datetime as dt
import zipfile
from functools import partial

import connection_scan
import geopandas as gpd
import numpy as np
import oracle
import pytest

import accessibility as acc
from accessibility.engine.routing import all_seconds, ask, each_batch
from accessibility.engine.sweep import UNREACHED
from accessibility.window import parse_window

pytestmark = pytest.mark.realdata
DATE = dt.date(2023, 6, 13)
LIMITS = oracle.Limits()


@pytest.fixture(scope="module")
def newport(shared_data, tmp_path_factory):
    """Return the network, its stops as points, and the plain search's view of the same feed."""
    path = shared_data / "transit" / "newport_uk" / "newport-20230613_gtfs_full_earlier.zip"
    folder = tmp_path_factory.mktemp("newport")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    network = acc.build_network(acc.read_timetable(path, date=DATE), crs="EPSG:27700")
    stops = network.timetable.stops
    points = gpd.GeoDataFrame(
        {"id": stops["stop_id"]}, geometry=gpd.points_from_xy(stops["lon"], stops["lat"]), crs="EPSG:4326"
    )
    scan = connection_scan.read_scan(oracle.read_world([folder], DATE), LIMITS)
    assert [name.split("|")[1] for name in scan.stops] == points["id"].tolist()
    return network, points, scan


def swept(network, origins, destinations, window):
    question = ask(network, origins, destinations, parse_window(window, max_time_min=LIMITS.max_time_min))
    out = np.empty((len(origins), question.window.departures, len(destinations)), dtype=np.int64)
    for lanes, seconds in each_batch(question, partial(all_seconds, question)):
        out[:, :, lanes] = seconds
    return np.where(out == UNREACHED, -1, out)


@pytest.mark.parametrize("depart", ["07:12", "08:41", "17:30"])
def test_all_stops_to_all_stops_at_one_departure(newport, depart):
    network, points, scan = newport
    hour, minute = map(int, depart.split(":"))
    end = f"{hour:02d}:{minute + 1:02d}"
    found = swept(network, points, points, (depart, end))[:, 0]
    walks = connection_scan.walk_table(scan.xy, scan.xy, LIMITS)
    leave = hour * 3600 + minute * 60
    for o in range(len(points)):
        expected = connection_scan.from_one(scan, walks[o], leave, LIMITS, walks, walks[o])
        np.testing.assert_array_equal(found[o], expected)
    assert (found >= 0).mean() > 0.3


def test_a_window_to_forty_destinations(newport):
    network, points, scan = newport
    chosen = np.random.default_rng(5).choice(len(points), 40, replace=False)
    some = np.random.default_rng(6).choice(len(points), 60, replace=False)
    found = swept(network, points.iloc[some], points.iloc[chosen], ("07:00", "09:00"))
    walks = connection_scan.walk_table(scan.xy, scan.xy, LIMITS)
    for at, o in enumerate(some):
        for slot in range(120):
            leave = 7 * 3600 + slot * 60
            expected = connection_scan.from_one(
                scan, walks[o], leave, LIMITS, walks[:, chosen], walks[o, chosen]
            )
            np.testing.assert_array_equal(found[at, slot], expected)
