"""A report on a feed: figures on paper, findings, verdicts, and the same judgement as a run."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile

import broken_feeds as bf
import geopandas as gpd
import gtfs_kit
import made_feeds as made
import made_transxchange as txc
import numpy as np
import pandas as pd
import pytest
import shapely
from broken_feeds import add, both, drop, swap
from pyproj import CRS
from shapely.geometry import box

from accessibility.errors import ParameterError, ToolkitError
from accessibility.feeds import canonical_validation
from accessibility.feeds.canonical_validation import CanonicalResult, validate_canonically
from accessibility.feeds.notices import Notice
from accessibility.feeds.report import FINDING_COLUMNS, OWN, findings_table, report_feed
from accessibility.streets.streets import StreetNetwork
from accessibility.timetables.timetable import read_timetable

TUESDAY = "2026-03-10"
TODAY = dt.date(2026, 3, 1)
GRID = CRS.from_epsg(27700)


def report(path, date=TUESDAY, **more):
    return report_feed(path, date=date, **{"today": TODAY, "canonical": False, **more})


def codes(found, severity):
    return set(found.findings.loc[found.findings["severity"] == severity, "code"])


def at(clock):
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


@pytest.fixture
def town(tmp_path):
    """A bus line and a tram, worked out below.

    Bus: T1 at 07:10, T2 at 07:59, T3 at 08:00, T4 at 24:30, all daily; T5 at 09:00 on Saturdays; T6 at 10:00 calls once.
    Tram: F, written down for 05:00, runs every ten minutes from 07:30 until before 08:10 (07:30, :40, :50, 08:00) and
    every thirty from 23:30 until before 24:31 (23:30, 24:00, 24:30).
    """
    saturdays = {**made.EVERY_DAY, "service_id": "saturdays"} | dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "sunday"), 0
    )
    starts = {"T1": "07:10", "T2": "07:59", "T3": "08:00", "T4": "24:30", "T5": "09:00"}
    calls = [
        row
        for trip, start in starts.items()
        for row in made.calls(trip, ("A", at(start)), ("B", at(start) + 300), ("C", at(start) + 600))
    ]
    calls[1] |= {"arrival_time": "", "departure_time": ""}  # T1 at B
    return made.write_feed(
        tmp_path / "town",
        stops=[*(made.stop(name, 1500 * i, 0) for i, name in enumerate("ABC")), made.stop("Z", 0, 900)],
        routes=[made.route("bus", 3), made.route("tram", 0), made.route("idle", 2)],
        trips=[
            *(made.trip(trip, "bus", "saturdays" if trip == "T5" else "daily") for trip in [*starts, "T6"]),
            made.trip("F", "tram"),
        ],
        stop_times=[
            *calls,
            *made.calls("T6", ("A", at("10:00"))),
            *made.calls("F", ("A", at("05:00")), ("C", at("05:10"))),
        ],
        calendar=[made.EVERY_DAY, saturdays],
        frequencies=[
            {"trip_id": "F", "start_time": "07:30:00", "end_time": "08:10:00", "headway_secs": 600},
            {"trip_id": "F", "start_time": "23:30:00", "end_time": "24:31:00", "headway_secs": 1800},
        ],
    )


def test_trips_by_mode_and_hour(town):
    found = report(town)
    assert list(found.trips_by_hour.itertuples(index=False, name=None)) == [
        ("bus", 7, 2), ("bus", 8, 1), ("bus", 24, 1),
        ("tram", 7, 3), ("tram", 8, 1), ("tram", 23, 1), ("tram", 24, 2),
    ]  # fmt: skip
    assert found.trips_by_hour.dtypes.tolist()[1:] == [np.int64, np.int64]


def test_the_figures_of_the_day(town):
    day = report(town).day
    # T1 to T4 and seven runs of the tram; Saturday's T5 and T6, which goes nowhere, do not count.
    assert (day.trips, day.trips_from_frequencies, day.lines, day.stops) == (11, 7, 2, 3)
    assert (day.calls, day.untimed_calls) == (4 * 3 + 2, 1)


def test_the_figures_of_the_files(town):
    (town / "feed_info.txt").write_text(
        "feed_publisher_name,feed_publisher_url,feed_lang,feed_version\nTown Hall,https://example.org,en,v7\n",
        encoding="utf-8",
    )
    held = report(town).figures
    assert (held.agencies, held.timezone, held.publisher, held.version) == (
        ("Made",),
        "Europe/London",
        "Town Hall",
        "v7",
    )
    assert (held.lines, held.stops, held.called_stops, held.trips, held.stop_times, held.frequencies) == (
        3, 4, 3, 7, 18, 2,
    )  # fmt: skip


def test_the_verdict_of_a_sound_feed(town):
    found = report(town)
    assert found.usable
    assert found.passed
    # A single-call trip, and a stop where nothing calls.
    assert codes(found, "WARNING") == {"unusable_trip", "stop_without_stop_time"}
    assert found.verdict == "usable for Tuesday 2026-03-10: 11 trips; 2 warnings"
    assert found.span == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert found.date_reason == "as asked"


def test_another_day_of_the_week_has_its_own_figures(town):
    found = report(town, date="2026-03-14")
    assert found.day.trips == 12
    assert ("bus", 9, 1) in set(found.trips_by_hour.itertuples(index=False, name=None))


def test_auto_takes_a_tuesday_and_says_why(town):
    found = report(town, date="auto")
    assert found.date.weekday() == 1
    assert found.date_reason.startswith(f"auto: Tuesday {found.date}, 11 trips")
    assert found.day.trips == 11


def test_a_date_without_service(town):
    found = report(town, date="2027-03-09")
    assert not found.usable
    assert not found.passed
    assert codes(found, "ERROR") == {"no_service_on_date"}
    assert found.verdict.startswith(
        "cannot be used for Tuesday 2027-03-09: no trip runs on Tuesday 2027-03-09"
    )
    assert found.day.trips == 0
    assert list(found.trips_by_hour.columns) == ["mode", "hour", "trips"]
    assert found.trips_by_hour.empty
    assert found.figures.trips == 7


def test_auto_without_any_tuesday(tmp_path):
    path = bf.write_clean(tmp_path / "feed")
    days = (path / "calendar.txt").read_text(encoding="utf-8")
    header, row = days.strip().split("\n")
    cells = dict(zip(header.split(","), row.split(","), strict=True)) | {"tuesday": "0"}
    (path / "calendar.txt").write_text(f"{header}\n{','.join(cells.values())}\n", encoding="utf-8")
    (path / "calendar_dates.txt").unlink()
    found = report(path, date="auto")
    assert not found.usable
    assert found.date is None
    assert codes(found, "ERROR") == {"no_service_on_date"}
    assert "Tuesday" in found.verdict


def test_an_expired_feed_is_a_warning(town):
    found = report(town, today=dt.date(2027, 1, 1))
    assert "expired_calendar" in codes(found, "WARNING")
    assert found.passed
    assert "expired_calendar" not in codes(report(town, today=dt.date(2026, 12, 31)), "WARNING")


def test_a_date_that_is_none(town):
    with pytest.raises(ParameterError, match="is not a date"):
        report(town, date="next Tuesday")


def test_a_path_that_does_not_exist(tmp_path):
    found = report(tmp_path / "absent.zip")
    assert (found.name, found.figures, found.span, found.day) == ("absent.zip", None, None, None)
    assert not found.usable
    assert found.verdict == "cannot be used: there is no such file or folder"
    assert list(found.findings.columns) == list(FINDING_COLUMNS)


def test_a_broken_feed_still_gives_what_can_be_had(town):
    text = (town / "stop_times.txt").read_text(encoding="utf-8")
    (town / "stop_times.txt").write_text(text.replace("T2,07:59:00", "TX,07:59:00"), encoding="utf-8")
    found = report(town)
    assert found.figures.stop_times == 18
    assert found.day is None
    error = found.findings.iloc[0]
    assert (error["severity"], error["code"], error["file"], error["row"], error["count"]) == (
        "ERROR",
        "foreign_key_violation",
        "stop_times.txt",
        5,
        1,
    )


def test_whole_tables_give_all_figures_of_a_feed_that_cannot_be_used(town):
    text = (town / "agency.txt").read_text(encoding="utf-8")
    (town / "agency.txt").write_text(text.replace("Europe/London", "Europe/Londres"), encoding="utf-8")
    found = report(town)
    assert codes(found, "ERROR") == {"invalid_timezone"}
    assert found.day.trips == 11
    assert found.verdict.startswith("cannot be used for Tuesday 2026-03-10: agency.txt, row 2: ")


@pytest.mark.parametrize("timezone", ["Europe/London", "Europe/Londres"])
def test_rows_are_those_of_the_file_though_blank_lines_stand_in_it(town, timezone):
    agency = (town / "agency.txt").read_text(encoding="utf-8").replace("Europe/London", timezone)
    (town / "agency.txt").write_text(agency, encoding="utf-8")
    text = (town / "stop_times.txt").read_text(encoding="utf-8")
    text = text.replace("T2,08:04:00,08:04:00", "\n\nT2,07:59:10,07:59:10")
    (town / "stop_times.txt").write_text(text, encoding="utf-8")
    row = next(i for i, line in enumerate(text.split("\n"), start=1) if "07:59:10" in line)
    found = report(town).findings.set_index("code")
    assert found.loc["fast_travel_between_consecutive_stops", "row"] == row


BROKEN = {
    "sound": lambda _: None,
    "no stop_times": drop("stop_times.txt"),
    "no calendars": drop("calendar.txt", "calendar_dates.txt"),
    "a trip of no line": swap("trips.txt", "R,daily,T1", "Q,daily,T1"),
    "no time zone of that name": swap("agency.txt", "Europe/London", "Nowhere/Town"),
    "two time zones": add("agency.txt", "B,Other,https://example.org,Europe/Paris,en"),
    "a stop without a place": swap("stops.txt", "52.510,-1.900", ","),
    "a stop at the origin": swap("stops.txt", "52.510,-1.900", "0.0,0.0"),
    "a call at a station": swap("stop_times.txt", "07:00:00,P1", "07:00:00,P"),
    "times that run backwards": swap("stop_times.txt", "T1,07:00:00,07:00:00", "T1,17:00:00,17:00:00"),
    "departure before arrival": swap("stop_times.txt", "T1,07:00:00,07:00:00", "T1,07:00:30,07:00:00"),
    "no time at an end": swap("stop_times.txt", "T1,07:00:00,07:00:00", "T1,,"),
    "only an arrival at an end": swap("stop_times.txt", "T1,07:00:00,07:00:00", "T1,07:00:00,"),
    "a time that is none": swap("stop_times.txt", "T1,07:00:00", "T1,07:60:00"),
    "an id twice": add("trips.txt", "R,daily,T1,Castle,0,"),
    "no trip at all": bf.header_only("trips.txt"),
    "a service that never runs": swap("calendar.txt", "20260101", "20990101"),
    "frequencies that overlap": add("frequencies.txt", "T3,09:30:00,11:00:00,600,1"),
    "a transfer to nowhere": swap("transfers.txt", "P,B,2", "P,Q,2"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_run_refuses_exactly_what_the_report_calls_unusable(case, tmp_path):
    path = bf.write_clean(tmp_path / "feed")
    BROKEN[case](path)
    found = report(path)
    assert found.usable == (found.count("ERROR", source=OWN) == 0) == (case == "sound")
    if found.usable:
        assert len(read_timetable(path, date=TUESDAY).trips) > 0
        return
    with pytest.raises(ToolkitError) as refused:
        read_timetable(path, date=TUESDAY)
    assert refused.value.code in codes(found, "ERROR")


def test_a_fault_of_a_trip_of_other_days_is_one_for_both(tmp_path):
    path = bf.write_clean(tmp_path / "feed")
    both(
        swap("trips.txt", "R,daily,T2", "R,saturdays,T2"),
        add("calendar.txt", "saturdays,0,0,0,0,0,1,0,20260101,20261231"),
        swap("stop_times.txt", "T2,08:00:00,08:00:00", "T2,18:00:00,18:00:00"),
    )(path)
    found = report(path)
    code = "stop_time_with_arrival_before_previous_departure_time"
    assert codes(found, "ERROR") == {code}
    assert not found.usable
    with pytest.raises(ToolkitError, match=code):
        read_timetable(path, date=TUESDAY)


def test_what_only_the_laying_of_the_day_refuses_is_an_error_too(town, monkeypatch):
    """No check of its own looks for trips of too many calls; the day's laying refuses them."""
    monkeypatch.setattr("accessibility.timetables.timetable.MOST_CALLS", 2)
    found = report(town)
    assert codes(found, "ERROR") == {"pattern_too_long"}
    assert not found.usable


