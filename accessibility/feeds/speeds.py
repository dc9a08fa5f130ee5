"""Speeds beyond reason: what a wrong position or a wrong time looks like in a timetable.

The two rules on fast travel and their limits are those of the MobilityData canonical validator (RULES.md,
``fast_travel_between_consecutive_stops`` and ``fast_travel_between_far_stops``): distances are straight lines from call
to call; between two times that are whole minutes a minute is added for their rounding; and no time at all, or less,
counts as a minute. Extended route types, for which it has one limit of 200 km/h, take that of their mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from accessibility.feeds.calls import TripCalls, positions
from accessibility.feeds.gtfs import MISSING_TIME, Feed
from accessibility.feeds.notices import Notice
from accessibility.timetables.timetable import route_mode

#: Highest believable speed by basic route type, km/h.
LIMITS_KMH: Final = MappingProxyType(
    {0: 100, 1: 150, 2: 500, 3: 150, 4: 80, 5: 30, 6: 50, 7: 50, 11: 150, 12: 150}
)
#: The same for extended route types, by mode; 200 km/h for any other.
MODE_LIMITS_KMH: Final = MappingProxyType(
    {
        "tram": 100,
        "metro": 150,
        "rail": 500,
        "bus": 150,
        "coach": 150,
        "ferry": 80,
        "cable car": 50,
        "funicular": 50,
        "air": 1000,
    }
)
OTHER_LIMIT_KMH: Final = 200
#: Stops up to this far apart may be passed too fast: whole seconds and whole minutes are rough.
FAR_APART_M: Final = 10_000.0
#: Stops farther apart than this are not passed in the same second, not even when times are cut to the minute.
SAME_TIME_M: Final = 1_000.0
_ROUNDING_S: Final = 60

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SpeedFindings:
    """What was found, and the stops (positions in stops.txt) at either end of a step that is too fast."""

    notices: tuple[Notice, ...]
    fast_stops: IntArray


def find_speeds(feed: Feed, calls: TripCalls) -> SpeedFindings:
    """Which calls follow each other faster than their vehicles go.

    Parameters
    ----------
    feed
        A readable feed.
    calls
        Its calls, as `accessibility.feeds.calls.trip_calls` sorts them.

    Returns
    -------
    SpeedFindings
        Up to three warnings: ``fast_travel_between_consecutive_stops`` counts calls,
        ``fast_travel_between_far_stops`` trips, and ``far_stops_at_the_same_time`` calls that are not among the first.
    """
    if not len(calls.trip):
        return SpeedFindings((), np.empty(0, dtype=np.int64))
    limit_kmh = _limits_kmh(feed, calls)
    fast, same = _consecutive(calls, limit_kmh)
    far = _between_far_stops(calls, limit_kmh)
    return SpeedFindings(
        notices=(
            *_consecutive_notice(feed, calls, limit_kmh, fast),
            *_far_notice(feed, calls, limit_kmh, far),
            *_same_time_notice(feed, calls, same),
        ),
        fast_stops=np.unique(calls.stop[np.concatenate([np.flatnonzero(fast), np.flatnonzero(fast) - 1])]),
    )


def speed_limit_kmh(route_type: int) -> int:
    """Highest believable speed of a route type, basic or extended, in km/h."""
    if route_type in LIMITS_KMH:
        return LIMITS_KMH[route_type]
    return MODE_LIMITS_KMH.get(route_mode(route_type), OTHER_LIMIT_KMH)


def _limits_kmh(feed: Feed, calls: TripCalls) -> FloatArray:
    """Limit of each trip that calls anywhere."""
    routes = feed["routes"]
    by_route = np.array([speed_limit_kmh(int(kind)) for kind in routes["route_type"]] or [0], dtype=float)
    return by_route[positions(feed["trips"]["route_id"], routes["route_id"])[calls.trip]]


def _allowed_s(depart_s: IntArray, arrive_s: IntArray) -> IntArray:
    """Seconds between two times as the rules take them."""
    taken = arrive_s - depart_s
    whole_minutes = (depart_s % 60 == 0) & (arrive_s % 60 == 0)
    return np.where(taken <= 0, _ROUNDING_S, taken + np.where(whole_minutes, _ROUNDING_S, 0))


def _consecutive(calls: TripCalls, limit_kmh: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Mark calls that are reached too fast from the call before, and others reached at the same second from afar."""
    trip = calls.trip_of_call
    timed = calls.arrival_s != MISSING_TIME
    follows = np.zeros(len(trip), dtype=bool)
    follows[1:] = (trip[1:] == trip[:-1]) & timed[1:] & timed[:-1]
    before = np.maximum(np.arange(len(trip)) - 1, 0)
    kmh = calls.step_m * 3.6 / _allowed_s(calls.departure_s[before], calls.arrival_s)
    fast = follows & (kmh > limit_kmh[trip])
    same = follows & (calls.arrival_s == calls.departure_s[before]) & (calls.step_m > SAME_TIME_M)
    return fast, same & ~fast


