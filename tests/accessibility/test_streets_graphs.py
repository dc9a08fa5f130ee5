"""Graphs of OSMnx, in memory, as GraphML and by a place's name, become the same streets as files of OpenStreetMap."""

from __future__ import annotations

import networkx as nx
import numpy as np
import osmnx
import pytest
import requests
import shapely
from made_osm import ORIGIN, lonlat, osmnx_graph, way, write_osm

from accessibility.errors import InputError
from accessibility.streets.streets import read_streets

MPH = 1.609344
PLACES = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, 100)}


def two_way(first, last, **data):
    data = {"osmid": first * 10 + last, "highway": "residential", **data}
    return [(first, last, {**data, "reversed": False}), (last, first, {**data, "reversed": True})]


def star(**data):
    """Three streets that meet at 2."""
    return osmnx_graph(PLACES, [*two_way(1, 2, **data), *two_way(2, 3), *two_way(2, 4)])


def metres(streets):
    return sorted(streets.edge_m.tolist())


def test_each_street_is_there_once_whichever_ways_it_can_be_driven():
    graph = star()
    for mode in ("walk", "drive"):
        streets = read_streets(graph, mode=mode)
        assert metres(streets) == pytest.approx([100, 100, 100], abs=0.02)
        assert streets.forward.all()
        assert streets.backward.all()
        assert len(streets.node_xy) == 4
        assert streets.crs.to_epsg() == 27700
        assert streets.source == "graph"


def test_the_graphs_own_length_is_the_edges():
    streets = read_streets(star(length=130.5), mode="drive")
    assert metres(streets) == pytest.approx([100, 100, 130.5], abs=0.02)


def test_lengths_add_up_where_a_node_is_only_shape():
    graph = osmnx_graph(PLACES, [*two_way(1, 2, length=120.0), *two_way(2, 3, length=150.0)])
    assert metres(read_streets(graph)) == pytest.approx([270], abs=1e-5)


def test_one_way_edges_are_driven_as_directed_and_walked_both_ways():
    ring = [(1, 2), (2, 4), (4, 1)]
    graph = osmnx_graph(PLACES, [(a, b, {"highway": "residential", "oneway": True}) for a, b in ring])
    driven = read_streets(graph, mode="drive")
    assert (driven.forward ^ driven.backward).all()
    assert driven.edge_m.sum() == pytest.approx(200 + np.hypot(100, 100), abs=0.03)
    walked = read_streets(graph, mode="walk")
    assert walked.forward.all()
    assert walked.backward.all()


def test_edges_closed_to_the_mode_are_left_out():
    graph = osmnx_graph(
        PLACES, [*two_way(1, 2), *two_way(2, 3, highway="footway"), *two_way(2, 4, highway="motorway")]
    )
    assert read_streets(graph, mode="walk").edge_m.sum() == pytest.approx(200, abs=0.02)
    assert read_streets(graph, mode="drive").edge_m.sum() == pytest.approx(200, abs=0.02)
    private = star(access="private")
    assert read_streets(private).edge_m.sum() == pytest.approx(200, abs=0.02)


def test_of_several_classes_one_that_is_open_suffices():
    mixed = osmnx_graph(PLACES, [*two_way(1, 2, highway=["footway", "service"]), *two_way(2, 3)])
    assert read_streets(mixed, mode="drive").edge_m.sum() == pytest.approx(200, abs=0.02)


def test_edges_without_a_class_are_taken_as_open_and_counted():
    graph = star()
    for _, _, data in graph.edges(data=True):
        del data["highway"]
    streets = read_streets(graph)
    assert streets.edge_m.sum() == pytest.approx(300, abs=0.03)
    assert streets.notes == ("6 of 6 edges have no highway and were taken as open",)


@pytest.mark.parametrize("drawn_back", [False, True])
def test_courses_are_followed_whichever_way_they_are_drawn(drawn_back):
    bend = shapely.LineString([lonlat((0, 0)), lonlat((50, 120)), lonlat((100, 0))])
    there = osmnx_graph(PLACES, [*two_way(1, 2, geometry=bend), *two_way(2, 3), *two_way(2, 4)])
    for _, _, data in there.edges(data=True):
        if data["reversed"] != drawn_back and "geometry" in data:
            data["geometry"] = bend.reverse()
    streets = read_streets(there)
    assert metres(streets) == pytest.approx([100, 100, 260], abs=0.03)
    one = int(np.argmax(streets.edge_m))
    course = streets.shape_xy[streets.shape_ptr[one] : streets.shape_ptr[one + 1]]
    assert np.round(course[1] - ORIGIN).tolist() == [50, 120]
    assert (course[0] == streets.node_xy[streets.edge_from[one]]).all()
    assert (course[-1] == streets.node_xy[streets.edge_to[one]]).all()