def test_what_a_run_notes_is_noted(town):
    text = (town / "stop_times.txt").read_text(encoding="utf-8")
    header, *rows = text.strip().split("\n")
    rows = [f"{row},2" if row.startswith("T3,") else f"{row},0" for row in rows]
    (town / "stop_times.txt").write_text("\n".join([f"{header},pickup_type", *rows]) + "\n", encoding="utf-8")
    found = report(town).findings
    notes = found.loc[found["code"] == "note_of_the_timetable", "message"].tolist()
    assert any(note.startswith("3 calls need a phone call or a word to the driver") for note in notes)
    assert any(note.startswith("2 headway-based frequencies were laid from their start") for note in notes)
    timetable = read_timetable(town, date=TUESDAY)
    said = " ".join(found["message"])
    assert all(note.removeprefix("town: ") in said or "row" in note for note in timetable.notes)


def test_a_feed_named_by_a_dot(town, monkeypatch):
    monkeypatch.chdir(town)
    found = report(".")
    assert found.name == "town"
    assert found.usable
    assert set(found.findings["file"].dropna()) <= {"trips.txt", "stops.txt", "stop_times.txt"}


def test_no_finding_names_a_path_of_the_computer(town, tmp_path):
    archive = tmp_path / "town.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in town.iterdir():
            packed.write(file, file.name)
    (town / "trips.txt").unlink()
    for path in (town, archive, tmp_path / "absent"):
        text = report(path, canonical=True).findings.to_csv()
        assert str(tmp_path) not in text
        assert "town/" not in text
        assert "town.zip/" not in text


