"""What the tables of a ranking's robustness say, in sentences; every number is a cell of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridors.ranking.ranking import FACTOR_WORDS, SURE, listed_words
from corridors.ranking.robustness import ALL_FACTORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from corridors.ranking.robustness import Robustness

_NAMED = 3


def robustness_sentences(found: Robustness, *, noun: str) -> list[str]:
    """Say how far a ranking can be trusted: who is first and how often, who cannot be told apart, what would change it.

    Parameters
    ----------
    found
        The result of `corridors.ranking.robustness.robustness_of`.
    noun
        The options in the plural, such as ``corridors``.

    Returns
    -------
        The result of `order_sentences`, then that of `change_sentences`.
    """
    return [*order_sentences(found, noun=noun), *change_sentences(found, noun=noun)]


def order_sentences(found: Robustness, *, noun: str) -> list[str]:
    """Say who is first and how often, and who cannot be told apart; nothing with fewer than two options that have a score."""
    ranking = _scored(found)
    if len(ranking) < 2:
        return []
    return [
        _first_place(ranking, found.factors),
        _beside_the_first(found.wins, ranking),
        _groups(ranking, noun),
    ]


def change_sentences(found: Robustness, *, noun: str) -> list[str]:
    """Say what would change the first place; what the tables do not tell is left out.

    Nothing with fewer than two options that have a score.
    """
    ranking = _scored(found)
    if len(ranking) < 2:
        return []
    said = [
        _topples(found.weights, ranking),
        _topples_goalpost(found.goalposts, ranking),
        _dominated(found.dominance, noun),
        _criteria(found, ranking),
        _factors(found.factors),
        _options(found.options_left_out, noun),
    ]
    return [sentence for sentence in said if sentence]


def _scored(found: Robustness) -> pd.DataFrame:
    return found.ranking[found.ranking["score"].notna()]


def _first_place(ranking: pd.DataFrame, factors: pd.DataFrame) -> str:
    first = ranking.iloc[0]
    drawn = [FACTOR_WORDS[factor] for factor in factors["factor"] if factor != ALL_FACTORS]
    rivals = ranking.iloc[1:].sort_values(["p_first", "rank", "id"], ascending=[False, True, True])
    rival = rivals.iloc[0]
    if not drawn:
        return f"{first['name']} is first; nothing was drawn."
    of_what = listed_words(drawn)
    if rival["p_first"] == 0:
        return f"{first['name']} is first in every draw of {of_what}."
    return (
        f"{first['name']} is first in {_share(first['p_first'])} of the draws of {of_what}, "
        f"{rival['name']} in {_share(rival['p_first'])}."
    )


def _beside_the_first(wins: pd.DataFrame, ranking: pd.DataFrame) -> str:
    first, name = ranking[["id", "name"]].iloc[0]
    beside = wins.loc[(wins["id"] == first) & ~wins["told_apart"], "other_name"].tolist()
    if not beside:
        return f"{name} can be told from every other."
    return f"Not to be told from {name}: {', '.join(beside)}."


def _groups(ranking: pd.DataFrame, noun: str) -> str:
    sizes = ranking.groupby("rank_group")["name"].agg(list)
    shared = sizes[sizes.map(len) > 1]
    rule = (
        f"(two are told apart when one ranks before the other in at least {SURE:.0%} of the draws; a group ends where all "
        "above are told apart from all below)"
    )
    if shared.empty:
        return f"All {len(ranking)} {noun} can be told from one another {rule}."
    listed = "; ".join(_listed(names) for names in shared)
    return (
        f"These {noun} form groups in which no order of neighbours should be relied on, though the ends of a long one may be "
        f"told apart {rule}: {listed}."
    )


def _topples(weights: pd.DataFrame, ranking: pd.DataFrame) -> str:
    first = ranking["name"].iloc[0]
    known = weights.dropna(subset="topples_at")
    if known.empty:
        return f"No change of a single weight takes the first place from {first}."
    row = known.iloc[int(known["change"].abs().to_numpy().argmin())]
    if row["change"] == 0:
        return f"{first} and {row['rival_name']} are level: any other weights decide between them."
    return (
        f"The smallest change of one weight that brings another level with {first} is {row['label']!r} from "
        f"{row['weight']:.1%} to {row['topples_at']:.1%}; beyond it {row['rival_name']} leads."
    )


def _topples_goalpost(goalposts: pd.DataFrame, ranking: pd.DataFrame) -> str:
    first = ranking["name"].iloc[0]
    known = goalposts.dropna(subset="topples_at")
    if known.empty:
        return f"No single goalpost elsewhere takes the first place from {first}."
    told = [
        f"the {post} one of {label!r} from {_figure(value)} to {_figure(at)} ({rival})"
        for post, label, value, at, rival in known[
            ["goalpost", "label", "value", "topples_at", "rival_name"]
        ].itertuples(index=False, name=None)
    ]
    return f"A single goalpost moved so far brings another level with {first}: {_listed(told, '; ')}."


def _dominated(dominance: pd.DataFrame, noun: str) -> str:
    if dominance.empty:
        return f"None of the {noun} is at least as good as another on every criterion."
    told = [
        f"{name} as {other}" for name, other in zip(dominance["name"], dominance["other_name"], strict=True)
    ]
    return f"At least as good on every criterion, whatever the weights: {_listed(told, ', ')}."


def _criteria(found: Robustness, ranking: pd.DataFrame) -> str:
    first, name = ranking[["id", "name"]].iloc[0]
    left_out = found.criteria_left_out
    if left_out.empty:
        return ""
    lost = left_out.loc[(left_out["id"] == first) & (left_out["rank"] > 1), "left_out"]
    if lost.empty:
        return f"{name} stays first whichever single criterion is left out."
    labels = dict(zip(found.weights["key"], found.weights["label"], strict=True))
    return f"{name} is no longer first without {' or without '.join(repr(labels[key]) for key in lost)}."


def _factors(factors: pd.DataFrame) -> str:
    alone = factors[factors["factor"] != ALL_FACTORS]
    every = factors.loc[factors["factor"] == ALL_FACTORS, "p_first_lost"].iloc[0]
    if alone.empty:
        return ""
    if len(alone) == 1:
        return f"With {FACTOR_WORDS[alone['factor'].iloc[0]]} drawn and nothing else, the first place is lost in {_share(every)} of the draws."
    told = [
        f"{FACTOR_WORDS[factor]} in {_share(lost)}"
        for factor, lost in zip(alone["factor"], alone["p_first_lost"], strict=True)
    ]
    return f"Drawn by itself, each takes the first place away so often: {', '.join(told)}; all together in {_share(every)} of the draws."


def _options(left_out: pd.DataFrame, noun: str) -> str:
    moved = int(np.sum(left_out["reordered"]))
    if moved:
        return f"Leaving one of the {noun} out reorders {moved} pairs of others."
    return f"Leaving any one of the {noun} out reorders no others."


def _share(share: float) -> str:
    """Say a share in whole per cent, without calling rare never or frequent always."""
    if 0 < share < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 <= share < 1 else f"{share:.0%}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _listed(names: Sequence[str], sep: str = ", ") -> str:
    """Name the first few and count the rest."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED + 1 else ""
    return sep.join(names if not more else names[:_NAMED]) + more
