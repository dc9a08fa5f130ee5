"""Reading feeds: what inspection says, dates and several feeds; test_feed_corpus.py has the broken and odd ones."""

from __future__ import annotations

import dataclasses
import tracemalloc
import zipfile

import broken_feeds as bf
import made_feeds as made
import numpy as np
import oracle
import pyarrow as pa
import pytest

import accessibility as acc
from accessibility.errors import FeedError
from accessibility.feeds import lines as feed_lines
from accessibility.feeds.gtfs import check_feed, inspect_feed, parse_time, read_feed
from accessibility.timetables.timetable import read_timetable, route_mode

DATE = "2026-03-10"


@pytest.fixture
def clean(tmp_path):
    """Two trips over three stops, every day of 2026."""
    return made.write_feed(
        tmp_path / "clean",
        stops=[made.stop("A", 0, 0), made.stop("B", 4000, 0), made.stop("C", 8000, 0)],
        routes=[made.route("R")],
        trips=[made.trip("T1", "R"), made.trip("T2", "R")],
        stop_times=made.calls("T1", ("A", 25_000), ("B", 25_300), ("C", 25_600))
        + made.calls("T2", ("A", 26_000), ("B", 26_300), ("C", 26_600)),
    )


def same_timetable(one, other):
    for name in (
        "arrival_s",
        "departure_s",
        "chain_stop",
        "chain_stop_ptr",
        "chain_run_ptr",
        "may_board",
        "may_alight",
    ):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.stops.drop(columns="stop_name").equals(other.stops.drop(columns="stop_name"))
    assert one.trips["trip_id"].tolist() == other.trips["trip_id"].tolist()


# What inspection says


@pytest.fixture
def sound(tmp_path):
    return bf.write_clean(tmp_path / "feed")


def found(inspection, *, severity=None):
    return [
        (n.code, n.file.partition("/")[2], n.row, n.count)
        for n in inspection.notices
        if severity in (None, n.severity)
    ]


def test_inspection_tells_everything_at_once(sound):
    """Three bad cells of two kinds, a reference that leads nowhere, a stop too many: file by file, first row, count."""
    bf.swap("stop_times.txt", "07:05:00,07:06:00", "7:5,7:6")(sound)
    bf.swap("stop_times.txt", "08:05:00", "8:5")(sound)
    bf.swap("calendar.txt", "20261231", "20261331")(sound)
    bf.swap("trips.txt", "S,daily,T3", "Q,daily,T3")(sound)
    bf.add("stops.txt", "D,Dale,52.530,-1.900,0,")(sound)
    inspection = inspect_feed(sound)
    assert found(inspection, severity="ERROR") == [
        ("invalid_time", "stop_times.txt", 3, 2),
        ("invalid_time", "stop_times.txt", 3, 1),
        ("invalid_date", "calendar.txt", 2, 1),
        ("foreign_key_violation", "trips.txt", 4, 1),
    ]
    assert found(inspection, severity="WARNING") == [("stop_without_stop_time", "stops.txt", 6, 1)]
    assert inspection.feed is None
    assert len(inspection.tables["stop_times"]) == 8
    assert inspection.tables["stop_times"]["arrival_time"].tolist()[:3] == [25_200, -1, 25_920]
    with pytest.raises(FeedError) as caught:
        read_feed(sound)
    assert str(caught.value) == (
        "feed/stop_times.txt, row 3: arrival_time is not a usable time (H:MM:SS): found '7:5'; 4 more errors, which "
        "`corridors check` lists [invalid_time]"
    )


def test_a_file_that_is_no_table_hides_only_what_needs_it(sound):
    bf.swap("stops.txt", "stop_id", "id")(sound)
    bf.swap("trips.txt", "R,daily,T2", "Q,daily,T2")(sound)
    inspection = inspect_feed(sound)
    assert found(inspection, severity="ERROR") == [
        ("missing_required_column", "stops.txt", 1, 1),
        ("foreign_key_violation", "trips.txt", 3, 1),
    ]
    assert (len(inspection.tables["stops"]), len(inspection.tables["trips"])) == (0, 3)


def test_inspection_of_what_is_not_there(tmp_path):
    inspection = inspect_feed(tmp_path / "nothing.zip")
    assert (inspection.feed, [n.code for n in inspection.notices]) == (None, ["missing_feed"])


