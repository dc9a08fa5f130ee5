"""One journey explained leg by leg."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.engine.guide import Guide, durations_from, guide_to
from accessibility.engine.sweep import UNREACHED
from accessibility.engine.tracing import Ride, Trace, change_walk_s, place, trace
from accessibility.errors import InputError, ParameterError
from accessibility.networks.network import Network
from accessibility.networks.walking import Placed
from accessibility.points import Points, as_points
from accessibility.timetables.timetable import Timetable
from accessibility.window import parse_window

#: Parts of a journey, in the order in which they occur.
PARTS: Final = (
    "direct walk",
    "access walk",
    "first wait",
    "ride",
    "change walk",
    "change wait",
    "egress walk",
)

_LEG_TYPES: Final = {
    "leg": "int64",
    "part": "object",
    "mode": "object",
    "line": "object",
    "headsign": "object",
    "from": "object",
    "to": "object",
    "depart": "object",
    "arrive": "object",
    "minutes": "float64",
    "stops": "int64",
    "from_id": "object",
    "to_id": "object",
    "trip_id": "object",
    "depart_s": "int64",
    "arrive_s": "int64",
}


def explain(
    network: Network,
    origin: gpd.GeoDataFrame,
    destination: gpd.GeoDataFrame,
    *,
    depart: str = "07:30",
    max_time_min: float = 120,
) -> pd.DataFrame:
    """How does one get from a place to another, leaving at a given minute: leg by leg?

    The legs join end to end, from the departure to the arrival: their seconds add up to what
    `accessibility.travel_times` says for the window of that one departure.

    Parameters
    ----------
    network
        As `accessibility.build_network` gives it.
    origin
        One point with an ``id``, any CRS.
    destination
        One point, or the rows of one ``group``: the first of them to be reached counts.
    depart
        Minute of departure, ``HH:MM`` of the service day; hours may pass 24.
    max_time_min
        A journey that takes longer counts as none.

    Returns
    -------
    pandas.DataFrame
        One row per leg: ``leg`` (1, 2, …); ``part`` of the journey (one of `PARTS`); ``mode`` (walk, wait, or the
        route's: bus, rail, …); ``line`` and ``headsign`` of a ride; ``from`` and ``to`` (names of stops, ids of the
        origin and of the destination's point); ``depart`` and ``arrive`` as ``HH:MM:SS`` of the service day; ``minutes``;
        ``stops`` travelled by a ride, else 0; ``from_id``, ``to_id`` and ``trip_id``; ``depart_s`` and ``arrive_s``,
        seconds of the service day. Walks and waits of no time are left out, except a walk that is the whole journey; a
        journey that ends at the destination's own stop thus ends with the ride.
        So the table is empty exactly when the destination cannot be reached in time; it then has the same columns.

    Raises
    ------
    InputError
        For points that cannot be used, or not exactly one origin and one destination.
    ParameterError
        For a departure that is no time of day or a time out of range.

    Notes
    -----
    Of the journeys that arrive at the same second the one shown has the fewest rides, then the least time on foot and
    kept for changes, then boards and alights earliest; further ties follow the order of stops and lines in the
    timetable. A journey on foot alone wins a tie. The first vehicle that can be caught is taken: waiting at home for a
    later one is not suggested. A change's time to spare, which the timetable's rules ask for, is part of its wait; where
    transfers.txt gives a change a time of its own, its walk is at most that long.

    Examples
    --------
    >>> legs = acc.explain(network, homes[:1], centres[:1], depart="08:00")
    >>> legs[["leg", "part", "mode", "minutes"]].round(1)
       leg         part  mode  minutes
    0    1  access walk  walk      1.5
    1    2   first wait  wait      3.9
    2    3         ride  tram     25.0
    3    4  egress walk  walk      0.0
    """
    window = parse_window((depart, _minute_after(depart)), max_time_min=max_time_min)
    here = as_points(origin, crs=network.crs, name="origin")
    there = as_points(destination, crs=network.crs, name="destination", grouped=True)
    for name, points in (("origin", here), ("destination", there)):
        if len(points.ids) != 1:
            raise InputError(
                f"{name}: a journey is explained for one {name}, and there are {len(points.ids)}"
            )
    guide = guide_to(network, here, there, window)
    duration_s = int(durations_from(guide, 0)[0, 0])
    if duration_s == UNREACHED:
        return legs_table([])
    found = trace(guide, origin=0, lane=0, slot=0, duration_s=duration_s)
    return legs_table(legs_of_trace(guide, found, Ends(here, 0, there, 0, destination["id"].to_numpy())))


def _minute_after(depart: str) -> str:
    """End of the window of one departure; what is no time of day is left for `parse_window` to refuse."""
    hours, _, minutes = str(depart).partition(":")
    if not (hours.isdecimal() and minutes.isdecimal()):
        return depart
    if (int(hours), int(minutes)) == (99, 59):
        # Its end cannot be written as HH:MM; whatever else is too late is refused with the window.
        raise ParameterError(f"depart is {depart!r}, long after the service day's timetable has ended")
    after = int(hours) * 60 + int(minutes) + 1
    return f"{after // 60:02d}:{after % 60:02d}"


class Ends(NamedTuple):
    """Where a journey begins and which points it may end at."""

    origins: Points
    origin: int
    destinations: Points
    lane: int
    point_ids: npt.NDArray[np.object_]

    def nearest(self, network: Network, start: Placed, *, max_min: float) -> object:
        """Id of the destination's point that is the shortest walk away; the first of equals."""
        rows = np.flatnonzero(self.destinations.lane == self.lane)
        walks = network.walks(network.placed(self.destinations.xy[rows]), start, max_min=max_min)
        reached = np.repeat(rows, np.diff(walks.ptr))
        return self.point_ids[reached[int(np.argmin(walks.seconds))]]


class _Leg(NamedTuple):
    """One leg; times in seconds after the window's start, ends as (id, name)."""

    part: str
    mode: str
    start: tuple[object, object]
    end: tuple[object, object]
    depart_s: int
    arrive_s: int
    line: object = ""
    headsign: object = ""
    trip_id: object = ""
    stops: int = 0


def legs_of_trace(guide: Guide, found: Trace, ends: Ends) -> list[dict[str, object]]:
    """Write a traced journey as rows of the legs table."""
    legs = [leg for leg in _legs(guide, found, ends) if _shown(leg)]
    return [_row(number, leg, start_s=guide.window.start_s) for number, leg in enumerate(legs, start=1)]


def _shown(leg: _Leg) -> bool:
    return leg.arrive_s > leg.depart_s or leg.part in ("ride", "direct walk")


def _legs(guide: Guide, found: Trace, ends: Ends) -> Iterator[_Leg]:
    network, limits = guide.network, guide.network.limits
    home = (ends.origins.ids[ends.origin],) * 2
    if not found.rides:
        start = network.placed(ends.origins.xy[[ends.origin]])
        goal = ends.nearest(network, start, max_min=limits.max_direct_min)
        yield _Leg("direct walk", "walk", home, (goal, goal), found.leave_s, found.arrive_s)
        return
    at, here = found.leave_s + found.access_s, _stop(network.timetable, found.rides[0].board)
    yield _Leg("access walk", "walk", home, here, found.leave_s, at)
    for number, ride in enumerate(found.rides):
        there = _stop(network.timetable, ride.board)
        if number:
            walked = at + change_walk_s(network, found.rides[number - 1], ride)
            yield _Leg("change walk", "walk", here, there, at, walked)
            at = walked
        boards = int(network.timetable.departure_s[ride.board]) - guide.window.start_s
        yield _Leg("change wait" if number else "first wait", "wait", there, there, at, boards)
        at, here = (
            int(network.timetable.arrival_s[ride.alight]) - guide.window.start_s,
            _stop(network.timetable, ride.alight),
        )
        yield _ride(network.timetable, ride, there, here, boards, at)
    last = int(network.timetable.chain_stop[place(network.timetable, found.rides[-1].alight)[1]])
    stop = network.stops.rows(np.array([last]))
    goal = ends.nearest(network, stop, max_min=limits.max_egress_min)
    yield _Leg("egress walk", "walk", here, (goal, goal), at, at + found.egress_s)


def _stop(table: Timetable, call: int) -> tuple[object, object]:
    stop = table.stops.iloc[table.chain_stop[place(table, call)[1]]]
    return stop["stop_id"], _text(stop["stop_name"]) or stop["stop_id"]


def _ride(
    table: Timetable,
    ride: Ride,
    start: tuple[object, object],
    end: tuple[object, object],
    depart_s: int,
    arrive_s: int,
) -> _Leg:
    chain = place(table, ride.board)[0]
    calls = int(table.chain_stop_ptr[chain + 1] - table.chain_stop_ptr[chain])
    run = int(table.chain_run_ptr[chain]) + (ride.board - int(table.chain_call_ptr[chain])) // calls
    trip, route = table.trips.iloc[table.run_trip[run]], table.routes.iloc[table.chain_route[chain]]
    return _Leg(
        "ride", str(route["mode"]), start, end, depart_s, arrive_s, _line(route), _text(trip["headsign"]),
        trip["trip_id"], ride.alight - ride.board,
    )  # fmt: skip


def _line(route: pd.Series) -> str:
    """What a line is called on the street: its short name, else its long one, else its id."""
    return _text(route["short_name"]) or _text(route["long_name"]) or str(route["route_id"])


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - NaN


def _row(number: int, leg: _Leg, *, start_s: int) -> dict[str, object]:
    depart_s, arrive_s = start_s + leg.depart_s, start_s + leg.arrive_s
    return {
        "leg": number,
        "part": leg.part,
        "mode": leg.mode,
        "line": leg.line,
        "headsign": leg.headsign,
        "from": leg.start[1],
        "to": leg.end[1],
        "depart": clock(depart_s),
        "arrive": clock(arrive_s),
        "minutes": (arrive_s - depart_s) / 60,
        "stops": leg.stops,
        "from_id": leg.start[0],
        "to_id": leg.end[0],
        "trip_id": leg.trip_id,
        "depart_s": depart_s,
        "arrive_s": arrive_s,
    }


def clock(seconds: int) -> str:
    """Seconds of the service day as ``HH:MM:SS``; hours pass 24 after midnight, as in the feeds."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def legs_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Give rows of `legs_of_trace` the columns and types that `explain` promises; no rows give an empty table."""
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in _LEG_TYPES.items()}
    )
