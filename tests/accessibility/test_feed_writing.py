"""A feed written back: the same timetable, valid for others, and never a feed that contradicts itself."""

from __future__ import annotations

import dataclasses
import logging
import os
import zipfile
from random import Random

import gtfs_guru
import made_feeds as made
import numpy as np
import pandas as pd
import pytest

from accessibility.errors import FeedError, ParameterError
from accessibility.feeds.gtfs import TABLES, read_feed
from accessibility.feeds.writing import replace_tables, write_feed
from accessibility.timetables.timetable import read_timetable

DATE = "2026-03-10"
REAL = {
    "newport-20230613_gtfs.zip": "2023-06-13",
    "newport-20230613_gtfs_full_earlier.zip": "2023-06-13",
    "chester-20230816-small_gtfs.zip": "2023-08-16",
}


@pytest.fixture
def clean(tmp_path):
    """Two trips over three stops, every day of 2026, complete enough for the canonical validator."""
    return made.write_feed(
        tmp_path / "clean",
        stops=[made.stop("A", 0, 0), made.stop("B", 4000, 0), made.stop("C", 8000, 0)],
        routes=[made.route("R")],
        trips=[made.trip("T1", "R"), made.trip("T2", "R")],
        stop_times=made.calls("T1", ("A", 25_000), ("B", 25_300, 25_330), ("C", 90_000))
        + made.calls("T2", ("A", 26_000), ("B", 26_300), ("C", 26_600)),
    )


def same_tables(one, other):
    for table in TABLES:
        pd.testing.assert_frame_equal(one[table], other[table], check_categorical=False)


def same(one, other):
    """Compare records field by field, and what stands in them: arrays, tables, plain values."""
    if dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(
            one.drop(columns="feed", errors="ignore"), other.drop(columns="feed", errors="ignore")
        )
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


def same_timetable(one, other, date):
    one, other = (dataclasses.replace(read_timetable(path, date=date), notes=()) for path in (one, other))
    same(one, other)


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("name", ["again", "again.zip"])
def test_any_feed_comes_back_the_same(tmp_path, seed, name):
    folder = made.random_feed(tmp_path / "made", Random(seed), around_s=7 * 3600)
    feed = read_feed(folder)
    written = write_feed(feed, tmp_path / name)
    same_tables(feed, read_feed(written))


def test_the_timetable_is_the_same(clean, tmp_path):
    same_timetable(clean, write_feed(read_feed(clean), tmp_path / "again.zip"), DATE)


@pytest.mark.realdata
@pytest.mark.parametrize("name", REAL)
def test_real_feeds_come_back_the_same_and_as_valid(shared_data, tmp_path, name):
    path = shared_data / "transit" / "newport_uk" / name
    feed = read_feed(path)
    written = write_feed(feed, tmp_path / name)
    same_tables(feed, read_feed(written))
    same_timetable(path, written, REAL[name])
    before, after = ({error.code for error in gtfs_guru.validate(str(p)).errors()} for p in (path, written))
    assert after <= before


def test_the_canonical_validator_finds_no_error(clean, tmp_path):
    written = write_feed(read_feed(clean), tmp_path / "again.zip")
    assert [error.code for error in gtfs_guru.validate(str(written)).errors()] == []


def test_the_written_text_is_what_gtfs_asks_for(clean, tmp_path):
    """Every cell on paper: hours beyond 24, empty cells for defaults, columns without a value left out."""
    folder = write_feed(read_feed(clean), tmp_path / "again")
    assert (folder / "stop_times.txt").read_bytes() == (
        b"trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        b"T1,06:56:40,06:56:40,A,0\nT1,07:01:40,07:02:10,B,1\nT1,25:00:00,25:00:00,C,2\n"
        b"T2,07:13:20,07:13:20,A,0\nT2,07:18:20,07:18:20,B,1\nT2,07:23:20,07:23:20,C,2\n"
    )
    assert (folder / "calendar.txt").read_text().splitlines()[1] == "daily,1,1,1,1,1,1,1,20260101,20261231"
    # The positions are those that the made feed was written with, digit by digit.
    ours, theirs = ((path / "stops.txt").read_text().splitlines() for path in (folder, clean))
    assert [row.split(",")[2:4] for row in ours] == [row.split(",")[2:4] for row in theirs]
    assert sorted(path.name for path in folder.iterdir()) == [
        "agency.txt", "calendar.txt", "routes.txt", "stop_times.txt", "stops.txt", "trips.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-05, "0.00001"), (-0.0000012345, "-0.0000012345"), (52.123456789012, "52.123456789012"), (7.0, "7")],
)
def test_numbers_are_written_without_noise(clean, tmp_path, value, text):
    feed = read_feed(clean)
    stops = feed["stops"].copy()
    stops.loc[0, "stop_lon"] = value
    written = write_feed(replace_tables(feed, stops=stops), tmp_path / "again")
    assert (written / "stops.txt").read_text().splitlines()[1].split(",")[3] == text
    assert read_feed(written)["stops"].loc[0, "stop_lon"] == value


