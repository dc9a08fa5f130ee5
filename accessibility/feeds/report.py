"""A report on one feed: what it holds, what runs on a date, what is wrong with it, and whether a number may rest on it.

The feed is read and its day laid out by the very functions that a run uses, so what a run refuses is an ERROR here, and
an ERROR of the toolkit's own rules stops a run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from accessibility.feeds.canonical_validation import VALIDATOR, CanonicalResult, validate_canonically
from accessibility.feeds.figures import DayFigures, FeedFigures, feed_figures, no_hours
from accessibility.feeds.gtfs import inspect_feed
from accessibility.feeds.judgement import judge_feed
from accessibility.feeds.notices import Notice, Severity
from accessibility.feeds.places import AreaFigures, StreetFigures
from accessibility.feeds.schema import Feed, FeedInspection
from accessibility.streets.streets import StreetNetwork
from accessibility.timetables.service_calendar import service_calendar
from accessibility.timetables.service_date import AUTO, ChosenDate, day_name, parse_service_date
from accessibility.transxchange.files import holds_transxchange

FINDING_COLUMNS: Final = ("severity", "code", "count", "file", "row", "message", "source")
#: Where a finding comes from: the toolkit's own rules, or the canonical validator.
OWN: Final = "toolkit"
_SEVERITIES: Final[tuple[Severity, ...]] = ("ERROR", "WARNING", "INFO")
#: Errors that forbid the use of a feed and still leave its tables whole, so that its figures can be given.
_TABLES_WHOLE: Final = frozenset(
    {
        "inconsistent_agency_timezone",
        "invalid_timezone",
        "location_with_unexpected_stop_time",
        "point_near_origin",
        "point_near_pole",
        "station_with_parent_station",
        "stop_without_location",
        "wrong_parent_location_type",
    }
)
#: Found in files that no other program should be made to open.
_NOT_HANDED_ON: Final = frozenset({"file_too_large", "invalid_zip", "too_many_rows", "unsafe_file"})


@dataclass(frozen=True, eq=False)
class FeedReport:
    """What `report_feed` found.

    Attributes
    ----------
    name
        The path's last part.
    figures
        What the files hold; None where they could not be read.
    span
        First and last date with a trip; None when no trip ever runs or the calendars could not be read.
    date, date_reason
        The service date that was judged, None where none could be, and why it was taken.
    day
        What starts on that date; None without a date or without whole tables.
    trips_by_hour
        ``mode, hour, trips``, see `accessibility.feeds.figures.day_figures`.
    area, streets
        Where the stops lie; None where no area or no streets were given.
    findings
        ``severity, code, count, file, row, message, source``, errors first, then by file, row and code; ``file`` is
        named inside the feed, ``row`` counts the header as 1 and is missing where there is none; ``source`` is
        ``toolkit``, or the canonical validator.
    validator
        The canonical validator with its version and rules; empty where it did not run.
    """

    name: str
    figures: FeedFigures | None
    span: tuple[dt.date, dt.date] | None
    date: dt.date | None
    date_reason: str
    day: DayFigures | None
    trips_by_hour: pd.DataFrame
    area: AreaFigures | None
    streets: StreetFigures | None
    findings: pd.DataFrame
    validator: str

    def count(self, severity: Severity, *, source: str | None = None) -> int:
        """How many findings have a severity, each counted once whatever the number of its cases."""
        found = self.findings["severity"] == severity
        if source is not None:
            found &= self.findings["source"] == source
        return int(found.sum())

    @property
    def usable(self) -> bool:
        """Whether a run on the date would go through."""
        return self.count("ERROR", source=OWN) == 0 and self.day is not None and self.day.trips > 0

    @property
    def passed(self) -> bool:
        """Whether there is no ERROR at all, the canonical validator's included."""
        return self.usable and self.count("ERROR") == 0

    @property
    def verdict(self) -> str:
        """The outcome as one sentence without a full stop."""
        warned = self.count("WARNING")
        warnings = f"; {counted(warned, 'warning')}" if warned else ""
        errors, own = self.count("ERROR"), self.count("ERROR", source=OWN)
        on_date = f" for {day_name(self.date)}" if self.date else ""
        if not self.usable:
            first = self.findings.iloc[0]
            more = f"; {counted(errors - 1, 'more error')}" if errors > 1 else ""
            return f"cannot be used{on_date}: {place_words(first)}{first['message']}{more}{warnings}"
        invalid = f"; not valid GTFS: {counted(errors - own, 'error')} of {VALIDATOR}" if errors > own else ""
        trips = self.day.trips if self.day else 0
        return f"usable{on_date}: {counted(trips, 'trip')}{invalid}{warnings}"


