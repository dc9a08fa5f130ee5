"""OpenStreetMap files become streets from junction to junction, each once, in metres, in an order no file decides."""

from __future__ import annotations

import bz2
import gzip
import itertools
from pathlib import Path
from random import Random

import networkx as nx
import numpy as np
import osmium
import osmnx
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_osm import ORIGIN, osm_xml, way, write_osm
from pyproj import Transformer

from accessibility.errors import InputError, ParameterError
from accessibility.streets.streets import StreetNetwork, read_streets

#: OpenStreetMap keeps places to a centimetre.
CM = 0.02
MPH = 1.609344


def read(tmp_path: Path, places, ways, *, mode="walk", **how) -> StreetNetwork:
    return read_streets(write_osm(tmp_path / "map.osm", places, ways), mode=mode, **how)


def edges(streets: StreetNetwork) -> list[tuple]:
    """Courses as places in whole metres from the corner of the map, with what can be travelled, sorted."""
    found = []
    for edge in range(len(streets.edge_m)):
        xy = streets.shape_xy[streets.shape_ptr[edge] : streets.shape_ptr[edge + 1]] - ORIGIN
        course = [tuple(int(v) for v in place) for place in np.round(xy)]
        ways = (bool(streets.forward[edge]), bool(streets.backward[edge]))
        found.append(
            min((course, ways), (course[::-1], ways[::-1])) if course != course[::-1] else (course, ways)
        )
    return sorted(found)


def both(*courses):
    return sorted((min(list(c), list(c)[::-1]), (True, True)) for c in courses)


def assert_sound(streets: StreetNetwork) -> None:
    """Hold what every network promises."""
    ptr = streets.shape_ptr
    assert ptr[0] == 0
    assert ptr[-1] == len(streets.shape_xy)
    assert (np.diff(ptr) >= 2).all()
    assert (streets.shape_xy[ptr[:-1]] == streets.node_xy[streets.edge_from]).all()
    assert (streets.shape_xy[ptr[1:] - 1] == streets.node_xy[streets.edge_to]).all()
    assert (streets.edge_from <= streets.edge_to).all()
    assert set(np.concatenate([streets.edge_from, streets.edge_to])) == set(range(len(streets.node_xy)))
    assert streets.edge_from.dtype == streets.edge_to.dtype == np.int32
    assert (streets.forward | streets.backward).all()


# --- from junction to junction


def test_a_side_street_makes_a_junction_and_a_bend_does_not(tmp_path):
    # 1 --- 2 --- 3, a bend at 2; 4 joins at 3, where another street goes on to 5.
    places = {1: (0, 0), 2: (100, 0), 3: (100, 50), 4: (200, 50), 5: (100, 150)}
    streets = read(tmp_path, places, [way(1, [1, 2, 3]), way(2, [3, 4]), way(3, [3, 5])])
    assert edges(streets) == both(
        [(0, 0), (100, 0), (100, 50)], [(100, 50), (200, 50)], [(100, 50), (100, 150)]
    )
    assert sorted(streets.edge_m) == pytest.approx([100, 100, 150], abs=CM)
    assert len(streets.node_xy) == 4
    assert np.isnan(streets.speed_kmh).all()
    assert streets.notes == ()
    assert streets.crs.to_epsg() == 27700
    assert_sound(streets)


def test_ways_that_go_on_in_each_other_are_one_edge_on_foot(tmp_path):
    places = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (300, 0)}
    ways = [
        way(1, [1, 2]),
        way(2, [3, 2], highway="footway"),
        way(3, [3, 4], oneway="yes", maxspeed="20 mph"),
    ]
    streets = read(tmp_path, places, ways)
    assert edges(streets) == both([(0, 0), (100, 0), (200, 0), (300, 0)])
    assert streets.edge_m == pytest.approx([300], abs=CM)


