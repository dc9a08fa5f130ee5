"""The trips of one service day, from one feed: which run, when, and calling where.

Times are seconds since the service day's start, noon minus twelve hours, so that they stay right when the clocks
change. A timetable answers from the day's start until noon of the next day, `COVERED_S`, so the days around it belong to
the picture: trips of earlier days that still run after the day's start, and the next day's trips that start before noon,
are moved by the time between the two days' noons, which is not 24 hours where the clocks change.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import FeedError, NoServiceError
from accessibility.feeds.call_checks import CallOrder, call_notices, order_calls, refuse_errors
from accessibility.feeds.gtfs import MISSING_TIME, Feed, services_on
from accessibility.timetables.service_calendar import service_calendar
from accessibility.timetables.service_date import no_service_notice
from accessibility.window import COVERED_S

DAY_S: Final = 86_400
EARTH_RADIUS_M: Final = 6_371_008.8
_CALL_COLUMNS: Final = (
    "stop_id",
    "arrival_time",
    "departure_time",
    "pickup_type",
    "drop_off_type",
    "shape_dist_traveled",
)

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DayTrips:
    """Calls of the trips that run, and the runs of those trips.

    Attributes
    ----------
    trips
        One row per trip that has a run: ``trip_id, route_id, trip_headsign``.
    call_ptr
        Calls of trip *i* are ``call_ptr[i]:call_ptr[i + 1]`` of the four arrays that follow.
    stop_id, arrival_s, departure_s, may_board, may_alight
        The calls, in the order of travel.
    run_trip, run_shift_s
        One entry per run: its trip, and the seconds to add to that trip's times.
    notes
        Counted warnings.
    """

    trips: pd.DataFrame
    call_ptr: IntArray
    stop_id: npt.NDArray[np.object_]
    arrival_s: IntArray
    departure_s: IntArray
    may_board: BoolArray
    may_alight: BoolArray
    run_trip: IntArray
    run_shift_s: IntArray
    notes: tuple[str, ...]


def day_trips(feed: Feed, date: dt.date) -> DayTrips:
    """Find every run of one service day, with frequencies laid out and untimed stops filled in.

    Parameters
    ----------
    feed
        As `accessibility.feeds.gtfs.read_feed` gives it.
    date
        The service day, in the feed's own time zone.

    Returns
    -------
    DayTrips
        See there. Headway-based frequencies are laid from their start time like exact ones, and counted in the notes.

    Raises
    ------
    NoServiceError
        When no trip of the feed runs on the date.
    FeedError
        For what `accessibility.feeds.call_checks.check_calls` calls an ERROR, on this day or another: with the row.
    """
    trips = _sorted_trips(feed)
    order = order_calls(feed, pd.Index(trips["trip_id"]))
    refuse_errors(call_notices(feed, order))
    offsets, runs_on = _days_around(feed, trips, date)
    notes: list[str] = []
    lengths = np.diff(order.ptr)
    usable = runs_on.any(axis=0) & (lengths > 1)
    short = int((runs_on[-2] & (lengths < 2)).sum())
    if short:
        notes.append(f"{feed.name}: {short} trips of the day call at fewer than two stops and were left out")
    calls = _calls(feed, order, usable, notes)
    kept = np.flatnonzero(usable)
    ptr = np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.int64)
    arrival, departure = _filled_times(calls, ptr, feed, notes)
    trips = trips.iloc[kept].reset_index(drop=True)
    first_s, last_s = departure[ptr[:-1]], arrival[ptr[1:] - 1]
    starts = _starts(feed, trips, first_s, notes)
    if not runs_on[-2, kept][starts[0]].any():
        raise no_service(feed, date)
    parts = _runs(starts, runs_on[:, kept], offsets, first_s, last_s)
    run_trip, run_shift = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    ran = np.zeros(len(trips), dtype=bool)
    ran[run_trip] = True
    called = np.repeat(ran, np.diff(ptr))
    return DayTrips(
        trips=trips.loc[ran, ["trip_id", "route_id", "trip_headsign"]].reset_index(drop=True),
        call_ptr=np.concatenate([[0], np.cumsum(np.diff(ptr)[ran])]).astype(np.int64),
        stop_id=calls["stop_id"].astype(object).to_numpy()[called],
        arrival_s=arrival[called],
        departure_s=departure[called],
        may_board=(calls["pickup_type"] != 1).to_numpy()[called],
        may_alight=(calls["drop_off_type"] != 1).to_numpy()[called],
        run_trip=(np.cumsum(ran) - 1)[run_trip],
        run_shift_s=run_shift,
        notes=tuple(notes),
    )


def _days_around(feed: Feed, trips: pd.DataFrame, date: dt.date) -> tuple[list[int], BoolArray]:
    """Seconds by which each day's times are moved, from the earliest day to the next, and which trips run on it."""
    days = range(-_days_back(feed), 2)
    services = [services_on(feed, date + dt.timedelta(days=day)) for day in days]
    runs_on = np.array([trips["service_id"].isin(some).to_numpy() for some in services])
    return [_offset_s(feed, date, day) for day in days], runs_on


