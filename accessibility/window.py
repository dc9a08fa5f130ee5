"""The departure window: the whole minutes at which people leave home."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from accessibility.errors import ParameterError

STEP_S: Final = 60
#: Arrivals are kept in 16 bits of seconds after the window's start, the highest value meaning "not reached".
LONGEST_S: Final = 65_534
#: A timetable holds all trips from its day's start until noon of the next day.
COVERED_S: Final = 129_600


@dataclass(frozen=True)
class Window:
    """Departures at ``start_s``, ``start_s + 60``, … before the window's end, and how long a journey may take."""

    start_s: int
    departures: int
    max_time_s: int

    @property
    def horizon_s(self) -> int:
        """Seconds after the start by which the last departure must have arrived."""
        return (self.departures - 1) * STEP_S + self.max_time_s


def whole_seconds(minutes: float) -> int:
    """Whole seconds within a limit in minutes: 8.2 minutes hold 492, whatever the float says."""
    return math.floor(round(minutes * 60, 6))


def parse_window(window: tuple[str, str], *, max_time_min: float) -> Window:
    """Read a half-open window such as ``("07:00", "09:00")``, which holds 120 departures.

    Parameters
    ----------
    window
        Start and end as ``HH:MM`` of the service day; hours may pass 24.
    max_time_min
        Longest journey of interest; beyond it a destination counts as unreachable.

    Raises
    ------
    ParameterError
        For a time that is none, an end not after the start, or more than 18 hours in all.
    """
    try:
        first, last = window
    except (TypeError, ValueError):
        raise ParameterError(
            f"the window {window!r} needs a start and an end, such as ('07:00', '09:00')"
        ) from None
    start, end = _minutes(first), _minutes(last)
    if end <= start:
        raise ParameterError(f"the window ends at {window[1]} and must end after its start, {window[0]}")
    if not 0 < max_time_min <= LONGEST_S / 60:
        raise ParameterError(f"max_time_min is {max_time_min}; it must be above 0 and at most 1,092 minutes")
    result = Window(start_s=start * 60, departures=end - start, max_time_s=whole_seconds(max_time_min))
    if result.horizon_s > LONGEST_S:
        raise ParameterError(
            f"the window {window[0]}-{window[1]} and {max_time_min} minutes of travel exceed 18 hours together; ask in parts"
        )
    return result


def check_covered(window: Window, *, by_arrival: bool = False) -> None:
    """Refuse a window that looks beyond the time on which a timetable has laid all its trips.

    Raises
    ------
    ParameterError
        For departures whose journeys could end after noon of the next day, or arrivals whose journeys could begin before
        the day's start.
    """
    if by_arrival and window.start_s < window.max_time_s:
        raise ParameterError(
            f"arrivals from {clock_times(window)[0]} look back {window.max_time_s / 60:g} minutes, before the service day's "
            "start; ask for the day before, with 24 hours added to the window, or for a shorter max_time_min"
        )
    latest = (
        window.start_s + (window.departures - 1) * STEP_S if by_arrival else window.start_s + window.horizon_s
    )
    if latest > COVERED_S:
        raise ParameterError(
            f"the window from {clock_times(window)[0]} looks beyond 36:00, noon of the next day, where this service day's "
            "timetable ends; ask for the next day instead"
        )


def _minutes(text: str) -> int:
    match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", str(text))
    if match is None:
        raise ParameterError(f"{text!r} is not a time of day; write it as HH:MM, for example 07:00")
    return int(match[1]) * 60 + int(match[2])


def clock_times(window: Window) -> list[str]:
    """Name the window's minutes as ``HH:MM`` of the service day."""
    first = window.start_s // 60
    return [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(first, first + window.departures)]
