"""Points join the nearest edge, at the nearest place along it."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from made_osm import ORIGIN, osmnx_graph, way, write_osm

from accessibility.errors import ParameterError
from accessibility.streets.snapping import snap
from accessibility.streets.streets import read_streets


@pytest.fixture
def corner(tmp_path):
    """One street of 300 m: 100 m east, then 200 m north; from its middle junction 50 m on to the east."""
    places = {1: (0, 0), 2: (100, 0), 3: (100, 200), 4: (150, 0)}
    return read_streets(
        write_osm(tmp_path / "map.osm", places, [way(1, [1, 2]), way(2, [2, 3]), way(3, [2, 4])])
    )


def at(streets, snapped, point):
    """Place where a point joins the streets, walked along the edge from its start."""
    edge, left = snapped.edge[point], snapped.along_m[point]
    course = streets.shape_xy[streets.shape_ptr[edge] : streets.shape_ptr[edge + 1]]
    steps = np.hypot(*np.diff(course, axis=0).T)
    left *= steps.sum() / streets.edge_m[edge] if streets.edge_m[edge] else 0
    for start, end, step in zip(course[:-1], course[1:], steps, strict=True):
        if left <= step + 1e-9:
            return start + (end - start) * (left / step if step else 0)
        left -= step
    return course[-1]


@pytest.mark.parametrize(
    ("point", "joined", "off"),
    [
        ((40, 30), (40, 0), 30),  # beside the first street
        ((60, 150), (100, 150), 40),  # nearer the second, far from any junction
        ((-30, -40), (0, 0), 50),  # before its beginning
        ((160, 10), (150, 0), np.hypot(10, 10)),  # beyond its end
        ((100, 0), (100, 0), 0),  # on the junction
    ],
)
def test_the_place_is_the_nearest_on_any_edge(corner, point, joined, off):
    snapped = snap(corner, np.array([point]) + ORIGIN)
    assert at(corner, snapped, 0) - ORIGIN == pytest.approx(joined, abs=0.03)
    assert snapped.off_m[0] == pytest.approx(off, abs=0.03)
    assert (snapped.edge.dtype, snapped.along_m.dtype, snapped.off_m.dtype) == (
        np.int32,
        np.float64,
        np.float64,
    )


def test_of_edges_equally_near_the_lowest_number_wins(corner):
    junction = next(i for i, xy in enumerate(corner.node_xy) if np.round(xy - ORIGIN).tolist() == [100, 0])
    beside = np.flatnonzero((corner.edge_from == junction) | (corner.edge_to == junction))
    assert len(beside) == 3
    assert snap(corner, corner.node_xy[[junction]]).edge[0] == beside.min()


def test_the_farthest_is_inclusive_and_beyond_it_a_point_joins_nothing(corner):
    y = corner.node_xy[:, 1].min()
    xy = np.array([[ORIGIN[0] + 50, y - 64], [ORIGIN[0] + 50, y - 64.1], [np.nan, np.nan], [np.inf, 0]])
    off = snap(corner, xy).off_m[0]
    snapped = snap(corner, xy, max_snap_m=off)
    assert snapped.edge[0] >= 0
    assert snapped.off_m[0] == off
    assert snapped.edge[1:].tolist() == [-1, -1, -1]
    assert snapped.off_m[1:].tolist() == [np.inf] * 3
    assert snapped.along_m[1:].tolist() == [0, 0, 0]


def test_along_is_on_the_scale_of_the_edges_length():
    edges = [
        (1, 2, {"highway": "residential", "length": 400.0}),
        (2, 1, {"highway": "residential", "length": 400.0}),
    ]
    streets = read_streets(osmnx_graph({1: (0, 0), 2: (100, 0)}, edges))
    snapped = snap(streets, np.array([[25, 10], [100, 10], [300, 0]]) + ORIGIN)
    forward = np.array([100, 400, 400])
    start_is_west = streets.node_xy[streets.edge_from[0], 0] < streets.node_xy[streets.edge_to[0], 0]
    assert snapped.along_m == pytest.approx(forward if start_is_west else 400 - forward, abs=0.2)
    assert (snapped.along_m <= streets.edge_m[0]).all()


def test_no_points_give_nothing(corner):
    snapped = snap(corner, np.empty((0, 2)))
    assert snapped.edge.shape == snapped.along_m.shape == snapped.off_m.shape == (0,)


@pytest.mark.parametrize("max_snap_m", [-1, np.inf, np.nan])
def test_a_distance_that_is_none_is_refused(corner, max_snap_m):
    with pytest.raises(ParameterError, match="max_snap_m"):
        snap(corner, np.zeros((1, 2)), max_snap_m=max_snap_m)


def brute_force(streets, xy):
    """Nearest distance from each point to each edge, over every step of every course."""
    edge = np.repeat(np.arange(len(streets.edge_m)), np.diff(streets.shape_ptr))[:-1]
    start, step = streets.shape_xy[:-1], np.diff(streets.shape_xy, axis=0)
    real = np.ones(len(step), dtype=bool)
    real[streets.shape_ptr[1:-1] - 1] = False
    edge, start, step = edge[real], start[real], step[real]
    square = np.maximum((step**2).sum(axis=1), 1e-12)
    share = np.clip(((xy[:, None] - start) * step).sum(axis=2) / square, 0, 1)
    gap = xy[:, None] - start - share[..., None] * step
    distance = np.hypot(gap[..., 0], gap[..., 1])
    nearest = np.full((len(xy), len(streets.edge_m)), np.inf)
    for column, one in enumerate(edge):
        nearest[:, one] = np.minimum(nearest[:, one], distance[:, column])
    return nearest


@pytest.mark.parametrize("seed", range(6))
def test_snapping_equals_brute_force_over_every_step(tmp_path, seed):
    random = np.random.default_rng(seed)
    places = {i: tuple(random.uniform(0, 1000, 2).round()) for i in range(40)}
    ways = [way(i, random.choice(40, random.integers(2, 7), replace=False).tolist()) for i in range(25)]
    streets = read_streets(write_osm(tmp_path / "map.osm", places, ways))
    xy = np.concatenate(
        [random.uniform(-300, 1300, (300, 2)) + ORIGIN, streets.node_xy, streets.shape_xy[:40]]
    )
    snapped = snap(streets, xy, max_snap_m=150)
    nearest = brute_force(streets, xy)
    near = nearest.min(axis=1) <= 150
    assert 0.3 < near.mean() < 1
    assert (snapped.edge >= 0).tolist() == near.tolist()
    assert snapped.off_m[near] == pytest.approx(nearest.min(axis=1)[near], abs=1e-6)
    chosen = nearest[np.flatnonzero(near), snapped.edge[near]]
    assert chosen == pytest.approx(nearest.min(axis=1)[near], abs=1e-6)
    # Nothing clearly nearer or equally near with a lower number was passed over.
    for point in np.flatnonzero(near):
        place = at(streets, snapped, point)
        assert np.hypot(*(place - xy[point])) == pytest.approx(snapped.off_m[point], abs=1e-5)
        assert 0 <= snapped.along_m[point] <= streets.edge_m[snapped.edge[point]]


@pytest.mark.realdata
def test_newports_stops_lie_beside_the_streets(shared_data):
    """Where the extract has any way at all beside a stop, as GDAL reads it, the stop joins the streets nearby."""
    folder = shared_data / "transit" / "newport_uk"
    streets = read_streets(folder / "newport-2023-06-13.osm.pbf")
    with (
        zipfile.ZipFile(folder / "newport-20230613_gtfs_full_earlier.zip") as feed,
        feed.open("stops.txt") as table,
    ):
        stops = pd.read_csv(table)
    places = gpd.GeoSeries.from_xy(stops["stop_lon"], stops["stop_lat"], crs="EPSG:4326").to_crs(streets.crs)
    xy = shapely.get_coordinates(places.to_numpy())
    xy = xy[((xy >= streets.node_xy.min(axis=0)) & (xy <= streets.node_xy.max(axis=0))).all(axis=1)]
    snapped = snap(streets, xy)
    ways = pyogrio.read_dataframe(
        folder / "newport-2023-06-13.osm.pbf", layer="lines", where="highway IS NOT NULL"
    )
    lines = ways.geometry.to_crs(streets.crs).to_numpy()
    _, gap = shapely.STRtree(lines).query_nearest(shapely.points(xy), all_matches=False, return_distance=True)
    served = gap <= 25
    found = snapped.off_m[served]
    told = {
        "stops": len(xy), "without_any_way_in_25_m": int((~served).sum()), "unsnapped": int((snapped.edge < 0).sum()),
        "median_m": float(np.median(found)), "p95_m": float(np.quantile(found, 0.95)), "max_m": float(found.max()),
    }  # fmt: skip
    print(told)
    assert len(xy) == 563
    assert 0.8 < served.mean() < 0.9
    # GDAL counts what is drawn as an area among the polygons: the bus station's platforms, whose rims are walked here.
    closer = snapped.off_m < gap - 0.01
    assert closer.sum() < 0.02 * len(xy)
    assert (gap[closer] < 5).all()
    assert told["median_m"] < 6
    assert told["p95_m"] < 15
    assert told["max_m"] < 200
    # The extract has whole neighbourhoods without a single way; only there do stops stay off the streets.
    assert (gap[snapped.edge < 0] > 350).all()