def _days_back(feed: Feed) -> int:
    """How many days before the day can have trips that still run on it."""
    columns = (feed["stop_times"]["arrival_time"], feed["frequencies"]["end_time"])
    latest = [int(column.max()) for column in columns if len(column)]
    return 1 + sum(latest) // DAY_S


def _offset_s(feed: Feed, date: dt.date, day: int) -> int:
    """Seconds between the noons of the day and of another, `day` days later: what that day's times are moved by."""
    name = str(feed["agency"]["agency_timezone"].iloc[0])
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise FeedError(
            f"agency_timezone {name!r} is no time zone",
            file=f"{feed.name}/agency.txt",
            row=2,
            code="invalid_timezone",
        ) from None
    noons = [dt.datetime.combine(date + dt.timedelta(days=k), dt.time(12), zone) for k in (0, day)]
    return round(noons[1].timestamp() - noons[0].timestamp())


def _sorted_trips(feed: Feed) -> pd.DataFrame:
    """Trips by id, so that the order of rows in the feed decides nothing."""
    columns = ["trip_id", "route_id", "service_id", "trip_headsign"]
    return feed["trips"][columns].astype(object).sort_values("trip_id").reset_index(drop=True)


def no_service(feed: Feed, date: dt.date) -> NoServiceError:
    """Make the error that says that no trip of a feed runs on a date, and when the nearest does."""
    notice = no_service_notice(service_calendar(feed), date)
    return NoServiceError(notice.message, file=notice.file, code=notice.code)


def _calls(feed: Feed, order: CallOrder, wanted: BoolArray, notes: list[str]) -> pd.DataFrame:
    """Rows of stop_times for the wanted trips, by trip and in the order of travel."""
    times = feed["stop_times"][list(_CALL_COLUMNS)]
    calls = times.iloc[order.position[wanted[order.trip]]]
    flexible = int(((calls["pickup_type"] > 1) | (calls["drop_off_type"] > 1)).sum())
    if flexible:
        notes.append(
            f"{feed.name}: {flexible} calls need a phone call or a word to the driver; taken as ordinary stops"
        )
    return calls


def _filled_times(
    calls: pd.DataFrame, ptr: IntArray, feed: Feed, notes: list[str]
) -> tuple[IntArray, IntArray]:
    """Times of all calls, those without one interpolated; the first and last call of every trip have theirs."""
    arrival, departure = calls["arrival_time"].to_numpy(), calls["departure_time"].to_numpy()
    untimed = arrival == MISSING_TIME
    if untimed.any():
        arrival, departure, evenly = _interpolated(arrival, departure, untimed, _step_m(calls, ptr, feed))
        so = f", {evenly} of them evenly where no distance is known" if evenly else ""
        notes.append(
            f"{feed.name}: {int(untimed.sum())} of {len(calls)} calls have no time; interpolated by distance{so}"
        )
    return arrival, departure


