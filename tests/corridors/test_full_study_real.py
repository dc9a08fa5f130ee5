"""A whole run over the finest areas there are: 13,473 output areas of twenty districts, on official wards.

Held against the published truth values of the seven metropolitan boroughs, and against pandas alone.
"""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from output_areas import write_study_of_output_areas

import corridors
from corridors.access.access import reach_of_centres
from corridors.inputs import read_inputs
from corridors.tables.geographies import districts_of

try:
    import resource
except ModuleNotFoundError:  # Windows
    resource = None

pytestmark = pytest.mark.realdata
BOROUGHS = districts_of("seven_boroughs")["district_code"].tolist()
# Published: residents and LSOAs in England's most deprived tenth, Census 2021 and Indices of Deprivation 2025.
RESIDENTS = 2_919_651
MOST_DEPRIVED = {
    "Birmingham": 0.428,
    "Coventry": 0.177,
    "Dudley": 0.108,
    "Sandwell": 0.163,
    "Solihull": 0.134,
    "Walsall": 0.249,
    "Wolverhampton": 0.217,
}


@pytest.fixture(scope="module")
def full(tmp_path_factory, shared_data):
    """Run the study once; time and memory are told, not judged: they are those of the machine."""
    folder = tmp_path_factory.mktemp("full")
    published = shared_data / "boundaries"
    study = corridors.load_study(write_study_of_output_areas(folder / "study", published))
    began, burnt = time.perf_counter(), time.process_time()
    results = corridors.run_study(study, out=folder / "out")
    took = f"{time.perf_counter() - began:.0f} s, of processor {time.process_time() - burnt:.0f} s"
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if resource else 0
    print(f"\n13,473 output areas: {took}; at most {most / 1e6:.1f} GB where that is in KB")
    table = pd.read_csv(folder / "study" / "areas.csv").set_index("oa21cd")
    lookup = pd.read_parquet(published / "oa21_lookup.parquet").set_index("oa21cd")
    return SimpleNamespace(
        study=study,
        inputs=read_inputs(study),
        results=results,
        published=published,
        out=folder / "out",
        areas=table,
        lookup=lookup,
    )


def in_boroughs(table, code="district_code"):
    return table[table[code].isin(BOROUGHS)]


def test_nobody_is_lost_between_output_areas_wards_and_districts(full):
    """The census perturbs its counts table by table: output areas add up to within 50 people of a borough's own count."""
    access = pd.read_parquet(full.out / "access.parquet")
    assert set(access["id"]) == set(full.lookup.index)
    assert len(access) == 13_473
    official = pd.read_parquet(full.published / "census21_lsoa21.parquet").groupby("ladcd")["pop"].sum()
    districts = pd.read_csv(full.out / "districts.csv").set_index("district_code")
    assert official[BOROUGHS].sum() == RESIDENTS
    assert (districts["residents"] - official).abs().max() <= 50
    assert districts.loc[BOROUGHS, "residents"].sum() == pytest.approx(RESIDENTS, abs=50)
    everybody = int(full.lookup["pop21"].sum())
    assert f"all {everybody:,} residents of 20 districts" in full.results.denominator
    assert "codes of output areas of 2021, MSOAs of 2021, wards of 2025" in full.results.denominator
    wards = in_boroughs(full.results.wards)
    assert wards["district"].value_counts().to_dict() == {
        "Birmingham": 69,
        "Dudley": 24,
        "Sandwell": 24,
        "Walsall": 20,
        "Wolverhampton": 20,
        "Coventry": 18,
        "Solihull": 17,
    }
    assert full.results.wards["residents"].sum() == pytest.approx(full.areas["residents"].sum())


