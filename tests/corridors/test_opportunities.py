"""Opportunities of several kinds weighed into one column."""

from __future__ import annotations

import geopandas as gpd
import pytest
from made_network import made_network

import accessibility as acc
from accessibility.errors import InputError, ParameterError
from corridors.access.opportunities import WEIGHTED, read_weights, weighted_opportunities
from corridors.errors import TableError


@pytest.fixture
def points():
    columns = {"id": ["J1", "J2"], "jobs_steel": [10, 0], "jobs_care": [5, 20], "name": ["one", "two"]}
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([0, 1], [0, 1]), crs="EPSG:4326")


def test_weights_times_counts_are_added_up(points):
    before = points.copy()
    table = weighted_opportunities(points, {"jobs_steel": 80, "jobs_care": 25.5})
    assert table[WEIGHTED].tolist() == [10 * 80 + 5 * 25.5, 20 * 25.5]
    assert points.equals(before)
    assert weighted_opportunities(points, {"jobs_care": 1}, name="care")["care"].tolist() == [5, 20]
    assert weighted_opportunities(points.iloc[:0], {"jobs_care": 1})[WEIGHTED].tolist() == []


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ({"jobs_steal": 1}, "no column 'jobs_steal'; did you mean 'jobs_steel'"),
        ({"retail": 1}, "no column 'retail'; columns of numbers are jobs_steel, jobs_care"),
        ({"jobs_care": -1}, "the weight of 'jobs_care' is -1; it must be a number of 0 or more"),
        ({"jobs_care": float("nan")}, "the weight of 'jobs_care' is nan"),
        ({"jobs_care": 0}, "no column has a weight above 0"),
        ({}, "no column has a weight above 0"),
    ],
)
def test_weights_that_cannot_be_are_refused(points, weights, reason):
    with pytest.raises(ParameterError, match=reason):
        weighted_opportunities(points, weights)


def test_counts_that_are_none_are_refused(points):
    with pytest.raises(InputError, match="column 'name' holds text where numbers are needed"):
        weighted_opportunities(points, {"name": 1})
    with pytest.raises(InputError, match="1 of 2 values of 'jobs_care' are empty, infinite or negative"):
        weighted_opportunities(points.assign(jobs_care=[5, -1]), {"jobs_care": 1})
    with pytest.raises(ParameterError, match="already have a column 'jobs_care'"):
        weighted_opportunities(points, {"jobs_steel": 1}, name="jobs_care")


def test_the_weighed_column_is_reached_like_jobs(pristine_study):
    made = made_network(pristine_study)
    jobs = made.inputs.jobs.assign(jobs_steel=[100, 10, 5], jobs_care=[900, 90, 45])
    valued = weighted_opportunities(jobs, {"jobs_steel": 3, "jobs_care": 0.5}, name="value")
    table = acc.cumulative_opportunities(
        made.network,
        made.inputs.areas,
        valued,
        opportunities="value",
        window=("07:00", "09:00"),
        cutoff_min=45,
    )
    # J1 counts 300 + 450, J2 30 + 45, J3 15 + 22.5; A1 and A3 reach the first two, A2 the first, A4 the third.
    assert table["value"].tolist() == [825, 750, 825, 37.5]


def test_a_table_of_weights_is_read_and_checked(tmp_path):
    path = tmp_path / "weights.csv"
    head = "column,weight,unit,source\n"
    path.write_text(head + "jobs_steel,80,GVA,made\njobs_care,25.5,GVA,made\n", encoding="utf-8")
    table = read_weights(path)
    assert dict(zip(table["column"], table["weight"], strict=True)) == {"jobs_care": 25.5, "jobs_steel": 80}
    path.write_text(head + "jobs_steel,80,GVA,made\njobs_care,25.5,wages,made\n", encoding="utf-8")
    with pytest.raises(
        ParameterError, match=r"weights.csv: weights in 'GVA' and in 'wages' cannot be added up"
    ):
        read_weights(path)
    path.write_text(head + "jobs_steel,much,GVA,made\n", encoding="utf-8")
    with pytest.raises(
        TableError, match=r"weights.csv, row 2: weight 'much' is not a number of zero or more"
    ):
        read_weights(path)
