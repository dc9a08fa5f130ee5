"""How unequally access is spread over people, whom it favours, and how many fall short of a line.

Every measure speaks of people, not of areas: an area counts by who lives in it, an area where nobody lives counts for
nothing, and people who reach nothing stay in. Cutting an area in two, or merging two that have the same access and the
same rank, changes no measure; neither does the order of the rows.

Access is a number of which more is better, 0 or above: centres, jobs, shares. Minutes are not, and +inf (what is never
reached) is refused. Where a formula divides by nothing the value is NaN: the functions log why, and `inequality_table`
has the reason beside the value.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from accessibility.errors import InputError, ParameterError
from accessibility.inequality_rows import rows_by_rank, rows_of_line, rows_of_spread, rows_of_theil, table_row
from accessibility.spread import (
    Column,
    FloatArray,
    Spread,
    Theil,
    UndefinedError,
    blocks_of,
    check_line,
    concentration_of,
    cumulative_share,
    erreygers_of,
    fgt_of,
    gini_of,
    group_table,
    palma_of,
    read_bounds,
    read_spread,
    theil_of,
)
from accessibility.statistics import is_number

__all__ = [
    "Theil",
    "concentration_curve",
    "concentration_index",
    "fgt",
    "gini",
    "inequality_table",
    "lorenz",
    "palma",
    "theil",
]

_LOG = logging.getLogger(__name__)


def gini(access: Column, *, weights: Column) -> float:
    """How unequally is access spread over people?

    Parameters
    ----------
    access
        What each area's people reach, 0 or above; one value per area.
    weights
        People in each area, 0 or above.

    Returns
    -------
    float
        0 where all have the same, towards 1 where few have all; half the mean difference between two people drawn at
        random, as a share of the mean. NaN where there is no area, nobody lives or nobody reaches anything; 0 for one area.

    Raises
    ------
    InputError
        For columns of unequal length or with other labels, and values that are no number, missing, infinite or negative.

    Notes
    -----
    With areas ordered by access, people's shares π and cumulative shares of access L: G = 1 - Σ (L_{i-1} + L_i) π_i.
    Lerman and Yitzhaki (1989), "Improving the accuracy of estimates of Gini coefficients".

    Examples
    --------
    >>> acc.inequality.gini([0, 0, 4], weights=[1, 1, 1])
    0.6666666666666666
    """
    spread = read_spread(access, weights)
    return _or_nan("Gini index", lambda: gini_of(spread))


def lorenz(access: Column, *, weights: Column) -> pd.DataFrame:
    """What share of all access do the worst-served so many per cent of people have?

    Parameters
    ----------
    access, weights
        As for `gini`.

    Returns
    -------
    pandas.DataFrame
        ``people_share`` and ``access_share``, both from 0 to 1, straight between rows; the first row is (0, 0) and there
        is one more for each level of access. No rows where the Gini index is undefined.

    Raises
    ------
    InputError
        As for `gini`.

    Notes
    -----
    Lorenz (1905), "Methods of measuring the concentration of wealth".

    Examples
    --------
    >>> acc.inequality.lorenz([1, 3], weights=[1, 1])
       people_share  access_share
    0           0.0          0.00
    1           0.5          0.25
    2           1.0          1.00
    """
    spread = read_spread(access, weights)
    return _curve_table("Lorenz curve", spread, spread.access)


def concentration_index(
    access: Column,
    *,
    weights: Column,
    rank: Column,
    corrected: Literal["erreygers"] | None = None,
    bounds: tuple[float, float] | None = None,
) -> float:
    """Whom does access favour: the more or the less deprived?

    Parameters
    ----------
    access, weights
        As for `gini`.
    rank
        Rank of deprivation, 1 = most deprived. Only its order matters: a national rank of a part of the country will do,
        and so will deciles. Areas of equal rank are taken together, each at the middle of their people.
    corrected
        ``erreygers`` frees the index from the mean and makes more access and less lack of it the same inequality, which
        suits measures with a floor and a ceiling: a count of nine centres, a share of people.
    bounds
        Least and most access possible, for ``erreygers``; without them, the least and most found where somebody lives,
        which makes places with different extremes hard to compare.

    Returns
    -------
    float
        Negative where access favours the more deprived, positive where it favours the less deprived, -1 to 1; 0 for one
        area or one rank. NaN where there is no area, nobody lives or nobody reaches anything; with ``erreygers``, where
        there is no area, nobody lives, or no `bounds` are given and all have the same.

    Raises
    ------
    InputError
        As for `gini`, and for a rank that is missing.
    ParameterError
        For another correction, bounds without one, or bounds that are none or do not hold all access.

    Notes
    -----
    C = 2/μ Σ π_i (a_i - μ)(R_i - ½), where R_i is the share of people more deprived than area i, plus half of its own.
    Kakwani, Wagstaff and van Doorslaer (1997), "Socioeconomic inequalities in health: measurement, computation, and
    statistical inference". Corrected: E = 4 μ C / (most - least); Erreygers (2009), "Correcting the concentration index".

    Examples
    --------
    >>> acc.inequality.concentration_index([1, 3], weights=[1, 1], rank=[1, 2])
    0.25
    """
    spread = _ranked(access, weights, rank)
    if corrected is None:
        if bounds is not None:
            raise ParameterError("bounds are for corrected='erreygers'; the plain index has none")
        return _or_nan("Concentration index", lambda: concentration_of(spread))
    if corrected != "erreygers":
        raise ParameterError(f"corrected is {corrected!r}; it must be None or 'erreygers'")
    within = read_bounds(bounds, spread.access)
    return _or_nan("Erreygers' concentration index", lambda: erreygers_of(spread, within))


def concentration_curve(access: Column, *, weights: Column, rank: Column) -> pd.DataFrame:
    """What share of all access do the most deprived so many per cent of people have?

    Parameters
    ----------
    access, weights, rank
        As for `concentration_index`.

    Returns
    -------
    pandas.DataFrame
        Columns as of `lorenz`, with one row more than there are ranks. Above the diagonal, access favours the more
        deprived. No rows where the concentration index is undefined.

    Raises
    ------
    InputError
        As for `concentration_index`.

    Examples
    --------
    >>> acc.inequality.concentration_curve([3, 1], weights=[1, 1], rank=[1, 2])
       people_share  access_share
    0           0.0          0.00
    1           0.5          0.75
    2           1.0          1.00
    """
    spread = _ranked(access, weights, rank)
    return _curve_table("Concentration curve", spread, spread.rank)


def palma(access: Column, *, weights: Column, rank: Column) -> float:
    """How many times the access of the most deprived two fifths of people does the least deprived tenth have?

    Parameters
    ----------
    access, weights, rank
        As for `concentration_index`.

    Returns
    -------
    float
        Above 1 where access favours the least deprived, below 1 where it favours the most deprived; 1 for one area. NaN
        where there is no area, nobody lives or the most deprived two fifths reach nothing.

    Raises
    ------
    InputError
        As for `concentration_index`.

    Notes
    -----
    Mean access of the one over mean access of the other. The two groups hold exactly 10 % and 40 % of the people: where a
    cut falls into an area, or into areas of one rank, its people are split pro rata. With C the concentration curve this
    is 4 (1 - C(0.9)) / C(0.4). A rule that puts whole areas on one side of a weighted quantile would move with how areas
    are cut, and in few areas the groups could be far from 10 % and 40 %.

    Palma (2011), "Homogeneous middles vs. heterogeneous tails", is a ratio of shares ordered by the thing itself, equal at
    1/4; this is a ratio of means ordered by deprivation, as usual in studies of access.

    Examples
    --------
    >>> acc.inequality.palma([1] * 9 + [2], weights=[1] * 10, rank=list(range(10)))
    2.0
    """
    spread = _ranked(access, weights, rank)
    return _or_nan("Palma ratio", lambda: palma_of(spread))


def fgt(access: Column, *, weights: Column, line: float, alpha: float) -> float:
    """How many people fall short of a line, and by how much?

    Parameters
    ----------
    access, weights
        As for `gini`.
    line
        What everybody should reach, above 0, in the unit of `access`; who reaches exactly the line does not fall short.
    alpha
        0: share of people below the line. 1: mean shortfall as a share of the line, 0 for who reaches it. 2: mean of its
        square, in which large shortfalls weigh more. Any number from 0 up.

    Returns
    -------
    float
        0 where nobody is below the line, 1 where nobody reaches anything. NaN where there is no area or nobody lives.

    Raises
    ------
    InputError
        As for `gini`.
    ParameterError
        For a line or an `alpha` out of range.

    Notes
    -----
    Σ π_i ((z - a_i) / z)^alpha over the areas with a_i < z. With centres within reach as access and a line of three, alpha = 0 is
    1 less the share of people who reach three or more. Foster, Greer and Thorbecke (1984), "A class of decomposable
    poverty measures".

    Examples
    --------
    >>> acc.inequality.fgt([0, 1, 3], weights=[1, 1, 2], line=3, alpha=0)
    0.5
    """
    check_line(line)
    if not (is_number(alpha) and 0 <= alpha < math.inf):
        raise ParameterError(f"alpha is {alpha!r}; it must be a number, 0 or above")
    spread = read_spread(access, weights)
    return _or_nan("Foster-Greer-Thorbecke measure", lambda: fgt_of(spread, line, alpha))


def theil(access: Column, *, weights: Column, groups: Column | None = None) -> Theil:
    """How unequally is access spread, and how much of that lies between groups such as boroughs?

    Parameters
    ----------
    access, weights
        As for `gini`. People who reach nothing stay in: 0 ln 0 is taken as its limit, 0.
    groups
        Each area's group. Without it, all are one group: nothing lies between, and ``by_group`` has no rows.

    Returns
    -------
    Theil
        All numbers NaN where there is no area, nobody lives or nobody reaches anything; a group's own index NaN where its
        people reach nothing. 0 for one area.

    Raises
    ------
    InputError
        As for `gini`, and for an area without a group.

    Notes
    -----
    T = Σ s_i ln(s_i / π_i), with shares s of access and π of people; between groups the same over the groups' shares;
    within them Σ s_g T_g. Theil (1967), "Economics and Information Theory"; Shorrocks (1980), "The class of additively
    decomposable inequality measures".

    Examples
    --------
    >>> acc.inequality.theil([2, 2], weights=[1, 1]).total
    0.0
    """
    spread = read_spread(access, weights, groups=groups)
    try:
        return theil_of(spread)
    except UndefinedError as reason:
        _LOG.warning("Theil index is undefined: %s", reason)
        return Theil(math.nan, math.nan, math.nan, group_table(spread.groups))


def inequality_table(
    access: Column,
    *,
    weights: Column,
    rank: Column | None = None,
    groups: Column | None = None,
    line: float | None = None,
    bounds: tuple[float, float] | None = None,
    unit: str = "",
) -> pd.DataFrame:
    """All measures of one spread of access, each with what it says.

    Parameters
    ----------
    access, weights
        As for `gini`.
    rank, bounds
        As for `concentration_index`.
    groups
        As for `theil`.
    line
        As for `fgt`.
    unit
        What access counts, for the sentences: ``centres``, ``jobs``.

    Returns
    -------
    pandas.DataFrame
        ``measure``; ``value``; ``meaning``, a sentence; ``undefined``, why there is no value. Of the last two one is
        empty, and where ``undefined`` is not, ``value`` is NaN. Always the same twelve rows: ``people``, ``mean``,
        ``gini``, ``concentration_index``, ``concentration_index_erreygers``, ``palma``, ``fgt0``, ``fgt1``, ``fgt2``,
        ``theil``, ``theil_between``, ``theil_within``; what was not asked for is undefined and says so.

    Raises
    ------
    InputError, ParameterError
        As for the functions named.

    Examples
    --------
    >>> acc.inequality.inequality_table([3, 1, 0], weights=[1, 1, 2], line=3, rank=[3, 2, 1])[["measure", "value"]].head(3).round(3)
      measure  value
    0  people  4.000
    1    mean  1.000
    2    gini  0.625
    """
    if line is not None:
        check_line(line)
    spread = read_spread(access, weights, rank=rank, groups=groups)
    rows = [
        *rows_of_spread(spread, unit),
        *rows_by_rank(spread, rank is not None, read_bounds(bounds, spread.access)),
        *rows_of_line(spread, line, unit),
        *rows_of_theil(spread, groups is not None),
    ]
    return pd.DataFrame(
        [table_row(*row) for row in rows], columns=["measure", "value", "meaning", "undefined"]
    )


def _ranked(access: Column, weights: Column, rank: Column | None) -> Spread:
    if rank is None:
        raise InputError("rank: one value per area is needed; without it nothing says who is deprived")
    return read_spread(access, weights, rank=rank)


def _or_nan(name: str, measure: Callable[[], float]) -> float:
    try:
        return measure()
    except UndefinedError as reason:
        _LOG.warning("%s is undefined: %s", name, reason)
        return math.nan


def _curve_table(name: str, spread: Spread, order: FloatArray) -> pd.DataFrame:
    try:
        shares = [cumulative_share(totals) for totals in blocks_of(spread, order)]
    except UndefinedError as reason:
        _LOG.warning("%s is undefined: %s", name, reason)
        shares = [np.zeros(0), np.zeros(0)]
    return pd.DataFrame({"people_share": shares[0], "access_share": shares[1]})
