"""Jobs with their ranges, claimants with their denominators, and rates of the census by ward."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from accessibility.errors import ParameterError
from corridors.errors import JoinError, TableError
from corridors.inputs import read_inputs
from corridors.need.claimants import claimants_in_words, read_claimants, ward_claimants
from corridors.need.employment import jobs_ranges, ward_employment
from corridors.need.rounding import BRES_OPEN, BRES_OPEN_STRICT, CLAIMANTS_ROUNDED

WARDS = pd.DataFrame({"ward_code": ["W1", "W2", "W3"]})


def ends(rounding, figure):
    low, high = rounding.ranges(pd.Series([figure], dtype="float64"))
    return low[0], high[0]


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        (0, 0, 2.5),
        (45, 42.5, 47.5),
        # At the edge of two bands the finer unit rules below, the coarser above.
        (50, 47.5, 62.5),
        (500, 475, 550),
        (1_000, 950, 1_125),
        (1_250, 1_125, 1_375),
        (2_500, 2_375, 2_750),
        (9_000, 8_500, 9_500),
        (101_000, 100_500, 101_500),
    ],
)
def test_ranges_of_published_jobs_by_hand(figure, low, high):
    assert ends(BRES_OPEN, figure) == (low, high)


@pytest.mark.parametrize("rounding", [BRES_OPEN, BRES_OPEN_STRICT, CLAIMANTS_ROUNDED])
def test_every_estimate_lies_in_the_range_of_its_rounding_and_reaches_its_ends(rounding):
    stands_for = {}
    for estimate in range(12_000):
        unit = [unit for start, unit in rounding.bands if estimate >= start][-1]
        below, rest = divmod(estimate, unit)
        # A half may have been rounded either way.
        for up in {rest * 2 >= unit, rest * 2 > unit}:
            stands_for.setdefault((below + up) * unit, []).append(estimate)
    for figure, estimates in stands_for.items():
        if figure <= 10_000:
            low, high = ends(rounding, figure)
            assert low <= min(estimates) <= low + 1
            assert high - 1 <= max(estimates) <= high


def test_figures_of_another_rule_are_refused():
    with pytest.raises(ParameterError, match=r"2 of 3 figures \(563, 1100\) cannot be rounded by this rule"):
        BRES_OPEN.ranges(pd.Series([563.0, 1_000.0, 1_100.0]))
    assert np.isnan(ends(BRES_OPEN, np.nan)).all()


def points(rows):
    return pd.DataFrame(rows, columns=["ward_code", "jobs", "published_jobs"])


def test_ranges_by_ward_by_hand():
    # 1,000 published (950 to 1,125), three quarters of it in W1; 600 (550 to 650) in W2; an estimate of 40 in W2.
    jobs = points([("W1", 750, 1000), ("W2", 250, 1000), ("W2", 600, 600), ("W2", 40, np.nan)])
    table = jobs_ranges(jobs).set_index("ward_code")
    assert table.loc["W1"].tolist() == [710, 850, 0]  # 712.5 and 843.75, to ten, outwards
    assert table.loc["W2"].tolist() == [820, 980, 40]  # 237.5 + 550 + 40 = 827.5; 281.25 + 650 + 40 = 971.25


def test_ranges_hold_whatever_the_roundings_were():
    rng = np.random.default_rng(6)
    for _ in range(40):
        truth = rng.integers(1, 12_000, size=4)
        parts = rng.dirichlet([1, 1, 1], size=4)
        published = [
            round(int(value) / unit) * unit
            for value in truth
            for unit in [[unit for start, unit in BRES_OPEN.bands if value >= start][-1]]
        ]
        jobs = points(
            [
                (f"W{ward}", published[area] * parts[area, ward], published[area])
                for area, ward in itertools.product(range(4), range(3))
            ]
        )
        table = jobs_ranges(jobs).set_index("ward_code")
        for ward in range(3):
            true_jobs = sum(truth * parts[:, ward] * (np.array(published) > 0))
            row = table.loc[f"W{ward}"]
            assert row["jobs_low"] - 1e-6 <= true_jobs <= row["jobs_high"] + 1e-6


def test_without_published_counts_there_are_no_ranges(areas_table, shares_table):
    jobs = pd.DataFrame({"jobs": [1004.0, 52.0], "ward_code": ["W2", "W2"]})
    wards = ward_employment(areas_table, shares_table, jobs)
    assert wards[["jobs_low", "jobs_high", "jobs_unpublished"]].isna().all(axis=None)
    assert wards["jobs"].tolist() == [0, 1060, 0]


def test_a_ward_without_points_has_no_jobs_for_certain(areas_table, shares_table):
    wards = ward_employment(areas_table, shares_table, points([("W2", 500, 1000)])).set_index("ward_code")
    assert wards.loc["W1", ["jobs", "jobs_low", "jobs_high"]].tolist() == [0, 0, 0]
    assert wards.loc["W2", ["jobs_low", "jobs_high"]].tolist() == [470, 570]  # 475 and 562.5


def test_census_rates_by_hand(areas_table, shares_table):
    areas = areas_table.assign(
        aged_16_plus=[80, 240, 80, 400],
        no_qualifications=[8, 120, 0, 100],
        households=[40, 120, 50, 200],
        households_no_car=[20, 60, 5, 30],
    )
    wards = ward_employment(areas, shares_table, points([("W2", 500, 1000)])).set_index("ward_code")
    # W1 is A1 and a third of A2, W2 two thirds of A2 and A3: counts are shared out, then divided.
    w1, w2 = wards.loc["W1"], wards.loc["W2"]
    assert w1["activity_rate"] == pytest.approx((50 + 150 / 3) / (80 + 240 / 3))
    assert w2["no_qualifications_rate"] == pytest.approx(80 / (160 + 80))
    assert w1["no_car_rate"] == pytest.approx((20 + 20) / (40 + 40))
    assert w1["working_age_share"] == pytest.approx((60 + 60) / (100 + 100))
    assert w1["households"] == pytest.approx(80)
    assert "residents" not in wards.columns


def test_rates_of_absent_columns_are_left_out(areas_table, shares_table):
    wards = ward_employment(areas_table, shares_table, points([("W2", 500, 1000)]))
    assert {"unemployment_rate", "working_age_share"} <= set(wards.columns)
    assert not {"activity_rate", "no_car_rate", "no_qualifications_rate"} & set(wards.columns)


def test_the_sample_s_jobs_lie_in_their_ranges(sample):
    inputs = read_inputs(sample)
    wards = ward_employment(inputs.areas, inputs.shares, inputs.jobs)
    assert (wards["jobs_low"] <= wards["jobs"]).all()
    assert (wards["jobs"] <= wards["jobs_high"]).all()
    # 1,307,325 published, the rest estimated where the survey's figure is missing.
    assert wards["jobs_unpublished"].sum() == 1_334_725 - 1_307_325


BY_WARD = "WD25CD,claimants,period,residents_16_64,denominator_year\n"


def written(tmp_path, text):
    path = tmp_path / "claimants.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_claimant_rates_by_hand(tmp_path, shares_table):
    path = written(tmp_path, BY_WARD + "W2,50,April 2026,400,2024\nW1,10,April 2026,200,2024\n")
    claimants = read_claimants(path)
    table, report = ward_claimants(claimants, WARDS, shares_table)
    assert table["ward_code"].tolist() == ["W1", "W2", "W3"]
    assert table["claimant_rate"].tolist()[:2] == [0.05, 0.125]
    # 10 is published for 8 to 12, 50 for 48 to 52.
    assert table["claimant_rate_low"].tolist()[:2] == pytest.approx([8 / 200, 48 / 400])
    assert table["claimant_rate_high"].tolist()[:2] == pytest.approx([12 / 200, 52 / 400])
    # W3 is not in the table: missing, not nought, and said.
    assert table.loc[2, ["claimants", "claimant_rate"]].isna().all()
    assert report.sentence == "1 of 3 wards are not in the table of claimants (W3)"
    assert claimants_in_words(claimants).startswith(
        "Claimants of April 2026, rounded to 5 at source, over residents aged 16 to 64 of mid-2024"
    )


def test_claimants_of_small_areas_go_to_wards_by_residents(tmp_path, shares_table):
    text = BY_WARD.replace("WD25CD", "LSOA21CD") + "".join(
        f"{code},{count},April 2026,{people},2024\n"
        for code, count, people in (("A1", 5, 60), ("A2", 30, 180), ("A3", 10, 60))
    )
    table, report = ward_claimants(read_claimants(written(tmp_path, text)), WARDS, shares_table)
    assert table["claimants"].tolist()[:2] == pytest.approx([5 + 10, 20 + 10])
    assert table["claimant_rate"].tolist()[:2] == pytest.approx([15 / 120, 30 / 180])
    assert table["claimant_rate"].isna().tolist() == [False, False, True]
    assert report.lost == ("A4",)


def test_part_of_a_ward_is_not_the_ward(tmp_path, shares_table):
    text = BY_WARD.replace("WD25CD", "LSOA21CD") + "A1,5,April 2026,60,2024\nA4,5,April 2026,60,2024\n"
    table, _ = ward_claimants(read_claimants(written(tmp_path, text)), WARDS, shares_table)
    assert table["claimants"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "WD25CD,claimants,period,residents_16_64\nW1,10,April 2026,200\n",
            r"claimants\.csv: column 'denominator_year' is missing",
        ),
        (BY_WARD + "W1,10,April 2026,200,\n", r"row 2: column 'denominator_year' is empty"),
        (BY_WARD + "W1,10,April 2026,200,2024\nW2,10,April 2026,200,2023\n", r"row 3: .*2024 and 2023"),
        (
            BY_WARD + "W1,10,April 2026,200,2024\nW2,10,May 2026,200,2024\n",
            r"row 3: .*April 2026 and May 2026",
        ),
        (BY_WARD + "W1,12,April 2026,200,2024\n", r"row 2: claimants 12 is no multiple of 5"),
        (BY_WARD + "W1,many,April 2026,200,2024\n", r"row 2: claimants 'many' is not a whole number"),
        (BY_WARD + "W1,210,April 2026,200,2024\n", r"row 2: claimants \(210\) is more than residents_16_64"),
        (
            BY_WARD.replace("WD25CD", "MSOA11CD") + "E02000001,10,April 2026,200,2024\n",
            r"no column of codes of wards or small areas but of MSOAs of 2011 \(MSOA11CD\)",
        ),
        (BY_WARD + "W1,10,April 2026,200,2024\nW1,5,April 2026,200,2024\n", r"'W1' is already used in row 2"),
    ],
)
def test_a_table_of_claimants_that_cannot_be_read_right(tmp_path, text, words):
    with pytest.raises(TableError, match=words):
        read_claimants(written(tmp_path, text))


def test_unknown_wards_are_refused_and_named(tmp_path, shares_table):
    claimants = read_claimants(written(tmp_path, BY_WARD + "X9,10,April 2026,200,2024\n"))
    with pytest.raises(JoinError, match=r"1 of 1 wards with claimants are not in the study's wards \(X9\)"):
        ward_claimants(claimants, WARDS, shares_table)


def test_an_empty_table_gives_every_ward_without_a_figure(tmp_path, shares_table):
    claimants = read_claimants(written(tmp_path, BY_WARD))
    assert claimants_in_words(claimants) == ""
    table, report = ward_claimants(claimants, WARDS, shares_table)
    assert table["claimants"].isna().all()
    assert len(report.lost) == 3


@pytest.mark.realdata
def test_birmingham_s_claimant_rates_are_the_published_ones(shared_data, sample, tmp_path):
    inputs = read_inputs(sample)
    published = pd.read_csv(shared_data / "boundaries" / "ward_birmingham_claimants_uc.csv")
    census = ward_employment(inputs.areas, inputs.shares, inputs.jobs).set_index("ward_code")
    share = published["ward_code"].map(census["working_age_share"])
    errors = {}
    # The published denominators are not with the rates: the city's later residents at the census's shares by age stand
    # in for them, and the census itself for a denominator of another year.
    for year, people in (
        (2024, published["population"] * share),
        (2021, published["ward_code"].map(census["aged_16_64"])),
    ):
        table = pd.DataFrame(
            {
                "WD25CD": published["ward_code"],
                "claimants": published["claimant_count"],
                "period": published["period"],
                "residents_16_64": people.round(),
                "denominator_year": year,
            }
        )
        path = tmp_path / f"{year}.csv"
        table.to_csv(path, index=False)
        found, report = ward_claimants(read_claimants(path), inputs.wards, inputs.shares)
        assert (report.codes, report.matched, len(report.lost)) == (192, 69, 123)
        rate = published["ward_code"].map(found.set_index("ward_code")["claimant_rate"])
        errors[year] = (100 * rate - published["claimant_pct_16_64"]).abs()
    # Within 1 point everywhere and 0.25 on average; over the residents of 2021 three times as far off.
    assert errors[2024].mean() < 0.25
    assert errors[2024].max() < 1
    assert errors[2021].mean() > 0.5
