"""TransXChange in, GTFS out: made documents whose departures are known on paper, and everything that is refused."""

from __future__ import annotations

import logging
import os
import socket
import stat
import warnings
import zipfile
from importlib import metadata

import gtfs_guru
import made_feeds as made
import made_transxchange as txc
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer
from transx2gtfs import bank_holidays as their_holidays

import accessibility as acc
from accessibility.errors import FeedError, NoServiceError, ParameterError
from accessibility.feeds.gtfs import inspect_feed, read_feed
from accessibility.timetables.timetable import read_timetable
from accessibility.transxchange import conversion as transxchange
from accessibility.transxchange import files as transxchange_files
from accessibility.transxchange.conversion import conversion_key, convert_transxchange, holds_transxchange
from accessibility.transxchange.stops import read_naptan

TUESDAY, SATURDAY, EASTER_MONDAY, TUESDAY_AFTER = "2026-03-10", "2026-03-14", "2026-04-06", "2026-04-07"
#: Departures of the three journeys at their three stops, worked out from the links of 4 and 6 minutes.
BY_HAND = {
    "VJ1": [("9990A", "07:00:00"), ("9990B", "07:04:00"), ("9990C", "07:10:00")],
    "VJ2": [("9990A", "07:30:00"), ("9990B", "07:34:00"), ("9990C", "07:40:00")],
    "VJ3": [("9990C", "07:15:00"), ("9990B", "07:21:00"), ("9990A", "07:25:00")],
}


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    """Give the stops and the holidays, a cache of one's own, and no network."""
    monkeypatch.setenv("TRANSX2GTFS_NAPTAN_PATH", str(txc.naptan(tmp_path / "naptan.csv")))
    monkeypatch.setenv("TRANSX2GTFS_BANK_HOLIDAYS_PATH", str(txc.bank_holidays(tmp_path / "holidays.json")))
    monkeypatch.setenv("ACCESSIBILITY_CACHE_DIR", str(tmp_path / "cache"))

    def refused(*_, **__):
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)


@pytest.fixture
def bus(tmp_path):
    return txc.zipped(tmp_path / "bus_txc.zip", {"line7.xml": txc.document()})


def departures(timetable) -> dict[str, list[tuple[str, str]]]:
    """Trip -> its calls on the day itself, as stop and departure."""
    found = {}
    for chain in range(len(timetable.chain_route)):
        stops = timetable.chain_stop[timetable.chain_stop_ptr[chain] : timetable.chain_stop_ptr[chain + 1]]
        first = timetable.chain_call_ptr[chain]
        for k, run in enumerate(range(timetable.chain_run_ptr[chain], timetable.chain_run_ptr[chain + 1])):
            times = timetable.departure_s[first + k * len(stops) : first + (k + 1) * len(stops)]
            if 0 <= times[0] < 86_400:
                names = timetable.stops["stop_id"].iloc[stops]
                trip = timetable.trips["trip_id"].iloc[timetable.run_trip[run]]
                found[trip] = [(stop, made.clock(time)) for stop, time in zip(names, times, strict=True)]
    return found


def codes(path) -> list[tuple[str, int]]:
    return [(notice.code, notice.count) for notice in inspect_feed(path).notices if notice.severity != "INFO"]


def test_the_departures_are_those_on_paper(bus):
    timetable = read_timetable(bus, date=TUESDAY)
    assert departures(timetable) == BY_HAND
    assert timetable.routes[["short_name", "mode", "feed"]].to_numpy().tolist() == [["7", "bus", "bus_txc"]]
    assert timetable.stops["stop_name"].tolist() == ["Stop A", "Stop B", "Stop C"]
    lon, lat = made.degrees(1500, 0)
    assert timetable.stops[["lon", "lat"]].to_numpy()[1].tolist() == [lon, lat]
    assert timetable.notes == ()


def test_the_bank_holiday_and_the_weekend_are_free(bus):
    for free in (EASTER_MONDAY, SATURDAY):
        with pytest.raises(NoServiceError):
            read_timetable(bus, date=free)
    assert departures(read_timetable(bus, date=TUESDAY_AFTER)) == BY_HAND


def test_a_journey_that_runs_on_bank_holidays_alone(tmp_path):
    rule = "<DaysOfOperation><AllBankHolidays/></DaysOfOperation><DaysOfNonOperation/>"
    special = (
        f"<OperatingProfile><RegularDayType><HolidaysOnly/></RegularDayType><BankHolidayOperation>{rule}"
        "</BankHolidayOperation></OperatingProfile>"
    )
    journeys = (*txc.JOURNEYS, txc.Journey("VJ9", "JP1", "11:00:00", special))
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(journeys=journeys)})
    assert list(departures(read_timetable(path, date=EASTER_MONDAY))) == ["VJ9"]
    assert departures(read_timetable(path, date=TUESDAY)) == BY_HAND


