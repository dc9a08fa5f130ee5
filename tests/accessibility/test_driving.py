"""Driving times and catchments on a triangle of roads whose times are derived on paper."""

from __future__ import annotations

import itertools
import logging
import math

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from accessibility.errors import InputError, ParameterError
from accessibility.measures.drive_catchments import drive_catchments
from accessibility.measures.driving import Driving, drive_opportunities, drive_times
from accessibility.streets.streets import StreetNetwork

GRID = CRS.from_epsg(27700)
EAST, NORTH = 400_000.0, 280_000.0
ORIGIN = np.array([EAST, NORTH])


def roads(nodes, edges, *, mode="drive"):
    """Straight roads: (from, to, metres, km/h, forward, backward)."""
    xy = np.array(nodes, dtype=float) + ORIGIN
    from_, to, metres, speed, forward, backward = zip(*edges, strict=True)
    return StreetNetwork(
        mode=mode,
        crs=GRID,
        node_xy=xy,
        edge_from=np.array(from_, dtype=np.int32),
        edge_to=np.array(to, dtype=np.int32),
        edge_m=np.array(metres, dtype=float),
        forward=np.array(forward, dtype=bool),
        backward=np.array(backward, dtype=bool),
        speed_kmh=np.array(speed, dtype=float),
        shape_ptr=np.arange(len(edges) + 1, dtype=np.int64) * 2,
        shape_xy=np.array([xy[end] for f, t in zip(from_, to, strict=True) for end in (f, t)]),
        source="made roads",
        notes=(),
    )


def points(*rows, ids=None, **columns):
    xy = np.array(rows, dtype=float).reshape(-1, 2) + ORIGIN
    return gpd.GeoDataFrame(
        {"id": list(ids or "abcdefgh"[: len(rows)]), **columns}, geometry=gpd.points_from_xy(*xy.T), crs=GRID
    )


#: A - B both ways in 600 s; B to C only, 600 s; C to A only, 12 km of it, 600 s.
A, B, C = (0, 0), (10_000, 0), (10_000, 5_000)
TRIANGLE = roads(
    [A, B, C],
    [
        (0, 1, 10_000, 60, True, True),
        (1, 2, 5_000, 30, True, False),
        (2, 0, 12_000, 72, True, False),
    ],
)


def seconds(times):
    return [round(60 * minutes, 6) for minutes in times["drive_time_min"]]


def test_one_way_roads_are_driven_one_way():
    corners = points(A, B, C)
    times = drive_times(TRIANGLE, corners, corners)
    assert list(zip(times["from_id"], times["to_id"], strict=True)) == [(o, d) for o in "abc" for d in "abc"]
    assert seconds(times) == [0, 600, 1200, 600, 0, 600, 600, 1200, 0]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_or_many_destinations_give_the_same(count):
    """The search starts on the side with fewer points, over the roads turned round where that is the destinations."""
    origins = points((1_000, 0), (5_000, 0), (10_000, 2_500))
    ends = points(*[C, A, B, (10_000, 1_000), (2_000, 0)][:count])
    times = drive_times(TRIANGLE, origins, ends).set_index(["from_id", "to_id"])["drive_time_min"] * 60
    # To C: the rest of A - B and all of B - C; from half way up B - C: the rest of it.
    assert times.xs("a", level="to_id").round(6).tolist() == [540 + 600, 300 + 600, 300]


def test_a_point_part_way_along_cannot_turn_back_on_a_one_way_road():
    here, behind = points((10_000, 2_000)), points((10_000, 1_000))
    # 360 s up to C, 600 s to A, 600 s to B, 120 s up again.
    assert seconds(drive_times(TRIANGLE, here, behind)) == [360 + 600 + 600 + 120]
    assert seconds(drive_times(TRIANGLE, behind, here)) == [120]


def test_the_way_to_the_street_counts_at_both_ends():
    # 100 m at 20 km/h are 18 s, 300 m are 54 s.
    times = drive_times(TRIANGLE, points((1_000, 100)), points((2_000, -300)))
    assert seconds(times) == [18 + 60 + 54]
    slower = drive_times(TRIANGLE, points((1_000, 100)), points((2_000, -300)), off_street_kmh=10)
    assert seconds(slower) == [36 + 60 + 108]


def test_slower_traffic_takes_longer_and_seconds_are_rounded_up():
    times = drive_times(TRIANGLE, points(A), points(B), speed_factor=0.7)
    assert seconds(times) == [math.ceil(600 / 0.7)]


