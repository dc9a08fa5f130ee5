"""Small areas and wards: reading them, joining them, and counting what does not match.

Counts and averages go from small areas to wards by each area's residents (`ward_shares`): one in three areas is cut
by a ward line, and best fit misstates a ward's residents by up to a quarter. Shares *of small areas* use best fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.places.whereabouts import refuse_far_points
from corridors.tables.joins import ONE_VINTAGE, refuse_unmatched
from corridors.tables.lookups import to_groups
from corridors.tables.reading import code_columns, read_headings, read_table
from corridors.tables.tables import AREA_OUTLINES, AREA_WARDS, AREAS, JOBS, OUTLINES, WARDS
from corridors.tables.vintages import agreed_vintages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from corridors.tables.tables import TableSpec
    from corridors.tables.vintages import Vintage

_CODED = {
    "areas": AREAS,
    "area_wards": AREA_WARDS,
    "area_outlines": AREA_OUTLINES,
    "wards": WARDS,
    "outlines": OUTLINES,
    "jobs": JOBS,
}
_FEATURES = (OUTLINES, AREA_OUTLINES)
_DEPRIVATION = (
    *("income_deprived", "income_denominator", "employment_deprived", "employment_denominator"),
    "imd_decile",
)


def read_vintages(paths: Mapping[str, Path]) -> dict[str, Vintage]:
    """Read the vintages of a study's codes from the headings of its tables, and refuse tables of different years.

    Parameters
    ----------
    paths
        The tables by their key in the study's ``[files]``; those without codes are left aside.

    Returns
    -------
        See `corridors.tables.vintages.agreed_vintages`.

    Raises
    ------
    TableError
        When a table is missing, unreadable, or lacks a column.
    JoinError
        When two tables hold codes of different years.
    """
    return agreed_vintages(
        column
        for key, spec in _CODED.items()
        if key in paths
        for column in code_columns(
            read_headings(paths[key], features=spec in _FEATURES), spec, source=paths[key].name
        )
    )


def read_areas(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the small areas as points.

    Parameters
    ----------
    path
        A CSV file as `corridors.tables.tables.AREAS` describes it, with coordinates in EPSG:4326.
    outlines
        The study's outlines, which every point must lie near.

    Returns
    -------
        One row per small area, sorted by ``id`` (the area's code), with ``name``, ``ward_code`` (best fit), the
        counts, and a point ``geometry`` in EPSG:4326. Figures of deprivation that the file does not have are missing
        everywhere.

    Raises
    ------
    TableError
        When the file breaks its specification, or a point lies far from the outlines.
    """
    table = read_points(path, AREAS, outlines).rename(columns={"area_code": "id", "area_name": "name"})
    # A study without figures of deprivation has none anywhere, which is not the same as nobody.
    table = table.assign(**{name: np.nan for name in _DEPRIVATION if name not in table.columns})
    if "name" not in table.columns:
        # Output areas have no names.
        table["name"] = table["id"]
    return as_points(table.sort_values("id", ignore_index=True))


def read_wards(path: Path) -> pd.DataFrame:
    """Read the wards: ``ward_code, ward_name, district_code, district``, sorted by code."""
    table = read_table(path, WARDS).rename(columns={"district_name": "district"})
    return table.sort_values("ward_code", ignore_index=True)


def read_area_wards(path: Path) -> pd.DataFrame:
    """Read the pieces of small areas by ward: ``id, ward_code, residents``, sorted."""
    table = read_table(path, AREA_WARDS).rename(columns={"area_code": "id"})
    return table.sort_values(["id", "ward_code"], ignore_index=True)


def read_points(path: Path, spec: TableSpec, outlines: gpd.GeoDataFrame) -> pd.DataFrame:
    """Read a table with ``lon`` and ``lat`` and refuse points far from the outlines."""
    table = read_table(path, spec)
    refuse_far_points(table, outlines, source=path.name)
    return table


def as_points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Turn ``lon`` and ``lat`` columns into points in EPSG:4326; the columns stay."""
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326"))


def ward_shares(pieces: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Share out every small area among the wards its residents live in.

    Parameters
    ----------
    pieces
        ``id, ward_code, residents``: residents of each piece of a small area.
    areas
        The small areas, with ``id`` and ``ward_code`` (best fit).

    Returns
    -------
        ``id, ward_code, share``; the shares of one area sum to one. An area whose pieces hold nobody belongs to its
        best-fit ward. Sorted by ``id`` and ``ward_code``.

    Raises
    ------
    JoinError
        When an area has no piece, or a piece belongs to no area.
    """
    refuse_unmatched(areas["id"], pieces["id"], what="small areas", missing_from="the table of ward pieces")
    refuse_unmatched(
        pieces["id"], areas["id"], what="ward pieces", missing_from="the small areas",
        remedy=f"a row of area_wards has no row in areas; add it, or {ONE_VINTAGE}",
    )  # fmt: skip
    total = pieces.groupby("id")["residents"].transform("sum")
    lived_in = pieces.loc[total > 0, ["id", "ward_code"]].assign(share=pieces["residents"] / total)
    empty = areas.loc[areas["id"].isin(pieces.loc[total == 0, "id"]), ["id", "ward_code"]].assign(share=1.0)
    shares = pd.concat([lived_in, empty], ignore_index=True)
    return shares[shares["share"] > 0].sort_values(["id", "ward_code"], ignore_index=True)


def to_wards(areas: pd.DataFrame, shares: pd.DataFrame, *, counts: list[str]) -> pd.DataFrame:
    """Sum counts of small areas to wards, each area shared out by its residents.

    Parameters
    ----------
    areas
        The small areas, with ``id`` and the columns to sum.
    shares
        The result of `ward_shares`.
    counts
        The columns to sum: counts of people, households or jobs, never rates.

    Returns
    -------
        ``ward_code`` and the sums (floats), sorted by ward; every column's total equals the areas' total.

    Raises
    ------
    JoinError
        When an area has no share, or a share belongs to no area.
    """
    return to_groups(areas, shares, by="ward_code", counts=counts)
