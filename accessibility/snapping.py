"""Points put on the streets: the nearest edge, the place along it, and the distance off the street."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Snapped:
    """Where points join the streets.

    Attributes
    ----------
    edge
        Nearest edge of each point; -1 where none is near enough.
    along_m
        Metres from the edge's start to where the point joins it, on the scale of the edge's length.
    off_m
        Straight metres from the point to the street; +inf where none is near enough.
    """

    edge: npt.NDArray[np.int32]
    along_m: npt.NDArray[np.float64]
    off_m: npt.NDArray[np.float64]