def test_speeds_are_the_graphs_own_else_its_limits():
    graph = osmnx_graph(
        PLACES,
        [*two_way(1, 2, maxspeed="30 mph"), *two_way(2, 3, maxspeed=["20 mph", "40 mph"]), *two_way(2, 4)],
    )
    assert sorted(read_streets(graph, mode="drive").speed_kmh) == pytest.approx([30 * MPH] * 3)
    for _, _, data in graph.edges(data=True):
        data["speed_kph"] = 33.3
    assert read_streets(graph, mode="drive").speed_kmh == pytest.approx([33.3] * 3)
    assert np.isnan(read_streets(graph, mode="walk").speed_kmh).all()


def test_graphml_equals_the_graph(tmp_path):
    bend = shapely.LineString([lonlat((0, 0)), lonlat((50, 120)), lonlat((100, 0))])
    edges = [*two_way(1, 2, length=270.0), *two_way(2, 3, highway=["residential", "unclassified"], maxspeed="20 mph"), *two_way(2, 4)]  # fmt: skip
    graph = osmnx_graph(PLACES, edges)
    graph.edges[1, 2, 0]["geometry"] = bend
    graph.edges[2, 1, 0]["geometry"] = bend.reverse()
    path = tmp_path / "streets.graphml"
    osmnx.save_graphml(graph, path)
    for mode in ("walk", "drive"):
        read, made = read_streets(path, mode=mode), read_streets(graph, mode=mode)
        for name in (
            "node_xy",
            "edge_from",
            "edge_to",
            "edge_m",
            "forward",
            "backward",
            "speed_kmh",
            "shape_xy",
        ):
            assert getattr(read, name).tobytes() == getattr(made, name).tobytes()
        assert read.source == "streets.graphml"


def test_a_graph_that_osmnx_made_of_a_file_gives_the_files_streets(tmp_path):
    places = {1: (0, 0), 2: (100, 0), 3: (200, 50), 4: (100, 100), 5: (0, 100), 6: (300, 50)}
    ways = [
        way(1, [1, 2, 3]),
        way(2, [2, 4], maxspeed="20 mph"),
        way(3, [3, 4, 5], oneway="yes"),
        way(4, [5, 1]),
        way(5, [3, 6]),
    ]
    path = write_osm(tmp_path / "map.osm", places, ways)
    for simplify in (False, True):
        graph = osmnx.graph_from_xml(path, simplify=simplify, retain_all=True)
        of_graph, of_file = read_streets(graph, mode="walk"), read_streets(path, mode="walk")
        assert (of_graph.edge_from == of_file.edge_from).all()
        assert (of_graph.edge_to == of_file.edge_to).all()
        assert of_graph.edge_m == pytest.approx(of_file.edge_m, rel=5e-3)
        assert of_graph.node_xy == pytest.approx(of_file.node_xy, abs=1e-6)
    driven, of_file = (
        read_streets(osmnx.graph_from_xml(path, simplify=False), mode="drive"),
        read_streets(path, mode="drive"),
    )
    assert driven.edge_m == pytest.approx(of_file.edge_m, rel=5e-3)
    assert (driven.forward == of_file.forward).all()
    assert (driven.backward == of_file.backward).all()
    # In OSMnx's graph each stretch between two nodes counts for the mean of its class, in a file each edge.
    assert driven.speed_kmh == pytest.approx(of_file.speed_kmh, rel=0.1)


def test_a_projected_graph_is_the_same_place():
    graph = star()
    assert read_streets(osmnx.project_graph(graph)).node_xy == pytest.approx(
        read_streets(graph).node_xy, abs=0.01
    )


def test_an_undirected_graph_can_be_walked_but_not_driven():
    graph = nx.MultiGraph(star())
    assert read_streets(graph).edge_m.sum() == pytest.approx(300, abs=0.03)
    with pytest.raises(InputError, match="not directed"):
        read_streets(graph, mode="drive")


def test_the_samples_roads(project_root):
    roads = project_root / "data" / "transit" / "roads.graphml"
    streets = read_streets(roads, mode="drive")
    told = nx.read_graphml(roads, force_multigraph=True)
    assert streets.source == "roads.graphml, schematic"
    assert streets.notes == ()
    # Roads that share a stretch, listed once under each number, are one.
    stretches = {
        (min(a, b), max(a, b), d["length"], d["highway"], d["maxspeed"]) for a, b, d in told.edges(data=True)
    }
    assert streets.edge_m.sum() == pytest.approx(
        sum(float(length) for _, _, length, _, _ in stretches), abs=0.01
    )
    straight = np.hypot(*(streets.node_xy[streets.edge_from] - streets.node_xy[streets.edge_to]).T)
    assert (streets.edge_m >= straight - 0.2).all()
    assert set(np.round(streets.speed_kmh / MPH)) == {
        int(d["maxspeed"].split()[0]) for _, _, d in told.edges(data=True)
    }


