"""Areal interpolation: pieces by area, totals kept, slivers and uncovered area said."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from accessibility.errors import ParameterError
from corridors.errors import JoinError
from corridors.tables.areal import area_shares
from corridors.tables.lookups import to_groups

EAST, NORTH = 400_000, 290_000


def squares(column, *rows, crs="EPSG:27700"):
    """Lay boxes of metres: code, west, south, east, north."""
    shapes = [box(EAST + w, NORTH + s, EAST + e, NORTH + n) for _, w, s, e, n in rows]
    return gpd.GeoDataFrame({column: [row[0] for row in rows]}, geometry=shapes, crs=crs)


AREAS = squares("id", ("a", 0, 0, 1000, 1000), ("b", 1000, 0, 2000, 1000))
WARDS = squares("ward", ("v", 0, 0, 250, 1000), ("w", 250, 0, 1500, 1000), ("x", 1500, 0, 3000, 1000))


def test_counts_go_by_area():
    """A quarter of a lies in v and the rest in w; b lies half in w and half in x."""
    shares, report = area_shares(AREAS, WARDS, by="ward")
    assert shares[["id", "ward"]].to_numpy().tolist() == [["a", "v"], ["a", "w"], ["b", "w"], ["b", "x"]]
    assert shares["share"].tolist() == pytest.approx([0.25, 0.75, 0.5, 0.5])
    wards = to_groups(AREAS.assign(people=[100, 10]), shares, by="ward", counts=["people"])
    assert wards["people"].tolist() == pytest.approx([25, 80, 5])
    assert report.sentence == "2 areas shared out by area, as if their residents lived evenly over them."


def test_a_sliver_is_left_out_and_its_people_are_not():
    areas = squares("id", ("a", 0, 0, 1000, 1000), ("b", 999.5, 0, 2000, 1000))
    wards = squares("ward", ("v", 0, 0, 1000, 1000), ("w", 1000, 0, 2000, 1000))
    shares, report = area_shares(areas, wards, by="ward")
    assert shares.to_numpy().tolist() == [["a", "v", 1.0], ["b", "w", 1.0]]
    assert report.slivers == 1
    assert report.sliver_share == pytest.approx(0.5 / 1000.5)
    assert "1 slivers left out, the largest 0.05% of its area" in report.sentence


def test_no_area_vanishes_where_every_piece_is_a_sliver():
    shares, report = area_shares(AREAS.iloc[:1], WARDS, by="ward", sliver_share=0.9)
    assert shares.to_numpy().tolist() == [["a", "w", 1.0]]
    assert report.slivers == 1


def test_what_lies_outside_is_spread_over_what_lies_inside_and_said():
    """Half of b lies beyond; all its people go to w, and 0.5 of 2 km² is named."""
    shares, report = area_shares(AREAS, WARDS.iloc[:2], by="ward")
    assert shares[shares["id"] == "b"].to_numpy().tolist() == [["b", "w", 1.0]]
    assert report.uncovered == ("b",)
    assert report.uncovered_km2 == pytest.approx(0.5, rel=1e-6)
    assert report.uncovered_share == pytest.approx(0.25, rel=1e-6)
    assert (
        "1 reach beyond the outlines they are shared among (b), 0.50 km² or 25.00% of all" in report.sentence
    )


def test_too_much_outside_is_refused_and_named():
    with pytest.raises(JoinError, match=r"1 of 2 areas lie outside .* by more than 50% \(b\)"):
        area_shares(AREAS, WARDS.iloc[:1].assign(geometry=WARDS.geometry.iloc[0].buffer(800)), by="ward")
    with pytest.raises(JoinError, match=r"1 of 2 areas lie outside .* by more than 100% \(b\)"):
        area_shares(AREAS, WARDS.iloc[:1], by="ward", max_uncovered_share=1.0)


def test_outlines_that_overlap_would_count_twice():
    twice = pd.concat([WARDS, squares("ward", ("y", 0, 0, 100, 1000))], ignore_index=True)
    with pytest.raises(JoinError, match=r"1 areas are covered more than once \(first a\)"):
        area_shares(AREAS, twice, by="ward")


def test_any_crs_comes_in_and_none_is_refused():
    shares, _ = area_shares(AREAS.to_crs("EPSG:4326"), WARDS.to_crs("EPSG:3857"), by="ward")
    assert shares["share"].tolist() == pytest.approx([0.25, 0.75, 0.5, 0.5], abs=1e-4)
    with pytest.raises(ParameterError, match="the areas have no coordinate reference system"):
        area_shares(AREAS.set_crs(None, allow_override=True), WARDS, by="ward")
    with pytest.raises(ParameterError, match="not projected in metres"):
        area_shares(AREAS, WARDS, by="ward", crs="EPSG:4326")


def test_far_from_britain_too():
    """South of the equator areas are measured in the UTM zone there, not on the British grid."""
    areas = gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(-70.02, -33.01, -70.0, -33.0)], crs="EPSG:4326")
    wards = gpd.GeoDataFrame(
        {"ward": ["v", "w"]},
        geometry=[box(-70.02, -33.01, -70.015, -33.0), box(-70.015, -33.01, -70.0, -33.0)],
        crs="EPSG:4326",
    )
    shares, _ = area_shares(areas, wards, by="ward")
    assert shares["share"].tolist() == pytest.approx([0.25, 0.75], abs=1e-4)


@pytest.mark.parametrize(
    "wrong", [{"sliver_share": 1.0}, {"sliver_share": -0.1}, {"max_uncovered_share": 1.1}]
)
def test_shares_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError, match="sliver_share must be"):
        area_shares(AREAS, WARDS, by="ward", **wrong)


def test_nothing_in_nothing_out():
    shares, report = area_shares(AREAS.iloc[:0], WARDS, by="ward")
    assert list(shares) == ["id", "ward", "share"]
    assert shares.empty
    assert report.areas == 0


def test_totals_are_kept_on_random_cuts():
    rng = np.random.default_rng(11)
    for _ in range(10):
        xs = np.sort(rng.uniform(0, 5000, 6))
        edges = np.concatenate([[0], xs, [5000]])
        areas = squares("id", *[(f"a{i}", 500 * i, 0, 500 * (i + 1), 700) for i in range(10)])
        wards = squares(
            "ward", *[(f"w{i}", w, 0, e, 700) for i, (w, e) in enumerate(itertools.pairwise(edges))]
        )
        people = rng.integers(0, 10_000, 10)
        shares, _ = area_shares(areas, wards, by="ward")
        wards_people = to_groups(areas.assign(people=people), shares, by="ward", counts=["people"])["people"]
        assert abs(wards_people.sum() - people.sum()) <= 1e-9 * people.sum()


@pytest.mark.realdata
def test_old_small_areas_of_a_borough_fall_on_the_new_ones(shared_data):
    """Most codes of 2011 are unchanged in 2021: their area falls on the area of the same code, but for the borders'
    generalisation, which is not the same in both years."""
    boundaries = shared_data / "boundaries"
    old = gpd.read_file(boundaries / "lsoa_2011.gpkg", where="ladnm = 'Coventry'").rename(
        columns={"lsoa11cd": "id"}
    )
    new = gpd.read_file(boundaries / "lsoa_2021.gpkg", where="ladnm = 'Coventry'")
    shares, report = area_shares(old, new, by="lsoa21cd")
    lookup = pd.read_csv(boundaries / "lookup_lsoa11_lsoa21.csv")
    unchanged = lookup[(lookup["change_code"] == "U") & lookup["lsoa11cd"].isin(old["id"])]
    same = shares[shares["id"] == shares["lsoa21cd"]].set_index("id")["share"]
    assert same.reindex(unchanged["lsoa11cd"]).min() > 0.95
    people = pd.read_parquet(boundaries / "population_mye_lsoa11.parquet").query("year == 2020")
    people = people.rename(columns={"lsoa11cd": "id"}).merge(old[["id"]], on="id")
    spread = to_groups(people, shares, by="lsoa21cd", counts=["total"])["total"]
    assert spread.sum() == pytest.approx(people["total"].sum(), rel=1e-9)
    assert report.uncovered_share < 0.001
