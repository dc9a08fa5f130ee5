"""Schemes: named changes of a timetable, what they cost, and where that is known from.

A scheme is a short TOML table with one or more edits; applied to GTFS feeds it gives GTFS feeds, so that whatever
answers for the timetable of today answers for that of the scheme. An edit that contradicts the feed is refused.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from pydantic import Field, field_validator, model_validator

from accessibility.feeds.gtfs import Feed, services_on
from accessibility.timetables.service_date import parse_date
from corridors.errors import SchemeError
from corridors.evidence import with_citations
from corridors.schemes.draft import Draft
from corridors.schemes.files import read_records, refuse_twice
from corridors.schemes.new_lines import add_line, add_station, extend
from corridors.schemes.service import change_interchange, close, retime, run_more_often, speed_up
from corridors.schemes.specs import (
    CallingPoint,
    Closed,
    Edit,
    Extension,
    Faster,
    Ids,
    Interchange,
    MoreFrequent,
    Named,
    NewLine,
    NewStation,
    Period,
    Record,
    Retimed,
)
from corridors.schemes.trips import Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

__all__ = [
    "CallingPoint", "Closed", "Cost", "Extension", "Faster", "Interchange", "MoreFrequent", "NewLine", "NewStation",
    "Onward", "Period", "Retimed", "Scheme", "apply_schemes", "read_schemes", "resilience_schemes",
]  # fmt: skip

log = logging.getLogger(__name__)


class Cost(Record):
    """Capital cost in millions of pounds: a low, a central and a high estimate."""

    low: float = Field(ge=0)
    central: float = Field(ge=0)
    high: float = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.central <= self.high:
            raise ValueError(
                f"low, central and high must rise, not {self.low:g}, {self.central:g}, {self.high:g}"
            )
        return self


class Onward(Record):
    """A journey on from a place, as a constant: it is told beside results and edits no timetable."""

    name: str = Field(min_length=1)
    to: str = Field(min_length=1)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    minutes: float = Field(gt=0)
    source: str = Field(min_length=1)
    assumed: bool = False

    @field_validator("source")
    @classmethod
    def _cited(cls, text: str) -> str:
        return with_citations(text)


class Scheme(Named):
    """A scheme: edits of a timetable, and what is known of it.

    Attributes
    ----------
    id, name
        The id stands in the ids of all that the scheme adds, ``scheme:<id>:…``.
    edit
        The edits, applied in this order.
    cost_m
        £m; None where it is not known.
    corridor
        Ids of the corridors it serves.
    source, verified
        Where the facts are from, and whether somebody has checked them against it.
    opening
        When it opens or opened, in words.
    assumed
        What in the edits is assumed, in words, such as run times.
    note
        Anything else.
    onward
        Journeys on from its places.
    """

    edit: tuple[Edit, ...] = ()
    cost_m: Cost | None = None
    corridor: Ids | tuple[()] = ()
    opening: str = ""
    assumed: str = ""
    onward: tuple[Onward, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.edit and not self.onward:
            raise ValueError("a scheme has at least one edit, or a journey onward")
        return self

    @property
    def kind(self) -> str:
        """The kinds of its edits, each once, joined by ``+``; ``onward`` for a scheme without edits."""
        return "+".join(dict.fromkeys(edit.kind for edit in self.edit)) or "onward"

    @property
    def corridor_ids(self) -> tuple[str, ...]:
        """Ids of the corridors it serves."""
        return self.corridor


def read_schemes(path: str | Path) -> tuple[Scheme, ...]:
    """Read the schemes of a TOML file, or of all TOML files of a folder.

    Parameters
    ----------
    path
        A file of ``[[scheme]]`` tables, or a folder of such files, which are taken in the order of their names;
        ``[[scenario]]`` tables beside them are left aside.

    Returns
    -------
    tuple of Scheme
        In the order of the file. A file without any gives none.

    Raises
    ------
    SchemeError
        When the file is missing, is not TOML, has a key missing, unknown or wrong, or two schemes share an id; with the
        file, the scheme and the edit.

    Examples
    --------
    >>> schemes = corridors.read_schemes(metro.parents[1] / "schemes" / "metro.toml")
    >>> [scheme.id for scheme in schemes]
    ['metro-wednesbury-brierley-hill', 'metro-eastside', 'metro-east-birmingham-solihull']
    """
    return read_records(path, Scheme, table="scheme")


def apply_schemes(feeds: Sequence[Feed], schemes: Sequence[Scheme], *, date: str | dt.date) -> list[Feed]:
    """Apply schemes to feeds, one after the other, each edit on what the ones before it left.

    Parameters
    ----------
    feeds
        As `accessibility.read_feed` gives them; they stay as they are.
    schemes
        The schemes of a package, or a list of one. No scheme gives the feeds as they are.
    date
        The service day, ``YYYY-MM-DD`` or a date: what does not run on it cannot be changed.

    Returns
    -------
    list of Feed
        The feeds in their order, checked, ready for `accessibility.timetables.timetable.timetable_of` and
        `accessibility.write_feed`; a feed that no edit touches is the very same. One that is left without any trip on
        the date is left out, and said so in the log. Ids that are new begin with ``scheme:``.

    Raises
    ------
    SchemeError
        When an edit contradicts the feeds; with the scheme, the number of the edit and the reason. Also when nothing is
        left to run.

    Examples
    --------
    >>> schemes = corridors.read_schemes(metro.parents[1] / "schemes" / "metro.toml")
    >>> (edited,) = corridors.apply_schemes([acc.read_feed(metro)], schemes[:1], date="2026-03-10")
    >>> edited
    <Feed metro: agency 1, stops 45, routes 3, trips 6, stop_times 152, calendar 2, frequencies 24, feed_info 1; 0 notices>
    """
    day = parse_date(date)
    refuse_twice([scheme.id for scheme in schemes], what="scheme")
    drafts = [Draft(feed, day) for feed in feeds]
    for scheme in schemes:
        for number, edit in enumerate(scheme.edit, start=1):
            try:
                _apply(_draft_for(edit, drafts), edit, scheme=scheme.id, number=number)
            except Refusal as refusal:
                raise SchemeError(f"scheme {scheme.id!r}, edit {number} ({edit.kind}): {refusal}") from None
    running = []
    for draft in drafts:
        # A feed that no edit touches stays, even without service: whoever lays out the day refuses it by its name.
        if draft.still_runs():
            running.append(draft.finish())
        else:
            log.warning("%s: no trip is left on %s, and the feed is left out", draft.feed.name, day)
    if drafts and not running:
        raise SchemeError(f"scheme {schemes[-1].id!r} leaves nothing that runs on {day}")
    return running


def resilience_schemes(feeds: Sequence[Feed], *, date: str | dt.date) -> tuple[Scheme, ...]:
    """Make one scheme for each line that runs on a date, by which that line is closed.

    Parameters
    ----------
    feeds
        As for `apply_schemes`.
    date
        The service day.

    Returns
    -------
    tuple of Scheme
        One per route of ``routes.txt`` with a trip on the date, by feed and route id; their ids are
        ``closed:<feed>:<route>``, blanks, commas and semicolons in them replaced by ``_``.
    """
    day = parse_date(date)
    schemes = []
    for feed in sorted(feeds, key=lambda each: each.name):
        trips, routes = feed["trips"], feed["routes"]
        on = set(trips.loc[trips["service_id"].isin(services_on(feed, day)), "route_id"])
        names = routes[["route_id", "route_short_name", "route_long_name"]].astype(str)
        for route, short, long in sorted(names[names["route_id"].isin(on)].to_numpy().tolist()):
            line = " ".join(part for part in (short, long) if part)
            schemes.append(
                Scheme(
                    id=re.sub(r"[\s;,]", "_", f"closed:{feed.name}:{route}"),
                    name=f"{line or route} closed",
                    source="made from the timetable, to see what depends on this line",
                    verified=True,
                    edit=(Closed(feed=feed.name, route=route),),
                )
            )
    refuse_twice([scheme.id for scheme in schemes], what="scheme")
    return tuple(schemes)


def _apply(draft: Draft, edit: Edit, *, scheme: str, number: int) -> None:
    """Do one edit, by its kind."""
    match edit:
        case NewLine():
            add_line(draft, edit, scheme=scheme, number=number)
        case Extension():
            extend(draft, edit, scheme=scheme)
        case NewStation():
            add_station(draft, edit, scheme=scheme)
        case MoreFrequent():
            run_more_often(draft, edit, scheme=scheme, number=number)
        case Faster():
            speed_up(draft, edit)
        case Retimed():
            retime(draft, edit)
        case Closed():
            close(draft, edit, scheme=scheme, number=number)
        case Interchange():
            change_interchange(draft, edit)


def _draft_for(edit: Edit, drafts: Sequence[Draft]) -> Draft:
    """Find the feed of an edit: the one it names, else the only one that has its routes and stops."""
    if edit.feed is not None:
        named = [draft for draft in drafts if draft.feed.name == edit.feed]
        if not named:
            feeds = ", ".join(repr(draft.feed.name) for draft in drafts)
            raise Refusal(f"there is no feed {edit.feed!r}; there are {feeds}")
        return named[0]
    routes, stops = _names(edit)
    fitting = [
        draft
        for draft in drafts
        if all(map(draft.has_route, routes)) and (routes or all(map(draft.has_stop, stops)))
    ]
    if len(fitting) == 1:
        return fitting[0]
    what = ", ".join(
        [*(f"route {route!r}" for route in routes), *(f"stop {stop!r}" for stop in stops if not routes)]
    )
    if not fitting:
        raise Refusal(
            f"no feed has {what}" if len(routes) + len(stops) == 1 else f"no one feed has all of {what}"
        )
    feeds = " and ".join(repr(draft.feed.name) for draft in fitting)
    raise Refusal(f"it could belong to any of the feeds {feeds}; name one as feed")


def _names(edit: Edit) -> tuple[list[str], list[str]]:
    """Routes and stops that an edit takes for known."""
    match edit:
        case NewLine():
            points = [*edit.calls, *(edit.calls_back or ())]
            return [], [point.stop for point in points if point.stop is not None]
        case NewStation():
            return list(edit.routes), [stop for end in edit.between for stop in end]
        case Interchange():
            return [], list(edit.between)
        case Closed():
            stops = [*(edit.stop or ()), *(stop for end in edit.between or () for stop in end)]
            return ([] if edit.route is None else [edit.route]), stops
        case _:
            return [edit.route], []
