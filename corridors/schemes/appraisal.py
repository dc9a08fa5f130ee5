"""What a scheme is worth to whom: benefits by fifth of deprivation, their shares graded, weighted, and per pound.

Benefits are access, not money: residents who come to reach enough centres, and jobs within reach added up over
residents. No time savings are valued, no demand is forecast, and a figure per £ million is no benefit-cost ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from corridors.need.overlay import with_access
from corridors.schemes.distribution import (
    ELASTICITY,
    FIFTHS,
    IN_LINE,
    LOWEST_FIFTH_WEIGHT,
    TWO_GROUP_WEIGHTS,
    di_grade,
    national_fifths,
    welfare_weights,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from corridors.schemes.before_after import BeforeAfter
    from corridors.schemes.edits import Cost

_MEASURES: Final = {
    "centres": "residents who come to reach enough centres",
    "jobs": "jobs within reach, summed over residents",
}
_FIFTHS_ARE: Final = (
    "Fifths are national, by the Income domain of the Indices of Deprivation. They stand in for fifths of income, which "
    "an area's deprivation is not."
)
_GRADES_ARE: Final = (
    "Grades compare a fifth's share of the benefit with its share of the residents of all small areas where anything "
    "changes, after TAG unit A4.2. Within {points:g} percentage points counts as in line, a tolerance not checked against "
    "the unit."
)
_ACCESS_IS: Final = "Benefits are access, not money: no figure here is a benefit-cost ratio."


@dataclass(frozen=True, eq=False)
class Appraisal:
    """What a scheme, or a package, is worth to whom.

    Attributes
    ----------
    name
        Of the scheme.
    fifths
        ``measure`` (``centres``: residents who reach enough of them; ``jobs``: jobs within reach, added up over
        residents), ``fifth`` (1 the most deprived; 0 without a rank), ``residents``, ``residents_in_impact_area``,
        ``benefit`` (after less before), ``gained, lost`` (its two sides, over small areas), ``share_of_residents``,
        ``share_of_impact_area``, ``share_of_benefit`` (of what fifths with a benefit gain together, or of what those with
        a loss lose), ``grade, marks``, ``weight, weighted``.
    totals
        One row per measure: ``measure, unit, benefit, gained, lost, weighted``, ``most_deprived_fifth`` (its benefit),
        ``cost_m_low, cost_m_central, cost_m_high``, and per £ million, each at the high, central and low cost, so that a
        gain rises from one to the next: ``per_m_at_high_cost, per_m_at_central_cost, per_m_at_low_cost``, with ``weighted_…`` and
        ``most_deprived_…`` beside them. Missing without a cost.
    sentences
        What the tables rest on, and what they leave out.
    """

    name: str
    fifths: pd.DataFrame
    totals: pd.DataFrame
    sentences: tuple[str, ...]


def appraise(
    found: BeforeAfter,
    areas: pd.DataFrame,
    *,
    ranked: int,
    cost_m: Cost | None = None,
    incomes: Mapping[int, float] | None = None,
    elasticity: float = ELASTICITY,
    in_line: float = IN_LINE,
) -> Appraisal:
    """Ask what a scheme is worth to each fifth of deprivation, weighted and per £ million.

    Parameters
    ----------
    found
        The result of `corridors.schemes.before_after.before_after`.
    areas
        The small areas with ``id`` and ``income_rank``.
    ranked
        As for `national_fifths`.
    cost_m
        £ million, low, central and high. None, or 0, gives no figure per £ million and a sentence that says so.
    incomes
        Median equivalised incomes of the five income fifths, for `welfare_weights`. Without them the lowest fifth weighs
        `LOWEST_FIFTH_WEIGHT` and all others 1.
    elasticity
        As for `welfare_weights`.
    in_line
        As for `di_grade`.

    Notes
    -----
    Fifths of deprivation stand in for fifths of income: an area's residents are not all as poor as their area. The
    impact area is all small areas where anyone gains or loses in any measure.
    """
    weights = TWO_GROUP_WEIGHTS if incomes is None else welfare_weights(incomes, elasticity=elasticity)
    ranks = areas[["id"]].assign(
        fifth=national_fifths(areas, ranked=ranked).fillna(0).to_numpy(dtype=np.int64)
    )
    table = with_access(found.areas, ranks)
    fifths = pd.concat(
        [_by_fifth(table, key, weights, in_line=in_line) for key in _MEASURES], ignore_index=True
    )
    totals = pd.DataFrame([_total(fifths[fifths["measure"] == key], cost_m) for key in _MEASURES])
    return Appraisal(
        found.name, fifths, totals, _sentences(found, table, cost_m, incomes, elasticity, in_line)
    )


def appraisals_table(appraisals: Sequence[Appraisal], comparisons: Sequence[BeforeAfter]) -> pd.DataFrame:
    """Put schemes side by side, one row each, as a paper would print them; in the order given.

    Returns
    -------
        ``scheme``; ``gainers, losers, unchanged`` (residents); ``extra_residents`` (net, who come to reach enough
        centres), ``extra_residents_most_deprived`` and ``share_most_deprived`` (of the benefit, 0 to 1),
        ``people_most_deprived`` (their share of the impact area), ``grade_most_deprived``; ``extra_residents_weighted``;
        ``extra_jobs_each`` (jobs within reach, mean over all residents); ``cost_m_low, cost_m_central, cost_m_high``;
        ``residents_per_m_at_high_cost, residents_per_m, residents_per_m_at_low_cost``.
    """
    return pd.DataFrame(
        [_row(each, found) for each, found in zip(appraisals, comparisons, strict=True)], columns=_ROW
    )


_ROW: Final = [
    "scheme", "gainers", "losers", "unchanged", "extra_residents", "extra_residents_most_deprived",
    "share_most_deprived", "people_most_deprived", "grade_most_deprived", "extra_residents_weighted",
    "extra_jobs_each", "cost_m_low", "cost_m_central", "cost_m_high", "residents_per_m_at_high_cost",
    "residents_per_m", "residents_per_m_at_low_cost",
]  # fmt: skip


def _row(each: Appraisal, found: BeforeAfter) -> dict[str, object]:
    people, total = found.totals.iloc[0], each.totals.set_index("measure").loc["centres"]
    worst = each.fifths[(each.fifths["measure"] == "centres") & (each.fifths["fifth"] == 1)].iloc[0]
    return {
        "scheme": each.name,
        "gainers": people["gainers"],
        "losers": people["losers"],
        "unchanged": people["unchanged"],
        "extra_residents": total["benefit"],
        "extra_residents_most_deprived": worst["benefit"],
        "share_most_deprived": worst["share_of_benefit"],
        "people_most_deprived": worst["share_of_impact_area"],
        "grade_most_deprived": worst["grade"],
        "extra_residents_weighted": total["weighted"],
        "extra_jobs_each": found.levels.iloc[0]["jobs_change"],
        "cost_m_low": total["cost_m_low"],
        "cost_m_central": total["cost_m_central"],
        "cost_m_high": total["cost_m_high"],
        "residents_per_m_at_high_cost": total["per_m_at_high_cost"],
        "residents_per_m": total["per_m_at_central_cost"],
        "residents_per_m_at_low_cost": total["per_m_at_low_cost"],
    }


def _by_fifth(
    table: pd.DataFrame, measure: str, weights: Mapping[int, float], *, in_line: float
) -> pd.DataFrame:
    """Sum one measure's benefits over the small areas of each fifth, and grade their shares."""
    people = table["residents"]
    if measure == "centres":
        change = people * (table["reaches_after"].astype(int) - table["reaches_before"].astype(int))
    else:
        change = people * table["jobs_within_change"]
    sums = pd.DataFrame(
        {
            "residents": people,
            "residents_in_impact_area": people.where(table["change"] != "unchanged", 0),
            "benefit": change,
            "gained": change.clip(lower=0),
            "lost": -change.clip(upper=0),
        }
    )
    unranked = [0] if (table["fifth"] == 0).any() else []
    by_fifth = sums.groupby(table["fifth"]).sum().reindex([*FIFTHS, *unranked], fill_value=0)
    by_fifth["share_of_residents"] = _shares(by_fifth["residents"])
    by_fifth["share_of_impact_area"] = _shares(by_fifth["residents_in_impact_area"])
    by_fifth["share_of_benefit"] = _shares(by_fifth["benefit"].clip(lower=0)) + _shares(
        -by_fifth["benefit"].clip(upper=0)
    )
    grades = [
        di_grade(share, of_people, adverse=benefit < 0, in_line=in_line)
        for share, of_people, benefit in by_fifth[
            ["share_of_benefit", "share_of_impact_area", "benefit"]
        ].itertuples(index=False)
    ]
    by_fifth["grade"], by_fifth["marks"] = [g.words for g in grades], [g.marks for g in grades]
    by_fifth["weight"] = [weights.get(int(fifth), 1.0) for fifth in by_fifth.index]
    by_fifth["weighted"] = by_fifth["benefit"] * by_fifth["weight"]
    by_fifth.insert(0, "measure", measure)
    return by_fifth.rename_axis("fifth").reset_index()[["measure", "fifth", *by_fifth.columns[1:]]]


