"""Write the small areas, wards and job points of the embedded sample.

Reads official counts for LSOA 2021 (Census 2021, Indices of Deprivation 2025), the residents' share of each LSOA in
each ward of 2025, and jobs by workplace-zone point, and writes `areas.csv`, `area_wards.csv`, `wards.csv` and
`jobs.csv` for the seven metropolitan boroughs; then the ward outlines (see `outlines.py`).

Every join must be complete: an area without a figure stops the build and is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import outlines
import pandas as pd
import pyogrio
from gtfs_out import BuildError, write_csv

if TYPE_CHECKING:
    from pathlib import Path

# LSOAs in England that the national ranks of the Indices of Deprivation 2025 run over.
N_RANKED = 33_755

CENSUS_COLUMNS = {
    "pop": "residents",
    "age_16_64": "aged_16_64",
    "age_16_24": "aged_16_24",
    "age_16plus": "aged_16_plus",
    "ts066_econ_active_excl_students": "econ_active",
    "ts066_unemployed_excl_students": "unemployed",
    "ts045_households": "households",
    "ts045_no_car": "households_no_car",
    "disab_yes": "disabled",
}
# The ethnic groups of the census other than White; their sum counts no white minority.
ETHNIC_MINORITIES = ["eth_asian", "eth_black", "eth_mixed", "eth_other"]
# Per cent of residents aged 16 and over; pieced together from output areas, so what follows from it is an estimate.
NO_QUALIFICATIONS_PCT = "est_pct_qual_none"

AREA_COLUMNS = [
    "lsoa21cd",
    "lsoa21nm",
    "msoa21cd",
    "wd25cd",
    "district_code",
    "district_name",
    "lon",
    "lat",
    *CENSUS_COLUMNS.values(),
    "ethnic_minority",
    "no_qualifications",
    "income_deprived",
    "income_denominator",
    "income_rank",
    "employment_deprived",
    "employment_denominator",
    "employment_rank",
    "imd_rank",
    "imd_decile",
    "imd_score",
    "imd_population",
    "connectivity_score",
]


def build(source: Path, out: Path) -> None:
    """Write the area tables, job points and ward outlines under `out/boundaries`.

    Parameters
    ----------
    source
        Folder of the openly licensed source data; its `boundaries` folder is read.
    out
        The sample's data folder. Existing files of the same names are replaced.

    Raises
    ------
    BuildError
        When a source file is missing, or an area, ward or job point does not join.
    """
    boundaries = source / "boundaries"
    areas = small_areas(boundaries)
    folder = out / "boundaries"
    write_table(folder / "areas.csv", areas)
    write_table(folder / "area_wards.csv", area_wards(boundaries, lsoa21cd=areas["lsoa21cd"]))
    write_table(folder / "wards.csv", wards(boundaries))
    write_table(folder / "jobs.csv", job_points(boundaries))
    outlines.build(source, out)


def small_areas(boundaries: Path) -> pd.DataFrame:
    """Return one row per LSOA 2021 of the seven boroughs, with its counts and national ranks.

    Residents, ages, economic activity and cars are Census 2021 counts. Deprived people are the numerators of the
    Income and Employment domains (Indices of Deprivation 2025), which their publisher rounds to five; the
    denominators are not published beside them and are implied (see `implied_denominator`). Points are weighted by
    residents. Ranks are national, 1 the most deprived; the decile follows from the rank. `imd_population` are the
    residents of mid-2022 that the Indices weight their averages by; `connectivity_score` is the Department for
    Transport's, one of the Indices' own indicators. People without qualifications are an estimate (see
    `census_counts`).
    """
    lookup = _boroughs(_read(boundaries / "lookup_lsoa21_ward24_lad.csv"))
    areas = lookup[["lsoa21cd", "lsoa21nm", "msoa21cd", "wd24cd", "ladcd", "ladnm"]].rename(
        # the codes of December 2024 are those of May 2025 in all seven boroughs: `wards` refuses the build otherwise
        columns={"wd24cd": "wd25cd", "ladcd": "district_code", "ladnm": "district_name"}
    )
    points = _read(boundaries / "lsoa21_points.csv")[["lsoa21cd", "lon", "lat"]]
    census = census_counts(_read(boundaries / "census21_lsoa21.parquet"))
    deprivation = _deprivation(_read(boundaries / "iod2025_lsoa21.parquet"))
    for table, name in (
        (points, "lsoa21_points.csv"),
        (census, "census21_lsoa21.parquet"),
        (deprivation, "iod2025_lsoa21.parquet"),
    ):
        areas = _join(areas, table, name=name)
    return areas[AREA_COLUMNS].sort_values("lsoa21cd", ignore_index=True)


def census_counts(census: pd.DataFrame) -> pd.DataFrame:
    """Return the census counts of each area under the sample's names.

    ``ethnic_minority`` sums the groups other than White. ``no_qualifications`` is an estimate: the percentage pieced
    together from output areas, which are published to one decimal, of the area's own residents aged 16 and over.
    An area without a percentage keeps none, so that the join names it.
    """
    table = census.rename(columns=CENSUS_COLUMNS)[["lsoa21cd", *CENSUS_COLUMNS.values()]]
    table["ethnic_minority"] = census[ETHNIC_MINORITIES].sum(axis=1)
    estimate = census[NO_QUALIFICATIONS_PCT] / 100 * census["age_16plus"]
    table["no_qualifications"] = estimate.round().astype("Int64")
    return table


def _deprivation(indices: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({"lsoa21cd": indices["lsoa21cd"]})
    for domain in ("income", "employment"):
        numerator, score = indices[f"{domain}_domain_numerator"], indices[f"{domain}_score"]
        table[f"{domain}_deprived"] = numerator.round().astype("int64")
        table[f"{domain}_denominator"] = implied_denominator(numerator, score=score)
        table[f"{domain}_rank"] = indices[f"{domain}_rank"]
    table["imd_rank"] = indices["imd_rank"]
    table["imd_decile"] = decile(indices["imd_rank"], n_ranked=N_RANKED)
    table["imd_population"] = indices["pop_mid2022_iod"]
    return table.join(indices[["imd_score", "connectivity_score"]])


def implied_denominator(numerator: pd.Series[float], *, score: pd.Series[float]) -> pd.Series[int]:
    """Return the whole number of people that a deprivation rate counts its numerator over.

    The Income and Employment scores are proportions, so the denominator is numerator / score. Both are rounded at
    source (to 5 people and to 0.001), so it is uncertain by at most 2.5/numerator + 0.0005/score, relative.
    """
    return (numerator / score).round().astype("int64")


def decile(rank: pd.Series[int], *, n_ranked: int) -> pd.Series[int]:
    """Return the national decile, 1 the most deprived tenth, of ranks that run from 1 to `n_ranked`."""
    return -(-10 * rank // n_ranked)


def area_wards(boundaries: Path, *, lsoa21cd: pd.Series[str]) -> pd.DataFrame:
    """Return the residents of each piece of an LSOA that lies in one ward of 2025.

    Pieces are sums of whole output areas. Their sum may differ from the area's own census count by a few people,
    because the census perturbs counts table by table: use their shares.
    """
    pieces = _read(boundaries / "lookup_lsoa21_ward25_weights.csv")
    pieces = pieces[pieces["lsoa21cd"].isin(lsoa21cd)].rename(columns={"pop21": "residents"})
    missing = sorted(set(lsoa21cd) - set(pieces["lsoa21cd"]))
    if missing:
        raise BuildError(
            f"lookup_lsoa21_ward25_weights.csv: {len(missing)} areas have no ward, first {missing[0]}; "
            "every area of the sample needs at least one row."
        )
    return pieces[["lsoa21cd", "wd25cd", "residents"]].sort_values(["lsoa21cd", "wd25cd"], ignore_index=True)


def wards(boundaries: Path) -> pd.DataFrame:
    """Return code, name and district of every ward of 2025 in the seven boroughs."""
    official = _boroughs(_read(boundaries / "wards_2025.gpkg"))
    best_fit = _boroughs(_read(boundaries / "lookup_lsoa21_ward24_lad.csv"))
    unmatched = sorted(set(official["wd25cd"]) ^ set(best_fit["wd24cd"]))
    if unmatched:
        raise BuildError(
            f"wards_2025.gpkg and lookup_lsoa21_ward24_lad.csv: {len(unmatched)} ward codes are in one only, "
            f"first {unmatched[0]}; both need the same ward vintage."
        )
    columns = {"wd25cd": "wd25cd", "wd25nm": "ward_name", "ladcd": "district_code", "ladnm": "district_name"}
    return official[list(columns)].rename(columns=columns).sort_values("wd25cd", ignore_index=True)


def job_points(boundaries: Path) -> pd.DataFrame:
    """Return job points of the seven boroughs, whole jobs each.

    The jobs of a middle-layer area (MSOA) are spread evenly over its workplace zones, which were drawn to hold
    similar numbers of workers. Shares are whole and keep every middle-layer total. `published_jobs` is that total as
    the survey publishes it, rounded; it is empty where the survey's figure is missing and an estimate stands in.
    """
    counts = _boroughs(_read(boundaries / "jobs_msoa21.csv")).set_index("msoa21cd")
    totals = counts["jobs_best"]
    published = totals.where(counts["jobs_best_source"] == "bres2023").astype("Int64")
    points = _boroughs(_read(boundaries / "job_points_wz.parquet")).sort_values("wz11cd", ignore_index=True)
    without_point = sorted(set(totals.index) ^ set(points["msoa21cd"]))
    if without_point:
        raise BuildError(
            f"jobs_msoa21.csv and job_points_wz.parquet: {len(without_point)} areas are in one only, first "
            f"{without_point[0]}; every middle-layer area needs a job total and at least one point."
        )
    points["jobs"] = 0
    for msoa21cd, zones in points.groupby("msoa21cd", observed=True):
        points.loc[zones.index, "jobs"] = even_shares(int(totals[msoa21cd]), n_shares=len(zones))
    points["published_jobs"] = points["msoa21cd"].map(published)
    return points.rename(columns={"wz11cd": "job_id"})[
        ["job_id", "lon", "lat", "jobs", "published_jobs", "wd25cd", "msoa21cd"]
    ]


def even_shares(total: int, *, n_shares: int) -> list[int]:
    """Return `n_shares` whole numbers that sum to `total` and differ by at most one, the larger ones first."""
    share, remainder = divmod(total, n_shares)
    return [share + 1] * remainder + [share] * (n_shares - remainder)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write `table` as CSV, columns `lon` and `lat` with six decimals."""
    text = table.copy()
    for column in text.columns.intersection(["lon", "lat"]):
        text[column] = text[column].map("{:.6f}".format)
    write_csv(path, text)


def _boroughs(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["ladcd"].isin(outlines.BOROUGH_CODES)].reset_index(drop=True)


def _join(areas: pd.DataFrame, table: pd.DataFrame, *, name: str) -> pd.DataFrame:
    missing = sorted(set(areas["lsoa21cd"]) - set(table["lsoa21cd"]))
    if missing:
        raise BuildError(
            f"{name}: {len(missing)} of {len(areas)} areas have no row, first {missing[0]}; every area needs one."
        )
    joined = areas.merge(table, on="lsoa21cd", how="left", validate="one_to_one")
    empty = joined.columns[joined.isna().any()]
    if len(empty):
        first = joined.loc[joined[empty[0]].isna(), "lsoa21cd"].iloc[0]
        raise BuildError(f"{name}: column {empty[0]} is empty for area {first}; every area needs a figure.")
    return joined


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise BuildError(f"{path.name}: not found in the source folder; point --source at the source data.")
    if path.suffix == ".gpkg":
        return cast("pd.DataFrame", pyogrio.read_dataframe(path, read_geometry=False))
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