def test_outlines_that_cross_themselves_hold_what_lies_in_them(town):
    # Two bows, drawn with a slip of the pen; the stops stand in the western wing of the first, near 2.0 W, 52.5 N.
    bow = shapely.Polygon([(-2.5, 51.3), (-0.5, 53.3), (-0.5, 51.3), (-2.5, 53.3)])
    other = shapely.Polygon([(-2.0, 51.3), (-0.5, 53.3), (-0.7, 51.3), (-2.5, 53.8)])
    with pytest.raises(shapely.errors.GEOSException):
        shapely.union_all([bow, other])
    found = report(town, area=gpd.GeoDataFrame(geometry=[bow, other], crs="EPSG:4326"))
    assert (found.area.inside, found.area.outside) == (3, 0)


def test_stops_outside_an_area(town):
    # The stops stand at 0, 1,500 and 3,000 m; the square ends at 2,000 m.
    east, north = made.CORNER
    area = gpd.GeoDataFrame(geometry=[box(east - 500, north - 500, east + 2000, north + 500)], crs=GRID)
    found = report(town, area=area)
    assert (found.area.inside, found.area.outside) == (2, 1)
    row = found.findings.set_index("code").loc["stop_outside_area"]
    assert (row["severity"], row["count"], row["row"]) == ("INFO", 1, 4)
    assert row["message"] == "1 of 3 stops lies outside the area: Stop C (C)"
    away = area.assign(geometry=area.translate(50_000, 0))
    assert "stop_outside_area" in codes(report(town, area=away), "WARNING")


