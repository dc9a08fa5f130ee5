"""Configurations of otp4gb-py: what they ask, worked by hand on the made line, and what is refused or named."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import corridors
from corridors.access.matrices import read_times
from corridors.batch.otp4gb import questions_of, read_config, without_counterpart
from corridors.batch.otp4gb_run import run_otp4gb
from corridors.cli import app
from corridors.errors import ImportedConfigError, TableError

# The keys of Transport for the North's example, with the made feed's day and files.
CONFIG = """\
date: 2026-03-10
extents:
  min_lon: -3.0
  max_lon: -1.0
  max_lat: 53.0
  min_lat: 52.0
osm_file: great-britain-latest.osm.pbf
gtfs_files:
  - feed
time_periods:
  - name: AM
    travel_time: 09:00
    search_window_minutes: 60
modes:
  - - BUS
    - WALK
  - - TRANSIT
    - WALK
generalised_cost_factors:
  wait_time: 1
  transfer_number: 1
  walk_time: 1
  transit_time: 1
  walk_distance: 1
  transit_distance: 1
centroids: centroids.csv
iterinary_aggregation_method: mean
max_walk_distance: 1_600
number_of_threads: 10
no_server: no
hostname: localhost
port: 8080
crowfly_max_distance: 1_000_000
ruc_lookup:
  path: ruc_lookup.csv
  id_column: zone_id
  ruc_column: ruc
previous_trips:
  path: previously_requested_trips.csv
  od_column: od_code
"""
ISOCHRONES = """\
isochrone_configuration:
  step_minutes: 15
  buffer_metres: 100
  zone_column: zone_name
  union_all_times: yes
  arrive_by: true
