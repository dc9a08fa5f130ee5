"""Ranking options by weighted criteria, and saying how far a rank can be trusted.

Each criterion is placed between two fixed goalposts (so that adding or dropping an option moves no other), and the placed
values are averaged with the study's weights. Then all that is a judgement or not exactly known is drawn many times: the
weights from a Dirichlet distribution, the measures by `corridors.ranking.uncertainty`; the spread of ranks is what these can do.
Practice follows the OECD/JRC *Handbook on Constructing Composite Indicators* (2008) and COINr's uncertainty analysis.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from accessibility.errors import ParameterError
from corridors.ranking.statistics import RankCounts, Wins, rank_groups, rank_scores
from corridors.ranking.uncertainty import Uncertainty, draw_measures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

#: ``arithmetic``: the weighted mean, in which much of one criterion makes up for little of another. ``geometric``: the
#: weighted geometric mean, in which it does so less and less.
Aggregation = Literal["arithmetic", "geometric"]
#: How the weights are drawn: a number keeps them around the study's, the closer the higher; ``uninformed`` takes every
#: set of weights as equally likely; infinity leaves the study's own.
Concentration = float | Literal["uninformed"]
#: Least placed value in a geometric mean, whose logarithm must exist: a criterion at nought counts as a hundredth, so
#: that it pulls an option far down without ruling it out.
GEOMETRIC_FLOOR: Final = 0.01
#: Two options are told apart when one ranks before the other in at least this share of draws.
SURE: Final = 0.95
#: What moves a rank, in words: the weights, and the factors of `corridors.ranking.uncertainty`.
FACTOR_WORDS: Final = {
    "weights": "the weights",
    "definition": "the definition of travel time",
    "cost": "the ranges of costs",
    "data": "the known errors of the data",
}
_PODIUM = 3
_DECIMALS = 12  # scores equal to this many decimals tie: sums in another order differ in their last bits
_RESULT = (
    *("id", "name", "score", "rank", "rank_median", "rank_low", "rank_high"),
    *("p_first", "p_top3", "rank_group"),
)


def listed_words(words: Sequence[str]) -> str:
    """Join words as a sentence lists them: "one, two and three"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


@dataclass(frozen=True)
class Criterion:
    """One criterion: which measure, which way it counts, where nought and one lie, how much it weighs.

    Examples
    --------
    >>> corridors.Criterion("need", "Deprived people", "need", "rate", "per 1,000", "higher", 0, 200, 1.0).key
    'need'
    """

    key: str
    label: str
    group: str
    measure: str
    unit: str
    direction: Literal["higher", "lower"]
    low: float
    high: float
    weight: float

    def place(self, value: Array) -> Array:
        """Place values of the measure between the goalposts: 0 is the least priority, 1 the most; beyond is held there."""
        placed: Array = np.clip((value - self.low) / (self.high - self.low), 0.0, 1.0)
        return placed if self.direction == "higher" else 1.0 - placed


def swing_weights(points: Mapping[str, float]) -> dict[str, float]:
    """Return the weights that sum to one, from points given to swings.

    Whoever decides gives 100 points to the criterion whose step from its worst goalpost to its best matters most, and to
    every other as many as its own step matters beside that one (swing weighting, HM Treasury's supplementary guidance on
    multi-criteria decision analysis, 2024). Points for importance as such, without looking at the goalposts, are not
    swings.

    Raises
    ------
    ParameterError
        When points are negative, not finite, or all nought.
    """
    wrong = [key for key, given in points.items() if not 0 <= given < math.inf]
    if wrong:
        raise ParameterError(f"the points of {wrong[0]!r} must be 0 or more, not {points[wrong[0]]:g}")
    total = math.fsum(points.values())
    if total == 0:
        raise ParameterError("no criterion has points above 0, so no weight can be told")
    return {key: given / total for key, given in points.items()}


def check_criteria(criteria: Sequence[Criterion]) -> None:
    """Refuse criteria that cannot be weighed together.

    Raises
    ------
    ParameterError
        When there is none, two share a key, a key is the name of a column of the ranking, goalposts are not in order, or
        weights are negative or do not sum to one.
    """
    keys = [criterion.key for criterion in criteria]
    for criterion in criteria:
        if criterion.key in _RESULT or keys.count(criterion.key) > 1:
            raise ParameterError(f"the key {criterion.key!r} of a criterion is taken: give it another")
        if not -math.inf < criterion.low < criterion.high < math.inf:
            raise ParameterError(
                f"the goalposts of {criterion.key!r} must rise, not run from {criterion.low:g} to {criterion.high:g}"
            )
        if not criterion.weight >= 0:
            raise ParameterError(
                f"the weight of {criterion.key!r} must be 0 or more, not {criterion.weight:g}"
            )
    total = math.fsum(criterion.weight for criterion in criteria)
    if abs(total - 1) > 1e-6:
        raise ParameterError(f"the weights of the criteria must sum to 1, not {total:g}")


