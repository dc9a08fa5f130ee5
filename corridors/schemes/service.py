"""Edits of what runs already: more frequent, faster, closed, and changes that take another time."""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final

from accessibility.feeds.gtfs import MISSING_TIME
from corridors.schemes.trips import Call, Headway, Refusal, Trip, listed, listed_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corridors.schemes.draft import Draft
    from corridors.schemes.specs import Closed, Faster, Interchange, MoreFrequent, Period, Retimed

Ends = tuple[frozenset[str], frozenset[str]]

_HOUR_S: Final = 3600
_MINUTE_S: Final = 60
#: A change that takes a time of its own, in transfers.txt.
_TIMED_TRANSFER: Final = 2


def run_more_often(draft: Draft, edit: MoreFrequent, *, scheme: str, number: int) -> None:
    """Add departures of a route in each direction, or lay those of periods anew.

    Raises
    ------
    Refusal
        When the route does not run on the day, nothing can be added in the periods, or as many departures run already.
    """
    added = 0
    for trips in _directions(draft, [trip for trip in draft.trips(edit.route) if draft.runs(trip)]):
        if edit.add_per_hour is not None:
            starts = _added_starts(trips, edit.periods, edit.add_per_hour)
            kept = trips
        else:
            starts, kept = _laid_anew(edit, trips)
            draft.replace(trips, kept)
        main = _principal(trips)
        draft.add(_departures(main, starts, tag=f"scheme:{scheme}:{number}"))
        added += len(starts)
    if not added:
        raise Refusal("the periods are too short for a single departure more")


def speed_up(draft: Draft, edit: Faster) -> None:
    """Shorten the run times of a route, or lengthen them; waits stay, and the departure from the first call does.

    Raises
    ------
    Refusal
        When the route does not run on the day, none of its trips of the day calls at both stops, or a hop would be
        faster than any vehicle of the mode.
    """
    trips = draft.trips(edit.route)
    ends = None if edit.between is None else _ends(draft, edit.between)
    touched = [trip for trip in trips if ends is None or _crossings(trip, ends)]
    if edit.between is not None and not any(draft.runs(trip) for trip in touched):
        raise Refusal(
            f"no trip of route {edit.route!r} that runs on {draft.date} calls at both "
            f"{listed_ends(edit.between)}"
        )
    kind = draft.route_type(edit.route)
    changed = []
    for trip in touched:
        calls = list(trip.calls)
        for first, last in [(0, len(calls) - 1)] if ends is None else _crossings(trip, ends):
            before, calls = calls, _paced(trip.id, calls, first, last, 1 - edit.percent / 100)
            draft.refuse_too_fast(calls[first : last + 1], kind, before=before[first : last + 1])
        changed.append(trip.with_calls(calls))
    draft.replace(touched, changed)


def retime(draft: Draft, edit: Retimed) -> None:
    """Let all trips of a route set out later.

    Raises
    ------
    Refusal
        When the route does not run on the day.
    """
    trips = draft.trips(edit.route)
    draft.replace(trips, [trip.later(edit.later_min * _MINUTE_S) for trip in trips])


def close(draft: Draft, edit: Closed, *, scheme: str, number: int) -> None:
    """Take a route, the calls at a stop, or all that goes between two stops out of the feed.

    Raises
    ------
    Refusal
        When what is closed is not there, or does not run on the day.
    """
    if edit.stop is None and edit.between is None:
        assert edit.route is not None  # noqa: S101 - `Closed` holds one of the three
        draft.trips(edit.route)  # refuses what does not run
        draft.drop_route(edit.route)
        return
    one, other = _ends(draft, edit.between or (edit.stop or (), edit.stop or ()))
    trips = draft.trips_at(one) if edit.route is None else draft.trips(edit.route)
    if edit.between is None:
        touched = [trip for trip in trips if one & set(trip.pattern)]
        parts = [_part(trip, [call for call in trip.calls if call.stop not in one]) for trip in touched]
    else:
        touched = [trip for trip in trips if _crossings(trip, (one, other))]
        parts = [_cut(trip, (one, other), tag=f"scheme:{scheme}:{number}") for trip in touched]
    if not any(draft.runs(trip) for trip in touched):
        what = (
            f"calls at {listed(edit.stop or ())}"
            if edit.between is None
            else f"goes between {listed_ends(edit.between)}"
        )
        of = "" if edit.route is None else f" of route {edit.route!r}"
        raise Refusal(f"no trip{of} that runs on {draft.date} {what}: there is nothing to close")
    draft.replace(touched, [part for some in parts for part in some])


