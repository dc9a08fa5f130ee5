"""What every small area reaches: the study's questions put to `accessibility`, one row per small area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import accessibility as acc
from corridors.need.employment import rounding_variance
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from corridors.study import Study

    Share = Callable[[float], None]

MINUTES_PREFIX = "t_"


def build_network(
    timetable: acc.Timetable, study: Study, *, streets: acc.StreetNetwork | None = None
) -> acc.Network:
    """Lay the study's walks around the stops of a timetable: along its streets where it names any, read now or before."""
    journey = study.journey
    if study.files.streets is None:
        streets = None
    elif streets is None:
        streets = acc.read_streets(study.resolve(study.files.streets))
    return acc.build_network(
        timetable,
        streets,
        walk_speed_kmh=journey.walk_speed_kmh,
        max_access_min=journey.max_access_min,
        max_egress_min=journey.max_egress_min,
        max_transfer_min=journey.max_transfer_min,
        max_direct_min=journey.max_direct_min,
        min_transfer_min=journey.min_transfer_min,
        detour=journey.detour,
        max_snap_m=journey.max_snap_m,
    )


def reach_of_centres(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    study: Study,
    *,
    progress: Share | None = None,
) -> pd.DataFrame:
    """Return the centres every small area reaches.

    Returns
    -------
        ``id``; ``n_within`` (centres within the cutoff); ``minutes_to_k`` (minutes to the k-th nearest centre, k being
        the study's least number of centres; +inf when unreachable); ``share_departures`` (share of departures at which
        k centres are within the cutoff); and the minutes to each centre, ``t_<centre>``, centres sorted.
    """
    table = acc.centres_within(
        network,
        areas,
        centres,
        window=study.journey.window,
        cutoff_min=study.indicator.cutoff_min,
        k=study.indicator.min_centres,
        statistic=study.journey.statistic,
        max_time_min=study.journey.max_time_min,
        progress=progress,
    )
    minutes = sorted(name for name in table.columns if name.startswith(MINUTES_PREFIX))
    ordered = table[["id", "n_within", "minutes_to_k", "share_departures", *minutes]]
    return ordered.rename(columns={name: name.replace("-", "_") for name in minutes})


def reach_of_jobs(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    jobs: gpd.GeoDataFrame,
    study: Study,
    *,
    statistic: str | None = None,
    progress: Share | None = None,
) -> pd.DataFrame:
    """Return the jobs within reach of every small area, in all and per competing worker.

    By the study's statistic over the departures, or by another.

    Returns
    -------
        ``id, jobs_within, jobs_per_worker``. The second is the two-step floating catchment ratio: every job is shared
        among the workers who reach it within the cutoff. Where the study's ranking knows jobs to be rounded and the
        points name their published counts, also ``jobs_within_error``, the standard error of the first by rounding.
    """
    within = acc.Within(study.jobs.cutoff_min)
    asked: list[acc.Reachable | acc.PerCompetitor] = [
        acc.Reachable("jobs_within", "jobs", within),
        acc.PerCompetitor("jobs_per_worker", "jobs", study.jobs.competitors, within),
    ]
    if study.ranking.knows_jobs_rounded and "published_jobs" in jobs.columns:
        jobs = jobs.assign(variance=rounding_variance(jobs))
        asked.append(acc.Reachable("jobs_within_error", "variance", within))
    table = acc.opportunity_measures(
        network,
        areas,
        jobs,
        asked,
        window=study.journey.window,
        statistic=study.journey.statistic if statistic is None else statistic,
        max_time_min=study.jobs.cutoff_min,
        progress=progress,
    )
    if "jobs_within_error" in table.columns:
        table["jobs_within_error"] **= 0.5
    return table


def access_table(areas: pd.DataFrame, *measures: pd.DataFrame) -> pd.DataFrame:
    """Put what every small area reaches side by side: one row per small area, sorted by ``id``.

    Parameters
    ----------
    areas
        The small areas with ``id`` and ``residents``.
    measures
        The results of `reach_of_jobs`, `reach_of_centres` and their like: ``id`` and columns of their own.

    Raises
    ------
    JoinError
        When a measure lacks a small area.
    """
    table = pd.DataFrame(areas[["id", "residents"]])
    for part in measures:
        refuse_unmatched(table["id"], part["id"], what="small areas", missing_from="the measures of access")
        table = table.merge(part, on="id", how="left", validate="one_to_one")
    return table.sort_values("id", ignore_index=True)
