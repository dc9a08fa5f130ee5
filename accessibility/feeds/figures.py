"""What a feed holds, and what runs on one of its dates: the figures a planner compares with what is known of a place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.feeds.calls import TripCalls, positions
from accessibility.feeds.gtfs import MISSING_TIME, Feed, services_on
from accessibility.timetables.timetable import route_mode

HOUR_COLUMNS: Final = ("mode", "hour", "trips")

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FeedFigures:
    """What the files hold, whatever the date.

    Attributes
    ----------
    agencies
        Names, sorted.
    timezone
        Of the first agency.
    publisher, version
        Of feed_info.txt; empty where it does not say.
    lines, stops, trips, stop_times, frequencies
        Rows of routes, stops, trips, stop_times and frequencies.
    called_stops
        Stops at which a trip calls.
    """

    agencies: tuple[str, ...]
    timezone: str
    publisher: str
    version: str
    lines: int
    stops: int
    called_stops: int
    trips: int
    stop_times: int
    frequencies: int


@dataclass(frozen=True)
class DayFigures:
    """What starts on one service date; trips that call at fewer than two stops are not counted.

    Attributes
    ----------
    trips
        Trips, once per headway where frequencies.txt repeats them.
    trips_from_frequencies
        How many of these frequencies.txt lays.
    lines, stops
        Lines with such a trip, and stops at which one calls.
    calls, untimed_calls
        Calls of the day's trips, each trip counted once, and how many have no time, so that it is interpolated.
    """

    trips: int
    trips_from_frequencies: int
    lines: int
    stops: int
    calls: int
    untimed_calls: int


def feed_figures(feed: Feed) -> FeedFigures:
    """Count what a feed's files hold."""
    info = feed["feed_info"] if "feed_info" in feed.tables else pd.DataFrame()
    return FeedFigures(
        agencies=tuple(sorted({str(name) for name in feed["agency"]["agency_name"] if name})),
        timezone=_first_text(feed["agency"], "agency_timezone"),
        publisher=_first_text(info, "feed_publisher_name"),
        version=_first_text(info, "feed_version"),
        lines=len(feed["routes"]),
        stops=len(feed["stops"]),
        called_stops=int(feed["stops"]["stop_id"].isin(feed["stop_times"]["stop_id"].unique()).sum()),
        trips=len(feed["trips"]),
        stop_times=len(feed["stop_times"]),
        frequencies=len(feed["frequencies"]),
    )


def day_figures(feed: Feed, calls: TripCalls, date: dt.date) -> tuple[DayFigures, pd.DataFrame]:
    """Count what starts on a service date, by mode and hour.

    Parameters
    ----------
    feed
        A readable feed.
    calls
        Its calls, as `accessibility.feeds.calls.trip_calls` sorts them.
    date
        The service date.

    Returns
    -------
    tuple
        The figures, and a table ``mode, hour, trips``, sorted: trips by the hour of their first departure, counted from
        the start of the service date, so that hours from 24 lie after midnight. An hour without a trip has no row.
    """
    trips = feed["trips"]
    services = services_on(feed, date)
    runs = trips["service_id"].astype(object).isin(services).to_numpy()[calls.trip]
    runs &= np.diff(calls.ptr) > 1
    start_s, timed = _first_departures(calls)
    of_run, run_start_s = _laid_out(feed, calls, np.flatnonzero(runs & timed), start_s)
    route = positions(trips["route_id"], feed["routes"]["route_id"])[calls.trip]
    modes = np.array([route_mode(int(kind)) for kind in feed["routes"]["route_type"]] or [""], dtype=object)
    table = pd.DataFrame({"mode": modes[route[of_run]], "hour": run_start_s // 3600})
    by_hour = table.groupby(["mode", "hour"], sort=True).size().rename("trips").reset_index()
    seen = np.zeros(len(calls.trip), dtype=bool)
    seen[of_run] = True
    called = np.repeat(seen, np.diff(calls.ptr))
    repeated = _repeated(feed, calls)
    figures = DayFigures(
        trips=len(of_run),
        trips_from_frequencies=int(repeated[of_run].sum()),
        lines=len(np.unique(route[of_run])),
        stops=len(np.unique(calls.stop[called])),
        calls=int(called.sum()),
        untimed_calls=int((called & (calls.departure_s == MISSING_TIME)).sum()),
    )
    return figures, by_hour.astype({"hour": "int64", "trips": "int64"})[list(HOUR_COLUMNS)]


def no_hours() -> pd.DataFrame:
    """The table of `day_figures` for a date on which nothing starts."""
    return pd.DataFrame(
        {"mode": pd.Series(dtype=object), "hour": pd.Series(dtype="int64"), "trips": pd.Series(dtype="int64")}
    )


def _first_text(table: pd.DataFrame, column: str) -> str:
    return str(table[column].iloc[0]) if column in table.columns and len(table) else ""


def _first_departures(calls: TripCalls) -> tuple[IntArray, BoolArray]:
    """First departure of each trip, and whether any of its calls has a time."""
    if not len(calls.trip):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    never = np.iinfo(np.int64).max
    departures = np.where(calls.departure_s == MISSING_TIME, never, calls.departure_s)
    first = departures[calls.ptr[:-1]]
    # A trip whose first call has no time cannot be laid out; it is counted by its first time all the same.
    first = np.where(first == never, np.minimum.reduceat(departures, calls.ptr[:-1]), first)
    return first, first < never


def _repeated(feed: Feed, calls: TripCalls) -> BoolArray:
    """Which trips frequencies.txt repeats."""
    return feed["trips"]["trip_id"].isin(feed["frequencies"]["trip_id"].unique()).to_numpy()[calls.trip]


def _laid_out(
    feed: Feed, calls: TripCalls, running: IntArray, start_s: IntArray
) -> tuple[IntArray, IntArray]:
    """Trip and first departure of every run of some trips."""
    once = running[~_repeated(feed, calls)[running]]
    place = np.full(len(feed["trips"]), -1)
    place[calls.trip[running]] = running
    rows = feed["frequencies"]
    trips, starts = [once], [start_s[once]]
    for trip, start, end, headway in zip(
        place[positions(rows["trip_id"], feed["trips"]["trip_id"])],
        rows["start_time"],
        rows["end_time"],
        rows["headway_secs"],
        strict=True,
    ):
        if trip >= 0:
            laid = np.arange(start, end, headway, dtype=np.int64)
            trips.append(np.full(len(laid), trip))
            starts.append(laid)
    return np.concatenate(trips), np.concatenate(starts)
