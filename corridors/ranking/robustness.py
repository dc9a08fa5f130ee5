"""How far a ranking can be trusted: everything a sceptic may ask of it, in tables.

Who comes before whom and how surely; who cannot be told apart; who is at least as good as another whatever the weights;
what each criterion, each option and each source of doubt does to the order. Corridors and sites are asked the same way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from corridors.ranking.ranking import (
    SURE,
    draw_ranks,
    ranking_table,
    score_options,
    without_criterion,
)
from corridors.ranking.statistics import Wins, rank_scores
from corridors.ranking.toppling import toppling_goalposts, toppling_weights
from corridors.ranking.uncertainty import Uncertainty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corridors.ranking.ranking import Aggregation, Concentration, Criterion, Draws

#: The last row of the table of factors.
ALL_FACTORS: Final = "all"
_PAIR = ["id", "name", "other_id", "other_name"]


@dataclass(frozen=True, eq=False)
class Robustness:
    """A ranking and what stands behind it.

    Attributes
    ----------
    ranking
        See `corridors.ranking.ranking.rank_options`.
    wins
        See `pairwise_wins`.
    dominance
        See `dominance`.
    criteria_left_out, options_left_out
        See `leave_criteria_out` and `leave_options_out`.
    factors
        What each source of doubt does by itself: ``factor`` (``weights``, ``definition``, ``cost``, ``data``, those that
        are drawn, then ``all`` together); ``p_first_lost`` (share of draws in which no option that is first by the study
        is first); ``mean_rank_shift`` (mean over draws and options of the places between the drawn rank and the
        study's); ``rank_variance`` (mean over options of the variance of the rank); ``variance_share`` (of the variance
        of all together; shares need not add up to one, as factors may amplify or mask each other).
    weights, goalposts
        What would change the first place; see `corridors.ranking.toppling`.
    """

    ranking: pd.DataFrame
    wins: pd.DataFrame
    dominance: pd.DataFrame
    criteria_left_out: pd.DataFrame
    options_left_out: pd.DataFrame
    factors: pd.DataFrame
    weights: pd.DataFrame
    goalposts: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables beside the ranking, by the names of their files."""
        return {
            "wins": self.wins,
            "dominance": self.dominance,
            "criteria_left_out": self.criteria_left_out,
            "options_left_out": self.options_left_out,
            "factors": self.factors,
            "toppling_weights": self.weights,
            "toppling_goalposts": self.goalposts,
        }


def robustness_of(
    profiles: pd.DataFrame,
    criteria: Sequence[Criterion],
    *,
    draws: int,
    concentration: Concentration,
    seed: int,
    aggregation: Aggregation = "arithmetic",
    uncertainty: Uncertainty | None = None,
) -> Robustness:
    """Rank options and ask everything of the ranking.

    Parameters
    ----------
    profiles, criteria, draws, concentration, seed, aggregation, uncertainty
        As for `corridors.ranking.ranking.rank_options`.

    Raises
    ------
    ParameterError
        As for `corridors.ranking.ranking.rank_options`.

    Examples
    --------
    >>> options = pd.DataFrame({"id": ["a", "b"], "name": ["A", "B"], "rate": [150.0, 100.0]})
    >>> need = corridors.Criterion("need", "Deprived people", "need", "rate", "per 1,000", "higher", 0, 200, 1.0)
    >>> found = corridors.robustness_of(options, [need], draws=100, concentration=20, seed=1)
    >>> found.dominance[["name", "other_name"]]
      name other_name
    0    A          B
    """
    doubt = uncertainty or Uncertainty()
    weighed = [criterion.measure for criterion in criteria if criterion.weight > 0]

    def drawn_with(concentration: Concentration, doubt: Uncertainty) -> Draws:
        return draw_ranks(
            profiles,
            criteria,
            draws=draws,
            concentration=concentration,
            seed=seed,
            aggregation=aggregation,
            uncertainty=doubt,
        )

    together = drawn_with(concentration, doubt)
    alone: dict[str, Draws] = {}
    if concentration != math.inf:
        alone["weights"] = drawn_with(concentration, Uncertainty())
    for factor in doubt.factors(weighed):
        alone[factor] = drawn_with(math.inf, doubt.only(factor))
    return Robustness(
        ranking=ranking_table(profiles, criteria, together),
        wins=pairwise_wins(together),
        dominance=dominance(profiles, criteria),
        criteria_left_out=leave_criteria_out(profiles, criteria, aggregation=aggregation),
        options_left_out=leave_options_out(profiles, criteria, aggregation=aggregation),
        factors=factor_effects(alone | {ALL_FACTORS: together}),
        weights=toppling_weights(profiles, criteria, aggregation=aggregation),
        goalposts=toppling_goalposts(profiles, criteria, aggregation=aggregation),
    )


