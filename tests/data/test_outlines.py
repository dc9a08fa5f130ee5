"""Computed ward outlines: the method on points whose cells are known, and the written file."""

from __future__ import annotations

import json

import geopandas as gpd
import outlines
import pandas as pd
import pytest
import shapely

METRIC = "EPSG:27700"


@pytest.fixture(scope="module")
def path(project_root):
    return project_root / "data" / "boundaries" / "wards.geojson"


@pytest.fixture(scope="module")
def written(path):
    return gpd.read_file(path).set_index("wd25cd")


def grid(columns, *, rows=4, step_m=100):
    """Return points on a grid, one ward and district per column as named by `columns`."""
    places = [(x, y) for x in range(len(columns)) for y in range(rows)]
    return gpd.GeoDataFrame(
        {"wd25cd": [columns[x][0] for x, _ in places], "ladcd": [columns[x][1] for x, _ in places]},
        geometry=[shapely.Point(x * step_m, y * step_m) for x, y in places],
        crs=METRIC,
    )


NOWHERE = gpd.GeoDataFrame({"ladcd": []}, geometry=[], crs=METRIC)


def test_wards_meet_half_way_and_stop_half_way_to_the_neighbour():
    # columns at x = 0, 100 (ward A), 200, 300 (ward B), and a neighbouring district at x = 400
    points = grid([("A", "in"), ("A", "in"), ("B", "in"), ("B", "in"), ("C", "out")])
    wards = outlines.ward_outlines(
        points, NOWHERE, districts=("in",), hull_ratio=1, hull_buffer_m=80, tolerance_m=0
    ).set_index("wd25cd")
    assert wards.index.tolist() == ["A", "B"]
    assert wards.crs == METRIC
    a, b = wards.geometry["A"].bounds, wards.geometry["B"].bounds
    assert a == pytest.approx((-80, -80, 150, 380))  # the widened hull on the left, half-way on the right
    assert b == pytest.approx(
        (150, -80, 350, 380)
    )  # the hull would reach 380, the neighbour's cell begins at 350


def test_a_workplace_widens_the_outer_edge():
    points = grid([("A", "in"), ("A", "in")])
    workplace = gpd.GeoDataFrame(
        {"ladcd": ["in", "out"]}, geometry=gpd.points_from_xy([600, 0], [150, 900]), crs=METRIC
    )
    wards = outlines.ward_outlines(
        points, workplace, districts=("in",), hull_ratio=1, hull_buffer_m=50, tolerance_m=0
    )
    _, _, east, north = wards.total_bounds
    assert east == pytest.approx(650, abs=1)  # the hull's rounded corner
    assert north == pytest.approx(350)  # a workplace of another district moves nothing


def test_the_order_of_the_points_is_irrelevant():
    points = grid([("A", "in"), ("B", "in"), ("C", "out")])
    reach = {"districts": ("in",), "hull_ratio": 1, "hull_buffer_m": 40, "tolerance_m": 0}
    straight = outlines.ward_outlines(points, NOWHERE, **reach)
    shuffled = outlines.ward_outlines(points.sample(frac=1, random_state=5), NOWHERE, **reach)
    assert straight.geom_equals(shuffled).all()


def test_only_output_areas_with_a_point_of_their_own_take_part():
    lookup = pd.DataFrame(
        {
            "oa21cd": ["E2", "E1", "E3"],
            "match": ["oa11_polygon", "oa11_polygon", "census_residual"],
            "wd25cd": ["B", "A", "A"],
            "ladcd": ["in", "in", "in"],
            "x": [2.0, 1.0, 3.0],
            "y": [0.0, 0.0, 0.0],
        }
    )
    points = outlines.output_area_points(lookup)
    assert points["oa21cd"].tolist() == ["E1", "E2"]
    assert points.geometry.x.tolist() == [1.0, 2.0]


def test_geojson_is_rounded_and_runs_anticlockwise(tmp_path):
    clockwise = shapely.Polygon([(0, 0), (0, 1.123456789), (1, 1), (1, 0)])
    features = gpd.GeoDataFrame({"id": ["é"], "flag": [False]}, geometry=[clockwise], crs="EPSG:4326")
    outlines.write_geojson(features, tmp_path / "new" / "a.geojson", decimals=3)
    feature = json.loads((tmp_path / "new" / "a.geojson").read_text(encoding="utf-8"))["features"][0]
    assert feature["properties"] == {"id": "é", "flag": False}
    (ring,) = feature["geometry"]["coordinates"]
    assert [0.0, 1.123] in ring
    assert shapely.LinearRing(ring).is_ccw


def test_there_is_one_valid_outline_for_each_ward(written, project_root):
    wards = pd.read_csv(project_root / "data" / "boundaries" / "wards.csv")
    assert len(written) == 192
    assert written.index.tolist() == sorted(wards["wd25cd"])
    assert written.is_valid.all()
    assert written.geom_type.isin(["Polygon", "MultiPolygon"]).all()


def test_outlines_neither_overlap_nor_leave_slivers(written):
    assert shapely.coverage_is_valid(written.geometry.to_numpy())
    metric = written.to_crs(METRIC)
    assert metric.area.sum() == pytest.approx(metric.union_all().area, rel=1e-9)
    assert metric.explode().area.min() > 10_000
    assert not shapely.get_num_interior_rings(shapely.get_parts(metric.union_all())).any()


def test_outlines_cover_the_region_and_its_residents(written, project_root):
    metric = written.to_crs(METRIC)
    assert metric.area.sum() / 1e6 == pytest.approx(
        902, rel=0.03
    )  # the boroughs' land area in square kilometres
    areas = pd.read_csv(project_root / "data" / "boundaries" / "areas.csv")
    points = gpd.GeoDataFrame(areas, geometry=gpd.points_from_xy(areas["lon"], areas["lat"]), crs="EPSG:4326")
    found = points.sjoin(written.reset_index()[["wd25cd", "geometry"]], how="left", predicate="within")
    assert len(found) == len(areas)
    assert found["wd25cd_right"].notna().all()
    assert (found["wd25cd_left"] == found["wd25cd_right"]).mean() > 0.95


def test_the_file_is_small_and_has_five_decimals(path):
    content = path.read_text(encoding="utf-8")
    assert len(content.encode()) <= 450_000
    first = json.loads(content)["features"][0]["geometry"]["coordinates"][0]
    assert all(round(value, 5) == value for point in first for value in point)


@pytest.mark.realdata
def test_outlines_come_close_to_the_official_wards(written, shared_data):
    official = gpd.read_file(shared_data / "boundaries" / "wards_2025.gpkg").set_index("wd25cd")
    ours = written.to_crs(METRIC).geometry
    theirs = official.geometry.reindex(ours.index)
    overlap = ours.intersection(theirs).area / ours.union(theirs).area
    assert overlap.median() >= 0.75
    assert overlap.min() >= 0.45
