"""Step-free journeys: a feed without the vehicles and the stops that a wheelchair cannot use.

GTFS says of a trip whether its vehicle takes a wheelchair (``trips.wheelchair_accessible``) and of a stop whether a
vehicle can be boarded there without steps (``stops.wheelchair_boarding``); a platform that says nothing is as its
station. In both, 1 is yes, 2 is no, and 0 or an empty cell says nothing: what is not known is counted and named, and
left out or taken in as the caller decides.

Neither column speaks of the walk to the stop, of lifts out of order, or of how many wheelchairs a vehicle holds.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import NoServiceError, ParameterError
from accessibility.feeds.notices import Notice
from accessibility.feeds.schema import Feed

#: What becomes of trips and stops that do not say whether a wheelchair can use them.
Unknown = Literal["exclude", "include"]
_SAYS_NOTHING: Final = 0
_YES: Final = 1
_NO: Final = 2
#: pickup_type and drop_off_type of a call at which nobody gets on or off.
_NONE: Final = 1
#: Columns that name trips; a row that names one that is left out goes with it.
_NAMING_TRIPS: Final = MappingProxyType(
    {
        "trips": ("trip_id",),
        "stop_times": ("trip_id",),
        "frequencies": ("trip_id",),
        "transfers": ("from_trip_id", "to_trip_id"),
    }
)
_PREFIX: Final = "step-free journeys only: "
_IN_WORDS: Final = MappingProxyType(
    {"trips": ("trips", "left out"), "stops": ("stops called at", "neither boarded nor left at")}
)

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


def step_free_feed(feed: Feed, *, unknown: Unknown = "exclude") -> Feed:
    """What is left of a feed for people who need step-free journeys?

    Trips whose vehicle takes no wheelchair are left out. At stops without step-free boarding nobody gets on or off, and
    vehicles pass through them as before: times, distances and the order of calls stay.

    Parameters
    ----------
    feed
        As `accessibility.read_feed` gives it; it is not changed.
    unknown
        ``exclude`` leaves out trips and stops that say nothing, a lower bound; ``include`` takes them for step-free, an
        upper bound.

    Returns
    -------
    Feed
        The same tables with fewer trips, and calls without boarding. Its notices say how many trips and stops are
        step-free, are not, and say nothing.

    Raises
    ------
    NoServiceError
        When no trip is left, or none from which one can get on at one stop and off at a later one.
    ParameterError
        For an `unknown` that is neither.

    Notes
    -----
    GTFS Schedule Reference, stops.txt and trips.txt. Inheritance from the parent station is the reference's own rule.
    """
    if unknown not in get_args(Unknown):
        raise ParameterError(f"unknown is {unknown!r}; use 'exclude' or 'include'")
    vehicles = feed["trips"]["wheelchair_accessible"].to_numpy()
    stops = boarding_of_stops(feed["stops"])
    called = feed["stops"]["stop_id"].isin(feed["stop_times"]["stop_id"].unique()).to_numpy()
    said = (
        _notice(feed, "trips", vehicles, unknown),
        _notice(feed, "stops", stops[called], unknown),
    )
    kept = _usable(vehicles, unknown)
    served = feed["stops"]["stop_id"].astype(object)[_usable(stops, unknown)]
    narrowed = _without_calls(_without_trips(feed, kept), set(served))
    if not _somebody_rides(narrowed["stop_times"]):
        remedy = "; unknown='include' takes in those that do not say" if unknown == "exclude" else ""
        raise NoServiceError(
            f"no step-free journey is left, {', '.join(n.message.removeprefix(_PREFIX) for n in said)}{remedy}",
            file=feed.file("trips"),
            code="no_step_free_service",
        )
    return replace(narrowed, notices=(*feed.notices, *said))


def boarding_of_stops(stops: pd.DataFrame) -> IntArray:
    """Tell of each row of stops.txt whether it can be boarded without steps: 1 yes, 2 no, 0 not known.

    A row that says nothing is as its parent station; a parent's word does not overrule a platform's own.
    """
    own = stops["wheelchair_boarding"].to_numpy(dtype=np.int64)
    parent = pd.Index(stops["stop_id"].astype(object)).get_indexer(stops["parent_station"].astype(object))
    inherits = (own == _SAYS_NOTHING) & (parent >= 0)
    return np.where(inherits, own[parent], own) if len(own) else own


def _usable(says: IntArray, unknown: Unknown) -> BoolArray:
    usable: BoolArray = (says == _YES) | ((says == _SAYS_NOTHING) & (unknown == "include"))
    return usable


def _without_trips(feed: Feed, kept: BoolArray) -> Feed:
    """Leave out trips, with their calls, their frequencies and the changes that name them."""
    gone = list(feed["trips"]["trip_id"].astype(object)[~kept])
    tables, lines = dict(feed.tables), dict(feed.lines)
    for name, columns in _NAMING_TRIPS.items():
        rows = feed[name]
        keep = ~np.logical_or.reduce([rows[column].isin(gone).to_numpy() for column in columns])
        tables[name] = rows[keep].reset_index(drop=True)
        lines[name] = lines.get(name, np.arange(len(rows), dtype=np.int64) + 2)[keep]
    return replace(feed, tables=MappingProxyType(tables), lines=MappingProxyType(lines))


def _without_calls(feed: Feed, served: set[object]) -> Feed:
    """Let nobody get on or off at other stops than these."""
    calls = feed["stop_times"]
    closed = ~calls["stop_id"].astype(object).isin(served).to_numpy()
    shut = {name: calls[name].mask(closed, _NONE) for name in ("pickup_type", "drop_off_type")}
    return replace(feed, tables=MappingProxyType({**feed.tables, "stop_times": calls.assign(**shut)}))


def _somebody_rides(calls: pd.DataFrame) -> bool:
    """Tell whether on some trip one can get on at a call and off at a later one."""
    trip = pd.factorize(calls["trip_id"].astype(object))[0]
    sequence = calls["stop_sequence"].to_numpy()
    on, off = (calls[name].to_numpy() != _NONE for name in ("pickup_type", "drop_off_type"))
    first = pd.Series(sequence[on]).groupby(trip[on]).min()
    last = pd.Series(sequence[off]).groupby(trip[off]).max()
    both = first.index.intersection(last.index)
    return bool((first[both] < last[both]).any())


def _notice(feed: Feed, table: str, says: IntArray, unknown: Unknown) -> Notice:
    """Count what is step-free, what is not, and what says nothing."""
    yes, no, nothing = (int((says == value).sum()) for value in (_YES, _NO, _SAYS_NOTHING))
    what, fate = _IN_WORDS[table]
    silent = fate if unknown == "exclude" else "taken as step-free"
    return Notice(
        code=f"step_free_{table}",
        severity="WARNING",
        message=f"{_PREFIX}of {len(says):,} {what} {yes:,} step-free, {no:,} not ({fate}), {nothing:,} not "
        f"known ({silent})",
        file=feed.file(table),
    )
