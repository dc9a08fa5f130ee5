"""A study folder of the published figures for the seven boroughs, laid out as their publishers lay them out."""

from __future__ import annotations

import json
import shutil
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from made_official import nomis

from corridors.official.folder_text import OFFICIAL
from corridors.official.records import RECORDS
from corridors.official.sources import read_catalogue
from corridors.official.study_folder import write_study_folder
from corridors.study import load_study
from corridors.tables.geographies import districts_of

pytestmark = pytest.mark.realdata
BOROUGHS = districts_of("seven_boroughs")["district_code"].tolist()
_CENSUS = {
    "ts066": {
        "ts066_16plus": "Economic activity status: Total: All usual residents aged 16 years and over",
        "ts066_econ_active_excl_students": "Economic activity status: Economically active (excluding full-time students)",
        "ts066_unemployed_excl_students": "Economic activity status: Economically active (excluding full-time students): Unemployed",
    },
    "ts045": {
        "ts045_households": "Number of cars or vans: Total: All households",
        "ts045_no_car": "Number of cars or vans: No cars or vans in household",
    },
    "ts038": {"disab_yes": "Disability: Disabled under the Equality Act"},
}
_AGES = (
    "Age: Aged 65 to 69 years",
    "Age: Aged 70 to 74 years",
    "Age: Aged 75 to 79 years",
    "Age: Aged 80 to 84 years",
    "Age: Aged 85 years and over",
)


def census_zip(path, levels):
    with zipfile.ZipFile(path, "w") as archive:
        for level, table in levels.items():
            named = table.rename(columns={table.columns[0]: "geography code"})
            named.insert(0, "geography", "x")
            name = f"{path.stem}-{level}.csv"
            archive.writestr(name, named.to_csv(index=False))


def indices_file(table):
    """Lay out File 7: denominators are not among the shared figures, so they are taken as numerator over score."""
    domains = {
        "Index of Multiple Deprivation (IMD)": "imd",
        "Income": "income",
        "Employment": "employment",
        "Education, Skills and Training": "education",
        "Health Deprivation and Disability": "health",
        "Crime": "crime",
        "Barriers to Housing and Services": "housing_and_services",
        "Living Environment": "environment",
    }
    laid = pd.DataFrame({"LSOA code (2021)": table["lsoa21cd"]})
    for words, name in domains.items():
        laid[f"{words} Score"] = table[f"{name}_score"]
        laid[f"{words} Rank"] = table[f"{name}_rank"]
        laid[f"{words} Decile"] = table[f"{name}_decile"]
    for words, name in (("Children Index (IDACI)", "idaci"), ("Older People (IDAOPI)", "idaopi")):
        laid[f"Income Deprivation Affecting {words} Score (rate)"] = table[f"{name}_score"]
        laid[f"Income Deprivation Affecting {words} Rank"] = 1
    laid["Total population: mid 2022"] = table["pop_mid2022_iod"]
    laid["Dependent Children aged 0-15: mid 2022"] = 1
    laid["Older population aged 60 and over: mid 2022"] = 1
    working_age = table["employment_domain_numerator"] / table["employment_score"]
    laid["Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022"] = working_age
    return laid


