"""What is wrong with the calls of a feed: listed over all trips, refused by every service day."""

from __future__ import annotations

import made_feeds as made
import pytest

import accessibility as acc
from accessibility.feeds.call_checks import check_calls
from accessibility.feeds.gtfs import read_feed
from accessibility.timetables.timetable import read_timetable

HOUR = 3600
DATE = "2026-03-10"
#: One trip runs every day, another, which the defects are put into, on Fridays alone.
NO_OTHER_DAY = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "saturday", "sunday"), 0)
FRIDAYS = {**made.EVERY_DAY, **NO_OTHER_DAY, "service_id": "fri"}


def write(folder, *defects):
    """Write a sound trip of four calls in rows 2 to 5, and after it one with each defect, four rows apiece."""
    rows = made.calls("sound", ("A", HOUR), ("B", 2 * HOUR), ("C", 3 * HOUR), ("D", 4 * HOUR))
    for i, defect in enumerate(defects):
        own = made.calls(
            f"bad{i}", ("A", HOUR), ("B", 2 * HOUR, 2 * HOUR + 60), ("C", 3 * HOUR), ("D", 4 * HOUR)
        )
        defect(own)
        rows += own
    return made.write_feed(
        folder,
        stops=[made.stop(name, 3000 * i, 0) for i, name in enumerate("ABCD")],
        routes=[made.route("R")],
        trips=[made.trip("sound", "R"), *(made.trip(f"bad{i}", "R", "fri") for i in range(len(defects)))],
        stop_times=rows,
        calendar=[made.EVERY_DAY, FRIDAYS],
    )


def put(at, **values):
    return lambda rows: rows[at].update(values)


def untimed(at):
    return put(at, arrival_time="", departure_time="")


def alone(rows):
    del rows[1:]


DEFECTS = {
    "same sequence": (put(2, stop_sequence=1), "duplicate_key", "ERROR", 8),
    "first call untimed": (untimed(0), "missing_trip_edge", "ERROR", 6),
    "last call untimed": (untimed(3), "missing_trip_edge", "ERROR", 9),
    "last call without departure": (put(3, departure_time=""), "missing_trip_edge", "ERROR", 9),
    "no arrival": (put(1, arrival_time=""), "stop_time_with_only_arrival_or_departure_time", "ERROR", 7),
    "no departure": (put(1, departure_time=""), "stop_time_with_only_arrival_or_departure_time", "ERROR", 7),
    "departs before it arrives": (put(1, departure_time="01:59:59"), "start_and_end_range_out_of_order", "ERROR", 7),
    "arrives before the departure": (
        put(2, arrival_time="02:00:59", departure_time="02:00:59"),
        "stop_time_with_arrival_before_previous_departure_time", "ERROR", 8,
    ),
    "arrives before, an untimed call between": (
        lambda rows: (untimed(1)(rows), rows[0].update(departure_time="03:00:01")),
        "stop_time_with_arrival_before_previous_departure_time", "ERROR", 8,
    ),
    "one call": (alone, "unusable_trip", "WARNING", 3),
    "one call without times": (
        lambda rows: (untimed(0)(rows), alone(rows)), "missing_trip_edge", "ERROR", 6,
    ),
    "untimed between": (untimed(2), "stop_time_without_times", "INFO", 8),
}  # fmt: skip


def of_code(code, folder):
    """Findings of one code, and any ERROR beside it."""
    found = check_calls(read_feed(folder))
    return [notice for notice in found if notice.code == code or notice.severity == "ERROR"]


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_is_listed_with_code_row_and_count(tmp_path, name):
    defect, code, severity, row = DEFECTS[name]
    (once,) = of_code(code, write(tmp_path / "f", defect))
    assert (once.code, once.severity, once.row, once.count) == (code, severity, row, 1)
    file = "trips" if code == "unusable_trip" else "stop_times"
    assert once.file == f"f/{file}.txt"
    (twice,) = of_code(code, write(tmp_path / "f", defect, defect))
    assert (twice.row, twice.count) == (row, 2)


@pytest.mark.parametrize("name", DEFECTS)
def test_what_is_an_error_is_refused_on_every_day_and_nothing_else_is(tmp_path, name):
    defect, code, severity, row = DEFECTS[name]
    folder = write(tmp_path / "f", defect)
    if severity == "ERROR":
        # A Tuesday, on which the trip does not run, and a Friday, on which it does.
        for date in (DATE, "2026-03-13"):
            with pytest.raises(acc.FeedError) as caught:
                read_timetable(folder, date=date)
            assert (caught.value.code, caught.value.row) == (code, row)
    else:
        assert read_timetable(folder, date=DATE).trips["trip_id"].tolist() == ["sound"]


def test_the_first_error_by_row_is_refused_and_the_others_are_counted(tmp_path):
    folder = write(tmp_path / "f", put(1, arrival_time=""), untimed(0), untimed(0), put(2, stop_sequence=1))
    with pytest.raises(
        acc.FeedError, match=r"^f/stop_times.txt, row 7: .*; 3 more errors, which `corridors check`"
    ):
        read_timetable(folder, date=DATE)
    assert [(notice.code, notice.row, notice.count) for notice in check_calls(read_feed(folder))] == [
        ("duplicate_key", 20, 1),
        ("missing_trip_edge", 10, 2),
        ("stop_time_with_only_arrival_or_departure_time", 7, 1),
    ]


def test_the_first_row_is_that_of_the_file_and_not_of_the_trips(tmp_path):
    folder = write(tmp_path / "f", untimed(0), untimed(0))
    path = folder / "stop_times.txt"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")
    # Rows 2 to 5 are now the last trip's, backwards: its first call stands in row 5, that of the other in row 9.
    (notice,) = check_calls(read_feed(folder))
    assert (notice.code, notice.row, notice.count) == ("missing_trip_edge", 5, 2)


def test_times_that_stand_still_and_rows_in_any_order_are_sound(tmp_path):
    def same_second(rows):
        for row in rows:
            row.update(arrival_time="25:00:00", departure_time="25:00:00")
        rows.reverse()

    assert check_calls(read_feed(write(tmp_path / "f", same_second))) == ()


def test_a_feed_without_a_call_has_nothing_to_list(tmp_path):
    feed = read_feed(write(tmp_path / "f"))
    empty = feed["stop_times"].iloc[:0]
    assert check_calls(type(feed)(feed.name, {**feed.tables, "stop_times": empty})) == ()


@pytest.mark.realdata
def test_codes_and_severities_are_those_of_the_canonical_validator(tmp_path):
    gtfs_guru = pytest.importorskip("gtfs_guru")
    own = {"stop_time_without_times"}  # what is allowed has no code there
    for name, (defect, code, severity, _) in DEFECTS.items():
        folder = write(tmp_path / name.replace(" ", "-"), defect)
        found = {(notice.code, notice.severity) for notice in gtfs_guru.validate(str(folder)).notices}
        assert code in own or (code, severity) in found, name
