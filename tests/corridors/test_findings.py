"""Sentences follow from the tables, and change with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from corridors import findings, load_study
from corridors.columns import ordinal
from corridors.page.layer_classes import round_breaks


@pytest.fixture
def study(pristine_study):
    return load_study(pristine_study)


def ranking(few, jobs):
    names = ["Home road", "North road", "South road", "East road"][: len(few)]
    return pd.DataFrame({"name": names, "few_centres_per_1000": few, "jobs_per_worker": jobs})


def test_gaps_that_disagree_are_said_to(study):
    # Few centres: Home, North, South, East; few jobs per worker: the reverse.
    sentence = findings.gap_sentence(study, ranking([900.0, 700, 500, 300], [4.0, 3, 2, 1]), noun="corridors")
    assert "disagree on these corridors: 6 of 6 pairs stand in opposite order" in sentence
    assert "Home road before East road by the first and after it by the second (Spearman -1.00)" in sentence


def test_gaps_that_agree_are_said_to(study):
    sentence = findings.gap_sentence(study, ranking([900.0, 700, 500], [1.0, 2, 3]), noun="sites")
    assert "agree on these sites: 0 of 3 pairs stand in opposite order (Spearman +1.00)" in sentence


def test_two_options_are_too_few_to_compare(study):
    assert "cannot be compared" in findings.gap_sentence(study, ranking([900.0, 700], [1.0, 2]), noun="sites")


def test_thin_and_empty_catchments_are_named():
    table = pd.DataFrame(
        {"name": ["None", "Few", "Many"], "small_areas": [0, 4, 5], "residents": [0, 10, 10]}
    )
    assert findings.small_catchments(table) == [
        "Fewer than five small areas make up the catchments of Few: one more or less would move them."
    ]
    [sentence] = findings.empty_catchments(table, walk_min=15)
    assert sentence == "No residents live within 15 minutes' walk of None: no score, so not ranked."


def test_residents_out_of_reach_are_counted(study, access_table):
    access = access_table.assign(residents=[100, 300, 100, 500])
    assert findings.out_of_reach(study, access).startswith(
        "500 residents (50.0%) cannot reach two centres within 120"
    )
    assert findings.out_of_reach(study, access.iloc[:3]) == ""


def test_residents_just_short_are_counted(study, access_table):
    """A2's second centre is 48 minutes away, 3 beyond the cutoff; A4's is unreachable, the others' in reach."""
    access = access_table.assign(residents=[100, 300, 100, 500])
    assert findings.near_miss(study, access, margin_min=5) == 300
    assert findings.near_miss(study, access, margin_min=3) == 300
    assert findings.near_miss(study, access, margin_min=2) == 0


def test_options_beyond_a_goalpost_are_counted_by_criterion(study):
    table = pd.DataFrame(
        {
            "income_deprived_per_1000": [90.0, 100, 601],
            "few_centres_per_1000": [0.0, 500, 1000],
            "jobs_per_worker": [5.5, 1, 2],
            "jobs_within": [np.nan, 100, 2000],
        }
    )
    assert findings.held_at_goalposts(study.criteria, table, noun="sites") == (
        "Of 3 sites, so many lie beyond a goalpost and are scored at it, where the score cannot tell them apart: "
        "2 by income-deprived people (100 to 600), 1 by jobs per worker (0 to 5)."
    )
    assert findings.held_at_goalposts(study.criteria, table.iloc[1:2], noun="sites") == ""


def changed(study, **keys):
    return study.model_copy(update={"indicator": study.indicator.model_copy(update=keys)})


def test_a_quoted_figure_with_other_thresholds_is_said_to_have_them(study):
    quoted = study.indicator.compared_with
    assert findings.comparison(study) == quoted  # nothing is known of its thresholds
    same = changed(study, compared_cutoff_min=45.0, compared_min_centres=2)
    assert findings.comparison(same) == quoted
    other = changed(study, compared_cutoff_min=45.0, compared_min_centres=3, cutoff_min=30.0)
    assert findings.comparison(other) == (
        f"{quoted} Its thresholds are not those of this study: 45 minutes there, 30 here; 3 centres there, 2 here."
    )
    assert findings.comparison(changed(other, compared_with="")) == ""


def test_jobs_and_centres_within_different_minutes_are_warned_of(study):
    assert findings.two_cutoffs(study) == ""
    assert "Centres are counted within 30 minutes but jobs within 45" in findings.two_cutoffs(
        changed(study, cutoff_min=30.0)
    )


def test_labels_of_criteria_follow_the_studys_thresholds(study):
    few = study.ranking.criteria[1].model_copy(
        update={"label": "Fewer than {min_centres} in {cutoff_min} min"}
    )
    ranking = study.ranking.model_copy(update={"criteria": (few,)})
    told = changed(study, cutoff_min=30.0).model_copy(update={"ranking": ranking})
    assert told.criteria[0].label == "Fewer than 2 in 30 min"


def test_centres_are_listed_with_what_is_unverified():
    table = pd.DataFrame(
        {"group": ["b", "b", "a"], "name": ["Beta", "Beta", "Alpha"], "verified": [False, False, True]}
    )
    assert findings.centres_listed(table) == "The two centres: Alpha, Beta (unverified)."
    none = table.assign(verified=False)
    assert findings.centres_listed(none) == "The two centres, none of them verified: Alpha, Beta."


def test_unverified_places_are_counted():
    assert findings.unverified(pd.DataFrame({"verified": [True, False, False]}), noun="centres").startswith(
        "2 of 3 "
    )
    assert findings.unverified(pd.DataFrame({"verified": [True]}), noun="centres") == ""


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_ordinals(number, text):
    assert ordinal(number) == text


def test_breaks_are_round_and_ascend():
    breaks = round_breaks(pd.Series(np.arange(1, 1001, dtype=float)))
    assert breaks == [200.0, 400.0, 600.0, 800.0]
    assert round_breaks(pd.Series([0.031, 0.04, 0.052, 0.049, 0.08])) == sorted(
        {*round_breaks(pd.Series([0.031, 0.04, 0.052, 0.049, 0.08]))}
    )
    assert round_breaks(pd.Series([0.0, np.inf, np.nan])) == [0.0]
    assert round_breaks(pd.Series([7.0, 7.0, 7.0])) == [6.0]
