"""What would change the first place: how far one weight, or one goalpost, would have to move.

A switching value says more than a range: whoever disputes a weight can see whether the dispute matters (sensitivity
analysis and switching values as in HM Treasury's Green Book). One judgement is moved at a time, all else staying.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from corridors.ranking.ranking import (
    GEOMETRIC_FLOOR,
    place_between_goalposts,
    score_options,
    score_parts,
)
from corridors.ranking.statistics import rank_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from corridors.ranking.ranking import Aggregation, Criterion

    Array = NDArray[np.float64]

TOPPLING_WEIGHTS: Final = [
    "key",
    "label",
    "weight",
    "direction",
    "topples_at",
    "change",
    "rival_id",
    "rival_name",
]
TOPPLING_GOALPOSTS: Final = [
    "key",
    "label",
    "goalpost",
    "value",
    "topples_at",
    "change",
    "rival_id",
    "rival_name",
]
#: The goalposts tried stand at least a hundredth and at most ten times as far apart as the study's.
_NARROWEST, _WIDEST = 0.01, 10.0
_LEVEL = 1e-12  # as scores tie
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class _Duel:
    """The first option against each of the others that have a score."""

    leader: pd.Series[float]
    rivals: pd.DataFrame
    lead: Array

    @classmethod
    def of(
        cls, profiles: pd.DataFrame, criteria: Sequence[Criterion], aggregation: Aggregation
    ) -> _Duel | None:
        """Find the first option, the lesser id before its equals; None where fewer than two have a score."""
        score = score_options(profiles, criteria, aggregation=aggregation)
        ordered = (
            profiles.assign(_rank=rank_scores(score[np.newaxis, :])[0], _score=score)
            .dropna(subset="_score")
            .sort_values(["_rank", "id"], ignore_index=True)
        )
        if len(ordered) < 2:
            return None
        terms = score_parts(
            place_between_goalposts(ordered, criteria).to_numpy(dtype=np.float64), aggregation
        )
        weights = np.array([criterion.weight for criterion in criteria])
        # A criterion without weight may be missing.
        sums = np.nan_to_num(terms[:, weights > 0]) @ weights[weights > 0]
        lead = sums[0] - sums[1:]
        return cls(
            ordered.iloc[0], ordered.iloc[1:].reset_index(drop=True), np.where(lead < _LEVEL, 0.0, lead)
        )

    def ahead(self, criterion: Criterion, aggregation: Aggregation) -> Array:
        """Return by how much the first option is ahead of each rival on one criterion, unweighted."""
        own = _part(criterion, np.array([self.leader[criterion.measure]], dtype=np.float64), aggregation)
        return own - _part(criterion, self.rivals[criterion.measure].to_numpy(dtype=np.float64), aggregation)

    def nearest(self, at: Array, *, now: float) -> dict[str, object]:
        """Say where the first rival draws level, given where each does."""
        if np.isnan(at).all():
            return {"topples_at": math.nan, "change": math.nan, "rival_id": "", "rival_name": ""}
        first = int(np.nanargmin(np.abs(at - now)))
        return {
            "topples_at": float(at[first]),
            "change": float(at[first] - now),
            "rival_id": self.rivals["id"].iloc[first],
            "rival_name": self.rivals["name"].iloc[first],
        }


def toppling_weights(
    profiles: pd.DataFrame, criteria: Sequence[Criterion], *, aggregation: Aggregation = "arithmetic"
) -> pd.DataFrame:
    """Return the weight of each criterion at which another option draws level with the first.

    Parameters
    ----------
    profiles, criteria, aggregation
        As for `corridors.ranking.ranking.rank_options`.

    Returns
    -------
        ``key, label, weight, direction`` (``more`` or ``less`` weight), ``topples_at`` (the weight at which the first
        rival draws level, beyond which it leads), ``change``, ``rival_id``, ``rival_name``. The other weights keep their
        proportions and the sum of one. Missing where no weight of the criterion does it, and where it bears the whole
        weight, so that the others have no proportions. Two rows per criterion, as given; empty with fewer than two
        options that have a score.

    Notes
    -----
    Exact: the lead over a rival, in logarithms for the geometric mean, is a straight line in the weight.
    """
    duel = _Duel.of(profiles, criteria, aggregation)
    if duel is None:
        return pd.DataFrame(columns=TOPPLING_WEIGHTS)
    rows = []
    for criterion in criteria:
        levels = _weights_at_level(duel.lead, duel.ahead(criterion, aggregation), weight=criterion.weight)
        rows += [
            {
                "key": criterion.key,
                "label": criterion.label,
                "weight": criterion.weight,
                "direction": direction,
            }
            | duel.nearest(at, now=criterion.weight)
            for direction, at in levels.items()
        ]
    return pd.DataFrame(rows, columns=TOPPLING_WEIGHTS)


def toppling_goalposts(
    profiles: pd.DataFrame, criteria: Sequence[Criterion], *, aggregation: Aggregation = "arithmetic"
) -> pd.DataFrame:
    """Return where each goalpost of the weighed criteria would have to stand for another option to draw level.

    Parameters
    ----------
    profiles, criteria, aggregation
        As for `corridors.ranking.ranking.rank_options`.

    Returns
    -------
        ``key, label, goalpost`` (``low`` or ``high``), ``value`` (where it stands), ``topples_at`` (the nearest place,
        either way, beyond which a rival leads), ``change``, ``rival_id``, ``rival_name``. Missing where no place does it
        that leaves the goalposts between a hundredth and ten times as far apart as they are. Two rows per weighed
        criterion; empty with fewer than two options that have a score.
    """
    duel = _Duel.of(profiles, criteria, aggregation)
    if duel is None:
        return pd.DataFrame(columns=TOPPLING_GOALPOSTS)
    rows = []
    for criterion in criteria:
        if criterion.weight == 0:
            continue
        for goalpost in ("low", "high"):
            now: float = getattr(criterion, goalpost)
            at = _goalposts_at_level(duel, criterion, goalpost, aggregation)
            rows.append(
                {"key": criterion.key, "label": criterion.label, "goalpost": goalpost, "value": now}
                | duel.nearest(at, now=now)
            )
    return pd.DataFrame(rows, columns=TOPPLING_GOALPOSTS)


def _part(criterion: Criterion, values: Array, aggregation: Aggregation) -> Array:
    return score_parts(criterion.place(values), aggregation)


def _weights_at_level(lead: Array, ahead: Array, *, weight: float) -> dict[str, Array]:
    """Return the weight at which each rival draws level, above and below the present one."""
    none = np.full(len(lead), np.nan)
    if weight >= 1:
        return {"more": none, "less": none}
    elsewhere = (lead - weight * ahead) / (1 - weight)
    slope = ahead - elsewhere
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.where(lead == 0, weight, -elsewhere / slope)
    possible = (at >= 0) & (at <= 1) & (np.abs(slope) > _LEVEL)
    return {
        "more": np.where(possible & (slope < 0), at, none),
        "less": np.where(possible & (slope > 0), at, none),
    }


def _goalposts_at_level(
    duel: _Duel, criterion: Criterion, goalpost: Literal["low", "high"], aggregation: Aggregation
) -> Array:
    """Return the nearest place of a goalpost at which each rival draws level."""
    now: float = getattr(criterion, goalpost)
    own = float(duel.leader[criterion.measure])
    others = duel.rivals[criterion.measure].to_numpy(dtype=np.float64)
    rest = duel.lead - criterion.weight * duel.ahead(criterion, aggregation)
    gap = partial(_gap, criterion, goalpost, aggregation, own, others, rest)
    edges = _edges(criterion, goalpost, own, others)
    above = _first_fall(gap, np.sort(np.maximum(edges, now), axis=0))
    below = _first_fall(gap, -np.sort(-np.minimum(edges, now), axis=0))
    nearer = np.isnan(below) | (np.abs(above - now) <= np.abs(below - now))
    return np.where(nearer, above, below)


def _gap(
    criterion: Criterion,
    goalpost: Literal["low", "high"],
    aggregation: Aggregation,
    own: float,
    others: Array,
    rest: Array,
    at: Array,
) -> Array:
    """Return the lead over each rival with the goalpost elsewhere."""
    moved: Criterion = replace(criterion, **{goalpost: at})  # type: ignore[arg-type]
    leader = _part(moved, np.full_like(at, own), aggregation)
    rival = _part(moved, np.broadcast_to(others, at.shape), aggregation)
    lead: Array = rest + criterion.weight * (leader - rival)
    return lead


def _edges(criterion: Criterion, goalpost: Literal["low", "high"], own: float, others: Array) -> Array:
    """Return the places of a goalpost between which the lead over a rival only rises or only falls.

    The ends of the search, and where either option comes to stand at a goalpost or at the floor of the geometric mean.
    """
    low, high = criterion.low, criterion.high
    width = high - low
    if goalpost == "high":
        ends = (low + _NARROWEST * width, low + _WIDEST * width)
        shares = (GEOMETRIC_FLOOR, 1 - GEOMETRIC_FLOOR, 1.0)
        turns = [low + (value - low) / share for share in shares for value in (own, others)]
    else:
        ends = (high - _WIDEST * width, high - _NARROWEST * width)
        shares = (0.0, GEOMETRIC_FLOOR, 1 - GEOMETRIC_FLOOR)
        turns = [(value - share * high) / (1 - share) for share in shares for value in (own, others)]
    now: float = getattr(criterion, goalpost)
    places = np.array([np.broadcast_to(place, others.shape) for place in (now, *ends, *turns)])
    within: Array = np.clip(places, *ends)
    return within


def _first_fall(gap: Callable[[Array], Array], edges: Array) -> Array:
    """Return where the lead over each rival first falls below nought along the edges (edges, rivals); NaN where never."""
    fallen = gap(edges) < -_LEVEL
    first = np.maximum(fallen.argmax(axis=0), 1)[np.newaxis, :]
    inner = np.take_along_axis(edges, first - 1, axis=0)
    outer = np.take_along_axis(edges, first, axis=0)
    for _ in range(_HALVINGS):
        middle = (inner + outer) / 2
        ahead = gap(middle) >= 0
        inner, outer = np.where(ahead, middle, inner), np.where(ahead, outer, middle)
    return np.where(fallen.any(axis=0), ((inner + outer) / 2)[0], np.nan)
