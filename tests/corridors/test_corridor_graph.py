"""Catchments that overlap, and the graph of corridors: everything worked by hand on a line of five small areas.

Metres run east and north on the British National Grid. A walk of 15 min at 4.8 km/h with a detour of 1.3 reaches 923 m
in a straight line.

    a1 at 0 (100 residents), a2 at 1000 (200), a3 at 2000 (400), a4 at 5000 (800), a5 at 9000 (nobody)

Corridor A runs from a1 to a2; B from 500 m north of a2 to 500 m north of a3; C is ward W4, which is a4; D lists a3 and
a4; E runs where nobody lives.
"""

from __future__ import annotations

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from corridors.errors import JoinError
from corridors.places.catchments import (
    catchment_members,
    catchment_overlaps,
    counted_once,
    greedy_cover,
    residents_counted_once,
)
from corridors.places.corridor_graph import connectedness, corridor_graph, double_counting, in_common

GRID = "EPSG:27700"
EAST, NORTH = 400_000, 290_000
WALK = {"max_walk_min": 15, "walk_speed_kmh": 4.8, "detour": 1.3, "crs": GRID}


def at(x, y=0):
    return shapely.Point(EAST + x, NORTH + y)


def box(*corners):
    return shapely.box(*(value + (EAST, NORTH)[place % 2] for place, value in enumerate(corners)))


def line(*points):
    return shapely.LineString([at(*point) for point in points])


def placed(rows, columns, *, crs="EPSG:4326"):
    return gpd.GeoDataFrame(rows, columns=[*columns, "geometry"], geometry="geometry", crs=GRID).to_crs(crs)


@pytest.fixture(scope="module")
def areas():
    rows = [
        ("a1", "W1", 100, 0),
        ("a2", "W2", 200, 1000),
        ("a3", "W2", 400, 2000),
        ("a4", "W4", 800, 5000),
        ("a5", "W5", 0, 9000),
    ]
    return placed([(*row, at(x)) for *row, x in rows], ["id", "ward_code", "residents"])


@pytest.fixture(scope="module")
def corridors():
    rows = [
        ("A", "Alpha", "", "", "", "", line((0, 0), (1000, 0))),
        ("B", "Beta", "", "", "", "S1", line((1000, 500), (2000, 500))),
        ("C", "Gamma", "W4", "", "", "", line((0, 0), (9000, 0))),
        ("D", "Delta", "", "a3;a4", "", "", line((0, 0), (9000, 0))),
        ("E", "Epsilon", "", "", "P", "", line((20_000, 0), (21_000, 0))),
    ]
    return placed(rows, ["id", "name", "wards", "areas", "sites", "schemes"])


@pytest.fixture(scope="module")
def members(corridors, areas):
    return catchment_members(corridors, areas, **WALK)


@pytest.fixture(scope="module")
def around():
    """P lies 900 m south of A; R is a polygon 900 m north of B whose middle is 1,450 m away; Q's nearest area is a4."""
    sites = [
        ("P", "Pit", at(1000, -900)),
        ("Q", "Quay", box(5800, -100, 6800, 100)),
        ("R", "Road", box(1300, 1400, 1400, 2500)),
    ]
    centres = [("mid", "Mid Town", at(0, 100)), ("mid", "Mid Town", at(9000, 0))]
    return {
        "sites": placed(sites, ["id", "name"]),
        "centres": placed(centres, ["group", "name"]),
        "stations": placed([("T", "Town", at(2000, 600))], ["id", "name"]),
    }


@pytest.fixture(scope="module")
def schemes():
    return pd.DataFrame({"id": ["S2", "S1"], "name": ["Second", "First"], "corridors": ["", "A;E"]})


@pytest.fixture(scope="module")
def graph(corridors, members, areas, around, schemes):
    return corridor_graph(corridors, members, areas, **around, schemes=schemes, **WALK)


def by_place(members):
    return {place: sorted(ids) for place, ids in members.groupby("place_id")["id"]}


def test_a_catchment_is_a_walk_from_a_line_or_a_list(members):
    assert by_place(members) == {"A": ["a1", "a2"], "B": ["a2", "a3"], "C": ["a4"], "D": ["a3", "a4"]}


def test_a_polygon_is_walked_to_at_its_edge_not_its_middle(areas):
    works = placed([("S", "Works", box(100, -10, 1900, 10))], ["id", "name"])
    assert by_place(catchment_members(works, areas, **WALK)) == {"S": ["a1", "a2", "a3"]}
    middle = works.set_geometry(works.representative_point())
    assert by_place(catchment_members(middle, areas, **WALK)) == {"S": ["a2"]}


def test_a_place_without_line_and_list_is_refused(corridors, areas):
    bare = corridors.assign(wards="", areas="")
    bare = bare.set_geometry(gpd.GeoSeries([None, *bare.geometry[1:]], crs=bare.crs))
    with pytest.raises(JoinError, match="place 'A' has neither a geometry nor a list of wards or areas"):
        catchment_members(bare, areas, **WALK)


