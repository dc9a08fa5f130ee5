"""What is laid out once for a network serves its next questions, and no other network's or window's."""

from __future__ import annotations

import datetime as dt
import gc
from random import Random

import geopandas as gpd
import made_feeds
import pytest

import accessibility as acc
from accessibility.engine import laid_out as room

DATE = dt.date(2026, 3, 10)


@pytest.fixture
def network(tmp_path):
    """Lay out a random timetable that surely runs between eight and nine."""
    path = made_feeds.random_feed(tmp_path / "feed", Random(7), around_s=8 * 3600 + 600)
    return acc.build_network(acc.read_timetable(path, date=DATE), min_transfer_min=0)


@pytest.fixture
def worked_out(monkeypatch):
    """Count how often changes are looked for."""
    counted = []
    find = room.change_options

    def counting(*given, **more):
        counted.append(more)
        return find(*given, **more)

    monkeypatch.setattr(room, "change_options", counting)
    return counted


def times(network, window=("08:00", "08:20"), **more):
    lonlat = [made_feeds.degrees(500 * at, 700 * (at % 4)) for at in range(6)]
    points = gpd.GeoDataFrame(
        {"id": [f"p{at}" for at in range(6)]},
        geometry=gpd.points_from_xy(*zip(*lonlat, strict=True)),
        crs="EPSG:4326",
    )
    return acc.travel_times(network, points, points, window=window, **more)


@pytest.mark.parametrize("direction", ["depart", "arrive"])
def test_the_same_window_is_laid_out_once_and_answers_alike(network, worked_out, direction):
    first = times(network, direction=direction)
    again = times(network, direction=direction, percentiles=(50,))
    assert len(worked_out) == 1
    assert first.equals(again)


@pytest.mark.parametrize(
    "other",
    [{"window": ("08:10", "08:30")}, {"window": ("08:00", "08:30")}, {"max_time_min": 40}, {"direction": "arrive"}],
    ids=["later", "longer", "nearer", "arrivals"],
)  # fmt: skip
def test_another_question_is_laid_out_anew(network, worked_out, other):
    fresh = times(acc.build_network(network.timetable, min_transfer_min=0), **other)
    times(network)
    worked_out.clear()
    assert times(network, **other).equals(fresh)
    assert len(worked_out) == 1


def test_networks_of_one_timetable_share_nothing(network, worked_out):
    slow = acc.build_network(network.timetable, min_transfer_min=15)
    before = times(slow)
    times(network)
    assert times(slow).equals(before)
    assert len(worked_out) == 2


def test_only_the_last_windows_are_kept_and_none_without_its_network(tmp_path, worked_out):
    path = made_feeds.random_feed(tmp_path / "feed", Random(7), around_s=8 * 3600 + 600)
    network = acc.build_network(acc.read_timetable(path, date=DATE))
    for minute in ("10", "20", "30"):
        times(network, window=("08:00", f"08:{minute}"))
    assert len(room._laid[network]) == 2
    times(network, window=("08:00", "08:30"))
    times(network, direction="arrive")
    assert len(worked_out) == 4
    held = len(room._laid)
    del network
    gc.collect()
    assert len(room._laid) <= held - 2