def test_bus_rail_and_tram_together(bus, tmp_path):
    def line(name, kind, stops):
        return made.write_feed(
            tmp_path / name,
            stops=[made.stop(stop, x, 50) for stop, x in stops],
            routes=[made.route("L", kind)],
            trips=[made.trip("T", "L")],
            stop_times=made.calls("T", *((stop, 26_400 + 300 * i) for i, (stop, _) in enumerate(stops))),
        )

    rail = line("rail", 2, [("R1", 0), ("R2", 9000)])
    tram = line("tram", 0, [("M1", 3000), ("M2", 6000)])
    timetable = read_timetable([bus, rail, tram], date=TUESDAY)
    assert departures(timetable) == {
        **{f"bus_txc:{trip}": [(f"bus_txc:{s}", t) for s, t in calls] for trip, calls in BY_HAND.items()},
        "rail:T": [("rail:R1", "07:20:00"), ("rail:R2", "07:25:00")],
        "tram:T": [("tram:M1", "07:20:00"), ("tram:M2", "07:25:00")],
    }
    assert sorted(timetable.routes["mode"]) == ["bus", "rail", "tram"]


@pytest.mark.parametrize(
    "shape", ["folder", "folder of zips", "zip in a zip", "file", "zip with folders and litter"]
)
def test_however_the_documents_are_packed(tmp_path, shape):
    text = txc.document()
    if shape == "file":
        path = tmp_path / "bus.xml"
        path.write_text(text, encoding="utf-8")
    elif shape.startswith("folder"):
        path = tmp_path / "bus"
        path.mkdir()
        if shape == "folder":
            (path / "line7.XML").write_text(text, encoding="utf-8")
        else:
            txc.zipped(path / "inner.zip", {"line7.xml": text})
    elif shape == "zip in a zip":
        inner = txc.zipped(tmp_path / "inner.zip", {"line7.xml": text})
        path = txc.zipped(tmp_path / "bus.zip", {"inner.zip": inner.read_bytes()})
    else:
        litter = {"__MACOSX/area/._line7.xml": b"\0\5", "area/.DS_Store": b"\0", "area/readme.txt": "hello"}
        path = txc.zipped(tmp_path / "bus.zip", {**litter, "area/line7.xml": text})
    assert holds_transxchange(path)
    assert departures(read_timetable(path, date=TUESDAY)) == BY_HAND


def test_gtfs_is_not_taken_for_transxchange(tmp_path):
    folder = made.write_feed(
        tmp_path / "gtfs", stops=[made.stop("A", 0, 0)], routes=[], trips=[], stop_times=[]
    )
    (folder / "notes.xml").write_text("<notes/>")
    packed = txc.zipped(tmp_path / "gtfs.zip", {"f/stops.txt": "stop_id\n", "f/notes.xml": "<notes/>"})
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\3\4 and no more")
    assert not any(
        holds_transxchange(path) for path in (folder, packed, broken, tmp_path / "absent", tmp_path)
    )


def test_ids_that_two_documents_share_are_kept_apart(tmp_path):
    """Both say RT1, JP1 and VJ1 and leave at seven, for other lines; O1 is another operator in each."""

    def with_route(document):
        route = '<Routes><Route id="RT1"><Description>Road</Description></Route></Routes>'
        document = document.replace("<JourneyPatternSections>", f"{route}<JourneyPatternSections>")
        return document.replace("</Direction>", "</Direction><RouteRef>RT1</RouteRef>")

    other = txc.Pattern("JP1", "outbound", ("9990B", "9990D"), (9,))
    journeys = (txc.Journey("VJ1", "JP1", "07:00:00"),)
    path = txc.zipped(
        tmp_path / "bus.zip",
        {
            "a.xml": with_route(txc.document(line="7", patterns=(txc.OUT,), journeys=journeys)),
            "b.xml": with_route(
                txc.document(
                    line="8", service="MB2:8", patterns=(other,), journeys=journeys, operator="Other Buses"
                )
            ),
        },
    )
    timetable = read_timetable(path, date=TUESDAY)
    assert departures(timetable) == {
        "a:VJ1": BY_HAND["VJ1"],
        "b:VJ1": [("9990B", "07:00:00"), ("9990D", "07:09:00")],
    }
    assert sorted(timetable.routes["route_id"]) == ["a:RT1", "b:RT1"]
    assert sorted(timetable.routes["short_name"]) == ["7", "8"]
    agency = read_feed(path)["agency"]
    assert dict(zip(agency["agency_id"], agency["agency_name"], strict=True)) == {
        "O1": "Made Buses",
        "b:O1": "Other Buses",
    }