def test_by_car_a_change_of_limit_class_or_direction_ends_an_edge(tmp_path):
    # A ring of six, each stretch unlike its neighbours but for 5-6-1.
    places = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (200, 100), 5: (100, 100), 6: (0, 100)}
    ways = [
        way(1, [1, 2], maxspeed="30 mph"),
        way(2, [2, 3], maxspeed="20 mph"),
        way(3, [3, 4], highway="tertiary", maxspeed="20 mph"),
        way(4, [5, 4], highway="tertiary", maxspeed="20 mph", oneway="-1"),
        way(5, [5, 6], maxspeed="30 mph", oneway="yes"),
        way(6, [1, 6], maxspeed="30 mph", oneway="-1"),
    ]
    streets = read(tmp_path, places, ways, mode="drive")
    assert edges(streets) == sorted(
        [
            ([(0, 0), (100, 0)], (True, True)),
            ([(100, 0), (200, 0)], (True, True)),
            ([(200, 0), (200, 100)], (True, True)),
            ([(100, 100), (200, 100)], (False, True)),
            ([(0, 0), (0, 100), (100, 100)], (False, True)),
        ]
    )
    speed = dict(zip([tuple(course) for course, _ in edges(streets)], sorted_speeds(streets), strict=True))
    assert speed[((0, 0), (0, 100), (100, 100))] == pytest.approx(30 * MPH)
    assert speed[((100, 0), (200, 0))] == pytest.approx(20 * MPH)
    assert_sound(streets)


def sorted_speeds(streets):
    one_by_one = []
    for edge in range(len(streets.edge_m)):
        xy = np.round(streets.shape_xy[streets.shape_ptr[edge] : streets.shape_ptr[edge + 1]] - ORIGIN)
        course = [tuple(int(v) for v in place) for place in xy]
        one_by_one.append((min(course, course[::-1]), streets.speed_kmh[edge]))
    return [speed for _, speed in sorted(one_by_one)]


def test_a_ring_alone_is_one_edge(tmp_path):
    square = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100)}
    for ways in ([way(1, [1, 2, 3, 4, 1])], [way(1, [3, 4, 1]), way(2, [1, 2, 3])]):
        streets = read(tmp_path, square, ways)
        assert streets.edge_m == pytest.approx([400], abs=CM)
        assert streets.edge_from.tolist() == streets.edge_to.tolist() == [0]
        assert_sound(streets)


def test_a_way_that_crosses_itself_is_cut_there(tmp_path):
    # A lollipop: 1-2, then round 3, 4 and back to 2.
    streets = read(tmp_path, {1: (0, 0), 2: (100, 0), 3: (200, 100), 4: (200, 0)}, [way(1, [1, 2, 3, 4, 2])])
    assert edges(streets) == both([(0, 0), (100, 0)], [(100, 0), (200, 0), (200, 100), (100, 0)])
    assert sorted(streets.edge_m) == pytest.approx([100, 200 + np.hypot(100, 100)], abs=CM)


def test_parallel_streets_both_stay(tmp_path):
    places = {1: (0, 0), 2: (100, 0), 3: (50, 40), 4: (50, -40), 8: (-50, 0), 9: (150, 0)}
    ways = [way(1, [8, 1]), way(2, [1, 3, 2]), way(3, [1, 4, 2]), way(4, [2, 9])]
    assert edges(read(tmp_path, places, ways)) == both(
        [(-50, 0), (0, 0)], [(0, 0), (50, 40), (100, 0)], [(0, 0), (50, -40), (100, 0)], [(100, 0), (150, 0)]
    )


def test_a_stretch_mapped_twice_is_there_once(tmp_path):
    places = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (300, 0), 5: (200, 100)}
    ways = [way(1, [1, 2, 3, 4]), way(2, [3, 2]), way(3, [1, 2, 3, 4]), way(4, [3, 5])]
    assert edges(read(tmp_path, places, ways)) == both(
        [(0, 0), (100, 0), (200, 0)], [(200, 0), (300, 0)], [(200, 0), (200, 100)]
    )