def test_texts_are_quoted_where_they_must_be(clean, tmp_path):
    feed = read_feed(clean)
    names = ['Queen\'s Road, "The Crown"', "Cwmbrân; Ponthir", "= 1 + 1"]
    edited = replace_tables(feed, stops=feed["stops"].assign(stop_name=names))
    written = write_feed(edited, tmp_path / "again.zip")
    assert read_feed(written)["stops"]["stop_name"].tolist() == names


def test_the_bytes_are_the_same_each_time(clean, tmp_path):
    feed = read_feed(clean)
    one, other = write_feed(feed, tmp_path / "one.zip"), write_feed(feed, tmp_path / "other.zip")
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


def first_departures(timetable):
    """Departures of three-stop runs from their first stop, those of the days before and after left aside."""
    return sorted(time for time in timetable.departure_s.reshape(-1, 3)[:, 0] if 0 < time < 86_400)


def test_an_edited_feed_is_read_as_edited(clean, tmp_path):
    """A third trip, ten minutes after the second, added with the plainest pandas."""
    feed = read_feed(clean)
    times = feed["stop_times"]
    more = times[times["trip_id"] == "T2"].assign(trip_id="T3")
    more[["arrival_time", "departure_time"]] += 600
    edited = replace_tables(
        feed,
        trips=pd.concat(
            [feed["trips"], pd.DataFrame([{"route_id": "R", "service_id": "daily", "trip_id": "T3"}])]
        ),
        stop_times=pd.concat([times, more]),
    )
    assert edited.name == feed.name
    assert len(feed["trips"]) == 2
    assert edited["trips"].dtypes.astype(str).equals(feed["trips"].dtypes.astype(str))
    timetable = read_timetable(write_feed(edited, tmp_path / "edited.zip"), date=DATE)
    assert first_departures(timetable) == [25_000, 26_000, 26_600]


def test_a_trip_that_is_removed_is_gone(clean, tmp_path):
    feed = read_feed(clean)
    edited = replace_tables(
        feed,
        trips=feed["trips"][feed["trips"]["trip_id"] != "T1"],
        stop_times=feed["stop_times"][feed["stop_times"]["trip_id"] != "T1"],
    )
    assert edited["trips"]["trip_id"].cat.categories.tolist() == ["T2"]
    timetable = read_timetable(write_feed(edited, tmp_path / "edited.zip"), date=DATE)
    assert first_departures(timetable) == [26_000]


