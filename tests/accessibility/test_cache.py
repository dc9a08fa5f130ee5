"""The network cache: exact, never out of date, never trusted when damaged, never in the way."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import hashlib
import inspect
import logging
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import made_feeds as made
import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from pyproj import CRS

import accessibility
from accessibility import packing
from accessibility.cache_place import FOLDER_VARIABLE, cache_folder
from accessibility.errors import FeedError, NoServiceError, ParameterError
from accessibility.networks import cache, cache_entry
from accessibility.networks.cache import load_network
from accessibility.networks.network import Network, build_network
from accessibility.timetables.timetable import read_timetable

DATE = "2026-03-10"
EIGHT = 8 * 3600


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """Three stops, a bus that repeats by headway (which gives a note), and rules for changes of every kind."""
    return made.write_feed(
        tmp_path / "feeds" / "bus",
        stops=[
            made.stop("A", 0, 0),
            made.stop("B", 300, 0),
            made.stop("C", 5000, 0, stop_name="Ynys Môn, Łódź"),
        ],
        routes=[made.route("1"), made.route("2", 2)],
        trips=[made.trip("t1", "1"), made.trip("t2", "2")],
        stop_times=[
            *made.calls("t1", ("A", EIGHT), ("B", EIGHT + 120, EIGHT + 130)),
            *made.calls("t2", ("B", EIGHT + 300), ("C", EIGHT + 900)),
        ],
        frequencies=[
            {
                "trip_id": "t1",
                "start_time": "08:00:00",
                "end_time": "09:00:00",
                "headway_secs": 600,
                "exact_times": 0,
            }
        ],
        transfers=[
            {"from_stop_id": "A", "to_stop_id": "B", "transfer_type": 2, "min_transfer_time": 75},
            {
                "from_stop_id": "B",
                "to_stop_id": "B",
                "transfer_type": 3,
                "from_route_id": "1",
                "to_route_id": "2",
            },
        ],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def builds(monkeypatch) -> list[object]:
    """Grow by one with every network that is really built."""
    done: list[object] = []

    def counted(feeds, **asked):
        done.append(feeds)
        return read_timetable(feeds, **asked)

    monkeypatch.setattr(cache, "read_timetable", counted)
    return done


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.network"))


def only(folder: Path) -> Path:
    (entry,) = entries(folder)
    return entry


def warnings_of(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def differences(one, other, where="network") -> list[str]:
    """Every place where two values are not exactly the same, types included."""
    if type(one) is not type(other):
        return [f"{where}: {type(one)} is not {type(other)}"]
    if dataclasses.is_dataclass(one):
        return [
            found
            for field in dataclasses.fields(one)
            for found in differences(
                getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}"
            )
        ]
    if isinstance(one, pd.DataFrame):
        return table_differences(one, other, where)
    if isinstance(one, np.ndarray):
        one, other = [(array.dtype, array.shape, array.tobytes()) for array in (one, other)]
    elif isinstance(one, CRS):
        one, other = [(crs, crs.srs) for crs in (one, other)]
    return [] if one == other else [f"{where}: {one!r:.200} is not {other!r:.200}"]


def table_differences(one, other, where) -> list[str]:
    try:
        pd.testing.assert_frame_equal(
            one, other, check_exact=True, check_index_type="exact", check_column_type="exact"
        )
    except AssertionError as error:
        return [f"{where}: {error}"]
    kinds = [[[type(value) for value in table[name]] for name in table] for table in (one, other)]
    return [] if kinds[0] == kinds[1] else [f"{where}: types of the values"]


def differ(one, other) -> list[str]:
    """As `differences`, after making sure that these are two networks and not one object twice."""
    assert one is not other
    return differences(one, other)


# What comes back


def test_a_network_comes_back_exactly_as_it_was_built(feed, folder, builds):
    plain = build_network(read_timetable(feed, date=DATE), max_transfer_min=7.5)
    first = load_network(feed, date=DATE, max_transfer_min=7.5, cache_dir=folder)
    again = load_network(feed, date=DATE, max_transfer_min=7.5, cache_dir=folder)
    assert len(builds) == 1
    # The limits are made numbers of one kind, so that 20 and 20.0 are one network; they are equal all the same.
    assert first.limits == plain.limits
    assert differ(dataclasses.replace(plain, limits=first.limits), first) == []
    assert differ(first, again) == []
    assert len(again.timetable.rules) == 2
    assert "Ynys Môn, Łódź" in set(again.timetable.stops["stop_name"])


def test_differences_are_seen(feed, folder):
    network = load_network(feed, date=DATE, cache_dir=folder)
    timetable = network.timetable
    for change in (
        {"timetable": dataclasses.replace(timetable, arrival_s=timetable.arrival_s.astype(np.int64))},
        {"timetable": dataclasses.replace(timetable, stops=timetable.stops.astype({"stop_id": "str"}))},
        {"limits": dataclasses.replace(network.limits, max_access_min=20)},
        {"crs": CRS.from_epsg(32630)},
        {"notes": ()},
    ):
        assert differences(network, dataclasses.replace(network, **change)) != []


def test_far_from_britain_and_on_a_given_crs(tmp_path, folder):
    stops = [
        {"stop_id": name, "stop_name": name, "stop_lat": -36.85, "stop_lon": 174.76 + east}
        for name, east in (("A", 0), ("B", 0.01))
    ]
    feed = made.write_feed(
        tmp_path / "auckland",
        stops=stops,
        routes=[made.route("1")],
        trips=[made.trip("t", "1")],
        stop_times=made.calls("t", ("A", EIGHT), ("B", EIGHT + 60)),
    )
    for crs, epsg in ((None, 32760), ("EPSG:2193", 2193), (CRS.from_epsg(2193), 2193)):
        first = load_network(feed, date=DATE, crs=crs, cache_dir=folder)
        assert differ(first, load_network(feed, date=DATE, crs=crs, cache_dir=folder)) == []
        assert first.crs.to_epsg() == epsg
    assert len(entries(folder)) == 2


@pytest.mark.realdata
def test_newport_comes_back_exactly(shared_data, folder, builds):
    feeds = [
        shared_data / "transit" / "newport_uk" / name
        for name in ("newport-20230613_gtfs.zip", "newport-20230613_gtfs_full_earlier.zip")
    ]
    first = load_network(feeds[0], date="2023-06-13", cache_dir=folder)
    assert differ(first, load_network(feeds[0], date="2023-06-13", cache_dir=folder)) == []
    assert len(builds) == 1
    assert len(first.timetable.arrival_s) > 10_000
    load_network(feeds[1], date="2023-06-13", cache_dir=folder)
    assert len(builds) == 2


def test_the_same_network_is_the_same_file(feed, tmp_path):
    load_network(feed, date=DATE, cache_dir=tmp_path / "one")
    load_network(feed, date=DATE, cache_dir=tmp_path / "two")
    one, two = only(tmp_path / "one"), only(tmp_path / "two")
    assert one.name == two.name
    assert one.read_bytes() == two.read_bytes()


def test_notes_are_said_again(feed, folder, caplog):
    first = load_network(feed, date=DATE, cache_dir=folder)
    said = warnings_of(caplog)
    assert any("headway" in note for note in first.notes)
    caplog.clear()
    again = load_network(feed, date=DATE, cache_dir=folder)
    assert again.notes == first.notes
    assert warnings_of(caplog) == said == list(first.notes)


# When it is built anew


def changed_bytes():
    return ["agency", "stops", "routes", "trips", "stop_times", "calendar", "frequencies", "transfers"]


@pytest.mark.parametrize("table", changed_bytes())
def test_one_changed_byte_builds_anew(feed, folder, builds, table):
    load_network(feed, date=DATE, cache_dir=folder)
    path = feed / f"{table}.txt"
    status = path.stat()
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    # The same size and the same time of change: only the bytes tell.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2
    assert len(entries(folder)) == 2


def test_the_changed_feed_is_what_one_gets(feed, folder):
    before = load_network(feed, date=DATE, cache_dir=folder)
    path = feed / "stop_times.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("08:15:00", "08:16:00"), encoding="utf-8")
    after = load_network(feed, date=DATE, cache_dir=folder)
    moved = after.timetable.arrival_s - before.timetable.arrival_s
    assert sorted(set(moved.tolist())) == [0, 60]


def test_a_file_more_less_or_of_another_name_builds_anew(feed, folder, builds):
    load_network(feed, date=DATE, cache_dir=folder)
    (feed / "notes.txt").write_bytes(b"")
    load_network(feed, date=DATE, cache_dir=folder)
    (feed / "notes.txt").rename(feed / "more.txt")
    load_network(feed, date=DATE, cache_dir=folder)
    (feed / "transfers.txt").unlink()
    load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 4


def test_bytes_that_move_from_one_file_to_the_next_are_not_the_same_feed(feed, folder, builds):
    (feed / "x.txt").write_bytes(b"ab")
    (feed / "y.txt").write_bytes(b"c")
    load_network(feed, date=DATE, cache_dir=folder)
    (feed / "x.txt").write_bytes(b"a")
    (feed / "y.txt").write_bytes(b"bc")
    load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2


def test_a_feed_named_in_capitals_that_changes_builds_anew(feed, folder, builds):
    for path in feed.glob("*.txt"):
        path.rename(path.with_name(path.name.upper()))
    before = load_network(feed, date=DATE, cache_dir=folder)
    calls = feed / "STOP_TIMES.TXT"
    calls.write_text(calls.read_text().replace(":00\n", ":01\n").replace(":00,", ":01,"))
    after = load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2
    assert differences(before, after)


def test_zips_and_nested_folders(feed, folder, builds):
    nested = feed.parent / "nested"
    shutil.copytree(feed, nested / "inside")
    packed = feed.parent / "packed.zip"
    with zipfile.ZipFile(packed, "w") as out:
        for path in sorted(feed.iterdir()):
            out.write(path, path.name)
    for path in (nested, packed):
        load_network(path, date=DATE, cache_dir=folder)
        load_network(path, date=DATE, cache_dir=folder)
    assert len(builds) == 2
    with (nested / "inside" / "trips.txt").open("ab") as stream:
        stream.write(b"\n")
    load_network(nested, date=DATE, cache_dir=folder)
    with zipfile.ZipFile(packed, "a") as out:
        out.comment = b"changed"
    load_network(packed, date=DATE, cache_dir=folder)
    assert len(builds) == 4


def test_place_time_and_order_of_the_feeds_say_nothing(feed, folder, builds, tmp_path):
    rail = shutil.copytree(feed, feed.parent / "rail")
    first = load_network([feed, rail], date=DATE, cache_dir=folder)
    assert differ(first, load_network([str(rail), feed], date=dt.date(2026, 3, 10), cache_dir=folder)) == []
    elsewhere = [shutil.copytree(path, tmp_path / "elsewhere" / path.name) for path in (feed, rail)]
    os.utime(elsewhere[0] / "stops.txt", (0, 0))
    assert differ(first, load_network(elsewhere, date=DATE, cache_dir=folder)) == []
    assert len(builds) == 1


def test_the_name_of_a_feed_counts_because_ids_bear_it(feed, folder):
    rail = shutil.copytree(feed, feed.parent / "rail")
    tram = shutil.copytree(feed, feed.parent / "tram")
    load_network([feed, rail], date=DATE, cache_dir=folder)
    network = load_network([feed, tram], date=DATE, cache_dir=folder)
    assert "tram:A" in set(network.timetable.stops["stop_id"])


@pytest.mark.parametrize(
    "change",
    [
        {"date": "2026-03-11"},
        {"walk_speed_kmh": 4.9},
        {"max_access_min": 21},
        {"max_egress_min": 21},
        {"max_transfer_min": 11},
        {"max_direct_min": 41},
        {"min_transfer_min": 2},
        {"detour": 1.4},
        {"crs": "EPSG:32630"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_parameter_builds_anew(feed, folder, builds, change):
    asked = {"date": DATE, **change}
    load_network(feed, date=DATE, cache_dir=folder)
    changed = load_network(feed, **asked, cache_dir=folder)
    assert len(builds) == 2
    expected = build_network(
        read_timetable(feed, date=asked["date"]), **{k: v for k, v in change.items() if k != "date"}
    )
    assert changed.limits == expected.limits
    assert changed.crs == expected.crs
    assert changed.timetable.service_date.isoformat() == asked["date"]


def test_every_parameter_of_build_network_is_one_of_load_network_with_the_same_default():
    built = dict(inspect.signature(build_network).parameters)
    loaded = dict(inspect.signature(load_network).parameters)
    built.pop("timetable")
    for own in ("feeds", "date", "step_free", "cache_dir"):
        loaded.pop(own)
    assert {name: p.default for name, p in loaded.items()} == {name: p.default for name, p in built.items()}


def test_the_same_number_or_day_written_otherwise_is_the_same_network(feed, folder, builds):
    load_network(feed, date=DATE, max_access_min=20, cache_dir=folder)
    load_network(feed, date=DATE, max_access_min=20.0, cache_dir=folder)
    load_network(feed, date=dt.datetime(2026, 3, 10, 7, 30, tzinfo=dt.UTC), cache_dir=folder)
    load_network(feed, date=pd.Timestamp(DATE), max_access_min=np.float64(20), cache_dir=folder)
    assert len(builds) == 1


@pytest.mark.parametrize(
    "what", ["toolkit", "source", "numpy", "pandas", "pyarrow", "pyproj", "shapely", "grids"]
)
def test_another_version_of_what_made_it_builds_anew(feed, folder, builds, monkeypatch, what):
    load_network(feed, date=DATE, cache_dir=folder)
    made_with = cache.made_with()
    monkeypatch.setattr(cache, "made_with", lambda: {**made_with, what: "another"})
    load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2


def test_the_toolkits_own_source_is_part_of_what_made_it():
    source = dict(cache.made_with()["source"])
    rooms = (
        "feeds/gtfs.py",
        "timetables/timetable.py",
        "networks/network.py",
        "networks/walking.py",
        "packing.py",
    )
    for room in rooms:
        path = Path(accessibility.__file__).parent / room
        assert source[room] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_feed_that_changes_while_it_is_read_is_not_kept(feed, folder, monkeypatch, caplog):
    def meddled(feeds, **asked):
        timetable = read_timetable(feeds, **asked)
        with (feed / "stops.txt").open("ab") as stream:
            stream.write(b"\n")
        return timetable

    monkeypatch.setattr(cache, "read_timetable", meddled)
    assert len(load_network(feed, date=DATE, cache_dir=folder).timetable.stops) == 3
    assert any("changed while" in said for said in warnings_of(caplog))
    assert entries(folder) == []


# Damage


def damaged(stored: bytes):
    header = cache_entry._HEADER_BYTES
    yield "empty", b""
    yield "header cut", stored[: header // 2]
    yield "payload gone", stored[:header]
    yield "half", stored[: len(stored) // 2]
    yield "last byte gone", stored[:-1]
    yield "a byte more", stored + b"\0"
    yield "zeros", bytes(len(stored))
    places = (0, 30, header - 10, header - 1, header, header + 500, len(stored) // 2, len(stored) - 1)
    for place in places:
        yield f"byte {place}", stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :]


def test_a_damaged_entry_is_built_anew_with_one_warning_and_mended(feed, folder, builds, caplog):
    sound = load_network(feed, date=DATE, cache_dir=folder)
    entry = only(folder)
    stored = entry.read_bytes()
    for number, (what, broken) in enumerate(damaged(stored), start=2):
        entry.write_bytes(broken)
        caplog.clear()
        assert differ(sound, load_network(feed, date=DATE, cache_dir=folder)) == [], what
        assert len(builds) == number, what
        about = [said for said in warnings_of(caplog) if entry.name in said]
        assert len(about) == 1, what
        assert "made anew" in about[0], what
        assert entry.read_bytes() == stored, what


def test_an_entry_under_the_wrong_name_is_not_trusted(feed, folder, builds, caplog):
    load_network(feed, date=DATE, cache_dir=folder)
    first = only(folder)
    load_network(feed, date=DATE, detour=1.5, cache_dir=folder)
    (second,) = set(entries(folder)) - {first}
    shutil.copy(first, second)
    assert load_network(feed, date=DATE, detour=1.5, cache_dir=folder).limits.detour == 1.5
    assert len(builds) == 3
    assert any("damaged" in said for said in warnings_of(caplog))


def test_an_entry_that_cannot_be_opened_is_built_anew(feed, folder, builds, caplog):
    load_network(feed, date=DATE, cache_dir=folder)
    entry = only(folder)
    entry.unlink()
    entry.mkdir()
    load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2
    assert any("made anew" in said for said in warnings_of(caplog))


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_a_planted_pickle_is_never_run(feed, folder, tmp_path):
    load_network(feed, date=DATE, cache_dir=folder)
    mark = tmp_path / "mark"
    planted = np.empty(1, dtype=object)
    planted[0] = Trap(mark)
    assert pickle.loads(pickle.dumps(planted)) is not None  # noqa: S301 (the trap must be one)
    assert mark.exists()
    mark.unlink()
    loot = tmp_path / "loot.npz"
    np.savez(loot, tree=planted)
    entry = cache_entry.Entry(folder, only(folder).stem, Network)
    payload = loot.read_bytes()
    entry.path.write_bytes(entry._header(payload) + payload)
    with pytest.raises(ValueError, match="allow_pickle"):
        load_network(feed, date=DATE, cache_dir=folder)
    assert not mark.exists()


def unpackable(network):
    timetable = network.timetable
    stops, trips = timetable.stops, timetable.trips
    replace = dataclasses.replace
    yield "a number in a column of texts", replace(timetable, stops=stops.assign(stop_name=[1, "b", "c"]))
    yield "a missing text", replace(timetable, stops=stops.assign(stop_name=[None, "b", "c"]))
    yield "an index", replace(timetable, stops=stops.set_index("stop_id"))
    yield "categories", replace(timetable, trips=trips.astype({"headsign": "category"}))
    yield "a column twice", replace(timetable, trips=pd.concat([trips, trips], axis=1))
    yield "objects", replace(timetable, run_trip=timetable.run_trip.astype(object))
    yield "a masked array", replace(timetable, run_trip=np.ma.masked_array(timetable.run_trip))
    yield "a time stamp", replace(timetable, service_date=pd.Timestamp(DATE))
    yield "a list", replace(timetable, notes=["said"])
    yield "a numpy number", replace(timetable, notes=(np.float64(1),))


def test_what_would_not_come_back_exactly_is_not_packed(feed):
    network = build_network(read_timetable(feed, date=DATE))
    for what, timetable in unpackable(network):
        with pytest.raises(TypeError, match="cannot be packed"):
            pytest.fail(f"{what}: {packing.pack(dataclasses.replace(network, timetable=timetable))!r:.40}")


# Several at once, and half-way


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    root = str(Path(accessibility.__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SLOW_BUILD = f"""
import sys, time
from pathlib import Path
from accessibility.networks import cache
feed, folder, ready, built = map(Path, sys.argv[1:])
quick = cache.read_timetable
def slow(feeds, **asked):
    with built.open("a") as out:
        out.write("built\\n")
    time.sleep(1.5)
    return quick(feeds, **asked)
