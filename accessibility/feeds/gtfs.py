"""GTFS feeds, zip or folder, into checked tables; and which services run on a date.

What is read stands in `accessibility.feeds.schema`, as data. `inspect_feed` reads a feed and says all that it noticed;
`read_feed` does the same and refuses a feed that cannot be used.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import FeedError
from accessibility.feeds.checks import check_feed
from accessibility.feeds.files import FeedFiles
from accessibility.feeds.notices import Notice, quoted, refusal
from accessibility.feeds.parsing import as_date, empty_table, parse_table, parse_time
from accessibility.feeds.schema import (
    COLUMNS_LEFT_ALONE,
    FILES_LEFT_ALONE,
    MISSING_TIME,
    REFERENCES,
    REQUIRED_FILES,
    TABLES,
    UNIQUE_KEYS,
    WEEKDAYS,
    Column,
    Feed,
    FeedInspection,
)
from accessibility.transxchange.conversion import converted, holds_transxchange

__all__ = [
    "MISSING_TIME", "REFERENCES", "REQUIRED_FILES", "TABLES", "UNIQUE_KEYS", "WEEKDAYS", "Column", "Feed",
    "FeedInspection", "check_feed", "inspect_feed", "parse_time", "read_feed", "service_span", "services_on",
]  # fmt: skip


def read_feed(path: str | Path) -> Feed:
    """Read one GTFS feed and check it against `TABLES`.

    Parameters
    ----------
    path
        A zip, or a folder, with the files at its top or in a single folder inside. TransXChange is recognised and
        converted first, see `accessibility.transxchange.conversion`.

    Returns
    -------
    Feed
        Checked tables; see there for units. Its notices hold what was noticed and does not forbid its use.

    Raises
    ------
    FeedError
        For the first ERROR that `inspect_feed` finds, with file, row and the code of the MobilityData validator.

    Examples
    --------
    >>> feed = acc.read_feed(metro)
    >>> feed
    <Feed metro: agency 1, stops 33, routes 2, trips 4, stop_times 126, calendar 1, frequencies 20, feed_info 1; 0 notices>
    >>> len(feed["stops"])
    33
    """
    inspection = inspect_feed(path)
    if inspection.feed is None:
        raise refusal(inspection.errors)
    return inspection.feed


def inspect_feed(path: str | Path) -> FeedInspection:
    """Read one GTFS feed and say everything that is noticed in it, without refusing it.

    Parameters
    ----------
    path
        A zip, or a folder, with the files at its top or in a single folder inside.

    Returns
    -------
    FeedInspection
        The feed, None where it cannot be used, and all findings, each with its first row and count.
    """
    path = Path(path)
    try:
        conversion = converted(path) if holds_transxchange(path) else None
        with FeedFiles(path, TABLES, content=conversion.content if conversion else None) as files:
            read, notices = _read_tables(files)
    except FeedError as error:
        return FeedInspection(None, (_as_notice(error),))
    if conversion:
        notices = [*conversion.notices, *notices]
    broken = {notice.file for notice in notices if notice.severity == "ERROR"}
    notices += check_feed(read, unsound=[table for table in TABLES if read.file(table) in broken])
    tables = MappingProxyType(
        {
            table: read[table] if table in read.tables else empty_table(columns)
            for table, columns in TABLES.items()
        }
    )
    if any(notice.severity == "ERROR" for notice in notices):
        return FeedInspection(None, tuple(notices), tables, read.lines)
    feed = Feed(_short(path, read.source), tables, tuple(notices), read.source, read.lines)
    return FeedInspection(feed, feed.notices, tables, read.lines)


def services_on(feed: Feed, date: dt.date) -> set[str]:
    """Which service ids run on a date, by calendar.txt and the exceptions of calendar_dates.txt."""
    day = int(date.strftime("%Y%m%d"))
    calendar, exceptions = feed["calendar"], feed["calendar_dates"]
    runs = (
        (calendar[WEEKDAYS[date.weekday()]] == 1)
        & (calendar["start_date"] <= day)
        & (calendar["end_date"] >= day)
    )
    today = exceptions[exceptions["date"] == day]
    added = today.loc[today["exception_type"] == 1, "service_id"]
    removed = today.loc[today["exception_type"] == 2, "service_id"]
    return (set(calendar.loc[runs, "service_id"].astype(str)) | set(added.astype(str))) - set(
        removed.astype(str)
    )


def service_span(feed: Feed) -> tuple[dt.date, dt.date] | None:
    """First and last date on which the calendars let any service run; None when no row does."""
    calendar, exceptions = feed["calendar"], feed["calendar_dates"]
    some_day = calendar[list(WEEKDAYS)].sum(axis=1) > 0
    starts = [
        *calendar.loc[some_day, "start_date"],
        *exceptions.loc[exceptions["exception_type"] == 1, "date"],
    ]
    ends = [*calendar.loc[some_day, "end_date"], *exceptions.loc[exceptions["exception_type"] == 1, "date"]]
    if not starts:
        return None
    return as_date(min(starts)), as_date(max(ends))


def _read_tables(files: FeedFiles) -> tuple[Feed, list[Notice]]:
    """Read every file that is there; a file that is needed and cannot be read leaves no table."""
    tables: dict[str, pd.DataFrame] = {}
    lines: dict[str, npt.NDArray[np.int64]] = {}
    notices = list(files.notices)
    for table, columns in TABLES.items():
        if files.has(table):
            try:
                content = files.read(table)
            except FeedError as error:
                notices.append(_as_notice(error))
                continue
            parsed = parse_table(
                content,
                columns,
                file=f"{files.name}/{table}.txt",
                left_alone=COLUMNS_LEFT_ALONE.get(table, ()),
            )
            notices += parsed.notices
            if parsed.frame is not None:
                tables[table] = parsed.frame
            if parsed.lines is not None:
                lines[table] = parsed.lines
        elif table in REQUIRED_FILES:
            notices.append(Notice("missing_required_file", "ERROR", f"{table}.txt is missing", files.name))
        else:
            tables[table] = empty_table(columns)
    if not (files.has("calendar") or files.has("calendar_dates")):
        code, message = (
            "missing_calendar_and_calendar_date_files",
            "neither calendar.txt nor calendar_dates.txt is there",
        )
        notices.append(Notice(code, "ERROR", message, files.name))
    notices += _other_files(files)
    return Feed(
        files.name, MappingProxyType(tables), source=files.name, lines=MappingProxyType(lines)
    ), notices


def _other_files(files: FeedFiles) -> list[Notice]:
    """Say which files were left alone: those of GTFS on which no travel time rests, and those it does not know."""
    left = sorted(name for name in files.others if name in FILES_LEFT_ALONE)
    unknown = sorted(name for name in files.others if name not in FILES_LEFT_ALONE)
    notices = []
    if left:
        names = ", ".join(f"{name}.txt" for name in left)
        message = f"no travel time rests on {names}, which {'was' if len(left) == 1 else 'were'} not read"
        notices.append(Notice("file_not_read", "INFO", message, files.name, None, len(left)))
    if unknown:
        message = f"{quoted(unknown[0] + '.txt')} is no file of GTFS and was not read"
        notices.append(Notice("unknown_file", "INFO", message, files.name, None, len(unknown)))
    return notices


def _short(path: Path, name: str) -> str:
    """Name a feed by its path's last part, without the ending of a zip."""
    return name if path.is_dir() else Path(name).stem


def _as_notice(error: FeedError) -> Notice:
    return Notice(error.code or "invalid_feed", "ERROR", error.reason, error.file, error.row)