def test_two_journeys_of_one_minute_are_two(tmp_path):
    journeys = (txc.Journey("VJ1", "JP1", "07:00:00"), txc.Journey("VJ2", "JP1", "07:00:00"))
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(journeys=journeys)})
    assert departures(read_timetable(path, date=TUESDAY)) == {"VJ1": BY_HAND["VJ1"], "VJ2": BY_HAND["VJ1"]}


def test_a_code_given_twice_names_two_trips(tmp_path):
    journeys = (txc.Journey("VJ1", "JP1", "07:00:00"), txc.Journey("VJ1", "JP1", "07:30:00"))
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(journeys=journeys)})
    assert departures(read_timetable(path, date=TUESDAY)) == {"VJ1": BY_HAND["VJ1"], "VJ1#2": BY_HAND["VJ2"]}


def test_the_newest_revision_is_taken(tmp_path):
    late = (txc.Journey("VJ1", "JP1", "09:00:00"),)
    path = txc.zipped(
        tmp_path / "bus.zip",
        {"a.xml": txc.document(journeys=late, revision=2), "b.xml": txc.document(revision=1)},
    )
    assert {trip: calls[0][1] for trip, calls in departures(read_timetable(path, date=TUESDAY)).items()} == {
        "VJ1": "09:00:00"
    }
    (told,) = [n for n in inspect_feed(path).notices if n.code == "transxchange_converted"]
    assert told.message.endswith(
        ": 1; journeys: 1; documents left out for a newer revision of the same service: 1"
    )


def test_of_two_documents_of_one_revision_the_lost_one_is_named(tmp_path):
    """One service code, one revision, another departure in each: one is read, and the other is warned of by name."""
    late = (txc.Journey("VJ9", "JP1", "09:00:00"),)
    path = txc.zipped(
        tmp_path / "bus.zip",
        {"a.xml": txc.document(revision=2), "b.xml": txc.document(journeys=late, revision=2)},
    )
    assert "VJ9" not in departures(read_timetable(path, date=TUESDAY))
    (told,) = [n for n in inspect_feed(path).notices if n.code == "transxchange_same_revision"]
    assert (told.severity, told.count) == ("WARNING", 1)
    assert "'b.xml'" in told.message
    assert any("their journeys are missing" in note for note in read_timetable(path, date=TUESDAY).notes)


def test_where_a_vehicle_passes_nobody_boards(tmp_path):
    """Passing B, setting down only at C, picking up only at A."""
    pattern = txc.Pattern(
        "JP1", "outbound", ("9990A", "9990B", "9990C"), (4, 6),
        {"9990A": "pickUp", "9990B": "pass", "9990C": "setDown"},
    )  # fmt: skip
    document = txc.document(patterns=(pattern, txc.BACK))
    times = read_feed(txc.zipped(tmp_path / "bus.zip", {"a.xml": document}))["stop_times"]
    rules = times.set_index(["trip_id", "stop_id"])[["pickup_type", "drop_off_type"]]
    assert [tuple(rules.loc[("VJ1", stop)]) for stop in ("9990A", "9990B", "9990C")] == [
        (0, 1),
        (1, 1),
        (1, 0),
    ]
    assert [tuple(rules.loc[("VJ3", stop)]) for stop in ("9990A", "9990B", "9990C")] == [(0, 0)] * 3


def test_waits_overrides_and_journeys_by_reference(tmp_path):
    """VJ2 takes all from VJ1 but its time, and a minute and a half longer to B."""
    longer = (
        "<VehicleJourneyTimingLink><JourneyPatternTimingLinkRef>JP1L0</JourneyPatternTimingLinkRef>"
        "<RunTime>PT5M30S</RunTime></VehicleJourneyTimingLink>"
    )
    document = txc.document().replace("<VehicleJourneyCode>VJ2", f"{longer}<VehicleJourneyCode>VJ2")
    document = document.replace(
        "<JourneyPatternRef>JP1</JourneyPatternRef><DepartureTime>07:30",
        "<VehicleJourneyRef>VJ1</VehicleJourneyRef><DepartureTime>07:30",
    )
    found = departures(read_timetable(txc.zipped(tmp_path / "bus.zip", {"a.xml": document}), date=TUESDAY))
    assert found["VJ2"] == [("9990A", "07:30:00"), ("9990B", "07:35:30"), ("9990C", "07:41:30")]
    assert found["VJ1"] == BY_HAND["VJ1"]


