"""Which dates a feed serves and how many trips run on each.

Runs are counted by date from calendar.txt, calendar_dates.txt and frequencies.txt, without laying out a day: a year of
a large feed costs a fraction of a second, so that every date can be held against the others (see
`accessibility.timetables.service_date`) before a minute is computed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.feeds.gtfs import WEEKDAYS, Feed
from accessibility.feeds.parsing import as_date

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ServiceCalendar:
    """How many trips of one feed run on each service date; frequencies counted run by run.

    Attributes
    ----------
    name, source
        The feed's name, and the path's last part by which notices speak of it.
    first
        The first date on which a trip runs; None when none ever does.
    runs
        Runs of each date from `first` to the last on which a trip runs, days without service included: as many as
        `accessibility.timetables.service_day.day_trips` starts on the date itself.
    removed, added
        Runs that calendar_dates.txt takes away from, and adds to, what calendar.txt has for the date; none where
        `dates_alone`.
    dates_alone
        Whether calendar.txt has no row, so that calendar_dates.txt lists every date and none is an exception.
    """

    name: str
    source: str
    first: dt.date | None
    runs: IntArray
    removed: IntArray
    added: IntArray
    dates_alone: bool

    @property
    def span(self) -> tuple[dt.date, dt.date] | None:
        """First and last date with service; None when no trip ever runs."""
        return None if self.first is None else (self.first, self.first + dt.timedelta(len(self.runs) - 1))

    @property
    def weekdays(self) -> IntArray:
        """Weekday of each date of `runs`, Monday 0."""
        start = 0 if self.first is None else self.first.weekday()
        return (start + np.arange(len(self.runs), dtype=np.int64)) % 7

    def position(self, date: dt.date) -> int | None:
        """Where a date stands in `runs`; None outside the span."""
        at = -1 if self.first is None else (date - self.first).days
        return at if 0 <= at < len(self.runs) else None

    def runs_on(self, date: dt.date) -> int:
        """Runs of one date; 0 outside the span."""
        at = self.position(date)
        return 0 if at is None else int(self.runs[at])

    def changed_on(self, date: dt.date) -> tuple[int, int]:
        """Runs that calendar_dates.txt removes and adds on one date."""
        at = self.position(date)
        return (0, 0) if at is None else (int(self.removed[at]), int(self.added[at]))

    def nearest(self, date: dt.date) -> dt.date | None:
        """Date with service that is nearest to another, the earlier of two; None when no trip ever runs."""
        if self.first is None:
            return None
        served = np.flatnonzero(self.runs)
        away = np.abs(served - (date - self.first).days)
        return self.first + dt.timedelta(int(served[np.argmin(away)]))


def service_calendar(feed: Feed) -> ServiceCalendar:
    """Count the runs of every service date of a feed.

    Parameters
    ----------
    feed
        As `accessibility.feeds.gtfs.read_feed` gives it.

    Returns
    -------
    ServiceCalendar
        A trip counts once, or once per headway where frequencies.txt repeats it; a trip that calls at fewer than two
        stops does not count. When no trip ever runs, the span is None and the arrays are empty.
    """
    services, runs = _runs_by_service(feed)
    regular = _regular(feed, services, runs)
    removed, added = _exceptions(feed, services, runs, regular)
    days = np.concatenate([regular.start, regular.end, added.day])
    first = int(days.min()) if len(days) else 1
    length = int(days.max()) - first + 1 if len(days) else 0
    less, more = removed.by_day(first, length), added.by_day(first, length)
    total = regular.by_day(first, length) - less + more
    served = np.flatnonzero(total)
    inside = slice(int(served[0]), int(served[-1]) + 1) if len(served) else slice(0, 0)
    dates_alone = not len(feed["calendar"])
    return ServiceCalendar(
        name=feed.name,
        source=feed.source or feed.name,
        first=dt.date.fromordinal(first + inside.start) if len(served) else None,
        runs=total[inside],
        removed=less[inside],
        added=np.zeros_like(more[inside]) if dates_alone else more[inside],
        dates_alone=dates_alone,
    )


class _Regular(NamedTuple):
    """Rows of calendar.txt under which something runs; days as ordinals."""

    service: IntArray
    start: IntArray
    end: IntArray
    on: BoolArray
    runs: IntArray

    def by_day(self, first: int, length: int) -> IntArray:
        """Runs per day: for each weekday the rows that begin less those that have ended, summed up over time."""
        total = np.zeros(length, dtype=np.int64)
        for weekday in range(7):
            runs = self.runs * self.on[:, weekday]
            change = np.zeros(length + 1, dtype=np.int64)
            np.add.at(change, self.start - first, runs)
            np.subtract.at(change, self.end - first + 1, runs)
            days = slice((weekday - _weekday(first)) % 7, length, 7)
            total[days] = np.cumsum(change)[days]
        return total


class _Changes(NamedTuple):
    """Runs that exceptions take away or add, one entry per service and day."""

    day: IntArray
    runs: IntArray

    def by_day(self, first: int, length: int) -> IntArray:
        total = np.zeros(length, dtype=np.int64)
        np.add.at(total, self.day - first, self.runs)
        return total


def _runs_by_service(feed: Feed) -> tuple[pd.Index, IntArray]:
    """Count how often the trips of each service run on a day on which it does."""
    trips, times, repeats = feed["trips"], feed["stop_times"], feed["frequencies"]
    ids = pd.Index(trips["trip_id"].astype(object))
    calls = np.zeros(len(trips), dtype=np.int64)
    if len(times):
        of_category = np.bincount(times["trip_id"].cat.codes, minlength=len(times["trip_id"].cat.categories))
        place = ids.get_indexer(times["trip_id"].cat.categories)
        calls[place[place >= 0]] = of_category[place >= 0]
    runs = np.ones(len(trips), dtype=np.int64)
    repeated = ids.get_indexer(pd.Index(repeats["trip_id"].astype(object)))
    lasts = (repeats["end_time"] - repeats["start_time"]).to_numpy(dtype=np.int64)
    starts = np.maximum(-(-lasts // repeats["headway_secs"].to_numpy(dtype=np.int64)), 0)
    runs[repeated] = 0
    np.add.at(runs, repeated, starts)
    runs[calls < 2] = 0
    service, services = pd.factorize(trips["service_id"].astype(object))
    total = np.zeros(len(services), dtype=np.int64)
    np.add.at(total, service, runs)
    return pd.Index(services), total


def _regular(feed: Feed, services: pd.Index, runs: IntArray) -> _Regular:
    table = feed["calendar"]
    service = services.get_indexer(pd.Index(table["service_id"].astype(object)))
    start, end = _ordinals(table["start_date"]), _ordinals(table["end_date"])
    on = np.column_stack([table[day].to_numpy() == 1 for day in WEEKDAYS])
    known = np.flatnonzero((service >= 0) & (start <= end) & on.any(axis=1))
    known = known[runs[service[known]] > 0]
    return _Regular(
        service[known].astype(np.int64), start[known], end[known], on[known], runs[service[known]]
    )


def _exceptions(
    feed: Feed, services: pd.Index, runs: IntArray, regular: _Regular
) -> tuple[_Changes, _Changes]:
    """What calendar_dates.txt changes: a removal of what would run, an addition of what would not; removal wins."""
    table = feed["calendar_dates"]
    service = services.get_indexer(pd.Index(table["service_id"].astype(object))).astype(np.int64)
    day, kind = _ordinals(table["date"]), table["exception_type"].to_numpy()
    known = service >= 0
    keys = service * (dt.date.max.toordinal() + 1) + day
    removed = np.unique(keys[known & (kind == 2)])
    added = np.setdiff1d(keys[known & (kind == 1)], removed)
    row = np.full(len(services), -1, dtype=np.int64)
    row[regular.service] = np.arange(len(regular.service))
    changes = []
    for some, counts_where_regular in ((removed, True), (added, False)):
        service, day = np.divmod(some, dt.date.max.toordinal() + 1)
        counts = _runs_regularly(regular, row[service], day) == counts_where_regular
        counts &= runs[service] > 0
        changes.append(_Changes(day[counts], runs[service[counts]]))
    return changes[0], changes[1]


def _runs_regularly(regular: _Regular, row: IntArray, day: IntArray) -> BoolArray:
    """Whether the row of calendar.txt (-1: none) has each day."""
    if not len(regular.service):
        return np.zeros(len(row), dtype=np.bool_)
    inside = (row >= 0) & (regular.start[row] <= day) & (day <= regular.end[row])
    return np.asarray(inside & regular.on[row, (day + 6) % 7], dtype=np.bool_)


def _weekday(ordinal: int) -> int:
    return (ordinal + 6) % 7


def _ordinals(days: pd.Series) -> IntArray:
    distinct, where = np.unique(days.to_numpy(dtype=np.int64), return_inverse=True)
    return np.array([as_date(int(day)).toordinal() for day in distinct], dtype=np.int64)[where]
