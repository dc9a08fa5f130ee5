"""What stands at the edge of the usable: refused in one sentence that names it, never wrapped, dropped or guessed."""

from __future__ import annotations

import itertools
import struct
import zipfile

import geopandas as gpd
import made_feeds as made
import numpy as np
import pandas as pd
import pytest
import shapely
from made_streets import streets_of
from pyproj import CRS

import accessibility as acc
from accessibility.feeds.gtfs import TABLES, read_feed
from accessibility.measures.journeys import explain
from accessibility.networks.cache import load_network
from accessibility.timetables.timetable import read_timetable
from accessibility.timetables.transfer_rules import DEFAULT, FORBIDDEN, WALK_ALONE, index_rules, read_rules

DATE = "2026-03-10"
WINDOW = ("07:00", "07:10")
SEVEN = 7 * 3600


@pytest.fixture
def folder(tmp_path):
    """One trip from A to B, with a frequency and a rule for changing."""
    return made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("B", 10_000, 0)],
        routes=[made.route("R")],
        trips=[made.trip("T", "R")],
        stop_times=made.calls("T", ("A", SEVEN), ("B", SEVEN + 600)),
        frequencies=[{"trip_id": "T", "start_time": "05:00:00", "end_time": "12:00:00", "headway_secs": 600}],
        transfers=[{"from_stop_id": "A", "to_stop_id": "A", "transfer_type": 2, "min_transfer_time": 60}],
    )


@pytest.fixture
def network(folder):
    return acc.build_network(read_timetable(folder, date=DATE), walk_speed_kmh=3.6, detour=1.0)


def points(*rows, **columns):
    """Points at metres east of stop A, by id."""
    geometry = gpd.points_from_xy([made.CORNER[0] + x for _, x in rows], [made.CORNER[1]] * len(rows))
    ids = pd.Series([name for name, _ in rows], dtype=object)
    return gpd.GeoDataFrame({"id": ids, **columns}, geometry=geometry, crs="EPSG:27700")


HOME = points(("home", -60))
CENTRES = points(("near", -30), ("bee", 10_060), jobs=[1, 10])


def one_sentence(caught):
    text = str(caught.value)
    return "\n" not in text and len(text) < 300


# Numbers of a feed


def test_every_whole_number_of_a_feed_fits_the_engines_arrays():
    whole = [(file, column) for file, columns in TABLES.items() for column in columns if column.kind == "int"]
    assert len(whole) > 10
    for file, column in whole:
        assert column.high is not None, (file, column.name)
        assert column.low is not None, (file, column.name)
        assert np.iinfo(np.int32).min <= column.low < column.high <= np.iinfo(np.int32).max


@pytest.mark.parametrize("size", [2**31, 2**32 + 60, 2**63, 10**30])
@pytest.mark.parametrize(
    ("file", "column", "row"),
    [
        ("transfers", "min_transfer_time", 2),
        ("frequencies", "headway_secs", 2),
        ("routes", "route_type", 2),
        ("stop_times", "stop_sequence", 3),
    ],
)
def test_numbers_too_large_are_refused_at_their_row(folder, file, column, row, size):
    path = folder / f"{file}.txt"
    rows = pd.read_csv(path, dtype=str)
    rows.loc[row - 2, column] = str(size)
    rows.to_csv(path, index=False)
    with pytest.raises(acc.FeedError, match=f"{column} is not .*: found '{size}'") as caught:
        read_timetable(folder, date=DATE)
    assert (caught.value.row, caught.value.code) == (row, "number_out_of_range")
    assert caught.value.file.endswith(f"{file}.txt")


def test_the_largest_numbers_are_taken(folder):
    for file, column, largest in (
        ("transfers", "min_transfer_time", 86_400),
        ("frequencies", "headway_secs", 86_400),
        ("stop_times", "stop_sequence", 2**31 - 1),
    ):
        path = folder / f"{file}.txt"
        rows = pd.read_csv(path, dtype=str)
        rows.loc[len(rows) - 1, column] = str(largest)
        rows.to_csv(path, index=False)
        assert read_feed(folder)[file][column].max() == largest


# Rules of equal rank

STATIONS = [
    made.stop("P", 10_000, 0, location_type=1),
    made.stop("P1", 10_000, 0, parent_station="P"),
    made.stop("Q", 10_000, 0, location_type=1),
    made.stop("Q1", 10_000, 0, parent_station="Q"),
]


