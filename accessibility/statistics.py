"""Statistics over the departures of a window: nearest-rank percentiles, nothing interpolated."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from accessibility.errors import ParameterError
from accessibility.sweep import UNREACHED


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
    match = re.fullmatch(r"p(\d{1,2}|100)", statistic)
    if match is None:
        raise ParameterError(
            f"statistic {statistic!r} is not known; use 'best' or a percentile such as 'p50'"
        )
    return float(match[1])


def check_percentiles(percentiles: Sequence[float]) -> list[int]:
    """Refuse percentiles that are none, are there twice or are not whole."""
    if not percentiles:
        raise ParameterError("no percentile was asked for; (50,) is the median")
    for value in percentiles:
        if not 0 <= value <= 100 or value != int(value):
            raise ParameterError(f"percentile {value} is not a whole number between 0 and 100")
    whole = [int(value) for value in percentiles]
    if len(set(whole)) < len(whole):
        raise ParameterError(f"percentiles {tuple(percentiles)} name one twice")
    return whole


def check_cutoff(cutoff_min: float, max_time_min: float) -> None:
    """Refuse a cutoff that is no time, or one beyond the longest journey of interest."""
    if not 0 < cutoff_min <= max_time_min:
        raise ParameterError(
            f"the cutoff is {cutoff_min} minutes; it must be above 0 and at most max_time_min, {max_time_min}"
        )


def as_minutes(seconds: npt.NDArray[np.uint16]) -> npt.NDArray[np.float64]:
    """Seconds as float minutes, +inf where unreached."""
    return np.where(seconds == UNREACHED, np.inf, seconds / 60.0)
