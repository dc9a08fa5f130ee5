"""Access held against the Department's connectivity score: ranks, what is left out, and what is said."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import corridors
from corridors.validation import CAVEAT, VALIDATION_COLUMNS, against_connectivity


@pytest.fixture(scope="module")
def study(pristine_study):
    return corridors.load_study(pristine_study)


def areas(scores, residents=None):
    count = len(scores)
    return pd.DataFrame(
        {
            "id": [f"a{i}" for i in range(count)],
            "residents": residents or [10] * count,
            "connectivity_score": scores,
        }
    )


def access(jobs, centres=None, minutes=None):
    return pd.DataFrame(
        {
            "id": [f"a{i}" for i in range(len(jobs))],
            "jobs_within": jobs,
            "n_within": centres or jobs,
            "minutes_to_k": minutes or [-value for value in jobs],
        }
    )


def test_better_access_with_a_higher_score_is_plus_one(study):
    found = against_connectivity(access([1, 2, 3], minutes=[math.inf, 60, 30]), areas([10, 20, 90]), study)
    assert found.table["rho"].tolist() == pytest.approx([1, 1, 1])
    assert found.table["areas"].tolist() == [3, 3, 3]
    assert found.sentence.startswith(
        "Spearman's rank correlation with the Department for Transport's connectivity score over 3 small areas: jobs within "
        "45 minutes +1.00, centres within 45 minutes +1.00, fewer minutes to 2 centres +1.00."
    )
    assert found.sentence.endswith(f"{CAVEAT}.")
    turned = against_connectivity(access([3, 2, 1]), areas([10, 20, 90]), study)
    assert turned.table["rho"].tolist() == pytest.approx([-1, -1, -1])


def test_ties_are_averaged(study):
    # Ranks of jobs 1.5, 1.5, 3, 4; of scores 1, 2, 3, 4: 1 - with ties, 4.5 / sqrt(4.5 x 5).
    found = against_connectivity(access([5, 5, 7, 9]), areas([1, 2, 3, 4]), study)
    assert found.table["rho"].iloc[0] == pytest.approx(4.5 / math.sqrt(4.5 * 5))


def test_without_a_score_the_area_is_counted_and_without_residents_it_is_none(study):
    found = against_connectivity(
        access([1, 2, 3, 9, 9]), areas([10, 20, 90, None, 1], residents=[1, 1, 1, 1, 0]), study
    )
    assert found.table["areas"].tolist() == [3, 3, 3]
    assert found.table["left_out"].tolist() == [1, 1, 1]
    assert found.table["rho"].tolist() == pytest.approx([1, 1, 1])
    assert "over 3 small areas, 1 without a score left out:" in found.sentence


def test_a_table_without_the_score_is_said(study):
    found = against_connectivity(access([1, 2]), areas([1, 2]).drop(columns="connectivity_score"), study)
    assert found.table.empty
    assert list(found.table) == VALIDATION_COLUMNS
    assert found.sentence == (
        "No comparison with the Department for Transport's connectivity score: the table of small areas has no column "
        "'connectivity_score'."
    )


def test_what_cannot_be_ranked_is_undefined(study):
    found = against_connectivity(access([1, 2]), areas([1, 2]), study)
    assert "jobs within 45 minutes undefined" in found.sentence
    assert against_connectivity(access([]), areas([]), study).table["areas"].tolist() == [0, 0, 0]