def test_frequencies_are_laid_out(tmp_path):
    every = (
        "<Frequency><EndTime>07:30:00</EndTime><Interval><ScheduledFrequency>PT10M</ScheduledFrequency></Interval>"
        "</Frequency>"
    )
    journeys = (txc.Journey("VJ1", "JP1", "07:00:00", every),)
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(patterns=(txc.OUT,), journeys=journeys)})
    timetable = read_timetable(path, date=TUESDAY)
    first = timetable.departure_s.reshape(-1, 3)[:, 0]
    assert sorted(time for time in first if time < 86_400) == [25_200, 25_800, 26_400]


def test_conversion_gives_valid_gtfs_the_same_each_time(bus, tmp_path):
    one = convert_transxchange(bus, tmp_path / "one.zip")
    other = convert_transxchange(bus, tmp_path / "deep" / "other.zip")
    assert one.read_bytes() == other.read_bytes()
    assert [error.code for error in gtfs_guru.validate(str(one)).errors()] == []
    assert departures(read_timetable(one, date=TUESDAY)) == BY_HAND
    with pytest.raises(ParameterError, match="is there already"):
        convert_transxchange(bus, one)
    assert convert_transxchange(bus, one, overwrite=True) == one


def test_settings_may_be_given_instead_of_named(bus, tmp_path, monkeypatch):
    monkeypatch.delenv("TRANSX2GTFS_NAPTAN_PATH")
    monkeypatch.delenv("TRANSX2GTFS_BANK_HOLIDAYS_PATH")
    before = dict(os.environ)
    given = {"naptan": tmp_path / "naptan.csv", "bank_holidays": str(tmp_path / "holidays.json")}
    out = convert_transxchange(bus, tmp_path / "out.zip", **given)
    assert departures(read_timetable(out, date=TUESDAY)) == BY_HAND
    assert dict(os.environ) == before


def test_nothing_is_left_behind_and_nothing_said(tmp_path, capfd, caplog):
    """With sixty journeys, of which the converter would tell its progress."""
    journeys = [txc.Journey(f"VJ{i}", "JP1", f"08:{i:02d}:00") for i in range(60)]
    bus = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(journeys=journeys)})
    logger = logging.getLogger("transx2gtfs")
    before = (dict(os.environ), logger.disabled, logger.level, list(logger.handlers), list(warnings.filters))
    with caplog.at_level(logging.DEBUG):
        read_feed(bus)
    assert their_holidays._bank_holidays_override is None
    assert (
        dict(os.environ),
        logger.disabled,
        logger.level,
        list(logger.handlers),
        list(warnings.filters),
    ) == before
    assert [record.name for record in caplog.records if record.name.startswith("transx2gtfs")] == []
    assert capfd.readouterr() == ("", "")


# What is missing


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("TRANSX2GTFS_NAPTAN_PATH", "https://naptan.api.dft.gov.uk/v1/access-nodes?dataFormat=csv"),
        ("TRANSX2GTFS_BANK_HOLIDAYS_PATH", "https://www.gov.uk/bank-holidays.json"),
    ],
)
def test_without_a_setting_one_sentence_says_what_to_get_and_where(bus, monkeypatch, variable, address):
    monkeypatch.setenv(variable, "")
    with pytest.raises(FeedError) as refused:
        read_timetable(bus, date=TUESDAY)
    assert refused.value.code == "transxchange_setting_missing"
    assert f"download {address} and set {variable}" in str(refused.value)
    assert str(refused.value).count("download ") == 1
    monkeypatch.setenv(variable, "nowhere.file")
    with pytest.raises(FeedError, match=rf"nowhere\.file: there is no such file, and {variable} names it"):
        read_timetable(bus, date=TUESDAY)


def test_without_the_extra_one_sentence_says_how_to_get_it(bus, monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    with pytest.raises(
        FeedError, match=r'pip install "inclusive-growth-corridors\[transxchange\]"'
    ) as refused:
        read_timetable(bus, date=TUESDAY)
    assert refused.value.code == "transxchange_extra_missing"


@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2\n", "<html>log in</html>", "ATCOCode,CommonName\n1,2\n", b"\xff\xfe\0"]
)
def test_a_naptan_that_is_none_is_refused(bus, tmp_path, content):
    path = tmp_path / "naptan.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FeedError, match=r"^naptan\.csv: ") as refused:
        read_feed(bus)
    assert refused.value.code == "naptan"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"england-and-wales": {"events": [{"title": 3}]}}', "<html>"]
)
def test_holidays_that_are_none_are_refused(bus, tmp_path, content):
    (tmp_path / "holidays.json").write_text(content)
    with pytest.raises(FeedError, match=r"^holidays\.json: is not the JSON of bank holidays"):
        read_feed(bus)