def test_stops_off_the_streets(town):
    # One street along y = -100 from x = -200 to x = 1,600: A and B lie 100 m off, C 1,400 m east of its end.
    ends = np.array([[-200.0, -100.0], [1600.0, -100.0]]) + made.CORNER
    streets = StreetNetwork(
        mode="walk",
        crs=GRID,
        node_xy=ends,
        edge_from=np.array([0], dtype=np.int32),
        edge_to=np.array([1], dtype=np.int32),
        edge_m=np.array([1800.0]),
        forward=np.array([True]),
        backward=np.array([True]),
        speed_kmh=np.array([np.nan]),
        shape_ptr=np.array([0, 2], dtype=np.int64),
        shape_xy=ends,
        source="made",
        notes=(),
    )
    found = report(town, streets=streets)
    assert (found.streets.snapped, found.streets.unsnapped) == (2, 1)
    assert (found.streets.median_m, found.streets.max_m) == pytest.approx((100, 100), abs=0.1)
    row = found.findings.set_index("code").loc["stop_off_the_streets"]
    assert (row["severity"], row["count"], row["row"]) == ("WARNING", 1, 4)
    assert row["message"] == "1 of 3 stops lies more than 500 m from any street: Stop C (C)"


# The canonical validator


def test_without_the_validator(town, monkeypatch):
    monkeypatch.setitem(sys.modules, "gtfs_guru", None)
    found = report(town, canonical=True)
    assert found.validator == ""
    assert set(found.findings["source"]) == {OWN}


