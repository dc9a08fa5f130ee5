"""The indicator as an object of its own: its definition, its value by place, and who just misses it.

Residents who reach nothing are in every denominator. What other definitions would give is in
`corridors.access.indicator_variants`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from accessibility.errors import ParameterError
from accessibility.statistics import percentile_of
from corridors.access.centre_times import SHARE
from corridors.need.overlay import with_access
from corridors.study import indicator_definition, statistic_words
from corridors.tables.areas import to_wards

if TYPE_CHECKING:
    from accessibility.engine.routing import Direction
    from corridors.study import Study

#: What is shown beside the study's own statistic: the union over departures, the median, one in five slower, the mean.
STATISTICS: Final = ("best", "p50", "p80", SHARE)
#: The cutoffs of the sweep, in minutes; the study's own is added.
CUTOFFS_MIN: Final = tuple(range(30, 76, 5))
INDICATOR_COLUMNS = ["level", "code", "name", "residents", "residents_reaching", "share"]


@dataclass(frozen=True)
class Indicator:
    """Enough centres within so many minutes: everything that decides what is counted.

    Attributes
    ----------
    definition
        The study's own sentence: whom, how many centres, how many minutes, measured how.
    window, statistic, cutoff_min, min_centres, max_access_min, max_egress_min, max_time_min
        As in the study file.
    centres
        The ids of the centres, each counted once however many points it has.
    brought
        Whether the minutes were brought, one for each pair, so that no other statistic can be taken of them.
    """

    definition: str
    window: tuple[str, str]
    statistic: str
    cutoff_min: float
    min_centres: int
    max_access_min: float
    max_egress_min: float
    max_time_min: float
    centres: tuple[str, ...]
    brought: bool = False

    @classmethod
    def of(cls, study: Study, centres: pd.DataFrame) -> Indicator:
        """Take the indicator of a study; `centres` is the table of `corridors.places.places.read_centres`."""
        journey = study.journey
        return cls(
            definition=indicator_definition(study),
            window=journey.window,
            statistic=journey.statistic,
            cutoff_min=study.indicator.cutoff_min,
            min_centres=study.indicator.min_centres,
            max_access_min=journey.max_access_min,
            max_egress_min=journey.max_egress_min,
            max_time_min=journey.max_time_min,
            centres=tuple(dict.fromkeys(centres["group"])),
            brought=bool(study.brought),
        )

    @property
    def statistics(self) -> tuple[str, ...]:
        """The statistics to show: `STATISTICS` and the study's own, the optimistic first, the share last."""
        if self.brought:
            return (self.statistic,)
        percentiles = {*STATISTICS, self.statistic} - {SHARE}
        return (*sorted(percentiles, key=percentile_of), SHARE)

    @property
    def cutoffs_min(self) -> tuple[float, ...]:
        """The cutoffs to show: `CUTOFFS_MIN` and the study's own, as far as journeys are followed."""
        return tuple(sorted(c for c in {*CUTOFFS_MIN, self.cutoff_min} if c <= self.max_time_min))

    def variant_in_words(self, statistic: str, *, direction: Direction = "depart") -> str:
        """Say what a variant counts; what it leaves unsaid is as in `definition`."""
        if self.brought:
            return self.definition
        start, end = self.window
        leaving = "leaving at" if direction == "depart" else "arriving by"
        return (
            f"{self.min_centres} or more centres within {self.cutoff_min:g} minutes, "
            f"{statistic_clause(statistic, direction)}; {leaving} every minute from {start} until before {end}"
        )


def statistic_clause(statistic: str, direction: Direction) -> str:
    """Say how a statistic reads the departures or arrivals of the window."""
    moments = "departures" if direction == "depart" else "arrivals"
    if statistic == SHARE:
        return f"counted at each of the {moments} and averaged over them"
    if statistic == "best":
        return f"each centre at the best of the {moments} for it, an upper bound"
    return f"each centre at its {statistic_words(statistic)} over the {moments}"


def indicator_near_miss(
    access: pd.DataFrame,
    areas: pd.DataFrame,
    shares: pd.DataFrame,
    wards: pd.DataFrame,
    indicator: Indicator,
    *,
    margin_min: float = 5,
) -> pd.DataFrame:
    """Return the residents whose enough-th centre lies beyond the cutoff by no more than the margin.

    They are the first to gain from a quicker line, and to lose from a slower one: the indicator turns on them.

    Parameters
    ----------
    access
        ``id, minutes_to_k``: minutes to the enough-th centre, for every small area.
    areas, shares, wards
        As for `indicator_by_level`.
    indicator
        The study's definition.
    margin_min
        Minutes beyond the cutoff.

    Returns
    -------
        ``level, code, name, residents, near_miss`` (people), ``share`` (of all residents, 0 to 1), ``above_min`` and
        ``up_to_min``; in the order of `indicator_by_level`.

    Raises
    ------
    ParameterError
        When the margin is not above 0 or leads beyond the longest journey, so that some would go unseen.
    """
    low, high = near_miss_bounds(indicator, margin_min=margin_min)
    near = with_access(areas, access[["id", "minutes_to_k"]])
    near["near_miss"] = near["residents"].where(
        is_near_miss(near["minutes_to_k"], low, margin_min=margin_min), 0
    )
    table = by_level(near, shares, wards, counts=["residents", "near_miss"])
    return table.assign(share=share_of(table, "near_miss"), above_min=low, up_to_min=high)


