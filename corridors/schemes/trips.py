"""What an edit of a timetable handles: a trip with its calls and headways, as values; and the reason of a refusal."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accessibility.feeds.gtfs import MISSING_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Refusal(Exception):  # noqa: N818 - it carries a reason, and becomes a SchemeError where scheme and edit are known
    """Why an edit contradicts the feed, as a clause without a full stop."""


@dataclass(frozen=True)
class Call:
    """One call; ``rest`` holds the other columns of stop_times.txt."""

    stop: str
    arrival_s: int
    departure_s: int
    rest: dict[str, Any] = field(default_factory=dict)

    def moved(self, seconds: int) -> Call:
        """Return the same call, later; a call without times stays without."""
        if self.arrival_s == MISSING_TIME:
            return self
        return dataclasses.replace(
            self, arrival_s=self.arrival_s + seconds, departure_s=self.departure_s + seconds
        )

    def allowing(self, **rules: int) -> Call:
        """Return the same call under other rules for boarding and alighting."""
        return dataclasses.replace(self, rest={**self.rest, **rules})


@dataclass(frozen=True)
class Headway:
    """A row of frequencies.txt."""

    start_s: int
    end_s: int
    every_s: int
    exact: int = 1

    @property
    def starts(self) -> range:
        """Departures from the first call."""
        return range(self.start_s, self.end_s, self.every_s)


@dataclass(frozen=True)
class Trip:
    """A trip with its calls and headways; ``row`` holds its columns of trips.txt."""

    row: dict[str, Any]
    calls: tuple[Call, ...]
    headways: tuple[Headway, ...] = ()

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["trip_id"])

    @property
    def pattern(self) -> tuple[str, ...]:
        """Stops at which it calls, in order."""
        return tuple(call.stop for call in self.calls)

    @property
    def starts(self) -> list[int]:
        """Its departures from the first call, seconds."""
        if self.headways:
            return sorted(start for headway in self.headways for start in headway.starts)
        return [self.calls[0].departure_s]

    def later(self, seconds: int) -> Trip:
        """Return the same trip setting out later; of a repeated one the headways move, for its calls tell run times alone."""
        if not self.headways:
            return dataclasses.replace(self, calls=tuple(call.moved(seconds) for call in self.calls))
        headways = tuple(
            dataclasses.replace(h, start_s=h.start_s + seconds, end_s=h.end_s + seconds)
            for h in self.headways
        )
        return dataclasses.replace(self, headways=headways)

    def with_calls(self, calls: Sequence[Call]) -> Trip:
        """Return the same trip with other calls; its headways follow the departure from the first one.

        Raises
        ------
        Refusal
            When it would leave before the service day begins.
        """
        earlier = self.calls[0].departure_s - calls[0].departure_s
        if not self.headways:
            if calls[0].arrival_s < 0:
                raise Refusal(f"trip {self.id!r} would begin before the service day does")
            return dataclasses.replace(self, calls=tuple(calls))
        if min(headway.start_s for headway in self.headways) < earlier:
            raise Refusal(f"trip {self.id!r} would begin before the service day does")
        headways = tuple(
            dataclasses.replace(h, start_s=h.start_s - earlier, end_s=h.end_s - earlier)
            for h in self.headways
        )
        # Only the times between the calls of a repeated trip count; they are kept from falling below zero.
        lift = max(0, -calls[0].arrival_s)
        return dataclasses.replace(self, calls=tuple(call.moved(lift) for call in calls), headways=headways)


def slug(name: str) -> str:
    """Write a name as an id: small letters and figures, joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "")).strip("-") or "stop"


def listed(ids: Iterable[str]) -> str:
    """List ids for a sentence."""
    return ", ".join(map(repr, ids))


def listed_ends(between: tuple[Sequence[str], Sequence[str]]) -> str:
    """Name the two ends of a way for a sentence."""
    return " and ".join(" or ".join(map(repr, end)) for end in between)