def test_warnings_stand_beside_the_timetable_and_what_is_worth_knowing_does_not(sound):
    bf.add("stops.txt", "D,Dale,52.530,-1.900,0,", "E,End,52.540,-1.900,0,")(sound)
    bf.write("readme.txt", "hello")(sound)
    feed = read_feed(sound)
    assert [n.severity for n in feed.notices] == ["INFO", "WARNING"]
    assert feed.notes == ("feed/stops.txt, row 6: no trip calls at stop 'D', and 1 more like it",)
    assert set(feed.notes) <= set(read_timetable(sound, date=DATE).notes)


def test_texts_are_kept_as_they_are_meant(sound):
    bf.swap("stops.txt", "Castle", '"The ""Old"" Castle, Łódź 城"')(sound)
    feed = read_feed(sound)
    assert feed["stops"]["stop_name"].tolist()[2:] == ["Bank, the", 'The "Old" Castle, Łódź 城']
    assert feed["feed_info"]["feed_publisher_name"].tolist() == ["Made"]
    assert feed["trips"]["direction_id"].tolist() == [0, 0, 1]
    assert feed["stop_times"]["timepoint"].tolist() == [-1] * 8


def test_quotes_that_belong_to_a_value_stay(sound):
    bf.swap("stops.txt", "Castle", '"""Castle"""')(sound)
    assert read_feed(sound)["stops"]["stop_name"].tolist()[3] == '"Castle"'


def test_rows_are_named_as_an_editor_shows_them(sound):
    bf.recode(lambda text: text.replace(b"T2,07", b"T2,07").replace(b"\nT2", b"\n\n\nT2"), "stop_times.txt")(
        sound
    )
    feed = read_feed(sound)
    shown = (sound / "stop_times.txt").read_text(encoding="utf-8").splitlines()
    times = feed["stop_times"]
    for position in range(len(times)):
        assert shown[feed.row("stop_times", position) - 1].startswith(times["trip_id"].iloc[position])
    assert feed.row("stops", 0) == 2


def test_an_edited_feed_is_checked_by_the_same_checks(sound):
    feed = read_feed(sound)
    trips = (
        feed["trips"]
        .astype({"route_id": object})
        .assign(route_id=["R", "Q", "S"])
        .astype({"route_id": "category"})
    )
    edited = dataclasses.replace(feed, tables={**feed.tables, "trips": trips})
    assert check_feed(feed) == ()
    (notice,) = check_feed(edited)
    assert (notice.code, notice.file, notice.row) == ("foreign_key_violation", "feed/trips.txt", 3)


def test_a_folder_with_a_dot_in_its_name_keeps_it(sound):
    assert read_feed(sound.rename(sound.parent / "bus.2026")).name == "bus.2026"


# Limits


def test_more_rows_than_any_timetable_has(sound, monkeypatch):
    monkeypatch.setattr(feed_lines, "MOST_ROWS", 7)
    with pytest.raises(FeedError, match=r"has 8 lines, and 7 are the most that are read") as caught:
        read_feed(sound)
    assert (caught.value.code, caught.value.file) == ("too_many_rows", "feed/stop_times.txt")


@pytest.mark.parametrize("header", [b"", b"trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"])
def test_one_line_of_a_hundred_megabytes_costs_little(sound, header):
    with (sound / "stop_times.txt").open("wb") as stream:
        stream.write(header)
        for _ in range(100):
            stream.write(b"7" * 1_000_000)
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match=r"line is longer than [0-9,]+ bytes") as caught:
            read_feed(sound)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "csv_parsing_failed"
    assert len(str(caught.value)) < 300
    assert peak + pool.bytes_allocated() - before < 250_000_000


def test_a_zip_is_never_unpacked_to_disk(sound, tmp_path, monkeypatch):
    """Nothing is written anywhere while a zip is read, whatever its members are called."""
    path = bf.zipped(bf.Member("made/deeper/evil.txt"))(sound)

    def refuse(*_, **__):
        raise AssertionError

    for name in ("extract", "extractall"):
        monkeypatch.setattr(zipfile.ZipFile, name, refuse)
    before = sorted(tmp_path.rglob("*"))
    read_feed(path)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("nested", ["", "feed/"])
def test_a_zip_reads_like_its_folder(clean, tmp_path, nested):
    path = tmp_path / "clean.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in clean.glob("*.txt"):
            archive.write(file, nested + file.name)
    same_timetable(read_timetable(path, date=DATE), read_timetable(clean, date=DATE))


