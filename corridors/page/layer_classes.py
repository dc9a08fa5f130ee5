"""Classes that layers share: thirds of need and access, national tenths in words, bounds at round figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: Nine mixes of two ramps, need (red) by access (blue where it is good); the first is what to look at first.
NINE: Final = {
    "3-1": ("#B4403B", "Great need, poor access"),
    "3-2": ("#8C4A55", "Great need, middling access"),
    "3-3": ("#4B3F63", "Great need, good access"),
    "2-1": ("#DDA3A0", "Middling need, poor access"),
    "2-2": ("#AC96A3", "Middling need, middling access"),
    "2-3": ("#6A7FA0", "Middling need, good access"),
    "1-1": ("#EDE7E3", "Little need, poor access"),
    "1-2": ("#BCD0DA", "Little need, middling access"),
    "1-3": ("#6BA4BE", "Little need, good access"),
}
#: What the classes of need and access are called.
NEED_AND_ACCESS: Final = {key: words for key, (_, words) in NINE.items()}
#: The national tenths of deprivation, in words.
TENTHS: Final = (
    "1, most deprived tenth",
    *(f"{tenth}" for tenth in range(2, 10)),
    "10, least deprived tenth",
)
_ROUND_STEPS: Final = np.array([1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])


def round_breaks(values: pd.Series[float], *, classes: int = 5) -> list[float]:
    """Return class bounds near the quantiles, each a round figure, ascending; at least one.

    The figures are rounded to steps such as 1, 1.2, 1.5, 2, 2.5 … 10 times a power of ten, so that a legend reads.
    """
    finite = values[np.isfinite(values) & (values > 0)].to_numpy(dtype=float)
    if not len(finite):
        return [0.0]
    wanted = np.quantile(finite, np.arange(1, classes) / classes)
    power = 10.0 ** np.floor(np.log10(wanted))
    nearest = np.abs(_ROUND_STEPS[:, np.newaxis] - wanted / power).argmin(axis=0)
    return [float(f"{value:.6g}") for value in np.unique(_ROUND_STEPS[nearest] * power)]


def mirrored(changes: pd.Series[float], *, least: float = 1.0) -> list[float]:
    """Return class bounds of a difference that mirror each other around zero; below `least` nothing has changed."""
    sizes = changes.abs()
    above = [bound for bound in round_breaks(sizes[sizes > least], classes=3) if bound > least]
    return [*(-bound for bound in reversed(above)), -least, least, *above]