def test_holidays_that_end_before_the_timetable_are_told(bus, tmp_path):
    txc.bank_holidays(tmp_path / "holidays.json", {"2026-04-06": "Easter Monday"})
    (told,) = [notice for notice in inspect_feed(bus).notices if notice.severity == "WARNING"]
    assert told.file == "bus_txc.zip/line7.xml"
    assert "The bank holiday feed ends on 2026-04-06" in told.message
    assert any("ends on 2026-04-06" in note for note in read_timetable(bus, date=TUESDAY).notes)


# Where stops are


def journeys_past_d(number):
    """Journeys of which one in ``number`` goes on to D."""
    on = txc.Pattern("JP3", "outbound", ("9990A", "9990B", "9990C", "9990D"), (4, 6, 5))
    return (txc.OUT, on), tuple(
        txc.Journey(f"VJ{i}", "JP3" if i == 0 else "JP1", f"08:{i:02d}:00") for i in range(number)
    )


def test_calls_at_stops_of_no_position_are_left_out_and_counted(tmp_path):
    """One call of thirty-one is at D."""
    txc.naptan(tmp_path / "naptan.csv", {stop: at for stop, at in txc.STOPS.items() if stop != "9990D"})
    patterns, journeys = journeys_past_d(10)
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(patterns=patterns, journeys=journeys)})
    told = [notice for notice in inspect_feed(path).notices if notice.severity == "WARNING"]
    assert [(notice.code, notice.count, notice.message) for notice in told] == [
        (
            "stop_not_in_naptan",
            1,
            "stop '9990D' is not in NaPTAN, nor does the document place it, so it is left out",
        ),
        ("call_left_out", 1, "1 of 31 calls are left out, for their stops have no position"),
    ]
    assert [stop for stop, _ in departures(read_timetable(path, date=TUESDAY))["VJ0"]] == [
        "9990A",
        "9990B",
        "9990C",
    ]


def test_too_many_of_them_are_refused(tmp_path):
    """One call of seven is more than a tenth."""
    txc.naptan(tmp_path / "naptan.csv", {stop: at for stop, at in txc.STOPS.items() if stop != "9990D"})
    patterns, journeys = journeys_past_d(2)
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(patterns=patterns, journeys=journeys)})
    with pytest.raises(
        FeedError, match=r"1 of 7 calls are at such stops \(1 in all\); take NaPTAN of all"
    ) as refused:
        read_feed(path)
    assert refused.value.code == "stop_not_in_naptan"


def test_a_stop_may_have_its_grid_position_alone(bus, tmp_path):
    txc.naptan(tmp_path / "naptan.csv", Longitude="", Latitude="")
    stops = read_feed(bus)["stops"].set_index("stop_id")
    lon, lat = made.degrees(1500, 0)
    assert stops.loc["9990B", ["stop_lon", "stop_lat"]].tolist() == pytest.approx([lon, lat], abs=1e-6)


@pytest.mark.parametrize("place", ["degrees", "grid"])
def test_a_stop_that_naptan_lacks_lies_where_the_document_has_it(tmp_path, place):
    txc.naptan(tmp_path / "naptan.csv", {stop: at for stop, at in txc.STOPS.items() if stop != "9990B"})
    lon, lat = made.degrees(1500, 0)
    at = (
        f"<Longitude>{lon}</Longitude><Latitude>{lat}</Latitude>"
        if place == "degrees"
        else f"<Easting>{made.CORNER[0] + 1500:.0f}</Easting><Northing>{made.CORNER[1]:.0f}</Northing>"
    )
    full = (
        "<StopPoint><AtcoCode>9990B</AtcoCode><Descriptor><CommonName>Own name</CommonName></Descriptor>"
        f"<Place><Location>{at}</Location></Place></StopPoint>"
    )
    document = txc.document().replace("<StopPoints>", f"<StopPoints>{full}")
    stops = read_feed(txc.zipped(tmp_path / "bus.zip", {"a.xml": document}))["stops"].set_index("stop_id")
    assert stops.loc["9990B", "stop_name"] == "Own name"
    assert stops.loc["9990B", ["stop_lon", "stop_lat"]].tolist() == pytest.approx([lon, lat], abs=1e-6)


