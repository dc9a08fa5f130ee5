"""Statistics over the departures of a window: nearest-rank percentiles, nothing interpolated."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from numbers import Integral, Real
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from accessibility.engine.sweep import UNREACHED
from accessibility.errors import ParameterError


def nearest_rank(percentile: float, departures: int) -> int:
    """Which of the sorted departures is the percentile, counted from 1: the nearest rank, never between two.

    The percentile p of n values is the ceil(p n / 100)-th smallest; 0 is the best departure.
    """
    if not 0 <= percentile <= 100:
        raise ParameterError(f"percentile {percentile} is not between 0 and 100")
    return max(1, math.ceil(round(percentile * departures / 100, 9)))


def percentile_of(statistic: str) -> float:
    """Read a statistic's name: ``best``, or ``pNN`` for a percentile of the departures."""
    if statistic == "best":
        return 0.0
    match = re.fullmatch(r"p(\d{1,2}|100)", str(statistic))
    if match is None:
        raise ParameterError(
            f"statistic {statistic!r} is not known; use 'best' or a percentile such as 'p50'"
        )
    return float(match[1])


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether something is a single number, Python's or numpy's; a truth value is none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether something is a single number of an integer type; 2.0 is none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def numbers_of(values: float | Iterable[float], *, name: str) -> list[float]:
    """Read one number or several, in whatever holds them, or refuse: text above all, which would be read by letters."""
    several: Iterable[object] = [values]
    # A numpy array of no dimension says that it can be iterated, and cannot.
    single = isinstance(values, str | bytes) or getattr(values, "shape", None) == ()
    if isinstance(values, Iterable) and not single:
        several = values
    numbers = []
    for value in several:
        if not is_number(value):
            raise ParameterError(f"{name}: {value!r} is no number; give one or several, such as (15, 30)")
        numbers.append(float(value))
    return numbers


def check_percentiles(percentiles: float | Iterable[float]) -> list[int]:
    """Refuse percentiles that are none, are there twice or are not whole; a single number is one percentile."""
    given = numbers_of(percentiles, name="percentiles")
    if not given:
        raise ParameterError("no percentile was asked for; (50,) is the median")
    for value in given:
        if not 0 <= value <= 100 or value != int(value):
            raise ParameterError(f"percentile {value:g} is not a whole number between 0 and 100")
    whole = [int(value) for value in given]
    if len(set(whole)) < len(whole):
        raise ParameterError(f"percentiles {tuple(whole)} name one twice")
    return whole


def check_max_rides(max_rides: int | None) -> None:
    """Refuse a number of rides that is not whole or that no journey has."""
    if max_rides is not None and not (is_whole(max_rides) and 1 <= max_rides <= 20):
        raise ParameterError(
            f"max_rides is {max_rides}; it must be a whole number between 1 and 20, or None for any number"
        )


def check_cutoff(cutoff_min: float, max_time_min: float) -> None:
    """Refuse a cutoff that is no time, or one beyond the longest journey of interest."""
    if not (is_number(cutoff_min) and 0 < cutoff_min <= max_time_min):
        raise ParameterError(
            f"the cutoff is {cutoff_min} minutes; it must be above 0 and at most max_time_min, {max_time_min}"
        )


def as_minutes(seconds: npt.NDArray[np.uint16]) -> npt.NDArray[np.float64]:
    """Seconds as float minutes, +inf where unreached."""
    return np.where(seconds == UNREACHED, np.inf, seconds / 60.0)
