"""Edits that take a line to places it did not serve: a new line, an extension, a new station."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from accessibility.feeds.gtfs import MISSING_TIME, WEEKDAYS, service_span
from corridors.schemes.trips import Call, Headway, Refusal, Trip, listed, listed_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridors.schemes.draft import Draft
    from corridors.schemes.specs import Extension, NewLine, NewStation

#: Basic route types of GTFS.
_ROUTE_TYPES: Final = {"tram": 0, "metro": 1, "rail": 2, "bus": 3, "ferry": 4}
_WORKING_DAYS: Final = 5
#: A station between two others may lengthen the straight line between them by a half, and so many metres.
_OFF_LINE: Final = 1.5
_OFF_LINE_M: Final = 500.0


def add_line(draft: Draft, edit: NewLine, *, scheme: str, number: int) -> None:
    """Add a line with its stops, its calendar, and one repeated trip in each direction.

    Raises
    ------
    Refusal
        When a stop or the operator is not there, or a hop is faster than any vehicle of the mode.
    """
    line = f"scheme:{scheme}:{number}"
    if draft.has_route(line):
        raise Refusal(f"feed {draft.feed.name!r} has a route {line!r} already: the scheme stands in it")
    agency = _operator(draft, edit.operator)
    ways = [("out", 0, edit.calls, edit.run_min)]
    if edit.both_directions:
        turned = None if edit.run_min is None else edit.run_min[::-1]
        ways.append(("back", 1, edit.calls_back or edit.calls[::-1], edit.run_back_min or turned))
    headways = tuple(Headway(p.start_s, p.end_s, p.every_s) for p in edit.periods)
    trips = []
    for way, direction, points, minutes in ways:
        stops = [draft.place(point, scheme) for point in points]
        calls = _calls_along(stops, draft.hops_s(stops, edit, minutes), dwell_s=edit.dwell_s)
        draft.refuse_too_fast(calls, _ROUTE_TYPES[edit.mode])
        row = {
            "route_id": line,
            "service_id": line,
            "trip_id": f"{line}:{way}",
            "trip_headsign": draft.stop_name(stops[-1]),
            "direction_id": direction,
        }
        trips.append(Trip(row, calls, headways))
    ends = [draft.stop_name(trips[0].calls[end].stop) for end in (0, -1)]
    draft.append(
        "routes",
        [
            {
                "route_id": line,
                "agency_id": agency,
                "route_short_name": edit.line,
                "route_long_name": " - ".join(ends),
                "route_type": _ROUTE_TYPES[edit.mode],
            }
        ],
    )
    _add_service(draft, line)
    draft.add(trips)


def extend(draft: Draft, edit: Extension, *, scheme: str) -> None:
    """Let the trips of a route that begin or end at a stop begin or end farther out.

    Raises
    ------
    Refusal
        When the route or the stop is not there, no trip of the day begins or ends there, a trip would begin before its
        service day, or a hop is faster than any vehicle of the mode.
    """
    trips = draft.trips(edit.route)
    ends = draft.all_platforms(edit.beyond)
    touched = [trip for trip in trips if trip.calls[0].stop in ends or trip.calls[-1].stop in ends]
    if not any(draft.runs(trip) for trip in touched):
        raise Refusal(
            f"no trip of route {edit.route!r} that runs on {draft.date} begins or ends at {listed(edit.beyond)}"
        )
    beyond = [draft.place(point, scheme) for point in edit.calls]
    kind = draft.route_type(edit.route)
    extended = []
    for trip in touched:
        longer = trip
        if trip.calls[-1].stop in ends:
            longer = _farther(draft, longer, edit, beyond)
            draft.refuse_too_fast(longer.calls[-len(beyond) - 1 :], kind)
        if trip.calls[0].stop in ends:
            longer = _from_farther(draft, longer, edit, beyond)
            draft.refuse_too_fast(longer.calls[: len(beyond) + 1], kind)
        extended.append(longer)
    draft.replace(touched, extended)


def add_station(draft: Draft, edit: NewStation, *, scheme: str) -> None:
    """Let trips call between two stops that follow each other on their way.

    Raises
    ------
    Refusal
        When a route, trip or stop is not there, the station does not lie on the line, no trip of the day passes, or the
        times around it are not known or faster than any vehicle.
    """
    ends = (draft.all_platforms(edit.between[0]), draft.all_platforms(edit.between[1]))
    station = draft.place(edit.station, scheme)
    _refuse_off_line(draft, edit, station)
    left = set(edit.trips)
    for route in edit.routes:
        trips = draft.trips(route)
        chosen = [trip for trip in trips if not edit.trips or trip.id in edit.trips]
        left -= {trip.id for trip in chosen}
        passing = [trip for trip in chosen if _hops_between(trip, *ends)]
        if not any(draft.runs(trip) for trip in passing):
            raise Refusal(
                f"no trip of route {route!r} that runs on {draft.date} goes straight from one to the other of "
                f"{listed_ends(edit.between)}: the station is not on this line"
            )
        kind = draft.route_type(route)
        draft.replace(passing, [_calling(draft, trip, edit, station, ends, kind) for trip in passing])
    if left:
        raise Refusal(f"trip {min(left)!r} is none of {listed(edit.routes)}")


def _operator(draft: Draft, asked: str | None) -> str:
    """Take the operator named, or the only one of the feed."""
    agencies = draft["agency"]["agency_id"].tolist()
    if asked is None and len(agencies) > 1:
        raise Refusal(
            f"feed {draft.feed.name!r} has {len(agencies)} operators; name one as operator: {listed(agencies)}"
        )
    if asked is not None and asked not in agencies:
        raise Refusal(
            f"there is no operator {asked!r} in feed {draft.feed.name!r}; it has {listed(agencies)}"
        )
    return str(agencies[0] if asked is None else asked)


def _add_service(draft: Draft, service: str) -> None:
    """Let a service run on working days, or on the day's own day of the week, over the feed's whole time."""
    span = service_span(draft.feed)
    if span is None or not span[0] <= draft.date <= span[1]:
        raise Refusal(f"the calendars of feed {draft.feed.name!r} do not cover {draft.date}")
    today = draft.date.weekday()
    days = range(_WORKING_DAYS) if today < _WORKING_DAYS else (today,)
    start, end = (int(date.strftime("%Y%m%d")) for date in span)
    runs = {name: int(day in days) for day, name in enumerate(WEEKDAYS)}
    draft.append("calendar", [{"service_id": service, **runs, "start_date": start, "end_date": end}])
    draft.services.add(service)


def _calls_along(stops: Sequence[str], hops_s: Sequence[int], *, dwell_s: int) -> tuple[Call, ...]:
    """Lay calls from zero, with a wait at every call but the first and the last."""
    calls, now = [Call(stops[0], 0, 0)], 0
    for at, (stop, hop) in enumerate(zip(stops[1:], hops_s, strict=True), start=1):
        arrival = now + hop
        now = arrival + (dwell_s if at < len(hops_s) else 0)
        calls.append(Call(stop, arrival, now))
    return tuple(calls)


def _farther(draft: Draft, trip: Trip, edit: Extension, beyond: list[str]) -> Trip:
    """Let a trip go on beyond its last call."""
    last = trip.calls[-1]
    leaves = max(last.departure_s, last.arrival_s + edit.dwell_s)
    turn = dataclasses.replace(last, departure_s=leaves).allowing(pickup_type=0)
    stops = [last.stop, *beyond]
    further = _calls_along(stops, draft.hops_s(stops, edit, edit.run_min), dwell_s=edit.dwell_s)
    calls = (*trip.calls[:-1], turn, *(call.moved(leaves) for call in further[1:]))
    row = {**trip.row, "trip_headsign": draft.stop_name(beyond[-1])}
    return dataclasses.replace(trip, row=row, calls=calls)


def _from_farther(draft: Draft, trip: Trip, edit: Extension, beyond: list[str]) -> Trip:
    """Let a trip begin farther out, and be at its first call as before."""
    first = trip.calls[0]
    comes = min(first.arrival_s, first.departure_s - edit.dwell_s)
    turn = dataclasses.replace(first, arrival_s=comes).allowing(drop_off_type=0)
    stops = [*beyond[::-1], first.stop]
    minutes = None if edit.run_min is None else edit.run_min[::-1]
    before = _calls_along(stops, draft.hops_s(stops, edit, minutes), dwell_s=edit.dwell_s)
    moved = [call.moved(comes - before[-1].arrival_s) for call in before[:-1]]
    return trip.with_calls([*moved, turn, *trip.calls[1:]])


def _hops_between(trip: Trip, one: frozenset[str], other: frozenset[str]) -> list[int]:
    """Calls of a trip after which it goes straight from one end to the other, either way."""
    ways = ((one, other), (other, one))
    return [
        at
        for at, (here, there) in enumerate(pairwise(trip.pattern))
        if any(here in start and there in end for start, end in ways)
    ]


def _calling(
    draft: Draft,
    trip: Trip,
    edit: NewStation,
    station: str,
    ends: tuple[frozenset[str], frozenset[str]],
    kind: int,
) -> Trip:
    """Put a call into a trip wherever it passes; all that follows is later by the wait."""
    hops = set(_hops_between(trip, *ends))
    calls: list[Call] = []
    later = 0
    for at, call in enumerate(trip.calls):
        calls.append(call.moved(later))
        if at not in hops:
            continue
        here, there = call, trip.calls[at + 1]
        if MISSING_TIME in (here.departure_s, there.arrival_s):
            raise Refusal(f"trip {trip.id!r} has no times on either side of the station")
        share = _share(draft, edit, station, onward=here.stop in ends[0], hop=(here.stop, there.stop))
        arrives = here.departure_s + later + math.ceil(round(share * (there.arrival_s - here.departure_s), 6))
        calls.append(Call(station, arrives, arrives + edit.penalty_s))
        later += edit.penalty_s
        draft.refuse_too_fast([*calls[-2:], there.moved(later)], kind)
    return trip.with_calls(calls)


def _share(draft: Draft, edit: NewStation, station: str, *, onward: bool, hop: tuple[str, str]) -> float:
    """How much of the run time lies before the station, on a hop from the first end to the second or back."""
    if edit.share is not None:
        return edit.share if onward else 1 - edit.share
    before, after = draft.metres(hop[0], station), draft.metres(station, hop[1])
    return before / (before + after) if before + after else 0.5


def _refuse_off_line(draft: Draft, edit: NewStation, station: str) -> None:
    """Refuse a station that lies far off the way between its neighbours."""
    one, other = (end[0] for end in edit.between)
    around = draft.metres(one, station) + draft.metres(station, other)
    straight = draft.metres(one, other)
    if around > _OFF_LINE * straight + _OFF_LINE_M:
        raise Refusal(
            f"{draft.stop_name(station)} is not on the line: from {draft.stop_name(one)} to {draft.stop_name(other)} it is "
            f"{straight / 1000:.1f} km, and {around / 1000:.1f} km over it"
        )
