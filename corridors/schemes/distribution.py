"""Who gets what: fifths of deprivation, shares of a benefit graded, and distributional weights.

Fifths are national, by the Income domain of the Indices of Deprivation: every small area of England is in one, a fifth
of all small areas in each, 1 the most deprived. The overall index is not used, because it holds access itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from accessibility.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

FIFTHS: Final = (1, 2, 3, 4, 5)
#: How many points of share count as in line. From memory of TAG unit A4.2, not checked against it: say so beside a grade.
IN_LINE: Final = 0.05
#: Elasticity of the marginal utility of income (Layard, Mayraz and Nickell 2008), as the Green Book takes it, A3.14.
ELASTICITY: Final = 1.3
#: Welfare weight of the lowest income fifth against the average taxpayer: the Green Book's own figure on 2015 data, A3.20.
LOWEST_FIFTH_WEIGHT: Final = 2.4
#: Where no incomes are given the Green Book's two groups stand: the lowest fifth by its weight, all others by 1.
TWO_GROUP_WEIGHTS: Final = {1: LOWEST_FIFTH_WEIGHT, 2: 1.0, 3: 1.0, 4: 1.0, 5: 1.0}

Size = Literal["large", "moderate", "slight", "none"]
Direction = Literal["beneficial", "adverse", "neutral"]
_MARKS: Final = {"large": 3, "moderate": 2, "slight": 1, "none": 0}
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Grade:
    """How a group's share of an impact compares with its share of the people."""

    direction: Direction
    size: Size

    @property
    def words(self) -> str:
        """Such as "large beneficial"."""
        return "neutral" if self.direction == "neutral" else f"{self.size} {self.direction}"

    @property
    def marks(self) -> str:
        """One to three ticks or crosses; ``-`` for neutral."""
        return ("✗" if self.direction == "adverse" else "✓") * _MARKS[self.size] or "-"


def di_grade(
    share_of_impact: float, share_of_people: float, *, adverse: bool = False, in_line: float = IN_LINE
) -> Grade:
    """Grade a group's share of a benefit, or of a harm, against its share of the people in the impact area.

    Parameters
    ----------
    share_of_impact
        Of all that is gained, or lost, 0 to 1. With 0 the group is neutral.
    share_of_people
        Of the residents of the impact area, 0 to 1.
    adverse
        Whether the impact is a harm.
    in_line
        By how much the shares may differ, inclusive, and still be in line.

    Returns
    -------
    Grade
        Large where the share of the impact is larger than that of the people, moderate in line, slight where smaller.

    Raises
    ------
    ParameterError
        For a share or a tolerance outside 0 to 1.

    Notes
    -----
    After the Department for Transport's TAG unit A4.2, distributional impact appraisal. The three sizes are that unit's;
    its tolerance for "in line" has not been checked against it.
    """
    for name, value in (
        ("share_of_impact", share_of_impact),
        ("share_of_people", share_of_people),
        ("in_line", in_line),
    ):
        if not 0 <= value <= 1 + _ROUNDING:
            raise ParameterError(f"{name} is {value}; it must be between 0 and 1")
    if share_of_impact == 0:
        return Grade("neutral", "none")
    ahead = share_of_impact - share_of_people
    size: Size = "moderate" if abs(ahead) <= in_line + _ROUNDING else "large" if ahead > 0 else "slight"
    return Grade("adverse" if adverse else "beneficial", size)


def welfare_weights(
    incomes: Mapping[int, float], *, median_income: float | None = None, elasticity: float = ELASTICITY
) -> dict[int, float]:
    """Return the Green Book's distributional weight of each income fifth.

    Parameters
    ----------
    incomes
        Median equivalised income of each fifth, 1 the lowest; any one unit.
    median_income
        That of all households, in the same unit; by default that of the middle fifth, which is the same by definition.
    elasticity
        Of the marginal utility of income.

    Returns
    -------
        By fifth ``(median of all / median of the fifth) ** elasticity``: 1 for the middle.

    Raises
    ------
    ParameterError
        When a fifth is missing, an income is not above 0, or incomes do not rise from fifth to fifth.

    Notes
    -----
    HM Treasury, The Green Book (2022), annex A3, paragraphs 3.12 to 3.22.
    """
    if sorted(incomes) != list(FIFTHS):
        raise ParameterError(f"incomes are needed for the fifths 1 to 5, not for {sorted(incomes)}")
    values = [incomes[fifth] for fifth in FIFTHS]
    if not all(math.isfinite(value) and value > 0 for value in values) or sorted(values) != values:
        raise ParameterError(
            f"incomes must be above 0 and rise from the first fifth to the last, not {values}"
        )
    middle = incomes[3] if median_income is None else median_income
    if not (math.isfinite(middle) and middle > 0):
        raise ParameterError(f"median_income is {middle}; it must be above 0")
    return {fifth: (middle / incomes[fifth]) ** elasticity for fifth in FIFTHS}


def national_fifths(areas: pd.DataFrame, *, ranked: int) -> pd.Series[int]:
    """Tell each small area's national fifth of Income deprivation: 1, the most deprived, to 5; missing without a rank.

    Parameters
    ----------
    areas
        Small areas with ``income_rank``, 1 the most deprived of the nation.
    ranked
        How many small areas the ranks run over; see `corridors.need.indices.EDITIONS`.

    Raises
    ------
    ParameterError
        When there are no ranks, or they run beyond `ranked`.
    """
    if "income_rank" not in areas.columns:
        raise ParameterError("the small areas have no column income_rank, so no national fifth can be told")
    rank = areas["income_rank"].astype("Float64")
    if (rank > ranked).any():
        raise ParameterError(
            f"income_rank reaches {rank.max():,.0f}, but ranks run to {ranked:,}: take the number of the edition that the "
            "ranks are of"
        )
    return pd.Series(np.ceil(rank * len(FIFTHS) / ranked), index=areas.index).astype("Int64")
