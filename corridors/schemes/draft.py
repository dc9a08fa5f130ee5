"""A feed under revision: its trips as values that an edit takes out, changes and puts back."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from accessibility.feeds.gtfs import MISSING_TIME, TABLES, Feed, services_on
from accessibility.feeds.speeds import speed_limit_kmh
from accessibility.feeds.writing import replace_tables
from corridors.schemes.trips import Call, Headway, Refusal, Trip, slug

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from corridors.schemes.specs import CallingPoint, Run

_EARTH_RADIUS_M = 6_371_008.8
_MINUTE_S = 60


class Draft:
    """A feed that is being edited.

    Parameters
    ----------
    feed
        The feed; it stays as it is.
    date
        The service day of the question: what does not run on it cannot be edited.
    """

    def __init__(self, feed: Feed, date: dt.date) -> None:
        """Begin with the feed as it is."""
        self.feed = feed
        self.date = date
        self.services = services_on(feed, date)
        self._tables: dict[str, pd.DataFrame] = {}
        self._changed: set[str] = set()
        self._positions: dict[str, tuple[float, float]] | None = None

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table as it stands, ids and texts as plain objects."""
        if name not in self._tables:
            table = self.feed[name]
            texts = [column.name for column in TABLES[name] if column.kind in ("id", "text")]
            self._tables[name] = table.astype(dict.fromkeys(texts, object))
        return self._tables[name]

    def put(self, name: str, table: pd.DataFrame) -> None:
        """Put a table in the place of the one that was there."""
        self._tables[name] = table.reset_index(drop=True)
        self._changed.add(name)
        if name == "stops":
            self._positions = None

    def append(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows; a column that a row leaves out takes the value of an empty cell."""
        empty = {
            column.name: "" if column.kind in ("id", "text") else column.default for column in TABLES[name]
        }
        added = [{**empty, **row} for row in rows]
        if not added:
            return
        there = self[name]
        new = pd.DataFrame(added, columns=there.columns).astype(
            {column: there[column].dtype for column in there.columns}
        )
        self.put(name, pd.concat([there, new]) if len(there) else new)

    def still_runs(self) -> bool:
        """Whether a trip runs on the day; taken for granted where nothing was changed."""
        return not self._changed or bool(self["trips"]["service_id"].isin(self.services).any())

    def finish(self) -> Feed:
        """Return the edited feed, checked; the feed itself where nothing was changed."""
        if not self._changed:
            return self.feed
        return replace_tables(self.feed, **{name: self._tables[name] for name in sorted(self._changed)})

    def runs(self, trip: Trip) -> bool:
        """Whether a trip runs on the day."""
        return trip.row["service_id"] in self.services

    def has_route(self, route: str) -> bool:
        """Whether there is a route of this id."""
        return bool((self["routes"]["route_id"] == route).any())

    def route_type(self, route: str) -> int:
        """Type of a route."""
        routes = self["routes"]
        return int(routes.loc[routes["route_id"] == route, "route_type"].iloc[0])

    def has_stop(self, stop: str) -> bool:
        """Whether there is a stop of this id."""
        return bool((self["stops"]["stop_id"] == stop).any())

    def platforms(self, stop: str) -> frozenset[str]:
        """Return a stop and what belongs to it, so that a station stands for its platforms.

        Raises
        ------
        Refusal
            When there is no such stop.
        """
        if not self.has_stop(stop):
            raise Refusal(f"there is no stop {stop!r} in feed {self.feed.name!r}")
        stops = self["stops"]
        return frozenset({stop, *stops.loc[stops["parent_station"] == stop, "stop_id"]})

    def all_platforms(self, stops: Sequence[str]) -> frozenset[str]:
        """Return several stops and what belongs to them.

        Raises
        ------
        Refusal
            When there is no such stop.
        """
        return frozenset().union(*map(self.platforms, stops))

    def stop_name(self, stop: str) -> str:
        """Name a stop, by its id where it has no name."""
        stops = self["stops"]
        return str(stops.loc[stops["stop_id"] == stop, "stop_name"].iloc[0]) or stop

    def trips(self, route: str) -> list[Trip]:
        """Trips of a route in the order of their ids.

        Raises
        ------
        Refusal
            When there is no such route, or none of its trips runs on the day.
        """
        if not self.has_route(route):
            raise Refusal(f"there is no route {route!r} in feed {self.feed.name!r}")
        rows = self["trips"]
        found = self._trips(rows[rows["route_id"] == route])
        if not any(self.runs(trip) for trip in found):
            raise Refusal(f"no trip of route {route!r} runs on {self.date}")
        return found

    def trips_at(self, stops: frozenset[str]) -> list[Trip]:
        """Trips of all routes that call at one of some stops, in the order of their ids."""
        times, rows = self["stop_times"], self["trips"]
        calling = set(times.loc[times["stop_id"].isin(stops), "trip_id"])
        return self._trips(rows[rows["trip_id"].isin(calling)])

    def drop_route(self, route: str) -> None:
        """Take all trips of a route out, and the route."""
        trips = self["trips"]
        self._replace(set(trips.loc[trips["route_id"] == route, "trip_id"]), [])

    def replace(self, old: Iterable[Trip], new: Iterable[Trip]) -> None:
        """Take trips out and put others in; a route without trips goes, and rules for what is gone."""
        self._replace({trip.id for trip in old}, list(new))

    def _replace(self, gone: set[str], come: list[Trip]) -> None:
        trips, times, headways = self["trips"], self["stop_times"], self["frequencies"]
        routes = set(trips.loc[trips["trip_id"].isin(gone), "route_id"])
        self.put("trips", trips[~trips["trip_id"].isin(gone)])
        self.put("stop_times", times[~times["trip_id"].isin(gone)])
        if headways["trip_id"].isin(gone).any():
            self.put("frequencies", headways[~headways["trip_id"].isin(gone)])
        self.add(come)
        self._drop_orphans(routes, gone - {trip.id for trip in come})

    def add(self, trips: Iterable[Trip]) -> None:
        """Put new trips in."""
        come = list(trips)
        there = set(self["trips"]["trip_id"])
        for trip in come:
            if trip.id in there:
                raise Refusal(
                    f"feed {self.feed.name!r} has a trip {trip.id!r} already: the scheme stands in it"
                )
        self.append("trips", (trip.row for trip in come))
        self.append(
            "stop_times",
            (
                {
                    **call.rest,
                    "trip_id": trip.id,
                    "arrival_time": call.arrival_s,
                    "departure_time": call.departure_s,
                    "stop_id": call.stop,
                    "stop_sequence": sequence,
                }
                for trip in come
                for sequence, call in enumerate(trip.calls, start=1)
            ),
        )
        self.append(
            "frequencies",
            (
                {
                    "trip_id": trip.id,
                    "start_time": headway.start_s,
                    "end_time": headway.end_s,
                    "headway_secs": headway.every_s,
                    "exact_times": headway.exact,
                }
                for trip in come
                for headway in trip.headways
            ),
        )

    def place(self, point: CallingPoint, scheme: str) -> str:
        """Return the id of a calling point, after making the stop where it is new.

        Raises
        ------
        Refusal
            When there is no such stop, it has no position, or the new one is there already, elsewhere.
        """
        if point.stop is not None:
            if not self.has_stop(point.stop):
                raise Refusal(f"there is no stop {point.stop!r} in feed {self.feed.name!r}")
            self.position(point.stop)
            return point.stop
        stop_id = f"scheme:{scheme}:{point.id or slug(point.name or '')}"
        if self.has_stop(stop_id):
            if self.position(stop_id) != (point.lon, point.lat):
                raise Refusal(f"stop {stop_id!r} stands elsewhere already; give the new one an id of its own")
            return stop_id
        self.append(
            "stops",
            [
                {
                    "stop_id": stop_id,
                    "stop_name": point.name,
                    "stop_lat": point.lat,
                    "stop_lon": point.lon,
                }
            ],
        )
        return stop_id

    def position(self, stop: str) -> tuple[float, float]:
        """Longitude and latitude of a stop.

        Raises
        ------
        Refusal
            When it has none.
        """
        if self._positions is None:
            # Kept, because every hop of every trip asks for two of them.
            columns = (self["stops"][name].tolist() for name in ("stop_lon", "stop_lat"))
            self._positions = dict(zip(self["stops"]["stop_id"], zip(*columns, strict=True), strict=True))
        lon, lat = self._positions[stop]
        if math.isnan(lon) or math.isnan(lat):
            raise Refusal(f"stop {stop!r} has no position")
        return lon, lat

    def metres(self, start: str, end: str) -> float:
        """Straight-line distance between two stops."""
        (lon, lat), (other_lon, other_lat) = self.position(start), self.position(end)
        across, up = math.radians(other_lon - lon) / 2, math.radians(other_lat - lat) / 2
        cosines = math.cos(math.radians(lat)) * math.cos(math.radians(other_lat))
        return 2 * _EARTH_RADIUS_M * math.asin(math.sqrt(math.sin(up) ** 2 + cosines * math.sin(across) ** 2))

    def hops_s(self, stops: Sequence[str], run: Run, minutes: Sequence[float] | None) -> list[int]:
        """Seconds of each hop between stops, rounded up."""
        if minutes is not None:
            return [math.ceil(round(each * 60, 6)) for each in minutes]
        assert run.speed_kmh is not None  # noqa: S101 - `Run` holds one or the other
        return [
            math.ceil(round(self.metres(one, other) * run.detour * 3.6 / run.speed_kmh, 6))
            for one, other in pairwise(stops)
        ]

    def refuse_too_fast(
        self, calls: Sequence[Call], route_type: int, *, before: Sequence[Call] | None = None
    ) -> None:
        """Refuse hops that no vehicle of the kind can do, by the limits and the rounding by which feeds are checked.

        Parameters
        ----------
        calls
            Calls that follow each other.
        route_type
            Type of their route.
        before
            The same calls as they were: a hop that was too fast already is not the edit's fault, and one between whole
            minutes keeps the minute that these may hide.

        Raises
        ------
        Refusal
            With the first such hop.
        """
        limit = speed_limit_kmh(route_type)
        old = calls if before is None else before
        for (one, other), (was, then) in zip(pairwise(_timed(calls)), pairwise(_timed(old)), strict=True):
            grace = _MINUTE_S if was.departure_s % _MINUTE_S == then.arrival_s % _MINUTE_S == 0 else 0
            metres = self.metres(one.stop, other.stop)
            speed = _kmh(metres, other.arrival_s - one.departure_s, grace)
            if speed > limit and (
                before is None or _kmh(metres, then.arrival_s - was.departure_s, grace) <= limit
            ):
                raise Refusal(
                    f"from {self.stop_name(one.stop)} to {self.stop_name(other.stop)} in "
                    f"{other.arrival_s - one.departure_s} s is {speed:,.0f} km/h, and {limit:,} is the most for such a "
                    "vehicle"
                )

    def _trips(self, rows: pd.DataFrame) -> list[Trip]:
        """Make trips of rows of trips.txt."""
        ids = set(rows["trip_id"])
        times, headways = self["stop_times"], self["frequencies"]
        times = times[times["trip_id"].isin(ids)].sort_values(["trip_id", "stop_sequence"], kind="stable")
        own = ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
        calls: dict[str, list[Call]] = {}
        for row in times.to_dict("records"):
            rest = {str(key): value for key, value in row.items() if key not in own}
            call = Call(row["stop_id"], int(row["arrival_time"]), int(row["departure_time"]), rest)
            calls.setdefault(row["trip_id"], []).append(call)
        repeats: dict[str, list[Headway]] = {}
        for row in headways[headways["trip_id"].isin(ids)].sort_values("start_time").to_dict("records"):
            headway = Headway(row["start_time"], row["end_time"], row["headway_secs"], row["exact_times"])
            repeats.setdefault(row["trip_id"], []).append(headway)
        return [
            Trip(
                {str(key): value for key, value in row.items()},
                tuple(calls[row["trip_id"]]),
                tuple(repeats.get(row["trip_id"], ())),
            )
            for row in rows.sort_values("trip_id").to_dict("records")
            if len(calls.get(row["trip_id"], ())) > 1
        ]

    def _drop_orphans(self, routes: set[str], trips: set[str]) -> None:
        """Drop routes that have lost their last trip, and rules of transfers.txt for what is gone."""
        lost = routes - set(self["trips"]["route_id"])
        if lost:
            self.put("routes", self["routes"][~self["routes"]["route_id"].isin(lost)])
        rules = self["transfers"]
        dead = rules["from_trip_id"].isin(trips) | rules["to_trip_id"].isin(trips)
        dead |= rules["from_route_id"].isin(lost) | rules["to_route_id"].isin(lost)
        if dead.any():
            self.put("transfers", rules[~dead])


def _timed(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if call.arrival_s != MISSING_TIME]


def _kmh(metres: float, taken_s: int, grace_s: int) -> float:
    """Speed of a hop; no time at all counts as a minute."""
    return metres * 3.6 / (_MINUTE_S if taken_s <= 0 else taken_s + grace_s)
