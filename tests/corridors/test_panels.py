"""What the panel tells of a ward, against journeys and schemes worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_schemes import EXPRESS, with_schemes

import corridors
from corridors.inputs import read_inputs
from corridors.page.journeys import journey_in_words, largest_areas, listed_in_words, minutes_in_words
from corridors.page.study_page import study_page


@pytest.fixture(scope="module")
def results(pristine_study):
    return corridors.run_study(corridors.load_study(pristine_study))


@pytest.fixture(scope="module")
def with_express(pristine_study, tmp_path_factory):
    """The made study with an express from beside A2's door to Far Town."""
    path = with_schemes(pristine_study.parent, tmp_path_factory.mktemp("express") / "study")
    study = corridors.load_study(path)
    return study, corridors.run_study(study, out=path.parent / "out")


def told(study, results) -> pd.DataFrame:
    """The wards as the page is handed them, by code."""
    return study_page(study, read_inputs(study), results).areas.set_index("ward_code")


def test_a_ward_is_told_from_the_small_area_where_most_of_its_people_live(results, areas_table, shares_table):
    """W1 holds A1's 100 and a third of A2's 300: equals, so the first code; W2 holds 200 of A2 and A3's 100."""
    largest = largest_areas(areas_table, shares_table).set_index("ward_code")
    assert largest["area_id"].to_dict() == {"W1": "A1", "W2": "A2", "W3": "A4"}
    assert largest["people"].to_dict() == pytest.approx({"W1": 100, "W2": 200, "W3": 500})
    empty = areas_table.assign(residents=areas_table["residents"].where(areas_table["id"] != "A4", 0))
    assert largest_areas(empty, shares_table)["ward_code"].tolist() == ["W1", "W2"]


def test_the_journey_that_falls_short_is_told_leg_by_leg(results):
    """A2 walks 488 s (8.14 min), waits until 780 s are over, and rides 35 min: 48, three too long.

    The first bus that one can leave 13 minutes before is that of 07:20. The walk is the longest part that could close
    the gap by itself: the wait is 4.9 minutes.
    """
    journeys = results.explained.journeys.set_index("ward_code")
    second = journeys.loc["W2"]
    assert second[["area_id", "n_within", "centre", "minutes", "depart", "rides"]].tolist() == [
        "A2", 1, "far-town", 48, "07:07", 1,
    ]  # fmt: skip
    assert (second["shortfall_min"], second["limiting"]) == (3, "access walk")
    assert second["limiting_min"] == pytest.approx(488 / 60)
    assert second["journey"] == "Walk 8.2 min to S0; wait 4.9 min; bus 1 to S2, 35 min."
    assert second["why"] == (
        "Second, the small area with most of this ward's residents, has 1 centre within 45 minutes. The next, Far Town, "
        "takes 48 minutes (median, leaving at 07:07), 3 minutes too long; the walk to the stop of 8.2 minutes is enough to "
        "close the gap by itself. Within reach: Mid Town."
    )


def test_a_ward_that_lacks_nothing_and_one_without_a_stop_say_so(results):
    journeys = results.explained.journeys.set_index("ward_code")
    assert journeys.loc["W1", "why"].endswith(
        "has 2 centres within 45 minutes and lacks none. Within reach: Mid Town and Far Town."
    )
    assert "no centre within 45 minutes; no stop is within walking distance" in journeys.loc["W3", "why"]
    assert journeys.loc[["W1", "W3"], "journey"].tolist() == ["", ""]


def test_the_page_tells_the_journey_and_leaves_out_what_there_is_not(pristine_study, results):
    wards = told(corridors.load_study(pristine_study), results)
    assert wards.loc["W2", "why"] == results.explained.journeys.set_index("ward_code").loc["W2", "why"]
    assert wards.loc["W1", "journey"] is None or pd.isna(wards.loc["W1", "journey"])
    assert wards["help"].isna().all()


def test_the_panel_names_the_scheme_that_closes_the_gap(with_express):
    """The express leaves A2's door every ten minutes and takes 20: 4 + 20 = 24 in the median, so A2's 300 gain.

    Two thirds of them are W2's.
    """
    study, results = with_express
    closing = results.explained.closing.set_index(["scheme", "ward_code"])
    assert closing.loc[(EXPRESS, "W2"), ["minutes_before", "minutes_after", "closes"]].tolist() == [
        48,
        24,
        True,
    ]
    assert told(study, results).loc["W2", "help"] == (
        f"{EXPRESS} (24 min) would bring Far Town within 45 minutes. {EXPRESS} would bring 200 more of the ward's residents "
        "to two centres."
    )