CONTRADICTIONS = {
    "a call of no trip": (
        "stop_times",
        lambda t: t.assign(trip_id=["T9", *t["trip_id"][1:]]),
        2,
        "foreign_key_violation",
    ),
    "a trip twice": ("trips", lambda t: pd.concat([t, t.iloc[[0]]]), 4, "duplicate_key"),
    "no stop named": (
        "stop_times",
        lambda t: t.assign(stop_id=[*t["stop_id"][:5], None]),
        7,
        "missing_required_field",
    ),
    "half a call": (
        "stop_times",
        lambda t: t.assign(stop_sequence=[0, 1.5, 2, 0, 1, 2]),
        3,
        "invalid_integer",
    ),
    "a date of no calendar": ("calendar", lambda t: t.assign(end_date=20260230), 2, "invalid_date"),
    "north of the pole": ("stops", lambda t: t.assign(stop_lat=91.0), 2, "number_out_of_range"),
    "no number at all": ("stops", lambda t: t.assign(stop_lat=np.inf), 2, "invalid_float"),
    "a time of no clock": ("stop_times", lambda t: t.assign(arrival_time=-5), 2, "invalid_time"),
    "a column of one's own": ("stops", lambda t: t.assign(colour="red"), 1, "unknown_column"),
    "no column at all": ("trips", lambda t: t.drop(columns="trip_id"), 1, "missing_required_column"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_feed_that_contradicts_itself_is_refused_and_nothing_written(clean, tmp_path, name):
    table, edit, row, code = CONTRADICTIONS[name]
    feed = read_feed(clean)
    edited = {table: edit(feed[table])}
    with pytest.raises(FeedError) as refused:
        replace_tables(feed, **edited)
    assert refused.value.row == row
    assert refused.value.file == f"clean/{table}.txt"
    by_hand = type(feed)(name="clean", tables={**feed.tables, **edited})
    with pytest.raises(FeedError) as refused_too:
        write_feed(by_hand, tmp_path / "out" / "edited.zip")
    assert refused_too.value.code == refused.value.code == code
    assert refused_too.value.file == f"edited.zip/{table}.txt"
    assert list((tmp_path / "out").iterdir()) == []


def test_calls_that_run_backwards_are_not_written(clean, tmp_path):
    feed = read_feed(clean)
    times = feed["stop_times"].copy()
    times.loc[4, ["arrival_time", "departure_time"]] = 25_999
    with pytest.raises(FeedError, match=r"edited/stop_times\.txt, row 6") as refused:
        write_feed(replace_tables(feed, stop_times=times), tmp_path / "edited")
    assert refused.value.code == "stop_time_with_arrival_before_previous_departure_time"
    assert not (tmp_path / "edited").exists()


def test_a_table_of_no_feed_is_refused(clean):
    feed = read_feed(clean)
    with pytest.raises(ParameterError, match="'shapes' is no table of a feed"):
        replace_tables(feed, shapes=pd.DataFrame())


def test_what_is_there_is_not_replaced_unasked(clean, tmp_path):
    feed = read_feed(clean)
    path = write_feed(feed, tmp_path / "again.zip")
    before = path.read_bytes()
    with pytest.raises(ParameterError, match="is there already"):
        write_feed(feed, path)
    assert write_feed(feed, path, overwrite=True).read_bytes() == before
    folder = write_feed(feed, tmp_path / "again")
    (folder / "calendar_dates.txt").write_text("service_id,date,exception_type\ndaily,20260310,2\n")
    write_feed(feed, folder, overwrite=True)
    same_tables(feed, read_feed(folder))
    assert sorted(tmp_path.iterdir()) == [folder, path, clean]


def test_a_folder_with_anything_else_in_it_is_left_alone(clean, tmp_path):
    feed = read_feed(clean)
    (clean / "shapes.txt").write_text("shape_id\n")
    with pytest.raises(ParameterError, match=r"holds shapes\.txt, which a written feed would not have"):
        write_feed(feed, clean, overwrite=True)
    assert (clean / "shapes.txt").exists()
    (tmp_path / "x.zip").mkdir()
    with pytest.raises(ParameterError, match="is a folder and a zip was to be written"):
        write_feed(feed, tmp_path / "x.zip", overwrite=True)


def test_a_write_that_fails_leaves_the_old_feed(clean, tmp_path, monkeypatch):
    feed = read_feed(clean)
    path = write_feed(feed, tmp_path / "kept.zip")
    folder = write_feed(feed, tmp_path / "kept")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(zipfile.ZipFile, "open", full)
    with pytest.raises(FeedError, match="cannot be written"):
        write_feed(feed, path, overwrite=True)
    monkeypatch.undo()
    assert path.read_bytes() == before
    rename = type(folder).rename
    monkeypatch.setattr(
        type(folder),
        "rename",
        lambda self, to: full() if self.name == "kept" and "old" not in str(to) else rename(self, to),
    )
    with pytest.raises(FeedError, match="cannot be written"):
        write_feed(feed, folder, overwrite=True)
    same_tables(feed, read_feed(folder))
    assert sorted(tmp_path.iterdir()) == [clean, folder, path]


def test_what_is_not_carried_over_is_said(clean, tmp_path, caplog):
    (clean / "shapes.txt").write_text("shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n")
    (clean / "diary.txt").write_text("day\n")
    feed = replace_tables(read_feed(clean), stops=read_feed(clean)["stops"])
    with caplog.at_level(logging.WARNING):
        write_feed(feed, tmp_path / "again.zip")
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "shapes.txt" in said
    assert "diary.txt" in said


def test_what_was_said_before_an_edit_still_holds_where_it_does(clean):
    """A strange pickup_type was counted on reading; a stop nobody calls at comes with the edit and goes with the next."""
    path = clean / "stop_times.txt"
    head, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},pickup_type", f"{first},9", *(f"{row}," for row in rest)]) + "\n")
    feed = read_feed(clean)
    (strange,) = [notice for notice in feed.notices if notice.severity == "WARNING"]
    assert strange.code == "unexpected_enum_value"
    lonely = pd.concat([feed["stops"], feed["stops"].iloc[[0]].assign(stop_id="Z")])
    one = replace_tables(feed, stops=lonely)
    assert [n.code for n in one.notices if n.severity == "WARNING"] == [
        strange.code,
        "stop_without_stop_time",
    ]
    other = replace_tables(one, stops=feed["stops"])
    assert [n.code for n in other.notices if n.severity == "WARNING"] == [strange.code]
    last = replace_tables(other, stop_times=feed["stop_times"])
    assert [n.code for n in last.notices if n.severity == "WARNING"] == []


def test_a_table_may_be_emptied_unless_a_feed_needs_it(clean, tmp_path):
    exceptions = pd.DataFrame({"service_id": ["daily"], "date": [20260310], "exception_type": [2]})
    feed = replace_tables(read_feed(clean), calendar_dates=exceptions)
    emptied = replace_tables(feed, calendar_dates=pd.DataFrame(), transfers=pd.DataFrame())
    same_tables(emptied, read_feed(clean))
    assert not (write_feed(emptied, tmp_path / "again") / "calendar_dates.txt").exists()
    with pytest.raises(FeedError, match=r"clean/trips\.txt: has no row"):
        replace_tables(feed, trips=feed["trips"].iloc[:0], stop_times=feed["stop_times"].iloc[:0])
