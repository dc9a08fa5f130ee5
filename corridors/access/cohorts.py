"""Who reaches the centres: the indicator over each group of residents, by the small areas they live in.

A group is a count per small area, and its people are taken to reach what their area reaches: where a group lives is
measured, not how its members travel. The groups overlap and must never be added. People who reach nothing stay in every
denominator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from accessibility.errors import ParameterError
from corridors.access.indicator import is_near_miss, near_miss_bounds, region_and_districts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridors.access.centre_times import CentreTimes
    from corridors.access.indicator import Indicator
    from corridors.study import Vintages

COHORT_COLUMNS = [
    "cohort",
    "label",
    "unit",
    "level",
    "code",
    "name",
    "people",
    "people_reaching",
    "share",
    "near_miss",
    "denominator",
    "vintage",
]
_FIFTHS = 5


@dataclass(frozen=True)
class Cohort:
    """A group of residents, or of households, counted in every small area.

    Attributes
    ----------
    key
        Its name in the tables.
    label
        Its name for readers.
    column
        The column of the small areas with its counts.
    denominator
        Whom its share is taken of, in words.
    source
        Which of the study's ``[vintages]`` the counts are of.
    unit
        What is counted.
    most_deprived_fifth
        Whether only the small areas in the nation's most deprived fifth count, by the Income domain.
    """

    key: str
    label: str
    column: str
    denominator: str
    source: Literal["census", "deprivation"] = "census"
    unit: Literal["people", "households"] = "people"
    most_deprived_fifth: bool = False


#: Every group the toolkit knows, in the order of the tables.
COHORTS: Final = (
    Cohort("residents", "All residents", "residents", "all usual residents"),
    Cohort("aged_16_64", "Aged 16 to 64", "aged_16_64", "residents aged 16 to 64"),
    Cohort("aged_16_24", "Aged 16 to 24", "aged_16_24", "residents aged 16 to 24"),
    Cohort("unemployed", "Unemployed", "unemployed", "unemployed residents"),
    Cohort(
        "households_no_car",
        "Households without a car",
        "households_no_car",
        "households without a car or van: households, not people",
        unit="households",
    ),
    Cohort("disabled", "Disabled", "disabled", "residents disabled under the Equality Act"),
    Cohort(
        "ethnic_minority",
        "Ethnic minorities",
        "ethnic_minority",
        "residents in ethnic groups other than White",
    ),
    Cohort(
        "income_deprived",
        "Income-deprived",
        "income_deprived",
        "people deprived in the Income domain",
        source="deprivation",
    ),
    Cohort(
        "employment_deprived",
        "Employment-deprived",
        "employment_deprived",
        "people deprived in the Employment domain",
        source="deprivation",
    ),
    Cohort(
        "most_deprived_fifth",
        "In the most deprived fifth",
        "residents",
        "all residents, deprived or not, of the small areas in the nation's most deprived fifth by the Income domain; "
        "the overall index is not used, because it holds a score of connectivity itself",
        most_deprived_fifth=True,
    ),
)


def cohorts_of(areas: pd.DataFrame, *, ranked: int | None = None) -> tuple[list[Cohort], list[str]]:
    """Return the groups that a study's small areas can tell, and a sentence for each that they cannot.

    Parameters
    ----------
    areas
        The small areas.
    ranked
        How many small areas the nation's ranks run over; see `corridors.need.indices.EDITIONS`. Without it no fifth of the
        nation can be told.
    """
    known, left_out = [], []
    for cohort in COHORTS:
        reason = _reason_to_leave_out(cohort, areas, ranked)
        if reason:
            left_out.append(f"The group {cohort.label.lower()!r} is left out: {reason}.")
        else:
            known.append(cohort)
    return known, left_out


def _reason_to_leave_out(cohort: Cohort, areas: pd.DataFrame, ranked: int | None) -> str:
    needed = [cohort.column, *(["income_rank"] if cohort.most_deprived_fifth else [])]
    missing = [name for name in needed if name not in areas.columns or areas[name].isna().all()]
    if missing:
        return f"the table of small areas has no column {missing[0]!r}"
    if cohort.most_deprived_fifth and ranked is None:
        return "the number of small areas that the nation's ranks run over is not known for this edition"
    return ""


def indicator_cohorts(
    times: CentreTimes,
    areas: pd.DataFrame,
    indicator: Indicator,
    *,
    cohorts: Sequence[Cohort],
    vintages: Vintages,
    ranked: int | None = None,
    margin_min: float = 5,
) -> pd.DataFrame:
    """Return the indicator over each group: how many of its people reach enough centres, in the region and by district.

    Parameters
    ----------
    times
        The result of `corridors.access.centre_times.centre_times`.
    areas
        The small areas with ``district_code``, ``district_name`` and the groups' counts.
    indicator
        The study's definition.
    cohorts
        The groups, such as `cohorts_of` gives.
    vintages
        The study's, printed with every group.
    ranked
        As for `cohorts_of`; needed for the most deprived fifth.
    margin_min
        Minutes beyond the cutoff within which a group's people count as a near miss.

    Returns
    -------
        ``cohort, label, unit``; ``level`` (region, district), ``code``, ``name``; ``people`` (all of the group, or its
        households), ``people_reaching``, ``share`` (0 to 1, missing where the group has nobody) and ``near_miss`` (people
        whose enough-th centre is beyond the cutoff by at most the margin); ``denominator`` and ``vintage`` in words. By
        group as given, the region first, then districts by code.

    Raises
    ------
    ParameterError
        When the margin leads beyond the longest journey, or the most deprived fifth is asked for without `ranked` or
        with that of another edition.
    JoinError
        When times and areas do not name the same small areas.
    """
    low, high = near_miss_bounds(indicator, margin_min=margin_min)
    ordered = times.in_order(areas)
    k = indicator.min_centres - 1
    reaching = times.reaching(indicator.statistic, cutoffs_min=[low])[0, :, k]
    minutes = pd.Series(times.minutes_to_kth(indicator.statistic)[:, k])
    near = is_near_miss(minutes, low, margin_min=high - low)
    tables = []
    for cohort in cohorts:
        people = people_of(cohort, ordered, ranked=ranked)
        counted = ordered[["district_code", "district_name"]].assign(
            people=people, people_reaching=people * reaching, near_miss=people.where(near, 0.0)
        )
        table = region_and_districts(counted, counts=["people", "people_reaching", "near_miss"])
        tables.append(
            table.assign(
                cohort=cohort.key,
                label=cohort.label,
                unit=cohort.unit,
                denominator=cohort.denominator,
                vintage=getattr(vintages, cohort.source),
            )
        )
    if not tables:
        return pd.DataFrame(columns=COHORT_COLUMNS)
    table = pd.concat(tables, ignore_index=True)
    table["share"] = table["people_reaching"] / table["people"].where(table["people"] > 0)
    return table[COHORT_COLUMNS]


def people_of(cohort: Cohort, areas: pd.DataFrame, *, ranked: int | None) -> pd.Series[float]:
    """Count a group in every small area.

    Parameters
    ----------
    cohort
        One that `cohorts_of` gives for these small areas.
    areas
        The small areas with the group's counts; a missing column is a KeyError.
    ranked
        As for `cohorts_of`; needed for the most deprived fifth.

    Raises
    ------
    ParameterError
        When the most deprived fifth is asked for without `ranked` or with that of another edition.
    """
    people = areas[cohort.column].astype(np.float64)
    if not cohort.most_deprived_fifth:
        return people
    if ranked is None:
        raise ParameterError("the most deprived fifth needs ranked, how many small areas the ranks run over")
    last = areas["income_rank"].max()
    if last > ranked:
        raise ParameterError(
            f"income_rank reaches {last:,}, but ranks run to {ranked:,}: take the number of the edition that the ranks are of"
        )
    return people.where(areas["income_rank"] * _FIFTHS <= ranked, 0.0)