def test_wards_hold_the_residents_that_were_counted_there(full):
    """Against sums by ward made of the same output areas but of other tables, which the census perturbs apart."""
    wards = pd.read_csv(full.out / "wards.csv").set_index("ward_code")
    counted = pd.read_csv(full.published / "ward25_census21_derived.csv").set_index("wd25cd")
    assert wards.index.symmetric_difference(counted.index).empty
    assert len(wards) == 443
    assert (wards["residents"] - counted["pop"]).abs().max() <= 20
    assert (wards["households"] - counted["ts045_households"]).abs().max() <= 40
    assert (wards["aged_16_64"] - counted["age_16_64"]).abs().max() <= 20
    # Estimates: percentages of output areas to one decimal, or a count of LSOAs shared out by them.
    assert wards["households_no_car"].sum() == pytest.approx(counted["ts045_no_car"].sum(), rel=0.001)
    assert (wards["households_no_car"] - counted["ts045_no_car"]).abs().max() <= 120
    assert wards["unemployed"].sum() == pytest.approx(
        counted["ts066_unemployed_excl_students"].sum(), rel=0.001
    )
    assert wards["no_qualifications_rate"].mul(100).to_numpy() == pytest.approx(
        counted.loc[wards.index, "est_pct_qual_none"], abs=0.2
    )


def test_deprivation_is_that_of_the_lsoas(full):
    """Every LSOA counted once gives the published shares; output areas, which are four to six an LSOA, nearly the same."""
    areas = full.inputs.areas.set_index("id").join(full.lookup[["lsoa21cd"]])
    lsoas = in_boroughs(areas).drop_duplicates("lsoa21cd")
    tenth = lsoas["imd_decile"].eq(1)
    assert len(lsoas) == 1_719
    assert tenth.mean() == pytest.approx(0.271, abs=0.0005)
    assert tenth.groupby(lsoas["district_name"]).mean().round(3).to_dict() == MOST_DEPRIVED
    districts = in_boroughs(pd.read_csv(full.out / "districts.csv")).set_index("district")
    assert districts["share_most_deprived_tenth"].to_dict() == pytest.approx(MOST_DEPRIVED, abs=0.015)


def test_deprived_people_are_shared_out_and_none_is_lost(full):
    """Rates of districts against the LSOAs' own numerators and scores; scores of wards against an earlier roll-up."""
    indices = pd.read_parquet(full.published / "iod2025_lsoa21.parquet")
    indices["ladcd"] = indices["lsoa21cd"].map(
        full.lookup.drop_duplicates("lsoa21cd").set_index("lsoa21cd")["ladcd"]
    )
    districts = pd.read_csv(full.out / "districts.csv").set_index("district_code")
    for domain in ("income", "employment"):
        people = indices[f"{domain}_domain_numerator"]
        over = (people / indices[f"{domain}_score"]).groupby(indices["ladcd"]).sum()
        people = people.groupby(indices["ladcd"]).sum()
        assert districts[f"{domain}_deprived"].to_dict() == pytest.approx(people.to_dict())
        assert districts[f"{domain}_rate"].to_dict() == pytest.approx((people / over).to_dict(), abs=1e-4)
    wards = pd.read_csv(full.out / "wards.csv").set_index("ward_code")
    earlier = pd.read_csv(full.published / "ward25_iod2025_derived.csv").set_index("wd25cd")
    assert (wards["average_score"] - earlier["imd25_score_popw"]).abs().max() <= 0.0015


def test_jobs_add_up_to_those_of_the_survey(full):
    """Points hold whole jobs and keep the totals of the middle-layer areas; wards are rounded to ten."""
    survey = pd.read_csv(full.published / "jobs_msoa21.csv")
    assert full.inputs.jobs["jobs"].sum() == survey["jobs_best"].sum()
    assert in_boroughs(survey, "ladcd")["jobs_best"].sum() == 1_334_725
    wards = in_boroughs(full.results.wards)
    assert wards["jobs"].sum() == pytest.approx(1_334_725, abs=5 * len(wards))
    assert (wards["jobs_low"] <= wards["jobs"] + 5).all()
    assert (wards["jobs_high"] >= wards["jobs"] - 5).all()