# What is not read is said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "<VehicleJourneyCode>VJ1",
            "<DepartureDayShift>1</DepartureDayShift><VehicleJourneyCode>VJ1",
            "DepartureDayShift is not read, so journeys that leave on the day after",
        ),
        (
            "</VehicleJourneys>",
            "<FlexibleVehicleJourney></FlexibleVehicleJourney></VehicleJourneys>",
            "FlexibleVehicleJourney is not read, so journeys on demand are left out",
        ),
        (
            "</RegularDayType>",
            "</RegularDayType><PeriodicDayType></PeriodicDayType>",
            "PeriodicDayType is not read, so journeys of certain weeks of the month are laid in every week",
        ),
        (
            "<Direction>outbound</Direction>",
            f"<Direction>outbound</Direction>{txc.profile()}",
            "the OperatingProfile of a JourneyPattern is not read",
        ),
        ("<RunTime>PT4M", "<RunTime>-PT4M", "Negative duration '-PT4M' treated as PT4M"),
        ("<Mode>bus</Mode>", "", "Service has no Mode, assuming bus"),
    ],
)
def test_what_cannot_be_converted_is_a_counted_warning(tmp_path, old, new, said):
    document = txc.document()
    assert old in document
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": document.replace(old, new)})
    told = [notice for notice in inspect_feed(path).notices if notice.severity == "WARNING"]
    assert [(notice.code, notice.file) for notice in told] == [("transxchange_data", "bus.zip/a.xml")]
    assert told[0].message.startswith(said)
    assert any(said in note for note in read_timetable(path, date=TUESDAY).notes)


def test_findings_of_one_kind_are_one_with_their_count(tmp_path):
    """Three journeys run on a Sunday that the period does not have."""
    rule = "<SpecialDaysOperation><DaysOfNonOperation><DateRange><StartDate>2026-01-01</StartDate>"
    rule += "<EndDate>2026-12-31</EndDate></DateRange></DaysOfNonOperation></SpecialDaysOperation>"
    never = txc.profile().replace("</OperatingProfile>", f"{rule}</OperatingProfile>")
    journeys = (*txc.JOURNEYS, *(txc.Journey(f"N{i}", "JP1", "12:00:00", never) for i in range(3)))
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(journeys=journeys)})
    (told,) = [notice for notice in inspect_feed(path).notices if notice.severity == "WARNING"]
    assert (told.message, told.count) == ("VehicleJourney 'N0' never operates, skipping", 3)


# What is refused


DAMAGED = {
    "no XML": ("not XML at all", "transxchange_not_readable"),
    "cut short": (txc.document()[:2000], "transxchange_not_readable"),
    "an unknown pattern": (txc.document().replace("<JourneyPatternRef>JP1", "<JourneyPatternRef>JP9"), "transxchange_not_readable"),
    "an unknown mode": (txc.document(mode="broom"), "transxchange_not_readable"),
    "a duration that is none": (txc.document().replace("PT4M", "four"), "transxchange_not_readable"),
    "a time that is none": (txc.document().replace("07:00:00", "7 o'clock"), "transxchange_not_readable"),
    "no links": (txc.document().replace("JourneyPatternTimingLink", "Nothing"), "transxchange_not_readable"),
    "no line": (txc.document().replace("<LineName>7</LineName>", ""), "transxchange_not_readable"),
    "no start": (txc.document().replace("StartDate", "Start"), "transxchange_not_readable"),
    "a date that is none": (txc.document(start="2026-13-01"), "transxchange_not_readable"),
    "no journeys": (txc.document(journeys=()), "unusable_feed"),
    "NeTEx": ('<PublicationDelivery xmlns="http://www.netex.org.uk/netex"/>', "no_transxchange"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_document_that_cannot_be_converted_is_refused_by_name(tmp_path, name):
    text, code = DAMAGED[name]
    path = txc.zipped(tmp_path / "bus.zip", {"good.xml": txc.document(service="MB3:3"), "line.xml": text})
    if code != "transxchange_not_readable":
        path = txc.zipped(tmp_path / "bus.zip", {"line.xml": text})
    with pytest.raises(FeedError) as refused:
        read_timetable(path, date=TUESDAY)
    assert refused.value.code == code
    assert refused.value.file == ("bus.zip/line.xml" if code == "transxchange_not_readable" else "bus.zip")
    assert [notice.code for notice in inspect_feed(path).notices] == [code]


def test_xml_of_another_kind_beside_it_is_left_out_and_said(tmp_path):
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(), "b.xml": "<PublicationDelivery/>"})
    (told,) = [n for n in inspect_feed(path).notices if n.code == "transxchange_converted"]
    assert told.message.endswith("; files of XML of another kind left out: 1")