def pairwise_wins(drawn: Draws) -> pd.DataFrame:
    """Return how often each option ranks before each other.

    Returns
    -------
        ``id, name, other_id, other_name``; ``p_before`` (share of draws in which the option ranks before the other),
        ``p_level`` (in which they share a rank); ``told_apart`` (one of the two is before the other in at least `SURE`
        of the draws, shared ranks counting half). A row for every ordered pair of options that have a score, by rank.
    """
    wins, order = Wins.of(drawn.ranks), drawn.order
    one, other = np.nonzero(~np.eye(len(order), dtype=np.bool_))
    one, other = order[one], order[other]
    return _pairs(drawn.options, one, other).assign(
        p_before=wins.before[one, other],
        p_level=wins.level[one, other],
        told_apart=~wins.undecided(sure=SURE)[one, other],
    )


def dominance(profiles: pd.DataFrame, criteria: Sequence[Criterion]) -> pd.DataFrame:
    """Return which option is at least as good as which other on every weighed criterion, and better on one.

    The measures themselves are compared, not where they are placed: what is found holds whatever the weights and
    wherever the goalposts. Options that lack a weighed measure take no part.

    Returns
    -------
        ``id, name, other_id, other_name, better_on`` (keys of the criteria on which the first is better, the others
        being equal). Sorted by both ids; empty where no option dominates another.
    """
    weighed = [criterion for criterion in criteria if criterion.weight > 0]
    measures = [criterion.measure for criterion in weighed]
    known = profiles.dropna(subset=measures).sort_values("id", ignore_index=True)
    sign = np.array([1.0 if criterion.direction == "higher" else -1.0 for criterion in weighed])
    value = known[measures].to_numpy(dtype=np.float64) * sign
    better = value[:, np.newaxis, :] > value[np.newaxis, :, :]
    one, other = np.nonzero(better.any(axis=2) & ~better.any(axis=2).T)
    keys = np.array([criterion.key for criterion in weighed], dtype=object)
    told = [" ".join(keys[better[pair]]) for pair in zip(one, other, strict=True)]
    return _pairs(known, one, other).assign(better_on=pd.Series(told, dtype="str"))


def leave_criteria_out(
    profiles: pd.DataFrame, criteria: Sequence[Criterion], *, aggregation: Aggregation = "arithmetic"
) -> pd.DataFrame:
    """Rank again without each weighed criterion in turn, the other weights growing in proportion.

    Returns
    -------
        ``left_out`` (key), ``id, name, score, rank`` (missing without a score), ``places_gained`` (by which the option
        stands higher than with all criteria; below nought lower). By criterion as given, then by rank and id. Empty with
        a single weighed criterion.
    """
    rank = _ranked(profiles, criteria, aggregation)["rank"]
    tables = []
    for criterion in criteria:
        others = without_criterion(criteria, criterion.key)
        if criterion.weight > 0 and others:
            table = _ranked(profiles, others, aggregation)
            table.insert(0, "left_out", criterion.key)
            table["places_gained"] = rank - table["rank"]
            tables.append(table.sort_values(["rank", "id"]))
    if tables:
        return pd.concat(tables, ignore_index=True)
    return pd.DataFrame(columns=["left_out", "id", "name", "score", "rank", "places_gained"])