# --- what is refused


def broken(change):
    graph = star(length=100.0)
    change(graph)
    return graph


BROKEN = {
    "no crs": (lambda g: g.graph.clear(), "no coordinate reference system"),
    "odd crs": (lambda g: g.graph.update(crs="moon"), "no coordinate reference system"),
    "no x": (lambda g: g.nodes[3].pop("x"), "node .*3.* has no position"),
    "no number": (lambda g: g.nodes[3].update(y="north"), "node .*3.* has no position"),
    "nan": (lambda g: g.nodes[3].update(y=float("nan")), "node .*3.* has no position"),
    "off the earth": (lambda g: g.nodes[3].update(y=152.0), "no UTM zone"),
    "length": (
        lambda g: g.edges[1, 2, 0].update(length="far"),
        "the length of the edge from .*1.* to .*2.* is 'far'",
    ),
    "below": (lambda g: g.edges[1, 2, 0].update(length=-1.0), "is .*-1.*; it must be metres"),
    "course": (lambda g: g.edges[1, 2, 0].update(geometry="LINE"), "the geometry of the edge .* is no line"),
    "empty": (lambda g: g.clear_edges(), "there is no street that can be walked"),
}


@pytest.mark.parametrize("change", list(BROKEN))
def test_a_broken_graph_is_refused_in_one_sentence(tmp_path, change):
    make, what = BROKEN[change]
    with pytest.raises(InputError, match=what):
        read_streets(broken(make))
    plain = nx.MultiDiGraph()
    graph = broken(make)
    plain.graph.update({key: str(value) for key, value in graph.graph.items()})
    plain.add_nodes_from(
        (node, {k: str(v) for k, v in data.items()}) for node, data in graph.nodes(data=True)
    )
    plain.add_edges_from(
        (a, b, {k: str(v) for k, v in data.items()}) for a, b, data in graph.edges(data=True)
    )
    nx.write_graphml(plain, tmp_path / "broken.graphml")
    with pytest.raises(InputError, match=what) as refused:
        read_streets(tmp_path / "broken.graphml")
    assert "broken.graphml" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"", b"<graphml", b"<html/>", b"\xff\xfe", b"PK\x03\x04"])
def test_what_is_no_graphml_is_refused(tmp_path, content):
    path = tmp_path / "streets.graphml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"streets\.graphml: (there is no such file|cannot be read as GraphML)"
    ):
        read_streets(path)


# --- a place's name


def test_a_place_is_fetched_with_all_its_parts(monkeypatch):
    asked = []

    def fetch(place, **how):
        asked.append((place, how))
        graph = star()
        graph.graph["created_date"] = "2026-03-10 09:00:00"
        return graph

    monkeypatch.setattr(osmnx, "graph_from_place", fetch)
    walked = read_streets("Newport, Wales")
    driven = read_streets("St. Albans", mode="drive")
    assert walked.source == "Newport, Wales, OpenStreetMap by OSMnx of 2026-03-10 09:00:00"
    assert walked.edge_m.sum() == driven.edge_m.sum() == pytest.approx(300, abs=0.03)
    assert asked == [
        ("Newport, Wales", {"network_type": "walk", "retain_all": True}),
        ("St. Albans", {"network_type": "drive_service", "retain_all": True}),
    ]


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.ConnectionError("no route\nto host"),
        requests.exceptions.ReadTimeout("timed out"),
        osmnx._errors.InsufficientResponseError("Nominatim geocoder returned 0 results"),
        osmnx._errors.ResponseStatusCodeError("429"),
        TypeError("Nominatim did not geocode query to a geometry of type (Multi)Polygon."),
        ValueError(""),
    ],
)
def test_a_place_that_cannot_be_fetched_is_one_sentence(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(osmnx, "graph_from_place", fail)
    with pytest.raises(
        InputError, match="there is no file 'Nowhere', and as a place it could not be fetched"
    ) as refused:
        read_streets("Nowhere")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["west.osm.pbf", "folder/west", "folder\\west", "west.zip", "west.graphml", "WEST.PBF"]
)
def test_a_mistyped_path_is_never_asked_of_the_network(monkeypatch, text):
    def fail(*_, **__):
        raise AssertionError

    monkeypatch.setattr(osmnx, "graph_from_place", fail)
    with pytest.raises(InputError, match="there is no such file"):
        read_streets(text)