def test_wards_that_a_scheme_does_not_help_are_told_so(with_express):
    """All of W1 but A2's third reach two centres; nobody in W3 reaches anything, with the express or without."""
    study, results = with_express
    wards = told(study, results)
    assert (
        wards.loc["W1", "help"] == f"{EXPRESS} would bring 100 more of the ward's residents to two centres."
    )
    assert wards.loc["W3", "help"] == (
        "No more of the ward's residents would come to reach two centres by the schemes."
    )


def test_what_the_schemes_change_is_on_the_map_and_in_the_files(with_express):
    """By hand: W1's 200 reach two centres (100 today), W2's 300 (100 today), W3's none."""
    study, results = with_express
    wards = pd.read_csv(results.outputs["wards.csv"]).set_index("ward_code")
    assert wards["share_reaching_with_schemes"].to_dict() == {"W1": 1.0, "W2": 1.0, "W3": 0.0}
    assert wards["share_reaching_change"].tolist() == pytest.approx([0.5, 2 / 3, 0], abs=1e-4)
    # A2's 300 gain Far Town's 100 jobs; half of W1's residents and two thirds of W2's are A2's.
    assert wards["jobs_within_change"].tolist() == pytest.approx([50, 200 / 3, 0], abs=0.51)
    by_scheme = pd.read_csv(results.outputs["ward_schemes.csv"]).set_index("ward_code")
    assert by_scheme["gain_enough"].to_dict() == {"W1": 100, "W2": 200, "W3": 0}
    page = study_page(study, read_inputs(study), results)
    layer = next(each for each in page.choropleths if each.key == "share_reaching_change")
    assert layer.diverging
    assert page.compare == ("share_reaching", "share_reaching_with_schemes")
    table = next(table for table in page.tables if table.key == "schemes")
    assert table.frame[["scheme", "gain_enough", "closes"]].to_numpy().tolist() == [[EXPRESS, 300, 1]]


def test_several_schemes_are_told_alone_and_together(pristine_study, tmp_path):
    """A second scheme far from everybody helps nobody; both together are as good as the first."""
    idle = [(30_000, 5_000), (33_000, 5_000)]
    path = with_schemes(pristine_study.parent, tmp_path / "study", more={"Idle": idle})
    study = corridors.load_study(path)
    results = corridors.run_study(study)
    assert results.explained.schemes.names == (EXPRESS, "Idle", "All schemes together")
    wards = told(study, results)
    assert wards.loc["W2", "help"] == (
        f"{EXPRESS} (24 min) would bring Far Town within 45 minutes. All two schemes together would bring 200 more of the "
        f"ward's residents to two centres, all of them by {EXPRESS} alone."
    )


def test_legs_are_said_as_one_says_them():
    legs = pd.DataFrame(
        {
            "part": [
                "access walk",
                "first wait",
                "ride",
                "change walk",
                "change wait",
                "ride",
                "egress walk",
            ],
            "mode": ["walk", "wait", "rail", "walk", "wait", "tram", "walk"],
            "line": ["", "", "CC", "", "", "", ""],
            "to": [
                "Old Hill",
                "Old Hill",
                "New Street",
                "Grand Central",
                "Grand Central",
                "Priestfield",
                "x",
            ],
            "minutes": [5.0, 4.01, 13.0, 0.01, 7.5, 17.0, 0.0],
        }
    )
    assert journey_in_words(legs) == (
        "Walk 5 min to Old Hill; wait 4.1 min; train CC to New Street, 13 min; cross to Grand Central; wait 7.5 min; tram to "
        "Priestfield, 17 min."
    )
    assert journey_in_words(legs.iloc[:0]) == ""
    assert [minutes_in_words(m) for m in (5.0, 5.04, 5.1, np.float64(44))] == [
        "5 min",
        "5.1 min",
        "5.1 min",
        "44 min",
    ]
    assert [listed_in_words(n) for n in (["A"], ["A", "B"], ["A", "B", "C"])] == [
        "A",
        "A and B",
        "A, B and C",
    ]


def test_figures_that_a_study_does_not_have_are_not_in_the_panel(pristine_study, results):
    study = corridors.load_study(pristine_study)
    shown = {figure.column.column for figure in study_page(study, read_inputs(study), results).panel.figures}
    assert {"share_reaching", "minutes_to_k", "income_deprived_per_1000"} <= shown
    assert shown.isdisjoint({"claimant_rate", "times_as_long_as_car", "share_reaching_change", "extent"})


def test_schemes_of_one_name_are_told_apart(pristine_study, tmp_path):
    path = with_schemes(pristine_study.parent, tmp_path / "study", more={"Idle": [(30_000, 0), (31_000, 0)]})
    file = path.parent / "schemes.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace('name = "Idle"', f'name = "{EXPRESS}"'), encoding="utf-8"
    )
    results = corridors.run_study(corridors.load_study(path))
    assert results.explained.schemes.names == (f"{EXPRESS} (s0)", f"{EXPRESS} (s1)", "All schemes together")
