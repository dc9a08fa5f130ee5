"""Whether a date can stand for the others, and which Tuesday can.

A travel time is as good as the day it was asked for: outside a feed's calendars nothing runs, on a bank holiday little,
in the school holidays less, and where two editions of a timetable overlap everything runs twice. The calendars show
most of this before a single minute is computed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import NoServiceError, ParameterError
from accessibility.feeds.gtfs import WEEKDAYS, Feed
from accessibility.feeds.notices import Notice
from accessibility.feeds.parsing import as_date
from accessibility.timetables.service_calendar import ServiceCalendar, service_calendar

#: Asked for in place of a date, it has `representative_date` choose a Tuesday.
AUTO: Final = "auto"
TUESDAY: Final = 1
#: Outside these shares of the usual number of trips a day is out of the ordinary.
FEW_TRIPS: Final = 0.75
MANY_TRIPS: Final = 1.33
#: A chosen day is as near the usual number of trips as any other, in steps of this share.
STEP: Final = 0.01
#: Fewer days than these after the first or before the last date with service are called an edge of the calendars.
EDGE_DAYS: Final = 7
#: Months away from the long holidays, in which surveys look for an ordinary weekday.
NEUTRAL_MONTHS: Final = (3, 4, 5, 6, 9, 10, 11)

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ChosenDate:
    """A date, and why it was taken: a sentence without a full stop."""

    date: dt.date
    reason: str


def representative_date(feeds: Feed | Sequence[Feed], *, weekday: int = TUESDAY) -> ChosenDate:
    """Choose the date that stands best for an ordinary Tuesday of the feeds, or of another weekday.

    Only dates count on which every feed runs. The *usual* number of trips of a weekday is the median over its dates
    weighted by their trips: half of all its trips run on dates with at most so many. Weeks for which hardly any
    timetable has been published yet therefore do not pass for the usual, and neither does a week in which two editions
    overlap. Of the dates the one is taken that comes first by, in this order,

    1. how far its trips are from the usual, in steps of one per cent, by the feed for which that is most: school and
       bank holidays, overlaps and unfinished weeks fall out;
    2. whether calendar_dates.txt changes more trips that day than it usually does, by one per cent or more;
    3. whether another working day of its week is out of the ordinary (below 75 % or above 133 % of that weekday's
       usual), as in the weeks of bank holidays, or fewer than seven days lie between it and an end of the common span;
    4. whether it lies outside the neutral months, March to June and September to November;
    5. the date: the earliest, because timetables are surest in the near future.

    What calendars do not show cannot be known: where schools make no difference to the timetable, a Tuesday of the
    holidays may be taken, with the same trips.

    Parameters
    ----------
    feeds
        One feed, or those that are merged.
    weekday
        Monday 0 to Sunday 6.

    Returns
    -------
    ChosenDate
        The date, and the sentence to print beside every number that rests on it.

    Raises
    ------
    NoServiceError
        When a feed never runs, the feeds have no date in common, or never run together on that weekday; with the span
        of each.
    ParameterError
        For no feed at all, or a weekday that is none.

    Notes
    -----
    An ordinary weekday of a neutral month, away from holidays, is what the Department for Transport's guidance asks of
    surveys (Transport Analysis Guidance, unit M1.2, which leaves out early March; here all of it counts), and its
    journey time statistics take a Tuesday of the second week of October.

    Examples
    --------
    >>> acc.representative_date(acc.read_feed(metro)).date
    datetime.date(2026, 3, 3)
    """
    if not 0 <= weekday < len(WEEKDAYS):
        raise ParameterError(f"weekday is {weekday}; it must be between 0, Monday, and 6, Sunday")
    calendars = [service_calendar(feed) for feed in _several(feeds)]
    first, last = _common_span(calendars)
    runs = np.array([_between(calendar, calendar.runs, first, last) for calendar in calendars])
    changes = np.array([_between(c, c.removed + c.added, first, last) for c in calendars]).sum(axis=0)
    weekdays = (first.weekday() + np.arange(runs.shape[1])) % 7
    candidates = np.flatnonzero((weekdays == weekday) & (runs > 0).all(axis=0))
    if not len(candidates):
        raise _no_such_weekday(calendars, weekday, first, last)
    usual = np.array([_usual(row[candidates]) for row in runs])
    total = runs.sum(axis=0)
    away = (np.abs(runs[:, candidates] - usual[:, None]) / usual[:, None]).max(axis=0)
    changed = changes[candidates] / total[candidates]
    exceptional = changed >= np.median(changed) + STEP
    months = np.array([(first + dt.timedelta(int(at))).month for at in candidates])
    order = np.lexsort(
        (
            candidates,
            ~np.isin(months, NEUTRAL_MONTHS),
            (_in_odd_week(total, weekdays, besides=weekday) | _at_edge(len(total)))[candidates],
            exceptional,
            np.floor(away / STEP),
        )
    )
    date = first + dt.timedelta(int(candidates[order[0]]))
    return ChosenDate(date, _why(calendars, date, (first, last), _usual(total[candidates])))


def judge_date(
    feeds: Feed | Sequence[Feed], date: str | dt.date, *, today: dt.date | None = None
) -> tuple[Notice, ...]:
    """Say what is out of the ordinary about a service day of one or several feeds.

    Parameters
    ----------
    feeds
        One feed, or those that are merged.
    date
        The service day, ``YYYY-MM-DD`` or a date.
    today
        The day on which the question is asked; None: calendars that have run out are not spoken of.

    Returns
    -------
    tuple of Notice
        Feed by feed:

        - ERROR ``no_common_service_date``: no date lies inside the span of every feed.
        - ERROR ``no_service_on_date``: no trip runs; the sentence names the span and the nearest date with service.
        - WARNING ``few_trips_on_date``, ``many_trips_on_date``: fewer than 75 % or more than 133 % of the usual trips
          of such a day, weekday, Saturday or Sunday; `representative_date` tells what is usual.
        - WARNING ``expired_calendar``: services whose last date lies before `today`, counted.
        - INFO ``exceptions_on_date``: trips that calendar_dates.txt takes away from calendar.txt, or adds to it.
        - INFO ``date_near_edge_of_calendar``: less than seven days from the first or last date with service.

    Raises
    ------
    ParameterError
        For no feed at all, or a date that is none.

    Examples
    --------
    >>> [notice.code for notice in acc.judge_date(acc.read_feed(metro), "2026-03-14")]
    ['no_service_on_date']
    """
    loaded, day = _several(feeds), parse_date(date)
    notices: list[Notice] = []
    calendars = [service_calendar(feed) for feed in loaded]
    spans = [calendar.span for calendar in calendars if calendar.span]
    if spans and max(first for first, _ in spans) > min(last for _, last in spans):
        notices.append(Notice("no_common_service_date", "ERROR", _apart(calendars)))
    for feed, calendar in zip(loaded, calendars, strict=True):
        notices += _judged(feed, calendar, day)
        if today is not None:
            notices += _expired(feed, today)
    return tuple(notices)


def parse_service_date(date: str | dt.date) -> str | dt.date:
    """Turn ``YYYY-MM-DD`` into a date without a time of day, leave ``auto`` as it is, or refuse in one sentence."""
    return AUTO if isinstance(date, str) and date == AUTO else parse_date(date)


def parse_date(date: str | dt.date) -> dt.date:
    """Turn ``YYYY-MM-DD`` into a date, or refuse in one sentence."""
    if isinstance(date, dt.datetime):
        date = date.date()
    try:
        day = date if isinstance(date, dt.date) else dt.date.fromisoformat(date)
        # The days around it must exist as well, for their trips may run on it.
        _ = (day - dt.timedelta(days=120), day + dt.timedelta(days=2))
    except OverflowError:
        raise ParameterError(f"{date} is no date on which anything runs") from None
    except (ValueError, TypeError):
        raise ParameterError(
            f"{date!r} is not a date; write it as YYYY-MM-DD, for example 2026-03-10, or {AUTO} for a representative Tuesday"
        ) from None
    return day


def no_service_notice(calendar: ServiceCalendar, date: dt.date) -> Notice:
    """Say that no trip of a feed runs on a date, what its calendars cover, and when the nearest trip runs."""
    if (span := calendar.span) is None:
        covers = "its calendars let nothing run"
    else:
        covers = f"its calendars cover {span[0]} to {span[1]}"
        days = sorted(set(calendar.weekdays[calendar.runs > 0].tolist()))
        if len(days) < len(WEEKDAYS):
            covers += f", on {_listed(days)}"
        covers += f"; choose a date with service, such as {calendar.nearest(date)}"
    return Notice(
        "no_service_on_date", "ERROR", f"no trip runs on {day_name(date)}: {covers}", calendar.source
    )


def day_name(date: dt.date) -> str:
    """Name a date with its weekday, such as Tuesday 2026-03-10."""
    return f"{WEEKDAYS[date.weekday()].title()} {date}"


def _judged(feed: Feed, calendar: ServiceCalendar, date: dt.date) -> list[Notice]:
    """Judge a date by one feed's calendars."""
    span = calendar.span
    if span is None or not calendar.runs_on(date):
        return [no_service_notice(calendar, date)]
    return [
        *_out_of_the_ordinary(calendar, date, span),
        *_exceptions(feed, calendar, date),
        *_near_edge(calendar, date, span),
    ]


