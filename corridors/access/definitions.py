"""The access of catchments by other definitions of travel time, for a ranking that must not hang on one of them.

A median of the departures, the best of them, a late percentile and the share of departures answer different questions
with the same timetable. Which of them a study takes is a judgement, so a rank is asked under each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.need.deprivation import per_1000
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from corridors.access.centre_times import CentreTimes
    from corridors.access.indicator import Indicator

#: Measures of jobs that a definition may bring, residents' means over a catchment.
JOBS: Final = ("jobs_within", "jobs_per_worker")


def profiles_by_definition(
    members: pd.DataFrame,
    areas: pd.DataFrame,
    times: CentreTimes,
    indicator: Indicator,
    *,
    statistics: Sequence[str],
    jobs: Mapping[str, pd.DataFrame] | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the measures of access of each catchment by other statistics of the departures.

    Parameters
    ----------
    members
        The result of `corridors.places.catchments.catchment_members`.
    areas
        The small areas with ``id`` and ``residents``.
    times
        The result of `corridors.access.centre_times.centre_times`.
    indicator
        The study's definition: cutoff and number of centres.
    statistics
        Such as ``best``, ``p80`` or `corridors.access.centre_times.SHARE`.
    jobs
        Results of `corridors.access.access.reach_of_jobs` by statistic, where they were asked for; a statistic without them
        leaves the measures of jobs to the study's own.

    Returns
    -------
        Per statistic ``id`` (of the place), ``few_centres_per_1000`` (residents with fewer than the indicator's number of
        centres; for the share of departures, each small area's residents times the share of departures without), and the
        residents' means ``jobs_within, jobs_per_worker`` where given; sorted by ``id``. A place without residents has no
        row. Ready as the definitions of `corridors.ranking.uncertainty.Uncertainty`.

    Raises
    ------
    JoinError
        When times, jobs and areas do not name the same small areas.
    ParameterError
        For an unknown statistic.
    """
    people = times.in_order(areas)[["id", "residents"]]
    found = {}
    for statistic in statistics:
        reaching = times.reaching(statistic, cutoffs_min=[indicator.cutoff_min])
        counted = people.assign(few=people["residents"] * (1 - reaching[0, :, indicator.min_centres - 1]))
        reached = None if jobs is None else jobs.get(statistic)
        if reached is not None:
            refuse_unmatched(
                people["id"], reached["id"], what="small areas", missing_from=f"jobs by {statistic}"
            )
            counted = counted.merge(reached[["id", *JOBS]], on="id", how="left", validate="one_to_one")
            counted[list(JOBS)] = counted[list(JOBS)].mul(counted["residents"], axis=0)
        found[statistic] = _by_place(members, counted)
    return found


def _by_place(members: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Sum small areas over catchments, and take rates and means over their residents."""
    inside = members.merge(counted, on="id", how="left", validate="many_to_one").drop(columns="id")
    sums = inside.groupby("place_id").sum()
    sums = sums[sums["residents"] > 0].rename_axis("id").reset_index()
    table = pd.DataFrame({"id": sums["id"], "few_centres_per_1000": per_1000(sums["few"], sums["residents"])})
    means = {name: sums[name] / sums["residents"] for name in JOBS if name in sums.columns}
    return table.assign(**means)
