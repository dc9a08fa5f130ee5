"""What the map is told to draw."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString

from corridors import load_study, run_study
from corridors.inputs import read_inputs
from corridors.page.layer_classes import mirrored, round_breaks
from corridors.page.layers import LAYER_COLUMNS, ward_layers, with_layer_columns
from corridors.page.overlays import line_widths, overlays
from corridors.page.study_page import study_page
from maps import ramp


@pytest.fixture(scope="module")
def study(pristine_study):
    return load_study(pristine_study)


@pytest.fixture(scope="module")
def results(study):
    return run_study(study)


def layers_of(results, study):
    """Every layer that the page may show, those without data among them."""
    return ward_layers(with_layer_columns(results.wards), study)


def test_access_layers_are_darkest_where_access_is_best(study, results):
    layers = {layer.key: layer for layer in layers_of(results, study)}
    blues = ramp("access", 6)
    assert list(layers["minutes_to_k"].palette) == list(blues[::-1])
    assert list(layers["share_reaching"].palette) == list(ramp("access", 5))
    assert layers["minutes_to_k"].inf_label == "over 120"


def test_every_layer_says_what_it_means_or_why_it_is_left_out(study, results):
    wards = with_layer_columns(results.wards)
    layers = ward_layers(wards, study)
    assert {layer.column for layer in layers} == set(LAYER_COLUMNS)
    for layer in layers:
        if wards[layer.column].notna().any():
            assert layer.definition[0].isupper()
            assert layer.definition.endswith(".")
            assert ". Data: " in layer.definition  # the editions it rests on
        else:
            assert layer.reason_if_empty.endswith("."), layer.key
    left_out = {layer.key for layer in layers if wards[layer.column].isna().all()}
    assert left_out == {
        "times_as_long_as_car", "extent", "claimant_rate", "share_reaching_change", "share_reaching_with_schemes",
        "jobs_within_change",
    }  # fmt: skip


def test_layers_stand_in_groups_and_their_ends_are_worded(study, results):
    layers = layers_of(results, study)
    assert list(dict.fromkeys(layer.group for layer in layers)) == [
        "Access", "Need", "Jobs", "Change with the study's schemes",
    ]  # fmt: skip
    for layer in layers:
        if layer.breaks:
            assert layer.low_words, layer.key
            assert layer.high_words, layer.key
    worded = next(layer for layer in layers if layer.key == "typical_tenth").class_labels
    assert (worded[0], worded[-1]) == ("1, most deprived tenth", "10, least deprived tenth")


def test_minutes_are_cut_at_the_cutoff_of_the_study(study, results):
    earlier = study.model_copy(update={"indicator": study.indicator.model_copy(update={"cutoff_min": 30.0})})
    breaks = {layer.key: layer.breaks for layer in layers_of(results, earlier)}["minutes_to_k"]
    assert list(breaks) == [25, 30, 35, 45, 60]


def test_differences_mirror_each_other_around_a_fixed_zero():
    """Six changes of 30 to 3,000 and one below a job: bounds near their thirds, and what is below one job apart."""
    found = mirrored(pd.Series([0.4, 30.0, 30, 300, -300, 3000, 3000]))
    assert found == [-bound for bound in reversed(found)]
    assert found[len(found) // 2] == 1
    assert (
        round_breaks(pd.Series([30.0, 30, 300, 300, 3000, 3000]), classes=3) == found[len(found) // 2 + 1 :]
    )
    assert mirrored(pd.Series([0.0, 0.0])) == [-1, 1]
    assert mirrored(pd.Series([float("nan")])) == [-1, 1]


def test_wards_have_the_columns_of_the_map_by_hand(results):
    """W1: A1's 100 with two centres and 100 of A2's with one; W2: 200 of A2's with one, A3's 100 with two.

    A2's residents miss by three minutes. Tenths: W1 1 and 1; W2 1 of 200 and 8 of 100; W3 2.
    """
    wards = results.wards.set_index("ward_code")
    assert wards["centres_within"].to_dict() == pytest.approx({"W1": 1.5, "W2": 4 / 3, "W3": 0})
    assert wards["near_miss_share"].to_dict() == pytest.approx({"W1": 0.5, "W2": 2 / 3, "W3": 0})
    assert wards["typical_tenth"].to_dict() == {"W1": 1, "W2": 1, "W3": 2}


def test_overlays_hold_every_place_once(study, results):
    inputs = read_inputs(study)
    drawn = {overlay.key: overlay for overlay in overlays(inputs, results, study)}
    assert set(drawn) == {
        "bus-lines", "corridors", "stations", "hs2", "sites", "centres", "near-miss", "catchment-hs2", "walks-to-stations",
    }  # fmt: skip
    assert drawn["near-miss"].frame["id"].tolist() == ["A2"]
    assert drawn["hs2"].frame["id"].tolist() == ["H1"]
    assert drawn["stations"].frame["id"].tolist() == ["R1"]
    assert len(drawn["centres"].frame) == 2


def test_bus_lines_wait_for_the_reader_and_roads_let_the_pointer_through(study, results):
    inputs = read_inputs(study)
    road = LineString(inputs.outlines.total_bounds.reshape(2, 2))
    roads = gpd.GeoDataFrame({"kind": ["motorway"]}, geometry=[road], crs=inputs.outlines.crs)
    with_roads = dataclasses.replace(inputs, roads=roads)
    drawn = {each.key: each for each in overlays(with_roads, results, study)}
    assert not drawn["bus-lines"].visible
    assert drawn["roads"].visible
    assert (drawn["roads"].label_column, drawn["roads"].tooltip) == (None, ())
    assert drawn["roads"].order == min(overlay.order for overlay in drawn.values())


def test_lines_are_cut_a_little_beyond_the_wards(study, results):
    """Wards W1 and W2 end 4,000 m east of home; the line runs on to 16,000 m."""
    drawn = {each.key: each for each in overlays(read_inputs(study), results, study)}
    bounds = drawn["bus-lines"].frame.to_crs(27700).total_bounds - [400_000, 290_000] * 2
    assert bounds[[0, 2]] == pytest.approx([0, 6_500], abs=15)
    assert results.lines.to_crs(27700).total_bounds[2] - 400_000 == pytest.approx(16_000, abs=1)


def test_corridors_carry_their_rank_and_its_range(study, results):
    drawn = {each.key: each for each in overlays(read_inputs(study), results, study)}
    corridors = drawn["corridors"].frame.set_index("id")
    assert corridors["place"].to_dict() == {"X1": "1st", "X2": "2nd", "X3": "not ranked"}
    low, high = results.ranking.set_index("id").loc["X1", ["rank_low", "rank_high"]]
    assert corridors.loc["X1", "range"] == f"{low} to {high}"
    assert corridors.loc["X3", "range"] == "no residents near it"


def test_sites_carry_rank_and_score_and_lines_their_mode(study, results):
    inputs = read_inputs(study)
    drawn = {each.key: each for each in overlays(inputs, results, study)}
    sites = drawn["sites"].frame.set_index("id")
    assert sites["place"].to_dict() == {"P1": "1st", "P2": "2nd"}
    assert sites["score"].to_dict() == results.ranking_sites.set_index("id")["score"].to_dict()
    assert {"place", "range", "score"} <= {column.column for column in drawn["sites"].tooltip}
    assert set(drawn["bus-lines"].frame["name"]) == {"Bus line 1"}
    by_tram = dataclasses.replace(results, lines=results.lines.assign(mode="tram", lines="1, 2"))
    trams = overlays(inputs, by_tram, study)
    assert {name for each in trams if each.key == "metro-lines" for name in each.frame["name"]} == {
        "Metro lines 1, 2"
    }


def test_busier_lines_are_broader_up_to_a_limit():
    assert line_widths(pd.Series([0.0, 10, 40, 90])).tolist() == [0.6, 1.8, 3.0, 3.0]


def test_page_tables_show_the_results_as_they_are(study, results):
    page = study_page(study, read_inputs(study), results)
    tables = {table.key: table for table in page.tables}
    for key, ranking in (("ranking", results.ranking), ("ranking-sites", results.ranking_sites)):
        pd.testing.assert_frame_equal(
            tables[key].frame.drop(columns=["rank", "rank_range"]), ranking.drop(columns="rank")
        )
        assert [column.column for column in tables[key].columns][:2] == ["rank", "rank_range"]
    printed = tables["ranking"].frame.set_index("id")
    low, high = results.ranking.loc[0, ["rank_low", "rank_high"]]
    assert printed.loc["X1", ["rank", "rank_range"]].tolist() == [1, f"{low} to {high}"]
    assert printed.loc["X3", ["rank", "rank_range"]].isna().all()
    assert [key for key, table in tables.items() if table.is_long] == [
        "wards", "wards-car", "wards-need", "wards-people", "wards-work",
    ]  # fmt: skip
    assert tables["boroughs"].frame["name"].tolist() == ["Region", "Easton", "Weston"]
    assert page.title == results.headline
    assert page.eyebrow == "A made study"
    assert page.method == (
        f"{results.definition}. Shares are over all 1,000 residents of 2 districts (Easton, Weston), those who reach nothing "
        "included; codes of LSOAs of 2021, wards of 2025. The two centres: Far Town, Mid Town (unverified)."
    )
    assert page.comparison == "A figure of 41% is another measure."
    assert page.comparison not in {sentence for _, sentence in page.findings}


def test_page_lists_every_ward_without_the_map(study, results):
    page = study_page(study, read_inputs(study), results)
    for table in page.tables:
        if table.key.startswith("wards"):
            assert table.frame["ward_code"].tolist() == ["W2", "W1", "W3"]  # by borough, then name
            assert table.frame["ward"].tolist()[1:] == ["West end, Easton", "North end, Weston"]


def test_limits_come_before_cautions_and_none_is_lost(study, results):
    page = study_page(study, read_inputs(study), results)
    assert page.limits[0][0] == "What is not modelled"
    assert "Fares, crowding and reliability are not modelled" in page.limits[0][1][0]
    printed = [sentence for _, sentences in page.limits for sentence in sentences]
    assert results.cautions
    assert set(results.cautions) <= set(printed)
    assert all(sentence.endswith(".") and sentence[0] == sentence[0].upper() for sentence in printed)


def test_facts_say_what_they_are_and_no_more(study, results):
    """By hand: 200 of 1,000 reach two centres; by departures 100 + 300 x 0.2 + 100; A2's 300 miss by 3 minutes."""
    reach, departures, near, first = study_page(study, read_inputs(study), results).facts
    assert reach.label == "reach two or more of two centres (not all verified) in 45 minutes"
    assert (reach.value, departures.value, near.value, first.value) == ("20.0%", "26.0%", "300", "Home road")
    assert "their second centre is over 45 and up to 50 minutes away" in near.definition
    low, high = results.ranking.loc[0, ["rank_low", "rank_high"]]
    said = f"rank is {low} in nine" if low == high else f"between {low} and {high} in nine"
    assert said in first.definition
    assert "Errors in data and timetable are not in that range" in first.definition