def place_between_goalposts(profiles: pd.DataFrame, criteria: Sequence[Criterion]) -> pd.DataFrame:
    """Place every measure between its goalposts: 0 is the least priority, 1 the most; values beyond are held there.

    Returns
    -------
        One column per criterion, named by its ``key``, rows as in the profiles; missing stays missing.
    """
    placed = {
        criterion.key: criterion.place(profiles[criterion.measure].to_numpy(dtype=np.float64))
        for criterion in criteria
    }
    return pd.DataFrame(placed, index=profiles.index)


def score_options(
    profiles: pd.DataFrame, criteria: Sequence[Criterion], *, aggregation: Aggregation = "arithmetic"
) -> Array:
    """Score each option by the study's own weights: 0 to 1, missing where a weighed measure is.

    Raises
    ------
    ParameterError
        As `check_criteria`.
    """
    check_criteria(criteria)
    weighed = [criterion for criterion in criteria if criterion.weight > 0]
    placed = place_between_goalposts(profiles, weighed)
    weights = np.array([[criterion.weight for criterion in weighed]])
    columns = [column[np.newaxis, :] for column in placed.to_numpy(dtype=np.float64).T]
    scores: Array = _scores(columns, weights, aggregation)[0]
    return scores


@dataclass(frozen=True, eq=False)
class Draws:
    """The ranks of the options that have a score, in many draws.

    Attributes
    ----------
    options
        ``id, name`` of the options that have a score.
    score
        Their scores by the study's own weights and measures.
    rank
        Their ranks by these scores.
    weights
        The weights drawn, (draws, criteria).
    ranks
        The ranks drawn, (draws, options).
    """

    options: pd.DataFrame
    score: Array
    rank: NDArray[np.int32]
    weights: Array
    ranks: NDArray[np.int32]

    @property
    def order(self) -> NDArray[np.intp]:
        """The options by rank, then by id."""
        return np.lexsort((self.options["id"].astype(str).to_numpy(), self.rank))


def draw_ranks(
    profiles: pd.DataFrame,
    criteria: Sequence[Criterion],
    *,
    draws: int,
    concentration: Concentration,
    seed: int,
    aggregation: Aggregation = "arithmetic",
    uncertainty: Uncertainty | None = None,
) -> Draws:
    """Rank the options many times, each time with other weights and with what the measures may be instead.

    Parameters
    ----------
    profiles, criteria, draws, concentration, seed, aggregation, uncertainty
        As for `rank_options`.

    Raises
    ------
    ParameterError
        As for `rank_options`.
    """
    if draws < 1:
        raise ParameterError(f"draws must be 1 or more, not {draws}")
    if profiles["id"].duplicated().any():
        again = profiles.loc[profiles["id"].duplicated(), "id"].iloc[0]
        raise ParameterError(f"the option {again!r} stands in the profiles twice")
    score = score_options(profiles, criteria, aggregation=aggregation)
    scored = profiles[~np.isnan(score)]
    weights = draw_weights(
        np.array([criterion.weight for criterion in criteria], dtype=np.float64),
        draws=draws,
        concentration=concentration,
        seed=seed,
    )
    weighed = [at for at, criterion in enumerate(criteria) if criterion.weight > 0]
    values = draw_measures(
        scored,
        [criteria[at].measure for at in weighed],
        uncertainty=uncertainty or Uncertainty(),
        draws=draws,
        seed=seed,
    )
    placed = [criteria[at].place(values[criteria[at].measure]) for at in weighed]
    known = score[~np.isnan(score)]
    return Draws(
        options=scored[["id", "name"]].reset_index(drop=True),
        score=known,
        rank=rank_scores(known[np.newaxis, :])[0],
        weights=weights,
        ranks=rank_scores(_scores(placed, weights[:, weighed], aggregation)),
    )


def rank_options(
    profiles: pd.DataFrame,
    criteria: Sequence[Criterion],
    *,
    draws: int,
    concentration: Concentration,
    seed: int,
    aggregation: Aggregation = "arithmetic",
    uncertainty: Uncertainty | None = None,
) -> pd.DataFrame:
    """Rank options by their weighted score, with the range of ranks that other weights and measures would give.

    Parameters
    ----------
    profiles
        ``id, name`` and the measures of the criteria, one row per option.
    criteria
        The criteria; their weights sum to one.
    draws
        How many times to draw.
    concentration
        How closely the drawn weights keep to the study's: the Dirichlet parameters are this times the weights. Or
        ``uninformed``, or infinity; see `Concentration`.
    seed
        Of the random draws. Weights, definitions, costs and errors have streams of their own: switching one on leaves
        the draws of the others as they were.
    aggregation
        How the placed values become a score.
    uncertainty
        What is not known about the measures; without it only the weights are drawn.

    Returns
    -------
        ``id, name, score`` (0 to 1), ``rank`` (1 = first; equal scores share the better rank), ``rank_median``,
        ``rank_low`` and ``rank_high`` (50th, 5th and 95th percentile over the draws), ``p_first`` and ``p_top3`` (share
        of draws at the first rank, level or not, and among the first three), ``rank_group`` (options in one group cannot
        be told apart, see `corridors.ranking.statistics.rank_groups` and `SURE`), one column per criterion (0 to 1), then
        the remaining columns of the profiles. Sorted by rank, then ``id``. An option with a missing measure has no score,
        shares the last rank, and misses all that comes of draws: it took no part.

    Raises
    ------
    ParameterError
        When the criteria, the uncertainty, the draws or the concentration cannot be used, or an option stands twice.

    Examples
    --------
    >>> options = pd.DataFrame({"id": ["a", "b"], "name": ["A", "B"], "rate": [150.0, 100.0]})
    >>> need = corridors.Criterion("need", "Deprived people", "need", "rate", "per 1,000", "higher", 0, 200, 1.0)
    >>> corridors.rank_options(options, [need], draws=100, concentration=20, seed=1)[["name", "score", "rank"]]
      name  score  rank
    0    A   0.75     1
    1    B   0.50     2
    """
    drawn = draw_ranks(
        profiles,
        criteria,
        draws=draws,
        concentration=concentration,
        seed=seed,
        aggregation=aggregation,
        uncertainty=uncertainty,
    )
    return ranking_table(profiles, criteria, drawn)


