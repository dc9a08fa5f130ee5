"""Public transport against the car for the region and its districts: the same centres and jobs, the same minutes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.access.car import against_car
from corridors.need.overlay import weighted_median, with_access

if TYPE_CHECKING:
    from corridors.study import Study


def car_by_level(access: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Set public transport against the car for the residents of the region and of each district.

    Parameters
    ----------
    access
        ``id, minutes_to_k, minutes_to_k_car, jobs_within, jobs_within_car`` of every small area, both within the same
        minutes; the car as `corridors.access.car.reach_by_car` drives it, at free flow, which flatters it.
    areas
        ``id, residents, district_code, district_name``.

    Returns
    -------
        ``level, code, name, residents``; the median resident's ``minutes_to_k`` and ``minutes_to_k_car`` and their ratio
        ``times_as_long_as_car``; the residents' mean ``jobs_within`` and ``jobs_within_car`` and their ratio
        ``jobs_share_of_car``; ``residents_by_car_alone``, who reach the k-th centre by car and not by public transport. The
        region first, then districts by code.
    """
    table = with_access(areas, access)
    rows = [{"level": "region", "code": "region", "name": "Region", **_car_figures(table)}]
    for code, part in table.groupby("district_code", sort=True):
        name = part["district_name"].iloc[0]
        rows.append({"level": "district", "code": str(code), "name": str(name), **_car_figures(part)})
    return against_car(pd.DataFrame(rows))


def _car_figures(table: pd.DataFrame) -> dict[str, str | float]:
    people = table["residents"].to_numpy(dtype=float)
    total = people.sum()
    by_car_alone = np.isfinite(table["minutes_to_k_car"]) & ~np.isfinite(table["minutes_to_k"])
    return {
        "residents": total,
        "minutes_to_k": weighted_median(table["minutes_to_k"], people),
        "minutes_to_k_car": weighted_median(table["minutes_to_k_car"], people),
        "jobs_within": (table["jobs_within"] * people).sum() / total if total else math.nan,
        "jobs_within_car": (table["jobs_within_car"] * people).sum() / total if total else math.nan,
        "residents_by_car_alone": people[by_car_alone].sum(),
    }


def car_sentence(by_level: pd.DataFrame, study: Study) -> str:
    """Say what `car_by_level` found for the region, and that the car is flattered."""
    region = by_level[by_level["level"] == "region"].iloc[0]
    if math.isnan(region["jobs_share_of_car"]):
        return ""
    text = (
        f"Within {study.jobs.cutoff_min:g} minutes the mean resident reaches {region['jobs_within']:,.0f} jobs by public "
        f"transport, {region['jobs_share_of_car']:.0%} of the {region['jobs_within_car']:,.0f} by car"
    )
    if math.isfinite(region["times_as_long_as_car"]):
        text += (
            f"; the median resident's journey to {study.indicator.min_centres} centres takes "
            f"{region['times_as_long_as_car']:.1f} times as long as the drive"
        )
    alone = region["residents_by_car_alone"]
    if alone:
        text += (
            f"; {alone:,.0f} residents reach {study.indicator.min_centres} centres by car and within "
            f"{study.journey.max_time_min:g} minutes not at all by public transport"
        )
    return f"{text}. The car is driven at free flow, without congestion or parking, which flatters it."