cache.read_timetable = slow
ready.touch()
while len(list(ready.parent.glob("*.ready"))) < 2:
    time.sleep(0.01)
network = cache.load_network(feed, date="{DATE}", cache_dir=folder)
print(len(network.timetable.stops), network.notes)
"""


def test_two_processes_build_it_once(feed, folder, tmp_path):
    built = tmp_path / "built"
    both = [child(SLOW_BUILD, feed, folder, tmp_path / f"{i}.ready", built) for i in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert said[0][0].startswith("3 (")
    assert built.read_text() == "built\n"
    assert len(entries(folder)) == 1
    assert list(folder.glob("*.tmp")) == []


KILLED = f"""
import os, sys
from accessibility.networks import cache
os.fsync = lambda _: os._exit(9)
cache.load_network(sys.argv[1], date="{DATE}", cache_dir=sys.argv[2])
"""


def test_a_killed_writer_leaves_nothing_that_is_read_or_waited_for(feed, folder, builds, caplog):
    killed = child(KILLED, feed, folder)
    killed.communicate(timeout=120)
    assert killed.returncode == 9
    assert entries(folder) == []
    (half,) = folder.glob("*.tmp")
    begun = time.monotonic()
    network = load_network(feed, date=DATE, cache_dir=folder)
    assert time.monotonic() - begun < cache_entry.MAX_WAIT_S / 10
    assert warnings_of(caplog) == list(network.notes)
    assert len(builds) == 1
    # It could still be the work of somebody, until it is old.
    assert half.exists()
    os.utime(half, (time.time() - 2 * cache_entry.ABANDONED_S,) * 2)
    load_network(feed, date=DATE, detour=1.5, cache_dir=folder)
    assert list(folder.glob("*.tmp")) == []


def test_a_half_file_of_the_same_name_is_written_over(feed, folder, builds):
    load_network(feed, date=DATE, cache_dir=folder)
    entry = only(folder)
    entry.rename(entry.with_suffix(f".{os.getpid()}.tmp"))
    load_network(feed, date=DATE, cache_dir=folder)
    load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2
    assert list(folder.glob("*.tmp")) == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupted_write_leaves_no_half_file(feed, folder, builds, monkeypatch, step):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_network(feed, date=DATE, cache_dir=folder)
    assert [path.suffix for path in folder.iterdir()] == [".lock"]
    load_network(feed, date=DATE, cache_dir=folder)
    load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2


def test_an_interrupted_rebuild_leaves_the_old_file(feed, folder, monkeypatch):
    load_network(feed, date=DATE, cache_dir=folder)
    entry = only(folder)
    entry.write_bytes(b"damaged")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_network(feed, date=DATE, cache_dir=folder)
    assert entry.read_bytes() == b"damaged"


def test_a_full_disk_gives_the_network_and_a_warning(feed, folder, monkeypatch, caplog):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    network = load_network(feed, date=DATE, cache_dir=folder)
    assert len(network.timetable.stops) == 3
    (said,) = [said for said in warnings_of(caplog) if said not in network.notes]
    assert "not kept in the cache" in said
    assert os.strerror(errno.ENOSPC) in said
    assert [path.suffix for path in folder.iterdir()] == [".lock"]


@contextlib.contextmanager
def held_elsewhere(lock: Path):
    """Hold a lock in another thread, as another process would."""
    taken, done = threading.Event(), threading.Event()

    def hold():
        with FileLock(lock):
            taken.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(60)
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_nobody_waits_for_ever(feed, folder, builds, monkeypatch, caplog):
    load_network(feed, date=DATE, cache_dir=folder)
    entry = only(folder)
    monkeypatch.setattr(cache_entry, "MAX_WAIT_S", 0.1)
    with held_elsewhere(folder / f"{entry.name[0]}.network.lock"):
        # What is there is read without the lock.
        load_network(feed, date=DATE, cache_dir=folder)
        assert len(builds) == 1
        entry.unlink()
        caplog.clear()
        network = load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 2
    (said,) = [said for said in warnings_of(caplog) if said not in network.notes]
    assert "held for 0.1 s by another process" in said
    assert entries(folder) == []


# The folder


@pytest.mark.parametrize("below", [(), ("deeper", "still")], ids=["itself", "above"])
def test_a_file_in_the_place_of_the_folder_is_no_obstacle(feed, tmp_path, builds, caplog, below):
    (tmp_path / "cache").write_text("mine")
    network = load_network(feed, date=DATE, cache_dir=tmp_path.joinpath("cache", *below))
    assert len(network.timetable.stops) == 3
    (said,) = [said for said in warnings_of(caplog) if said not in network.notes]
    assert "cache cannot be used" in said
    assert (tmp_path / "cache").read_text() == "mine"


@pytest.fixture
def read_only(folder):
    """Close a folder to writing, or leave the test out where that has no effect (root, Windows)."""

    @contextlib.contextmanager
    def close():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o555)
        try:
            if os.access(folder, os.W_OK):
                pytest.skip("this user may write into read-only folders")
            yield
        finally:
            folder.chmod(0o755)

    return close


def test_a_read_only_folder_gives_a_warning_and_the_network(feed, folder, builds, caplog, read_only):
    with read_only():
        network = load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 1
    (said,) = [said for said in warnings_of(caplog) if said not in network.notes]
    assert "cache cannot be used" in said
    assert list(folder.iterdir()) == []


def test_a_read_only_folder_is_still_read(feed, folder, builds, caplog, read_only):
    load_network(feed, date=DATE, cache_dir=folder)
    caplog.clear()
    with read_only():
        network = load_network(feed, date=DATE, cache_dir=folder)
    assert len(builds) == 1
    assert warnings_of(caplog) == list(network.notes)


def test_a_folder_without_the_right_to_write_for_any_user(feed, folder, builds, monkeypatch, caplog):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(cache_entry, "FileLock", refused)
    network = load_network(feed, date=DATE, cache_dir=folder)
    (said,) = [said for said in warnings_of(caplog) if said not in network.notes]
    assert "cache cannot be used" in said
    assert list(folder.iterdir()) == []


def test_the_folder_is_the_one_given_else_the_variables_else_the_users(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "user")
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert cache_folder() == tmp_path / "user" / "networks"
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    assert cache_folder() == tmp_path / "user" / "networks"
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "named"))
    assert cache_folder() == tmp_path / "named"
    assert cache_folder(tmp_path / "given") == tmp_path / "given"
    assert cache_folder("~/networks") == Path.home() / "networks"
    assert list(tmp_path.iterdir()) == []


def test_the_variable_is_obeyed(feed, tmp_path, monkeypatch, builds):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "named"))
    load_network(feed, date=DATE)
    load_network(feed, date=DATE)
    assert len(builds) == 1
    assert only(tmp_path / "named").is_file()


def test_beyond_the_limit_those_unused_for_longest_go(feed, folder, builds, monkeypatch):
    def load(detour):
        before = set(entries(folder))
        load_network(feed, date=DATE, detour=detour, cache_dir=folder)
        (new,) = set(entries(folder)) - before
        return new

    first, second, third = load(1.1), load(1.2), load(1.3)
    for age, entry in ((300, first), (200, second), (100, third)):
        os.utime(entry, (time.time() - age,) * 2)
    # Using the oldest makes it the newest.
    load_network(feed, date=DATE, detour=1.1, cache_dir=folder)
    assert len(builds) == 3
    monkeypatch.setattr(cache_entry, "MAX_BYTES", int(first.stat().st_size * 3.5))
    fourth = load(1.4)
    assert set(entries(folder)) == {first, third, fourth}
    monkeypatch.setattr(cache_entry, "MAX_BYTES", 0)
    fifth = load(1.5)
    assert entries(folder) == [fifth]


# What is refused


def test_what_the_reader_refuses_is_refused_in_its_words_and_not_kept(feed, folder):
    with pytest.raises(FeedError, match="no such file or folder"):
        load_network(feed / "absent", date=DATE, cache_dir=folder)
    with pytest.raises(ParameterError, match="no feed was given"):
        load_network([], date=DATE, cache_dir=folder)
    with pytest.raises(ParameterError, match="two feeds are called 'bus'"):
        load_network([feed, feed], date=DATE, cache_dir=folder)
    (feed / "trips.txt").unlink()
    with pytest.raises(FeedError, match=r"trips\.txt is missing"):
        load_network(feed, date=DATE, cache_dir=folder)
    assert entries(folder) == []


def test_bad_parameters_are_refused_before_anything_is_read(tmp_path, folder):
    absent = tmp_path / "absent.zip"
    with pytest.raises(ParameterError, match="max_access_min is 500"):
        load_network(absent, date=DATE, max_access_min=500, cache_dir=folder)
    with pytest.raises(ParameterError, match="is not a date"):
        load_network(absent, date="soon", cache_dir=folder)
    assert not folder.exists()


def test_step_free_journeys_are_another_network(feed, folder, builds):
    """The made feed says nothing of wheelchairs: what takes that as step-free keeps it all, under a key of its own."""
    whole = load_network(feed, date=DATE, cache_dir=folder)
    some = load_network(feed, date=DATE, step_free="include", cache_dir=folder)
    assert len(builds) == 2
    assert some.timetable.trips.equals(whole.timetable.trips)
    assert len(some.notes) > len(whole.notes)
    with pytest.raises(NoServiceError):
        load_network(feed, date=DATE, step_free="exclude", cache_dir=folder)
