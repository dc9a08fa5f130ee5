"""Small worlds, each of which one reduction of the sweep would get wrong if it went a step too far."""

from __future__ import annotations

import geopandas as gpd
import made_feeds as made
import numpy as np
import pytest

import accessibility as acc

EIGHT = 8 * 3600
MIN = 60


def row_of(*names: str) -> list[dict[str, object]]:
    """Stops twenty kilometres apart, so that nobody walks between them."""
    return [made.stop(name, 20_000 * i, 0) for i, name in enumerate(names)]


def network(folder, stops, trips, transfers=()):
    feed = made.write_feed(
        folder, stops=stops, routes=[made.route(name) for name in sorted({line for _, line, _ in trips})],
        trips=[made.trip(name, line) for name, line, _ in trips],
        stop_times=[row for name, _, timed in trips for row in made.calls(name, *timed)], transfers=transfers,
    )  # fmt: skip
    return acc.build_network(acc.read_timetable(feed, date="2026-03-10"))


def minutes(net, start_m: int, goal_m: int, window=("08:00", "08:01"), **asked) -> float:
    ends = [
        gpd.GeoDataFrame(
            {"id": ["p"]}, geometry=gpd.points_from_xy(*([v] for v in made.degrees(x, 0))), crs="EPSG:4326"
        )
        for x in (start_m, goal_m)
    ]
    return float(acc.travel_times(net, *ends, window=window, **asked).iloc[0, 2])


def test_no_one_stands_in_where_a_rule_asks_which_line_one_comes_with(tmp_path):
    trips = [
        ("r", "R", [("A", EIGHT), ("S", EIGHT + 10 * MIN)]),
        ("y", "V", [("S", EIGHT + 20 * MIN), ("M", EIGHT + 30 * MIN)]),
        ("x", "X", [("S", EIGHT + 20 * MIN), ("M", EIGHT + 31 * MIN)]),
        ("z", "Z", [("M", EIGHT + 40 * MIN), ("C", EIGHT + 50 * MIN)]),
    ]
    rule = {
        "from_stop_id": "M",
        "to_stop_id": "M",
        "from_route_id": "V",
        "to_route_id": "Z",
        "transfer_type": 3,
    }
    assert minutes(network(tmp_path / "f", row_of("A", "S", "M", "C"), trips, [rule]), 0, 60_000) == 50


def test_a_rule_about_the_line_holds_backward_in_time(tmp_path):
    trips = [
        ("y", "Y", [("A", EIGHT + 30), ("M", EIGHT + 10 * MIN)]),
        ("z", "Z", [("M", EIGHT + 20 * MIN), ("C", EIGHT + 30 * MIN)]),
    ]
    rule = {
        "from_stop_id": "M",
        "to_stop_id": "M",
        "from_route_id": "Y",
        "to_route_id": "Z",
        "transfer_type": 3,
    }
    asked = {"window": ("08:30", "08:31"), "direction": "arrive"}
    assert (
        minutes(network(tmp_path / "f", row_of("A", "M", "C"), trips, [rule]), 0, 40_000, **asked) == np.inf
    )
    assert minutes(network(tmp_path / "g", row_of("A", "M", "C"), trips), 0, 40_000, **asked) == 29.5


def test_changing_back_into_an_earlier_run_of_the_same_line(tmp_path):
    # B and C lie a hundred metres apart, but the line takes 35 minutes between them: from run 2 one walks to run 1.
    stops = [
        made.stop("A", 0, 0),
        made.stop("B", 20_000, 0),
        made.stop("C", 20_100, 0),
        made.stop("D", 40_000, 0),
    ]
    trips = [
        (f"{run}", "P", [("A", at), ("B", at + 5 * MIN), ("C", at + 40 * MIN), ("D", at + 50 * MIN)])
        for run, at in ((1, EIGHT), (2, EIGHT + 10 * MIN))
    ]
    assert minutes(network(tmp_path / "f", stops, trips), 0, 40_000, window=("08:05", "08:06")) == 45


def test_a_later_run_boarded_earlier_can_be_the_better_change(tmp_path):
    stops = [
        made.stop("A", 0, 0), made.stop("S", 20_000, 0), made.stop("V", 20_050, 0), made.stop("W", 40_000, 0),
        made.stop("U", 20_000, 50), made.stop("D", 60_000, 0),
    ]  # fmt: skip
    trips = [
        ("r", "R", [("A", EIGHT), ("S", EIGHT + 10 * MIN)]),
        ("1", "P", [("V", EIGHT), ("W", EIGHT + 10 * MIN), ("U", EIGHT + 20 * MIN), ("D", EIGHT + 40 * MIN)]),
        (
            "2",
            "P",
            [
                ("V", EIGHT + 30 * MIN),
                ("W", EIGHT + 50 * MIN),
                ("U", EIGHT + 60 * MIN),
                ("D", EIGHT + 70 * MIN),
            ],
        ),
    ]
    net = network(tmp_path / "f", stops, trips)
    assert minutes(net, 0, 40_000) == 50
    assert minutes(net, 0, 60_000) == 40


def test_overtaking_in_arrivals_alone(tmp_path):
    trips = [
        ("1", "P", [("A", EIGHT), ("M", EIGHT + 30 * MIN), ("B", EIGHT + 40 * MIN)]),
        ("2", "P", [("A", EIGHT + 30), ("M", EIGHT + 20 * MIN, EIGHT + 30 * MIN), ("B", EIGHT + 40 * MIN)]),
    ]
    assert minutes(network(tmp_path / "f", row_of("A", "M", "B"), trips), 0, 20_000) == 20


@pytest.mark.parametrize("max_rides", [1, None])
def test_hops_of_no_time_within_one_run(tmp_path, max_rides):
    trips = [("1", "P", [("A", EIGHT), ("B", EIGHT), ("C", EIGHT), ("D", EIGHT + 10 * MIN)])]
    assert (
        minutes(network(tmp_path / "f", row_of("A", "B", "C", "D"), trips), 0, 60_000, max_rides=max_rides)
        == 10
    )


def test_a_journey_of_exactly_the_longest_time(tmp_path):
    trips = [
        ("1", "P", [("A", EIGHT), ("B", EIGHT + 10 * MIN)]),
        ("2", "Q", [("B", EIGHT + 20 * MIN), ("C", EIGHT + 30 * MIN)]),
    ]
    net = network(tmp_path / "f", row_of("A", "B", "C"), trips)
    assert minutes(net, 0, 40_000, max_time_min=30) == 30
    assert minutes(net, 0, 40_000, max_time_min=29.9) == np.inf
