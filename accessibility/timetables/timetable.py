"""Timetable: one service day of one or several feeds, as frozen arrays that the sweep reads.

Trips with the same route, the same stops and the same boarding rules form a pattern; a pattern is split into *chains*
in which no trip overtakes another, so that along a chain the first trip one can catch is never worse than a later one.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import FeedError, NoServiceError, ParameterError
from accessibility.feeds.gtfs import Feed, read_feed
from accessibility.timetables.service_date import AUTO, judge_date, parse_service_date, representative_date
from accessibility.timetables.service_day import DayTrips, day_trips
from accessibility.timetables.step_free import Unknown, step_free_feed
from accessibility.timetables.transfer_rules import TransferRules, index_rules, read_rules

log = logging.getLogger(__name__)

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]

MOST_CALLS = 65_535
MOST_RUNS = 16_777_215
_BASIC_MODES = {
    0: "tram",
    1: "metro",
    2: "rail",
    3: "bus",
    4: "ferry",
    5: "tram",
    6: "cable car",
    7: "funicular",
    11: "bus",
    12: "rail",
}
_EXTENDED_MODES = (
    (100, "rail"), (200, "coach"), (300, "rail"), (400, "metro"), (500, "metro"), (600, "metro"), (700, "bus"),
    (900, "tram"), (1000, "ferry"), (1100, "air"), (1200, "ferry"), (1300, "cable car"), (1400, "funicular"),
    (1500, "taxi"), (1800, "other"),
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Timetable:
    """One service day.

    Attributes
    ----------
    service_date, timezone
        The day, and the feeds' time zone. All times are seconds since noon minus twelve hours of that day.
    stops
        Stops with service: ``stop_id, stop_name, lon, lat``, sorted by id; a stop's number is its position here.
    routes
        ``route_id, short_name, long_name, mode, feed``.
    trips
        ``trip_id, route, headsign`` of the trips that run; ``route`` is a position in `routes`.
    chain_route, chain_stop_ptr, chain_stop, may_board, may_alight
        Chain *c* calls at ``chain_stop[chain_stop_ptr[c]:chain_stop_ptr[c + 1]]``.
    chain_run_ptr, run_trip
        Runs of chain *c*, in order of time; each run's trip.
    chain_call_ptr, arrival_s, departure_s
        Times of chain *c*, run by run: call *j* of its *k*-th run is at ``chain_call_ptr[c] + k * n_stops + j``.
    rules
        What transfers.txt says of changes.
    notes
        Counted warnings from reading; they belong beside every number that rests on this timetable.
    """

    service_date: dt.date
    timezone: str
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    chain_route: Int32Array
    chain_stop_ptr: Int32Array
    chain_stop: Int32Array
    may_board: npt.NDArray[np.bool_]
    may_alight: npt.NDArray[np.bool_]
    chain_run_ptr: Int32Array
    run_trip: Int32Array
    chain_call_ptr: Int64Array
    arrival_s: Int32Array
    departure_s: Int32Array
    rules: TransferRules
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Name the day and count what runs; the arrays would fill a screen."""
        return (
            f"<Timetable of {self.service_date} ({self.timezone}): {len(self.stops):,} stops, {len(self.routes):,} routes, "
            f"{len(self.run_trip):,} runs with the nights beside it, {len(self.notes)} notes>"
        )


