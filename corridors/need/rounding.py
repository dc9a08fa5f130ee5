"""What a rounded figure may have been before its publisher rounded it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from accessibility.errors import ParameterError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_NAMED = 3


@dataclass(frozen=True)
class Rounding:
    """A publisher's rule: estimates of at least so much are rounded to the nearest so many.

    Attributes
    ----------
    bands
        The least estimate of each band and the unit it is rounded to, rising from 0.
    in_words
        The rule as it is printed beside ranges.
    """

    bands: tuple[tuple[float, float], ...]
    in_words: str

    def ranges(self, published: pd.Series[float]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the least and the greatest estimate that each published figure may stand for.

        Parameters
        ----------
        published
            Figures as published; a missing one has no range (missing).

        Raises
        ------
        ParameterError
            When a figure cannot come out of the rule, which then is not the rule of these figures.
        """
        value = published.to_numpy(dtype=np.float64)
        low, high = np.full(len(value), np.inf), np.full(len(value), -np.inf)
        limits = [*(start for start, _ in self.bands), np.inf]
        for (start, end), (_, unit) in zip(pairwise(limits), self.bands, strict=True):
            least, most = np.maximum(value - unit / 2, start), np.minimum(value + unit / 2, end)
            # A half may have been rounded either way, so a band's first estimate can stand alone.
            fits = (value % unit == 0) & (value + unit / 2 >= start) & (value - unit / 2 < end)
            low[fits] = np.minimum(low[fits], least[fits])
            high[fits] = np.maximum(high[fits], most[fits])
        low[np.isnan(value)] = high[np.isnan(value)] = np.nan
        if (low > high).any():
            wrong = value[low > high]
            named = ", ".join(f"{figure:g}" for figure in wrong[:_NAMED]) + (
                ", …" if len(wrong) > _NAMED else ""
            )
            raise ParameterError(
                f"{len(wrong):,} of {len(value):,} figures ({named}) cannot be rounded by this rule: {self.in_words}"
            )
        return low, high


#: The Business Register and Employment Survey as anyone may have it, cells that disclose nothing (Nomis, "Rounding of
#: Business Register and Employment Survey estimates", article 1103).
BRES_OPEN: Final = Rounding(
    ((0, 5), (50, 25), (250, 50), (500, 100), (1_000, 250), (2_500, 500), (5_000, 1_000)),
    "rounded at source, to 5 below 50 and rising to 1,000 from 5,000",
)
#: The same for cells with few or dominant businesses.
BRES_OPEN_STRICT: Final = Rounding(
    ((0, 10), (50, 50), (250, 100), (500, 200), (1_000, 500), (2_500, 1_000), (5_000, 2_000)),
    "rounded at source by the strict rule, to 10 below 50 and rising to 2,000 from 5,000",
)
#: The claimant count (DWP, published on Nomis).
CLAIMANTS_ROUNDED: Final = Rounding(((0, 5),), "rounded to 5 at source")