def rules_between(tmp_path, *transfers):
    """Rules that hold from P1 to Q1, as `index_rules` puts them, first the one that counts."""
    tmp_path.mkdir(exist_ok=True)
    feed = made.write_feed(
        tmp_path,
        stops=STATIONS,
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip("a", "1"), made.trip("b", "2")],
        stop_times=made.calls("a", ("P1", 1), ("Q1", 2)) + made.calls("b", ("P1", 1), ("Q1", 2)),
        transfers=transfers,
    )
    table, _ = read_rules(read_feed(feed), "")
    stops, routes, trips = pd.Index(["P1", "Q1"]), pd.Index(["1", "2"]), pd.Index(["a", "b"])
    rules = index_rules(table, stops=stops, routes=routes, trips=trips)
    return [
        int(s)
        for f, t, s in zip(rules.from_stop, rules.to_stop, rules.seconds, strict=True)
        if (f, t) == (0, 1)
    ]


def rule(from_stop, to_stop, kind, seconds="", **more):
    return {
        "from_stop_id": from_stop, "to_stop_id": to_stop, "transfer_type": kind, "min_transfer_time": seconds,
        "from_route_id": "", "to_route_id": "", **more,
    }  # fmt: skip


KINDS = {FORBIDDEN: (3, ""), 600: (2, 600), 60: (2, 60), 0: (2, 0), DEFAULT: (0, ""), WALK_ALONE: (1, "")}
STRICTEST_FIRST = list(KINDS)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("stricter", "laxer"), list(itertools.pairwise(STRICTEST_FIRST)))
def test_of_rules_of_equal_rank_the_strictest_counts(tmp_path, stricter, laxer, turned):
    # A platform to a station and a station to a platform are as specific as each other.
    ends = [("P1", "Q"), ("P", "Q1")]
    for ways in (ends, ends[::-1]):
        given = [rule(*way, *KINDS[kind]) for way, kind in zip(ways, (stricter, laxer), strict=True)]
        found = rules_between(tmp_path / ways[0][0], *(given[::-1] if turned else given))
        assert found == [stricter, laxer]


def test_rules_about_different_routes_may_fit_one_change_too(tmp_path):
    # From route 1 to any, and from any to route 2: both fit a change from 1 to 2, and each names one route.
    for number, (first, second) in enumerate(((1, 3), (3, 1))):
        found = rules_between(
            tmp_path / str(number),
            rule("P1", "Q1", first, from_route_id="1"),
            rule("P1", "Q1", second, to_route_id="2"),
        )
        assert found == [FORBIDDEN, WALK_ALONE]


def test_a_more_specific_rule_still_counts_before_a_stricter_one(tmp_path):
    assert rules_between(tmp_path / "f", rule("P", "Q", 3), rule("P1", "Q", 1), rule("P1", "Q1", 0)) == [
        DEFAULT,
        WALK_ALONE,
        FORBIDDEN,
    ]


def test_a_change_that_one_of_two_equal_rules_forbids_is_not_made(tmp_path):
    world = {
        "stops": [made.stop("A", 0, 0), *STATIONS, made.stop("D", 20_000, 0)],
        "routes": [made.route("1"), made.route("2")],
        "trips": [made.trip("a", "1"), made.trip("b", "2")],
        "stop_times": made.calls("a", ("A", SEVEN + 60), ("P1", SEVEN + 600))
        + made.calls("b", ("Q1", SEVEN + 900), ("D", SEVEN + 1500)),
    }
    goal = points(("goal", 20_000))
    for number, (rules, reached) in enumerate(
        (([], True), ([rule("P1", "Q", 3), rule("P", "Q1", 0)], False), ([rule("P", "Q1", 3), rule("P1", "Q", 0)], False))
    ):  # fmt: skip
        made.write_feed(tmp_path / str(number), **world, transfers=rules)
        net = acc.build_network(read_timetable(tmp_path / str(number), date=DATE))
        found = acc.travel_times(net, points(("home", 0)), goal, window=("07:00", "07:01"))
        assert np.isfinite(found["travel_time_p50"].iloc[0]) == reached


# CRS and streets


def within_walk_on(crs):
    return acc.within_walk(
        HOME, shapely.Point(made.CORNER), target_crs="EPSG:27700", crs=crs, max_walk_min=15
    )