def ranking_table(profiles: pd.DataFrame, criteria: Sequence[Criterion], drawn: Draws) -> pd.DataFrame:
    """Put what draws found beside the profiles; see `rank_options` for the columns."""
    counted = RankCounts.of(drawn.ranks)
    found = pd.DataFrame(
        {
            "score": drawn.score,
            "rank": drawn.rank.astype(np.int64),
            "rank_median": pd.array(counted.percentile(50), dtype="Int64"),
            "rank_low": pd.array(counted.percentile(5), dtype="Int64"),
            "rank_high": pd.array(counted.percentile(95), dtype="Int64"),
            "p_first": counted.share_to(1),
            "p_top3": counted.share_to(_PODIUM),
            "rank_group": pd.array(
                rank_groups(Wins.of(drawn.ranks).undecided(sure=SURE), drawn.order), dtype="Int64"
            ),
        },
        index=drawn.options["id"],
    ).reindex(profiles["id"])
    found["rank"] = found["rank"].fillna(len(drawn.options) + 1).astype(np.int64)
    placed = place_between_goalposts(profiles, criteria)
    rest = profiles.drop(columns=["id", "name"])
    table = pd.concat([profiles[["id", "name"]], found.set_axis(profiles.index), placed, rest], axis=1)
    return table.sort_values(["rank", "id"], ignore_index=True)


def draw_weights(weights: Array, *, draws: int, concentration: Concentration, seed: int) -> Array:
    """Draw sets of weights from a Dirichlet distribution.

    Parameters
    ----------
    weights
        The study's own.
    draws, seed
        How many sets, and from which seed.
    concentration
        As for `rank_options`: a number gives sets whose mean is the weights; ``uninformed`` sets that are all equally
        likely, whose mean gives every criterion the same; infinity the weights themselves.

    Returns
    -------
        ``draws`` rows that each sum to one. A weight of zero stays zero.

    Raises
    ------
    ParameterError
        When the concentration is not above nought.
    """
    weighed = weights > 0
    drawn = np.zeros((draws, len(weights)))
    if concentration == math.inf:
        drawn[:] = weights
        return drawn
    if concentration == "uninformed":
        around = np.ones(int(weighed.sum()))
    elif concentration > 0:
        around = concentration * weights[weighed]
    else:
        raise ParameterError(f"concentration must be above 0 or 'uninformed', not {concentration!r}")
    drawn[:, weighed] = np.random.default_rng(seed).dirichlet(around, size=draws)
    return drawn


def without_criterion(criteria: Sequence[Criterion], key: str) -> list[Criterion]:
    """Return the other criteria, their weights grown in proportion so that they sum to one again; none if they weigh nothing."""
    others = [criterion for criterion in criteria if criterion.key != key]
    total = math.fsum(criterion.weight for criterion in others)
    return [replace(criterion, weight=criterion.weight / total) for criterion in others] if total > 0 else []


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


def spearman(one: pd.Series[float], two: pd.Series[float]) -> float:
    """Return the rank correlation of two columns, ties averaged; NaN for fewer than three rows or a constant."""
    if len(one) < _PODIUM or one.min() == one.max() or two.min() == two.max():
        return float("nan")
    return float(np.corrcoef(one.rank(), two.rank())[0, 1])


def score_parts(placed: Array, aggregation: Aggregation) -> Array:
    """Return what placed values add to the weighted sum that orders the options: themselves, or their logarithms."""
    parts: Array = placed if aggregation == "arithmetic" else np.log(np.maximum(placed, GEOMETRIC_FLOOR))
    return parts


def _scores(placed: Sequence[Array], weights: Array, aggregation: Aggregation) -> Array:
    """Score options in every draw, from one array of placed values per criterion and as many columns of weights.

    Added up criterion by criterion: a matrix product would leave the order of the sum, and so the last bits, to the
    machine.
    """
    total = np.zeros((1, 1))
    for number, values in enumerate(placed):
        total = total + weights[:, [number]] * score_parts(values, aggregation)
    scores: Array = total if aggregation == "arithmetic" else np.exp(total)
    return scores.round(_DECIMALS)