def _out_of_the_ordinary(
    calendar: ServiceCalendar, date: dt.date, span: tuple[dt.date, dt.date]
) -> list[Notice]:
    """Hold the trips of a date against those of its kind of day."""
    kind, days = _kind_of_day(date)
    runs, usual = calendar.runs_on(date), _usual(calendar.runs[np.isin(calendar.weekdays, days)])
    share = runs / usual
    if FEW_TRIPS <= share <= MANY_TRIPS:
        return []
    code, cause = (
        ("few_trips_on_date", "a holiday, or a timetable that is not there in full")
        if share < FEW_TRIPS
        else ("many_trips_on_date", "an event, or two editions of a timetable that overlap")
    )
    message = (
        f"{day_name(date)} has {_trips(runs)}, {100 * share:.0f} % of the {usual:,} of a usual {kind} "
        f"from {span[0]} to {span[1]}: {cause}"
    )
    return [Notice(code, "WARNING", message, calendar.source)]


def _exceptions(feed: Feed, calendar: ServiceCalendar, date: dt.date) -> list[Notice]:
    """Count what calendar_dates.txt changes that day."""
    removed, added = calendar.changed_on(date)
    if not removed + added:
        return []
    rows = np.flatnonzero(feed["calendar_dates"]["date"].to_numpy() == int(date.strftime("%Y%m%d")))
    message = f"{day_name(date)} is an exception, with {_trips(removed)} removed and {_trips(added)} added"
    row = feed.row("calendar_dates", int(rows[0]))
    return [Notice("exceptions_on_date", "INFO", message, feed.file("calendar_dates"), row)]