def _between_far_stops(calls: TripCalls, limit_kmh: FloatArray) -> BoolArray:
    """Mark calls before which some stretch of more than `FAR_APART_M` was passed too fast.

    A stretch from *i* to *j* is too fast when ``along[j] - v * arrival[j]`` exceeds ``along[i] - v * departure[i]`` by
    more than *v* times the rounding. So the least of the right-hand sides over all *i* far enough back decides for *j*,
    and a running minimum gives it for all calls at once; calls at whole minutes keep one of their own, because the
    rounding is theirs alone. Trips are kept apart by a lift that grows from trip to trip.
    """
    trip = calls.trip_of_call
    along = np.cumsum(np.nan_to_num(calls.step_m))
    lift = trip * 1e9
    speed = limit_kmh[trip] / 3.6
    start = along[calls.ptr[:-1]][trip]
    timed = calls.arrival_s != MISSING_TIME
    behind = along - start - speed * calls.departure_s
    ahead = along - start - speed * calls.arrival_s
    # Strictly more than the distance back, and within the trip.
    latest = np.searchsorted(along, along - FAR_APART_M, side="left") - 1
    within = timed & (latest >= calls.ptr[:-1][trip])
    latest = np.maximum(latest, 0)
    marked = np.zeros(len(trip), dtype=bool)
    for whole in (True, False):
        least = np.minimum.accumulate(
            np.where(timed & ((calls.departure_s % 60 == 0) == whole), behind, 5e8) - lift
        )
        rounding_s = np.where(whole & (calls.arrival_s % 60 == 0), _ROUNDING_S, 0)
        marked |= within & (ahead - (least[latest] + lift) > speed * rounding_s)
    return marked


def _first(calls: TripCalls, marked: BoolArray) -> int:
    """The marked call that stands first in the file."""
    found = np.flatnonzero(marked)
    return int(found[np.argmin(calls.position[found])])


def _consecutive_notice(
    feed: Feed, calls: TripCalls, limit_kmh: FloatArray, fast: BoolArray
) -> tuple[Notice, ...]:
    if not fast.any():
        return ()
    call = _first(calls, fast)
    message = _stretch(feed, calls, call - 1, call, limit_kmh)
    return (_notice(feed, calls, "fast_travel_between_consecutive_stops", message, fast),)


def _far_notice(feed: Feed, calls: TripCalls, limit_kmh: FloatArray, far: BoolArray) -> tuple[Notice, ...]:
    if not far.any():
        return ()
    call = _first(calls, far)
    message = _stretch(feed, calls, _fastest_start(calls, call), call, limit_kmh)
    trips = len(np.unique(calls.trip_of_call[far]))
    return (_notice(feed, calls, "fast_travel_between_far_stops", message, far, count=trips),)


def _same_time_notice(feed: Feed, calls: TripCalls, same: BoolArray) -> tuple[Notice, ...]:
    if not same.any():
        return ()
    call = _first(calls, same)
    message = f"{_ends(feed, calls, call - 1, call)}, {calls.step_m[call] / 1000:,.1f} km on, in the second in which it leaves"
    return (_notice(feed, calls, "far_stops_at_the_same_time", message, same),)


def _notice(
    feed: Feed, calls: TripCalls, code: str, message: str, marked: BoolArray, *, count: int | None = None
) -> Notice:
    return Notice(
        code=code,
        severity="WARNING",
        message=message,
        file=feed.file("stop_times"),
        row=feed.row("stop_times", int(calls.position[_first(calls, marked)])),
        count=int(marked.sum()) if count is None else count,
    )


def _stretch(feed: Feed, calls: TripCalls, start: int, end: int, limit_kmh: FloatArray) -> str:
    """Say a stretch of a trip: its ends, its length and time, its speed and the limit."""
    metres = float(np.nansum(calls.step_m[start + 1 : end + 1]))
    seconds = int(calls.arrival_s[end] - calls.departure_s[start])
    allowed = float(_allowed_s(calls.departure_s[start], calls.arrival_s[end]))
    limit = limit_kmh[np.searchsorted(calls.ptr, end, side="right") - 1]
    return (
        f"{_ends(feed, calls, start, end)}, {metres / 1000:,.1f} km on, in {seconds} s: {metres * 3.6 / allowed:,.0f} km/h "
        f"where {limit:,.0f} is the most"
    )


def _ends(feed: Feed, calls: TripCalls, start: int, end: int) -> str:
    trip = calls.trip[np.searchsorted(calls.ptr, end, side="right") - 1]
    names = feed["stops"][["stop_name", "stop_id"]].iloc[calls.stop[[start, end]]].astype(object)
    one, other = (name or stop_id for name, stop_id in names.itertuples(index=False))
    return f"trip {feed['trips']['trip_id'].iloc[int(trip)]!r} goes from {one} to {other}"


def _fastest_start(calls: TripCalls, end: int) -> int:
    """The call from which the trip passes the far stretch to `end` the fastest."""
    first = int(calls.ptr[np.searchsorted(calls.ptr, end, side="right") - 1])
    before = np.arange(first, end)
    metres = np.cumsum(np.nan_to_num(calls.step_m[first + 1 : end + 1])[::-1])[::-1]
    kmh = metres * 3.6 / _allowed_s(calls.departure_s[before], calls.arrival_s[end])
    far = (metres > FAR_APART_M) & (calls.arrival_s[before] != MISSING_TIME)
    return int(before[np.argmax(np.where(far, kmh, -1.0))])