def report_feed(
    path: str | Path,
    *,
    date: str | dt.date | ChosenDate = AUTO,
    today: dt.date | None = None,
    area: gpd.GeoDataFrame | None = None,
    streets: StreetNetwork | None = None,
    canonical: bool = True,
    inspection: FeedInspection | None = None,
) -> FeedReport:
    """Read a feed and judge it for a date.

    Parameters
    ----------
    path
        A zip or a folder.
    date
        The service date, ``YYYY-MM-DD`` or a date; ``"auto"`` takes a representative Tuesday. One that was chosen
        already keeps its reason.
    today
        The day on which the question is asked, for calendars that have expired; by default the computer's date.
    area
        Polygons, any CRS: stops outside are counted.
    streets
        Walkable streets: stops off them are counted.
    canonical
        Whether the canonical validator runs, where it is installed.
    inspection
        What `accessibility.feeds.gtfs.inspect_feed` made of the path, where that is at hand.

    Returns
    -------
    FeedReport
        Also for a feed that cannot be used, with as much as could be read. Its method is that of
        `accessibility.feeds.gtfs.inspect_feed`, `accessibility.timetables.service_date.judge_date`,
        `accessibility.feeds.call_checks.check_calls`, `accessibility.feeds.speeds.find_speeds` and
        `accessibility.feeds.places`.

    Raises
    ------
    ParameterError
        For a date that is none.

    Examples
    --------
    >>> report = acc.report_feed(metro, date="2026-03-10", canonical=False)
    >>> report.figures.stops
    33
    >>> report.span
    (datetime.date(2026, 1, 5), datetime.date(2026, 12, 18))
    """
    path = Path(path)
    chosen = date if isinstance(date, ChosenDate) else parse_service_date(date)
    now = today or dt.datetime.now().astimezone().date()
    inspection = inspection or inspect_feed(path)
    validated = _validated(path, inspection, today=now) if canonical else CanonicalResult(None, ())
    read = inspection.feed or Feed(path.stem, inspection.tables, source=_name(path), lines=inspection.lines)
    report = FeedReport(
        name=read.source,
        figures=feed_figures(read) if inspection.tables else None,
        span=None,
        date=None,
        date_reason="",
        day=None,
        trips_by_hour=no_hours(),
        area=None,
        streets=None,
        findings=findings_table(path, inspection.notices, validated),
        validator=validated.versions or "",
    )
    if not _tables_whole(inspection):
        return report
    judged = judge_feed(
        read, chosen, today=now, readable=inspection.feed is not None, area=area, streets=streets
    )
    return replace(
        report,
        span=service_calendar(read).span,
        date=judged.date,
        date_reason=judged.reason,
        day=judged.day,
        trips_by_hour=judged.trips_by_hour,
        area=judged.area,
        streets=judged.streets,
        findings=findings_table(path, (*inspection.notices, *judged.notices), validated),
    )


def counted(number: int, noun: str) -> str:
    """Say a number with its noun: 1 trip, 1,234 trips."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _name(path: Path) -> str:
    """The path's last part, also of a path such as ``.``."""
    return path.name if path.name not in ("", "..") else path.resolve().name


def _validated(path: Path, inspection: FeedInspection, *, today: dt.date) -> CanonicalResult:
    """Run the canonical validator on GTFS that could be opened within the reader's bounds."""
    if not inspection.tables or any(notice.code in _NOT_HANDED_ON for notice in inspection.notices):
        return CanonicalResult(None, ())
    if holds_transxchange(path):
        message = "TransXChange is no GTFS, so there was nothing for the canonical validation"
        return CanonicalResult(None, (Notice("canonical_validation_left_out", "INFO", message),))
    return validate_canonically(path, today=today)


def _tables_whole(inspection: FeedInspection) -> bool:
    """Whether ids are told apart and references lead somewhere, so that figures can be had."""
    return bool(inspection.tables) and all(
        notice.code in _TABLES_WHOLE for notice in inspection.notices if notice.severity == "ERROR"
    )


def findings_table(
    path: Path, notices: Iterable[Notice], validated: CanonicalResult | None = None
) -> pd.DataFrame:
    """Put findings into one table, as `FeedReport` has it.

    Parameters
    ----------
    path
        What was checked; its name is left out of the places, and its folder out of the sentences.
    notices
        Of the toolkit's own rules.
    validated
        Of the canonical validator; what the toolkit has found under the same code is left out, unless only the
        validator calls it an ERROR.
    """
    own = list(notices)
    known = {(notice.code, notice.severity) for notice in own}
    codes = {notice.code for notice in own}
    rows = [_row(path, notice, OWN) for notice in own]
    for notice in validated.notices if validated else ():
        worse = notice.severity == "ERROR" and (notice.code, "ERROR") not in known
        if worse or notice.code not in codes:
            rows.append(_row(path, notice, VALIDATOR))
    rows.sort(
        key=lambda row: (
            _SEVERITIES.index(row[0]),
            row[6] != OWN,
            row[3] or "",
            row[4] or 0,
            *row[1:3],
            row[5],
        )
    )
    table = pd.DataFrame(rows, columns=list(FINDING_COLUMNS))
    return table.astype({"count": "int64", "row": "Int64"})


def _row(
    path: Path, notice: Notice, source: str
) -> tuple[Severity, str, int, str | None, int | None, str, str]:
    """Say a finding without the path of this computer, its file as it is called inside the feed."""
    inside = {str(path), _name(path), path.stem} - {""}
    file = notice.file
    for name in sorted(inside, key=len, reverse=True):
        if file == name:
            file = None
        elif file is not None and file.startswith(f"{name}/"):
            file = file.removeprefix(f"{name}/")
    message = notice.message.replace(str(path), _name(path)) if path.name else notice.message
    return notice.severity, notice.code, notice.count, file, notice.row, message, source


def place_words(finding: pd.Series) -> str:
    """Say where a finding of the table stands, with what joins it to the sentence; nothing where it has no file."""
    file, row = finding["file"], finding["row"]
    if file is None or pd.isna(file):
        return ""
    return f"{file}: " if pd.isna(row) else f"{file}, row {row}: "