def _shares(values: pd.Series[float]) -> pd.Series[float]:
    """Each part of the whole, 0 where there is none."""
    whole = values.sum()
    return values / whole if whole > 0 else values * 0.0


def _total(fifths: pd.DataFrame, cost: Cost | None) -> dict[str, object]:
    """Sum a measure over the fifths, and divide it by the cost."""
    measure = str(fifths["measure"].iloc[0])
    sums = fifths[["benefit", "gained", "lost", "weighted"]].sum()
    worst = float(fifths.loc[fifths["fifth"] == 1, "benefit"].sum())
    row: dict[str, object] = {
        "measure": measure,
        "unit": _MEASURES[measure],
        **sums,
        "most_deprived_fifth": worst,
    }
    costs = {end: math.nan if cost is None else getattr(cost, end) for end in ("low", "central", "high")}
    row |= {f"cost_m_{end}": value for end, value in costs.items()}
    for prefix, value in (("", sums["benefit"]), ("weighted_", sums["weighted"]), ("most_deprived_", worst)):
        for end in ("high", "central", "low"):
            row[f"{prefix}per_m_at_{end}_cost"] = float(value) / costs[end] if costs[end] > 0 else math.nan
    return row


def _sentences(
    found: BeforeAfter,
    table: pd.DataFrame,
    cost: Cost | None,
    incomes: Mapping[int, float] | None,
    elasticity: float,
    in_line: float,
) -> tuple[str, ...]:
    said = (
        _FIFTHS_ARE,
        _weighting(incomes, elasticity),
        _GRADES_ARE.format(points=in_line * 100),
        _ACCESS_IS,
        _costing(found.name or "the scheme", cost),
        _unranked(table),
    )
    return tuple(filter(None, said))


def _weighting(incomes: Mapping[int, float] | None, elasticity: float) -> str:
    """Say by what the fifths are weighted."""
    words = (
        f"the lowest fifth counts {LOWEST_FIFTH_WEIGHT:g}, the Green Book's figure on 2015 data, and all others 1"
        if incomes is None
        else f"a fifth counts (median income / its income) to the power {elasticity:g}, from the incomes given"
    )
    return f"Weighted figures stand beside unweighted ones: {words} (Green Book 2022, annex A3)."


def _costing(name: str, cost: Cost | None) -> str:
    """Say why a figure per £ million is missing; empty where none is."""
    if cost is None:
        return f"The cost of {name} is not known, so nothing is said per £ million."
    if cost.low <= 0:
        return f"A cost of {name} is stated as £0; at that cost nothing is said per £ million."
    return ""


def _unranked(table: pd.DataFrame) -> str:
    people = int(table.loc[table["fifth"] == 0, "residents"].sum())
    if not people:
        return ""
    return (
        f"{people:,} residents live in small areas without a rank: they are in no fifth, and in all totals."
    )
