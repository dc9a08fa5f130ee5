"""Public transport held against the car: the same centres and the same jobs, driven at free flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import accessibility as acc

if TYPE_CHECKING:
    import geopandas as gpd

    from accessibility.streets.streets import StreetNetwork
    from corridors.study import Study

#: What `reach_by_car` adds to the access of small areas.
CAR_COLUMNS = ("minutes_to_k_car", "jobs_within_car")


def reach_by_car(
    roads: StreetNetwork,
    areas: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    jobs: gpd.GeoDataFrame,
    study: Study,
) -> pd.DataFrame:
    """Return what every small area reaches by car under the study's own thresholds.

    Parameters
    ----------
    roads
        Streets read for driving.
    areas, centres, jobs
        As for `corridors.access.access.reach_of_centres` and `corridors.access.access.reach_of_jobs`.
    study
        A study with ``[car]``.

    Returns
    -------
        ``id``; ``minutes_to_k_car`` (the drive to the k-th nearest centre, k being the study's least number of centres;
        +inf when there is no such drive) and ``jobs_within_car`` (jobs within the study's minutes for jobs). Free flow:
        congestion, parking and the walk to the car are not modelled, so both flatter the car.
    """
    how = study.car.model_dump() if study.car else {}
    k = study.indicator.min_centres
    times = acc.drive_times(roads, areas, centres, max_time_min=study.journey.max_time_min, **how)
    by_area = times["drive_time_min"].to_numpy().reshape(len(areas), -1)
    within = acc.drive_opportunities(
        roads, areas, jobs, opportunities="jobs", cutoff_min=study.jobs.cutoff_min, **how
    )
    return pd.DataFrame(
        {
            "id": areas["id"].to_numpy(),
            "minutes_to_k_car": np.sort(by_area, axis=1)[:, k - 1],
            "jobs_within_car": within["jobs"].to_numpy(),
        }
    )


def against_car(wards: pd.DataFrame) -> pd.DataFrame:
    """Set the minutes and the jobs of wards against those by car.

    Parameters
    ----------
    wards
        ``minutes_to_k, minutes_to_k_car, jobs_within, jobs_within_car``.

    Returns
    -------
        The wards with ``times_as_long_as_car`` (minutes to the k-th centre by public transport over those by car: +inf
        where only the car gets there, missing where neither does) and ``jobs_share_of_car`` (jobs by public transport
        over jobs by car; missing where a car reaches none).
    """
    by_car = wards["minutes_to_k_car"].where(np.isfinite(wards["minutes_to_k_car"]))
    return wards.assign(
        times_as_long_as_car=wards["minutes_to_k"] / by_car.where(by_car > 0),
        jobs_share_of_car=wards["jobs_within"] / wards["jobs_within_car"].where(wards["jobs_within_car"] > 0),
    )
