"""Public transport against car on the made study: one road along its stops, worked by hand."""

from __future__ import annotations

import json
import math
import shutil

import networkx as nx
import pandas as pd
import pytest

import corridors
from corridors.access.car import against_car
from corridors.errors import StudyError

EAST, NORTH = 400_000, 290_000


@pytest.fixture
def driving_study(pristine_study, tmp_path):
    """The made study with a road of 60 km/h from 1 km west of its first area to 1 km east of its far town."""
    folder = tmp_path / "study"
    shutil.copytree(pristine_study.parent, folder)
    road = nx.MultiDiGraph(crs="epsg:27700", simplified=True)
    for name, x in (("1", -1_000), ("2", 17_000)):
        road.add_node(name, x=str(EAST + x), y=str(NORTH))
    for pair in (("1", "2"), ("2", "1")):
        road.add_edge(*pair, highway="primary", length="18000", maxspeed="60", oneway="False")
    nx.write_graphml(road, folder / "roads.graphml")
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8").replace(
        'sites = "sites.csv"\n', 'sites = "sites.csv"\nroads = "roads.graphml"\n'
    )
    path.write_text(text + "\n[car]\n", encoding="utf-8")
    return path


def test_minutes_and_jobs_by_car_are_the_hand_worked_ones(driving_study, tmp_path):
    results = corridors.run_study(corridors.load_study(driving_study), out=tmp_path / "out")
    access = results.access.set_index("id")
    # To the second of two centres, 16 km east, at a kilometre a minute; the fourth area is 20 km off the road. Positions
    # are carried as degrees to six places, a tenth of a metre, and seconds are rounded up.
    assert access["minutes_to_k_car"].tolist() == pytest.approx([16, 15.5, 7, math.inf], abs=2 / 60)
    assert access["jobs_within_car"].tolist() == [1_100, 1_100, 1_100, 0]
    wards = results.wards.set_index("ward_code")
    # W1 is all of A1 and 100 of A2: its median resident stands in A2. W2 is 200 of A2 and 100 of A3.
    assert wards["minutes_to_k_car"].tolist() == pytest.approx([15.5, 15.5, math.inf], abs=2 / 60)
    assert wards.loc["W1", "times_as_long_as_car"] == pytest.approx(39 / 15.5, rel=0.005)
    assert math.isnan(wards.loc["W3", "times_as_long_as_car"])
    assert wards.loc["W1", "jobs_share_of_car"] == pytest.approx(wards.loc["W1", "jobs_within"] / 1_100)
    told = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    for words in (results.driving, told["definitions"]["driving"]):
        assert words.startswith("driving over roads.graphml")
        assert "congestion, signals, parking and the walk to the car are not modelled" in words
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Public transport against car: times as long as the drive" in page
    assert results.driving[1:] in page


def test_what_was_noticed_of_the_roads_stands_beside_the_results(driving_study, tmp_path):
    roads = driving_study.parent / "roads.graphml"
    graph = nx.read_graphml(roads, force_multigraph=True)
    for *_, data in graph.edges(data=True):
        data.pop("maxspeed", None)
    nx.write_graphml(graph, roads)
    results = corridors.run_study(corridors.load_study(driving_study), out=tmp_path / "out")
    said = "roads.graphml: no street of these classes has a speed limit, so one is assumed: primary 64 km/h"
    assert said in results.notes
    told = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert said in told["notes"]


def test_without_a_car_nothing_is_said_of_it(pristine_study, tmp_path):
    results = corridors.run_study(corridors.load_study(pristine_study), out=tmp_path / "out")
    assert results.driving == ""
    assert not [name for name in [*results.access.columns, *results.wards.columns] if "car" in name]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    told = [line.strip() for line in page.splitlines() if "against car" in line]
    left_out = "Public transport against car: times as long as the drive: left out. The study drives no car"
    assert [left_out in line for line in told] == [True]


def test_a_car_without_roads_is_refused(pristine_study, tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(pristine_study.read_text(encoding="utf-8") + "\n[car]\n", encoding="utf-8")
    with pytest.raises(
        StudyError, match=r"^study.toml: \[car\] needs roads to drive on: name roads or streets"
    ):
        corridors.load_study(path)


def test_slower_traffic_is_asked_of_the_study(driving_study):
    path = driving_study
    path.write_text(path.read_text(encoding="utf-8") + "speed_factor = 0.5\n", encoding="utf-8")
    results = corridors.run_study(corridors.load_study(path))
    assert results.access["minutes_to_k_car"].iloc[0] == pytest.approx(32, abs=4 / 60)
    assert "at 0.5 times the free-flow speeds" in results.driving


def test_ratios_where_one_side_or_both_reach_nothing():
    wards = pd.DataFrame(
        {
            "minutes_to_k": [30.0, math.inf, 30.0, math.inf, 20.0],
            "minutes_to_k_car": [10.0, 10.0, math.inf, math.inf, 0.0],
            "jobs_within": [10.0, 0.0, 10.0, 0.0, 5.0],
            "jobs_within_car": [40.0, 40.0, 0.0, 0.0, 5.0],
        }
    )
    found = against_car(wards)
    times, shares = found["times_as_long_as_car"].tolist(), found["jobs_share_of_car"].tolist()
    assert times[:2] == [3.0, math.inf]
    assert all(math.isnan(value) for value in times[2:])
    assert shares[:2] == [0.25, 0.0]
    assert all(math.isnan(value) for value in shares[2:4])
    assert shares[4] == 1.0