@pytest.mark.parametrize(
    ("crs", "reason"),
    [
        ("nonsense", "'nonsense', which is no CRS"),
        ("", "which is no CRS"),
        (123_456, "123456, which is no CRS"),
        ("EPSG:4326", "'WGS 84', which is not projected in metres"),
        (CRS.from_epsg(4326), "'WGS 84', which is not projected in metres"),
        ("EPSG:4978", "which is not projected in metres"),  # geocentric: in metres, on no plane
        ("EPSG:2263", "which is not projected in metres"),  # New York in US survey feet
    ],
)
@pytest.mark.parametrize("call", ["build_network", "load_network", "within_walk"])
def test_a_crs_without_metres_is_refused(folder, tmp_path, call, crs, reason):
    calls = {
        "build_network": lambda: acc.build_network(read_timetable(folder, date=DATE), crs=crs),
        "load_network": lambda: load_network(folder, date=DATE, crs=crs, cache_dir=tmp_path / "cache"),
        "within_walk": lambda: within_walk_on(crs),
    }
    with pytest.raises(acc.ParameterError, match=reason) as caught:
        calls[call]()
    assert one_sentence(caught)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("crs", ["EPSG:27700", "EPSG:32630", "EPSG:27700+5701", CRS.from_epsg(3035), 27_700])
def test_a_crs_in_metres_is_taken(folder, crs):
    assert acc.build_network(read_timetable(folder, date=DATE), crs=crs).crs == CRS.from_user_input(crs)
    assert within_walk_on(crs).tolist() == [True]


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        ("build", acc.ParameterError, "streets is a str; give what read_streets returns, or None"),
        ("drive", acc.ParameterError, "made streets were read with mode='drive'; read them with mode='walk'"),
        ("load", acc.ParameterError, "streets is a StreetNetwork; give the path of a file here"),
        ("absent", acc.InputError, "absent.osm.pbf: no such file of streets"),
        ("folder", acc.InputError, "no such file of streets"),
        (
            "place",
            acc.InputError,
            "Newport: no such file of streets; a place by its name is for read_streets",
        ),
        ("snap", acc.ParameterError, "max_snap_m is -1; it must be between 0 and 10000 metres"),
        ("nan", acc.ParameterError, "max_snap_m is nan; it must be between 0 and 10000 metres"),
    ],
)
def test_streets_that_cannot_be_walked_are_refused(folder, tmp_path, call, error, reason):
    timetable, cache = read_timetable(folder, date=DATE), tmp_path / "cache"
    edge = [(0, 0), (9, 0)], [(0, 1)]
    calls = {
        "build": lambda: acc.build_network(timetable, "streets.osm.pbf"),
        "drive": lambda: acc.build_network(timetable, streets_of(*edge, mode="drive")),
        "load": lambda: load_network(folder, streets_of(*edge), date=DATE, cache_dir=cache),
        "absent": lambda: load_network(folder, "absent.osm.pbf", date=DATE, cache_dir=cache),
        "folder": lambda: load_network(folder, tmp_path, date=DATE, cache_dir=cache),
        "place": lambda: load_network(folder, "Newport", date=DATE, cache_dir=cache),
        "snap": lambda: acc.build_network(timetable, streets_of(*edge), max_snap_m=-1),
        "nan": lambda: load_network(folder, date=DATE, max_snap_m=float("nan"), cache_dir=cache),
    }
    with pytest.raises(error, match=reason) as caught:
        calls[call]()
    assert one_sentence(caught)
    assert not cache.exists()


# Numbers of a question


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        (50, ["p50"]),
        (np.int64(50), ["p50"]),
        (np.array([10, 90]), ["p10", "p90"]),
        ([0.0, 100], ["p00", "p100"]),
        (pd.Series([25]), ["p25"]),
    ],
)
def test_percentiles_in_whatever_holds_numbers(network, given, columns):
    table = acc.travel_times(network, HOME, CENTRES, window=WINDOW, percentiles=given)
    assert list(table.columns) == ["from_id", "to_id", *(f"travel_time_{name}" for name in columns)]


@pytest.mark.parametrize(
    "given",
    ["50", b"50", ["50"], None, np.array([]), np.array(50), np.array([50, 50]), [np.nan], [True], [[10, 90]], -1, 12.5],
)  # fmt: skip
def test_percentiles_that_are_none(network, given):
    with pytest.raises(acc.ParameterError, match="percentile") as caught:
        acc.travel_times(network, HOME, CENTRES, window=WINDOW, percentiles=given)
    assert one_sentence(caught)


@pytest.mark.parametrize("cutoff", [np.int64(45), np.float32(45), np.int8(45), 45, 45.0])
def test_a_single_cutoff_of_any_number_type_names_no_minutes(network, cutoff):
    table = acc.cumulative_opportunities(network, HOME, CENTRES, window=WINDOW, cutoff_min=cutoff)
    assert list(table.columns) == ["id", "jobs"]
    assert table["jobs"].tolist() == [11]