def test_a_way_that_turns_back_on_itself_is_there_once(tmp_path):
    places = {1: (0, 0), 2: (100, 0), 3: (200, 0)}
    assert edges(read(tmp_path, places, [way(1, [1, 2, 3, 2])])) == both([(0, 0), (100, 0), (200, 0)])


def test_two_one_way_streets_on_the_same_course_are_a_two_way_street(tmp_path):
    places = {1: (0, 0), 2: (100, 0), 3: (200, 0)}
    ways = [way(1, [1, 2, 3], oneway="yes"), way(2, [3, 2, 1], oneway="yes")]
    assert edges(read(tmp_path, places, ways, mode="drive")) == both([(0, 0), (100, 0), (200, 0)])
    ways = [way(1, [1, 2, 3], oneway="-1"), way(2, [1, 2, 3], oneway="yes")]
    assert edges(read(tmp_path, places, ways, mode="drive")) == both([(0, 0), (100, 0), (200, 0)])


def test_streets_that_cross_without_a_common_node_do_not_meet(tmp_path):
    # 2 and 5 lie at the same place, as a bridge and the road under it may.
    places = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, -100), 5: (100, 0), 6: (100, 100), 7: (0, 100)}
    ways = [way(1, [1, 2, 3]), way(2, [4, 5, 6]), way(3, [6, 7]), way(4, [7, 1])]
    streets = read(tmp_path, places, ways)
    assert len(streets.edge_m) == 1
    assert streets.edge_m == pytest.approx([600], abs=CM)


def test_the_same_node_twice_in_a_row_is_no_stretch(tmp_path):
    streets = read(tmp_path, {1: (0, 0), 2: (100, 0), 3: (200, 0)}, [way(1, [1, 2, 2, 3, 3])])
    assert edges(streets) == both([(0, 0), (100, 0), (200, 0)])


def test_two_nodes_at_one_place_are_a_street_of_no_length(tmp_path):
    streets = read(tmp_path, {1: (0, 0), 2: (0, 0), 3: (100, 0), 4: (0, 100), 5: (-100, 0)},
                   [way(1, [1, 2]), way(2, [2, 3]), way(3, [1, 4]), way(4, [1, 5]), way(5, [2, 4])])  # fmt: skip
    assert sorted(streets.edge_m) == pytest.approx([0, 100, 100, 200], abs=CM)


# --- what is not whole


def test_a_way_is_cut_where_the_file_lacks_a_node_and_that_is_said(tmp_path):
    # Node 3 is absent; 1-2 and 4-5 are joined round 6. Way 3 keeps a single node of its own and vanishes.
    places = {1: (0, 0), 2: (100, 0), 4: (300, 0), 5: (400, 0), 6: (200, 90)}
    ways = [way(1, [1, 2, 3, 4, 5]), way(2, [2, 6, 4]), way(3, [77, 5, 78])]
    streets = read(tmp_path, places, ways)
    assert edges(streets) == both([(0, 0), (100, 0), (200, 90), (300, 0), (400, 0)])
    assert streets.notes == ("2 of 3 ways are cut where the file does not hold their nodes (3 nodes)",)


def test_streets_that_an_editor_has_added_have_ids_below_nought_and_count(tmp_path):
    # As JOSM saves what is not uploaded yet; -9 is not in the file.
    places = {1: (0, 0), 2: (100, 0), -5: (200, 0), -6: (400, 0)}
    streets = read(tmp_path, places, [way(1, [1, 2]), way(-2, [2, -5, -6, -9])])
    assert streets.edge_m.tolist() == pytest.approx([400], abs=0.01)
    assert streets.notes == ("1 of 2 ways are cut where the file does not hold their nodes (1 nodes)",)


