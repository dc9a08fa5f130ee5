"""Walks along streets: derived on paper, and equal to networkx on random and on real streets."""

from __future__ import annotations

import dataclasses
import itertools
import math
from random import Random

import networkx as nx
import numpy as np
import pytest
from made_streets import nearest_place, paths_between, random_streets, streets_of, walked_metres

import accessibility as acc
from accessibility.networks import walking
from accessibility.networks.walking import Placed, street_walks, walk_seconds, walks_between
from accessibility.streets.paths import GRAIN, reversed_ways, shortest_paths, spots_on, ways_of
from accessibility.streets.snapping import snap

#: One street of 1000 m, west to east.
ONE_STREET = streets_of([(0, 0), (1000, 0)], [(0, 1)])


def walked(streets, here, there, *, max_min=30.0, **asked) -> dict[tuple[int, int], int]:
    """Seconds by pair; a metre on foot is a second."""
    walks = street_walks(
        streets,
        np.array(here, dtype=float).reshape(-1, 2),
        np.array(there, dtype=float).reshape(-1, 2),
        max_min=max_min,
        speed_kmh=3.6,
        **asked,
    )
    assert walks.ptr.dtype == np.int64
    assert walks.to.dtype == walks.seconds.dtype == np.int32
    assert len(walks.ptr) == len(here) + 1
    for i in range(len(here)):
        assert (np.diff(walks.to[walks.ptr[i] : walks.ptr[i + 1]]) > 0).all()
    start = np.repeat(np.arange(len(here)), np.diff(walks.ptr))
    return dict(zip(zip(start.tolist(), walks.to.tolist(), strict=True), walks.seconds.tolist(), strict=True))


def only(streets, here, there, **asked) -> int | None:
    """Seconds of the one walk, the same in both directions; None where there is none."""
    out, back = walked(streets, [here], [there], **asked), walked(streets, [there], [here], **asked)
    assert out == back
    return out.get((0, 0))


# On paper


def test_along_one_edge_from_off_the_street_to_off_the_street():
    # 5 m to the street, 590 along it, 3 to the point.
    assert only(ONE_STREET, (10, 5), (600, -3)) == 5 + 590 + 3


def test_a_fraction_of_a_second_counts_whole():
    assert only(ONE_STREET, (10, 5), (600.25, -3)) == 599


