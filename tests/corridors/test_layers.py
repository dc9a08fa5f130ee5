"""What the map is told to draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

import accessibility as acc
from corridors import load_study, run_study
from corridors.inputs import read_inputs
from corridors.layers import overlays, ward_layers
from corridors.lines import line_table
from corridors.pages import study_page
from maps import ramp


@pytest.fixture(scope="module")
def study(pristine_study):
    return load_study(pristine_study)


@pytest.fixture(scope="module")
def results(study):
    return run_study(study)


@pytest.fixture
def feed(made_study):
    """Return a feed whose first trip of the window runs a stop short."""
    folder = made_study.parent / "feed"
    calls = (folder / "stop_times.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in calls if not line.startswith("T420") or ",S2," not in line]
    (folder / "stop_times.txt").write_text("".join(kept), encoding="utf-8")
    return folder


def test_a_line_is_drawn_along_its_longest_pattern(feed):
    timetable = acc.read_timetable(feed, date="2026-03-10")
    [line] = line_table(timetable, window=("07:00", "09:00")).itertuples(index=False)
    assert (line.number, line.name, line.mode) == ("1", "Home to Far Town", "bus")
    metres = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    east, north = metres.transform(*np.array(line.geometry.coords).T)
    assert np.round(east - 400_000, 0).tolist() == [0, 10_000, 16_000]
    assert np.round(north - 290_000, 0).tolist() == [0, 0, 0]


def test_trips_of_a_line_are_those_that_leave_in_the_half_open_window(feed):
    timetable = acc.read_timetable(feed, date="2026-03-10")
    counts = {
        window: int(line_table(timetable, window=window)["trips"].iloc[0])
        for window in [("07:00", "09:00"), ("07:00", "07:10"), ("07:01", "07:10"), ("11:50", "13:00")]
    }
    assert list(counts.values()) == [12, 1, 0, 2]


def test_access_layers_are_darkest_where_access_is_best(study, results):
    layers = {layer.key: layer for layer in ward_layers(results.wards, study)}
    blues = ramp("access", 6)
    assert list(layers["minutes_to_k"].palette) == list(blues[::-1])
    assert list(layers["share_reaching"].palette) == list(ramp("access", 5))
    assert layers["minutes_to_k"].inf_label == "over 120"


def test_every_layer_says_what_it_means(study, results):
    for layer in ward_layers(results.wards, study):
        assert layer.definition.endswith(".")
        assert "[" in layer.definition  # the editions it rests on


def test_overlays_hold_every_place_once(study, results):
    inputs = read_inputs(study)
    drawn = {overlay.key: overlay for overlay in overlays(inputs, results.lines, study)}
    assert set(drawn) == {"bus-lines", "corridors", "stations", "hs2", "sites", "centres"}
    assert drawn["hs2"].frame["id"].tolist() == ["H1"]
    assert drawn["stations"].frame["id"].tolist() == ["R1"]
    assert len(drawn["centres"].frame) == 2


def test_page_tables_show_the_results_as_they_are(study, results):
    page = study_page(study, read_inputs(study), results)
    tables = {table.key: table for table in page.tables}
    pd.testing.assert_frame_equal(tables["ranking"].frame, results.ranking)
    pd.testing.assert_frame_equal(tables["ranking-sites"].frame, results.ranking_sites)
    assert tables["boroughs"].frame["name"].tolist() == ["Region", "Easton", "Weston"]
    assert page.title == results.headline
    assert any("Fares, crowding and reliability are not modelled" in limit for limit in page.limits)
    assert ("Compared with", "A figure of 41% is another measure.") in page.definitions