def test_a_date_outside_the_feed_names_its_span(clean):
    with pytest.raises(
        acc.NoServiceError,
        match=r"no trip runs on Sunday 2027-01-03: its calendars cover 2026-01-01 to 2026-12-31",
    ):
        read_timetable(clean, date="2027-01-03")


def test_a_date_between_names_the_days_that_run(clean):
    made.write_table(clean, "calendar", [{**made.EVERY_DAY, "saturday": 0, "sunday": 0}])
    with pytest.raises(acc.NoServiceError, match=r"2026-12-31, on Mon, Tue, Wed, Thu, Fri; choose"):
        read_timetable(clean, date="2026-03-14")


def test_a_date_that_is_none_is_refused(clean):
    with pytest.raises(acc.ParameterError, match="'tomorrow' is not a date"):
        read_timetable(clean, date="tomorrow")


def test_one_feed_without_service_is_not_passed_over(clean, tmp_path):
    other = made.write_feed(
        tmp_path / "other", stops=[made.stop("A", 0, 0), made.stop("B", 1, 1)], routes=[made.route("R")],
        trips=[made.trip("T", "R")], stop_times=made.calls("T", ("A", 1), ("B", 2)),
        calendar=[{**made.EVERY_DAY, "tuesday": 0}],
    )  # fmt: skip
    with pytest.raises(acc.NoServiceError, match=r"^other: no trip runs"):
        read_timetable([clean, other], date=DATE)


def test_calendar_dates_alone_and_exceptions(clean):
    (clean / "calendar.txt").unlink()
    made.write_table(
        clean, "calendar_dates", [{"service_id": "daily", "date": "20260310", "exception_type": 1}]
    )
    assert len(read_timetable(clean, date=DATE).run_trip) == 2
    with pytest.raises(acc.NoServiceError, match=r"2026-03-10 to 2026-03-10"):
        read_timetable(clean, date="2026-03-11")


def test_a_removed_service_does_not_run(clean):
    made.write_table(
        clean, "calendar_dates", [{"service_id": "daily", "date": "20260310", "exception_type": 2}]
    )
    with pytest.raises(acc.NoServiceError):
        read_timetable(clean, date=DATE)


@pytest.mark.parametrize("what", ["nothing-there", "a-file"])
def test_paths_that_are_no_feed(tmp_path, what):
    (tmp_path / "a-file").write_text("hello", encoding="utf-8")
    with pytest.raises(acc.FeedError, match=what):
        read_feed(tmp_path / what)


def test_two_feeds_keep_their_ids_apart(clean, tmp_path):
    clean.rename(tmp_path / "one")
    both = read_timetable(
        [tmp_path / "one", made.write_feed(tmp_path / "two", **_tables(tmp_path / "one"))], date=DATE
    )
    assert both.stops["stop_id"].tolist() == [f"{feed}:{stop}" for feed in ("one", "two") for stop in "ABC"]
    assert sorted(both.routes["feed"]) == ["one", "two"]


def _tables(folder):
    return {path.stem: oracle.rows(folder, path.stem) for path in folder.glob("*.txt")}


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:00", 0), ("7:05:09", 25_509), ("25:10:00", 90_600), ("100:00:00", 360_000)]
)
def test_times(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "07:00", "07:00:0", "-1:00:00", "07:60:00", "07:00:60", "aa:00:00", "1000:00:00"]
)
def test_times_that_are_none(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_time(text)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (0, "tram"),
        (2, "rail"),
        (3, "bus"),
        (109, "rail"),
        (204, "coach"),
        (401, "metro"),
        (704, "bus"),
        (900, "tram"),
        (1000, "ferry"),
    ],
)
def test_route_modes(kind, mode):
    assert route_mode(kind) == mode


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "date", "trips", "calls"),
    [
        ("newport-20230613_gtfs.zip", "2023-06-13", 176, 7765),
        ("newport-20230613_gtfs_full_earlier.zip", "2023-06-13", 1343, 43_199),
    ],
)
def test_newport_reads_whole(shared_data, file, date, trips, calls):
    feed = read_feed(shared_data / "transit" / "newport_uk" / file)
    assert (len(feed["trips"]), len(feed["stop_times"])) == (trips, calls)
    assert len(read_timetable(shared_data / "transit" / "newport_uk" / file, date=date).run_trip) > trips / 2
