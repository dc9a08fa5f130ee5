"""The embedded sample, the whole way: truth values, and figures recomputed from what was written."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import pandas as pd
import pytest
from page_cells import assert_printed

from corridors.inputs import read_inputs
from corridors.need.deprivation import most_deprived_tenth
from corridors.page.figures import figures
from corridors.page.overlays import overlays

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
def study(sample):
    return sample


@pytest.fixture(scope="module")
def results(sample_results):
    return sample_results


@pytest.fixture(scope="module")
def pieces(study, results):
    """Lay the written access over the sample's own tables, piece by piece of ward, with pandas alone."""
    access = pd.read_parquet(results.outputs["access.parquet"]).set_index("id")
    areas = pd.read_csv(study.resolve("boundaries/areas.csv")).set_index("lsoa21cd").loc[access.index]
    table = pd.read_csv(study.resolve("boundaries/area_wards.csv"))
    table["part"] = table["residents"] / table.groupby("lsoa21cd")["residents"].transform("sum")
    third = np.sort(access.filter(regex="^t_").to_numpy(), axis=1)[:, 2]
    values = areas.drop(columns="wd25cd").assign(third=third, jobs_within=access["jobs_within"])
    table = table[["lsoa21cd", "wd25cd", "part"]].merge(values, left_on="lsoa21cd", right_index=True)
    table["people"] = table["part"] * table["residents"]
    return table


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


def test_ward_figures_recomputed_from_the_tables(pieces, study, results):
    wards = pd.read_parquet(results.outputs["wards.parquet"]).set_index("ward_code")

    def total(values):
        return values.groupby(pieces["wd25cd"]).sum().loc[wards.index]

    people = total(pieces["people"])
    found = {
        "residents": people,
        "share_reaching": total(pieces["people"] * (pieces["third"] <= 45)) / people,
        "jobs_within": total(pieces["people"] * pieces["jobs_within"]) / people,
        "income_deprived_per_1000": 1000 * total(pieces["part"] * pieces["income_deprived"]) / people,
        "employment_deprived_per_1000": 1000 * total(pieces["part"] * pieces["employment_deprived"]) / people,
        "unemployment_rate": total(pieces["part"] * pieces["unemployed"])
        / total(pieces["part"] * pieces["econ_active"]),
    }
    for name, expected in found.items():
        assert wards[name].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12), name
    jobs = pd.read_csv(study.resolve("boundaries/jobs.csv")).groupby("wd25cd")["jobs"].sum()
    assert (wards["jobs"] - jobs.reindex(wards.index, fill_value=0)).abs().max() <= 5  # rounded to ten


def test_ward_minutes_are_those_of_the_median_resident(pieces, results):
    wards = pd.read_parquet(results.outputs["wards.parquet"]).set_index("ward_code")
    for code, ward in pieces.groupby("wd25cd"):
        median, half = wards.loc[code, "minutes_to_k"], ward["people"].sum() / 2
        assert ward.loc[ward["third"] <= median, "people"].sum() >= half * (1 - 1e-12)
        assert ward.loc[ward["third"] < median, "people"].sum() < half


def test_facts_of_the_page_recomputed_from_the_written_files(results, study):
    access = pd.read_parquet(results.outputs["access.parquet"])
    people = access["residents"]
    third = np.sort(access.filter(regex="^t_").to_numpy(), axis=1)[:, 2]
    page = results.outputs["index.html"].read_text(encoding="utf-8")
    values = re.findall(r'<dd class="fact-value[^>]*>([^<]*)</dd>', page)
    expected = (access["share_departures"] * people).sum() / people.sum()
    near = people[(third > 45) & (third <= 50)].sum()
    first = pd.read_csv(results.outputs["ranking.csv"]).iloc[0]
    share = people[third <= 45].sum() / people.sum()
    assert values == [f"{share:.1%}", f"{expected:.1%}", f"{near:,}", first["name"]]
    assert f"rank lies between {first['rank_low']} and {first['rank_high']} in nine draws of ten" in page
    assert html.escape(study.indicator.compared_with, quote=False)[:60] in html.unescape(page)


def test_ward_tables_of_the_page_are_the_written_one(results, study):
    """Every cell of the tables of wards, as printed, against the file."""
    wards = pd.read_csv(results.outputs["wards.csv"]).set_index("ward_code")
    page = results.outputs["index.html"].read_text(encoding="utf-8")
    tables = [table for table in results.pages["index.html"].tables if table.key.startswith("wards")]
    assert len(tables) == 6
    known = figures(study)
    for table in tables:
        shown = page[page.index(f'id="table-{table.key}"') :].split("</table>")[0]
        rows = dict(re.findall(r'<tr data-id="(E\d+)"[^>]*>(.*?)</tr>', shown, re.DOTALL))
        assert rows.keys() == set(wards.index)
        for code, row in rows.items():
            cells = [
                html.unescape(re.sub(r"<[^>]*>", "", cell)).strip()
                for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            ]
            ward = wards.loc[code]
            assert cells[0] == f"{ward['ward_name']}, {ward['district']}"
            for text, column in zip(cells[1:], table.columns[1:], strict=True):
                assert_printed(text, ward[column.column], known[column.column], rounded=True, where=code)


def test_no_rail_line_is_drawn_far_outside_the_boroughs(results, study):
    drawn = {each.key: each for each in overlays(read_inputs(study), results, study)}
    wards = results.wards.to_crs(27700).union_all()
    for key in ("rail-lines", "bus-lines", "metro-lines", "roads"):
        lines = drawn[key].frame.to_crs(27700)
        assert lines.within(wards.buffer(2_600)).all(), key
        assert not lines.is_empty.any()
    assert [drawn[key].visible for key in ("bus-lines", "rail-lines", "metro-lines")] == [False, True, True]


def test_outputs_say_that_they_are_illustrative(results):
    for name in ("index.html", "manifest.json"):
        assert "Illustrative: reconstructed from published stops" in results.outputs[name].read_text(
            encoding="utf-8"
        )


def test_page_stays_small(results):
    assert results.outputs["index.html"].stat().st_size < 1_500_000