def leave_options_out(
    profiles: pd.DataFrame, criteria: Sequence[Criterion], *, aggregation: Aggregation = "arithmetic"
) -> pd.DataFrame:
    """Rank again without each option in turn: fixed goalposts must leave the order of the others as it was.

    Returns
    -------
        ``left_out_id, left_out_name``; ``pairs`` (of the other options that have a score), ``reordered`` (those of them
        that then stand in another order: 0 is the proof that no option's presence decides between two others);
        ``first_id, first_name`` (who is then first, the lesser id among equals; missing when nobody is left). Sorted by
        id; options without a score are not left out in turn.
    """
    measures = list(dict.fromkeys(criterion.measure for criterion in criteria))
    score = score_options(profiles, criteria, aggregation=aggregation)
    known = profiles.loc[~np.isnan(score), ["id", "name", *measures]].sort_values("id", ignore_index=True)
    rank = _ranks(known, criteria, aggregation)
    rows = []
    for at, (left_id, left_name) in enumerate(zip(known["id"], known["name"], strict=True)):
        rest = known.drop(index=at)
        again = _ranks(rest, criteria, aggregation)
        first = rest[["id", "name"]].iloc[int(again.argmin())] if len(rest) else (None, None)
        reordered = _reordered(np.delete(rank, at), again)
        rows.append((left_id, left_name, math.comb(len(rest), 2), reordered, *first))
    names = ["left_out_id", "left_out_name", "pairs", "reordered", "first_id", "first_name"]
    return pd.DataFrame(rows, columns=names)


def factor_effects(drawn: dict[str, Draws]) -> pd.DataFrame:
    """Compare what factors do to the ranks, given the draws with each; `ALL_FACTORS` must be one of them.

    Returns
    -------
        See `Robustness`; rows as given. Missing without an option that has a score.
    """
    table = pd.DataFrame([_effect(factor, draws) for factor, draws in drawn.items()])
    whole = float(table.loc[table["factor"] == ALL_FACTORS, "rank_variance"].iloc[0])
    table["variance_share"] = table["rank_variance"] / whole if whole > 0 else np.nan
    return table


def _effect(factor: str, drawn: Draws) -> dict[str, object]:
    if not len(drawn.options):
        return {"factor": factor} | dict.fromkeys(
            ("p_first_lost", "mean_rank_shift", "rank_variance"), np.nan
        )
    return {
        "factor": factor,
        "p_first_lost": float((drawn.ranks[:, drawn.rank == 1] > 1).all(axis=1).mean()),
        "mean_rank_shift": float(np.abs(drawn.ranks - drawn.rank).mean()),
        "rank_variance": float(drawn.ranks.var(axis=0).mean()),
    }


def _ranked(profiles: pd.DataFrame, criteria: Sequence[Criterion], aggregation: Aggregation) -> pd.DataFrame:
    """Score and rank by the study's own weights; an option without a score has no rank."""
    score = score_options(profiles, criteria, aggregation=aggregation)
    rank = pd.Series(rank_scores(score[np.newaxis, :])[0], index=profiles.index, dtype="Int64")
    return profiles[["id", "name"]].assign(score=score, rank=rank.where(~np.isnan(score)))


def _ranks(
    profiles: pd.DataFrame, criteria: Sequence[Criterion], aggregation: Aggregation
) -> NDArray[np.int32]:
    score = score_options(profiles, criteria, aggregation=aggregation)
    ranks: NDArray[np.int32] = rank_scores(score[np.newaxis, :])[0]
    return ranks


def _reordered(before: NDArray[np.int32], after: NDArray[np.int32]) -> int:
    """Count the pairs that stand in another order, or level in only one of the two."""
    order = [np.sign(rank[:, np.newaxis] - rank[np.newaxis, :]) for rank in (before, after)]
    return int((order[0] != order[1]).sum()) // 2


def _pairs(options: pd.DataFrame, one: NDArray[np.intp], other: NDArray[np.intp]) -> pd.DataFrame:
    """Name pairs of options, given by position."""
    named = options[["id", "name"]]
    parts = [named.iloc[positions].reset_index(drop=True) for positions in (one, other)]
    return pd.concat(parts, axis=1).set_axis(_PAIR, axis=1)