def read_timetable(
    feeds: str | Path | Sequence[str | Path], *, date: str | dt.date, step_free: Unknown | None = None
) -> Timetable:
    """Read the timetable of one service day from one or several GTFS feeds.

    Parameters
    ----------
    feeds
        Paths of zips or folders. With more than one, ids are kept apart as ``<feed name>:<id>``.
    date
        The service day, ``YYYY-MM-DD`` or a date; or ``auto``: a representative Tuesday of the feeds, see
        `accessibility.timetables.service_date.representative_date`.
    step_free
        None for all journeys. ``exclude`` leaves those that are known to be step-free, by ``wheelchair_boarding`` of stops
        and ``wheelchair_accessible`` of trips; ``include`` takes those of which nothing is said as step-free too. See
        `accessibility.timetables.step_free.step_free_feed`.

    Returns
    -------
    Timetable
        Frozen; independent of the order of rows and of feeds. Its notes begin with why a date was chosen and what is
        out of the ordinary about it.

    Raises
    ------
    FeedError
        For a feed that cannot be used, with file and row where one is to blame.
    NoServiceError
        When one of the feeds has no trip on the date, or no date can be chosen.
    ParameterError
        For no feed at all, or a date that is none.

    Examples
    --------
    >>> acc.read_timetable(metro, date="2026-03-10")
    <Timetable of 2026-03-10 (Europe/London): 33 stops, 2 routes, 359 runs with the nights beside it, 0 notes>
    """
    paths = [feeds] if isinstance(feeds, str | Path) else list(feeds)
    if not paths:
        raise ParameterError("no feed was given; name at least one GTFS zip or folder")
    asked = parse_service_date(date)
    loaded = [read_feed(path) for path in paths]
    if step_free is not None:
        # Chosen of the whole feeds: a day is representative by all its trips, not by those that suit some.
        asked = representative_date(loaded).date if asked == AUTO else asked
        loaded = [step_free_feed(feed, unknown=step_free) for feed in loaded]
    return timetable_of(loaded, date=asked)


def timetable_of(feeds: Sequence[Feed], *, date: str | dt.date) -> Timetable:
    """Lay out one service day of feeds that are read already; `read_timetable` is this and the reading.

    Parameters
    ----------
    feeds
        One or several feeds, as `accessibility.feeds.gtfs.read_feed` gives them.
    date
        The service day, or ``auto``.

    Returns
    -------
    Timetable
        As `read_timetable` gives it.

    Raises
    ------
    FeedError
        For calls of the day that cannot be laid out, or feeds that do not fit together.
    NoServiceError
        When one of the feeds has no trip on the date, or no date can be chosen.
    ParameterError
        For two feeds of one name, or a date that is none.
    """
    loaded = sorted(feeds, key=lambda feed: feed.name)
    names = [feed.name for feed in loaded]
    if len(set(names)) < len(names):
        raise ParameterError(
            f"two feeds are called {min(n for n in names if names.count(n) > 1)!r}; rename one"
        )
    prefixes = [f"{name}:" if len(loaded) > 1 else "" for name in names]
    day, said = _judged_day(loaded, parse_service_date(date))
    days = [day_trips(feed, day) for feed in loaded]
    stops = pd.concat([_stops(f, d, p) for f, d, p in zip(loaded, days, prefixes, strict=True)])
    stops = stops.sort_values("stop_id").reset_index(drop=True)
    routes = pd.concat([_routes(f, d, p) for f, d, p in zip(loaded, days, prefixes, strict=True)])
    routes = routes.sort_values("route_id").reset_index(drop=True)
    rules, notes = _all_rules(loaded, prefixes)
    notes = [*said, *(note for some in days for note in some.notes), *notes]
    timetable = _chained(day, _timezone(loaded), stops, routes, days, prefixes, rules, notes)
    for note in timetable.notes:
        log.warning(note)
    return timetable


def _judged_day(feeds: list[Feed], asked: str | dt.date) -> tuple[dt.date, list[str]]:
    """Take the date asked for, or choose one; with why, what reading warned of, and what is unusual about the day."""
    if isinstance(asked, dt.date):
        day, why = asked, []
    else:
        chosen = representative_date(feeds)
        day, why = chosen.date, [chosen.reason]
    judged = judge_date(feeds, day)
    for notice in judged:
        if notice.severity == "ERROR":
            raise NoServiceError(notice.message, file=notice.file, code=notice.code)
    warned = [note for feed in feeds for note in feed.notes]
    return day, [*why, *(notice.sentence() for notice in judged), *warned]


def route_mode(route_type: int) -> str:
    """Name the mode of a GTFS route_type, basic or extended; ``other`` where there is no name for it."""
    if route_type in _BASIC_MODES:
        return _BASIC_MODES[route_type]
    named = [mode for start, mode in _EXTENDED_MODES if start <= route_type]
    return named[-1] if named else "other"


