"""Public transport against the car by level, worked by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import corridors
from corridors.access.car_by_level import car_by_level, car_sentence

INF = math.inf


@pytest.fixture(scope="module")
def study(pristine_study):
    return corridors.load_study(pristine_study)


@pytest.fixture
def towns():
    return pd.DataFrame(
        {
            "id": list("abc"),
            "residents": [100, 200, 100],
            "district_code": ["D1", "D1", "D2"],
            "district_name": ["Easton", "Easton", "Weston"],
        }
    )


@pytest.fixture
def both_ways():
    return pd.DataFrame(
        {
            "id": list("abc"),
            "minutes_to_k": [30.0, 60.0, INF],
            "minutes_to_k_car": [10.0, 15.0, 20.0],
            "jobs_within": [400.0, 100.0, 0.0],
            "jobs_within_car": [800.0, 1000.0, 1200.0],
        }
    )


def test_public_transport_against_the_car_by_level(towns, both_ways):
    table = car_by_level(both_ways, towns).set_index("code")
    region = table.loc["region"]
    # Of 400 residents the 200th lives in b; jobs: (100 x 400 + 200 x 100) / 400 against (80,000 + 200,000 + 120,000) / 400.
    assert (region["minutes_to_k"], region["minutes_to_k_car"], region["times_as_long_as_car"]) == (60, 15, 4)
    assert (region["jobs_within"], region["jobs_within_car"], region["jobs_share_of_car"]) == (
        150,
        1000,
        0.15,
    )
    assert region["residents_by_car_alone"] == 100
    assert table.loc["D1", "residents_by_car_alone"] == 0
    assert table.loc["D2", "times_as_long_as_car"] == INF
    assert table["residents"].tolist() == [400, 300, 100]


def test_the_car_sentence_names_the_free_flow(towns, both_ways, study):
    told = car_sentence(car_by_level(both_ways, towns), study)
    assert told == (
        "Within 45 minutes the mean resident reaches 150 jobs by public transport, 15% of the 1,000 by car; the median "
        "resident's journey to 2 centres takes 4.0 times as long as the drive; 100 residents reach 2 centres by car and within "
        "120 minutes not at all by public transport. "
        "The car is driven at free flow, without congestion or parking, which flatters it."
    )
    nowhere = car_by_level(both_ways.assign(jobs_within_car=0.0), towns)
    assert car_sentence(nowhere, study) == ""
