"""The calls of a feed in the order of travel, and what is wrong with them.

One pass over stop_times.txt serves both the laying of a service day, which refuses the first error, and the report on a
feed, which lists all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.feeds.gtfs import MISSING_TIME, Feed
from accessibility.feeds.notices import Notice, Severity, refusal

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CallOrder:
    """Calls by trip and in the order of travel.

    Attributes
    ----------
    position
        Position of each call in stop_times.txt.
    trip
        Its trip, as a position among the trips given.
    ptr
        Calls of trip *i* are ``ptr[i]:ptr[i + 1]``; none for a trip that calls nowhere.
    """

    position: IntArray
    trip: IntArray
    ptr: IntArray


def order_calls(feed: Feed, trip_ids: pd.Index) -> CallOrder:
    """Bring the rows of stop_times.txt into the order of travel.

    Parameters
    ----------
    feed
        Checked tables.
    trip_ids
        All trips of the feed, in the order wanted.

    Returns
    -------
    CallOrder
        Every call of the feed; calls with the same stop_sequence stay in the order of the file.
    """
    times = feed["stop_times"]
    of_category = trip_ids.get_indexer(times["trip_id"].cat.categories)
    trip = of_category[times["trip_id"].cat.codes.to_numpy()].astype(np.int64)
    order = np.argsort((trip << 32) + times["stop_sequence"].to_numpy(dtype=np.int64), kind="stable")
    ends = np.cumsum(np.bincount(trip, minlength=len(trip_ids)))
    return CallOrder(order.astype(np.int64), trip[order], np.concatenate([[0], ends]).astype(np.int64))


def check_calls(feed: Feed) -> tuple[Notice, ...]:
    """List what is wrong with the calls of a feed, over all its trips, whether they run on a date or not.

    Parameters
    ----------
    feed
        As `accessibility.feeds.gtfs.read_feed` gives it.

    Returns
    -------
    tuple of Notice
        One per kind, with its first row and its count. ERROR ``duplicate_key``: a stop_sequence twice in a trip. ERROR
        ``missing_trip_edge``: the first or last call of a trip without its times. ERROR
        ``stop_time_with_only_arrival_or_departure_time``. ERROR ``start_and_end_range_out_of_order``: a departure before
        the arrival at the same call. ERROR ``stop_time_with_arrival_before_previous_departure_time``. WARNING
        ``unusable_trip``: a trip that calls at fewer than two stops. INFO ``stop_time_without_times``: a call between
        two timed ones that has no time and will be given one.
    """
    ids = pd.Index(feed["trips"]["trip_id"].astype(object))
    return call_notices(feed, order_calls(feed, ids))


def call_notices(feed: Feed, order: CallOrder) -> tuple[Notice, ...]:
    """List what is wrong with calls that have been brought into order; see `check_calls`."""
    times = feed["stop_times"]
    arrival, departure, sequence = (
        times[column].to_numpy()[order.position]
        for column in ("arrival_time", "departure_time", "stop_sequence")
    )
    no_arrival, no_departure = arrival == MISSING_TIME, departure == MISSING_TIME
    lengths = np.diff(order.ptr)
    edge = _edges(order, lengths)
    twice = np.zeros(len(sequence), dtype=np.bool_)
    twice[1:] = (np.diff(order.trip) == 0) & (np.diff(sequence) == 0)
    findings: tuple[tuple[str, Severity, str, BoolArray], ...] = (
        ("duplicate_key", "ERROR", "has the stop_sequence of another call of its trip", twice),
        (
            "missing_trip_edge",
            "ERROR",
            "the first or last call of a trip has no arrival_time or no departure_time",
            edge & (no_arrival | no_departure),
        ),
        (
            "stop_time_with_only_arrival_or_departure_time",
            "ERROR",
            "only one of arrival_time and departure_time is there; give both or neither",
            ~edge & (no_arrival != no_departure),
        ),
        (
            "start_and_end_range_out_of_order",
            "ERROR",
            "the departure_time lies before the arrival_time",
            ~no_arrival & ~no_departure & (departure < arrival),
        ),
        (
            "stop_time_with_arrival_before_previous_departure_time",
            "ERROR",
            "the arrival_time lies before the time it should follow, the departure from the call before",
            _backwards(order, arrival, departure),
        ),
        (
            "stop_time_without_times",
            "INFO",
            "has no time; one is interpolated by distance",
            ~edge & no_arrival & no_departure,
        ),
    )
    notices = [
        _first(feed, order.position[bad], (code, severity, message))
        for code, severity, message, bad in findings
        if bad.any()
    ]
    return (*notices, *_unusable(feed, order, lengths))


def refuse_errors(notices: tuple[Notice, ...]) -> None:
    """Raise the first ERROR, by its row.

    Raises
    ------
    FeedError
        When there is one; the others are counted in its sentence.
    """
    errors = sorted((n for n in notices if n.severity == "ERROR"), key=lambda n: n.row or 0)
    if errors:
        raise refusal(errors)


def _edges(order: CallOrder, lengths: IntArray) -> BoolArray:
    """First and last calls of the trips."""
    edge = np.zeros(len(order.trip), dtype=np.bool_)
    called = lengths > 0
    edge[order.ptr[:-1][called]] = edge[order.ptr[1:][called] - 1] = True
    return edge


def _backwards(order: CallOrder, arrival: IntArray, departure: IntArray) -> BoolArray:
    """Arrivals before the departure from the last call before that has one, with untimed calls between or not."""
    timed = np.flatnonzero((arrival != MISSING_TIME) & (departure != MISSING_TIME))
    found = np.zeros(len(order.trip), dtype=np.bool_)
    same_trip = np.diff(order.trip[timed]) == 0
    found[timed[1:]] = same_trip & (arrival[timed[1:]] < departure[timed[:-1]])
    return found


def _unusable(feed: Feed, order: CallOrder, lengths: IntArray) -> tuple[Notice, ...]:
    """Trips with a single call; those with none are found with the references between files."""
    single = order.position[order.ptr[:-1][lengths == 1]]
    if not len(single):
        return ()
    trips = feed["trips"]["trip_id"].astype(object)
    named = pd.Index(feed["stop_times"]["trip_id"].astype(object).to_numpy()[single])
    rows = np.sort(pd.Index(trips).get_indexer(named))
    message = f"trip {trips.iloc[int(rows[0])]!r} calls at one stop only and does not run"
    row = feed.row("trips", int(rows[0]))
    return (Notice("unusable_trip", "WARNING", message, feed.file("trips"), row, len(rows)),)


def _first(feed: Feed, positions: IntArray, kind: tuple[str, Severity, str]) -> Notice:
    code, severity, message = kind
    row = feed.row("stop_times", int(positions.min()))
    return Notice(code, severity, message, feed.file("stop_times"), row, len(positions))