def test_the_largest_part_is_kept_by_length_and_the_rest_counted(tmp_path):
    # Two parts: four short streets of 40 m in all, and one of 100 m; a third of 20 m.
    places = {
        1: (0, 0),
        2: (10, 0),
        3: (20, 0),
        4: (10, 10),
        5: (10, -10),
        6: (500, 0),
        7: (600, 0),
        8: (0, 900),
        9: (20, 900),
    }
    ways = [way(1, [1, 2, 3]), way(2, [4, 2, 5]), way(3, [6, 7]), way(4, [8, 9])]
    streets = read(tmp_path, places, ways)
    assert edges(streets) == both([(500, 0), (600, 0)])
    assert len(streets.notes) == 1
    assert streets.notes[0].startswith("2 parts of the streets, 0.1 km or 37.5% of all, do not join the rest")


def test_by_car_nothing_stays_that_one_cannot_leave_and_come_back_to(tmp_path):
    # 1-2-3-1 can be driven; 4 is the end of a one-way stub, 5 the start of another, 6 a two-way end.
    places = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (200, 0), 5: (0, 200), 6: (-100, 0)}
    ways = [
        way(1, [1, 2, 3, 1], oneway="yes"),
        way(2, [2, 4], oneway="yes"),
        way(3, [5, 3], oneway="yes"),
        way(4, [1, 6]),
    ]
    streets = read(tmp_path, places, ways, mode="drive")
    assert edges(streets) == sorted(
        [([(-100, 0), (0, 0)], (True, True)), ([(0, 0), (100, 0), (100, 100), (0, 0)], (True, False))]
    )
    assert "2 parts of the streets" in streets.notes[0]
    assert "cannot be driven both to and from the rest" in streets.notes[0]
    assert len(edges(read(tmp_path, places, ways, mode="walk"))) == 6


# --- speeds


def test_streets_without_a_limit_have_the_mean_of_their_class_as_osmnx_has_it(tmp_path):
    # A star of two-way and a ring of one-way streets: OSMnx counts the two-way ones twice.
    places = {i: (100.0 * i, 10.0 * i * i) for i in range(8)}
    ways = [
        way(1, [0, 1], maxspeed="20 mph"),
        way(2, [1, 2], maxspeed="60", oneway="yes"),
        way(3, [2, 3], oneway="yes"),
        way(4, [3, 1], maxspeed="30 mph;40 mph", oneway="yes"),
        way(5, [1, 4]),
        way(6, [4, 5], highway="primary"),
        way(7, [5, 6], highway="service"),
        way(8, [5, 7], highway="tertiary", maxspeed="fast"),
    ]
    streets = read(tmp_path, places, ways, mode="drive")
    mean = (2 * 20 * MPH + 60 + 35 * MPH) / 4
    by_end = dict(zip(edges_by_nodes(streets, places), streets.speed_kmh, strict=True))
    assert by_end[frozenset({2, 3})] == pytest.approx(mean)
    assert by_end[frozenset({1, 4})] == pytest.approx(mean)
    assert by_end[frozenset({1, 2})] == pytest.approx(60)
    assert by_end[frozenset({1, 3})] == pytest.approx(35 * MPH)
    assert by_end[frozenset({4, 5})] == pytest.approx(40 * MPH, abs=0.01)
    assert by_end[frozenset({5, 6})] == pytest.approx(10 * MPH, abs=0.01)
    assert by_end[frozenset({5, 7})] == pytest.approx(30 * MPH, abs=0.01)
    assert any("primary 64 km/h, service 16 km/h, tertiary 48 km/h" in note for note in streets.notes)
    assert any(
        note.startswith("1 edges have a maxspeed that is no speed, first 'fast'") for note in streets.notes
    )
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_nodes_from(places, x=0.0, y=0.0)
    for first, last, data in ((0, 1, {"maxspeed": "20 mph"}), (1, 0, {"maxspeed": "20 mph"}), (1, 2, {"maxspeed": "60"}),
                              (2, 3, {}), (3, 1, {"maxspeed": "30 mph|40 mph"}), (1, 4, {}), (4, 1, {})):  # fmt: skip
        graph.add_edge(first, last, highway="residential", **data)
    osmnx.routing.add_edge_speeds(graph)
    # OSMnx has the mile at 1.60934 km.
    assert graph.edges[2, 3, 0]["speed_kph"] == pytest.approx(mean, rel=1e-5)


