"""The peers that search streets and read feeds answer as this engine does, and a difference would be seen."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from made_streets import streets_of

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import jobs_accessibility
import jobs_gtfs_kit
import jobs_networkx
from measure import Given, Work
from metropolis import Plan, make
from peer_graphs import Costed, read_costs, write_graph
from report_streets import readings, searches, street_answers

SQUARE_M = 100.0
LOOP_M = (3 * SQUARE_M) + SQUARE_M


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A fiftieth of a region, its streets searched by networkx from eight points and from the centres."""
    folder = tmp_path_factory.mktemp("peers")
    make(folder, Plan(share=0.02))
    asked = Given(folder, Work("2026-03-10", ("07:00", "09:00"), ("07:00", "08:00")), None)
    jobs_accessibility.JOBS["graphs"](asked)
    few = dataclasses.replace(asked, origins=8)
    for job in jobs_networkx.JOBS.values():
        job(few)
    return asked


def altered(path: Path, column: str, by: float) -> str:
    """Add to a column of a file; give what stood there."""
    before = path.read_text(encoding="utf-8")
    table = pd.read_csv(path)
    table.assign(**{column: table[column] + by}).to_csv(path, index=False)
    return before


@pytest.mark.parametrize(("mode", "by"), [("walk", 1.5), ("drive", 1.1)])
def test_searches_agree_and_a_little_more_would_be_seen(given, mode, by):
    compare = jobs_accessibility.JOBS[f"compare_{mode}s"]
    held = compare(given)[1]["networkx"]
    ends = 200
    assert held["pairs"] == (8 if mode == "walk" else 5) * ends
    assert held["reached"] > (100 if mode == "walk" else 5 * ends - 1)
    assert held["differ"] == 0
    path = given.data / f"networkx_{mode}.csv"
    before = altered(path, "cost", by)
    try:
        # All but a source's own place, and what lies on its own edge.
        assert compare(given)[1]["networkx"]["differ"] > held["reached"] - 30
    finally:
        path.write_text(before, encoding="utf-8")


def test_graphs_written_anew_leave_no_old_answer(given, tmp_path):
    (tmp_path / "networkx_walk.csv").write_text("id,node,cost\n", encoding="utf-8")
    for path in given.data.iterdir():
        if path.is_file() and not path.name.startswith("networkx"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    jobs_accessibility.JOBS["graphs"](dataclasses.replace(given, data=tmp_path))
    assert not (tmp_path / "networkx_walk.csv").exists()


def test_round_a_one_way_square_and_along_it(tmp_path):
    """A square driven one way round: ahead along the side, back only by the whole round."""
    corners = [(0, 0), (SQUARE_M, 0), (SQUARE_M, SQUARE_M), (0, SQUARE_M)]
    made = streets_of(corners, [(0, 1), (1, 2), (2, 3), (3, 0)], corner=(400_000, 280_000), mode="drive")
    streets = dataclasses.replace(made, backward=np.zeros(4, dtype=bool))
    # At 30 km/h; the second place is 10 m off the street, at 20 km/h.
    points = gpd.GeoDataFrame(
        {"id": ["early", "late"]},
        geometry=gpd.points_from_xy([400_020, 400_080], [280_000, 279_990]),
        crs="EPSG:27700",
    )
    costed = Costed.driven(streets)
    write_graph(tmp_path, "drive", costed, sources=points, ends=points)
    work = Work("2026-03-10", ("07:00", "09:00"), ("07:00", "08:00"))
    jobs_networkx.JOBS["drive"](Given(tmp_path, work, None))
    ids, costs = read_costs(tmp_path / "networkx_drive.csv", costed, sources=points, ends=points)
    assert ids == ["early", "late"]
    off_s, per_m = 10 * 3.6 / 20, 3.6 / 30
    # Rows are where one arrives, columns where one leaves.
    assert costs[1, 0] == pytest.approx(60 * per_m + off_s, abs=1e-6)
    assert costs[0, 1] == pytest.approx((LOOP_M - 60) * per_m + off_s, abs=1e-6)


def test_gtfs_kit_counts_the_same_departures_and_one_more_would_be_seen(given):
    jobs_gtfs_kit.JOBS["tables"](given)
    compare = jobs_accessibility.JOBS["compare_reading"]
    found = compare(given)[1]
    assert found["departures"] > 10_000
    assert found["differ"] == 0
    altered(given.data / "gtfs_kit_hours.csv", "departures", 1)
    assert compare(given)[1]["differ"] == len(pd.read_csv(given.data / "gtfs_kit_hours.csv"))


def test_both_ways_to_walk_are_asked_the_same_questions(given):
    straight, streets = (
        jobs_accessibility.JOBS[f"points_count{kind}"](given)[1] for kind in ("", "_streets")
    )
    assert straight["origins"] == streets["origins"] == 200
    assert streets["mean"] == pytest.approx(straight["mean"], rel=0.3)


def test_ratios_are_per_source_and_as_many_times_as_they_say():
    def job(engine, name, cpu_s, origins=None):
        return {
            "engine": engine, "job": name, "cpu_s": cpu_s, "wall_s": cpu_s / 2, "peak_mib": 100, "origins": origins,
        }  # fmt: skip

    results = {
        "work": {"max_direct_min": 40, "max_drive_min": 120},
        "jobs": [
            job("accessibility", "tables", 2.0),
            job("gtfs_kit", "tables", 5.0),
            job("accessibility", "walk", 4.0, 1000),
            job("scipy", "walk", 2.0, 100),
            {"engine": "networkx", "job": "walk", "origins": 40, "failed": "over 1200 s"},
        ],
    }
    assert "| 1.00 (2.00), 100 | 2.50 (5.00), 100 | 2.5 (2.5) |" in readings(results)
    assert "| 4 | 20 | - | 5.0 (5.0) | - |" in searches(results)
    assert street_answers({"compare_walks": {"scipy": {"pairs": 9, "reached": 4, "differ": 1}}}) == (
        "Walks over the same streets, rounded up to the second: 1 of 9 pairs differ from scipy's (4 reached)."
    )
