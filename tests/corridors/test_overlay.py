"""Overlay, deprivation and employment by ward, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from corridors.errors import JoinError
from corridors.need.deprivation import most_deprived_tenth, ward_deprivation
from corridors.need.employment import ward_employment
from corridors.need.overlay import ward_access, weighted_median
from corridors.places.catchments import catchment_profiles, residents_counted_once
from corridors.tables.areas import to_wards, ward_shares


@pytest.mark.parametrize(
    ("values", "weights", "median"),
    [
        ([10, 20, 30], [1, 1, 1], 20),
        ([30, 10, 20], [1, 1, 1], 20),
        ([10, 20], [1, 1], 10),
        ([10, np.inf], [1, 1], 10),
        ([10, np.inf], [1, 1.1], np.inf),
        ([10, 20, np.inf], [0, 1, 1], 20),
        ([10, 20, 30], [1 / 3, 1 / 3, 2 / 3], 20),
        ([np.inf], [5], np.inf),
    ],
)
def test_weighted_median(values, weights, median):
    assert weighted_median(values, weights) == median


def test_weighted_median_of_nobody_is_missing():
    assert np.isnan(weighted_median([1.0, 2.0], [0, 0]))
    assert np.isnan(weighted_median([], []))


def test_weighted_median_equals_the_median_of_the_people_one_by_one():
    rng = np.random.default_rng(4)
    for _ in range(50):
        values = rng.choice([5.0, 20.0, 45.0, np.inf], size=6)
        people = rng.integers(0, 9, size=6)
        if people.sum():
            everyone = np.sort(np.repeat(values, people))
            assert weighted_median(values, people) == everyone[(len(everyone) + 1) // 2 - 1]


def test_ward_shares_come_from_the_pieces(areas_table, shares_table):
    pieces = pd.DataFrame(
        {
            "id": ["A1", "A2", "A2", "A3", "A4"],
            "ward_code": ["W1", "W1", "W2", "W2", "W3"],
            "residents": [90, 100, 200, 100, 480],
        }
    )
    pd.testing.assert_frame_equal(ward_shares(pieces, areas_table), shares_table)


def test_an_area_whose_pieces_hold_nobody_goes_to_its_best_fit(areas_table):
    pieces = pd.DataFrame(
        {"id": ["A1", "A2", "A3", "A4", "A4"], "ward_code": list("WWWVU"), "residents": [1, 1, 1, 0, 0]}
    )
    shares = ward_shares(pieces, areas_table).set_index("id")
    assert shares.loc["A4"].tolist() == ["W3", 1.0]


def test_areas_without_pieces_are_counted_and_named(areas_table):
    pieces = pd.DataFrame({"id": ["A1", "A2"], "ward_code": ["W1", "W2"], "residents": [1, 1]})
    with pytest.raises(JoinError, match=r"2 of 4 small areas are not in the table of ward pieces \(A3, A4\)"):
        ward_shares(pieces, areas_table)


def test_sums_over_wards_equal_sums_over_areas(areas_table, shares_table):
    counts = ["residents", "unemployed", "income_deprived"]
    wards = to_wards(areas_table, shares_table, counts=counts)
    assert wards[counts].sum().tolist() == pytest.approx(areas_table[counts].sum().tolist())
    assert wards["residents"].tolist() == pytest.approx([200, 300, 500])


def test_ward_access_by_hand(access_table, areas_table, shares_table):
    wards = ward_access(
        access_table,
        areas_table,
        shares_table,
        min_centres=2,
        minutes=["minutes_to_k"],
        means=["jobs_within"],
    ).set_index("ward_code")
    assert wards["minutes_to_k"].tolist() == [39.0, 48.0, np.inf]
    assert wards["jobs_within"].tolist() == pytest.approx([1050, (200 * 1000 + 100 * 1100) / 300, 50])
    assert wards["residents_reaching"].tolist() == pytest.approx([100, 100, 0])


def test_inputs_are_left_as_they_were(access_table, areas_table, shares_table):
    before = [table.copy(deep=True) for table in (access_table, areas_table, shares_table)]
    ward_access(
        access_table,
        areas_table,
        shares_table,
        min_centres=2,
        minutes=["minutes_to_k"],
        means=["jobs_within"],
    )
    ward_deprivation(areas_table, shares_table)
    for old, new in zip(before, (access_table, areas_table, shares_table), strict=True):
        pd.testing.assert_frame_equal(old, new)


def test_deprivation_by_hand(areas_table, shares_table):
    wards = ward_deprivation(areas_table, shares_table).set_index("ward_code")
    assert wards["income_deprived"].tolist() == pytest.approx([40 + 30, 60 + 10, 100])
    assert wards["income_deprived_per_1000"].tolist() == pytest.approx([350, 70 / 300 * 1000, 200])
    # Each domain has its own denominator: of 110 + 290 / 3 people, and of 60 + 180 / 3.
    assert wards.loc["W1", "income_rate"] == pytest.approx(70 / (110 + 290 / 3))
    assert wards.loc["W1", "employment_rate"] == pytest.approx(30 / 120)
    # Best fit: W1 holds A1 (first tenth), W2 holds A2 (first) and A3 (eighth), W3 holds A4 (second).
    assert wards["share_most_deprived_tenth"].tolist() == [1.0, 0.5, 0.0]
    assert wards["small_areas"].tolist() == [1, 2, 1]


def test_tenth_counts_areas_not_people(areas_table):
    table = most_deprived_tenth(areas_table, by="district_code").set_index("district_code")
    assert table.loc["D1", "share_most_deprived_tenth"] == pytest.approx(2 / 3)


def test_employment_by_hand(areas_table, shares_table):
    jobs = pd.DataFrame({"id": ["J1", "J2"], "jobs": [1004.0, 52.0], "ward_code": ["W2", "W2"]})
    wards = ward_employment(areas_table, shares_table, jobs).set_index("ward_code")
    assert wards["jobs"].tolist() == [0, 1060, 0]
    assert wards.loc["W1", "employment_per_resident_16_64"] == 0
    assert wards.loc["W2", "employment_per_resident_16_64"] == pytest.approx(1056 / (120 + 60))
    assert wards.loc["W1", "unemployment_rate"] == pytest.approx((5 + 10) / (50 + 50))


def test_profiles_of_catchments(areas_table, access_table):
    places = pd.DataFrame({"id": ["p2", "p1", "p3"], "name": ["Two", "One", "None"]})
    members = pd.DataFrame({"place_id": ["p1", "p1", "p2", "p2"], "id": ["A1", "A2", "A2", "A4"]})
    profiles = catchment_profiles(places, members, areas_table, access_table, min_centres=2).set_index("id")
    assert profiles.index.tolist() == ["p1", "p2", "p3"]
    assert profiles["small_areas"].tolist() == [2, 2, 0]
    assert profiles["residents"].tolist() == [400, 800, 0]
    assert profiles["few_centres"].tolist() == [300, 800, 0]
    assert profiles.loc["p2", "few_centres_per_1000"] == 1000
    assert profiles.loc["p2", "jobs_within"] == pytest.approx((300 * 1000 + 500 * 50) / 800)
    rates = [name for name in profiles.columns if name.endswith("_per_1000")]
    assert profiles.loc["p3", [*rates, "jobs_within", "jobs_per_worker"]].isna().all()
    assert residents_counted_once(members, areas_table) == (900, 300)
