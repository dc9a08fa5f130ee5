"""Access held against a measure that others made: the connectivity score of the Department for Transport.

The score stands in the table of small areas for this alone. It covers walking, cycling and driving besides public
transport, many purposes, and another timetable, so agreement in rank is what can be asked, not equality. It is also part
of the Index of Multiple Deprivation 2025 (Barriers to Housing and Services), and must not be taken for need.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.need.overlay import with_access
from corridors.ranking.ranking import spearman

if TYPE_CHECKING:
    from corridors.study import Study

SCORE: Final = "connectivity_score"
CAVEAT: Final = (
    "The score is experimental, and the Department asks that it should not be used by itself; it counts walking, cycling "
    "and driving too, other destinations and another timetable, so it can support these figures or cast doubt on them, "
    "not prove them"
)
VALIDATION_COLUMNS = ["measure", "label", "rho", "areas", "left_out"]


@dataclass(frozen=True)
class Validation:
    """How alike access and the score order the small areas.

    Attributes
    ----------
    table
        ``measure, label, rho`` (Spearman; 1 is the same order, better access going with a higher score), ``areas``
        (compared) and ``left_out`` (areas with residents and without a score). Empty without the score.
    sentence
        The same in words with its caveat, or why it is left out.
    """

    table: pd.DataFrame
    sentence: str


def against_connectivity(access: pd.DataFrame, areas: pd.DataFrame, study: Study) -> Validation:
    """Compare the order of small areas by public-transport access with that by the Department's connectivity score.

    Parameters
    ----------
    access
        ``id, jobs_within, n_within, minutes_to_k``.
    areas
        ``id``, ``residents`` and, where the study has it, ``connectivity_score``. Areas where nobody lives take no part.
    study
        Gives the thresholds that are named.

    Returns
    -------
    Validation
        A small area that reaches nothing takes part with what it reaches, and its minutes count as the longest.
    """
    if SCORE not in areas.columns:
        return Validation(
            pd.DataFrame(columns=VALIDATION_COLUMNS),
            f"No comparison with the Department for Transport's connectivity score: the table of small areas has no column "
            f"{SCORE!r}.",
        )
    measures = (
        ("jobs_within", f"jobs within {study.jobs.cutoff_min:g} minutes", 1),
        ("n_within", f"centres within {study.indicator.cutoff_min:g} minutes", 1),
        ("minutes_to_k", f"fewer minutes to {study.indicator.min_centres} centres", -1),
    )
    table = with_access(areas, access[["id", *(name for name, _, _ in measures)]])
    lived_in = table[table["residents"] > 0]
    scored = lived_in[lived_in[SCORE].notna()]
    rows = [
        (name, label, spearman(sign * scored[name], scored[SCORE]), len(scored), len(lived_in) - len(scored))
        for name, label, sign in measures
    ]
    result = pd.DataFrame(rows, columns=VALIDATION_COLUMNS)
    return Validation(result, _sentence(result))


def _sentence(table: pd.DataFrame) -> str:
    told = [
        f"{label} {'undefined' if math.isnan(rho) else f'{rho:+.2f}'}"
        for label, rho in zip(table["label"], table["rho"], strict=True)
    ]
    left_out = int(table["left_out"].iloc[0])
    without = f", {left_out:,} without a score left out" if left_out else ""
    return (
        f"Spearman's rank correlation with the Department for Transport's connectivity score over "
        f"{int(table['areas'].iloc[0]):,} small areas{without}: {', '.join(told)}. {CAVEAT}."
    )
