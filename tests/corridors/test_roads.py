"""The main roads behind the map."""

from __future__ import annotations

import networkx as nx
import pytest
import shapely

from corridors import load_study
from corridors.errors import TableError
from corridors.inputs import read_inputs
from corridors.roads import read_roads


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