"""


@pytest.fixture
def folder(pristine_study, tmp_path):
    """A configuration beside the made feed, with a centroid at each stop of its line and one outside the extents."""
    stops = pd.read_csv(pristine_study.parent / "feed" / "stops.txt")
    rows = [f"{row.stop_id},{row.stop_name},made,{row.stop_lat},{row.stop_lon}" for row in stops.itertuples()]
    text = (
        "zone_id,zone_name,zone_system,latitude,longitude\n" + "\n".join([*rows, "X,Away,made,57,-2"]) + "\n"
    )
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "centroids.csv").write_text(text, encoding="utf-8")
    shutil.copytree(pristine_study.parent / "feed", tmp_path / "assets" / "feed")
    (tmp_path / "config.yml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def changed(folder, *pairs, more=""):
    text = CONFIG + more
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / "config.yml").write_text(text, encoding="utf-8")
    return folder


def test_a_configuration_is_read_as_its_authors_read_it(folder):
    """09:00 is a time and `no` a word, whatever YAML makes of them; 1_600 is a number."""
    config = read_config(folder)
    assert f"{config.time_periods[0].travel_time:%H:%M}" == "09:00"
    assert config.max_walk_distance == 1600
    assert config.modes == (("BUS", "WALK"), ("TRANSIT", "WALK"))
    bus, transit = questions_of(config)
    assert (bus.name, bus.modes) == ("AM_BUS_WALK", ("bus", "coach"))
    assert (transit.name, transit.modes) == ("AM_TRANSIT_WALK", None)
    # An hour before nine holds sixty arrivals, 08:01 to 09:00; the window is half-open.
    assert bus.window == ("08:01", "09:01")
    assert bus.direction == "arrive"


def test_minutes_by_hand(folder, tmp_path):
    """A bus reaches Mid Town at every ten minutes, 20 after it left Home, 35 to Far Town at five past each ten.

    To be there by 08:00 takes 20 minutes, by 08:01 one more, …, by 08:09 29, six times over in the hour: the 30th of 60 is
    24. To Far Town it is 35 to 44, and the 30th 39. Nothing runs back, and the stops are hours apart on foot.
    """
    found = run_otp4gb(folder, out=tmp_path / "out", straight_lines=True)
    assert sorted(found.outputs) == ["otp4gb.md", "times_AM_BUS_WALK.csv", "times_AM_TRANSIT_WALK.csv"]
    table = pd.read_csv(found.outputs["times_AM_BUS_WALK.csv"]).set_index(["from_id", "to_id"])
    minutes = table["travel_time_p50"]
    assert minutes["S0", "S1"] == 24
    assert minutes["S0", "S2"] == 39
    assert minutes["S1", "S2"] == 19
    assert [minutes[name, name] for name in ("S0", "S1", "S2")] == [0, 0, 0]
    assert minutes[[("S1", "S0"), ("S2", "S0"), ("S2", "S1")]].isna().all()
    assert len(minutes) == 9


def test_what_has_no_counterpart_is_named(folder, tmp_path):
    found = run_otp4gb(folder, out=tmp_path / "out", straight_lines=True)
    said = " | ".join(found.notes)
    for words in (
        "generalised_cost_factors is not used",
        "number_of_threads is not used",
        "crowfly_max_distance is not used: in otp4gb-py it says which pairs are asked; here all are",
        "the mean over the itineraries that it returns; here it is the median",
        "centroids.csv: 1 of 4 centroids lie outside the extents",
        "1,600 m is taken as the longest walk",
        "straight lines times 1.3",
    ):
        assert words in said, words
    paper = found.outputs["otp4gb.md"].read_text(encoding="utf-8")
    assert all(note in paper for note in found.notes)
    assert "arriving by every minute from 08:01 until before 09:01, percentile 50" in paper
    assert "at most 20 min to the first and from the last stop" in paper  # 1,600 m at 4.8 km/h
    assert str(tmp_path) not in paper


def test_isochrones_become_bands(folder, tmp_path):
    """By 09:00 alone: 20 minutes to Mid Town; to Far Town, where the last bus in time comes at 08:55, 40."""
    more = ISOCHRONES + "end_date: 2026-03-11\n"
    config = changed(folder, ("search_window_minutes: 60", "search_window_minutes: 90"), more=more)
    (first, _) = questions_of(read_config(config))
    assert (first.window, first.max_time_min) == (("09:00", "09:01"), 90)
    assert first.steps_min == (15, 30, 45, 60, 75, 90)
    found = run_otp4gb(config, out=tmp_path / "out", straight_lines=True)
    table = pd.read_csv(found.outputs["times_AM_BUS_WALK.csv"]).set_index(["from_id", "to_id"])
    assert table.loc[("S0", "S1")].tolist() == [20, 30]
    assert table.loc[("S0", "S2")].tolist() == [40, 45]
    assert table.loc[("S1", "S0")].isna().all()
    assert any("not as polygons" in note for note in found.notes)


def test_the_union_of_all_times_is_the_least(folder, tmp_path):
    """By 09:00 it takes 20 minutes to Mid Town and 40 to Far Town, by 09:05 25 and 35: the least of each."""
    second = "  - name: later\n    travel_time: 09:05\n    search_window_minutes: 60\nmodes:"
    config = changed(folder, ("modes:", second), more=ISOCHRONES)
    found = run_otp4gb(config, out=tmp_path / "out", straight_lines=True)
    table = pd.read_csv(found.outputs["times_all_times_bus_coach.csv"]).set_index(["from_id", "to_id"])
    assert table.loc[("S0", "S1"), "travel_time_p50"] == 20
    assert table.loc[("S0", "S2"), "travel_time_p50"] == 35
    assert "an upper bound" in found.definitions["times_all_times_bus_coach.csv"]


def test_leaving_instead_of_arriving(folder, tmp_path):
    """At 09:00 the bus waits at Home: 20 minutes; from Mid Town too, and 15 to Far Town."""
    config = changed(folder, more=ISOCHRONES.replace("arrive_by: true", "arrive_by: false"))
    found = run_otp4gb(config, out=tmp_path / "out", straight_lines=True)
    table = pd.read_csv(found.outputs["times_AM_BUS_WALK.csv"]).set_index(["from_id", "to_id"])
    assert table.loc[("S0", "S1"), "travel_time_p50"] == 20
    assert table.loc[("S1", "S2"), "travel_time_p50"] == 15


def test_the_first_form_of_the_configuration(folder):
    old = (
        "time_periods:\n  - name: AM\n    travel_time: 09:00\n    search_window_minutes: 60\n",
        "travel_time: 2026-03-10T08:30:00\n",
    )
    lists = ("  - - BUS\n    - WALK\n  - - TRANSIT\n    - WALK\n", "  - BUS,WALK\n")
    config = read_config(changed(folder, old, lists))
    (question,) = questions_of(config)
    assert (question.name, question.window) == ("0830_BUS_WALK", ("08:30", "08:31"))
    assert any("answered for its one time of travel" in note for note in without_counterpart(config))


def test_the_matrix_can_be_scored(folder, pristine_study, tmp_path):
    """Zones named as the study's areas and places: what was computed is what is read."""
    found = run_otp4gb(folder, out=tmp_path / "out", straight_lines=True)
    path = found.outputs["times_AM_BUS_WALK.csv"]
    named = {"S0": "A1", "S1": "mid-town", "S2": "J2"}
    table = pd.read_csv(path).query("from_id == 'S0' and to_id != 'S0'")
    table.assign(from_id="A1", to_id=table["to_id"].map(named)).to_csv(path, index=False)
    inputs = corridors.inputs.read_inputs(corridors.load_study(pristine_study))
    times = read_times(
        path, areas=inputs.areas, centres=inputs.centres, jobs=inputs.jobs, statistic="p50", max_time_min=120
    )
    assert times.centres[0].tolist() == [np.inf, 24.0]
    assert times.job_min.tolist() == [39.0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_walk_distance", "max_walk_distanse", "did you mean 'max_walk_distance'"),
        (
            "hostname: localhost",
            "hostname: localhost\nwheelchair: yes",
            "key 'wheelchair' is not known of otp4gb-py",
        ),
        ("date: 2026-03-10", "date: tomorrow", "date: "),
        ("  - - BUS\n", "  - - BICYCLE\n", "modes, list 1: BICYCLE is no public transport"),
        ("  - - BUS\n    - WALK\n", "  - - WALK\n", "modes, list 1: walking alone"),
        ("centroids: centroids.csv\n", "", "centroids: field required"),
        ("port: 8080", "port: 8080\nport: 8081", "key 'port' is there twice"),
        ("travel_time: 09:00", "travel_time: 02:00", "would begin the day before"),
        ("travel_time: 09:00", "travel_time: nine", "travel_time"),
        ("date: 2026-03-10", "date: [", "is not valid YAML"),
        ("  - feed", "  - nowhere.zip", r"nowhere\.zip is in none of"),
        ("  max_lat: 53.0", "  max_lat: 52.0001", "none of its 4 centroids lies within the extents"),
        (
            "  - - BUS\n",
            "  - - TRAM\n",
            "the feeds have no route of tram, which 'AM_TRAM_WALK' asks for; there are bus",
        ),
        (
            "iterinary_aggregation_method: mean",
            "iterinary_aggregation_method: mode",
            "iterinary_aggregation_method",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused(folder, tmp_path, old, new, said):
    with pytest.raises(ImportedConfigError, match=said) as caught:
        run_otp4gb(changed(folder, (old, new)), out=tmp_path / "out", straight_lines=True)
    assert "\n" not in str(caught.value)


def test_streets_are_asked_for_unless_told_otherwise(folder, tmp_path):
    with pytest.raises(ImportedConfigError, match=r"great-britain-latest\.osm\.pbf is in none of .*--assets"):
        run_otp4gb(folder, out=tmp_path / "out")
    with pytest.raises(ImportedConfigError, match="--straight-lines"):
        run_otp4gb(changed(folder, ("osm_file: great-britain-latest.osm.pbf\n", "")), out=tmp_path / "out")


def test_a_centroid_that_is_wrong_is_named_with_its_row(folder, tmp_path):
    path = folder / "assets" / "centroids.csv"
    path.write_text(path.read_text(encoding="utf-8") + "Y,Nowhere,made,,-2\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"centroids\.csv, row 6"):
        run_otp4gb(folder, out=tmp_path / "out", straight_lines=True)


def test_no_configuration_is_one_sentence(tmp_path):
    with pytest.raises(ImportedConfigError, match="no such configuration"):
        read_config(tmp_path / "config.yml")
    (tmp_path / "config.yml").write_text("just words", encoding="utf-8")
    with pytest.raises(ImportedConfigError, match="holds no keys"):
        read_config(tmp_path)


def test_from_the_command_line(folder, tmp_path):
    told = CliRunner().invoke(
        app, ["otp4gb", str(folder), "--out", str(tmp_path / "out"), "--straight-lines"]
    )
    assert told.exit_code == 0, told.output
    assert "times_AM_BUS_WALK.csv" in told.stdout
    assert told.stdout.rstrip().endswith("otp4gb.md")
