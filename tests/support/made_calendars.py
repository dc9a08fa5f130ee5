"""Feeds made for their calendars: so many trips of each service, all of them from A to B."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

import made_feeds as made

from accessibility.feeds.gtfs import Feed, read_feed

WORKING_DAYS = "1111100"
EVERY_DAY = "1111111"
SATURDAYS = "0000010"


def regular(service: str, days: str, start: str, end: str) -> dict[str, object]:
    """Make a row of calendar.txt; the days from Monday on as a text of 0 and 1."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    ends = {"start_date": start.replace("-", ""), "end_date": end.replace("-", "")}
    return {"service_id": service, **dict(zip(names, days, strict=True)), **ends}


def exception(service: str, date: str | dt.date, kind: int) -> dict[str, object]:
    """Make a row of calendar_dates.txt; kind 1 adds, 2 removes."""
    return {"service_id": service, "date": str(date).replace("-", ""), "exception_type": kind}


def added(service: str, date: str | dt.date) -> dict[str, object]:
    return exception(service, date, 1)


def removed(service: str, date: str | dt.date) -> dict[str, object]:
    return exception(service, date, 2)


def write(
    folder: Path,
    trips: Mapping[str, int],
    calendar: Iterable[Mapping[str, object]] = (),
    exceptions: Iterable[Mapping[str, object]] = (),
    **tables: Iterable[Mapping[str, object]],
) -> Path:
    """Write a feed with so many trips of each service, a minute apart from seven in the morning."""
    named = [(f"{service}{i}", service, i) for service, count in trips.items() for i in range(count)]
    return made.write_feed(
        folder,
        stops=[made.stop("A", 0, 0), made.stop("B", 5000, 0)],
        routes=[made.route("R")],
        trips=[made.trip(trip, "R", service) for trip, service, _ in named],
        stop_times=[
            row
            for trip, _, i in named
            for row in made.calls(trip, ("A", 25_200 + 60 * i), ("B", 25_800 + 60 * i))
        ],
        calendar=list(calendar),
        calendar_dates=list(exceptions),
        **tables,
    )


def feed(*args: object, **tables: object) -> Feed:
    """Write such a feed and read it."""
    return read_feed(write(*args, **tables))  # type: ignore[arg-type]
