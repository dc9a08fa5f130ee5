"""Small made TransXChange: one line of an invented operator, its stops in a made NaPTAN, and made bank holidays."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import made_feeds as made

NAMESPACE = "http://www.transxchange.org.uk/"
#: Stop -> metres east and north of the made world's corner; the codes are of no administrative area.
STOPS = {"9990A": (0, 0), "9990B": (1500, 0), "9990C": (3000, 0), "9990D": (4500, 0)}


@dataclass(frozen=True)
class Journey:
    """A vehicle journey: its code, pattern and departure, and elements of its own."""

    code: str
    pattern: str
    departure: str
    more: str = ""


@dataclass(frozen=True)
class Pattern:
    """A journey pattern: its direction, its stops, and the minutes of each link between them."""

    code: str
    direction: str
    stops: tuple[str, ...]
    minutes: tuple[int, ...]
    #: Stop -> what the vehicle does there, where it is not both picking up and setting down.
    activities: Mapping[str, str] | None = None
    more: str = ""


OUT = Pattern("JP1", "outbound", ("9990A", "9990B", "9990C"), (4, 6))
BACK = Pattern("JP2", "inbound", ("9990C", "9990B", "9990A"), (6, 4))
JOURNEYS = (
    Journey("VJ1", "JP1", "07:00:00"),
    Journey("VJ2", "JP1", "07:30:00"),
    Journey("VJ3", "JP2", "07:15:00"),
)


def profile(days: str = "<MondayToFriday/>", holidays: str = "") -> str:
    """An operating profile: days of the week, and what its bank-holiday rule says."""
    rule = f"<BankHolidayOperation>{holidays}</BankHolidayOperation>" if holidays else ""
    return (
        f"<OperatingProfile><RegularDayType><DaysOfWeek>{days}</DaysOfWeek></RegularDayType>{rule}"
        "</OperatingProfile>"
    )


#: Weekdays, but on no bank holiday.
WEEKDAYS = profile(holidays="<DaysOfOperation/><DaysOfNonOperation><AllBankHolidays/></DaysOfNonOperation>")


def document(
    *,
    line: str = "7",
    service: str = "MB0000001:7",
    patterns: Iterable[Pattern] = (OUT, BACK),
    journeys: Iterable[Journey] = JOURNEYS,
    operating: str = WEEKDAYS,
    start: str = "2026-01-05",
    end: str = "2026-12-31",
    revision: int = 1,
    operator: str = "Made Buses",
    mode: str = "bus",
) -> str:
    """One TransXChange 2.4 document with the stops by reference, as the Bus Open Data Service has them."""
    patterns = tuple(patterns)
    stops = dict.fromkeys(stop for pattern in patterns for stop in pattern.stops)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<TransXChange xmlns="{NAMESPACE}" SchemaVersion="2.4" RevisionNumber="{revision}" xml:lang="en"
 CreationDateTime="2026-01-01T00:00:00" ModificationDateTime="2026-01-01T00:00:00">
<StopPoints>{
        "".join(
            f"<AnnotatedStopPointRef><StopPointRef>{stop}</StopPointRef><CommonName>{stop}</CommonName>"
            "</AnnotatedStopPointRef>"
            for stop in stops
        )
    }</StopPoints>
<JourneyPatternSections>{"".join(_section(pattern) for pattern in patterns)}</JourneyPatternSections>
<Operators><Operator id="O1"><NationalOperatorCode>MADE</NationalOperatorCode><OperatorCode>MADE</OperatorCode>
<OperatorShortName>{operator}</OperatorShortName></Operator></Operators>
<Services><Service><ServiceCode>{service}</ServiceCode>
<Lines><Line id="{service}:L"><LineName>{line}</LineName></Line></Lines>
<OperatingPeriod><StartDate>{start}</StartDate><EndDate>{end}</EndDate></OperatingPeriod>{operating}
<RegisteredOperatorRef>O1</RegisteredOperatorRef><Mode>{mode}</Mode>
<StandardService><Origin>West End</Origin><Destination>East End</Destination>{
        "".join(
            f'<JourneyPattern id="{pattern.code}"><Direction>{pattern.direction}</Direction>{pattern.more}'
            f"<JourneyPatternSectionRefs>S{pattern.code}</JourneyPatternSectionRefs></JourneyPattern>"
            for pattern in patterns
        )
    }</StandardService></Service></Services>
<VehicleJourneys>{"".join(_journey(journey, service) for journey in journeys)}</VehicleJourneys>
</TransXChange>
"""


def _section(pattern: Pattern) -> str:
    links = []
    for i, minutes in enumerate(pattern.minutes):
        ends = "".join(
            f"<{end}>{_activity(pattern, stop)}<StopPointRef>{stop}</StopPointRef>"
            f"<TimingStatus>principalTimingPoint</TimingStatus></{end}>"
            for end, stop in zip(("From", "To"), pattern.stops[i : i + 2], strict=True)
        )
        links.append(
            f'<JourneyPatternTimingLink id="{pattern.code}L{i}">{ends}<RunTime>PT{minutes}M</RunTime>'
            "</JourneyPatternTimingLink>"
        )
    return f'<JourneyPatternSection id="S{pattern.code}">{"".join(links)}</JourneyPatternSection>'


def _activity(pattern: Pattern, stop: str) -> str:
    activity = (pattern.activities or {}).get(stop)
    return f"<Activity>{activity}</Activity>" if activity else ""


def _journey(journey: Journey, service: str) -> str:
    return (
        f"<VehicleJourney>{journey.more}<VehicleJourneyCode>{journey.code}</VehicleJourneyCode>"
        f"<ServiceRef>{service}</ServiceRef><LineRef>{service}:L</LineRef>"
        f"<JourneyPatternRef>{journey.pattern}</JourneyPatternRef>"
        f"<DepartureTime>{journey.departure}</DepartureTime></VehicleJourney>"
    )


def zipped(path: Path, documents: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in documents.items():
            archive.writestr(name, text)
    return path


def naptan(path: Path, stops: Mapping[str, tuple[float, float]] | None = None, **changes: object) -> Path:
    """Write a made NaPTAN with the columns of the real one that matter; ``changes`` go into every row."""
    rows = []
    for stop, (x, y) in (STOPS if stops is None else stops).items():
        lon, lat = made.degrees(x, y)
        rows.append(
            {
                "ATCOCode": stop, "NaptanCode": "", "CommonName": f"Stop {stop[-1]}",
                "Easting": round(made.CORNER[0] + x), "Northing": round(made.CORNER[1] + y),
                "Longitude": lon, "Latitude": lat, "Status": "active", **changes,
            }
        )  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def bank_holidays(path: Path, dates: Mapping[str, str] | None = None) -> Path:
    """Write bank holidays, date -> title, in the form in which GOV.UK publishes them."""
    dates = (
        {"2026-04-06": "Easter Monday", "2026-12-28": "Made holiday", "2027-01-01": "New Year's Day"}
        if dates is None
        else dates
    )
    events = [{"title": title, "date": day, "notes": "", "bunting": True} for day, title in dates.items()]
    divisions = ("england-and-wales", "scotland", "northern-ireland")
    path.write_text(json.dumps({name: {"division": name, "events": events} for name in divisions}))
    return path
