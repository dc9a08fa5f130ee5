"""Jobs and joblessness by ward, with the right denominators.

At ward level the ratio of jobs to residents is *employment per resident aged 16 to 64*. It is not the official jobs
density, which exists for local authorities only and counts the self-employed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.need.rounding import BRES_OPEN
from corridors.tables.areas import as_points, read_points, to_wards
from corridors.tables.joins import refuse_unmatched
from corridors.tables.tables import JOBS

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from corridors.need.rounding import Rounding

_JOBS_ROUNDED_TO = 10
#: Rates of the census by ward: what is counted, and what it is a share of.
_RATES = {
    "unemployment_rate": ("unemployed", "econ_active"),
    "activity_rate": ("econ_active", "aged_16_plus"),
    "no_qualifications_rate": ("no_qualifications", "aged_16_plus"),
    "no_car_rate": ("households_no_car", "households"),
    "working_age_share": ("aged_16_64", "residents"),
}


def read_jobs(path: Path, wards: pd.DataFrame, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the points with jobs: ``id, jobs, ward_code`` and a point in EPSG:4326, sorted by id.

    Parameters
    ----------
    path
        A CSV file as `corridors.tables.tables.JOBS` describes it.
    wards
        The wards; every point must lie in one of them.
    outlines
        The study's outlines, which every point must lie near.

    Raises
    ------
    TableError
        When the file breaks its specification, or a point lies far from the outlines.
    JoinError
        When a point's ward is unknown.
    """
    table = read_points(path, JOBS, outlines).rename(columns={"job_id": "id"})
    refuse_unmatched(
        table["ward_code"], wards["ward_code"], what="wards of job points", missing_from="the wards"
    )
    return as_points(table.sort_values("id", ignore_index=True))


def ward_employment(
    areas: pd.DataFrame, shares: pd.DataFrame, jobs: pd.DataFrame, *, rounding: Rounding = BRES_OPEN
) -> pd.DataFrame:
    """Return jobs, joblessness and what the census says of work in each ward.

    Parameters
    ----------
    areas
        The small areas with ``residents``, ``aged_16_64``, ``econ_active`` and ``unemployed``; and, where the study has
        them, ``aged_16_plus``, ``no_qualifications``, ``households`` and ``households_no_car``.
    shares
        The result of `corridors.tables.areas.ward_shares`.
    jobs
        Points with ``jobs`` and ``ward_code``; as for `jobs_ranges`.
    rounding
        How the source rounds its counts of jobs.

    Returns
    -------
        One row per ward: ``aged_16_64``, ``econ_active``, ``unemployed`` and the other counts (people or households, by
        residents' share); ``unemployment_rate`` (of the economically active), ``activity_rate`` and
        ``no_qualifications_rate`` (of residents aged 16 and over), ``no_car_rate`` (of households) and
        ``working_age_share`` (residents aged 16 to 64 of all), each 0 to 1, from sums of counts, and left out with a
        column that is absent; ``jobs`` (rounded to ten, because the source is rounded; wards without a job point have
        zero), ``jobs_low, jobs_high, jobs_unpublished`` of `jobs_ranges`, and ``employment_per_resident_16_64``.
    """
    rates = {name: pair for name, pair in _RATES.items() if set(pair) <= set(areas.columns)}
    counts = list(dict.fromkeys(column for pair in rates.values() for column in pair))
    wards = to_wards(areas, shares, counts=counts)
    for name, (part, whole) in rates.items():
        wards[name] = wards[part] / wards[whole].where(wards[whole] > 0)
    counted = wards["ward_code"].map(jobs.groupby("ward_code")["jobs"].sum()).fillna(0.0)
    wards["jobs"] = (counted / _JOBS_ROUNDED_TO).round().mul(_JOBS_ROUNDED_TO).astype("int64")
    wards = wards.merge(jobs_ranges(jobs, rounding=rounding), on="ward_code", how="left")
    if "published_jobs" in jobs.columns:
        # No point, no jobs: a ward without any has a range of nothing, not an unknown one.
        ranges = ["jobs_low", "jobs_high", "jobs_unpublished"]
        wards[ranges] = wards[ranges].fillna(0.0)
    wards["employment_per_resident_16_64"] = counted / wards["aged_16_64"].where(wards["aged_16_64"] > 0)
    return wards.drop(columns="residents")


