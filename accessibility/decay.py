"""Decay functions: how much an opportunity counts by the minutes it takes to reach it. Each call makes a function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from accessibility.errors import ParameterError

FloatArray = npt.NDArray[np.float64]
#: Takes minutes, +inf where unreachable, and gives weights of the same shape; 0 for +inf.
Decay = Callable[[FloatArray], FloatArray]


def step(*, cutoff_min: float) -> Decay:
    """Count 1 up to the cutoff, inclusive, and 0 beyond: the cumulative measure.

    Examples
    --------
    >>> acc.decay.step(cutoff_min=45)(np.array([30.0, 45.0, 46.0]))
    array([1., 1., 0.])
    """
    _positive(cutoff_min=cutoff_min)
    return lambda minutes: (minutes <= cutoff_min).astype(np.float64)


def linear(*, zero_min: float) -> Decay:
    """Fall evenly from 1 at no time to 0 at `zero_min` and stay there.

    Examples
    --------
    >>> acc.decay.linear(zero_min=60)(np.array([0.0, 30.0, 90.0]))
    array([1. , 0.5, 0. ])
    """
    _positive(zero_min=zero_min)
    return lambda minutes: np.clip(1 - minutes / zero_min, 0, None)


def exponential(*, half_min: float) -> Decay:
    """Halve with every `half_min` minutes.

    Examples
    --------
    >>> acc.decay.exponential(half_min=20)(np.array([0.0, 20.0, 40.0]))
    array([1.  , 0.5 , 0.25])
    """
    _positive(half_min=half_min)
    return lambda minutes: np.exp2(-minutes / half_min)


def gaussian(*, sd_min: float) -> Decay:
    """Fall as a normal curve, exp(-t² / (2 sd²)); stays high near home and falls fast later.

    Examples
    --------
    >>> acc.decay.gaussian(sd_min=30)(np.array([0.0, 30.0])).round(3)
    array([1.   , 0.607])
    """
    _positive(sd_min=sd_min)
    return lambda minutes: np.exp(-0.5 * np.square(minutes / sd_min))


def logistic(*, half_min: float, spread_min: float) -> Decay:
    """Fall as an S around `half_min`, where it is a half; `spread_min` is the logistic distribution's scale.

    Examples
    --------
    >>> acc.decay.logistic(half_min=45, spread_min=5)(np.array([45.0]))
    array([0.5])
    """
    _positive(half_min=half_min, spread_min=spread_min)

    # The hyperbolic tangent is the same curve and cannot run over.
    return lambda minutes: 0.5 - 0.5 * np.tanh((minutes - half_min) / (2 * spread_min))


def _positive(**parameters: float) -> None:
    for name, value in parameters.items():
        if not (np.isfinite(value) and value > 0):
            raise ParameterError(f"{name} is {value}; it must be above 0")