def test_an_entity_reads_no_file(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("very secret")
    document = txc.document().replace(
        "<TransXChange", f'<!DOCTYPE TransXChange [<!ENTITY e SYSTEM "{secret.as_uri()}">]><TransXChange', 1
    )
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": document.replace("<LineName>7", "<LineName>7&e;")})
    inspection = inspect_feed(path)
    shown = " ".join(notice.message for notice in inspection.notices)
    tables = "" if inspection.feed is None else inspection.feed["routes"].to_csv()
    assert "very secret" not in shown + tables


def member(name, *, link=False):
    info = zipfile.ZipInfo(name)
    if link:
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def packed(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


@pytest.mark.parametrize(
    "name", ["../line.xml", "/line.xml", "a/../../line.xml", "C:\\line.xml", "..\\line.xml"]
)
def test_a_name_that_leads_out_is_refused_and_nothing_written(tmp_path, name):
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    path = packed(folder / "bus.zip", (member(name), txc.document()))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FeedError, match="which leads out of it; such a zip is not read"):
        read_feed(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_refused(tmp_path):
    path = packed(tmp_path / "bus.zip", (member("line.xml", link=True), "naptan.csv"))
    with pytest.raises(FeedError, match="is a symbolic link"):
        read_feed(path)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there that users do not have")
def test_a_link_in_a_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere.xml").write_text(txc.document())
    folder = tmp_path / "bus"
    folder.mkdir()
    (folder / "line.xml").symlink_to(tmp_path / "elsewhere.xml")
    with pytest.raises(FeedError, match=r"^bus/line\.xml: is a symbolic link"):
        read_feed(folder)


@pytest.mark.realdata
def test_the_real_register_lies_where_its_grid_has_it(shared_data):
    """Every stop of the West Midlands, its degrees against its metres, which the register rounds to one."""
    path = shared_data / "transit" / "naptan" / "wm_active_stops_20260724.csv"
    told = pd.read_csv(path, dtype={"ATCOCode": str}).set_index("ATCOCode")
    stops = read_naptan(path)
    assert stops.index.tolist() == told.index.tolist()
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    x, y = to_grid.transform(stops["stop_lon"], stops["stop_lat"])
    apart_m = np.hypot(x - told["Easting"], y - told["Northing"])
    assert np.percentile(apart_m, 99) < 10


@pytest.mark.parametrize("deep", [False, True])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, deep, monkeypatch):
    monkeypatch.setattr(transxchange_files, "HARMLESS_BYTES", 100_000)
    path = packed(tmp_path / "bus.zip", (member("line.xml"), b" " * 3_000_000))
    if deep:
        path = txc.zipped(tmp_path / "outer.zip", {"bus.zip": path.read_bytes()})
    with pytest.raises(
        FeedError, match=r"would unpack from [\d,]+ bytes to 3,000,000, more than 200 times"
    ) as refused:
        read_feed(path)
    assert refused.value.file == ("outer.zip/bus.zip/line.xml" if deep else "bus.zip/line.xml")


@pytest.mark.parametrize(
    ("bound", "value"), [("DOCUMENT_BYTES", 1000), ("SOURCE_BYTES", 5000), ("MOST_DOCUMENTS", 1)]
)
def test_there_is_a_most_of_everything(tmp_path, monkeypatch, bound, value):
    monkeypatch.setattr(transxchange_files, bound, value)
    path = txc.zipped(tmp_path / "bus.zip", {"a.xml": txc.document(), "b.xml": txc.document(service="X:1")})
    with pytest.raises(FeedError, match=r"are the most that are read|holds more than") as refused:
        read_feed(path)
    assert refused.value.code == "file_too_large"


def test_damaged_and_too_deep_zips_are_refused(tmp_path):
    once = txc.zipped(tmp_path / "once.zip", {"a.xml": txc.document()})
    twice = txc.zipped(tmp_path / "twice.zip", {"once.zip": once.read_bytes(), "x.xml": txc.document()})
    thrice = txc.zipped(tmp_path / "thrice.zip", {"twice.zip": twice.read_bytes()})
    with pytest.raises(FeedError, match="is a zip in a zip in a zip"):
        read_feed(thrice)
    inner = txc.zipped(tmp_path / "inner.zip", {"good.xml": txc.document(), "bad.zip": b"PK no zip"})
    with pytest.raises(FeedError, match=r"inner\.zip/bad\.zip: is a damaged or unknown zip"):
        read_feed(inner)
    content = bytearray(once.read_bytes())
    content[60] ^= 0xFF
    once.write_bytes(content)
    with pytest.raises(FeedError) as refused:
        read_feed(once)
    assert refused.value.file == "once.zip/a.xml"


@pytest.mark.parametrize("shape", ["file", "folder", "zip"])
def test_what_the_disk_does_not_give_is_one_sentence(bus, tmp_path, monkeypatch, shape):
    folder = tmp_path / "bus"
    folder.mkdir()
    file = folder / "line.xml"
    file.write_text(txc.document())
    source = {"file": file, "folder": folder, "zip": bus}[shape]

    def refused(*_, **__):
        raise OSError(5, os.strerror(5))

    settings = transxchange.find_settings(source, None, None)
    monkeypatch.setattr(transxchange, "find_settings", lambda *_: settings)
    on, method = (zipfile.ZipFile, "open") if shape == "zip" else (type(file), "read_bytes")
    monkeypatch.setattr(on, method, refused)
    with pytest.raises(FeedError, match=os.strerror(5)):
        convert_transxchange(source, tmp_path / "out.zip")
    monkeypatch.undo()


def test_a_full_disk_is_one_sentence(bus, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(FeedError, match=os.strerror(28)):
        convert_transxchange(bus, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


# The cache


@pytest.fixture
def conversions(monkeypatch):
    """Count the conversions."""
    made_so_far = []
    convert = transxchange._convert
    monkeypatch.setattr(transxchange, "_convert", lambda *args: made_so_far.append(1) or convert(*args))
    return made_so_far


def test_a_conversion_is_kept_until_something_changes(bus, tmp_path, conversions):
    first = inspect_feed(bus)
    again = inspect_feed(bus)
    assert len(conversions) == 1
    assert again.notices == first.notices
    txc.naptan(tmp_path / "naptan.csv", {**txc.STOPS, "9990B": (1600, 0)})
    lon, _ = made.degrees(1600, 0)
    assert read_feed(bus)["stops"].set_index("stop_id").loc["9990B", "stop_lon"] == lon
    assert len(conversions) == 2
    txc.bank_holidays(
        tmp_path / "holidays.json", {"2026-03-10": "Made holiday", "2027-01-01": "New Year's Day"}
    )
    with pytest.raises(NoServiceError):
        read_timetable(bus, date=TUESDAY)
    txc.zipped(bus, {"line7.xml": txc.document(journeys=txc.JOURNEYS[:1])})
    assert len(read_feed(bus)["trips"]) == 1
    assert len(conversions) == 4


def test_a_damaged_entry_is_made_anew(bus, tmp_path, conversions):
    read_feed(bus)
    (kept,) = (tmp_path / "cache" / "transxchange").glob("*.gtfs")
    for damage in (b"", kept.read_bytes()[:-1], b"{}\n", b"null\n"):
        kept.write_bytes(damage)
        assert departures(read_timetable(bus, date=TUESDAY)) == BY_HAND
    assert len(conversions) == 5


def test_without_a_usable_cache_it_is_converted_each_time(bus, tmp_path, conversions, caplog):
    (tmp_path / "cache").write_text("no folder")
    for _ in range(2):
        assert departures(read_timetable(bus, date=TUESDAY)) == BY_HAND
    assert len(conversions) == 2
    assert "the conversion was not kept in the cache" in caplog.text


def test_the_cache_keeps_the_last_few(tmp_path, monkeypatch):
    monkeypatch.setattr(transxchange, "MOST_KEPT", 2)
    for name in ("one", "two", "three"):
        read_feed(txc.zipped(tmp_path / f"{name}.zip", {"a.xml": txc.document()}))
    assert len(list((tmp_path / "cache" / "transxchange").glob("*"))) == 2


def test_the_key_of_a_network_tells_what_the_conversion_rests_on(bus, tmp_path):
    before = conversion_key(bus)
    assert conversion_key(bus) == before
    txc.naptan(tmp_path / "naptan.csv", {**txc.STOPS, "9990B": (1600, 0)})
    assert conversion_key(bus) != before


def test_a_network_is_built_anew_when_a_document_in_a_folder_changes(tmp_path):
    folder = tmp_path / "bus"
    folder.mkdir()
    (folder / "a.xml").write_text(txc.document())
    one = acc.load_network(folder, date=TUESDAY, cache_dir=tmp_path / "networks")
    (folder / "a.xml").write_text(txc.document(journeys=txc.JOURNEYS[:1]))
    other = acc.load_network(folder, date=TUESDAY, cache_dir=tmp_path / "networks")
    assert (len(one.timetable.trips), len(other.timetable.trips)) == (3, 1)
