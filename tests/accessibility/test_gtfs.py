"""Feeds as they come: refused with file, row and code, or read exactly like the clean one."""

from __future__ import annotations

import codecs
import zipfile

import made_feeds as made
import numpy as np
import oracle
import pytest

import accessibility as acc
from accessibility.gtfs import parse_time, read_feed
from accessibility.timetable import read_timetable, route_mode

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


def edit(folder, file, old, new, count=1):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return folder


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


def lines(folder, file):
    return (folder / file).read_text(encoding="utf-8").splitlines()


def rewrite(folder, file, rows):
    (folder / file).write_text("\n".join(rows) + "\n", encoding="utf-8")


def with_bom(folder):
    path = folder / "stops.txt"
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())


def with_crlf(folder):
    for path in folder.glob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def quoted(folder):
    for file in ("stop_times.txt", "trips.txt"):
        rewrite(
            folder, file, [",".join(f'"{cell}"' for cell in row.split(",")) for row in lines(folder, file)]
        )


def extra(folder):
    rewrite(
        folder,
        "trips.txt",
        [row + (",colour" if i == 0 else ",red") for i, row in enumerate(lines(folder, "trips.txt"))],
    )
    (folder / "notices.txt").write_text("not,even\na table", encoding="utf-8")


def unsorted_rows(folder):
    for file in ("stop_times.txt", "stops.txt", "trips.txt"):
        head, *rest = lines(folder, file)
        rewrite(folder, file, [head, *reversed(rest)])


def spaces(folder):
    rewrite(folder, "stop_times.txt", [", ".join(row.split(",")) for row in lines(folder, "stop_times.txt")])


def moved_columns(folder):
    rewrite(
        folder,
        "stop_times.txt",
        [",".join(reversed(row.split(","))) for row in lines(folder, "stop_times.txt")],
    )


@pytest.mark.parametrize("oddity", [with_bom, with_crlf, quoted, extra, unsorted_rows, spaces, moved_columns])
def test_odd_but_sound_feeds_read_like_the_clean_one(clean, oddity):
    before = read_timetable(clean, date=DATE)
    oddity(clean)
    same_timetable(read_timetable(clean, date=DATE), before)


@pytest.mark.parametrize("nested", ["", "feed/"])
def test_a_zip_reads_like_its_folder(clean, tmp_path, nested):
    path = tmp_path / "clean.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in clean.glob("*.txt"):
            archive.write(file, nested + file.name)
    same_timetable(read_timetable(path, date=DATE), read_timetable(clean, date=DATE))


REFUSED = {
    "missing file": (lambda f: (f / "stop_times.txt").unlink(), r"stop_times\.txt is missing", "missing_required_file", None),
    "missing column": (lambda f: edit(f, "stop_times.txt", "stop_sequence", "sequence"), "column stop_sequence is missing", "missing_required_column", 1),
    "no agency": (
        lambda f: rewrite(f, "agency.txt", lines(f, "agency.txt")[:1]),
        "no agency is named",
        "missing_agency",
        None,
    ),
    "column twice": (lambda f: edit(f, "trips.txt", "service_id", "route_id"), "column route_id is there twice", "duplicated_column", 1),
    "time that is none": (lambda f: edit(f, "stop_times.txt", "07:01:40", "7 o'clock"), "arrival_time is not a usable time", "invalid_time", 3),
    "minutes past 59": (lambda f: edit(f, "stop_times.txt", "07:01:40", "07:61:40"), "found '07:61:40'", "invalid_time", 3),
    "negative sequence": (lambda f: edit(f, "stop_times.txt", ",B,1", ",B,-1"), "found '-1'", "invalid_int", 3),
    "latitude off the globe": (lambda f: edit(f, "stops.txt", "52.", "152."), "stop_lat is not a usable float", "invalid_float", 2),
    "unknown stop": (lambda f: edit(f, "stop_times.txt", ",C,", ",Z,"), "stop_id 'Z' is not in stops.txt", "foreign_key_violation", 4),
    "unknown trip": (lambda f: edit(f, "stop_times.txt", "T2", "T9"), "trip_id 'T9' is not in trips.txt", "foreign_key_violation", 5),
    "unknown route": (lambda f: edit(f, "trips.txt", "R,", "Q,"), "route_id 'Q' is not in routes.txt", "foreign_key_violation", 2),
    "stop twice": (lambda f: rewrite(f, "stops.txt", [*lines(f, "stops.txt"), lines(f, "stops.txt")[1]]), "stop_id 'A' is there twice", "duplicate_key", 5),
    "sequence twice": (lambda f: edit(f, "stop_times.txt", ",C,2", ",C,1"), "stop_sequence of another call", "duplicate_key", 4),
    "backwards in time": (lambda f: edit(f, "stop_times.txt", "07:01:40", "06:01:40", 2), "before the time it should follow", "stop_time_with_arrival_before_previous_departure_time", 3),
    "no time at the end": (lambda f: edit(f, "stop_times.txt", "07:06:40", "", 2), "first or last call", "missing_trip_edge", 4),
    "empty id": (lambda f: edit(f, "stop_times.txt", "T1,", ","), "trip_id is empty", "missing_required_field", 2),
    "date that is none": (lambda f: edit(f, "calendar.txt", "20261231", "20261331"), "end_date is not a usable date", "invalid_date", 2),
    "ragged row": (lambda f: edit(f, "trips.txt", "R,daily,T1", "R,daily,T1,,,,"), "cannot be read as CSV", "unparsable_csv", None),
    "no coordinates": (lambda f: rewrite(f, "stops.txt", ["stop_id,stop_lat,stop_lon", "A,,", "B,52.5,-2", "C,52.6,-2"]), "stop 'A' has no coordinates", "stop_without_location", 2),
    "no calendar": (lambda f: (f / "calendar.txt").unlink(), "neither calendar.txt nor calendar_dates.txt", "missing_calendar", None),
    "rows of nothing": (lambda f: rewrite(f, "stop_times.txt", lines(f, "stop_times.txt")[:1]), "no trip runs on Tuesday 2026-03-10", "no_service_on_date", None),
}  # fmt: skip


@pytest.mark.parametrize("defect", REFUSED)
def test_broken_feeds_are_refused_with_place_and_reason(clean, defect):
    damage, reason, code, row = REFUSED[defect]
    damage(clean)
    with pytest.raises(acc.FeedError, match=reason) as caught:
        read_timetable(clean, date=DATE)
    assert caught.value.code == code
    assert caught.value.row == row
    assert "\n" not in str(caught.value)


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