def test_with_the_validator(town):
    found = report(town, canonical=True)
    assert found.validator.startswith("gtfs-guru 1.")
    assert "MobilityData/gtfs-validator" in found.validator
    theirs = found.findings[found.findings["source"] == "gtfs-guru"]
    # Nothing that the toolkit found already stands there twice.
    assert "missing_recommended_file" in set(theirs["code"])
    assert not set(theirs["code"]) & set(report(town).findings["code"])


def test_its_errors_are_errors(town):
    """A shape_id without shapes.txt: no travel time rests on it, and still the feed is not valid."""
    text = (town / "routes.txt").read_text(encoding="utf-8").replace("route_type", "route_type,route_color")
    text = "\n".join(line if "route_id" in line else f"{line},puce" for line in text.strip().split("\n"))
    (town / "routes.txt").write_text(text + "\n", encoding="utf-8")
    assert report(town).passed
    found = report(town, canonical=True)
    assert found.usable
    assert not found.passed
    assert codes(found, "ERROR") == {"invalid_color"}
    assert "; not valid GTFS: 1 error of gtfs-guru;" in found.verdict


def test_of_two_findings_under_one_code_the_error_stands(tmp_path):
    """What only the validator calls an ERROR is not lost behind the toolkit's milder word."""
    own = [Notice("one", "WARNING", "mild"), Notice("two", "ERROR", "hard"), Notice("three", "INFO", "mild")]
    theirs = CanonicalResult(
        "v",
        tuple(
            Notice(code, severity, "theirs")
            for code, severity in (("one", "ERROR"), ("two", "ERROR"), ("three", "WARNING"), ("four", "INFO"))
        ),
    )
    table = findings_table(tmp_path / "feed", own, theirs)
    assert list(zip(table["severity"], table["code"], table["source"], strict=True)) == [
        ("ERROR", "two", OWN),
        ("ERROR", "one", "gtfs-guru"),
        ("WARNING", "one", OWN),
        ("INFO", "three", OWN),
        ("INFO", "four", "gtfs-guru"),
    ]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import time; time.sleep(30)", "took longer than 1 s and was stopped"),
        ("raise RuntimeError('no such luck')", "stopped with code 1 (RuntimeError: no such luck)"),
        ("import os; os._exit(7)", "stopped with code 7"),
        ("print('hello')", "gave an answer that cannot be read"),
    ],
)
def test_its_failure_is_one_warning(script, reason, town, monkeypatch):
    monkeypatch.setattr(canonical_validation, "_SCRIPT", script)
    result = validate_canonically(town, today=TODAY, timeout_s=1 if "sleep" in script else 60)
    assert result.versions is None
    assert [(n.code, n.severity) for n in result.notices] == [("canonical_validation_failed", "WARNING")]
    assert reason in result.notices[0].message