@pytest.fixture(scope="module")
def official(tmp_path_factory, shared_data):
    """Lay the shared figures out as official files, with a record as `corridors fetch` writes it."""
    folder = tmp_path_factory.mktemp("real") / "study"
    files = folder / OFFICIAL
    files.mkdir(parents=True)
    given = shared_data / "boundaries"
    areas = pd.read_csv(given / "lookup_lsoa21_ward24_lad.csv")
    wards = gpd.read_file(given / "wards_2025.gpkg")
    upper = {"wd25cd": "WD25CD", "wd25nm": "WD25NM", "ladcd": "LAD25CD", "ladnm": "LAD25NM"}
    named = wards[list(upper)].rename(columns=upper)
    wards[[*upper, "geometry"]].rename(columns=upper).to_crs(4326).to_file(
        files / "ward25_boundaries.geojson", driver="GeoJSON"
    )
    # The codes of December 2024 are those of May 2025 in all districts here.
    best = areas.rename(columns={"lsoa21cd": "LSOA21CD", "lsoa21nm": "LSOA21NM", "wd24cd": "WD25CD"})
    best[["LSOA21CD", "LSOA21NM", "WD25CD"]].merge(named, on="WD25CD").to_csv(
        files / "lsoa21_ward25.csv", index=False
    )
    nested = pd.read_parquet(given / "oa21_lookup.parquet")
    nested = nested.merge(areas[["lsoa21cd", "lsoa21nm"]], on="lsoa21cd")
    nested.rename(
        columns={"oa21cd": "OA21CD", "lsoa21cd": "LSOA21CD", "lsoa21nm": "LSOA21NM", "msoa21cd": "MSOA21CD"}
    )[["OA21CD", "LSOA21CD", "LSOA21NM", "MSOA21CD"]].assign(LAD22CD=nested["ladcd"]).to_csv(
        files / "oa21_lookup.csv", index=False
    )
    nested[["oa21cd", "wd25cd"]].set_axis(["OA21CD", "WD25CD"], axis=1).merge(named, on="WD25CD").to_csv(
        files / "oa21_ward25.csv", index=False
    )
    points = pd.read_csv(given / "lsoa21_points.csv").rename(columns={"lsoa21cd": "LSOA21CD"})
    points[["LSOA21CD", "lon", "lat"]].to_csv(files / "lsoa21_centroids.csv", index=False)
    census = pd.read_parquet(given / "census21_lsoa21.parquet")
    total = "Residence type: Total; measures: Value"
    census_zip(
        files / "census2021-ts001.zip",
        {
            "lsoa": census[["lsoa21cd", "pop"]].rename(columns={"pop": total}),
            "oa": nested[["oa21cd", "pop21"]].rename(columns={"pop21": total}),
        },
    )
    old = census[["lsoa21cd", "age_65plus"]].rename(columns={"age_65plus": _AGES[0]})
    census_zip(files / "census2021-ts007a.zip", {"lsoa": old.assign(**dict.fromkeys(_AGES[1:], 0))})
    for table, columns in _CENSUS.items():
        census_zip(
            files / f"census2021-{table}.zip",
            {"lsoa": census[["lsoa21cd", *columns]].rename(columns=columns)},
        )
    indices = pd.read_parquet(given / "iod2025_lsoa21.parquet")
    indices_file(indices).to_csv(files / "iod2025_file7.csv", index=False)
    jobs = pd.read_csv(given / "jobs_msoa21.csv").set_index("msoa21cd")["bres2023_jobs"]
    of_boroughs = nested.loc[nested["ladcd"].isin(BOROUGHS), "msoa21cd"].unique()
    figures = {code: "" if np.isnan(jobs[code]) else f"{jobs[code]:.0f}" for code in sorted(of_boroughs)}
    kind = "2021 super output areas - middle layer"
    (files / "bres_msoa.csv").write_bytes(nomis(figures, period="2023", kind=kind))
    (files / "msoa11_msoa21.csv").write_text("MSOA11CD,MSOA21CD\n")
    stops = [
        pd.read_csv(shared_data / "transit" / "naptan" / f"wm_{name}_20260724.csv")
        for name in ("rail_stations", "metro_stops")
    ]
    pd.concat(stops).to_csv(files / "naptan_stations.csv", index=False)
    feed = shared_data / "transit" / "newport_uk" / "newport-20230613_gtfs.zip"
    shutil.copy(feed, files / "bods_west_midlands_gtfs.zip")
    rows = [
        {
            **{key: getattr(source, key) for key in ("name", "title", "publisher", "licence", "vintage")},
            **{key: getattr(source, key) for key in ("address", "verified", "file", "format")},
            "size": 1,
            "sha256": "0" * 64,
            "fetched_on": "2026-07-24",
            "overlaps": [],
        }
        for source in read_catalogue().values()
        if (files / source.file).exists()
    ]
    (files / RECORDS).write_text(json.dumps({"files": rows}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(official):
    write_study_folder(official, districts=BOROUGHS)
    return official


def test_the_published_totals_of_the_seven_boroughs(folder):
    """Truth values: published totals of the census and of Open Geography for the seven metropolitan boroughs."""
    areas = pd.read_csv(folder / "areas.csv")
    assert len(areas) == 1_719
    assert areas["residents"].sum() == 2_919_651
    assert areas["households"].sum() == 1_131_672
    assert areas["households_no_car"].sum() == 311_008
    assert areas["unemployed"].sum() == 95_384
    share = areas["imd_decile"].eq(1).groupby(areas["district_name"]).mean().round(3)
    assert share.to_dict() == {
        "Birmingham": 0.428,
        "Coventry": 0.177,
        "Dudley": 0.108,
        "Sandwell": 0.163,
        "Solihull": 0.134,
        "Walsall": 0.249,
        "Wolverhampton": 0.217,
    }
    wards = pd.read_csv(folder / "wards.csv")
    assert wards["district_name"].value_counts().to_dict() == {
        "Birmingham": 69,
        "Dudley": 24,
        "Sandwell": 24,
        "Walsall": 20,
        "Wolverhampton": 20,
        "Coventry": 18,
        "Solihull": 17,
    }


def test_adults_less_the_old_are_those_of_working_age(folder, shared_data):
    """TS066 less TS007A against the count by single years: the census perturbs its tables by a few people each."""
    areas = pd.read_csv(folder / "areas.csv").set_index("lsoa21cd")
    census = pd.read_parquet(shared_data / "boundaries" / "census21_lsoa21.parquet").set_index("lsoa21cd")
    difference = areas["aged_16_64"] - census.loc[areas.index, "age_16_64"]
    assert difference.abs().max() <= 25
    assert abs(difference.sum()) < 0.001 * areas["aged_16_64"].sum()


def test_pieces_of_areas_hold_all_residents(folder):
    pieces = pd.read_csv(folder / "area_wards.csv")
    assert pieces["residents"].sum() == pytest.approx(2_919_651, rel=1e-4)
    assert pieces["wd25cd"].nunique() == 192
    assert len(pieces) == 2_043  # as many as in the lookup that the embedded sample was built from


def test_jobs_are_the_surveys_and_those_unpublished_are_named(folder):
    jobs = pd.read_csv(folder / "jobs.csv")
    assert jobs["jobs"].sum() == 1_307_325
    study = load_study(folder / "study.toml")
    assert study.study.geography == "seven_boroughs"
    assert any("5 of 357 MSOAs are not in the published jobs" in line for line in study.study.limits)
    assert study.indicator.compared_with


def test_stations_are_those_in_and_around_the_boroughs(folder):
    """The sample's builder takes the same register within the same distance of outlines of its own."""
    stations = pd.read_csv(folder / "stations.csv")
    assert set(stations["kind"]) == {"rail", "metro"}
    assert {"Birmingham New Street Rail Station", "Coventry Rail Station"} <= set(stations["name"])
    assert 60 <= stations["kind"].eq("rail").sum() <= 109
