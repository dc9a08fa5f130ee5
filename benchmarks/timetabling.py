"""A day's trips for the made lines: headways by time of day, run times that follow the traffic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from line_plan import Line
from street_grid import Floats

Ints = npt.NDArray[np.int64]
_HOUR = 3600
#: From each hour on, a headway is this multiple of the peak's.
_PERIODS = ((5.0, 2.0), (6.5, 1.0), (9.5, 1.25), (15.5, 1.0), (18.5, 2.0))
_LAST_DEPARTURE_H = 24.0
#: Share by which the traffic lengthens a run that sets out at each hour; slow enough that no trip overtakes another.
_TRAFFIC = (
    (5.0, 0.0),
    (6.5, 0.0),
    (8.0, 0.2),
    (9.5, 0.08),
    (15.0, 0.08),
    (17.0, 0.2),
    (19.0, 0.03),
    (24.0, 0.0),
)


@dataclass(frozen=True, eq=False)
class Trips:
    """A day's trips; per trip `line` and `direction`, per call the rest (`stop` counts through all lines' calls)."""

    line: Ints
    direction: Ints
    trip: Ints
    sequence: Ints
    stop: Ints
    arrival_s: Ints
    departure_s: Ints


def schedule(lines: list[Line], rng: np.random.Generator, *, trips: int, whole_minutes: bool) -> Trips:
    """Lay about `trips` trips over the day, in proportion to the lines' headways.

    Parameters
    ----------
    lines
        Lines with relative headways.
    rng
        Chooses when each direction's first trip leaves.
    trips
        How many in all, about.
    whole_minutes
        Cut all times to the minute, as many real feeds do: calls at equal times and hops of no seconds occur.

    Returns
    -------
    Trips
        By line, direction and departure.
    """
    wanted = sum(2 / line.headway for line in lines)
    minutes_per_headway = trips / (wanted * _departures_at_one_minute())
    parts, first_call = [], 0
    for i, line in enumerate(lines):
        headway_s = line.headway / minutes_per_headway * 60
        for direction, calls in enumerate(line.directions):
            starts = _departures(headway_s, rng)
            arrival, departure = _times(starts, calls.run_s, calls.dwell_s)
            if whole_minutes:
                arrival, departure = arrival // 60 * 60, departure // 60 * 60
            parts.append((i, direction, first_call, arrival, departure))
            first_call += len(calls.stops)
    return _flat(parts)


def _departures_at_one_minute() -> float:
    ends = [start for start, _ in _PERIODS[1:]] + [_LAST_DEPARTURE_H]
    return sum((end - start) * 60 / multiple for (start, multiple), end in zip(_PERIODS, ends, strict=True))


def _departures(headway_s: float, rng: np.random.Generator) -> Ints:
    starts = []
    at = _PERIODS[0][0] * _HOUR + rng.uniform(0, headway_s)
    while at < _LAST_DEPARTURE_H * _HOUR:
        starts.append(round(at))
        multiple = [multiple for start, multiple in _PERIODS if at >= start * _HOUR][-1]
        at += max(headway_s * multiple, 60.0)
    return np.array(starts, dtype=np.int64)


def _times(starts: Ints, run_s: Floats, dwell_s: Ints) -> tuple[Ints, Ints]:
    hours, extra = np.array(_TRAFFIC).T
    slower = 1 + np.interp(starts / _HOUR, hours, extra)
    driven = np.round(slower[:, None] * run_s).astype(np.int64) + starts[:, None]
    waited = np.cumsum(dwell_s)
    return driven + waited - dwell_s, driven + waited


def _flat(parts: list[tuple[int, int, int, Ints, Ints]]) -> Trips:
    columns: list[list[Ints]] = [[] for _ in range(7)]
    trip = 0
    for line, direction, first_call, arrival, departure in parts:
        runs, calls = arrival.shape
        number = np.arange(calls)
        for column, values in zip(
            columns,
            (
                np.full(runs, line),
                np.full(runs, direction),
                np.repeat(np.arange(trip, trip + runs), calls),
                np.tile(number, runs),
                np.tile(number + first_call, runs),
                arrival.ravel(),
                departure.ravel(),
            ),
            strict=True,
        ):
            column.append(values)
        trip += runs
    return Trips(*(np.concatenate(column) for column in columns))