def _interpolated(
    arrival: IntArray, departure: IntArray, untimed: BoolArray, step_m: npt.NDArray[np.float64]
) -> tuple[IntArray, IntArray, int]:
    """Fill untimed calls between one timed call's departure and the next one's arrival, rounded up to the second.

    Also counts those filled evenly, because no step between the two timed calls has a length or one's is not known.
    """
    index = np.arange(len(untimed))
    before = np.maximum.accumulate(np.where(untimed, 0, index))[untimed]
    after = np.minimum.accumulate(np.where(untimed, len(untimed), index)[::-1])[::-1][untimed]
    unknown = np.cumsum(np.isnan(step_m))
    along = np.cumsum(np.nan_to_num(step_m))
    length = along[after] - along[before]
    known = (length > 0) & (unknown[after] == unknown[before])
    evenly = (index[untimed] - before) / (after - before)
    part = np.where(known, (along[untimed] - along[before]) / np.where(known, length, 1), evenly)
    filled = departure[before] + part * (arrival[after] - departure[before])
    arrival, departure = arrival.copy(), departure.copy()
    arrival[untimed] = departure[untimed] = np.ceil(np.round(filled, 6)).astype(np.int64)
    return arrival, departure, int((~known).sum())


def _step_m(calls: pd.DataFrame, ptr: IntArray, feed: Feed) -> npt.NDArray[np.float64]:
    """Distance from the call before: shape_dist_traveled where the whole trip has it, else the straight line.

    Not a number where a stop has no position.
    """
    stops = feed["stops"]
    position = pd.Index(stops["stop_id"].astype(object)).get_indexer(calls["stop_id"].astype(object))
    lat = np.radians(stops["stop_lat"].to_numpy())[position]
    lon = np.radians(stops["stop_lon"].to_numpy())[position]
    haversine = (
        np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[1:]) * np.cos(lat[:-1]) * np.sin(np.diff(lon) / 2) ** 2
    )
    straight = np.concatenate([[0.0], 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(haversine))])
    along = calls["shape_dist_traveled"].to_numpy()
    shaped = np.concatenate([[0.0], np.diff(along)])
    straight[ptr[:-1]] = shaped[ptr[:-1]] = 0.0
    whole = np.minimum.reduceat(np.where(np.isnan(along) | ~(shaped >= 0), 0, 1), ptr[:-1]).astype(bool)
    return np.where(np.repeat(whole, np.diff(ptr)), shaped, straight)


def _starts(
    feed: Feed, trips: pd.DataFrame, first_s: IntArray, notes: list[str]
) -> tuple[IntArray, IntArray]:
    """Runs of a day on which every trip runs: trip and shift, a trip in frequencies.txt once per headway."""
    rows = feed["frequencies"]
    trip = pd.Index(trips["trip_id"]).get_indexer(rows["trip_id"].astype(object))
    rows, trip = rows[trip >= 0], trip[trip >= 0]
    once = np.setdiff1d(np.arange(len(trips)), trip)
    runs, shifts = [once], [np.zeros(len(once), dtype=np.int64)]
    for at, start, end, headway in zip(
        trip, rows["start_time"], rows["end_time"], rows["headway_secs"], strict=True
    ):
        starts = np.arange(start, end, headway, dtype=np.int64)
        runs.append(np.full(len(starts), at))
        shifts.append(starts - first_s[at])
    headway_based = int((rows["exact_times"] == 0).sum())
    if headway_based:
        exact = len(rows) - headway_based
        like = f", like {exact} with exact times" if exact else ""
        notes.append(
            f"{feed.name}: {headway_based} headway-based frequencies were laid from their start time{like}"
        )
    return np.concatenate(runs), np.concatenate(shifts)


def _runs(
    starts: tuple[IntArray, IntArray],
    runs_on: BoolArray,
    offsets_s: list[int],
    first_s: IntArray,
    last_s: IntArray,
) -> list[tuple[IntArray, IntArray]]:
    """Lay the runs of each day on the day's clock: trips and shifts, day by day, where they touch the covered time."""
    runs, shifts = starts
    first, last = first_s[runs] + shifts, last_s[runs] + shifts
    parts = []
    for on, offset in zip(runs_on, offsets_s, strict=True):
        touches = on[runs] & (last + offset > 0) & (first + offset < COVERED_S)
        parts.append((runs[touches], shifts[touches] + offset))
    return parts
