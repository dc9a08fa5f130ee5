"""Borders kept once: what the page draws is what came in, and neighbours draw the same line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from made_areas import made_areas
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from maps.arcs import STEPS, Coverage, line_steps, shared_arcs
from maps.geometry import page_shapes, simplified


def decoded(coverage: Coverage) -> list[MultiPolygon]:
    """Put the areas together again, as the page's script does."""
    paths = [np.cumsum(np.reshape(arc, (-1, 2)), axis=0) / STEPS for arc in coverage.arcs]

    def ring(arcs: list[int]) -> np.ndarray:
        return np.vstack([(paths[-1 - arc][::-1] if arc < 0 else paths[arc])[:-1] for arc in arcs])

    return [
        MultiPolygon([(ring(outer), [ring(hole) for hole in holes]) for outer, *holes in area])
        for area in coverage.areas
    ]


def length(coverage: Coverage) -> int:
    return sum(len(arc) // 2 - 1 for arc in coverage.arcs)


def test_two_squares_keep_their_common_side_once():
    # Seven sides of a square: three of each and the common one. Two points where borders part: three arcs.
    coverage = shared_arcs([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    assert (length(coverage), len(coverage.arcs)) == (7, 3)
    assert {abs(arc + 0.5) for area in coverage.areas for arc in area[0][0]} == {0.5, 1.5, 2.5}
    assert sum(arc < 0 for area in coverage.areas for arc in area[0][0]) == 1


def test_steps_are_a_start_and_distances():
    assert line_steps(LineString([(-1.99, 52.5), (-1.99, 52.5), (-1.98, 52.49999)])) == [
        -199000, 5250000, 1000, -1
    ]  # fmt: skip
    assert line_steps(Point(0.5, 1)) == [50000, 100000]


def test_an_enclave_is_the_hole_of_what_lies_around_it():
    hole = [(1, 1), (1, 2), (2, 2), (2, 1)]
    around = Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [hole])
    # The enclave is written from another corner and the other way round; still one arc.
    enclave = Polygon([hole[2], hole[1], hole[0], hole[3]])
    coverage = shared_arcs([around, enclave])
    assert (len(coverage.arcs), length(coverage)) == (2, 8)
    assert all(back.equals(area) for back, area in zip(decoded(coverage), [around, enclave], strict=True))


def test_areas_of_several_parts_and_parts_that_touch_in_a_point():
    areas = [MultiPolygon([box(0, 0, 1, 1), box(1, 1, 2, 2)]), box(1, 0, 2, 1), box(0, 1, 1, 2)]
    coverage = shared_arcs(areas)
    assert all(back.equals(area) for back, area in zip(decoded(coverage), areas, strict=True))
    assert length(coverage) == 12


def test_borders_that_do_not_share_their_vertices_are_kept_as_they_are():
    areas = [box(0, 0, 1, 2), Polygon([(1, 0), (2, 0), (2, 2), (1, 2), (1, 1)])]
    coverage = shared_arcs(areas)
    assert all(back.equals(area) for back, area in zip(decoded(coverage), areas, strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_any_coverage_comes_back_as_it_went_in(seed):
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(np.round(rng.uniform(0, 1, (60, 2)), 5))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box(0, 0, 1, 1)))
    cells = shapely.transform(shapely.intersection(cells, box(0, 0, 1, 1)), lambda xy: np.round(xy, 5))
    joined = shapely.coverage_union_all(cells[:9])
    areas = [joined, *cells[9:]]
    coverage = shared_arcs(areas)
    for back, area in zip(decoded(coverage), areas, strict=True):
        assert back.equals(shapely.normalize(area)) or back.symmetric_difference(area).area < 1e-12
    lines = [
        tuple(sorted(map(tuple, np.cumsum(np.reshape(arc, (-1, 2)), axis=0).tolist())))
        for arc in coverage.arcs
    ]
    assert len(set(lines)) == len(lines)


def test_an_area_smaller_than_a_step_is_no_error():
    dot = Polygon([(0, 0), (1e-7, 0), (1e-7, 1e-7)])
    [area] = shared_arcs([dot]).areas
    assert area == [[[0]]]


def test_simplified_neighbours_leave_no_gap_and_lose_what_is_not_seen(winding):
    kept = simplified(winding, tolerance_m=0)
    assert kept.geometry.equals(winding.geometry)
    coarse = simplified(winding, tolerance_m=120)
    assert (
        shapely.get_num_coordinates(coarse.geometry).sum()
        < shapely.get_num_coordinates(winding.geometry).sum() / 2
    )
    assert shapely.coverage_is_valid(coarse.geometry.to_numpy())
    assert (
        len(shared_arcs(page_shapes(coarse)).arcs) == 4 * 3 + 4 * 3 - 4
    )  # each side once; at a corner two in one
    # By default what a fifth of a pixel shows on a map of a thousand: 2.1 km / 5,000.
    unseen = simplified(winding, tolerance_m=None)
    assert unseen.geometry.hausdorff_distance(winding.geometry).max() < 5


def test_degrees_are_simplified_in_metres(winding):
    in_degrees = winding.to_crs(4326)
    coarse = simplified(in_degrees, tolerance_m=120)
    counts = [shapely.get_num_coordinates(each.geometry).sum() for each in (coarse, in_degrees)]
    assert 0 < counts[0] < counts[1] / 2


@pytest.fixture
def winding() -> gpd.GeoDataFrame:
    """Three by three areas of 700 m whose sides wind, each shared side in twelve steps."""
    return made_areas(3)