def edges_by_nodes(streets, places):
    """Ends of each edge as numbers of the made map."""
    known = {tuple(np.round(place).astype(int)): number for number, place in places.items()}
    ends = np.round(streets.node_xy - ORIGIN).astype(int)
    return [
        frozenset({known[tuple(ends[a])], known[tuple(ends[b])]})
        for a, b in zip(streets.edge_from, streets.edge_to, strict=True)
    ]


# --- any order, any cut, any format


@st.composite
def maps(draw):
    """Streets on a small grid: several ways over its crossings, in any order, with tags that matter by car."""
    cells = [(x, y) for x in range(4) for y in range(4)]
    places = {i + 1: (x * 100 + (i * 7) % 13, y * 100 + (i * 5) % 11) for i, (x, y) in enumerate(cells)}
    tags = st.sampled_from(
        [{}, {"oneway": "yes"}, {"oneway": "-1"}, {"maxspeed": "20 mph"}, {"highway": "primary"}]
    )
    ways = draw(
        st.lists(
            st.tuples(st.lists(st.sampled_from(sorted(places)), min_size=2, max_size=6), tags),
            min_size=1,
            max_size=7,
        )
    )
    return places, [way(100 + i, nodes, **more) for i, (nodes, more) in enumerate(ways)]


def same(one: StreetNetwork, other: StreetNetwork) -> bool:
    fields = (
        "node_xy",
        "edge_from",
        "edge_to",
        "edge_m",
        "forward",
        "backward",
        "speed_kmh",
        "shape_ptr",
        "shape_xy",
    )
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in fields)


def has_lone_ring(streets: StreetNetwork) -> bool:
    """Whether a ring joins no other street: where on it its one node lies depends on how its ways are cut, which no walk sees."""
    ends = np.bincount(np.concatenate([streets.edge_from, streets.edge_to]))
    rings = streets.edge_from[streets.edge_from == streets.edge_to]
    return bool((ends[rings] == 2).any())


def read_or_none(path, places, ways, mode, **how):
    try:
        return read_streets(write_osm(path, places, ways, **how), mode=mode)
    except InputError as error:
        assert error.code == "no_streets"  # noqa: PT017 - the only refusal a sound map may meet
        return None


@settings(max_examples=40, deadline=None, derandomize=True)
@given(made=maps(), mode=st.sampled_from(["walk", "drive"]), shuffle=st.randoms(use_true_random=False))
@example(
    made=(
        {1: (0, 0), 2: (7, 105), 3: (1, 210), 4: (8, 304)},
        [way(100, [2, 1, 3, 2]), way(101, [3, 4])],
    ),
    mode="walk",
    shuffle=Random(1),
)
@example(
    made=({1: (0, 0), 2: (7, 105), 3: (1, 210)}, [way(100, [2, 1, 3, 2])]), mode="walk", shuffle=Random(1)
)
def test_order_cuts_and_numbers_of_ways_say_nothing(made, mode, shuffle, tmp_path_factory):
    places, ways = made
    path = tmp_path_factory.mktemp("maps") / "map.osm"
    cut = []
    for number, nodes, tags in ways:
        at = shuffle.randrange(1, len(nodes))
        parts = [nodes[: at + 1], nodes[at:]] if at + 1 < len(nodes) else [nodes]
        for part, some in enumerate(parts):
            back = {"yes": "-1", "-1": "yes"}.get(tags.get("oneway"))
            turned = {**tags, **({"oneway": back} if back else {})}
            turn = shuffle.random() < 0.5
            cut.append((number * 10 + part, some[::-1] if turn else some, turned if turn else tags))
    shuffle.shuffle(cut)
    moved = dict(shuffle.sample(sorted(places.items()), len(places)))
    plain = read_or_none(path, places, ways, mode)
    other = read_or_none(path, moved, cut, mode, ways_first=True)
    assert (plain is None) == (other is None)
    if plain is not None:
        assert_sound(plain)
        if has_lone_ring(plain):
            assert len(plain.node_xy) == len(other.node_xy)
            np.testing.assert_allclose(np.sort(plain.edge_m), np.sort(other.edge_m), rtol=1e-9)
        else:
            assert same(plain, other)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(made=maps(), mode=st.sampled_from(["walk", "drive"]))
