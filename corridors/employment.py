"""Jobs and joblessness by ward, with the right denominators.

At ward level the ratio of jobs to residents is *employment per resident aged 16 to 64*. It is not the official jobs
density, which exists for local authorities only and counts the self-employed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.areas import as_points, read_points, refuse_unmatched, to_wards
from corridors.tables import JOBS

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

_JOBS_ROUNDED_TO = 10


def read_jobs(path: Path, wards: pd.DataFrame, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the points with jobs: ``id, jobs, ward_code`` and a point in EPSG:4326, sorted by id.

    Parameters
    ----------
    path
        A CSV file as `corridors.tables.JOBS` describes it.
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
    table = read_points(path, JOBS, outlines).rename(columns={"job_id": "id", "wd25cd": "ward_code"})
    refuse_unmatched(
        table["ward_code"], wards["ward_code"], what="wards of job points", missing_from="the wards"
    )
    return as_points(table.sort_values("id", ignore_index=True))


def ward_employment(areas: pd.DataFrame, shares: pd.DataFrame, jobs: pd.DataFrame) -> pd.DataFrame:
    """Return jobs and joblessness of each ward.

    Parameters
    ----------
    areas
        The small areas with ``aged_16_64``, ``econ_active`` and ``unemployed``.
    shares
        The result of `corridors.areas.ward_shares`.
    jobs
        Points with ``jobs`` and ``ward_code``.

    Returns
    -------
        One row per ward: ``aged_16_64``, ``econ_active``, ``unemployed`` (people, by residents' share),
        ``unemployment_rate`` (0 to 1, of the economically active), ``jobs`` (rounded to ten, because the source is
        rounded; wards without a job point have zero) and ``employment_per_resident_16_64``.
    """
    wards = to_wards(areas, shares, counts=["aged_16_64", "econ_active", "unemployed"])
    wards["unemployment_rate"] = wards["unemployed"] / wards["econ_active"].where(wards["econ_active"] > 0)
    counted = wards["ward_code"].map(jobs.groupby("ward_code")["jobs"].sum()).fillna(0.0)
    wards["jobs"] = (counted / _JOBS_ROUNDED_TO).round().mul(_JOBS_ROUNDED_TO).astype("int64")
    wards["employment_per_resident_16_64"] = counted / wards["aged_16_64"].where(wards["aged_16_64"] > 0)
    return wards
