"""The schematic road graph: its rules on made inputs, and that OSMnx can use the written file."""

from __future__ import annotations

import math

import networkx as nx
import osmnx as ox
import pandas as pd
import pytest
import roads
from gtfs_out import BuildError
from pyproj import Geod

FACTOR = {"motorway": 1.05, "primary": 1.15}
ROAD = {"ref": "A1", "highway": "primary", "maxspeed_mph": 40, "nodes": ["a", "b", "c"]}


@pytest.fixture
def nodes():
    return pd.DataFrame(
        {
            "node": ["a", "b", "c"],
            "name": ["A", "B", "C"],
            "position": ["s1", "s2", "assumed"],
            "lon": [-1.9, -1.9, -1.8],
            "lat": [52.4, 52.5, 52.5],
        }
    )


# ---- the rules ----


def test_each_stretch_is_driven_both_ways_and_is_longer_than_the_straight_line(nodes):
    graph = roads.road_graph(nodes, [ROAD], factor=FACTOR)
    assert sorted(graph.edges()) == [(1, 2), (2, 1), (2, 3), (3, 2)]
    # A tenth of a degree of latitude at 52.45 north is 11.127 km on the ellipsoid.
    assert graph.edges[1, 2, 0]["length"] == pytest.approx(1.15 * 11_127, rel=1e-3)
    assert graph.edges[1, 2, 0]["length"] == graph.edges[2, 1, 0]["length"]
    assert graph.edges[1, 2, 0]["maxspeed"] == "40 mph"
    assert [graph.edges[edge]["reversed"] for edge in ((1, 2, 0), (2, 1, 0))] == [False, True]
    assert graph.nodes[3] == {"x": -1.8, "y": 52.5, "name": "C", "position": "assumed"}


def test_the_graph_comes_back_from_the_file_as_it_was(nodes, tmp_path):
    graph = roads.road_graph(nodes, [ROAD], factor=FACTOR)
    roads.write_graphml(tmp_path / "roads.graphml", graph)
    again = ox.load_graphml(tmp_path / "roads.graphml")
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert sorted(again.edges(data=True), key=str) == sorted(graph.edges(data=True), key=str)
    assert again.graph["schematic"] == "yes"


@pytest.mark.parametrize(
    ("change", "factor", "message"),
    [
        ({"nodes": ["a", "b", "z"]}, FACTOR, "A1 names the unknown node z"),
        ({"nodes": ["a", "b"]}, FACTOR, "node c is on no road"),
        ({}, {"primary": 0.9}, "the factor of primary is below one"),
    ],
)
def test_a_wrong_road_is_refused(nodes, change, factor, message):
    with pytest.raises(BuildError, match=message):
        roads.road_graph(nodes, [ROAD | change], factor=factor)


STOPS = pd.DataFrame({"stop": ["s1"], "lon": [-1.9000004], "lat": [52.4]})


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,A,s1,,", "a,B,,-1.8,52.5"], "node a occurs twice"),
        (["a,A,gone,,"], "node a has no position"),
        (["a,A,s1,-1.8,52.5"], "either a stop or a position"),
        (["a,A,,,"], "either a stop or a position"),
    ],
)
def test_a_wrong_node_is_refused(tmp_path, rows, message):
    path = tmp_path / "nodes.csv"
    path.write_text("\n".join(["node,name,stop,lon,lat", *rows]) + "\n", encoding="utf-8")
    with pytest.raises(BuildError, match=message):
        roads.read_nodes(path, STOPS)


def test_a_node_stands_at_its_stop_or_at_its_assumed_position(tmp_path):
    path = tmp_path / "nodes.csv"
    path.write_text("node,name,stop,lon,lat\nb,B,,-1.8,52.5\na,A,s1,,\n", encoding="utf-8")
    nodes = roads.read_nodes(path, STOPS)
    assert nodes.to_numpy().tolist() == [["b", "B", "assumed", -1.8, 52.5], ["a", "A", "s1", -1.9, 52.4]]


# ---- the written graph ----


@pytest.fixture(scope="module")
def graph(project_root):
    return ox.load_graphml(project_root / "data" / "transit" / "roads.graphml")


@pytest.fixture(scope="module")
def timed(graph):
    return ox.routing.add_edge_travel_times(ox.routing.add_edge_speeds(graph.copy()))


def node_named(graph, name):
    return next(node for node, data in graph.nodes(data=True) if data["name"] == name)


