"""Chains that may be left out of a question: every answer is that of a timetable without them, to the second."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import geopandas as gpd
import made_feeds
import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import accessibility as acc
from accessibility.engine.routing import all_seconds, ask, asked_of, each_batch
from accessibility.timetables.timetable import Timetable
from accessibility.window import parse_window

DATE = dt.date(2026, 3, 10)


def points(random: Random, count: int) -> gpd.GeoDataFrame:
    lonlat = [made_feeds.degrees(random.uniform(0, 3000), random.uniform(0, 3000)) for _ in range(count)]
    return gpd.GeoDataFrame(
        {"id": [f"p{i}" for i in range(count)]},
        geometry=gpd.points_from_xy(*zip(*lonlat, strict=True)),
        crs="EPSG:4326",
    )


def with_chains(table: Timetable, keep: np.ndarray) -> Timetable:
    """Rebuild a timetable chain by chain, without those that do not run."""
    chains = np.flatnonzero(keep)
    stops, runs, calls = (
        [np.arange(ptr[c], ptr[c + 1]) for c in chains]
        for ptr in (table.chain_stop_ptr, table.chain_run_ptr, table.chain_call_ptr)
    )

    def pointer(parts):
        return np.cumsum([0, *map(len, parts)])

    def joined(values, parts):
        return values[np.concatenate([np.empty(0, dtype=np.int64), *parts])]

    return replace(
        table,
        chain_route=table.chain_route[chains],
        chain_stop_ptr=pointer(stops).astype(np.int32),
        chain_stop=joined(table.chain_stop, stops),
        may_board=joined(table.may_board, stops),
        may_alight=joined(table.may_alight, stops),
        chain_run_ptr=pointer(runs).astype(np.int32),
        run_trip=joined(table.run_trip, runs),
        chain_call_ptr=pointer(calls).astype(np.int64),
        arrival_s=joined(table.arrival_s, calls),
        departure_s=joined(table.departure_s, calls),
    )


def seconds(question, running=None) -> dict[int, np.ndarray]:
    found = {}
    for lanes, values in each_batch(question, partial(all_seconds, question), running=running):
        found |= {int(lane): values[:, :, at] for at, lane in enumerate(lanes)}
    return found


@pytest.mark.parametrize("direction", ["depart", "arrive"])
@seed(45)
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=False))
def test_leaving_chains_out_equals_a_timetable_without_them(direction, random):
    with tempfile.TemporaryDirectory() as folder:
        path = made_feeds.random_feed(Path(folder) / "feed", random, around_s=8 * 3600 + 600)
        try:
            network = acc.build_network(acc.read_timetable(path, date=DATE), min_transfer_min=0)
        except acc.NoServiceError:
            return
    table = network.timetable
    optional = np.array([random.random() < 0.6 for _ in table.chain_route])
    running = ~optional | np.array([random.random() < 0.5 for _ in table.chain_route])
    origins, destinations = points(random, 4), points(random, 3)
    window = parse_window(("08:00", "08:20"), max_time_min=60)
    first = ask(network, origins, destinations, window, direction=direction)
    left_out = seconds(asked_of(first, network, optional=optional), running)
    without = replace(network, timetable=with_chains(table, running))
    expected = seconds(ask(without, origins, destinations, window, direction=direction))
    assert left_out.keys() == expected.keys()
    for lane, values in expected.items():
        np.testing.assert_array_equal(left_out[lane], values)
    # And with all of them it is the question as it was.
    for lane, values in seconds(first).items():
        np.testing.assert_array_equal(seconds(asked_of(first, network, optional=optional))[lane], values)


def test_nobody_stands_aside_for_a_chain_that_may_not_run(tmp_path):
    """From A to M one changes at S to the quick V (there at 08:20) or the slow X (08:30); without V it is X."""
    eight, minute = 8 * 3600, 60
    trips = {
        "R": [("A", eight), ("S", eight + 10 * minute)],
        "V": [("S", eight + 12 * minute), ("M", eight + 20 * minute)],
        "X": [("S", eight + 12 * minute), ("M", eight + 30 * minute)],
    }
    feed = made_feeds.write_feed(
        tmp_path / "feed",
        stops=[made_feeds.stop(name, 20_000 * at, 0) for at, name in enumerate("ASM")],
        routes=[made_feeds.route(name) for name in trips],
        trips=[made_feeds.trip(name, name) for name in trips],
        stop_times=[row for name, timed in trips.items() for row in made_feeds.calls(name, *timed)],
    )
    network = acc.build_network(acc.read_timetable(feed, date=DATE))
    ends = [
        gpd.GeoDataFrame(
            {"id": ["p"]},
            geometry=gpd.points_from_xy(*([v] for v in made_feeds.degrees(x, 0))),
            crs="EPSG:4326",
        )
        for x in (0, 40_000)
    ]
    question = ask(network, *ends, parse_window(("08:00", "08:01"), max_time_min=60))
    line = network.timetable.routes["route_id"].to_numpy()[network.timetable.chain_route]
    switched = asked_of(question, network, optional=line == "V")
    assert seconds(switched)[0].ravel().tolist() == [20 * 60]
    assert seconds(switched, line != "V")[0].ravel().tolist() == [30 * 60]