def test_the_longest_drive_is_inclusive_and_a_longer_one_stays_as_infinite():
    far = points(B, C)
    assert seconds(drive_times(TRIANGLE, points(A), far, max_time_min=20)) == [600, 1200]
    assert seconds(drive_times(TRIANGLE, points(A), far, max_time_min=19.99)) == [600, math.inf]


def test_a_day_of_motorway_is_within_four_hours_or_not():
    """240 minutes at 112 km/h are 448 km."""
    motorway = roads([(0, 0), (500_000, 0)], [(0, 1, 500_000, 112, True, True)])
    ends = points((447_999, 0), (448_001, 0))
    assert seconds(drive_times(motorway, points((0, 0)), ends, max_time_min=240)) == [14_400, math.inf]


def test_points_of_a_group_are_one_destination():
    doors = points(B, C, ids=("east", "north"), group=["centre", "centre"])
    times = drive_times(TRIANGLE, points((9_000, 0), C, ids="oc"), doors)
    assert times["to_id"].tolist() == ["centre", "centre"]
    assert seconds(times) == [60, 0]


def test_points_off_the_streets_are_named_and_stay(caplog):
    origins = points(A, (0, 50_000), ids=("town", "moor"))
    with caplog.at_level(logging.WARNING):
        times = drive_times(TRIANGLE, origins, points(B))
    assert seconds(times) == [600, math.inf]
    assert "1 of 2 origins lie more than 2000 m off the streets" in caplog.text
    assert "moor" in caplog.text


def test_opportunities_within_a_drive():
    jobs = points(A, B, C, jobs=[5, 70, 900])
    reach = drive_opportunities(TRIANGLE, points(A, B, ids="xy"), jobs, opportunities="jobs", cutoff_min=10)
    assert reach.to_dict("list") == {"id": ["x", "y"], "jobs": [75, 975]}


@pytest.mark.parametrize("empty", ["origins", "destinations"])
def test_no_points_no_drives(empty):
    given_ = {"origins": points(A), "destinations": points(B)} | {empty: points()}
    times = drive_times(TRIANGLE, **given_)
    assert list(times.columns) == ["from_id", "to_id", "drive_time_min"]
    assert times.empty


def test_streets_read_for_walking_are_refused():
    paths = roads([A, B], [(0, 1, 10_000, math.nan, True, True)], mode="walk")
    with pytest.raises(InputError, match=r"made roads: these streets were read for walking; .*mode='drive'"):
        drive_times(paths, points(A), points(B))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"speed_factor": 0}, "speed_factor is 0"),
        ({"speed_factor": math.nan}, "speed_factor is nan"),
        ({"off_street_kmh": -1}, "off_street_kmh is -1"),
        ({"max_off_street_m": math.inf}, "max_off_street_m is inf"),
        ({"max_time_min": 0}, "max_time_min is 0"),
        ({"max_time_min": 1441}, "at most 1440 minutes"),
        ({"max_time_min": math.nan}, "max_time_min is nan"),
    ],
)
def test_parameters_out_of_range(options, said):
    with pytest.raises(ParameterError, match=said):
        drive_times(TRIANGLE, points(A), points(B), **options)


def test_the_definition_says_what_is_not_modelled():
    words = Driving(speed_factor=0.8).in_words(TRIANGLE)
    assert "made roads at 0.8 times the free-flow speeds" in words
    assert "congestion, signals, parking and the walk to the car are not modelled" in words


def metres_of(catchments, *, width_m):
    """Metres of street in each band, from its area: that of the stretch and of the two half discs at its ends."""
    return (catchments.geometry.area - math.pi * width_m**2) / (2 * width_m)


def test_a_catchment_ends_where_the_minutes_do():
    # From 5 km along A - B: one minute is 1 km either way.
    out = drive_catchments(TRIANGLE, points((5_000, 0)), cutoffs_min=(2, 1), direction="from", width_m=10)
    assert out["cutoff_min"].tolist() == [1, 2]
    assert metres_of(out, width_m=10).tolist() == pytest.approx([2_000, 4_000], abs=1)
    assert out.geometry.iloc[0].bounds == pytest.approx(
        (EAST + 3_990, NORTH - 10, EAST + 6_010, NORTH + 10), abs=0.1
    )


