"""Access relative to need, worked by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from made_network import made_network

from corridors.access.relative import level_against_relative, reach_per_unemployed

INF = math.inf


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


def per_unemployed(made, *, study=None, **unemployed):
    areas = made.inputs.areas.copy()
    for name, count in unemployed.items():
        areas.loc[areas["id"] == name, "unemployed"] = count
    return reach_per_unemployed(made.network, areas, made.inputs.jobs, study or made.study).set_index("id")


def test_jobs_are_shared_among_the_unemployed_who_reach_them(made):
    # Unemployed 5, 30, 2, 20. J1 (1,000 jobs) is reached by A1, A2, A3; J2 (100) by A1 and A3; J3 (50) by A4.
    table = per_unemployed(made)
    first, second = 1000 / 37, 100 / 7
    assert table["jobs_per_unemployed"].tolist() == pytest.approx(
        [first + second, first, first + second, 2.5]
    )
    assert table["unemployed_per_1000_jobs"].tolist() == pytest.approx([5 / 1.1, 30, 2 / 1.1, 400])
    assert table["competing_unemployed_per_1000_jobs"].tolist() == pytest.approx(
        [1000 / (first + second), 37, 1000 / (first + second), 400]
    )
    # The shares add up to every job that anybody reaches.
    assert (table["jobs_per_unemployed"] * [5, 30, 2, 20]).sum() == pytest.approx(1150)


def test_no_job_within_reach_is_infinitely_many_people_to_a_job(made):
    table = per_unemployed(made, study=made.at("19:00", "21:00"))
    assert table.loc["A1"].tolist() == [0, INF, INF]
    assert table.loc["A3"].tolist() == pytest.approx([500, 2, 2])
    assert len(table) == 4


def test_jobs_that_nobody_unemployed_competes_for(made):
    table = per_unemployed(made, study=made.at("19:00", "21:00"), A3=0)
    assert table.loc["A3"].tolist() == [0, 0, 0]


def region(rates, residents=None):
    count = len(rates)
    return pd.DataFrame(
        {
            "id": [f"a{i}" for i in range(count)],
            "residents": residents or [100] * count,
            "income_deprived": [100 * rate for rate in rates],
            "income_denominator": [100] * count,
        }
    )


def reaching(jobs, per_worker, minutes=None):
    return pd.DataFrame(
        {
            "id": [f"a{i}" for i in range(len(jobs))],
            "minutes_to_k": minutes or [1000.0 - value for value in jobs],
            "jobs_within": [float(value) for value in jobs],
            "jobs_per_worker": [float(value) for value in per_worker],
        }
    )


def test_level_and_relative_can_point_apart():
    areas = region([0.5, 0.4, 0.3, 0.2, 0.1])
    found = level_against_relative(reaching([500, 400, 300, 200, 100], [1, 2, 3, 4, 5]), areas)
    assert found.table["rho"].tolist() == pytest.approx([1, 1, -1])
    assert found.table["question"].tolist() == ["level", "level", "relative"]
    # A fifth of the residents live in the most deprived area alone.
    assert found.table["most_deprived_fifth"].tolist() == [500, 500, 1]
    assert found.table["others"].tolist() == [700, 200, 3]
    assert "by level" in found.sentence.lower()
    assert "they are on average worse connected (jobs per competing worker -1.00)" in found.sentence
    assert (
        "on average better connected (minutes to the centres +1.00, jobs within reach +1.00)"
        in found.sentence
    )
    assert "A map of one must not be read as the other" in found.sentence


def test_level_and_relative_can_point_the_same_way_or_none():
    areas = region([0.5, 0.4, 0.3, 0.2, 0.1])
    alike = level_against_relative(reaching([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), areas)
    assert alike.sentence.count("on average worse connected") == 2
    assert "Here both point the same way" in alike.sentence
    mixed = level_against_relative(reaching([1, 2, 3, 4, 5], [3, 1, 5, 1, 3]), areas)
    assert (
        "neither clearly better nor clearly worse connected (jobs per competing worker +0.00)"
        in mixed.sentence
    )


def test_who_reaches_nothing_takes_part_and_who_is_nobody_does_not():
    areas = region([0.5, 0.4, 0.3, 0.2, 0.9], residents=[100, 100, 100, 100, 0])
    access = reaching([4, 3, 2, 0, 9], [4, 3, 2, 0, 0], minutes=[10.0, 20.0, 30.0, INF, 1.0])
    found = level_against_relative(access, areas)
    assert found.table["areas"].tolist() == [4, 4, 4]
    assert found.table["rho"].tolist() == pytest.approx([1, 1, 1])


def test_equal_rates_stand_together_in_the_most_deprived_fifth():
    found = level_against_relative(
        reaching([5, 4, 3, 2, 1], [5, 4, 3, 2, 1]), region([0.5, 0.5, 0.3, 0.2, 0.1])
    )
    assert found.table.set_index("measure").loc[
        "jobs_within", ["most_deprived_fifth", "others"]
    ].tolist() == [4, 2]


def test_nothing_is_said_where_nothing_can_be_told():
    none = level_against_relative(reaching([1, 1], [1, 1]), region([0.5, 0.5]))
    assert (
        none.sentence == "Level of access and access relative to need cannot be told apart over these areas."
    )
    empty = level_against_relative(reaching([], []), region([]))
    assert empty.sentence == none.sentence
    assert empty.table["areas"].tolist() == [0, 0, 0]