def change_interchange(draft: Draft, edit: Interchange) -> None:
    """Set the time that a change between two stops or stations takes, in place of rules for their platforms.

    Raises
    ------
    Refusal
        When a stop is not there.
    """
    one, other = map(draft.platforms, edit.between)
    ways = {edit.between, edit.between[::-1]} if edit.both_ways else {edit.between}
    rules = draft["transfers"]
    general = (rules[["from_route_id", "to_route_id", "from_trip_id", "to_trip_id"]] == "").all(axis=1)
    old = rules["from_stop_id"].isin(one) & rules["to_stop_id"].isin(other)
    if edit.both_ways:
        old |= rules["from_stop_id"].isin(other) & rules["to_stop_id"].isin(one)
    draft.put("transfers", rules[~(general & old)])
    draft.append(
        "transfers",
        (
            {
                "from_stop_id": start,
                "to_stop_id": end,
                "transfer_type": _TIMED_TRANSFER,
                "min_transfer_time": edit.min_transfer_s,
            }
            for start, end in sorted(ways)
        ),
    )


def _directions(draft: Draft, trips: Sequence[Trip]) -> list[list[Trip]]:
    """Part the trips of a route by direction: as the feed tells it, else by where they go from first call to last."""
    told: dict[int, list[Trip]] = {}
    for trip in trips:
        told.setdefault(int(trip.row["direction_id"]), []).append(trip)
    parted = [told[direction] for direction in sorted(told) if direction >= 0]
    if -1 in told:
        east, north = _heading(draft, _principal(told[-1])[0])
        out, back = list[Trip](), list[Trip]()
        for trip in told[-1]:
            along = _heading(draft, trip)
            (out if along[0] * east + along[1] * north >= 0 else back).append(trip)
        parted += [some for some in (out, back) if some]
    return parted


def _heading(draft: Draft, trip: Trip) -> tuple[float, float]:
    """How far east and north a trip goes, on a common scale."""
    (lon, lat), (to_lon, to_lat) = (draft.position(trip.calls[end].stop) for end in (0, -1))
    return (to_lon - lon) * math.cos(math.radians(lat)), to_lat - lat


def _principal(trips: Sequence[Trip]) -> list[Trip]:
    """Trips with the calls that most departures have; of equals, the calls that come first by their ids."""
    departures: Counter[tuple[str, ...]] = Counter()
    for trip in trips:
        departures[trip.pattern] += len(trip.starts)
    pattern = min(departures, key=lambda each: (-departures[each], each))
    return [trip for trip in trips if trip.pattern == pattern]


def _added_starts(trips: Sequence[Trip], periods: Sequence[Period], per_hour: int) -> list[int]:
    """Choose further departures, hour by hour, each the whole minute farthest from all there are so far."""
    taken = sorted(start for trip in trips for start in trip.starts)
    spans = [(period.start_s, period.end_s) for period in periods] or [(taken[0], taken[-1])]
    added: list[int] = []
    for start, end in sorted(spans):
        for hour in range(start, end, _HOUR_S):
            length = min(hour + _HOUR_S, end) - hour
            # Of an hour that the period cuts short, its part, rounded half up.
            for _ in range(math.floor(per_hour * length / _HOUR_S + 0.5)):
                best = max(
                    range(hour, hour + length, _MINUTE_S), key=lambda minute: (_away(minute, taken), -minute)
                )
                taken.insert(bisect_left(taken, best), best)
                added.append(best)
    return sorted(added)


def _away(minute: int, taken: Sequence[int]) -> int:
    """Seconds from a minute to the nearest departure."""
    at = bisect_left(taken, minute)
    return min(abs(minute - each) for each in taken[max(at - 1, 0) : at + 1])


def _laid_anew(edit: MoreFrequent, trips: Sequence[Trip]) -> tuple[list[int], list[Trip]]:
    """Departures by the periods' headways, and the trips without those of the periods on the principal calls."""
    main = {trip.id for trip in _principal(trips)}
    ids = sorted(main)
    starts: list[int] = []
    for period in edit.periods:
        now = [
            start
            for trip in trips
            if trip.id in main
            for start in trip.starts
            if period.start_s <= start < period.end_s
        ]
        if len(now) >= len(period.starts):
            raise Refusal(
                f"from {period.start} to {period.end} every {period.every_min:g} min is {len(period.starts)} departures, and "
                f"{len(now)} run already, such as trip {ids[0]!r}"
            )
        starts += period.starts
    kept = [left for trip in trips for left in (_outside(trip, edit.periods) if trip.id in main else [trip])]
    return sorted(starts), kept