def test_catchments_to_and_from_differ_on_one_way_roads():
    # Half way up B - C, 5 minutes either way: from it only on to C, to it only from B.
    way_out, way_in = (
        drive_catchments(
            TRIANGLE, points((10_000, 2_500)), cutoffs_min=5, direction=direction, width_m=10
        ).geometry.iloc[0]
        for direction in ("from", "to")
    )
    assert way_out.bounds[1::2] == pytest.approx((NORTH + 2_490, NORTH + 5_010), abs=0.1)
    assert way_in.bounds[1::2] == pytest.approx((NORTH - 10, NORTH + 2_510), abs=0.1)


def test_a_catchment_goes_on_past_a_junction():
    out = drive_catchments(TRIANGLE, points((9_000, 0)), cutoffs_min=2, direction="from", width_m=10)
    # A minute to B, then 500 m up in the second; back towards A 2 km.
    assert out.geometry.iloc[0].bounds == pytest.approx(
        (EAST + 6_990, NORTH - 10, EAST + 10_010, NORTH + 510), abs=0.1
    )
    assert out["area_km2"].iloc[0] == pytest.approx(out.geometry.iloc[0].area / 1e6)


def test_a_point_off_the_streets_has_an_empty_catchment():
    out = drive_catchments(TRIANGLE, points((0, 50_000)), cutoffs_min=5)
    assert out.geometry.iloc[0].is_empty
    assert out["area_km2"].tolist() == [0]


def test_catchments_come_back_in_the_points_own_crs():
    here = points(A).to_crs("EPSG:4326")
    out = drive_catchments(TRIANGLE, here, cutoffs_min=1)
    assert out.crs == here.crs
    assert out.geometry.iloc[0].contains(here.geometry.iloc[0])


@pytest.mark.parametrize("option", [{"direction": "across"}, {"width_m": 0}, {"cutoffs_min": (0,)}])
def test_catchments_that_cannot_be_drawn(option):
    with pytest.raises(ParameterError):
        drive_catchments(TRIANGLE, points(A), **option)


@st.composite
def made_roads(draw):
    """Random one-way and two-way roads between random nodes, and places at their nodes."""
    count = draw(st.integers(2, 8))
    nodes = [(draw(st.integers(0, 50)) * 200, i * 5_000) for i in range(count)]
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda e: e[0] != e[1])
    edges = [
        (
            *pair,
            draw(st.integers(1, 40)) * 100,
            draw(st.sampled_from([30, 50, 90])),
            forward,
            not forward or both,
        )
        for pair in draw(st.lists(ends, min_size=1, max_size=16))
        for forward, both in [(draw(st.booleans()), draw(st.booleans()))]
    ]
    return nodes, edges


@settings(max_examples=60, derandomize=True, deadline=None)
@given(made_roads())
def test_times_between_junctions_equal_those_of_networkx(made):
    nodes, edges = made
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(nodes)))
    for from_, to, metres, speed, forward, backward in edges:
        cost = metres * 3.6 / speed
        for allowed, pair in ((forward, (from_, to)), (backward, (to, from_))):
            if allowed:
                known = graph.edges[pair]["s"] if graph.has_edge(*pair) else math.inf
                graph.add_edge(*pair, s=min(cost, known))
    used = sorted({node for edge in edges for node in edge[:2]})
    places = points(*[nodes[i] for i in used], ids=used)
    times = drive_times(roads(nodes, edges), places, places, max_time_min=600)
    expected = dict(nx.all_pairs_dijkstra_path_length(graph, weight="s"))
    for row in times.itertuples():
        exact = expected[row.from_id].get(row.to_id, math.inf)
        found = row.drive_time_min * 60
        assert found == exact or exact - 1e-4 <= found <= exact + 1, (row, exact)


def test_a_road_shorter_on_the_map_than_its_length_is_scaled():
    """A schematic road is longer than the line that is drawn: half the line is half the length."""
    schematic = roads([A, B], [(0, 1, 12_000, 72, True, True)])
    assert seconds(drive_times(schematic, points(A), points((5_000, 0)))) == [300]


def test_shapes_of_bands_hold_those_of_smaller_cutoffs():
    out = drive_catchments(TRIANGLE, points((2_000, 0)), cutoffs_min=(3, 6, 20), direction="to", width_m=50)
    shapes = out.geometry.tolist()
    assert all(shapely.covers(shapely.buffer(big, 0.01), small) for small, big in itertools.pairwise(shapes))
