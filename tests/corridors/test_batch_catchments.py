"""Counting catchments from minutes: against plain loops, and nobody is lost."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from corridors.batch.station_catchments import (
    Together,
    area_cells,
    catchment_polygons,
    found_at_sites,
    journey_bands,
    minutes_until,
    people_by_area,
    within,
)
from corridors.places.places import site_capacity

INF = math.inf


def some_minutes(rng, count):
    """Whole and half minutes with ties, one in five unreachable."""
    minutes = rng.integers(0, 240, count) / 2
    minutes[rng.random(count) < 0.2] = INF
    return minutes


@pytest.mark.parametrize("seed", range(5))
def test_within_counts_as_a_plain_loop_does(seed):
    rng = np.random.default_rng(seed)
    minutes = some_minutes(rng, 60)
    counts = pd.DataFrame({"a": rng.integers(0, 500, 60), "b": rng.integers(0, 9, 60)}).astype(float)
    limits = [90, 0, 15, 37.5, 120]
    totals = within(minutes, counts, limits_min=limits)
    assert totals.index.tolist() == limits
    for limit in limits:
        for name in counts:
            assert totals.loc[limit, name] == sum(
                count for count, minute in zip(counts[name], minutes, strict=True) if minute <= limit
            )


def test_a_limit_is_inclusive_and_unreachable_is_within_no_limit():
    totals = within(np.array([15.0, 15.01, INF]), pd.DataFrame({"n": [1.0, 2.0, 4.0]}), limits_min=[15, 1e9])
    assert totals["n"].tolist() == [1.0, 3.0]


def test_a_group_that_is_not_known_stays_unknown():
    totals = within(np.array([1.0]), pd.DataFrame({"n": [3.0], "m": [np.nan]}), limits_min=[5])
    assert totals["n"].tolist() == [3.0]
    assert totals["m"].isna().all()


def test_nobody_at_all_gives_zeros():
    totals = within(np.empty(0), pd.DataFrame({"n": np.empty(0)}), limits_min=[5, 10])
    assert totals["n"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_the_target_is_reached_at_the_first_minute_that_holds_it(seed):
    rng = np.random.default_rng(seed)
    minutes, people = some_minutes(rng, 40), rng.integers(1, 300, 40).astype(float)
    target = 0.5 * people.sum()
    candidates = sorted(m for m in minutes if np.isfinite(m))
    expected = next((m for m in candidates if people[minutes <= m].sum() >= target), INF)
    assert minutes_until(minutes, people, target) == expected


def test_a_target_beyond_all_residents_is_never_reached():
    people = np.array([10.0, 20.0])
    assert minutes_until(np.array([5.0, INF]), people, 10) == 5
    assert minutes_until(np.array([5.0, INF]), people, 11) == INF
    assert minutes_until(np.array([5.0, INF]), people, 0) == 0


def test_together_keeps_the_least_and_the_second_least():
    rng = np.random.default_rng(3)
    each = [some_minutes(rng, 50) for _ in range(4)]
    together = Together(50)
    for minutes in each:
        together.add(minutes)
    ordered = np.sort(np.stack(each), axis=0)
    assert (together.first == ordered[0]).all()
    assert (together.second == ordered[1]).all()


def test_two_catchments_less_their_overlap_are_the_two_together():
    rng = np.random.default_rng(4)
    people = pd.DataFrame({"n": rng.integers(0, 900, 80)}).astype(float)
    one, other = some_minutes(rng, 80), some_minutes(rng, 80)
    together = Together(80)
    together.add(one)
    together.add(other)
    limits = [15, 30, 45, 60, 75, 90]
    sums = [within(m, people, limits_min=limits)["n"] for m in (one, other, together.first, together.second)]
    assert (sums[0] + sums[1] - sums[3] == sums[2]).all()


def sites_table():
    """A hub of 4,000 homes, two parts of it, a part of something that says nothing, and one that stands alone."""
    return pd.DataFrame(
        {
            "id": ["hub", "part", "late", "silent", "of-silent", "alone"],
            "part_of": ["", "hub", "hub", "", "silent", ""],
            "homes": pd.array([4000, 2750, 100, None, 70, 500], dtype="Int64"),
            "jobs": pd.array([pd.NA] * 6, dtype="Int64"),
            "floorspace_m2": [np.nan] * 6,
            "remediation_m": [np.nan] * 6,
        }
    )


@pytest.mark.parametrize("seed", range(20))
def test_homes_at_sites_are_counted_as_their_capacity_is(seed):
    """`site_capacity` of the sites within the limit is the other way to the same figure."""
    sites = sites_table()
    minutes = np.random.default_rng(seed).permutation([5.0, 20.0, 20.0, 40.0, 41.0, INF])
    at, counts = found_at_sites(minutes, sites)
    for limit in (0, 5, 20, 40, 60):
        reached = sites[minutes <= limit]
        totals = within(at, counts, limits_min=[limit]).iloc[0]
        capacity = site_capacity(reached).set_index("column")["once"]
        assert totals["homes_at_sites"] == capacity["homes"]
        assert totals["sites"] == len(reached)


def test_bands_hold_everybody_once_and_the_constant_shifts_them():
    rng = np.random.default_rng(5)
    minutes, people = some_minutes(rng, 200), rng.integers(0, 700, 200).astype(float)
    bands = journey_bands(minutes + 38, people, from_min=38, max_min=120 + 38)
    assert bands["over_min"].iloc[0] == 30
    assert (bands["up_to_min"].iloc[:-1] - bands["over_min"].iloc[:-1] == 15).all()
    assert bands["residents"].sum() == people.sum()
    assert bands["residents_within"].iloc[-1] == people.sum()
    assert bands["residents"].iloc[-1] == people[np.isinf(minutes)].sum()
    for row in bands.iloc[:-1].itertuples(index=False):
        inside = (minutes + 38 > row.over_min) & (minutes + 38 <= row.up_to_min)
        assert row.residents == people[inside].sum()


def region_and_points():
    rng = np.random.default_rng(6)
    xy = rng.uniform([400_000, 290_000], [408_000, 298_000], (40, 2))
    xy[7] = xy[3]  # two areas at one point
    areas = gpd.GeoDataFrame(
        {"id": [f"A{number:02d}" for number in range(40)]},
        geometry=gpd.points_from_xy(*xy.T),
        crs="EPSG:27700",
    ).to_crs("EPSG:4326")
    outlines = gpd.GeoDataFrame(
        {"ward_code": ["W1", "W2"]},
        geometry=[
            shapely.box(400_000, 290_000, 404_000, 298_000),
            shapely.box(404_000, 290_000, 408_000, 298_000),
        ],
        crs="EPSG:27700",
    ).to_crs("EPSG:4326")
    return areas, outlines


def test_cells_fill_the_outlines_and_each_holds_what_is_nearest_to_its_point():
    areas, outlines = region_and_points()
    cells = area_cells(areas, outlines)
    assert cells["id"].tolist() == areas["id"].tolist()
    assert cells.geometry.iloc[3].equals(cells.geometry.iloc[7])
    apart = cells.drop(index=7)
    region = outlines.to_crs(cells.crs).union_all()
    assert apart.area.sum() == pytest.approx(region.area, rel=1e-9)
    points = areas.geometry.to_crs(cells.crs)
    rng = np.random.default_rng(8)
    west, south, east, north = region.bounds
    for x, y in rng.uniform([west + 50, south + 50], [east - 50, north - 50], (50, 2)):
        here = shapely.Point(x, y)
        assert apart.geometry.loc[points.drop(index=7).distance(here).idxmin()].distance(here) < 1e-6


def test_an_area_whose_point_no_outline_holds_has_a_place_all_the_same():
    areas, outlines = region_and_points()
    cells = area_cells(areas, outlines.iloc[:1])
    assert not cells.is_empty.any()
    assert cells.is_valid.all()
    outside = areas.to_crs(cells.crs)[
        ~areas.to_crs(cells.crs).intersects(outlines.iloc[:1].to_crs(cells.crs).union_all())
    ]
    assert len(outside)
    assert (cells.geometry.loc[outside.index].distance(outside.geometry) < 1e-6).all()


def test_a_single_area_is_the_whole_region():
    areas, outlines = region_and_points()
    cells = area_cells(areas.iloc[:1], outlines)
    assert cells.area.iloc[0] == pytest.approx(outlines.to_crs(cells.crs).union_all().area)


def test_a_polygon_holds_the_points_that_are_counted_and_no_others():
    areas, outlines = region_and_points()
    cells = area_cells(areas, outlines)
    minutes = some_minutes(np.random.default_rng(9), 40)
    minutes[7] = minutes[3]
    polygons = catchment_polygons(minutes, cells, limits_min=[90, 15, 45])
    assert polygons["threshold_min"].tolist() == [15, 45, 90]
    assert polygons.geometry.geom_type.eq("MultiPolygon").all()
    points = areas.geometry.to_crs(cells.crs)
    for row in polygons.itertuples(index=False):
        assert points.intersects(row.geometry).tolist() == (minutes <= row.threshold_min).tolist()
        assert row.small_areas == (minutes <= row.threshold_min).sum()
        assert row.area_km2 == pytest.approx(cells[minutes <= row.threshold_min].union_all().area / 1e6)


def test_nobody_within_reach_is_an_empty_polygon():
    areas, outlines = region_and_points()
    polygons = catchment_polygons(np.full(40, INF), area_cells(areas, outlines), limits_min=[15, 30])
    assert polygons.is_empty.all()
    assert polygons["small_areas"].tolist() == [0, 0]


def test_groups_that_the_areas_do_not_tell_are_named(areas_table):
    table, left_out = people_by_area(areas_table, ranked=None)
    assert table["residents"].tolist() == [100, 300, 100, 500]
    assert table["unemployed"].tolist() == [5, 30, 2, 20]
    assert table["households_no_car"].isna().all()
    assert table["most_deprived_fifth"].isna().all()
    assert len(left_out) == 2
    assert "households_no_car" in left_out[0]