def drive_min(timed, first, last):
    ends = node_named(timed, first), node_named(timed, last)
    return nx.shortest_path_length(timed, *ends, weight="travel_time") / 60


def test_every_place_can_be_driven_to_from_every_other(graph):
    assert nx.is_strongly_connected(graph)


def test_the_graph_says_that_it_is_schematic(graph):
    assert graph.graph["crs"] == "epsg:4326"
    assert graph.graph["schematic"] == "yes"
    assert "Schematic" in graph.graph["note"]
    assert all(data["schematic"] == "yes" for _, _, data in graph.edges(data=True))
    assert all(data["position"] for _, data in graph.nodes(data=True))


def test_no_edge_is_shorter_than_its_straight_line_nor_much_longer(graph):
    geod = Geod(ellps="WGS84")
    for first, last, data in graph.edges(data=True):
        ends = graph.nodes[first], graph.nodes[last]
        straight = geod.inv(ends[0]["x"], ends[0]["y"], ends[1]["x"], ends[1]["y"])[2]
        # The national grid's scale differs from the ellipsoid's by less than 0.05 %.
        assert 1.0495 * straight <= data["length"] + 0.1 <= 1.1506 * straight + 0.3


def test_neighbours_are_neighbours(graph):
    assert max(data["length"] for _, _, data in graph.edges(data=True)) < 20_000
    for _, data in graph.nodes(data=True):
        assert -2.35 < data["x"] < -1.35, data
        assert 52.25 < data["y"] < 52.75, data


def test_motorways_do_not_turn_back(graph):
    """A junction put in the wrong place makes a spike in its motorway."""
    for ref in ("M5", "M6", "M42", "M54", "M6 Toll"):
        road = nx.Graph((u, v) for u, v, data in graph.edges(data=True) if data["ref"] == ref)
        for node in (node for node, degree in road.degree() if degree == 2):
            (x, y), *ends = ((graph.nodes[n]["x"] * 0.61, graph.nodes[n]["y"]) for n in (node, *road[node]))
            before, after = (math.atan2(end[1] - y, end[0] - x) for end in ends)
            turn = abs(math.pi - abs(before - after))
            assert math.degrees(turn) < 100, (ref, graph.nodes[node]["name"])


def test_speeds_come_from_the_limits(timed):
    limits = {30: 48.28, 40: 64.37, 50: 80.47, 60: 96.56, 70: 112.65}
    for _, _, data in timed.edges(data=True):
        mph = int(data["maxspeed"].split()[0])
        assert math.isclose(data["speed_kph"], limits[mph], abs_tol=0.01)
        assert math.isclose(data["travel_time"], data["length"] / (data["speed_kph"] / 3.6), rel_tol=1e-9)


def test_the_main_roads_are_there(graph):
    refs = {data["ref"] for _, _, data in graph.edges(data=True)}
    wanted = "M5 M6 M42 M54,M6 Toll,A34 A38 A38(M) A41 A45 A46 A47 A4040 A4123 A435 A441 A444 A449 A452 A453 A454 A456"
    names = [name for part in wanted.split(",") for name in ([part] if part == "M6 Toll" else part.split())]
    assert set(names) | {"A457", "A458", "A459", "A461", "A463"} <= refs


def test_every_centre_has_a_node_within_two_kilometres(graph, project_root):
    centres = pd.read_csv(project_root / "data" / "boundaries" / "centres.csv")
    geod = Geod(ellps="WGS84")
    assert centres["centre_id"].nunique() == 9
    for centre in centres.itertuples():
        distances = (
            geod.inv(centre.lon, centre.lat, data["x"], data["y"])[2] for _, data in graph.nodes(data=True)
        )
        assert min(distances) <= 2000, centre


@pytest.mark.parametrize(
    ("first", "last", "low", "high"),
    [
        ("Birmingham", "Coventry", 23, 40),
        ("Birmingham", "Wolverhampton", 17, 35),
        ("Birmingham", "Walsall", 12, 25),
        ("Birmingham", "Solihull", 10, 25),
        ("Birmingham", "Sutton Coldfield", 9, 22),
    ],
)
def test_drives_between_centres_take_credible_free_flow_times(timed, first, last, low, high):
    assert low <= drive_min(timed, first, last) <= high


@pytest.mark.realdata
def test_a_rebuild_gives_the_same_file(shared_data, project_root, tmp_path):
    roads.build(shared_data, tmp_path)
    written = project_root / "data" / "transit" / "roads.graphml"
    assert (tmp_path / "transit" / "roads.graphml").read_bytes() == written.read_bytes()