def test_joining_changes_no_distance(made, mode, tmp_path_factory):
    """Shortest paths between all junctions equal those of a graph of every stretch between two nodes."""
    places, ways = made
    streets = read_or_none(tmp_path_factory.mktemp("maps") / "map.osm", places, ways, mode)
    plain, joined = nx.MultiDiGraph(), nx.MultiDiGraph()
    for _, nodes, tags in ways:
        oneway = tags.get("oneway") if mode == "drive" else None
        for a, b in itertools.pairwise(nodes):
            if a != b:
                metres = float(np.hypot(*np.subtract(places[a], places[b])))
                if oneway != "-1":
                    plain.add_edge(a, b, m=metres)
                if oneway != "yes":
                    plain.add_edge(b, a, m=metres)
    if streets is None:
        assert all(len(part) == 1 for part in nx.strongly_connected_components(plain))
        return
    number = {tuple(np.round(place).astype(int)): node for node, place in places.items()}
    node = [number[tuple(place)] for place in np.round(streets.node_xy - ORIGIN).astype(int)]
    for edge, metres in enumerate(streets.edge_m):
        a, b = node[streets.edge_from[edge]], node[streets.edge_to[edge]]
        if streets.forward[edge]:
            joined.add_edge(a, b, m=metres)
        if streets.backward[edge]:
            joined.add_edge(b, a, m=metres)
    for start in node:
        want = nx.single_source_dijkstra_path_length(plain, start, weight="m")
        have = nx.single_source_dijkstra_path_length(joined, start, weight="m")
        assert all(have[end] == pytest.approx(want[end], abs=0.2) for end in node)


PLACES = {1: (0, 0), 2: (100, 0), 3: (200, 50), 4: (100, 100)}
WAYS = [way(1, [1, 2, 3]), way(2, [2, 4], maxspeed="20 mph"), way(3, [3, 4], highway="primary", oneway="yes")]


def as_pbf(xml: Path, path: Path, *, stamp: str = "") -> Path:
    header = osmium.io.Header()
    if stamp:
        header.set("osmosis_replication_timestamp", stamp)
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for one in osmium.FileProcessor(str(xml)):
            writer.add(one)
    return path


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_every_format_gives_the_same_streets(tmp_path, mode):
    xml = write_osm(tmp_path / "map.osm", PLACES, WAYS)
    packed, squeezed = tmp_path / "map.osm.gz", tmp_path / "map.osm.bz2"
    packed.write_bytes(gzip.compress(xml.read_bytes()))
    squeezed.write_bytes(bz2.compress(xml.read_bytes()))
    pbf = as_pbf(xml, tmp_path / "map.osm.pbf", stamp="2026-03-10T20:21:22Z")
    plain = read_streets(xml, mode=mode)
    for other in (packed, squeezed, pbf, str(pbf)):
        assert same(plain, read_streets(other, mode=mode))
    assert plain.source == "map.osm"
    assert read_streets(pbf).source == "map.osm.pbf, OpenStreetMap of 2026-03-10T20:21:22Z"


def test_far_from_britain_metres_are_metres(tmp_path):
    # A degree of latitude at 33.9 degrees south is 110.92 km on the ellipsoid: a thousandth of it is walked.
    text = osm_xml({}, [way(1, [1, 2])]).replace(
        "<way",
        '<node id="1" version="1" lat="-33.9" lon="151.2"/><node id="2" version="1" lat="-33.899" lon="151.2"/><way',
    )
    (tmp_path / "sydney.osm").write_text(text, encoding="utf-8")
    streets = read_streets(tmp_path / "sydney.osm")
    assert streets.crs.to_epsg() == 32756
    assert streets.edge_m[0] == pytest.approx(110.92, abs=0.1)