def _timezone(feeds: list[Feed]) -> str:
    zones = sorted({str(zone) for feed in feeds for zone in feed["agency"]["agency_timezone"]})
    if len(zones) != 1:
        raise FeedError(
            f"the feeds name {len(zones)} time zones ({', '.join(zones)}) and one is needed",
            code="inconsistent_timezone",
        )
    return zones[0]


def _stops(feed: Feed, day: DayTrips, prefix: str) -> pd.DataFrame:
    stops = feed["stops"]
    used = stops[stops["stop_id"].isin(pd.unique(day.stop_id))]
    nowhere = used[used["stop_lat"].isna() | used["stop_lon"].isna()]
    if len(nowhere):
        row = int(nowhere.index[0])
        raise FeedError(
            f"stop {nowhere['stop_id'].iloc[0]!r} has no coordinates",
            file=f"{feed.name}/stops.txt",
            row=row + 2,
            code="stop_without_location",
        )
    return pd.DataFrame(
        {
            "stop_id": prefix + used["stop_id"].astype(object),
            "stop_name": used["stop_name"].astype(object),
            "lon": used["stop_lon"],
            "lat": used["stop_lat"],
        }
    )


def _routes(feed: Feed, day: DayTrips, prefix: str) -> pd.DataFrame:
    routes = feed["routes"]
    used = routes[routes["route_id"].isin(day.trips["route_id"].unique())]
    return pd.DataFrame(
        {
            "route_id": prefix + used["route_id"].astype(object),
            "short_name": used["route_short_name"].astype(object),
            "long_name": used["route_long_name"].astype(object),
            "mode": [route_mode(int(kind)) for kind in used["route_type"]],
            "feed": feed.name,
        }
    )


def _all_rules(feeds: list[Feed], prefixes: list[str]) -> tuple[pd.DataFrame, list[str]]:
    tables, notes = zip(*(read_rules(f, p) for f, p in zip(feeds, prefixes, strict=True)), strict=True)
    return pd.concat(tables, ignore_index=True), [note for some in notes for note in some]


@dataclass(frozen=True, eq=False)
class _Chain:
    """Runs that never overtake: their pattern, trips and times, one row per run."""

    route: int
    signature: npt.NDArray[np.int64]
    trips: npt.NDArray[np.int64]
    arrival: npt.NDArray[np.int64]
    departure: npt.NDArray[np.int64]


def _chained(
    date: dt.date,
    timezone: str,
    stops: pd.DataFrame,
    routes: pd.DataFrame,
    days: list[DayTrips],
    prefixes: list[str],
    rule_table: pd.DataFrame,
    notes: list[str],
) -> Timetable:
    trips = pd.concat(
        [
            d.trips.assign(trip_id=p + d.trips["trip_id"], route_id=p + d.trips["route_id"])
            for d, p in zip(days, prefixes, strict=True)
        ],
        ignore_index=True,
    )
    trips["route"] = pd.Index(routes["route_id"]).get_indexer(trips["route_id"])
    stop_index, trip_index = pd.Index(stops["stop_id"]), pd.Index(trips["trip_id"])
    rules = index_rules(rule_table, stops=stop_index, routes=pd.Index(routes["route_id"]), trips=trip_index)
    named = np.zeros(len(trips), dtype=bool)
    named[rules.from_trip[rules.from_trip >= 0]] = named[rules.to_trip[rules.to_trip >= 0]] = True
    chains: list[_Chain] = []
    first_trip = 0
    for day, prefix in zip(days, prefixes, strict=True):
        chains += _chains_of(
            day, first_trip, trips["route"].to_numpy(), named, stop_index.get_indexer(prefix + day.stop_id)
        )
        first_trip += len(day.trips)
    if not chains:
        raise NoServiceError(
            f"trips run on {date}, but not one ride from a stop to another is left of them", code="no_rides"
        )
    _check_sizes(chains)
    chains.sort(
        key=lambda c: (
            c.route,
            len(c.signature),
            c.signature.tolist(),
            c.departure[0].tolist(),
            c.arrival[0].tolist(),
        )
    )
    lengths = np.array([len(c.signature) for c in chains])
    runs = np.array([len(c.trips) for c in chains])
    signature = np.concatenate([c.signature for c in chains])
    return Timetable(
        service_date=date,
        timezone=timezone,
        stops=stops,
        routes=routes,
        trips=trips[["trip_id", "route", "trip_headsign"]].rename(columns={"trip_headsign": "headsign"}),
        chain_route=np.array([c.route for c in chains], dtype=np.int32),
        chain_stop_ptr=_pointer(lengths).astype(np.int32),
        chain_stop=(signature >> 2).astype(np.int32),
        may_board=(signature & 2) > 0,
        may_alight=(signature & 1) > 0,
        chain_run_ptr=_pointer(runs).astype(np.int32),
        run_trip=np.concatenate([c.trips for c in chains]).astype(np.int32),
        chain_call_ptr=_pointer(lengths * runs),
        arrival_s=np.concatenate([c.arrival.ravel() for c in chains]).astype(np.int32),
        departure_s=np.concatenate([c.departure.ravel() for c in chains]).astype(np.int32),
        rules=rules,
        notes=tuple(notes),
    )


