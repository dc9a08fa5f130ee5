"""The main roads behind the map."""

from __future__ import annotations

import networkx as nx
import pytest
import shapely
from made_osm import way, write_osm

from corridors import load_study
from corridors.errors import TableError
from corridors.inputs import read_inputs
from corridors.tables.roads import read_roads


@pytest.fixture
def graph():
    """Three junctions: a motorway driven both ways, a bent trunk road, a side street."""
    made = nx.MultiDiGraph(crs="epsg:4326")
    for name, x, y in [("a", -1.9, 52.5), ("b", -1.8, 52.5), ("c", -1.8, 52.6)]:
        made.add_node(name, x=str(x), y=str(y))
    made.add_edge("a", "b", highway="motorway", ref="M6")
    made.add_edge("b", "a", highway="motorway", ref="M6")
    bent = "LINESTRING (-1.8 52.5, -1.7 52.55, -1.8 52.6)"
    made.add_edge("b", "c", highway="['trunk_link', 'tertiary']", geometry=bent)
    made.add_edge("a", "c", highway="residential")
    return made


@pytest.fixture
def written(tmp_path):
    def write(graph):
        nx.write_graphml(graph, tmp_path / "roads.graphml")
        return tmp_path / "roads.graphml"

    return write


def test_main_roads_once_each_whichever_way_they_are_driven(graph, written):
    roads = read_roads(written(graph))
    assert roads["kind"].tolist() == ["motorway", "trunk"]
    assert roads.crs == "EPSG:4326"
    assert shapely.length(roads.geometry.to_numpy()).tolist() == pytest.approx(
        [0.1, 2 * (0.1**2 + 0.05**2) ** 0.5]
    )
    assert len(roads.get_coordinates()) == 2 + 3


def test_a_graph_of_side_streets_holds_no_main_road(graph, written):
    graph.remove_edges_from([("a", "b"), ("b", "a"), ("b", "c")])
    roads = read_roads(written(graph))
    assert roads.empty
    assert list(roads.columns) == ["kind", "geometry"]


def test_what_cannot_be_placed_is_refused(graph, written, tmp_path):
    del graph.graph["crs"]
    with pytest.raises(TableError, match="no coordinate reference system"):
        read_roads(written(graph))
    graph.graph["crs"] = "epsg:4326"
    del graph.nodes["a"]["x"]
    with pytest.raises(TableError, match=r"the road from node 'a' to 'b' has no position"):
        read_roads(written(graph))
    (tmp_path / "roads.graphml").write_text("not XML", encoding="utf-8")
    with pytest.raises(TableError, match="cannot be read as GraphML"):
        read_roads(tmp_path / "roads.graphml")
    with pytest.raises(TableError, match="no such file"):
        read_roads(tmp_path / "absent.graphml")


def test_a_study_may_leave_the_roads_out_or_name_them(graph, written, made_study):
    assert read_inputs(load_study(made_study)).roads is None
    written(graph).rename(made_study.parent / "roads.graphml")
    text = made_study.read_text(encoding="utf-8")
    made_study.write_text(
        text.replace('sites = "sites.csv"', 'sites = "sites.csv"\nroads = "roads.graphml"'), "utf-8"
    )
    assert read_inputs(load_study(made_study)).roads["kind"].tolist() == ["motorway", "trunk"]


def test_motorways_and_trunk_roads_are_read_from_openstreetmap(tmp_path):
    """Two motorway stretches that meet are one line; the primary road and the footpath are no backdrop."""
    places = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (2000.0, 500.0), 4: (0.0, 900.0)}
    ways = [
        way(1, [1, 2], highway="motorway"), way(2, [2, 3], highway="motorway"), way(3, [1, 4], highway="trunk"),
        way(4, [2, 4], highway="primary"), way(5, [3, 4], highway="footway"), way(6, [1, 99], highway="trunk"),
    ]  # fmt: skip
    for ways_first in (False, True):
        roads = read_roads(write_osm(tmp_path / "streets.osm", places, ways, ways_first=ways_first))
        assert roads["kind"].tolist() == ["motorway", "trunk"]
        metres = roads.to_crs(27700).length.tolist()
        assert metres == pytest.approx([1000 + (1000**2 + 500**2) ** 0.5, 900], abs=0.1)
        assert roads.geom_type.tolist() == ["LineString", "LineString"]
    (tmp_path / "broken.osm.pbf").write_bytes(b"no map")
    with pytest.raises(TableError, match=r"broken\.osm\.pbf: cannot be read as GraphML or OpenStreetMap"):
        read_roads(tmp_path / "broken.osm.pbf")
