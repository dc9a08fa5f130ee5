"""Walks are bounded, inclusive at the bound, and never rounded down."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

import accessibility as acc
from accessibility.networks.walking import straight_line_walks, walk_seconds


@pytest.mark.parametrize(
    ("metres", "speed", "seconds"),
    [(0, 4.8, 0), (4, 4.8, 3), (4.01, 4.8, 4), (1600, 4.8, 1200), (0.001, 3.6, 1)],
)
def test_seconds_are_rounded_up(metres, speed, seconds):
    assert walk_seconds(metres, speed_kmh=speed) == seconds


def test_the_limit_is_inclusive_and_the_detour_counts():
    here, there = np.array([[0.0, 0.0]]), np.array([[600.0, 0.0], [601.0, 0.0], [0.0, 599.0]])
    walks = straight_line_walks(here, there, max_min=10, speed_kmh=3.6, detour=1.0)
    assert (walks.ptr.tolist(), walks.to.tolist(), walks.seconds.tolist()) == ([0, 2], [0, 2], [600, 599])
    assert straight_line_walks(here, there, max_min=10, speed_kmh=3.6, detour=1.3).to.tolist() == []


def test_walks_equal_brute_force():
    random = np.random.default_rng(11)
    here, there = random.uniform(0, 3000, (40, 2)), random.uniform(0, 3000, (50, 2))
    walks = straight_line_walks(here, there, max_min=12, speed_kmh=4.8, detour=1.3)
    brute = {
        (i, j): int(np.ceil(round(float(np.hypot(*(a - b))) * 1.3 * 3.6 / 4.8, 6)))
        for i, a in enumerate(here) for j, b in enumerate(there)
    }  # fmt: skip
    found = {
        (i, int(walks.to[at])): int(walks.seconds[at])
        for i in range(40)
        for at in range(walks.ptr[i], walks.ptr[i + 1])
    }
    assert found == {pair: seconds for pair, seconds in brute.items() if seconds <= 720}


@pytest.mark.parametrize("empty", ["here", "there"])
def test_no_points_no_walks(empty):
    none, one = np.empty((0, 2)), np.zeros((1, 2))
    walks = straight_line_walks(
        none if empty == "here" else one,
        none if empty == "there" else one,
        max_min=10,
        speed_kmh=4.8,
        detour=1.3,
    )
    assert walks.to.size == 0
    assert len(walks.ptr) == (1 if empty == "here" else 2)


def test_within_walk_of_a_line():
    # Fifteen minutes at 4.8 km/h are 1,200 m of path, 923 m of straight line.
    xy = [(0, 922), (0, 924), (5000, 0), (-950, 0)]
    points = gpd.GeoDataFrame(
        {"id": range(4)},
        geometry=gpd.points_from_xy(*zip(*((400_000 + x, 290_000 + y) for x, y in xy), strict=True)),
        crs="EPSG:27700",
    )
    line = shapely.LineString([(400_000, 290_000), (410_000, 290_000)])
    for given in (points, points.to_crs("EPSG:4326")):
        near = acc.within_walk(given, line, target_crs="EPSG:27700", crs="EPSG:27700", max_walk_min=15)
        assert near.tolist() == [True, False, True, False]
    assert not acc.within_walk(
        points, shapely.LineString(), target_crs="EPSG:27700", crs="EPSG:27700", max_walk_min=15
    ).any()


@pytest.mark.parametrize(("speed", "detour"), [(0, 1.3), (25, 1.3), (4.8, 0.9), (4.8, 4)])
def test_no_such_walk(speed, detour):
    with pytest.raises(acc.ParameterError):
        straight_line_walks(np.zeros((1, 2)), np.zeros((1, 2)), max_min=10, speed_kmh=speed, detour=detour)
