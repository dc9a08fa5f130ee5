"""The official aggregations of the Indices of Deprivation, worked by hand, by brute force and against published figures."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from accessibility.errors import ParameterError
from corridors.errors import TableError
from corridors.inputs import read_inputs
from corridors.need.deprivation import (
    domain_rates,
    extent_weight,
    local_concentration,
    official_measures,
    reading_cautions,
    refuse_regional_tenths,
    reversed_rank,
)
from corridors.need.indices import EDITIONS, Edition
from corridors.study import load_study
from corridors.tables.areas import ward_shares
from corridors.tables.lookups import best_fit_shares, to_groups
from corridors.tables.vintages import Vintage

# A nation of a thousand small areas, so that a percentile is ten of them.
SMALL = Edition(2025, Vintage("LSOA", 2021), 1000, 2022)

AREAS = pd.DataFrame(
    [
        ("a", "D", 100, 50, 60.0),
        ("b", "D", 200, 105, 40.0),
        ("c", "D", 300, 300, 20.0),
        ("d", "D", 400, 301, 10.0),
        ("e", "E", 30, 20, 70.0),
        ("f", "E", 470, 130, 30.0),
        ("g", "F", 0, 900, 1.0),
    ],
    columns=["id", "district_code", "imd_population", "imd_rank", "imd_score"],
)


def measures(areas=AREAS, shares=None, by="district_code"):
    shares = best_fit_shares(areas, by="district_code") if shares is None else shares
    return official_measures(areas, shares, by=by, edition=SMALL).set_index(by)


def test_average_score_is_weighted_by_people():
    """D: (100 x 60 + 200 x 40 + 300 x 20 + 400 x 10) / 1,000 = 24; E: (30 x 70 + 470 x 30) / 500 = 32.4."""
    assert measures()["average_score"].tolist() == pytest.approx([24.0, 32.4, np.nan], nan_ok=True)


def test_average_rank_counts_the_most_deprived_highest():
    """D: (100 x 951 + 200 x 896 + 300 x 701 + 400 x 700) / 1,000 = 764.6, ranks turned round in 1,000."""
    assert reversed_rank(pd.Series([1, 50, 1000]), ranked=1000).tolist() == [1000, 951, 1]
    assert measures().loc["D", "average_rank"] == pytest.approx(764.6)


def test_extent_slides_from_the_tenth_to_the_thirtieth_percentile():
    """D: 100 x 1 + 200 x 0.95 + 300 x 0.05 + 400 x 0 = 305 of 1,000."""
    assert measures().loc["D", "extent"] == pytest.approx(0.305)
    assert measures().loc["E", "extent"] == pytest.approx((30 + 470 * (0.95 - 2 * 0.9 / 19)) / 500)


@pytest.mark.parametrize(
    ("rank", "weight"),
    [
        (1, 1.0),
        (100, 1.0),
        (101, 0.95),
        (110, 0.95),
        (111, 0.95 - 0.9 / 19),
        (200, 0.95 - 9 * 0.9 / 19),
        (291, 0.05),
        (300, 0.05),
        (301, 0.0),
        (1000, 0.0),
    ],
)
def test_extent_weights_at_the_edges_of_percentiles(rank, weight):
    assert extent_weight(pd.Series([rank]), ranked=1000).iloc[0] == pytest.approx(weight, abs=1e-12)


@pytest.mark.parametrize("edition", EDITIONS.values(), ids=lambda edition: str(edition.year))
def test_every_percentile_of_an_edition_is_the_exact_one(edition):
    """Against exact fractions, area by area: floating point puts some ranks a percentile too high."""
    ranks = pd.Series(range(1, edition.ranked + 1, 7))
    weights = extent_weight(ranks, ranked=edition.ranked)
    for rank, weight in zip(ranks, weights, strict=True):
        percentile = math.ceil(Fraction(100 * rank, edition.ranked))
        exact = (
            1.0 if percentile <= 10 else (0.95 - (percentile - 11) * 0.9 / 19 if percentile <= 30 else 0.0)
        )
        assert weight == pytest.approx(exact, abs=1e-12)


def test_local_concentration_splits_the_area_at_the_margin():
    """The worst-off tenth of E is 50 people: all 30 of e (951 + 30 = 981) and 20 of the 470 of f (871).

    (30 x 981 + 20 x 871) / 50 = 937. In D the tenth is 100 people, exactly a: 951.
    """
    found = measures()["local_concentration"]
    assert found.tolist() == pytest.approx([951.0, 937.0, np.nan], nan_ok=True)


def test_the_most_deprived_small_area_is_named_by_its_rank():
    assert measures()["most_deprived_rank"].tolist() == pytest.approx([50, 20, np.nan], nan_ok=True)


def test_local_concentration_equals_the_people_one_by_one():
    """Brute force: line everybody up by their area's rank and average the first tenth."""
    rng = np.random.default_rng(5)
    for _ in range(30):
        people = 10 * rng.integers(0, 20, 6)
        ranks = rng.choice(np.arange(1, 1001), 6, replace=False)
        if people.sum() == 0:
            continue
        pieces = pd.DataFrame({"id": range(6), "ward": "w", "people": people, "imd_rank": ranks})
        everybody = np.sort(np.repeat(ranks, people))
        tenth = everybody[: len(everybody) // 10]
        found = local_concentration(pieces, by="ward", ranked=1000)
        assert found["w"] == pytest.approx((1001 - tenth).mean())


def test_a_ward_holds_the_pieces_of_its_areas():
    """Half of f in X beside e, the other half alone in Y: X counts 30 + 235 people.

    X: score (30 x 70 + 235 x 30) / 265; the tenth is 26.5 people, all of them of e. Y: the tenth is all of f.
    """
    areas = AREAS[AREAS["id"].isin(["e", "f"])].assign(ward_code="X")
    shares = pd.DataFrame({"id": ["e", "f", "f"], "ward_code": ["X", "X", "Y"], "share": [1, 0.5, 0.5]})
    found = measures(areas, shares, by="ward_code")
    assert found.loc["X", "average_score"] == pytest.approx((30 * 70 + 235 * 30) / 265)
    assert found["local_concentration"].tolist() == pytest.approx([981, 871])


def test_percentiles_are_national_and_not_of_the_region():
    """Ranked among themselves the four areas of D would be percentiles 25, 50, 75 and 100, and the extent another."""
    district = AREAS[AREAS["district_code"] == "D"]
    regional = district.assign(imd_rank=district["imd_rank"].rank().astype(int))
    among_themselves = Edition(2025, Vintage("LSOA", 2021), 4, 2022)
    wrong = official_measures(
        regional, best_fit_shares(regional, by="district_code"), by="district_code", edition=among_themselves
    )
    assert wrong["extent"].iloc[0] == pytest.approx(100 * (0.95 - 14 * 0.9 / 19) / 1000)
    assert measures(district).loc["D", "extent"] == pytest.approx(0.305)


def test_ranks_of_another_edition_are_refused():
    with pytest.raises(
        ParameterError, match="imd_rank reaches 1,001, but the Indices of 2025 rank 1,000 areas"
    ):
        measures(AREAS.assign(imd_rank=1001))


def test_a_missing_column_is_named():
    with pytest.raises(TableError, match="no column 'imd_population', which this measure"):
        measures(AREAS.drop(columns="imd_population"))


def test_nothing_in_nothing_out():
    empty = measures(AREAS.iloc[:0])
    assert empty.empty
    assert list(empty) == [
        "average_score",
        "average_rank",
        "extent",
        "local_concentration",
        "most_deprived_rank",
    ]


def test_inputs_are_left_as_they_were():
    before, shares = AREAS.copy(deep=True), best_fit_shares(AREAS, by="district_code")
    kept = shares.copy(deep=True)
    measures(AREAS, shares)
    pd.testing.assert_frame_equal(AREAS, before)
    pd.testing.assert_frame_equal(shares, kept)


def test_every_domain_has_its_own_denominator():
    """Income 30 of 100 and 10 of 300 people, children 9 of 20 and 1 of 80: 0.1 of both, whatever the residents."""
    areas = pd.DataFrame(
        {
            "id": ["a", "b"],
            "district_code": "D",
            "income_deprived": [30, 10],
            "income_denominator": [100, 300],
            "idaci_deprived": [9, 1],
            "idaci_denominator": [20, 80],
        }
    )
    shares = best_fit_shares(areas, by="district_code")
    table = domain_rates(areas, shares, by="district_code", domains=("income", "idaci"))
    assert table.to_dict("list") == {
        "district_code": ["D"],
        "income_deprived": [40.0],
        "idaci_deprived": [10.0],
        "income_rate": [0.1],
        "idaci_rate": [0.1],
    }
    nobody = domain_rates(areas.assign(income_denominator=0), shares, by="district_code", domains=("income",))
    assert nobody["income_rate"].isna().all()


def test_cautions_of_the_overall_index():
    overall = reading_cautions(EDITIONS[2025], uses_overall_index=True)
    assert "connectivity score" in overall[0]
    assert "Income and Employment" in overall[0]
    domains_alone = reading_cautions(EDITIONS[2025], uses_overall_index=False)
    assert domains_alone == overall[1:]
    assert any("relative and ordinal" in sentence for sentence in domains_alone)
    assert any("England's alone" in sentence for sentence in domains_alone)
    assert "road distances" in reading_cautions(EDITIONS[2019], uses_overall_index=True)[0]


def test_tenths_that_are_not_national_are_refused():
    """Of 1,000 ranked, 100 is the last of the first tenth and 101 the first of the second."""
    areas = pd.DataFrame({"id": ["a", "b", "c"], "imd_rank": [100, 101, 1000], "imd_decile": [1, 2, 10]})
    refuse_regional_tenths(areas, edition=SMALL, source="areas.csv")
    refuse_regional_tenths(areas.drop(columns="imd_rank").iloc[::-1], edition=SMALL, source="areas.csv")
    regional = areas.assign(imd_decile=[3, 6, 10])
    with pytest.raises(
        TableError, match=r"areas\.csv: imd_rank 100 of a does not lie in its imd_decile 3 .*: 2\)"
    ):
        refuse_regional_tenths(regional, edition=SMALL, source="areas.csv")
    with pytest.raises(TableError, match="imd_rank 1001 of c"):
        refuse_regional_tenths(areas.assign(imd_rank=[100, 101, 1001]), edition=SMALL, source="areas.csv")


def test_a_study_with_ranks_among_its_own_areas_is_refused(made_study):
    path = made_study.parent / "areas.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    ranked = [lines[0] + ",imd_rank", *[f"{line},{rank}" for rank, line in enumerate(lines[1:], start=1)]]
    path.write_text("\n".join(ranked), encoding="utf-8")
    with pytest.raises(
        TableError, match=r"areas\.csv: imd_rank 3 of A3 does not lie in its imd_decile 8 of the 33,755"
    ):
        read_inputs(load_study(made_study))


@pytest.fixture(scope="module")
def sample_areas(project_root):
    """Return the embedded sample's small areas and their shares, under the names the rooms use."""
    folder = project_root / "data" / "boundaries"
    columns = {"lsoa21cd": "id", "wd25cd": "ward_code"}
    areas = pd.read_csv(folder / "areas.csv").rename(columns=columns)
    return areas, ward_shares(pd.read_csv(folder / "area_wards.csv").rename(columns=columns), areas)


def test_measures_of_the_boroughs_agree_with_one_another(sample_areas):
    areas, wards = sample_areas
    shares = best_fit_shares(areas, by="district_code")
    districts = official_measures(areas, shares, by="district_code", edition=EDITIONS[2025])
    assert districts["extent"].between(0, 1).all()
    assert districts["average_rank"].between(1, 33_755).all()
    # The worst-off tenth is worse off than the whole, and no worse than the worst small area.
    assert (districts["local_concentration"] >= districts["average_rank"]).all()
    assert (districts["local_concentration"] <= 33_756 - districts["most_deprived_rank"]).all()
    by_ward = domain_rates(areas, wards, by="ward_code")
    assert by_ward["income_deprived"].sum() == pytest.approx(areas["income_deprived"].sum())


@pytest.mark.realdata
def test_district_average_scores_are_those_of_the_published_table(shared_data, sample_areas):
    """All 20 districts, each area weighted by the residents of mid-2022 as File 7 gives them.

    The figures are the averages over the published LSOA scores that the data's own notes hold against the published
    district table: within 0.0005 of it in all 20 districts. Worked here apart from the toolkit's functions.
    """
    indices = pd.read_parquet(shared_data / "boundaries" / "iod2025_lsoa21.parquet")
    lookup = pd.read_csv(shared_data / "boundaries" / "lookup_lsoa21_ward24_lad.csv")
    table = indices.merge(lookup, on="lsoa21cd").rename(
        columns={"lsoa21cd": "id", "ladcd": "district_code", "pop_mid2022_iod": "imd_population"}
    )
    shares = best_fit_shares(table, by="district_code")
    found = official_measures(table, shares, by="district_code", edition=EDITIONS[2025]).set_index(
        "district_code"
    )
    assert len(found) == 20
    for code, rows in table.groupby("district_code"):
        checked = np.average(rows["imd_score"], weights=rows["imd_population"])
        assert found.loc[code, "average_score"] == pytest.approx(checked, abs=0.0005)
    notes = (shared_data / "boundaries" / "SOURCES.md").read_text(encoding="utf-8")
    assert "reproduces the official LAD average score to 0.0005 in all 20 districts" in notes
    areas, _ = sample_areas
    sample = official_measures(
        areas, best_fit_shares(areas, by="district_code"), by="district_code", edition=EDITIONS[2025]
    ).set_index("district_code")
    assert sample["average_score"].tolist() == pytest.approx(
        found.loc[sample.index, "average_score"].tolist(), abs=1e-9
    )


@pytest.mark.realdata
def test_ward_average_scores_agree_with_an_independent_roll_up(shared_data, sample_areas):
    areas, shares = sample_areas
    rolled = pd.read_csv(shared_data / "boundaries" / "ward25_iod2025_derived.csv").set_index("wd25cd")
    wards = official_measures(areas, shares, by="ward_code", edition=EDITIONS[2025]).set_index("ward_code")
    difference = wards["average_score"] - rolled.loc[wards.index, "imd25_score_popw"]
    assert len(wards) == 192
    assert difference.abs().max() < 0.001


@pytest.mark.realdata
def test_wards_without_qualifications_are_within_the_stated_error_of_the_official_table(
    shared_data, sample_areas
):
    """Birmingham's 69 wards against TS067: 0.28 points on average and 1.65 at most, from output areas.

    The sample's small areas are coarser, so its wards are a little farther off on average, and no more at most.
    """
    boundaries = shared_data / "boundaries"
    official = pd.read_csv(boundaries / "ward_birmingham_ts067_official.csv").set_index("wd")["none"]
    lookup = pd.read_parquet(boundaries / "oa21_lookup.parquet")
    small = pd.read_parquet(boundaries / "census21_oa21_pct.parquet").merge(lookup, on="oa21cd")
    census = pd.read_parquet(boundaries / "census21_lsoa21.parquet").set_index("lsoa21cd")
    adults = (census["age_16plus"] / census["pop"]).reindex(small["lsoa21cd"]).to_numpy()
    small = small.rename(columns={"oa21cd": "id", "wd25cd": "ward_code"}).assign(
        aged_16_plus=small["pop21"] * adults
    )
    shares = best_fit_shares(small, by="ward_code")
    wards = to_groups(small, shares, by="ward_code", averages=["pct_qual_none"], weight="aged_16_plus")
    error = (wards.set_index("ward_code")["pct_qual_none"] - official).dropna().abs()
    assert len(error) == 69
    assert error.mean() < 0.285
    assert error.max() < 1.655

    areas, weights = sample_areas
    counts = to_groups(areas, weights, by="ward_code", counts=["no_qualifications", "aged_16_plus"])
    share = 100 * counts["no_qualifications"] / counts["aged_16_plus"]
    error = (share.set_axis(counts["ward_code"]) - official).dropna().abs()
    assert len(error) == 69
    assert error.mean() < 0.4
    assert error.max() < 1.655


@pytest.mark.realdata
def test_deprived_areas_are_the_better_connected_ones(sample_areas):
    """Spearman of the deprivation rank and the connectivity score over the 1,719 LSOAs, as measured on the sources."""
    areas, _ = sample_areas
    # Of ranks, ties averaged: pandas' own Spearman needs scipy.
    rho = areas["imd_rank"].rank().corr(areas["connectivity_score"].rank())
    assert rho == pytest.approx(-0.507, abs=0.0005)