def jobs_ranges(jobs: pd.DataFrame, *, rounding: Rounding = BRES_OPEN) -> pd.DataFrame:
    """Return what the jobs of each ward may have been before the source rounded them.

    Each point's part of its published count is kept, and the count's own range is shared out by it; ranges of counts
    that meet in a ward are added, so the range holds whatever the roundings were. Sampling error comes on top and is
    not in it.

    Parameters
    ----------
    jobs
        Points with ``ward_code``, ``jobs`` and, where known, ``published_jobs``: the published count that the point's
        jobs are a part of, missing where they are an estimate.
    rounding
        How the source rounds.

    Returns
    -------
        One row per ward with a point, sorted: ``jobs_low`` and ``jobs_high`` (to ten, outwards) and
        ``jobs_unpublished``, the jobs that no published count stands behind, which both ends hold as they are. All
        missing when the points name no published counts.

    Raises
    ------
    ParameterError
        When a published count cannot come out of the rule of rounding.
    """
    columns = ["jobs_low", "jobs_high", "jobs_unpublished"]
    if "published_jobs" not in jobs.columns:
        codes = np.sort(jobs["ward_code"].unique())
        return pd.DataFrame({"ward_code": codes}).assign(**dict.fromkeys(columns, np.nan))
    low, high = rounding.ranges(jobs["published_jobs"])
    published = jobs["published_jobs"].notna()
    # A count of nothing has no parts to share its range by, and no jobs either.
    part = jobs["jobs"] / jobs["published_jobs"].where(jobs["published_jobs"] > 0)
    ends = pd.DataFrame(
        {
            "ward_code": jobs["ward_code"],
            "jobs_low": (part * low).where(published, jobs["jobs"]),
            "jobs_high": (part * high).where(published, jobs["jobs"]),
            "jobs_unpublished": jobs["jobs"].where(~published, 0.0),
        }
    )
    wards = ends.groupby("ward_code", sort=True)[columns].sum()
    # Rounded first to what a sum of floats can tell, so that 1,000.0000001 does not become 1,010.
    tens = (wards[["jobs_low", "jobs_high"]] / _JOBS_ROUNDED_TO).round(6)
    wards["jobs_low"] = np.floor(tens["jobs_low"]) * _JOBS_ROUNDED_TO
    wards["jobs_high"] = np.ceil(tens["jobs_high"]) * _JOBS_ROUNDED_TO
    return wards.reset_index()


def rounding_variance(jobs: pd.DataFrame, *, rounding: Rounding = BRES_OPEN) -> pd.Series[float]:
    """Return what rounding at the source adds to the variance of a sum of jobs, point by point.

    A published count errs evenly over the range that it may stand for, whose variance is a twelfth of its width squared;
    each point bears its part of that. A sum over all points of a count then has the count's own variance; over some of
    them a part in proportion, which is more than their error squared: an upper bound.

    Parameters
    ----------
    jobs
        Points with ``jobs`` and ``published_jobs``, as for `jobs_ranges`.
    rounding
        How the source rounds.

    Returns
    -------
        One figure per point, jobs squared; 0 where no published count stands behind the jobs, whose error is not known.

    Raises
    ------
    ParameterError
        When a published count cannot come out of the rule of rounding.
    """
    low, high = rounding.ranges(jobs["published_jobs"])
    part = jobs["jobs"] / jobs["published_jobs"].where(jobs["published_jobs"] > 0)
    return (part * (high - low) ** 2 / 12).fillna(0.0)
