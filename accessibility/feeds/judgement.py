"""A feed judged for a date, and its stops for a place: the parts of a report that need whole tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from accessibility.errors import InputError, ToolkitError
from accessibility.feeds.call_checks import call_notices, order_calls
from accessibility.feeds.calls import trip_calls
from accessibility.feeds.figures import DayFigures, day_figures, no_hours
from accessibility.feeds.notices import Notice
from accessibility.feeds.places import AreaFigures, StreetFigures, far_stops, stops_in_area, stops_on_streets
from accessibility.feeds.schema import Feed
from accessibility.feeds.speeds import find_speeds
from accessibility.streets.streets import StreetNetwork
from accessibility.timetables.service_date import ChosenDate, judge_date, representative_date
from accessibility.timetables.timetable import Timetable, timetable_of


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a feed is on a date; the date is None where none could be chosen."""

    date: dt.date | None
    reason: str
    day: DayFigures | None
    trips_by_hour: pd.DataFrame
    area: AreaFigures | None
    streets: StreetFigures | None
    notices: tuple[Notice, ...]


def judge_feed(
    feed: Feed,
    date: str | dt.date | ChosenDate,
    *,
    today: dt.date,
    readable: bool,
    area: gpd.GeoDataFrame | None,
    streets: StreetNetwork | None,
) -> Judgement:
    """Judge a feed whose tables are whole.

    Parameters
    ----------
    feed
        Its tables.
    date
        The service date, ``"auto"``, or a date chosen already, with its reason.
    today
        For calendars that have expired.
    readable
        Whether a run would read the feed; if not, its day is not laid out, and why is known already.
    area, streets
        Polygons and walkable streets, where there are any.
    """
    order = order_calls(feed, pd.Index(feed["trips"]["trip_id"].astype(object)))
    calls = trip_calls(feed, order)
    chosen, notices = _chosen(feed, date)
    day, by_hour = None, no_hours()
    if chosen is not None:
        notices += judge_date(feed, chosen.date, today=today)
        day, by_hour = day_figures(feed, calls, chosen.date)
    notices += call_notices(feed, order)
    notices += _of_the_run(feed, chosen, notices, readable=readable)
    speeds = find_speeds(feed, calls)
    notices += (*speeds.notices, *far_stops(feed, fast_stops=speeds.fast_stops))
    in_area, of_area = stops_in_area(feed, area) if area is not None else (None, ())
    on_streets, of_streets = stops_on_streets(feed, streets) if streets is not None else (None, ())
    return Judgement(
        date=chosen.date if chosen else None,
        reason=chosen.reason if chosen else "",
        day=day,
        trips_by_hour=by_hour,
        area=in_area,
        streets=on_streets,
        notices=(*notices, *of_area, *of_streets),
    )


def as_notice(error: ToolkitError) -> Notice:
    """Turn a refusal into the finding that it is."""
    if isinstance(error, InputError):
        return Notice(error.code or "refused", "ERROR", error.reason, error.file, error.row)
    return Notice("refused", "ERROR", str(error))


def lay_out(feeds: Sequence[Feed], date: dt.date) -> Timetable | Notice:
    """Lay out the day of some feeds as a run does; where that is refused, give the finding for which it is."""
    try:
        return timetable_of(feeds, date=date)
    except ToolkitError as error:
        return as_notice(error)


def _chosen(feed: Feed, date: str | dt.date | ChosenDate) -> tuple[ChosenDate | None, tuple[Notice, ...]]:
    if isinstance(date, ChosenDate):
        return date, ()
    if isinstance(date, dt.date):
        return ChosenDate(date, "as asked"), ()
    try:
        return representative_date(feed), ()
    except ToolkitError as error:
        return None, (as_notice(error),)


def _of_the_run(
    feed: Feed, chosen: ChosenDate | None, found: tuple[Notice, ...], *, readable: bool
) -> tuple[Notice, ...]:
    """What a run would say and the checks have not: lay out the day where nothing is known that forbids it."""
    if chosen is None or not readable or any(notice.severity == "ERROR" for notice in found):
        return ()
    laid = lay_out([feed], chosen.date)
    if isinstance(laid, Notice):
        return (laid,)
    said = {notice.sentence() for notice in (*feed.notices, *found)}
    notes = [note.removeprefix(f"{feed.name}: ") for note in laid.notes if note not in said]
    return tuple(Notice("note_of_the_timetable", "INFO", note, feed.source) for note in notes)