def test_overlaps_name_each_pair_once_with_the_share_of_each(corridors, members, areas):
    table = catchment_overlaps(corridors, members, areas)
    columns = ["id_a", "name_a", "id_b", "name_b", "small_areas", "residents"]
    assert table[columns].to_numpy().tolist() == [
        ["C", "Gamma", "D", "Delta", 1, 800],
        ["B", "Beta", "D", "Delta", 1, 400],
        ["A", "Alpha", "B", "Beta", 1, 200],
    ]
    shares = table[["share_of_a", "share_of_b", "share_of_smaller"]].to_numpy()
    assert shares == pytest.approx(np.array([[1, 2 / 3, 1], [2 / 3, 1 / 3, 2 / 3], [2 / 3, 1 / 3, 2 / 3]]))


def test_people_in_several_catchments_are_counted_once(members, areas):
    assert residents_counted_once(members, areas) == (1500, 1400)
    gains = areas.assign(gained=[0.5, 1, 1, 2, 7])
    totals = counted_once(members, gains, columns=["residents", "gained"])
    # A 300 + B 600 + C 800 + D 1,200; and 1.5 + 2 + 2 + 3. Nobody's catchment holds a5.
    assert totals.to_numpy().tolist() == [
        ["residents", 2900, 1500, 1400, 1400],
        ["gained", 8.5, 4.5, 4, 4],
    ]


def test_gains_must_be_known_for_everyone_counted(members, areas):
    with pytest.raises(JoinError, match="1 of 4 small areas of catchments are not in the figures"):
        counted_once(members, areas[areas["id"] != "a3"], columns=["residents"])


def test_the_cover_takes_the_largest_addition_each_time(corridors, members, areas):
    table = greedy_cover(corridors, members, areas)
    # D 1,200; then A adds 300 and B only 200; after them nobody is left, and ties go by id.
    columns = ["order", "id", "residents", "added", "together"]
    assert table[columns].to_numpy().tolist() == [
        [1, "D", 1200, 1200, 1200],
        [2, "A", 300, 300, 1500],
        [3, "B", 600, 0, 1500],
        [4, "C", 800, 0, 1500],
        [5, "E", 0, 0, 1500],
    ]
    assert table["share"].tolist() == pytest.approx([0.8, 1, 1, 1, 1])


def test_nobody_anywhere_gives_empty_tables_and_zeros(corridors, members, areas):
    none = members.iloc[:0]
    assert catchment_overlaps(corridors, none, areas).empty
    assert residents_counted_once(none, areas) == (0, 0)
    cover = greedy_cover(corridors, none, areas)
    assert cover["id"].tolist() == ["A", "B", "C", "D", "E"]
    assert cover["share"].isna().all()


def test_overlap_union_and_cover_hold_for_any_catchments():
    rng = np.random.default_rng(6)
    for _ in range(15):
        areas = pd.DataFrame({"id": [f"a{n}" for n in range(12)], "residents": rng.integers(0, 50, 12)})
        lived = areas.set_index("id")["residents"]
        sets = {name: set(areas["id"][rng.random(12) < 0.35]) for name in "VWXYZ"}
        pairs = [(name, area) for name, held in sets.items() for area in sorted(held)]
        members = pd.DataFrame(pairs, columns=["place_id", "id"])
        places = pd.DataFrame({"id": list(sets), "name": list(sets)})
        once, several = residents_counted_once(members, areas)
        assert once == lived[sorted(set.union(*sets.values()))].sum()
        shared = {area for a, b in itertools.combinations(sets.values(), 2) for area in a & b}
        assert several == lived[sorted(shared)].sum()
        overlaps = catchment_overlaps(places, members, areas).set_index(["id_a", "id_b"])["residents"]
        for a, b in itertools.combinations(sets, 2):
            assert overlaps.get((a, b), 0) == lived[sorted(sets[a] & sets[b])].sum()
        cover = greedy_cover(places, members, areas)
        assert cover["together"].iloc[-1] == once
        best = max(lived[sorted(a | b)].sum() for a, b in itertools.combinations(sets.values(), 2))
        assert cover["together"].iloc[1] >= (1 - 1 / np.e) * best


def test_the_graph_joins_corridors_by_the_residents_they_share(graph):
    shared = {
        (a[1], b[1]): data["residents"]
        for a, b, data in graph.edges(data=True)
        if data["relation"] == "shares_residents"
    }
    assert shared == {("A", "B"): 200, ("B", "D"): 400, ("C", "D"): 800}
    assert [graph.nodes["corridor", name]["residents"] for name in "ABCDE"] == [300, 600, 800, 1200, 0]
    assert graph.edges[("corridor", "A"), ("corridor", "B")]["share_of_smaller"] == pytest.approx(2 / 3)


