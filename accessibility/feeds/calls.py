"""All calls of a feed in the order of travel, for the figures and checks that look at every trip, not at one day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.feeds.call_checks import CallOrder
from accessibility.feeds.gtfs import MISSING_TIME, Feed
from accessibility.feeds.places import arc_m, unit_vectors

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TripCalls:
    """Calls by trip and in the order of travel; trips without a call are absent.

    Attributes
    ----------
    trip
        Position in trips.txt of each trip that calls anywhere.
    ptr
        Calls of trip *i* are ``ptr[i]:ptr[i + 1]`` of the arrays that follow.
    position
        Position of the call in stop_times.txt.
    stop
        Position of its stop in stops.txt.
    arrival_s, departure_s
        Its times, one standing in for the other; `MISSING_TIME` where neither is there.
    step_m
        Straight metres from the trip's call before; 0 at its first call, not a number where a stop has no position.
    """

    trip: IntArray
    ptr: IntArray
    position: IntArray
    stop: IntArray
    arrival_s: IntArray
    departure_s: IntArray
    step_m: FloatArray

    @property
    def trip_of_call(self) -> IntArray:
        """Which of the trips each call belongs to."""
        return np.repeat(np.arange(len(self.trip)), np.diff(self.ptr))


def trip_calls(feed: Feed, order: CallOrder) -> TripCalls:
    """Lay out the calls of a feed in the order of travel, and measure the steps between them.

    Parameters
    ----------
    feed
        A readable feed; its times may be missing or run backwards.
    order
        Its calls in order, the trips as they stand in trips.txt.

    Returns
    -------
    TripCalls
        Empty arrays for a feed without a call.
    """
    times = feed["stop_times"]
    trip = np.flatnonzero(np.diff(order.ptr))
    starts = order.ptr[:-1][trip]
    stop = positions(times["stop_id"], feed["stops"]["stop_id"])[order.position]
    arrival = times["arrival_time"].to_numpy()[order.position]
    departure = times["departure_time"].to_numpy()[order.position]
    return TripCalls(
        trip=trip,
        ptr=np.concatenate([starts, order.ptr[-1:]]),
        position=order.position,
        stop=stop,
        arrival_s=np.where(arrival == MISSING_TIME, departure, arrival),
        departure_s=np.where(departure == MISSING_TIME, arrival, departure),
        step_m=_steps_m(feed["stops"], stop, starts),
    )


def positions(values: pd.Series, keys: pd.Series) -> IntArray:
    """Positions of categorical ids among the keys of another table; -1 for one that is not there."""
    found = pd.Index(keys.astype(object)).get_indexer(values.cat.categories)
    return np.asarray(found, dtype=np.int64)[values.cat.codes.to_numpy()]


def _steps_m(stops: pd.DataFrame, stop: IntArray, starts: IntArray) -> FloatArray:
    where = unit_vectors(stops)[stop]
    steps = np.zeros(len(stop))
    steps[1:] = arc_m(where[1:], where[:-1])
    steps[starts] = 0.0
    return steps
