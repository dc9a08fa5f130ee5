"""The sweep equals the plain search on small random feeds: every origin, destination and departure, to the second."""

from __future__ import annotations

import datetime as dt
import math
import os
import tempfile
from functools import partial
from pathlib import Path
from random import Random

import geopandas as gpd
import made_feeds
import numpy as np
import oracle
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import accessibility as acc
from accessibility.engine.routing import all_seconds, ask, each_batch
from accessibility.engine.sweep import UNREACHED
from accessibility.window import parse_window

DATE = dt.date(2026, 3, 10)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "120"))


def frame(rows: list[tuple[str, float, float]], groups: list[str] | None = None) -> gpd.GeoDataFrame:
    lonlat = [made_feeds.degrees(x, y) for _, x, y in rows]
    data = {"id": [name for name, _, _ in rows]}
    if groups:
        data["group"] = groups
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*zip(*lonlat, strict=True)), crs="EPSG:4326")


def metric(points: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    projected = points.to_crs("EPSG:27700").geometry
    return list(zip(projected.x, projected.y, strict=True))


def has_service(path: Path) -> bool:
    today = oracle.runs_on(path, DATE)
    return any(row["service_id"] in today for row in oracle.rows(path, "trips"))


def answered(network, origins, destinations, window, **asked) -> np.ndarray:
    """Return seconds as (origins, minutes of the window, destinations), +inf where there is no journey."""
    question = ask(network, origins, destinations, window, **asked)
    backward = asked.get("direction") == "arrive"
    out = np.full((len(question.read.ids), window.departures, len(question.swept.ids)), np.inf)
    for lanes, seconds in each_batch(question, partial(all_seconds, question)):
        out[:, :, lanes] = np.where(seconds == UNREACHED, np.inf, seconds)
    return out.transpose(2, 1, 0) if backward else out


@seed(20260310)
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    random=st.randoms(use_true_random=False),
    feeds=st.integers(1, 2),
    late=st.booleans(),
    direction=st.sampled_from(["depart", "arrive"]),
    max_rides=st.sampled_from([None, None, 1, 2, 3]),
)
def test_every_minute_to_the_second(
    random: Random, feeds: int, late: bool, direction: str, max_rides: int | None
):
    start_h = 23 if late else 7
    with tempfile.TemporaryDirectory() as folder:
        around = start_h * 3600 + 1800
        paths = [
            made_feeds.random_feed(Path(folder) / f"feed{i}", random, around_s=around) for i in range(feeds)
        ]
        limits = oracle.Limits(
            access_min=random.choice((4, 20)), egress_min=random.choice((6, 20)), transfer_min=random.choice((2, 10)),
            direct_min=random.choice((0, 10, 40)), min_transfer_min=random.choice((0, 1, 3)),
            max_time_min=random.choice((30, 120)), max_rides=max_rides,
        )  # fmt: skip
        reach = random.choice((900, 4000))
        spots = [(random.randint(0, reach), random.randint(0, reach)) for _ in range(5)]
        origins = frame([(f"o{i}", *spot) for i, spot in enumerate(spots[:2])])
        places = frame([(f"d{i}", *spot) for i, spot in enumerate(spots[2:])], groups=["a", "b", "a"])
        try:
            timetable = acc.read_timetable(paths, date=DATE)
        except acc.NoServiceError as error:
            sound = error.code == "no_rides" or not all(has_service(path) for path in paths)
            assert sound
            return
        network = acc.build_network(
            timetable, max_access_min=limits.access_min, max_egress_min=limits.egress_min,
            max_transfer_min=limits.transfer_min, max_direct_min=limits.direct_min,
            min_transfer_min=limits.min_transfer_min,
        )  # fmt: skip
        window = parse_window((f"{start_h:02d}:20", f"{start_h:02d}:45"), max_time_min=limits.max_time_min)
        seconds = answered(network, origins, places, window, direction=direction, max_rides=max_rides)
        world = oracle.read_world(paths, DATE)
        search = oracle.earliest if direction == "depart" else oracle.latest
        xy = metric(places)
        for o, here in enumerate(metric(origins)):
            for d, points in enumerate(([xy[0], xy[2]], [xy[1]])):
                for slot in range(0, 25, 3):
                    expected = search(world, here, points, window.start_s + slot * 60, limits)
                    assert seconds[o, slot, d] == (math.inf if expected is None else expected)
