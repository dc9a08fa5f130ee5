"""What a study says is not exactly known about the measures of its ranking, as the draws take it.

The definition of travel time is asked again over the same departures; a cost is drawn over its range; the error of a
measure is as its source states it, or follows from how its counts were rounded. Nothing is made up: what no source puts a
figure to, such as the sampling error of jobs in so small an area, is not drawn, and ranges are then too narrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridors.access.access import reach_of_jobs
from corridors.access.centre_times import SHARE
from corridors.access.definitions import profiles_by_definition
from corridors.access.indicator import Indicator
from corridors.errors import StudyError
from corridors.ranking.choices import OF_COST
from corridors.ranking.uncertainty import CostRange, StandardError, Uncertainty, rounding_error

if TYPE_CHECKING:
    import pandas as pd

    import accessibility as acc
    from corridors.access.centre_times import CentreTimes
    from corridors.inputs import Inputs
    from corridors.ranking.choices import ErrorChoice
    from corridors.ranking.ranking import Criterion
    from corridors.study import Study

_COST = CostRange(
    "cost_m_low",
    "cost_m_central",
    "cost_m_high",
    costs=("cost_m_central",),
    per_cost=("income_deprived_per_m",),
)


def jobs_by_definition(network: acc.Network, inputs: Inputs, study: Study) -> dict[str, pd.DataFrame]:
    """Ask the jobs within reach by every other statistic that the ranking is asked under.

    Nothing where no criterion is of jobs. The share of departures has no jobs of its own: they stay the study's.
    """
    if not any(criterion.measure.startswith("jobs") for criterion in study.criteria):
        return {}
    return {
        statistic: reach_of_jobs(network, inputs.areas, inputs.jobs, study, statistic=statistic)
        for statistic in study.ranking.definitions
        if statistic != SHARE
    }


def with_errors(profiles: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Put the standard errors that follow from rounding beside the measures, as ``<measure>_error``.

    Raises
    ------
    StudyError
        When jobs are said to be rounded but their points name no published counts.
    """
    derived = {
        f"{error.measure}_error": _by_rounding(profiles, error, study)
        for error in study.ranking.errors
        if error.rounded_to is not None
    }
    return profiles.assign(**derived)


def doubt_of(
    criteria: tuple[Criterion, ...],
    study: Study,
    inputs: Inputs,
    *,
    members: pd.DataFrame,
    times: CentreTimes,
    jobs: dict[str, pd.DataFrame],
) -> Uncertainty:
    """Gather what is not known about the profiles of options, which `with_errors` must have seen.

    Parameters
    ----------
    criteria
        What the options are ranked by.
    study, inputs
        As for `corridors.run.run_study`.
    members
        The catchments of the options.
    times
        The result of `corridors.access.centre_times.centre_times`.
    jobs
        The result of `jobs_by_definition`.
    """
    measures = {criterion.measure for criterion in criteria}
    definitions = profiles_by_definition(
        members,
        inputs.areas,
        times,
        Indicator.of(study, inputs.centres),
        statistics=study.ranking.definitions,
        jobs=jobs,
    )
    return Uncertainty(
        definitions=definitions,
        costs=(_COST,) if measures & OF_COST else (),
        errors=tuple(_error(error) for error in study.ranking.errors if error.measure in measures),
    )


def _error(error: ErrorChoice) -> StandardError:
    size = f"{error.measure}_error" if error.size is None else error.size
    return StandardError(error.measure, size=size, shared=error.shared)


def _by_rounding(profiles: pd.DataFrame, error: ErrorChoice, study: Study) -> pd.Series[float]:
    """Return the standard error of a measure that follows from how its counts were rounded."""
    if error.rounded_to != "bres":
        people = rounding_error(profiles["small_areas"], unit=float(error.rounded_to or 0))
        return 1000 * people / profiles["residents"].where(profiles["residents"] > 0)
    if "jobs_within_error" not in profiles.columns:
        raise StudyError(
            f"{study.path.name}: [[ranking.errors]] takes {error.measure} as rounded by the survey's rule, but the points of "
            f"{study.files.jobs} name no published_jobs, by which their part of a rounded count could be told"
        )
    if error.measure == "jobs_within":
        return profiles["jobs_within_error"]
    # Jobs shared among competitors err by the same part of themselves.
    reached = profiles["jobs_within"].where(profiles["jobs_within"] > 0, np.nan)
    return profiles[error.measure] * (profiles["jobs_within_error"] / reached).fillna(0.0)
