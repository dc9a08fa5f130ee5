"""The section [ranking] of a study file: weights from swings, what is drawn, and what is refused."""

from __future__ import annotations

import json
import math

import pytest

from corridors.errors import StudyError
from corridors.manifest import parameters
from corridors.ranking.choices import RankingChoice
from corridors.study import Study, load_study


def criterion(key, measure, **more):
    return {
        "key": key, "label": key, "group": "need", "measure": measure, "unit": "", "direction": "higher",
        "low": 0, "high": 1, **more,
    }  # fmt: skip


def choice(*criteria, **more):
    return RankingChoice.model_validate({"seed": 1, "criteria": criteria, **more})


POOR = criterion("poor", "income_deprived_per_1000", weight=0.5)
JOBS = criterion("work", "jobs_within", weight=0.5)


def test_swings_become_weights():
    """100 points and 60 and 40: half, three tenths, a fifth."""
    found = choice(
        criterion("a", "income_deprived_per_1000", swing=100),
        criterion("b", "jobs_within", swing=60),
        criterion("c", "few_centres_per_1000", swing=40),
    )
    assert found.weights == pytest.approx({"a": 0.5, "b": 0.3, "c": 0.2})
    assert [each.weight for each in found.filled_in(min_centres=3, cutoff_min=45)] == pytest.approx(
        [0.5, 0.3, 0.2]
    )


@pytest.mark.parametrize(
    ("criteria", "more", "message"),
    [
        ([POOR, criterion("b", "jobs_within", swing=50)], {}, "give every criterion a weight, or every one a swing"),
        ([{**POOR, "swing": 5}, {**JOBS, "swing": 5}], {}, "give every criterion a weight, or every one a swing"),
        ([POOR, criterion("b", "jobs_within")], {}, "criterion 'b' has neither weight nor swing"),
        ([criterion("b", "jobs_within", swing=0)], {}, "no criterion has a swing above 0"),
        ([POOR], {}, "must sum to 1, not 0.5"),
        ([POOR, JOBS], {"definitions": ["best", "best"]}, "definitions name the same statistic twice"),
        ([POOR, JOBS], {"concentration": "certain"}, "concentration"),
        ([POOR, JOBS], {"concentration": 0}, "concentration"),
        (
            [POOR, JOBS],
            {"errors": [{"measure": "jobs_per_worker", "size": 0.1, "source": "x"}]},
            "errors name 'jobs_per_worker', which no criterion is ranked by",
        ),
        ([POOR, JOBS], {"errors": [{"measure": "jobs_within", "source": "x"}]}, "give size or rounded_to, one of the two"),
        (
            [POOR, JOBS],
            {"errors": [{"measure": "jobs_within", "size": 0.1, "rounded_to": "bres", "source": "x"}]},
            "give size or rounded_to, one of the two",
        ),
        (
            [POOR, JOBS],
            {"errors": [{"measure": "jobs_within", "rounded_to": 5, "source": "x"}]},
            "rounded_to = 5.0 is for income_deprived_per_1000, employment_deprived_per_1000, unemployed_per_1000, not for jobs_within",
        ),
        ([POOR, JOBS], {"errors": [{"measure": "jobs_within", "size": 0.1}]}, "source"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(criteria, more, message):
    with pytest.raises(ValueError, match=message):
        choice(*criteria, **more)


def test_what_is_drawn_is_what_can_move_a_rank():
    rounded = [{"measure": "income_deprived_per_1000", "rounded_to": 5, "source": "x"}]
    assert choice(POOR, JOBS).factors == ("weights",)
    assert choice(POOR, JOBS, definitions=["best"], errors=rounded).factors == (
        "weights",
        "definition",
        "data",
    )
    # The share of departures has no jobs of its own, and no other criterion rests on travel times.
    assert choice(POOR, JOBS, definitions=["share"]).factors == ("weights",)
    assert choice(POOR, JOBS, concentration=math.inf).drawn_in_words == "nothing"
    alone = choice({**POOR, "weight": 1}, {**JOBS, "weight": 0}, definitions=["best"])
    assert alone.factors == ("weights",)
    priced = choice(POOR, criterion("cost", "cost_m_central", weight=0.5))
    assert priced.drawn_in_words == "the weights and the ranges of costs"


def test_weights_left_as_they_are_stand_in_the_manifest_as_json_has_them(made_study):
    text = made_study.read_text(encoding="utf-8").replace("concentration = 20", "concentration = inf")
    made_study.write_text(text, encoding="utf-8")
    study = load_study(made_study)
    written = json.loads(json.dumps(parameters(study), allow_nan=False))
    assert written["ranking"]["concentration"] == "inf"
    assert Study.model_validate(written).ranking.concentration == math.inf


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 7\n", 'seed = 7\ndefinitions = ["p50"]\n', "'p50', the study's own statistic"),
        ("seed = 7\n", 'seed = 7\ndefinitions = ["mean"]\n', "definitions"),
        (
            "seed = 7\n",
            "seed = 7\nlabour_pool_min = 130\n",
            "ranking.labour_pool_min is 130 minutes, longer than",
        ),
        ("seed = 7\n", "seed = 7\noverlap_share = 2\n", "overlap_share"),
        (
            "[ranking]\n",
            '[scenarios]\nids = ["a"]\n\n[ranking]\n',
            r"\[scenarios\] needs schemes in \[files\]",
        ),
        (
            "[ranking]\n",
            '[scenarios]\nid = ["a"]\n\n[ranking]\n',
            "unknown key 'id' in .scenarios.; did you mean 'ids'",
        ),
    ],
)
def test_keys_that_contradict_the_study_are_refused(made_study, old, new, message):
    made_study.write_text(made_study.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(StudyError, match=message):
        load_study(made_study)


def test_a_labour_pool_is_no_longer_than_the_longest_journey(made_study):
    assert load_study(made_study).labour_pool_min == 45
    text = made_study.read_text(encoding="utf-8")
    text = text.replace('window = ["07:00", "09:00"]', 'window = ["07:00", "09:00"]\nmax_time_min = 40')
    made_study.write_text(
        text.replace("cutoff_min = 45", "cutoff_min = 40") + "\n[jobs]\ncutoff_min = 40\n", encoding="utf-8"
    )
    assert load_study(made_study).labour_pool_min == 40
