"""The embedded sample, the whole way: truth values, and figures recomputed from what was written."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import corridors
from corridors.deprivation import most_deprived_tenth
from corridors.inputs import read_inputs

# Published counts for the seven metropolitan boroughs: residents (Census 2021), and the share of small areas in the
# nation's most deprived tenth (English Indices of Deprivation 2025), in per cent.
RESIDENTS = 2_919_651
TENTHS = {
    "Birmingham": 42.8,
    "Coventry": 17.7,
    "Dudley": 10.8,
    "Sandwell": 16.3,
    "Solihull": 13.4,
    "Walsall": 24.9,
    "Wolverhampton": 21.7,
}
CENTRES = [
    "birmingham",
    "brierley_hill",
    "coventry",
    "solihull",
    "sutton_coldfield",
    "uk_central",
    "walsall",
    "west_bromwich",
    "wolverhampton",
]


@pytest.fixture(scope="module")
def study():
    return corridors.load_study(corridors.sample_study())


@pytest.fixture(scope="module")
def results(study, tmp_path_factory):
    return corridors.run_study(study, out=tmp_path_factory.mktemp("sample"))


def test_deprivation_by_borough_is_the_published_one(study):
    areas = read_inputs(study).areas
    table = most_deprived_tenth(areas, by="district_name").set_index("district_name")
    assert (100 * table["share_most_deprived_tenth"]).round(1).to_dict() == TENTHS
    assert table["small_areas"].sum() == 1719


def test_every_resident_is_in_every_denominator(results):
    for level in ("region", "district", "ward"):
        people = results.indicator.loc[results.indicator["level"] == level, "residents"].sum()
        assert people == pytest.approx(RESIDENTS)
    assert len(results.wards) == 192
    assert results.wards["residents"].sum() == pytest.approx(RESIDENTS)


def test_indicator_from_the_written_files(study, results):
    access = pd.read_parquet(results.outputs["access.parquet"])
    residents = pd.read_csv(study.resolve("boundaries/areas.csv")).set_index("lsoa21cd")["residents"]
    minutes = access.set_index("id")[[f"t_{centre}" for centre in CENTRES]]
    people = residents.loc[minutes.index]
    reached = (minutes <= 45).sum(axis=1)
    manifest = json.loads(results.outputs["manifest.json"].read_text(encoding="utf-8"))
    assert manifest["figures"]["indicator"] == people[reached >= 3].sum() / people.sum()
    for k in range(1, 10):
        assert manifest["figures"][f"share_k{k}"] == people[reached >= k].sum() / people.sum()
    assert f"{manifest['figures']['indicator']:.1%} of residents" in results.outputs["index.html"].read_text(
        "utf-8"
    )


def test_minutes_and_counts_agree(results):
    access = results.access.set_index("id")
    minutes = np.sort(access[[f"t_{centre}" for centre in CENTRES]].to_numpy(), axis=1)
    assert (access["minutes_to_k"].to_numpy() == minutes[:, 2]).all()
    assert ((access["minutes_to_k"] <= 45) == (access["n_within"] >= 3)).all()
    assert access["share_departures"].between(0, 1).all()


def test_map_and_tables_show_the_same_ranking(results):
    ranking = pd.read_csv(results.outputs["ranking.csv"])
    assert len(ranking) == 6
    assert ranking["score"].is_monotonic_decreasing
    assert (ranking["rank_low"] <= ranking["rank_high"]).all()
    page = results.outputs["index.html"].read_text(encoding="utf-8")
    found = [page.index(f"{name}</th>") for name in ranking["name"]]
    assert found == sorted(found)


def test_outputs_say_that_they_are_illustrative(results):
    for name in ("index.html", "manifest.json"):
        assert "Illustrative: reconstructed from published stops" in results.outputs[name].read_text(
            encoding="utf-8"
        )


def test_page_stays_small(results):
    assert results.outputs["index.html"].stat().st_size < 1_500_000
