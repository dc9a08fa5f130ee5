"""Access relative to need: another question than how much is within reach.

A place may reach many jobs and share each of them with many others. *Level* is what is reached. *Relative* is what is
reached per person who competes for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

import accessibility as acc
from corridors.need.overlay import weighted_median, weighted_quantile, with_access
from corridors.ranking.ranking import spearman

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from corridors.study import Study

#: Two orders are called unrelated below this rank correlation, as in `corridors.findings`.
_WEAK: Final = 0.2
_FIFTH: Final = 0.2


def reach_per_unemployed(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    jobs: gpd.GeoDataFrame,
    study: Study,
    *,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Ask how many jobs every small area reaches per unemployed resident who competes for them, and the other way round.

    Parameters
    ----------
    network, areas, jobs, study
        As for `corridors.access.access.reach_of_jobs`; areas with ``unemployed``.
    progress
        Called with the share done.

    Returns
    -------
        ``id`` and

        ``jobs_per_unemployed``
            The two-step floating catchment ratio with the unemployed as competitors: every job shared among the
            unemployed who reach it, the shares within reach added up. 0 where no job is within reach.
        ``unemployed_per_1000_jobs``
            The plain ratio: the area's own unemployed residents per 1,000 jobs within its reach. Larger areas have more;
            it says how thin the jobs are spread over the area's own unemployed, nobody else's.
        ``competing_unemployed_per_1000_jobs``
            1,000 over the first: unemployed residents, from everywhere, per 1,000 jobs within reach.

        The last two are +inf where no job is within reach, and 0 where jobs are but nobody unemployed competes. One row
        per area.

    Notes
    -----
    Luo and Wang (2003), "Measures of spatial accessibility to health care in a GIS environment". As there, only the
    areas given compete, and jobs that nobody unemployed reaches add nothing.
    """
    within = acc.Within(study.jobs.cutoff_min)
    reached = acc.opportunity_measures(
        network,
        areas,
        jobs,
        [
            acc.Reachable("jobs_within", "jobs", within),
            acc.PerCompetitor("jobs_per_unemployed", "jobs", "unemployed", within),
        ],
        window=study.journey.window,
        statistic=study.journey.statistic,
        max_time_min=study.jobs.cutoff_min,
        progress=progress,
    )
    return per_unemployed(reached, areas)


def per_unemployed(reached: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Put jobs within reach beside the unemployed, three ways; see `reach_per_unemployed` for the columns.

    Parameters
    ----------
    reached
        ``id, jobs_within, jobs_per_unemployed``.
    areas
        ``id, unemployed``.
    """
    table = reached.merge(areas[["id", "unemployed"]], on="id", how="left", validate="one_to_one")
    jobs_within, each = table["jobs_within"].to_numpy(), table["jobs_per_unemployed"].to_numpy()
    return pd.DataFrame(
        {
            "id": table["id"],
            "jobs_per_unemployed": each,
            "unemployed_per_1000_jobs": _per_1000(table["unemployed"].to_numpy(dtype=float), jobs_within),
            "competing_unemployed_per_1000_jobs": _per_1000(
                (each > 0).astype(float), np.where(each > 0, each, jobs_within)
            ),
        }
    )


def _per_1000(part: NDArray[np.float64], jobs: NDArray[np.float64]) -> NDArray[np.float64]:
    none = np.full(len(jobs), np.inf)
    return np.asarray(np.divide(1000 * part, jobs, out=none, where=jobs > 0))


class _Measure(NamedTuple):
    """A measure of access that need is held against: its column, words, question, and whether more is better."""

    column: str
    label: str
    question: Literal["level", "relative"]
    more_is_better: bool


_MEASURES: Final = (
    _Measure("minutes_to_k", "minutes to the centres", "level", more_is_better=False),
    _Measure("jobs_within", "jobs within reach", "level", more_is_better=True),
    _Measure("jobs_per_worker", "jobs per competing worker", "relative", more_is_better=True),
    _Measure(
        "jobs_per_unemployed", "jobs per competing unemployed resident", "relative", more_is_better=True
    ),
)


@dataclass(frozen=True)
class LevelAndRelative:
    """How need goes with the level of access, and how with access relative to need.

    Attributes
    ----------
    table
        ``measure, label, question`` (level, relative), ``rho`` (Spearman over small areas where somebody lives, of the
        Income deprivation rate with the measure turned so that better access is higher), ``areas``,
        ``most_deprived_fifth`` and ``others``: the median resident's value in the areas with the highest rates, which hold
        about a fifth of the residents, and in all others.
    sentence
        What that says; nothing is taken for granted.
    """

    table: pd.DataFrame
    sentence: str


def level_against_relative(access: pd.DataFrame, areas: pd.DataFrame) -> LevelAndRelative:
    """Tell whether more deprived small areas have better access, and whether they have when others compete for it.

    Parameters
    ----------
    access
        ``id`` and the measures: ``minutes_to_k``, ``jobs_within``, ``jobs_per_worker`` and, where it is there,
        ``jobs_per_unemployed``.
    areas
        ``id, residents, income_deprived, income_denominator``.

    Returns
    -------
    LevelAndRelative
        Figures and sentence. Areas where nobody lives, or whose rate is not known, take no part.
    """
    table = with_access(areas, access)
    table = table[(table["residents"] > 0) & (table["income_denominator"] > 0)]
    need = table["income_deprived"] / table["income_denominator"]
    least = -weighted_quantile(-need, table["residents"], share=_FIFTH) if len(table) else math.nan
    deprived = need >= least
    rows = []
    for measure in _MEASURES:
        if measure.column in table.columns:
            better = table[measure.column] if measure.more_is_better else -table[measure.column]
            medians = [
                weighted_median(table.loc[part, measure.column], table.loc[part, "residents"])
                for part in (deprived, ~deprived)
            ]
            rows.append((*measure[:3], spearman(need, better), len(table), *medians))
    columns = ["measure", "label", "question", "rho", "areas", "most_deprived_fifth", "others"]
    result = pd.DataFrame(rows, columns=columns)
    return LevelAndRelative(result, _level_sentence(result))


def _level_sentence(table: pd.DataFrame) -> str:
    level, relative = (table[table["question"] == question] for question in ("level", "relative"))
    if level.empty or relative.empty or table["rho"].isna().any():
        return "Level of access and access relative to need cannot be told apart over these areas."
    one, other = _verdict(level), _verdict(relative)
    alike = (
        "Here both point the same way, but neither stands for the other"
        if one == other
        else "A map of one must not be read as the other"
    )
    return (
        "Level of access and access relative to need are different questions. By level, small areas with a higher rate of "
        f"Income deprivation are {one} ({_rhos(level)}). Relative to those who compete for the same jobs, they are {other} "
        f"({_rhos(relative)}). {alike}. A tendency is called so where every measure passes {_WEAK:g}. Spearman over {int(table['areas'].iloc[0]):,} areas; plus means better access where "
        "deprivation is higher."
    )


def _verdict(rows: pd.DataFrame) -> str:
    if (rows["rho"] >= _WEAK).all():
        return "on average better connected"
    if (rows["rho"] <= -_WEAK).all():
        return "on average worse connected"
    return "neither clearly better nor clearly worse connected"


def _rhos(rows: pd.DataFrame) -> str:
    return ", ".join(f"{label} {rho:+.2f}" for label, rho in zip(rows["label"], rows["rho"], strict=True))