def _outside(trip: Trip, periods: Sequence[Period]) -> list[Trip]:
    """Leave of a trip what does not set out in the periods: nothing, or the trip, perhaps with fewer headways."""
    if not trip.headways:
        start = trip.starts[0]
        return [] if any(p.start_s <= start < p.end_s for p in periods) else [trip]
    headways = list(trip.headways)
    for period in periods:
        headways = [
            part for headway in headways for part in _headway_outside(headway, period.start_s, period.end_s)
        ]
    return [dataclasses.replace(trip, headways=tuple(headways))] if headways else []


def _headway_outside(headway: Headway, start_s: int, end_s: int) -> list[Headway]:
    """Part a headway into its departures before and after a span."""
    before = dataclasses.replace(headway, end_s=min(headway.end_s, start_s))
    steps = max(0, math.ceil((end_s - headway.start_s) / headway.every_s))
    after = dataclasses.replace(headway, start_s=headway.start_s + steps * headway.every_s)
    if not steps:
        return [headway]
    return [part for part in (before, after) if part.start_s < part.end_s]


def _departures(main: Sequence[Trip], starts: Iterable[int], *, tag: str) -> list[Trip]:
    """Make trips for departures, each like the one of the principal calls that sets out nearest in time."""
    by_start = sorted((start, trip.id, at) for at, trip in enumerate(main) for start in trip.starts)
    like: dict[int, list[int]] = {}
    for start in starts:
        nearest = min(by_start, key=lambda each: (abs(each[0] - start), each[0], each[1]))
        like.setdefault(nearest[2], []).append(start)
    trips = []
    for at in sorted(like):
        old = main[at]
        if old.headways:
            headways = tuple(Headway(start, start + 1, _HOUR_S) for start in like[at])
            row = {**old.row, "trip_id": f"{tag}:{old.id}", "block_id": ""}
            trips.append(Trip(row, old.calls, headways))
            continue
        for count, start in enumerate(like[at], start=1):
            row = {**old.row, "trip_id": f"{tag}:{old.id}:{count}", "block_id": ""}
            shift = start - old.calls[0].departure_s
            trips.append(Trip(row, tuple(call.moved(shift) for call in old.calls)))
    return trips


def _ends(draft: Draft, between: tuple[Sequence[str], Sequence[str]]) -> Ends:
    """Take the two ends of a way with their platforms."""
    return draft.all_platforms(between[0]), draft.all_platforms(between[1])


def _crossings(trip: Trip, ends: Ends) -> list[tuple[int, int]]:
    """Positions of calls between which a trip goes from one end to the other, either way, in the order of travel."""
    found: list[tuple[int, int]] = []
    last: tuple[int, int] | None = None
    for at, stop in enumerate(trip.pattern):
        for side, end in enumerate(ends):
            if stop in end:
                if last is not None and last[1] != side:
                    found.append((last[0], at))
                last = (at, side)
    return found


def _paced(trip_id: str, calls: Sequence[Call], first: int, last: int, factor: float) -> list[Call]:
    """Run times between two calls times a factor, from one timed call to the next, rounded up; later calls follow."""
    if MISSING_TIME in (calls[first].arrival_s, calls[last].arrival_s):
        raise Refusal(f"trip {trip_id!r} has no time at one of the two stops")
    paced, shift, before = list(calls), 0, calls[first].departure_s
    for at in range(first + 1, len(calls)):
        call = calls[at]
        if call.arrival_s == MISSING_TIME:
            continue
        if at <= last:
            run = call.arrival_s - before
            shift += math.ceil(round(run * factor, 6)) - run
            before = call.departure_s
        paced[at] = call.moved(shift)
    return paced


def _cut(trip: Trip, ends: Ends, *, tag: str) -> list[Trip]:
    """Cut a trip into what lies before, between and after its ways from one end to the other."""
    starts, stops = zip(*_crossings(trip, ends), strict=True)
    pieces: list[Trip] = []
    for count, (first, last) in enumerate(zip((0, *stops), (*starts, len(trip.calls) - 1), strict=True)):
        row = {**trip.row, "trip_id": f"{tag}:{trip.id}:{count}", "block_id": ""} if count else trip.row
        pieces += _part(dataclasses.replace(trip, row=row), trip.calls[first : last + 1])
    return pieces


def _part(trip: Trip, calls: Sequence[Call]) -> list[Trip]:
    """Keep a part of a trip at the times it had, if two calls are left.

    A part that would begin or end at a call without times does so at the next or last that has them.
    """
    timed = [at for at, call in enumerate(calls) if call.arrival_s != MISSING_TIME]
    kept = calls[timed[0] : timed[-1] + 1] if timed else ()
    return [trip.with_calls(kept)] if len(kept) > 1 else []