def near_miss_bounds(indicator: Indicator, *, margin_min: float) -> tuple[float, float]:
    """Return the minutes that a near miss lies above and up to, or refuse a margin that would hide some.

    Raises
    ------
    ParameterError
        When the margin is not above 0, or leads beyond the longest journey.
    """
    if not margin_min > 0:
        raise ParameterError(f"margin_min is {margin_min}; it must be above 0")
    high = indicator.cutoff_min + margin_min
    if high > indicator.max_time_min:
        raise ParameterError(
            f"margin_min {margin_min:g} leads to {high:g} minutes, beyond max_time_min, {indicator.max_time_min:g}, where "
            "journeys are not followed"
        )
    return indicator.cutoff_min, high


def is_near_miss(minutes_to_k: pd.Series[float], cutoff_min: float, *, margin_min: float) -> pd.Series[bool]:
    """Tell whose enough-th centre lies beyond the cutoff, but by no more than the margin."""
    return (minutes_to_k > cutoff_min) & (minutes_to_k <= cutoff_min + margin_min)


def indicator_by_level(
    access: pd.DataFrame, areas: pd.DataFrame, shares: pd.DataFrame, wards: pd.DataFrame, *, min_centres: int
) -> pd.DataFrame:
    """Return the share of residents who reach enough centres: for the region, each district and each ward.

    Parameters
    ----------
    access
        ``id, n_within``: centres within the cutoff, for every small area.
    areas
        The small areas with ``residents, district_code, district_name``.
    shares
        The result of `corridors.tables.areas.ward_shares`.
    wards
        ``ward_code, ward_name``.
    min_centres
        Centres that must be within reach.

    Returns
    -------
        ``level`` (region, district, ward), ``code``, ``name``, ``residents`` (all of them), ``residents_reaching`` and
        ``share`` (0 to 1), region first, then districts and wards by code. Missing where nobody lives.
    """
    reached = with_access(areas, access[["id", "n_within"]])
    reached["residents_reaching"] = reached["residents"].where(reached["n_within"] >= min_centres, 0)
    table = by_level(reached, shares, wards, counts=["residents", "residents_reaching"])
    return table.assign(share=share_of(table, "residents_reaching"))[INDICATOR_COLUMNS]


def by_level(
    areas: pd.DataFrame, shares: pd.DataFrame, wards: pd.DataFrame, *, counts: list[str]
) -> pd.DataFrame:
    """Sum counts of small areas to the region, the districts, and the wards by residents' share."""
    by_ward = to_wards(areas, shares, counts=counts).merge(wards, on="ward_code", validate="one_to_one")
    by_ward = by_ward.rename(columns={"ward_code": "code", "ward_name": "name"}).assign(level="ward")
    table = pd.concat([region_and_districts(areas, counts=counts), by_ward], ignore_index=True)
    return table[["level", "code", "name", *counts]]


def region_and_districts(areas: pd.DataFrame, *, counts: list[str]) -> pd.DataFrame:
    """Sum counts of small areas to the region and its districts: ``level, code, name`` and the counts, by code."""
    region = areas[counts].sum().to_frame().T.assign(level="region", code="region", name="Region")
    districts = areas.groupby(["district_code", "district_name"], sort=True)[counts].sum().reset_index()
    districts = districts.rename(columns={"district_code": "code", "district_name": "name"})
    table = pd.concat([region, districts.assign(level="district")], ignore_index=True)
    return table[["level", "code", "name", *counts]]


def share_of(table: pd.DataFrame, part: str) -> pd.Series[float]:
    """Return a part of the residents over all of them; missing where nobody lives."""
    return table[part] / table["residents"].where(table["residents"] > 0)


def centres_curve(access: pd.DataFrame, areas: pd.DataFrame, *, centres: int) -> pd.DataFrame:
    """Return the share of residents who reach at least k centres, for k from one to all of them.

    Returns
    -------
        ``k``, ``residents_reaching`` and ``share`` (0 to 1); the share never rises with k.
    """
    reached = with_access(areas, access[["id", "n_within"]])
    total = int(reached["residents"].sum())
    counts = [int(reached.loc[reached["n_within"] >= k, "residents"].sum()) for k in range(1, centres + 1)]
    table = pd.DataFrame({"k": range(1, centres + 1), "residents_reaching": counts})
    table["share"] = table["residents_reaching"] / total if total else np.nan
    return table