@pytest.mark.parametrize("cutoffs", [np.array([1, 45]), (np.int64(1), 45.0), pd.Index([1, 45])])
def test_several_cutoffs_in_whatever_holds_them(network, cutoffs):
    table = acc.cumulative_opportunities(network, HOME, CENTRES, window=WINDOW, cutoff_min=cutoffs)
    assert table.loc[0, ["jobs_1", "jobs_45"]].tolist() == [1, 11]


@pytest.mark.parametrize("cutoff", ["45", ["45"], None, np.nan, [np.nan], -1, True])
def test_cutoffs_that_are_none(network, cutoff):
    with pytest.raises(acc.ParameterError, match="cutoff") as caught:
        acc.cumulative_opportunities(network, HOME, CENTRES, window=WINDOW, cutoff_min=cutoff)
    assert one_sentence(caught)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"max_rides": 2.5}, "max_rides is 2.5"),
        ({"max_rides": 2.0}, "max_rides is 2.0"),
        ({"max_rides": "2"}, "max_rides is 2"),
        ({"max_rides": 21}, "max_rides is 21"),
        ({"k": 1.0}, "k is 1.0"),
        ({"k": "1"}, "k is '1'"),
        ({"k": True}, "k is True"),
        ({"statistic": 50}, "statistic 50 is not known"),
        ({"statistic": None}, "statistic None is not known"),
        ({"near_miss_min": np.nan}, "near_miss_min is nan"),
        ({"near_miss_min": np.inf}, "near_miss_min is inf"),
        ({"near_miss_min": "5"}, "near_miss_min is 5"),
        ({"cutoff_min": "45"}, "cutoff is 45"),
        ({"cutoff_min": np.nan}, "cutoff is nan"),
    ],
)
def test_numbers_of_centres_within_that_are_none(network, change, reason):
    with pytest.raises(acc.ParameterError, match=reason) as caught:
        acc.centres_within(network, HOME, CENTRES, **{"window": WINDOW, "k": 1, **change})
    assert one_sentence(caught)


@pytest.mark.parametrize(
    ("change", "reason"), [({"max_rides": 2.5}, "max_rides is 2.5"), ({"statistic": 50}, "statistic 50")]
)
def test_numbers_of_opportunities_that_are_none(network, change, reason):
    with pytest.raises(acc.ParameterError, match=reason):
        acc.cumulative_opportunities(network, HOME, CENTRES, window=WINDOW, **change)


def test_numpy_numbers_are_taken(network):
    row = acc.centres_within(
        network, HOME, CENTRES, window=WINDOW, cutoff_min=np.float32(45), k=np.int64(2), max_rides=np.int32(3),
        near_miss_min=np.float64(5),
    ).iloc[0]  # fmt: skip
    assert row["n_within"] == 2


@pytest.mark.parametrize("minutes", [-5, np.nan, np.inf])
def test_a_longest_walk_that_is_none(minutes):
    with pytest.raises(acc.ParameterError, match=f"max_walk_min is {minutes}") as caught:
        acc.within_walk(
            HOME,
            shapely.Point(made.CORNER),
            target_crs="EPSG:27700",
            crs="EPSG:27700",
            max_walk_min=minutes,
        )
    assert one_sentence(caught)


@pytest.mark.parametrize("column", ["id", "group"])
def test_centres_that_would_share_a_column(network, column):
    alike = points(("a", -30), ("b", 10_060)).assign(**{column: pd.Series([1, "1"], dtype=object)})
    with pytest.raises(acc.InputError, match="ids 1 and '1' would both fill column 't_1'") as caught:
        acc.centres_within(network, HOME, alike, window=WINDOW, k=1)
    assert one_sentence(caught)


@pytest.mark.parametrize("depart", ["99:59", "100:00", "98:119", "99:60"])
def test_a_departure_beyond_the_clock_is_named_as_it_was_typed(network, depart):
    with pytest.raises(acc.ParameterError, match=f"'{depart}'") as caught:
        explain(network, HOME, CENTRES.head(1), depart=depart)
    assert one_sentence(caught)


# Zips


