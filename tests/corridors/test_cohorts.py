"""The indicator by group of residents: worked by hand, by brute force, and against the published tenths of the nation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from accessibility.errors import ParameterError
from corridors.access.centre_times import CentreTimes
from corridors.access.cohorts import COHORT_COLUMNS, COHORTS, cohorts_of, indicator_cohorts
from corridors.access.indicator import Indicator
from corridors.errors import JoinError
from corridors.need.indices import EDITIONS
from corridors.study import Vintages

VINTAGES = Vintages(
    areas="LSOA 2021", wards="wards 2025", census="Census 2021", deprivation="IoD 2025", jobs="jobs", timetable="t"
)  # fmt: skip
OPTIONAL = {
    "aged_16_24": [10, 40, 20, 80],
    "households": [40, 120, 50, 200],
    "households_no_car": [20, 60, 5, 30],
    "disabled": [20, 60, 30, 90],
    "ethnic_minority": [70, 100, 0, 50],
    "income_rank": [1, 6751, 6752, 33_755],
}
N_2025 = EDITIONS[2025].ranked


@pytest.fixture
def full_areas(areas_table):
    return areas_table.assign(**OPTIONAL)


@pytest.fixture
def times():
    # Ten waits a minute apart, as in the made study: the median of ten is the fifth.
    second_centre = {"A1": 35, "A2": 44, "A3": 32}
    seconds = np.full((4, 2, 10), 65_535, dtype=np.uint16)
    for row, first in enumerate(second_centre.values()):
        seconds[row] = [[1200] * 10, [60 * (first + wait) for wait in range(10)]]
    return CentreTimes(("A1", "A2", "A3", "A4"), ("near", "far"), "depart", 120, seconds)


@pytest.fixture
def indicator():
    return Indicator(
        definition="made", window=("07:00", "07:10"), statistic="p50", cutoff_min=45, min_centres=2,
        max_access_min=20, max_egress_min=20, max_time_min=120, centres=("near", "far"),
    )  # fmt: skip


def ask(times, areas, indicator, **changes):
    cohorts, left_out = cohorts_of(areas, ranked=N_2025)
    assert not left_out
    return indicator_cohorts(
        times, areas, indicator, **{"cohorts": cohorts, "vintages": VINTAGES, "ranked": N_2025, **changes}
    )


# A1 and A3 reach both centres (39 and 36 min), A2 misses by 3 min, A4 reaches nothing.
@pytest.mark.parametrize(
    ("cohort", "people", "reaching", "near"),
    [
        ("residents", 1000, 200, 300),
        ("aged_16_64", 600, 120, 180),
        ("aged_16_24", 150, 30, 40),
        ("unemployed", 57, 7, 30),
        ("households_no_car", 115, 25, 60),
        ("disabled", 200, 50, 60),
        ("ethnic_minority", 220, 70, 100),
        ("income_deprived", 240, 50, 90),
        ("employment_deprived", 105, 25, 30),
        # Ranks 1 and 6,751 are the first fifth of 33,755 (five times 6,751), rank 6,752 is not.
        ("most_deprived_fifth", 400, 100, 300),
    ],
)
def test_every_cohort_by_hand(times, full_areas, indicator, cohort, people, reaching, near):
    table = ask(times, full_areas, indicator)
    rows = table[table["cohort"] == cohort]
    assert rows["level"].tolist() == ["region", "district", "district"]
    assert rows["name"].tolist() == ["Region", "Easton", "Weston"]
    region = rows.iloc[0]
    assert (region["people"], region["people_reaching"], region["near_miss"]) == (people, reaching, near)
    assert region["share"] == pytest.approx(reaching / people)
    # Nobody of Weston reaches anything, and all of them are in its denominator and the region's.
    weston = rows.iloc[2]
    assert weston["people_reaching"] == 0
    assert rows["people"].iloc[1:].sum() == people


def test_a_group_with_nobody_in_a_district_has_no_share_there(times, full_areas, indicator):
    table = ask(times, full_areas, indicator).set_index(["cohort", "name"])
    row = table.loc[("most_deprived_fifth", "Weston")]
    assert row["people"] == 0
    assert pd.isna(row["share"])


def test_every_row_says_whom_it_counts_and_of_which_edition(times, full_areas, indicator):
    table = ask(times, full_areas, indicator)
    assert table.columns.tolist() == COHORT_COLUMNS
    assert table["cohort"].drop_duplicates().tolist() == [cohort.key for cohort in COHORTS]
    by = table.drop_duplicates("cohort").set_index("cohort")
    assert by.loc["households_no_car", "unit"] == "households"
    assert "not people" in by.loc["households_no_car", "denominator"]
    assert (by["unit"] == "households").sum() == 1
    assert by.loc["income_deprived", "vintage"] == "IoD 2025"
    assert by.loc["disabled", "vintage"] == "Census 2021"
    assert "connectivity" in by.loc["most_deprived_fifth", "denominator"]


def test_a_study_s_statistic_and_margin_are_used(times, full_areas, indicator):
    everyone = [COHORTS[0]]
    best = Indicator(**{**vars(indicator), "statistic": "best"})
    assert ask(times, full_areas, best, cohorts=everyone)["people_reaching"].iloc[0] == 500
    assert ask(times, full_areas, indicator, cohorts=everyone, margin_min=2)["near_miss"].iloc[0] == 0


def test_columns_that_are_absent_are_said(areas_table):
    cohorts, left_out = cohorts_of(areas_table)
    assert [cohort.key for cohort in cohorts] == [
        "residents", "aged_16_64", "unemployed", "income_deprived", "employment_deprived",
    ]  # fmt: skip
    assert len(cohorts) + len(left_out) == len(COHORTS)
    assert "The group 'disabled' is left out: the table of small areas has no column 'disabled'." in left_out
    assert "no column 'income_rank'" in left_out[-1]


def test_without_the_nation_s_number_of_areas_there_is_no_fifth(times, full_areas, indicator):
    cohorts, left_out = cohorts_of(full_areas)
    assert "most_deprived_fifth" not in {cohort.key for cohort in cohorts}
    assert len(left_out) == 1
    assert "ranks run over is not known" in left_out[0]
    with pytest.raises(ParameterError, match="needs ranked"):
        ask(times, full_areas, indicator, ranked=None)
    with pytest.raises(ParameterError, match="reaches 33,755, but ranks run to 32,844"):
        ask(times, full_areas, indicator, ranked=32_844)


def test_order_of_areas_is_irrelevant_and_all_are_needed(times, full_areas, indicator):
    shuffled = full_areas.iloc[[2, 0, 3, 1]]
    pd.testing.assert_frame_equal(ask(times, shuffled, indicator), ask(times, full_areas, indicator))
    with pytest.raises(JoinError, match="A4"):
        ask(times, full_areas.iloc[:3], indicator)


def test_no_cohorts_give_an_empty_table(times, full_areas, indicator):
    assert ask(times, full_areas, indicator, cohorts=[]).columns.tolist() == COHORT_COLUMNS


def test_people_one_by_one_on_random_areas(indicator):
    rng = np.random.default_rng(33)
    for _ in range(15):
        n = int(rng.integers(1, 8))
        seconds = rng.choice([1200, 2700, 2760, 3000, 3060, 65_535], size=(n, 3, 5)).astype(np.uint16)
        ids = tuple(f"A{i}" for i in range(n))
        areas = pd.DataFrame(
            {
                "id": ids,
                "district_code": rng.choice(["D1", "D2"], size=n),
                "district_name": "Somewhere",
                "residents": rng.integers(0, 30, size=n),
            }
        )
        areas["district_name"] = "Name of " + areas["district_code"]
        times = CentreTimes(ids, ("a", "b", "c"), "depart", 120, seconds)
        table = indicator_cohorts(times, areas, indicator, cohorts=[COHORTS[0]], vintages=VINTAGES)
        found = {"region": [0, 0, 0], "D1": [0, 0, 0], "D2": [0, 0, 0]}
        for i, district in enumerate(areas["district_code"]):
            second = sorted(sorted(centre)[2] for centre in seconds[i].tolist())[1]
            for _person in range(int(areas["residents"].iloc[i])):
                for place in ("region", district):
                    found[place][0] += 1
                    found[place][1] += second <= 2700
                    found[place][2] += 2700 < second <= 3000
        for row in table.itertuples():
            assert [row.people, row.people_reaching, row.near_miss] == found[row.code]


@pytest.mark.realdata
def test_the_fifth_is_that_of_the_published_tenths(shared_data):
    published = pd.read_parquet(
        shared_data / "boundaries" / "iod2025_lsoa21.parquet",
        columns=["lsoa21cd", "income_rank", "income_decile"],
    )
    areas = published.rename(columns={"lsoa21cd": "id"}).assign(
        residents=1, district_code="D", district_name="District"
    )
    times = CentreTimes(
        tuple(areas["id"]), ("a",), "depart", 120, np.zeros((len(areas), 1, 1), dtype=np.uint16)
    )
    indicator = Indicator("made", ("07:00", "07:01"), "p50", 45, 1, 20, 20, 120, ("a",))
    table = indicator_cohorts(
        times, areas, indicator, cohorts=[COHORTS[-1]], vintages=VINTAGES, ranked=N_2025
    )
    assert table["people"].iloc[0] == (areas["income_decile"] <= 2).sum()