def test_the_graph_joins_corridors_to_what_lies_in_them_or_serves_them(graph):
    def joined(corridor):
        return {node for node in graph["corridor", corridor] if node[0] != "corridor"}

    assert joined("A") == {("site", "P"), ("centre", "mid"), ("scheme", "S1")}
    assert joined("B") == {("site", "R"), ("station", "T"), ("scheme", "S1")}
    assert joined("C") == {("site", "Q")}
    assert joined("D") == {("site", "Q"), ("station", "T")}
    assert joined("E") == {("site", "P"), ("scheme", "S1")}
    named = graph.edges[("corridor", "E"), ("site", "P")]
    assert (named["inside"], named["named"]) == (False, True)
    found = graph.edges[("corridor", "A"), ("site", "P")]
    assert (found["inside"], found["named"]) == (True, False)
    assert graph.nodes["scheme", "S1"]["name"] == "First"
    assert graph.degree[("scheme", "S2")] == 0


def test_connectedness_counts_what_leads_from_corridor_to_corridor(graph):
    table = connectedness(graph).set_index("id")
    columns = ["overlapping", "sites", "schemes", "centres", "stations", "neighbours"]
    assert table[columns].to_numpy().tolist() == [
        [1, 1, 1, 1, 0, 2],
        [2, 1, 1, 0, 1, 3],
        [1, 1, 0, 0, 0, 1],
        [2, 1, 0, 0, 1, 2],
        [0, 1, 1, 0, 0, 2],
    ]
    assert table["group"].tolist() == [1] * 5
    # Without B, C and D lose A and E; without D, C stands alone.
    assert table.index[table["bridge"]].tolist() == ["B", "D"]


def test_corridors_without_anything_in_common_are_groups_of_their_own(corridors, members, areas, around):
    bare = corridors.assign(sites="", schemes="")
    table = connectedness(corridor_graph(bare, members, areas, **around, **WALK)).set_index("id")
    assert table["group"].tolist() == [1, 1, 1, 1, 2]
    assert table.loc["E", ["neighbours", "bridge"]].tolist() == [0, False]


def test_what_is_in_common_is_listed_with_its_corridors(graph):
    assert in_common(graph).to_numpy().tolist() == [
        ["scheme", "S1", "First", 3, "A;B;E"],
        ["site", "P", "Pit", 2, "A;E"],
        ["site", "Q", "Quay", 2, "C;D"],
        ["station", "T", "Town", 2, "B;D"],
    ]


def test_pairs_that_share_much_are_said_and_others_are_not(corridors, members, areas):
    overlaps = catchment_overlaps(corridors, members, areas)
    (said,) = double_counting(overlaps, above_share=0.7, noun="corridors")
    assert said == (
        "The corridors Gamma and Delta share 800 residents, 100% of the smaller catchment: their benefits must not be "
        "added, since these residents would be counted twice."
    )
    # It is the smaller catchment that counts, whichever of the two it is.
    turned = overlaps.assign(share_of_a=overlaps["share_of_b"], share_of_b=overlaps["share_of_a"])
    assert double_counting(turned, above_share=0.7, noun="corridors") == [said]
    assert len(double_counting(overlaps, above_share=0.5, noun="corridors")) == 3
    # The stated share itself is not above itself.
    assert not double_counting(overlaps, above_share=1, noun="corridors")


def test_row_order_changes_nothing(graph, corridors, areas, around, schemes, members):
    turned = {name: frame.iloc[::-1] for name, frame in around.items()}
    again = corridor_graph(
        corridors.iloc[::-1],
        members.iloc[::-1],
        areas.iloc[::-1],
        **turned,
        schemes=schemes.iloc[::-1],
        **WALK,
    )
    assert list(again.nodes(data=True)) == list(graph.nodes(data=True))
    assert list(again.edges(data=True)) == list(graph.edges(data=True))
    assert nx.utils.graphs_equal(again, graph)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"corridors": {"sites": "P;X"}}, r"1 of 2 sites of corridors are not in the sites \(X\)"),
        ({"corridors": {"schemes": "S7"}}, r"schemes of corridors are not in the schemes \(S7\)"),
        ({"schemes": {"corridors": "A;Y"}}, r"corridors of schemes are not in the corridors \(Y\)"),
    ],
)
def test_names_of_what_is_not_there_are_refused(corridors, members, areas, around, schemes, change, reason):
    corridors = corridors.assign(**change.get("corridors", {}))
    schemes = schemes.assign(**change.get("schemes", {}))
    with pytest.raises(JoinError, match=reason):
        corridor_graph(corridors, members, areas, **around, schemes=schemes, **WALK)


def test_no_corridors_give_an_empty_graph_of_corridors(corridors, members, areas, around):
    graph = corridor_graph(corridors.iloc[:0], members.iloc[:0], areas, **around, **WALK)
    table = connectedness(graph)
    assert table.empty
    assert "bridge" in table.columns
    assert in_common(graph).empty