def packed(folder, path, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for file in sorted(folder.glob("*.txt")):
            archive.write(file, file.name)
    return path


def patch_member(path, name, *, local=(), central=()):
    """Overwrite fields of one member's two headers: (offset in the header, format, value)."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
        at = archive.start_dir
    for offset, kind, value in local:
        struct.pack_into(kind, content, info.header_offset + offset, value)
    while content[at + 46 : at + 46 + len(name)] != name.encode():
        at += 46 + sum(struct.unpack_from("<3H", content, at + 28))
    for offset, kind, value in central:
        struct.pack_into(kind, content, at + offset, value)
    path.write_bytes(content)


def with_bad_crc(path):
    patch_member(path, "stops.txt", local=[(14, "<I", 1)], central=[(16, "<I", 1)])


def with_bad_stream(path):
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("stops.txt").header_offset + 30 + len("stops.txt")
    content = bytearray(path.read_bytes())
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)


def encrypted(path):
    patch_member(path, "stops.txt", local=[(6, "<H", 1)], central=[(8, "<H", 1)])


def packed_by_an_unknown_method(path):
    patch_member(path, "stops.txt", local=[(8, "<H", 97)], central=[(10, "<H", 97)])


def with_two_names(path):
    patch_member(path, "stops.txt", local=[(30, "<c", b"Z")])


@pytest.mark.parametrize(
    "damage", [with_bad_crc, with_bad_stream, encrypted, packed_by_an_unknown_method, with_two_names]
)
@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_member_that_cannot_be_unpacked(folder, tmp_path, damage, compression):
    path = packed(folder, tmp_path / "feed.zip", compression)
    assert len(read_feed(path)["stops"]) == 2
    damage(path)
    with pytest.raises(acc.FeedError, match="cannot be unpacked") as caught:
        read_feed(path)
    assert (caught.value.file, caught.value.code) == ("feed.zip/stops.txt", "invalid_zip")
    assert one_sentence(caught)


def test_a_zip_whose_list_of_files_cannot_be_read(folder, tmp_path):
    path = packed(folder, tmp_path / "feed.zip")
    patch_member(path, "stops.txt", central=[(6, "<H", 255)])  # made for a version of zip that does not exist
    with pytest.raises(acc.FeedError) as caught:
        read_feed(path)
    assert caught.value.code == "invalid_zip"


def test_a_file_that_declares_too_much_is_not_unpacked(folder, tmp_path, monkeypatch):
    path = packed(folder, tmp_path / "feed.zip")
    patch_member(path, "stops.txt", local=[(22, "<I", 2**31 + 1)], central=[(24, "<I", 2**31 + 1)])
    opened = watched(monkeypatch)
    with pytest.raises(acc.FeedError, match=r"2,147,483,649 bytes, and 2,147,483,648 are the most") as caught:
        read_feed(path)
    assert (caught.value.file, caught.value.code) == ("feed.zip/stops.txt", "file_too_large")
    assert "stops.txt" not in opened


def test_a_file_packed_beyond_belief_is_not_unpacked(folder, tmp_path, monkeypatch):
    (folder / "stops.txt").write_bytes((folder / "stops.txt").read_bytes() + b"\n" * 10_100_000)
    path = packed(folder, tmp_path / "feed.zip")
    opened = watched(monkeypatch)
    with pytest.raises(acc.FeedError, match="more than 200 times as many, as no timetable does") as caught:
        read_feed(path)
    assert (caught.value.file, caught.value.code) == ("feed.zip/stops.txt", "file_too_large")
    assert "stops.txt" not in opened
    # A file that is not packed so small, or that is small anyway, is read.
    assert len(read_feed(packed(folder, tmp_path / "stored.zip", zipfile.ZIP_STORED))["stops"]) == 2
    (folder / "stops.txt").write_bytes((folder / "stops.txt").read_bytes()[:9_000_000])
    assert len(read_feed(packed(folder, tmp_path / "small.zip"))["stops"]) == 2


def test_files_that_are_not_read_may_be_of_any_size(folder, tmp_path):
    (folder / "shapes.txt").write_bytes(b"\n" * 10_100_000)
    assert len(read_feed(packed(folder, tmp_path / "feed.zip"))["stops"]) == 2


def test_a_file_larger_than_it_declares_is_not_unpacked_beyond(folder, tmp_path):
    (folder / "stops.txt").write_bytes((folder / "stops.txt").read_bytes() + b"\n" * 50_000_000)
    path = packed(folder, tmp_path / "feed.zip")
    patch_member(path, "stops.txt", local=[(22, "<I", 1_000)], central=[(24, "<I", 1_000)])
    with pytest.raises(acc.FeedError, match="cannot be unpacked") as caught:
        read_feed(path)
    assert caught.value.code == "invalid_zip"


def watched(monkeypatch):
    """Names of the members that are opened from now on."""
    opened: list[str] = []
    plain = zipfile.ZipFile.open

    def noted(self, name, *args, **more):
        opened.append(name if isinstance(name, str) else name.filename)
        return plain(self, name, *args, **more)

    monkeypatch.setattr(zipfile.ZipFile, "open", noted)
    return opened