def test_the_indicator_in_pandas_alone(full):
    """From the minutes to each centre: three of them within 45, by the residents of each output area."""
    access = pd.read_parquet(full.out / "access.parquet").set_index("id")
    minutes = access[[name for name in access.columns if name.startswith("t_")]]
    assert minutes.shape[1] == 9
    within = (minutes <= 45).sum(axis=1)
    assert (within == access["n_within"]).all()
    third = np.sort(minutes.to_numpy(), axis=1)[:, 2]
    assert np.array_equal(third, access["minutes_to_k"])
    reaching = full.areas["residents"].where(within.reindex(full.areas.index) >= 3, 0)
    total = full.areas["residents"].sum()
    manifest = json.loads((full.out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["figures"]["indicator"] == pytest.approx(reaching.sum() / total, abs=1e-12)
    districts = pd.read_csv(full.out / "districts.csv").set_index("district_code")["residents_reaching"]
    assert districts.to_dict() == pytest.approx(reaching.groupby(full.areas["district_code"]).sum().to_dict())
    # Output areas lie whole in one ward, so wards need no shares either.
    wards = full.results.wards.set_index("ward_code")["residents_reaching"]
    assert wards.to_dict() == pytest.approx(reaching.groupby(full.areas["wd25cd"]).sum().to_dict())


def test_finer_areas_tell_nearly_the_same_as_lsoas(full):
    """The same timetable asked from the points of LSOAs, which stand for 1,700 people instead of 330.

    Where the points of output areas lie, a walk from the point of their LSOA, the stops are nearer for some and farther for
    others, which all but cancels out over the region. Around 45 minutes some three in a hundred residents more have three
    centres with every minute more, so a difference of one in a hundred would be a third of a minute for everybody alike.
    It must in any case lie between what LSOAs have with the typical walk between the two points less, and more, to spare.
    """
    sample = corridors.load_study(corridors.sample_study())
    lsoas = read_inputs(sample).areas
    reach = reach_of_centres(full.results.network, lsoas, full.inputs.centres, full.study)
    table = lsoas.merge(reach, on="id", validate="one_to_one")
    coarse = {
        minutes: table.loc[table["minutes_to_k"] <= minutes, "residents"].sum() / table["residents"].sum()
        for minutes in range(30, 61)
    }
    boroughs = in_boroughs(full.areas)
    access = full.results.access.set_index("id").loc[boroughs.index]
    fine = boroughs.loc[access["n_within"] >= 3, "residents"].sum() / boroughs["residents"].sum()
    metres = gpd.points_from_xy(boroughs["lon"], boroughs["lat"], crs=4326).to_crs(27700)
    centres = lsoas.set_index("id").geometry.to_crs(27700)
    of_lsoa = centres.loc[full.lookup.loc[boroughs.index, "lsoa21cd"]]
    apart = shapely.distance(np.asarray(metres), of_lsoa.to_numpy())
    walk_min = (
        float(np.average(apart, weights=boroughs["residents"])) * 1.3 / 80
    )  # 4.8 km/h, straight line times 1.3
    print(
        f"\nwithin 45 minutes: {coarse[45]:.4f} by LSOA, {fine:.4f} by output area, {walk_min:.1f} min apart"
    )
    spare = int(np.ceil(walk_min))
    assert coarse[45 - spare] < fine < coarse[45 + spare]
    assert fine == pytest.approx(coarse[45], abs=0.01)


def test_the_page_and_the_papers_are_written(full):
    for name in ("index.html", "briefing.html", "ranking.csv", "ranking_sites.csv"):
        assert (full.out / name).stat().st_size > 0
    text = (full.out / "index.html").read_text(encoding="utf-8")
    assert "output areas of 2021" in text
    assert len(text) < 4_000_000
    wards = gpd.read_parquet(full.out / "wards.parquet")
    official = gpd.read_file(full.published / "wards_2025.gpkg").set_index("wd25cd").to_crs(27700)
    drawn = wards.set_index("ward_code").to_crs(27700)
    # The publisher's own area of the boroughs, 901.75 km2: official outlines come through the run as they are.
    assert in_boroughs(drawn).area.sum() / 1e6 == pytest.approx(901.75, abs=0.01)
    assert (drawn.area - official.area).abs().max() < 1