def test_it_is_not_handed_a_bomb(town, tmp_path):
    archive = tmp_path / "town.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in town.iterdir():
            packed.write(file, file.name)
        packed.writestr("shapes.txt", b"0" * 20_000_000)
    found = report(archive, canonical=True)
    assert found.usable
    assert found.validator == ""
    row = found.findings.set_index("code").loc["canonical_validation_failed"]
    assert "shapes.txt unpacks to more than any file of a feed does" in row["message"]


def test_transxchange_is_converted_and_has_no_canonical_validation(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSX2GTFS_NAPTAN_PATH", str(txc.naptan(tmp_path / "naptan.csv")))
    monkeypatch.setenv("TRANSX2GTFS_BANK_HOLIDAYS_PATH", str(txc.bank_holidays(tmp_path / "days.json")))
    monkeypatch.setenv("ACCESSIBILITY_CACHE_DIR", str(tmp_path / "cache"))
    found = report(txc.zipped(tmp_path / "bus.zip", {"line7.xml": txc.document()}), canonical=True)
    # 07:00, 07:15 and 07:30.
    assert list(found.trips_by_hour.itertuples(index=False, name=None)) == [("bus", 7, 3)]
    assert found.passed
    assert found.validator == ""
    assert {"transxchange_converted", "canonical_validation_left_out"} <= codes(found, "INFO")


# Real feeds


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "date"),
    [
        ("newport-20230613_gtfs.zip", "2023-06-13"),
        ("newport-20230613_gtfs_full_earlier.zip", "2023-06-17"),
        ("chester-20230816-small_gtfs.zip", "2023-09-06"),
    ],
)
def test_figures_equal_those_of_gtfs_kit(shared_data, file, date):
    path = shared_data / "transit" / "newport_uk" / file
    found = report(path, date=date)
    feed = gtfs_kit.read_feed(path, dist_units="km")
    day = date.replace("-", "")
    trips = gtfs_kit.get_trips(feed, day).merge(feed.routes[["route_id", "route_type"]])
    calls = feed.stop_times[feed.stop_times["trip_id"].isin(trips["trip_id"])]
    starts = calls.sort_values("stop_sequence").groupby("trip_id")["departure_time"].first()
    modes = trips.set_index("trip_id")["route_type"].map({3: "bus", 200: "coach", 0: "tram", 2: "rail"})
    table = pd.DataFrame({"mode": modes, "hour": starts.str.split(":").str[0].astype(int)})
    expected = table.groupby(["mode", "hour"]).size()
    mine = found.trips_by_hour.set_index(["mode", "hour"])["trips"]
    assert mine.to_dict() == expected.to_dict()
    assert found.day.trips == len(trips)
    assert found.day.calls == len(calls)
    assert found.day.stops == calls["stop_id"].nunique()
    assert found.day.lines == trips["route_id"].nunique()
    assert (found.figures.lines, found.figures.stops, found.figures.trips, found.figures.stop_times) == (
        len(feed.routes), len(feed.stops), len(feed.trips), len(feed.stop_times),
    )  # fmt: skip
    assert set(found.figures.agencies) == set(feed.agency["agency_name"])
    assert found.usable