def _near_edge(calendar: ServiceCalendar, date: dt.date, span: tuple[dt.date, dt.date]) -> list[Notice]:
    """Say when a date is near the first or last of the calendars, unless they are so short that every date is."""
    if len(calendar.runs) < EDGE_DAYS:
        return []
    before, after = (date - span[0]).days, (span[1] - date).days
    if min(before, after) >= EDGE_DAYS:
        return []
    edge = f"first date with service, {span[0]}" if before <= after else f"last date with service, {span[1]}"
    message = f"{day_name(date)} is less than {EDGE_DAYS} days from the {edge}, where timetables are often not complete"
    return [Notice("date_near_edge_of_calendar", "INFO", message, calendar.source)]


def _expired(feed: Feed, today: dt.date) -> list[Notice]:
    """Count services whose last date, by calendar.txt or as added by calendar_dates.txt, lies in the past."""
    calendar, exceptions = feed["calendar"], feed["calendar_dates"]
    added = exceptions[exceptions["exception_type"] == 1]
    last = pd.concat(
        [
            pd.DataFrame({"service": table["service_id"].astype(object), "day": table[column]})
            for table, column in ((calendar, "end_date"), (added, "date"))
        ]
    )
    ends = last.groupby("service", sort=True)["day"].max()
    past = ends[ends < int(today.strftime("%Y%m%d"))]
    if past.empty:
        return []
    ended = as_date(int(past.iloc[0]))
    message = f"service {past.index[0]!r}, one of {len(ends):,}, ended on {ended}, before {today}"
    return [Notice("expired_calendar", "WARNING", message, feed.source or feed.name, count=len(past))]


def _several(feeds: Feed | Sequence[Feed]) -> list[Feed]:
    loaded = [feeds] if isinstance(feeds, Feed) else list(feeds)
    if not loaded:
        raise ParameterError("no feed was given; name at least one")
    return loaded