def _check_sizes(chains: list[_Chain]) -> None:
    """Refuse what the compiled rooms' keys cannot hold, rather than mix up its journeys."""
    longest = max(len(chain.signature) for chain in chains)
    most = max(len(chain.trips) for chain in chains)
    if longest > MOST_CALLS or most > MOST_RUNS:
        raise FeedError(
            f"a trip has {longest} calls or a pattern {most} runs; at most {MOST_CALLS} and {MOST_RUNS} can be handled",
            code="pattern_too_long",
        )


def _pointer(lengths: npt.NDArray[np.int64]) -> Int64Array:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _chains_of(
    day: DayTrips,
    first_trip: int,
    routes: npt.NDArray[np.int64],
    named: npt.NDArray[np.bool_],
    stop: npt.NDArray[np.int64],
) -> list[_Chain]:
    """Group a feed's trips into patterns and split these into chains without overtaking.

    A trip that transfers.txt names stands in a pattern of its own, so that a rule about it is a rule about its chain.
    """
    signature = stop * 4 + day.may_board * 2 + day.may_alight
    patterns: dict[tuple[int, int, bytes], list[int]] = {}
    for i in range(len(day.trips)):
        calls = signature[day.call_ptr[i] : day.call_ptr[i + 1]]
        alone = first_trip + i if named[first_trip + i] else -1
        patterns.setdefault((int(routes[first_trip + i]), alone, calls.tobytes()), []).append(i)
    by_trip = np.argsort(day.run_trip, kind="stable")
    run_ptr = np.searchsorted(day.run_trip[by_trip], np.arange(len(day.trips) + 1))
    chains = []
    for (route, _, _), members in patterns.items():
        runs = np.concatenate([by_trip[run_ptr[i] : run_ptr[i + 1]] for i in members])
        if len(runs) == 0:
            continue
        start = day.call_ptr[day.run_trip[runs]]
        calls = start[:, None] + np.arange(day.call_ptr[members[0] + 1] - day.call_ptr[members[0]])
        shift = day.run_shift_s[runs][:, None]
        arrival, departure = day.arrival_s[calls] + shift, day.departure_s[calls] + shift
        trips = first_trip + day.run_trip[runs]
        chains += [
            _Chain(route, signature[calls[0]], trips[rows], arrival[rows], departure[rows])
            for rows in _without_overtaking(arrival, departure)
        ]
    return chains


def _without_overtaking(
    arrival: npt.NDArray[np.int64], departure: npt.NDArray[np.int64]
) -> list[npt.NDArray[np.int64]]:
    """Split runs of one pattern into as few groups as greedy choice finds, each ordered at every call."""
    times = np.concatenate([departure, arrival], axis=1)
    order = np.lexsort(times.T[::-1])
    if (np.diff(times[order], axis=0) >= 0).all():
        return [order]
    groups: list[list[int]] = []
    for run in order:
        for group in groups:
            if (times[run] >= times[group[-1]]).all():
                group.append(int(run))
                break
        else:
            groups.append([int(run)])
    return [np.array(group) for group in groups]
