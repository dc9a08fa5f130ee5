"""A study of output areas, the finest areas of the census, laid out from published figures beside the checkout.

What is published by output area is taken as it is; what is published by LSOA alone is shared out, and so an estimate:

* published by output area: residents and households (counts), percentages to one decimal;
* an estimate from those percentages: households without a car (of the households), people without qualifications (of
  residents aged 16 and over, themselves an estimate);
* an estimate from the LSOA's own count: the economically active and the unemployed (by the percentages, which count
  full-time students and the LSOA's counts do not), and ages, disability, ethnicity and deprived people (by residents);
* carried from the LSOA: ranks, tenths and scores of deprivation, which are of LSOAs and of nothing smaller.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from areas import census_counts, even_shares, implied_denominator

from corridors.official.folder_text import sample_definition
from corridors.sample import sample_study

#: Counts of LSOAs that are shared out by residents.
BY_RESIDENTS = ("aged_16_64", "aged_16_24", "aged_16_plus", "disabled", "ethnic_minority")
_PARTS = (
    ("aged_16_64", "aged_16_plus"),
    ("aged_16_24", "aged_16_64"),
    ("aged_16_plus", "residents"),
    ("disabled", "residents"),
    ("ethnic_minority", "residents"),
    ("no_qualifications", "aged_16_plus"),
    ("unemployed", "econ_active"),
    ("households_no_car", "households"),
)
_HEAD = """\
[study]
name = "Output areas of the West Midlands"
region = "twenty districts of the West Midlands"
notice = "Illustrative: the timetable is that of the embedded sample, which serves the seven boroughs alone."
sources = ["Office for National Statistics, Census 2021 and Open Geography, Open Government Licence v3.0."]

[vintages]
areas = "output areas of 2021"
wards = "wards of May 2025"
census = "Census 2021; what is published by LSOA is shared out, and so an estimate"
deprivation = "English Indices of Deprivation 2025, of each output area's LSOA"
jobs = "BRES 2023, spread over workplace zones of 2011"
timetable = "illustrative weekday of 2026"

[files]
areas = "areas.csv"
area_wards = "area_wards.csv"
wards = "wards.csv"
outlines = "wards.gpkg"
jobs = "jobs.csv"
centres = "centres.csv"
stations = "stations.csv"
corridors = "corridors.geojson"
sites = "sites.csv"

[timetable]
feeds = ["transit/rail", "transit/metro", "transit/bus"]
date = 2026-03-10

[page]
journeys = false
catchment_kinds = []