def test_a_crs_is_honoured_and_checked(tmp_path):
    path = write_osm(tmp_path / "map.osm", PLACES, WAYS)
    utm = read_streets(path, crs="EPSG:32630")
    back = Transformer.from_crs("EPSG:32630", "EPSG:27700", always_xy=True).transform(*utm.node_xy.T)
    here = read_streets(path).node_xy
    assert {tuple(np.round(p)) for p in np.transpose(back)} == {tuple(np.round(p)) for p in here}
    with pytest.raises(ParameterError, match="not projected in metres"):
        read_streets(path, crs="EPSG:4326")
    with pytest.raises(ParameterError, match="mode is 'fly'"):
        read_streets(path, mode="fly")


def test_platforms_and_rims_of_squares_join_what_they_touch(tmp_path):
    places = {1: (0, 0), 2: (50, 0), 3: (150, 0), 4: (150, 60), 5: (50, 60), 6: (200, 60), 7: (300, 60)}
    ways = [
        way(1, [1, 2], highway="footway"),
        way(2, [2, 3, 4, 5, 2], highway="pedestrian", area="yes"),
        way(3, [4, 6], highway="footway"),
        (4, [6, 7], {"railway": "platform"}),
    ]
    streets = read(tmp_path, places, ways)
    assert edges(streets) == both(
        [(0, 0), (50, 0)],
        [(50, 0), (150, 0), (150, 60)],
        [(50, 0), (50, 60), (150, 60)],
        [(150, 60), (200, 60), (300, 60)],
    )


