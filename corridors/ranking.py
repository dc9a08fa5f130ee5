"""Ranking options by weighted criteria, and saying how far a rank can be trusted.

Each criterion is placed between two fixed goalposts (so that adding or dropping an option moves no other), the placed
values are averaged with the study's weights, and the weights are then drawn many times from a Dirichlet distribution
centred on the study's own: the spread of ranks is what the choice of weights alone can do. Practice follows the
OECD/JRC *Handbook on Constructing Composite Indicators* (2008) and COINr's uncertainty analysis.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PODIUM = 3
_DECIMALS = 12  # scores equal to this many decimals tie: matrix products differ in their last bits


@dataclass(frozen=True)
class Criterion:
    """One criterion: which measure, which way it counts, where nought and one lie, how much it weighs."""

    key: str
    label: str
    group: str
    measure: str
    unit: str
    direction: Literal["higher", "lower"]
    low: float
    high: float
    weight: float


def place_between_goalposts(profiles: pd.DataFrame, criteria: Sequence[Criterion]) -> pd.DataFrame:
    """Place every measure between its goalposts: 0 is the least priority, 1 the most; values beyond are held there.

    Returns
    -------
        One column per criterion, named by its ``key``, rows as in the profiles; missing stays missing.
    """
    placed = {}
    for criterion in criteria:
        value = (profiles[criterion.measure].astype(float) - criterion.low) / (criterion.high - criterion.low)
        value = value.clip(0.0, 1.0)
        placed[criterion.key] = value if criterion.direction == "higher" else 1.0 - value
    return pd.DataFrame(placed, index=profiles.index)


def rank_options(
    profiles: pd.DataFrame, criteria: Sequence[Criterion], *, draws: int, concentration: float, seed: int
) -> pd.DataFrame:
    """Rank options by their weighted score, with the range of ranks that other weights would give.

    Parameters
    ----------
    profiles
        ``id, name`` and the measures of the criteria, one row per option.
    criteria
        The criteria; their weights sum to one.
    draws
        How many sets of weights to draw.
    concentration
        How closely the drawn weights keep to the study's: the Dirichlet parameters are this times the weights.
    seed
        Of the random draws.

    Returns
    -------
        ``id, name, score`` (0 to 1), ``rank`` (1 = first; equal scores share the better rank), ``rank_low`` and
        ``rank_high`` (5th and 95th percentile over the draws), ``p_top3`` (share of draws among the first three), one
        column per criterion (0 to 1), then the remaining columns of the profiles. Sorted by rank, then ``id``. An option
        with a missing measure has no score, shares the last rank, and misses range and share of draws: it took no part.
    """
    placed = place_between_goalposts(profiles, criteria)
    weights = np.array([criterion.weight for criterion in criteria], dtype=float)
    values = placed.to_numpy(dtype=float)
    drawn = draw_weights(weights, draws=draws, concentration=concentration, seed=seed)
    score = _scores(values, weights[np.newaxis, :])[0]
    ranks = _ranks(_scores(values, drawn))
    result = profiles[["id", "name"]].copy()
    result["score"] = score
    result["rank"] = _ranks(score[np.newaxis, :])[0]
    low, high = _percentiles(ranks, (5, 95))
    scored = ~np.isnan(score)
    for name, percentile in (("rank_low", low), ("rank_high", high)):
        result[name] = pd.Series(percentile, index=result.index, dtype="Int64").where(scored)
    podium = (ranks <= _PODIUM).mean(axis=0) if len(profiles) else np.empty(0)
    result["p_top3"] = np.where(scored, podium, np.nan)
    rest = profiles.drop(columns=["id", "name"])
    return pd.concat([result, placed, rest], axis=1).sort_values(["rank", "id"], ignore_index=True)


def draw_weights(
    weights: NDArray[np.float64], *, draws: int, concentration: float, seed: int
) -> NDArray[np.float64]:
    """Draw sets of weights from a Dirichlet distribution whose mean is the given weights.

    Returns
    -------
        ``draws`` rows that each sum to one. A weight of zero stays zero.
    """
    drawn = np.zeros((draws, len(weights)))
    weighed = weights > 0
    drawn[:, weighed] = np.random.default_rng(seed).dirichlet(concentration * weights[weighed], size=draws)
    return drawn


@dataclass(frozen=True)
class Agreement:
    """How far two criteria order the same options alike.

    Attributes
    ----------
    rho
        Spearman's rank correlation; 1 is the same order, NaN when it is not defined.
    pairs
        Pairs of options that both criteria tell apart.
    opposed
        Those pairs that they order the other way round: the name put first by the first criterion, then the name put
        first by the second; the widest apart first.
    """

    rho: float
    pairs: int
    opposed: tuple[tuple[str, str], ...]


def compare_criteria(profiles: pd.DataFrame, first: Criterion, second: Criterion) -> Agreement:
    """Compare the orders that two criteria give the options; options lacking either measure take no part.

    The placed values are compared, as the score sees them: options beyond a goalpost tie.
    """
    placed = place_between_goalposts(profiles, [first, second]).dropna()
    names = profiles.loc[placed.index, "name"].astype(str).tolist()
    one, two = placed[first.key].to_numpy(), placed[second.key].to_numpy()
    told_apart = [
        (i, j)
        for i, j in itertools.combinations(range(len(names)), 2)
        if one[i] != one[j] and two[i] != two[j]
    ]
    opposed = [(i, j) for i, j in told_apart if (one[i] > one[j]) != (two[i] > two[j])]
    opposed.sort(
        key=lambda pair: (-abs(one[pair[0]] - one[pair[1]]) * abs(two[pair[0]] - two[pair[1]]), pair)
    )
    return Agreement(
        rho=spearman(placed[first.key], placed[second.key]),
        pairs=len(told_apart),
        opposed=tuple((names[i], names[j]) if one[i] > one[j] else (names[j], names[i]) for i, j in opposed),
    )


def _scores(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score every option under every set of weights; an option lacking a weighed criterion has no score."""
    weighed = weights.any(axis=0)
    missing = np.isnan(values[:, weighed]).any(axis=1)
    scores = (weights @ np.nan_to_num(values).T).round(_DECIMALS)
    scores[:, missing] = np.nan
    return scores


def spearman(one: pd.Series[float], two: pd.Series[float]) -> float:
    """Return the rank correlation of two columns, ties averaged; NaN for fewer than three rows or a constant."""
    if len(one) < _PODIUM or one.min() == one.max() or two.min() == two.max():
        return float("nan")
    return float(np.corrcoef(one.rank(), two.rank())[0, 1])


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rank each row of scores, 1 = highest; ties share the better rank, missing scores share the last."""
    ranks = np.ones(scores.shape, dtype=np.int64)
    for other in range(scores.shape[1]):
        rival = scores[:, [other]]
        ranks += (rival > scores) | (np.isnan(scores) & ~np.isnan(rival))
    return ranks


def _percentiles(ranks: NDArray[np.int64], percents: tuple[int, ...]) -> list[NDArray[np.int64]]:
    """Return nearest-rank percentiles of each option's ranks over the draws: always a rank that occurred."""
    return [np.percentile(ranks, percent, axis=0, method="inverted_cdf").astype(int) for percent in percents]