def test_round_the_corner_by_both_ends():
    # A square block of 200 m; from the middle of the south side to 30 m up the west side, and to its far end.
    block = streets_of([(0, 0), (200, 0), (200, 200), (0, 200)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert only(block, (100, -4), (-6, 30)) == 4 + 100 + 30 + 6
    assert only(block, (100, 0), (100, 200)) == 400
    # 10 m east of the middle the eastern way is shorter by 20.
    assert only(block, (110, 0), (100, 200)) == 390


def test_a_parallel_edge_is_shorter_than_staying_on_ones_own():
    # The same two junctions by a street of 100 m and by one that goes round: 450 up, 100 across, 450 down.
    streets = streets_of([(0, 0), (100, 0)], [(0, 1, [(0, 450), (100, 450)]), (0, 1)])
    # 50 up one arm and 50 up the other: 900 round the top, 50 + 100 + 50 by the short street.
    assert only(streets, (-5, 50), (105, 50)) == 5 + 200 + 5
    # 400 up each arm: 50 + 100 + 50 over the top.
    assert only(streets, (0, 400), (100, 400)) == 200


def test_round_a_loop():
    # A loop of 400 m that begins and ends at one junction, and a street of 100 m that leads to it.
    streets = streets_of([(0, 0), (-100, 0)], [(0, 0, [(100, 0), (100, 100), (0, 100)]), (1, 0)])
    assert only(streets, (50, 0), (100, 50)) == 100  # along the loop
    assert only(streets, (50, 0), (0, 50)) == 100  # 50 back to the junction, 50 from its other end
    assert only(streets, (-100, 0), (100, 100)) == 100 + 200
    assert only(streets, (-100, 0), (0, 90)) == 100 + 90


def test_in_and_out_of_dead_ends():
    # Two dead ends of 80 m, 300 m apart along the main street: across the field it would be 300.
    streets = streets_of([(0, 0), (300, 0), (0, 80), (300, 80)], [(0, 1), (0, 2), (1, 3)])
    assert only(streets, (0, 80), (300, 80)) == 80 + 300 + 80
    assert only(streets, (0, 20), (0, 70)) == 50


def test_beyond_the_end_of_a_street_one_walks_straight_to_its_end():
    assert only(ONE_STREET, (-30, 40), (100, 0)) == 50 + 100


@pytest.mark.parametrize(("x", "there"), [(600, True), (600.0000001, True), (600.001, False), (601, False)])
def test_the_limit_is_inclusive_to_the_second(x, there):
    assert only(ONE_STREET, (0, 0), (x, 0), max_min=10) == (600 if there else None)


def test_the_way_to_the_street_counts_towards_the_limit():
    assert only(ONE_STREET, (0, 300), (200, -100), max_min=10) == 600
    assert only(ONE_STREET, (0, 300), (200, -101), max_min=10) is None


def test_a_point_too_far_from_the_street_has_no_walk():
    assert only(ONE_STREET, (500, 400), (900, 0)) == 800
    assert only(ONE_STREET, (500, 500), (500, 0)) == 500
    assert only(ONE_STREET, (500, 501), (500, 0)) is None
    assert only(ONE_STREET, (500, 40), (500, 0), max_snap_m=39) is None
    # Not even to its neighbour, whose open ground it stands on; only to whoever stands at the same place.
    assert walked(ONE_STREET, [(500, 501)], [(500, 499), (500, 500.9), (500, 501)]) == {(0, 2): 0}


def test_neighbours_off_the_street_walk_straight_to_each_other():
    # Two platforms 30 and 50 m from the street: not 80 down and up again.
    assert only(ONE_STREET, (500, 30), (500, 50)) == 20
    # Both sides of the street: by the street it is as far.
    assert only(ONE_STREET, (500, 30), (500, -5)) == 35
    # 24 m apart, and one of them 25 m off; 32 m apart would be beyond its open ground.
    assert only(ONE_STREET, (500, 25), (524, 25)) == 24
    assert only(ONE_STREET, (500, 25), (525, 25)) == 25
    assert only(ONE_STREET, (500, 25), (526, 25)) == 25 + 26 + 25
    # Open ground does not depend on which of the two is asked first, nor on which one is farther off.
    assert only(ONE_STREET, (500, 25), (515, 5)) == 25
    # The same place is no walk at all.
    assert only(ONE_STREET, (500, 25), (500, 25)) == 0
    assert only(ONE_STREET, (500, 0), (500, 0)) == 0


def test_open_ground_obeys_the_limit():
    assert only(ONE_STREET, (500, 400), (380, 400), max_min=2) == 120
    assert only(ONE_STREET, (500, 400), (379, 400), max_min=2) is None


def test_open_ground_is_looked_for_no_farther_than_the_limit(monkeypatch):
    # All lie 9 km from the street, so that each other's ground is open to all; but nobody walks that far.
    asked = []
    whole = walking._within
    monkeypatch.setattr(
        walking, "_within", lambda here, radius, there: asked.append(radius) or whole(here, radius, there)
    )
    row = [(x, 9_000) for x in (0, 120, 241)]
    found = walked(ONE_STREET, row, row, max_min=2, max_snap_m=10_000)
    assert found == {(i, i): 0 for i in range(3)} | {(0, 1): 120, (1, 0): 120}
    assert max(radius.max() for radius in asked) < 121


def test_streets_that_do_not_meet():
    streets = streets_of([(0, 0), (100, 0), (0, 300), (100, 300)], [(0, 1), (2, 3)])
    assert walked(streets, [(0, 0)], [(50, 0), (50, 300)]) == {(0, 0): 50}


def test_an_edge_of_no_length():
    streets = streets_of([(0, 0), (0, 0), (100, 0)], [(0, 1), (1, 2)])
    assert only(streets, (0, 3), (100, 0)) == 103


@pytest.mark.parametrize(("here", "there"), [(0, 2), (2, 0), (0, 0)])
def test_no_points_no_walks(here, there):
    assert walked(ONE_STREET, [(5, 0)] * here, [(6, 0)] * there) == {}


def test_no_streets_no_walks():
    none = streets_of([], [])
    nowhere = dataclasses.replace(snap(ONE_STREET, np.array([[500.0, 9e5]]), max_snap_m=1))
    point = Placed(np.array([[500.0, 9e5]]), nowhere)
    assert walks_between(none, point, point, max_min=10, speed_kmh=4.8).seconds.tolist() == [0]


def test_a_walk_takes_no_car_streets_and_no_impossible_speed():
    xy = np.zeros((1, 2))
    with pytest.raises(acc.ParameterError, match="read with mode='drive'; read them with mode='walk'"):
        street_walks(streets_of([(0, 0), (9, 0)], [(0, 1)], mode="drive"), xy, xy, max_min=9, speed_kmh=5)
    with pytest.raises(acc.ParameterError, match="walking speed is 0"):
        street_walks(ONE_STREET, xy, xy, max_min=9, speed_kmh=0)


# Against brute force and networkx


@pytest.mark.parametrize("number", range(40))
def test_walks_equal_the_rules_worked_out_by_networkx(number: int):
    random = Random(number)
    streets = random_streets(random, size_m=800, side=random.randint(2, 6))
    points = [(random.uniform(-400, 1200), random.uniform(-400, 1200)) for _ in range(14)]
    points += [
        points[0],
        (points[1][0] + 7, points[1][1] - 4),
        tuple(streets.node_xy[0]),
        tuple(streets.shape_xy[1]),
    ]
    max_snap_m, max_min = random.choice((60.0, 500.0)), random.choice((4.0, 15.0, 60.0))
    brute = walked_metres(streets, points, max_snap_m=max_snap_m)
    found = walked(streets, points[:9], points, max_min=max_min, max_snap_m=max_snap_m)
    expected = {
        pair: int(walk_seconds(metres, speed_kmh=3.6))
        for pair, metres in brute.items()
        if pair[0] < 9 and walk_seconds(metres, speed_kmh=3.6) <= max_min * 60
    }
    assert found.keys() == expected.keys()
    # Float noise of the two ways of adding up can lie on either side of a whole second.
    for pair, value in found.items():
        assert abs(value - brute[pair]) < 1 + 1e-4
        assert value == expected[pair] or abs(brute[pair] - round(brute[pair])) < 1e-4
    turned = walked(streets, points, points[:9], max_min=max_min, max_snap_m=max_snap_m)
    assert {(j, i): value for (i, j), value in turned.items()} == found


@pytest.mark.parametrize("number", range(150))
def test_paths_equal_networkx_with_one_way_edges_and_any_costs(number: int):
    random = Random(number)
    nodes, edges = random.randint(1, 12), random.randint(1, 25)
    draw = [[random.randrange(nodes) for _ in range(edges)] for _ in range(2)]
    start, end = (np.array(ends, dtype=np.int32) for ends in draw)
    forward = np.array([random.choice((random.uniform(1, 100), math.inf, 0.0, 50.0)) for _ in range(edges)])
    backward = np.array(
        [cost if cost == 0 else random.choice((cost, random.uniform(1, 100), math.inf)) for cost in forward]
    )
    ways = ways_of(nodes, start, end, forward=forward, backward=backward)
    sources, targets = (
        [(random.randrange(-1, edges), random.choice((0.0, 1.0, 0.25, random.random()))) for _ in range(n)]
        for n in (5, 8)
    )
    extra = [[random.choice((0.0, random.uniform(0, 10))) for _ in places] for places in (sources, targets)]
    limit = random.choice((30.0, 120.0, math.inf))

    def spots(on, places, added):
        edge, share = (np.array(column) for column in zip(*places, strict=True))
        return spots_on(on, edge.astype(np.int32), share=share, extra=np.array(added))

    reached = shortest_paths(
        ways, spots(ways, sources, extra[0]), spots(ways, targets, extra[1]), limit=limit
    )
    found = as_pairs(reached)
    expected = {}
    for i, j in itertools.product(range(5), range(8)):
        if sources[i][0] >= 0 and targets[j][0] >= 0:
            path = path_cost(nodes, start, end, forward, backward, sources[i], targets[j])
            expected[i, j] = extra[0][i] + path + extra[1][j]
    assert found.keys() == {pair for pair, cost in expected.items() if cost <= limit and cost < math.inf}
    for pair, cost in found.items():
        assert cost == pytest.approx(expected[pair], abs=1e-4)
        assert (cost / GRAIN).is_integer()
    # Asked the other way round on the reversed streets, to the last bit.
    turned = reversed_ways(ways)
    back = shortest_paths(
        turned, spots(turned, targets, extra[1]), spots(turned, sources, extra[0]), limit=limit
    )
    assert {(i, j): cost for (j, i), cost in as_pairs(back).items()} == found


def as_pairs(reached) -> dict[tuple[int, int], float]:
    start = np.repeat(np.arange(len(reached.ptr) - 1), np.diff(reached.ptr))
    return dict(
        zip(zip(start.tolist(), reached.to.tolist(), strict=True), reached.cost.tolist(), strict=True)
    )


def path_cost(nodes, start, end, forward, backward, source, target) -> float:
    """Cost between two places, with both made nodes of a graph of one-way pieces."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from([*range(nodes), "source", "target"])
    for edge in range(len(start)):
        inner = [
            (share, name) for (on, share), name in ((source, "source"), (target, "target")) if on == edge
        ]
        stages = [(0.0, int(start[edge])), *sorted(inner), (1.0, int(end[edge]))]
        for (before, a), (after, b) in itertools.pairwise(stages):
            for cost, ends in ((forward[edge], (a, b)), (backward[edge], (b, a))):
                if math.isfinite(cost):
                    graph.add_edge(*ends, cost=(after - before) * cost)
    for (edge, share), name in ((source, "source"), (target, "target")):
        # A place at the end of an edge is at the junction.
        if share in (0, 1):
            junction = int((end if share else start)[edge])
            graph.add_edges_from([(name, junction, {"cost": 0.0}), (junction, name, {"cost": 0.0})])
    if source == target and min(forward[source[0]], backward[source[0]]) < math.inf:
        return 0.0
    try:
        return nx.dijkstra_path_length(graph, "source", "target", weight="cost")
    except nx.NetworkXNoPath:
        return math.inf


def test_the_limit_of_a_search_is_inclusive_wherever_the_target_stands():
    # From the start of a street of 8 and one of 8 behind it: 4 along the first, 12 along the second, and 16 with extra.
    ways = ways_of(3, np.array([0, 1]), np.array([1, 2]), forward=np.full(2, 8.0), backward=np.full(2, 8.0))
    here = spots_on(ways, np.zeros(1, dtype=np.int32), share=np.zeros(1))
    there = spots_on(ways, np.array([0, 1, 1]), share=np.array([0.5, 0.5, 0.75]), extra=np.array([0, 0, 2.0]))
    for limit, found in ((4, [0]), (4 - GRAIN, []), (12, [0, 1]), (12 - GRAIN, [0]), (16, [0, 1, 2])):
        assert shortest_paths(ways, here, there, limit=limit).to.tolist() == found


@pytest.mark.parametrize("ends", [(0, 1), (1, 0)])
def test_a_place_that_float_noise_keeps_from_the_end_of_a_one_way_edge_is_at_the_junction(ends):
    # Two kilometres of one-way street; the junction at its end is reached from there, not by going round to its start.
    start, end = (np.array([node, 1], dtype=np.int32) for node in ends)
    start[1], end[1] = 1, 2
    closed = ends == (1, 0)
    forward, backward = np.array([math.inf if closed else 2000.0, 5.0]), np.array([math.inf, 5.0])
    if closed:
        backward[0] = 2000.0
    ways = ways_of(3, start, end, forward=forward, backward=backward)
    share = np.nextafter(0.0, 1.0) if closed else np.nextafter(1.0, 0.0)
    junction = spots_on(ways, np.array([0], dtype=np.int32), share=np.array([share]))
    beyond = spots_on(ways, np.array([1], dtype=np.int32), share=np.array([1.0]))
    for here, there in ((junction, beyond), (beyond, junction)):
        assert as_pairs(shortest_paths(ways, here, there, limit=math.inf)) == {(0, 0): 5.0}


def test_many_targets_outgrow_the_first_buffer():
    # 5,000 places on one street, all of them in reach of each of three sources.
    ways = ways_of(2, np.array([0]), np.array([1]), forward=np.array([10.0]), backward=np.array([10.0]))
    share = np.linspace(0, 1, 5000)
    targets = spots_on(ways, np.zeros(5000, dtype=np.int32), share=share)
    sources = spots_on(ways, np.zeros(3, dtype=np.int32), share=np.array([0.0, 0.5, 1.0]))
    reached = shortest_paths(ways, sources, targets, limit=math.inf)
    assert np.diff(reached.ptr).tolist() == [5000] * 3
    assert np.abs(reached.cost[:5000] - 10 * share).max() < 1e-5
    assert np.abs(reached.cost[10_000:] - 10 * (1 - share)).max() < 1e-5


# Real streets


@pytest.mark.realdata
def test_walks_from_a_hundred_points_of_newport_equal_networkx_to_a_centimetre(shared_data):
    streets = acc.read_streets(shared_data / "transit" / "newport_uk" / "newport-2023-06-13.osm.pbf")
    random = np.random.default_rng(5)
    west, south = np.percentile(streets.node_xy, 20, axis=0)
    east, north = np.percentile(streets.node_xy, 80, axis=0)
    xy = np.column_stack([random.uniform(west, east, 100), random.uniform(south, north, 100)])
    at = snap(streets, xy, max_snap_m=500)
    on = np.flatnonzero(at.edge >= 0)
    assert len(on) > 90
    for i in on[:8]:
        edge, along_m, off_m = nearest_place(streets, tuple(xy[i]))
        assert (edge, along_m, off_m) == (
            at.edge[i],
            pytest.approx(at.along_m[i]),
            pytest.approx(at.off_m[i]),
        )
    graph = paths_between(streets, [(int(at.edge[i]), float(at.along_m[i])) for i in on])
    ways = streets.ways_m
    spots = spots_on(ways, at.edge[on], share=at.along_m[on] / streets.edge_m[at.edge[on]])
    reached = shortest_paths(ways, spots, spots, limit=3200.0)
    walks = street_walks(streets, xy[on], xy[on], max_min=40, speed_kmh=4.8)
    pairs = 0
    for i in range(len(on)):
        along = nx.single_source_dijkstra_path_length(graph, ("place", i), weight="metres", cutoff=3200.5)
        metres = {j: along[("place", j)] for j in range(len(on)) if ("place", j) in along}
        here = slice(reached.ptr[i], reached.ptr[i + 1])
        for j, cost in zip(reached.to[here].tolist(), reached.cost[here].tolist(), strict=True):
            assert abs(cost - metres.pop(j)) < 0.01
            pairs += 1
        assert all(left > 3200 - 1e-3 for left in metres.values())
        foot = slice(walks.ptr[i], walks.ptr[i + 1])
        for j, seconds in zip(walks.to[foot].tolist(), walks.seconds[foot].tolist(), strict=True):
            straight = math.dist(xy[on[i]], xy[on[j]])
            if straight > max(at.off_m[on[i]], at.off_m[on[j]]):
                door = at.off_m[on[i]] + along[("place", j)] + at.off_m[on[j]]
                assert 0 <= seconds - door * 0.75 < 1 + 1e-3
    assert pairs > 2000