def _common_span(calendars: list[ServiceCalendar]) -> tuple[dt.date, dt.date]:
    """First and last date that lie inside every feed's span."""
    spans = []
    for calendar in calendars:
        if calendar.span is None:
            raise NoServiceError(
                "its calendars let nothing run", file=calendar.source, code="no_service_on_date"
            )
        spans.append(calendar.span)
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    if first > last:
        raise NoServiceError(_apart(calendars), code="no_common_service_date")
    return first, last


def _apart(calendars: list[ServiceCalendar]) -> str:
    spans = ", ".join(f"{c.name} runs {c.span[0]} to {c.span[1]}" for c in calendars if c.span)
    return f"no date is common to the feeds: {spans}; choose feeds whose calendars overlap"


def _no_such_weekday(
    calendars: list[ServiceCalendar], weekday: int, first: dt.date, last: dt.date
) -> NoServiceError:
    days = ", ".join(
        f"{c.name} on {_listed(sorted(set(c.weekdays[c.runs > 0].tolist())))}" for c in calendars
    )
    together = "every feed" if len(calendars) > 1 else "the feed"
    return NoServiceError(
        f"no {WEEKDAYS[weekday].title()} between {first} and {last} has trips of {together} ({days}); name a date",
        code="no_service_on_date",
    )


def _trips(count: int) -> str:
    return f"{count:,} trip{'' if count == 1 else 's'}"


def _listed(days: list[int]) -> str:
    return ", ".join(WEEKDAYS[day][:3].title() for day in days)


def _between(calendar: ServiceCalendar, values: IntArray, first: dt.date, last: dt.date) -> IntArray:
    """Values of a calendar for the dates of a span inside its own."""
    start = calendar.position(first)
    return values[start : (start or 0) + (last - first).days + 1]


def _usual(runs: IntArray) -> int:
    """Median of the days' runs weighted by the runs themselves: half of all trips run on days with at most so many."""
    ordered = np.sort(runs)
    return int(ordered[np.searchsorted(2 * np.cumsum(ordered), ordered.sum())])


def _kind_of_day(date: dt.date) -> tuple[str, list[int]]:
    """Name the kind of day, and its weekdays."""
    if date.weekday() < 5:
        return "weekday", [0, 1, 2, 3, 4]
    return WEEKDAYS[date.weekday()].title(), [date.weekday()]


def _in_odd_week(total: IntArray, weekdays: IntArray, *, besides: int) -> BoolArray:
    """Whether another working day of each date's week is out of the ordinary; days beyond the span have no trips."""
    before, after = int(weekdays[0]), 6 - int(weekdays[-1])
    weeks = np.pad(total, (before, after)).reshape(-1, 7)
    others = [day for day in range(5) if day != besides]
    usual = np.array([_usual(weeks[:, day]) for day in others])
    days = weeks[:, others]
    odd = ((days < FEW_TRIPS * usual) | (days > MANY_TRIPS * usual)).any(axis=1)
    return np.repeat(odd, 7)[before : before + len(total)]


def _at_edge(length: int) -> BoolArray:
    """Whether a date of a span is near its first or last."""
    position = np.arange(length)
    return np.asarray(np.minimum(position, length - 1 - position) < EDGE_DAYS, dtype=np.bool_)


def _why(calendars: list[ServiceCalendar], date: dt.date, span: tuple[dt.date, dt.date], usual: int) -> str:
    changes = [calendar.changed_on(date) for calendar in calendars]
    removed, added = sum(less for less, _ in changes), sum(more for _, more in changes)
    if removed + added:
        exceptions = f"calendar_dates.txt removes {_trips(removed)} that day and adds {_trips(added)}"
    elif all(calendar.dates_alone for calendar in calendars):
        exceptions = "calendar_dates.txt lists every date of service"
    elif any(calendar.dates_alone or (calendar.removed + calendar.added).any() for calendar in calendars):
        exceptions = "no exception in the calendars that day"
    else:
        exceptions = "the calendars hold no exceptions, so bank holidays do not show in them"
    runs = sum(calendar.runs_on(date) for calendar in calendars)
    day = WEEKDAYS[date.weekday()].title()
    return f"{AUTO}: {day_name(date)}, {_trips(runs)}; the usual {day} of {span[0]} to {span[1]} has {usual:,}; {exceptions}"