"""


def write_study_of_output_areas(folder: Path, published: Path) -> Path:
    """Lay the study out, with the places and the timetable of the embedded sample, and return its study file."""
    folder.mkdir(parents=True)
    table = output_areas(published)
    table.to_csv(folder / "areas.csv", index=False)
    table[["oa21cd", "wd25cd", "residents"]].to_csv(folder / "area_wards.csv", index=False)
    wards = gpd.read_file(published / "wards_2025.gpkg")
    wards[["wd25cd", "geometry"]].to_file(folder / "wards.gpkg")
    named = {"wd25nm": "ward_name", "ladcd": "district_code", "ladnm": "district_name"}
    wards[["wd25cd", *named]].rename(columns=named).to_csv(folder / "wards.csv", index=False)
    job_points(published).to_csv(folder / "jobs.csv", index=False)
    sample = sample_study().parent
    for name in ("centres.csv", "stations.csv", "corridors.geojson", "sites.csv"):
        shutil.copy(sample / "boundaries" / name, folder / name)
    shutil.copytree(sample / "transit", folder / "transit")
    definition = sample_definition().replace("windows = true", "windows = false")
    (folder / "study.toml").write_text(_HEAD + definition, encoding="utf-8")
    return folder / "study.toml"


def output_areas(published: Path) -> pd.DataFrame:
    """Return every output area with all that a study asks of small areas."""
    nested = pd.read_parquet(published / "oa21_lookup.parquet")
    shares = pd.read_parquet(published / "census21_oa21_pct.parquet")
    table = nested.merge(shares, on="oa21cd", validate="one_to_one")
    census = census_counts(pd.read_parquet(published / "census21_lsoa21.parquet"))
    table = table.merge(census, on="lsoa21cd", suffixes=("", "_lsoa"), validate="many_to_one")
    table = table.merge(deprivation(published), on="lsoa21cd", validate="many_to_one")
    of_lsoa = table["pop21"] / table.groupby("lsoa21cd")["pop21"].transform("sum")
    areas = pd.DataFrame(
        {
            "oa21cd": table["oa21cd"],
            "msoa21cd": table["msoa21cd"],
            "wd25cd": table["wd25cd"],
            "district_code": table["ladcd"],
            "district_name": table["ladnm"],
            "lon": table["lon"],
            "lat": table["lat"],
            "residents": table["pop21"],
            "households": table["households21"],
            "households_no_car": table["households21"] * table["pct_cars_0"] / 100,
        }
    )
    for name in BY_RESIDENTS:
        areas[name] = table[name] * of_lsoa
    active = table["pct_employed"] + table["pct_unemployed"]
    areas["econ_active"] = _shared_out(table, table["econ_active"], by=active)
    areas["unemployed"] = _shared_out(table, table["unemployed"], by=table["pct_unemployed"])
    areas["no_qualifications"] = areas["aged_16_plus"] * table["pct_qual_none"] / 100
    for whole_number in [*dict.fromkeys(name for pair in _PARTS for name in pair)]:
        areas[whole_number] = areas[whole_number].round().astype("int64")
    for part, whole in reversed(_PARTS):
        areas[part] = np.minimum(areas[part], areas[whole])
    for name in ("income_deprived", "income_denominator", "employment_deprived", "employment_denominator"):
        areas[name] = table[name] * of_lsoa
    areas["imd_population"] = table["pop_mid2022_iod"] * of_lsoa
    carried = ["income_rank", "employment_rank", "imd_rank", "imd_decile", "imd_score", "connectivity_score"]
    return areas.join(table[carried]).sort_values("oa21cd", ignore_index=True)


def _shared_out(table: pd.DataFrame, count: pd.Series, *, by: pd.Series) -> pd.Series:
    """Share each LSOA's count out over its output areas by a percentage of their residents; by residents without any."""
    weight = (by + 1e-6) * table["pop21"]
    return count * weight / weight.groupby(table["lsoa21cd"]).transform("sum")


def deprivation(published: Path) -> pd.DataFrame:
    """Return what the Indices publish of every LSOA, the denominators as implied by numerators and rates."""
    table = pd.read_parquet(published / "iod2025_lsoa21.parquet")
    for domain in ("income", "employment"):
        table[f"{domain}_deprived"] = table[f"{domain}_domain_numerator"]
        table[f"{domain}_denominator"] = implied_denominator(
            table[f"{domain}_domain_numerator"], score=table[f"{domain}_score"]
        )
    return table


def job_points(published: Path) -> pd.DataFrame:
    """Return points with jobs: the jobs of each middle-layer area, in whole jobs, evenly over its workplace zones."""
    counts = pd.read_csv(published / "jobs_msoa21.csv").set_index("msoa21cd")
    points = pd.read_parquet(published / "job_points_wz.parquet").sort_values("wz11cd", ignore_index=True)
    for msoa, zones in points.groupby("msoa21cd").groups.items():
        points.loc[zones, "jobs"] = even_shares(int(counts.loc[msoa, "jobs_best"]), n_shares=len(zones))
    points["published_jobs"] = points["msoa21cd"].map(counts["bres2023_jobs"])
    renamed = points.rename(columns={"wz11cd": "job_id"})
    return renamed[["job_id", "lon", "lat", "jobs", "published_jobs", "wd25cd", "msoa21cd"]]