# --- what is refused


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("gone.osm.pbf", None, "there is no such file"),
        ("empty.osm.pbf", b"", "cannot be read as OpenStreetMap data"),
        ("junk.osm.pbf", b"hello" * 100, "cannot be read as OpenStreetMap data"),
        ("page.osm", b"<html></html>", "cannot be read as OpenStreetMap data"),
        ("cut.osm", osm_xml(PLACES, WAYS).encode()[:-40], "cannot be read as OpenStreetMap data"),
        ("id.osm", osm_xml(PLACES, WAYS).replace('id="2"', 'id="two"').encode(), "cannot be read as OpenStreetMap data"),
        ("place.osm", osm_xml(PLACES, WAYS).replace('lat="5', 'lat="x5').encode(), "cannot be read as OpenStreetMap data"),
        ("streets.gpkg", b"SQLite", "cannot be read as OpenStreetMap data"),
        ("none.osm", osm_xml(PLACES, []).encode(), "there is no street that can be walked"),
        ("rails.osm", osm_xml(PLACES, [(1, [1, 2], {"railway": "rail"})]).encode(), "there is no street that can be walked"),
        ("nowhere.osm", osm_xml({}, WAYS).encode(), "there is no street that can be walked"),
        ("dot.osm", osm_xml(PLACES, [way(1, [1, 1])]).encode(), "there is no street that can be walked"),
        ("pole.osm", osm_xml(PLACES, WAYS).replace('lat="52', 'lat="89').encode(), "no UTM zone"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_one_sentence_with_its_file(tmp_path, name, content, what):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_streets(path)
    assert what in str(refused.value)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_pbf_cut_short_is_refused(tmp_path):
    places = {i: (i * 10.0, (i * i) % 997) for i in range(1, 3000)}
    whole = as_pbf(
        write_osm(tmp_path / "map.osm", places, [way(1, sorted(places))]), tmp_path / "map.osm.pbf"
    )
    content = whole.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        whole.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(InputError, match=r"map\.osm\.pbf: cannot be read as OpenStreetMap data"):
            read_streets(whole)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_streets(tmp_path)


def test_a_history_is_refused(tmp_path):
    path = tmp_path / "map.osh"
    path.write_text(osm_xml(PLACES, WAYS), encoding="utf-8")
    with pytest.raises(InputError, match="this is a history"):
        read_streets(path)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_damaged_file_gives_streets_or_one_sentence(data, tmp_path_factory):
    content = bytearray(osm_xml(PLACES, WAYS).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(
            st.sampled_from([b"", b"-", b"9", b"NaN", b"1e999", b'"', b"<", b"\xff", b"9" * 30, b"&amp;"])
        )
    path = tmp_path_factory.mktemp("damaged") / "map.osm"
    path.write_bytes(bytes(content))
    for mode in ("walk", "drive"):
        try:
            assert_sound(read_streets(path, mode=mode))
        except (InputError, ParameterError) as refused:
            assert "\n" not in str(refused)  # noqa: PT017 - either outcome is right


# --- a real place


NEWPORT = ("transit", "newport_uk", "newport-2023-06-13.osm.pbf")


@pytest.mark.realdata
def test_newport_equals_osmnx(shared_data, tmp_path):
    """The same ways, read and simplified by OSMnx from XML, make as many junctions, edges and kilometres."""
    source = str(shared_data.joinpath(*NEWPORT))
    tagged = osmium.FileProcessor(source, osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    # Classes that are open on foot whatever else is tagged, so that no rule of this project chooses the ways.
    classes = {"primary", "primary_link", "secondary", "tertiary", "tertiary_link", "unclassified"}
    closing = {"access", "foot", "motorroad", "area", "route", "service"}
    ids = {w.id for w in tagged if w.tags["highway"] in classes and not closing & {tag.k for tag in w.tags}}
    small = tmp_path / "small.osm"
    with osmium.BackReferenceWriter(str(small), ref_src=source) as writer:
        for one in osmium.FileProcessor(source, osmium.osm.WAY).with_filter(osmium.filter.IdFilter(ids)):
            writer.add(one)
    streets = read_streets(small)
    graph = osmnx.graph_from_xml(small, bidirectional=True, simplify=True, retain_all=True)
    largest = max(
        nx.weakly_connected_components(graph), key=lambda nodes: graph.subgraph(nodes).size(weight="length")
    )
    theirs = osmnx.convert.to_undirected(graph.subgraph(largest).copy())
    assert len(streets.node_xy) == len(theirs)
    assert len(streets.edge_m) == len(theirs.edges)
    # OSMnx measures on a sphere, which is half a per cent off the ellipsoid at most.
    assert streets.edge_m.sum() == pytest.approx(theirs.size(weight="length"), rel=5e-3)


@pytest.mark.realdata
def test_newport_walks_hang_together(shared_data, caplog):
    streets = read_streets(shared_data.joinpath(*NEWPORT))
    assert_sound(streets)
    graph = nx.MultiGraph()
    graph.add_edges_from(zip(streets.edge_from.tolist(), streets.edge_to.tolist(), strict=True))
    assert nx.is_connected(graph)
    # No node is left that merely joins two edges.
    assert all(degree != 2 or graph.number_of_edges(node, node) for node, degree in graph.degree())
    assert shapely.length(streets.lines) == pytest.approx(streets.edge_m, abs=1e-3)
    assert 900_000 < streets.edge_m.sum() < 930_000
    assert "do not join the rest" in caplog.text


@pytest.mark.realdata
def test_newport_drives_hang_together(shared_data):
    streets = read_streets(shared_data.joinpath(*NEWPORT), mode="drive")
    assert_sound(streets)
    graph = nx.DiGraph()
    for start, end, there, back in zip(
        streets.edge_from.tolist(), streets.edge_to.tolist(), streets.forward, streets.backward, strict=True
    ):
        graph.add_edges_from([(start, end)] * bool(there) + [(end, start)] * bool(back))
    assert nx.is_strongly_connected(graph)
    assert np.isfinite(streets.speed_kmh).all()
    assert streets.speed_kmh.min() >= 5
    assert streets.speed_kmh.max() == pytest.approx(70 * MPH)
