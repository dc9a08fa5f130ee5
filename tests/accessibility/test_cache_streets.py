"""Streets in the cache: read once, walks of many points found once, nothing ever out of date."""

from __future__ import annotations

import dataclasses
import logging
import os
import time
from pathlib import Path

import geopandas as gpd
import made_feeds as made
import made_osm
import numpy as np
import pandas as pd
import pytest
import shapely

from accessibility import packing
from accessibility.errors import InputError
from accessibility.measures.travel_times import travel_times
from accessibility.networks import cache, cache_entry, kept_walks, network
from accessibility.networks.cache import load_network, load_streets
from accessibility.networks.network import Network, build_network
from accessibility.streets.snapping import snap
from accessibility.streets.streets import StreetNetwork, read_streets
from accessibility.timetables.timetable import read_timetable

DATE = "2026-03-10"
EIGHT = 8 * 3600
WINDOW = ("08:00", "08:05")


@pytest.fixture(autouse=True)
def _one_toolkit(monkeypatch):
    """The toolkit stands still while these tests run."""
    made_with = cache.made_with()
    monkeypatch.setattr(cache, "made_with", lambda: made_with)


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A bus from A to B, on a street that it shares with walkers."""
    starts = range(EIGHT, EIGHT + 3600, 600)
    return made.write_feed(
        tmp_path / "bus",
        stops=[made.stop("A", 0, 20), made.stop("B", 3000, 20), made.stop("far", 0, 2000)],
        routes=[made.route("1")],
        trips=[made.trip(f"t{s}", "1") for s in starts],
        stop_times=[
            row for s in starts for row in made.calls(f"t{s}", ("A", s), ("B", s + 300), ("far", s + 900))
        ],
    )


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """A street of 3 km, a side street of 500 m, and a garden path that leads nowhere."""
    return write_streets(tmp_path / "town.osm")


def write_streets(path: Path, *, side_m: float = 500) -> Path:
    # The made map lies 10 km south of the made feeds.
    places = {1: (0, 0), 2: (1000, 0), 3: (3000, 0), 4: (1000, side_m), 5: (5000, 0), 6: (5000, 50)}
    ways = [made_osm.way(1, [1, 2, 3]), made_osm.way(2, [2, 4]), made_osm.way(3, [5, 6])]
    return made_osm.write_osm(path, {node: (x, y + 10_000) for node, (x, y) in places.items()}, ways)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def reads(monkeypatch) -> list[Path]:
    """Grow by one with every file of streets that is really read."""
    done: list[Path] = []

    def counted(source, **asked):
        done.append(source)
        return read_streets(source, **asked)

    monkeypatch.setattr(cache, "read_streets", counted)
    return done


@pytest.fixture
def searches(monkeypatch) -> list[int]:
    """Grow by one with every set of walks that is really searched for, and every set of points really put on streets."""
    done: list[int] = []
    for room, name in ((network, "walks_between"), (kept_walks, "snap")):
        whole = getattr(room, name)

        def counted(streets, *points, whole=whole, **asked):
            done.append(len(points))
            return whole(streets, *points, **asked)

        monkeypatch.setattr(room, name, counted)
    return done


def files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"*.{kind}"))


def warnings_of(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def same(one, other) -> bool:
    """Whether two things of one class hold the same, to the byte."""
    assert one is not other
    return packing.pack(one) == packing.pack(other)


def plain(given: Network) -> Network:
    """A network without what the cache adds to it."""
    return Network(**{item.name: getattr(given, item.name) for item in dataclasses.fields(Network)})


def crowd(count: int = kept_walks.LEAST_POINTS, *, shift_m: float = 0.0) -> gpd.GeoDataFrame:
    x = made.CORNER[0] + np.linspace(0, 3000, count) + shift_m
    y = made.CORNER[1] + np.tile([5.0, -40.0, 300.0, 900.0], count)[:count]
    return gpd.GeoDataFrame(
        {"id": [f"p{i}" for i in range(count)]}, geometry=shapely.points(x, y), crs="EPSG:27700"
    )


# The streets


def test_streets_come_back_exactly_as_they_were_read(streets, folder, reads, caplog):
    first = load_streets(streets, cache_dir=folder)
    said = warnings_of(caplog)
    caplog.clear()
    again = load_streets(streets, cache_dir=folder)
    assert len(reads) == 1
    assert same(first, again)
    assert same(first, read_streets(streets))
    assert warnings_of(caplog)[: len(said)] == said
    assert len(said) == 1
    xy = np.array([[made.CORNER[0] + 1200.0, made.CORNER[1] + 30.0]])
    assert same(snap(first, xy), snap(again, xy))


def test_other_streets_another_mode_or_crs_are_read_anew(streets, folder, reads):
    load_streets(streets, cache_dir=folder)
    assert load_streets(streets, mode="drive", cache_dir=folder).mode == "drive"
    assert load_streets(streets, crs="EPSG:32630", cache_dir=folder).crs.to_epsg() == 32630
    write_streets(streets, side_m=501)
    assert load_streets(streets, cache_dir=folder).edge_m.max() == pytest.approx(2000, abs=0.1)
    assert len(reads) == len(files(folder, "streetnetwork")) == 4


def test_streets_that_change_while_they_are_read_are_not_kept(streets, folder, monkeypatch, caplog):
    def meddled(source, **asked):
        found = read_streets(source, **asked)
        write_streets(source, side_m=400)
        return found

    monkeypatch.setattr(cache, "read_streets", meddled)
    load_streets(streets, cache_dir=folder)
    assert any("changed while" in said for said in warnings_of(caplog))
    assert files(folder, "streetnetwork") == []


def test_what_read_streets_refuses_is_not_kept(tmp_path, folder):
    (tmp_path / "none.osm").write_text("no map")
    with pytest.raises(InputError, match="none"):
        load_streets(tmp_path / "none.osm", cache_dir=folder)
    assert files(folder, "streetnetwork") == []


# The network


def test_a_network_on_streets_comes_back_exactly(feed, streets, folder, reads, caplog):
    first = load_network(feed, streets, date=DATE, max_snap_m=300, cache_dir=folder)
    said = warnings_of(caplog)
    caplog.clear()
    again = load_network(feed, streets, date=DATE, max_snap_m=300, cache_dir=folder)
    assert len(reads) == 1
    assert warnings_of(caplog) == said
    assert sorted(said) == sorted(first.notes)
    built = build_network(read_timetable(feed, date=DATE), read_streets(streets), max_snap_m=300)
    built = dataclasses.replace(built, limits=first.limits)
    assert same(plain(first), plain(again))
    assert same(plain(first), built)
    assert again.walking_words.startswith("along the streets of town.osm")
    assert any("'far' (20" in note or "'far' (1" in note for note in again.notes)


def test_a_changed_street_file_is_another_network(feed, streets, folder, reads):
    before = load_network(feed, streets, date=DATE, cache_dir=folder)
    status = streets.stat()
    write_streets(streets, side_m=499)
    os.utime(streets, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = load_network(feed, streets, date=DATE, cache_dir=folder)
    assert len(reads) == len(files(folder, "network")) == 2
    assert after.streets.edge_m.sum() == pytest.approx(before.streets.edge_m.sum() - 1, abs=0.05)
    assert load_network(feed, date=DATE, cache_dir=folder).streets is None
    assert len(files(folder, "network")) == 3


@pytest.mark.parametrize("change", [{"max_snap_m": 100}, {"crs": "EPSG:32630"}], ids=str)
def test_a_changed_parameter_of_the_streets_is_another_network(feed, streets, folder, change):
    load_network(feed, streets, date=DATE, cache_dir=folder)
    changed = load_network(feed, streets, date=DATE, **change, cache_dir=folder)
    assert len(files(folder, "network")) == 2
    assert changed.max_snap_m == change.get("max_snap_m", 500)
    assert changed.crs == changed.streets.crs


def test_a_changed_feed_does_not_read_the_streets_again(feed, streets, folder, reads):
    load_network(feed, streets, date=DATE, cache_dir=folder)
    with (feed / "trips.txt").open("ab") as stream:
        stream.write(b"\n")
    load_network(feed, streets, date=DATE, cache_dir=folder)
    assert len(files(folder, "network")) == 2
    assert len(reads) == 1


# The walks


def asked(feed, streets, folder, points, **limits) -> pd.DataFrame:
    found = load_network(feed, streets, date=DATE, **limits, cache_dir=folder)
    office = crowd(3, shift_m=40).assign(id=["x", "y", "z"])
    return travel_times(found, points, office, window=WINDOW)


def test_walks_of_many_points_are_found_once(feed, streets, folder, searches):
    first = asked(feed, streets, folder, crowd())
    done = len(searches)
    assert len(files(folder, "snapped")) == 1
    # To the stops, and to the offices; three offices to the stops are too few to keep.
    assert len(files(folder, "walks")) == 2
    again = asked(feed, streets, folder, crowd())
    # Only the three offices are walked from anew.
    assert len(searches) == done + 1
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    direct = build_network(read_timetable(feed, date=DATE), read_streets(streets))
    office = crowd(3, shift_m=40).assign(id=["x", "y", "z"])
    pd.testing.assert_frame_equal(
        first, travel_times(direct, crowd(), office, window=WINDOW), check_exact=True
    )


@pytest.mark.parametrize("change", ["points", "streets", "speed", "limit", "snap"])
def test_other_walks_are_found_anew(feed, streets, folder, searches, change):
    asked(feed, streets, folder, crowd())
    walks, limits = files(folder, "walks"), {}
    if change == "streets":
        write_streets(streets, side_m=450)
    else:
        limits = {
            "speed": {"walk_speed_kmh": 4},
            "limit": {"max_access_min": 19, "max_direct_min": 30},
            "snap": {"max_snap_m": 450},
        }.get(change, {})
    points = crowd(shift_m=0.5) if change == "points" else crowd()
    found = asked(feed, streets, folder, points, **limits)
    assert len(files(folder, "walks")) == len(walks) + 2
    direct = build_network(read_timetable(feed, date=DATE), read_streets(streets), **limits)
    office = crowd(3, shift_m=40).assign(id=["x", "y", "z"])
    pd.testing.assert_frame_equal(
        found, travel_times(direct, points, office, window=WINDOW), check_exact=True
    )


def test_another_timetable_on_the_same_streets_finds_the_walks(feed, streets, folder, searches):
    asked(feed, streets, folder, crowd())
    before = len(searches)
    with (feed / "trips.txt").open("ab") as stream:
        stream.write(b"\n")
    asked(feed, streets, folder, crowd())
    # Between stops, and from the offices to the stops.
    assert len(searches) == before + 2


def test_few_points_and_straight_lines_are_not_kept(feed, streets, folder):
    asked(feed, streets, folder, crowd(kept_walks.LEAST_POINTS - 4))
    asked(feed, None, folder, crowd())
    assert files(folder, "walks") == files(folder, "snapped") == []


@pytest.mark.parametrize("kind", ["walks", "snapped", "streetnetwork"])
def test_damage_is_mended_with_a_warning(feed, streets, folder, caplog, kind):
    first = asked(feed, streets, folder, crowd())
    for path in files(folder, kind):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    for path in files(folder, "network") if kind == "streetnetwork" else []:
        path.unlink()
    caplog.clear()
    again = asked(feed, streets, folder, crowd())
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    damaged = [said for said in warnings_of(caplog) if "damaged or cut short; it is made anew" in said]
    assert len(damaged) == len(files(folder, kind)) > 0
    caplog.clear()
    asked(feed, streets, folder, crowd())
    assert not any("damaged" in said for said in warnings_of(caplog))


def test_an_entry_of_another_kind_is_not_taken(streets, folder, caplog):
    load_streets(streets, cache_dir=folder)
    (path,) = files(folder, "streetnetwork")
    entry = cache_entry.Entry(folder, path.stem, Network)
    path.rename(entry.path)
    assert entry.read() is None
    assert "holds something else" in warnings_of(caplog)[-1]
    assert cache_entry.Entry(folder, path.stem, StreetNetwork).read() is None


def test_all_kinds_share_the_limit(feed, streets, folder, monkeypatch):
    asked(feed, streets, folder, crowd())
    kept = [path for path in folder.iterdir() if path.suffix != ".lock"]
    assert len(kept) == 5
    for path in kept:
        os.utime(path, (time.time() - 100,) * 2)
    monkeypatch.setattr(cache_entry, "MAX_BYTES", 0)
    asked(feed, streets, folder, crowd(), max_snap_m=499)
    assert len([path for path in folder.iterdir() if path.suffix != ".lock"]) == 1
