"""Ranking: by hand, from a seed, and free of rank reversal."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from accessibility.errors import ParameterError
from corridors.ranking.ranking import (
    Criterion,
    check_criteria,
    compare_criteria,
    draw_ranks,
    draw_weights,
    place_between_goalposts,
    rank_options,
    score_options,
    spearman,
    swing_weights,
    without_criterion,
)
from corridors.ranking.statistics import RankCounts, Wins, rank_groups, rank_scores

NEED = Criterion("need", "Need", "need", "poor", "per 1,000", "higher", 0, 100, 0.75)
GAP = Criterion("gap", "Gap", "gap", "jobs", "jobs", "lower", 0, 10, 0.25)
OPTIONS = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "name": ["Alpha", "Beta", "Gamma"],
        "poor": [40.0, 80.0, np.nan],
        "jobs": [0.0, 10.0, 5.0],
        "residents": [10, 20, 0],
    }
)


def rank(options=OPTIONS, criteria=(NEED, GAP), *, draws=500, concentration=20.0, seed=1, **how):
    return rank_options(options, criteria, draws=draws, concentration=concentration, seed=seed, **how)


def test_two_options_by_hand():
    table = rank().set_index("id")
    # a: 0.75 x 0.4 + 0.25 x 1 = 0.55; b: 0.75 x 0.8 + 0.25 x 0 = 0.60; c lacks a measure.
    assert table["score"].tolist()[:2] == pytest.approx([0.60, 0.55])
    assert table.index.tolist() == ["b", "a", "c"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table.loc["a", ["need", "gap"]].tolist() == [0.4, 1.0]


def test_range_by_hand():
    # b beats a when 0.8 w > 0.4 w + (1 - w), that is when the weight of need is above 5/7.
    table = rank(draws=20_000).set_index("id")
    drawn = draw_weights(np.array([0.75, 0.25]), draws=20_000, concentration=20.0, seed=1)
    wins = (drawn[:, 0] > 5 / 7).mean()
    assert 0.05 < wins < 0.95
    assert table.loc["a", ["rank_low", "rank_high"]].tolist() == [1, 2]
    assert table.loc["b", ["rank_low", "rank_high"]].tolist() == [1, 2]
    # Beta(15, 5) lies above 5/7 with probability 0.665 (tables of the incomplete beta function).
    assert wins == pytest.approx(0.665, abs=0.02)
    # Only the first of two is first, and the median rank is that of more than half of the draws.
    assert table.loc["b", "p_first"] == wins
    assert table.loc["a", "p_first"] == 1 - wins
    assert table["rank_median"].tolist()[:2] == [1, 2]
    assert table["rank_group"].tolist()[:2] == [1, 1]


def test_uninformed_weights_by_hand():
    # With two criteria every weight of need from 0 to 1 is equally likely: b needs more than 5/7.
    table = rank(draws=20_000, concentration="uninformed").set_index("id")
    assert table.loc["b", "p_first"] == pytest.approx(2 / 7, abs=0.01)
    drawn = draw_weights(np.array([0.7, 0.2, 0.1, 0.0]), draws=20_000, concentration="uninformed", seed=1)
    assert drawn.mean(axis=0) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0], abs=0.01)


def test_infinite_concentration_keeps_the_studys_weights():
    weights = np.array([0.7, 0.3])
    assert (draw_weights(weights, draws=4, concentration=float("inf"), seed=1) == weights).all()


def test_geometric_mean_by_hand():
    # a: 0.4^0.75 x 1^0.25 = 0.5030; b: 0.8^0.75 x 0.01^0.25 = 0.2675, its nought held at a hundredth. a overtakes b.
    table = rank(aggregation="geometric").set_index("id")
    assert table.index.tolist() == ["a", "b", "c"]
    assert table["score"].tolist()[:2] == pytest.approx([0.4**0.75, 0.8**0.75 * 0.01**0.25])
    assert table.loc["b", "gap"] == 0.0


def test_geometric_mean_never_exceeds_the_arithmetic():
    rng = np.random.default_rng(3)
    options = pd.DataFrame({"id": range(50), "name": "", "poor": rng.uniform(2, 98, 50)})
    options["jobs"] = rng.uniform(0.2, 9.8, 50)
    arithmetic, geometric = (
        score_options(options, (NEED, GAP), aggregation=way) for way in ("arithmetic", "geometric")
    )
    assert (geometric <= arithmetic).all()
    # They agree only where an option stands equally on both.
    even = options.assign(poor=30.0, jobs=7.0)
    assert score_options(even, (NEED, GAP), aggregation="geometric") == pytest.approx(0.3)


def test_degenerate_weights_leave_no_range():
    table = rank(concentration=1e9)
    scored = table.iloc[:2]
    assert scored["rank_low"].tolist() == scored["rank_high"].tolist() == scored["rank"].tolist() == [1, 2]
    assert scored["p_top3"].tolist() == [1.0, 1.0]


def test_missing_measure_is_last_and_has_no_range():
    last = rank().iloc[-1]
    assert (last["id"], last["rank"]) == ("c", 3)
    drawn = ["rank_median", "rank_low", "rank_high", "p_first", "p_top3", "rank_group"]
    assert last[["score", *drawn]].isna().all()


def test_a_criterion_without_weight_cannot_exclude_an_option():
    table = rank(criteria=(replace(NEED, weight=0.0), replace(GAP, weight=1.0))).set_index("id")
    assert table["score"].to_dict() == {"a": 1.0, "c": 0.5, "b": 0.0}


def test_seed_decides_the_draws_and_nothing_else():
    pd.testing.assert_frame_equal(rank(), rank())
    other = rank(seed=2)
    once, again, differently = (
        draw_weights(np.array([0.5, 0.5]), draws=5, concentration=9, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, differently)
    assert other["score"].dropna().tolist() == rank()["score"].dropna().tolist()


def test_same_seed_same_bytes_in_another_process():
    code = (
        "import pandas as pd\n"
        "from corridors.ranking.ranking import Criterion, rank_options\n"
        "from corridors.ranking.uncertainty import StandardError, Uncertainty\n"
        "options = pd.DataFrame({'id': list('abcd'), 'name': list('ABCD'), 'm': [10.0, 12, 30, 31], 'n': [4.0, 3, 1, 2]})\n"
        "criteria = [Criterion(k, k, 'need', k[0], '', 'higher', 0, 50, 0.5) for k in ('m1', 'n1')]\n"
        "doubt = Uncertainty(errors=(StandardError('m', 0.1),))\n"
        "table = rank_options(options, criteria, draws=999, concentration=20, seed=5, uncertainty=doubt)\n"
        "text = table.to_csv()\n"
    )
    here: dict[str, str] = {}
    exec(code, here)  # noqa: S102 - the same words run here and there
    # Another seed of Python's own hashes, on which no draw may depend.
    there = subprocess.run(
        [sys.executable, "-c", f"{code}print(text)"],
        env=os.environ | {"PYTHONHASHSEED": "2"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert there.split() == here["text"].split()
    assert len(there.split()) > 4


def test_drawn_weights_centre_on_the_studys():
    weights = np.array([0.5, 0.3, 0.2, 0.0])
    drawn = draw_weights(weights, draws=20_000, concentration=20, seed=3)
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(weights, abs=0.005)
    # Variance of a Dirichlet weight: w (1 - w) / (concentration + 1).
    assert drawn[:, 0].std() == pytest.approx(np.sqrt(0.5 * 0.5 / 21), rel=0.03)
    assert (drawn[:, 3] == 0).all()


def test_an_irrelevant_option_reorders_nobody():
    rng = np.random.default_rng(5)
    many = pd.DataFrame(
        {
            "id": [f"o{i:02d}" for i in range(12)],
            "name": "",
            "poor": rng.uniform(0, 120, 12),
            "jobs": rng.uniform(0, 12, 12),
        }
    )
    whole = rank(many).set_index("id")["score"]
    for dropped in many["id"]:
        rest = rank(many[many["id"] != dropped]).set_index("id")["score"]
        pd.testing.assert_series_equal(rest.sort_index(), whole.drop(dropped).sort_index())


def test_row_order_and_names_do_not_matter():
    pd.testing.assert_frame_equal(rank(OPTIONS.iloc[::-1]), rank())


def test_ties_share_the_better_rank_and_sort_by_id():
    twins = OPTIONS.assign(poor=40.0, jobs=5.0)
    table = rank(twins.iloc[[2, 0, 1]])
    assert table["rank"].tolist() == [1, 1, 1]
    assert table["id"].tolist() == ["a", "b", "c"]
    assert table["rank_high"].tolist() == [1, 1, 1]


def test_values_beyond_a_goalpost_are_held_there():
    beyond = OPTIONS.assign(poor=[-5.0, 105.0, 50.0], jobs=[-1.0, 11.0, 5.0])
    placed = place_between_goalposts(beyond, [NEED, GAP])
    assert placed["need"].tolist() == [0.0, 1.0, 0.5]
    assert placed["gap"].tolist() == [1.0, 0.0, 0.5]


def test_no_options_give_an_empty_table_with_the_columns():
    table = rank(OPTIONS.iloc[:0])
    assert table.empty
    assert {"id", "name", "score", "rank", "rank_low", "rank_high", "p_top3", "need", "gap"} <= set(
        table.columns
    )


def test_two_criteria_compared_by_hand():
    options = pd.DataFrame({"name": list("wxyz"), "poor": [10.0, 20, 30, 40], "jobs": [4.0, 3, 1, 2]})
    found = compare_criteria(options, NEED, GAP)
    # Places by need z y x w, by jobs y z x w: squared differences 1 + 1, rho = 1 - 6 x 2 / (4 x 15).
    assert found.rho == pytest.approx(0.8)
    assert found.pairs == 6
    assert found.opposed == (("z", "y"),)


def test_ties_and_missing_measures_are_no_disagreement():
    options = pd.DataFrame({"name": list("wxyz"), "poor": [10.0, 10, 30, np.nan], "jobs": [4.0, 3, 3, 2]})
    found = compare_criteria(options, NEED, GAP)
    # Need ties w and x, jobs tie x and y: only w and y are told apart by both, and y is first by both.
    assert (found.pairs, found.opposed) == (1, ())


def test_spearman_keeps_the_unreachable():
    one = pd.Series([1.0, 2.0, 3.0])
    assert spearman(one, pd.Series([30.0, 60.0, np.inf])) == pytest.approx(1.0)
    assert np.isnan(spearman(one, pd.Series([5.0, 5.0, 5.0])))


def test_swing_weights_by_hand():
    assert swing_weights({"need": 100, "gap": 60, "cost": 40}) == {"need": 0.5, "gap": 0.3, "cost": 0.2}


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ({"a": -1, "b": 3}, "'a'"),
        ({"a": 0, "b": 0}, "no criterion"),
        ({"a": float("nan")}, "'a'"),
        ({}, "no criterion"),
    ],
)
def test_swings_that_give_no_weights_are_refused(points, said):
    with pytest.raises(ParameterError, match=said):
        swing_weights(points)


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ((NEED, replace(GAP, weight=0.3)), "sum to 1, not 1.05"),
        ((), "sum to 1, not 0"),
        ((NEED, replace(GAP, key="need")), "'need' of a criterion is taken"),
        ((NEED, replace(GAP, key="score")), "'score' of a criterion is taken"),
        ((NEED, replace(GAP, low=10, high=10)), "'gap' must rise"),
        ((NEED, replace(GAP, weight=-0.25)), "weight of 'gap'"),
        ((NEED, replace(GAP, high=float("inf"))), "'gap' must rise"),
    ],
)
def test_criteria_that_cannot_be_weighed_are_refused(criteria, said):
    with pytest.raises(ParameterError, match=said):
        check_criteria(criteria)
    with pytest.raises(ParameterError, match=said):
        rank(criteria=criteria)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"draws": 0}, "draws"),
        ({"concentration": 0.0}, "concentration"),
        ({"concentration": -1.0}, "concentration"),
    ],
)
def test_draws_that_cannot_be_made_are_refused(how, said):
    with pytest.raises(ParameterError, match=said):
        rank(**how)


def test_an_option_named_twice_is_refused():
    with pytest.raises(ParameterError, match="'a' stands in the profiles twice"):
        rank(OPTIONS.assign(id=["a", "b", "a"]))


def test_leaving_a_criterion_out_keeps_the_proportions_of_the_others():
    third = replace(GAP, key="third", weight=0.25)
    left = without_criterion((replace(NEED, weight=0.5), GAP, third), "gap")
    assert {criterion.key: criterion.weight for criterion in left} == pytest.approx(
        {"need": 2 / 3, "third": 1 / 3}
    )
    assert without_criterion((NEED,), "need") == []


def test_ranks_percentiles_and_wins_against_plain_counting():
    rng = np.random.default_rng(11)
    scores = rng.integers(0, 6, (400, 7)) / 5
    scores[:, 5] = scores[:, 2]
    scores[:, 6] = np.nan
    ranks = rank_scores(scores)
    for row, found in zip(scores[:50], ranks[:50], strict=True):
        known = row[~np.isnan(row)]
        assert found.tolist() == [7 if np.isnan(value) else 1 + int((known > value).sum()) for value in row]
    counted = RankCounts.of(ranks)
    for percent in (5, 50, 95):
        plain = np.percentile(ranks, percent, axis=0, method="inverted_cdf")
        assert counted.percentile(percent).tolist() == plain.tolist()
    assert counted.share_to(3) == pytest.approx((ranks <= 3).mean(axis=0))
    wins = Wins.of(ranks)
    for one in range(7):
        for other in range(7):
            assert wins.before[one, other] == np.mean(ranks[:, one] < ranks[:, other])
            assert wins.level[one, other] == pytest.approx(np.mean(ranks[:, one] == ranks[:, other]))
    assert wins.level[2, 5] == 1
    assert wins.undecided(sure=0.95)[2, 5]


def test_a_percentile_that_falls_between_draws_is_the_better_of_the_two():
    # One draw in twenty is exactly the first 5 per cent of them.
    ranks = np.array([[1, 2]] + [[2, 1]] * 19, dtype=np.int32)
    counted = RankCounts.of(ranks)
    assert counted.percentile(5).tolist() == [1, 1]
    assert counted.percentile(95).tolist() == [2, 1]
    assert RankCounts.of(ranks[1:]).percentile(5).tolist() == [2, 1]


def test_groups_by_hand():
    order = np.array([3, 0, 1, 2, 4])

    def groups(*pairs):
        undecided = np.eye(5, dtype=bool)
        for one, other in pairs:
            undecided[one, other] = undecided[other, one] = True
        return rank_groups(undecided, order).tolist()

    # By place the options are 3, 0, 1, 2, 4. All told apart: one group each.
    assert groups() == [2, 3, 4, 1, 5]
    # A chain of two pairs is one group, whose ends are told apart.
    assert groups((0, 1), (1, 2)) == [2, 2, 2, 1, 3]
    # 3 and 1 cannot be told apart, so 0, which stands between them, is in their group.
    assert groups((3, 1)) == [1, 1, 2, 1, 3]
    assert rank_groups(np.zeros((0, 0), dtype=bool), np.zeros(0, dtype=int)).tolist() == []


def test_options_that_no_draw_reorders_stand_in_groups_of_their_own():
    # Better on both criteria: no weights can reorder them.
    apart = OPTIONS.assign(poor=[90.0, 50.0, 10.0], jobs=[1.0, 5.0, 9.0])
    assert rank(apart)["rank_group"].tolist() == [1, 2, 3]
    assert rank(apart.assign(poor=50.0, jobs=5.0))["rank_group"].tolist() == [1, 1, 1]


def test_one_option_is_first_for_certain():
    only = rank(OPTIONS.iloc[:1]).iloc[0]
    columns = ["rank", "rank_median", "rank_low", "rank_high", "p_first", "p_top3", "rank_group"]
    assert only[columns].tolist() == [1] * 7


def test_an_irrelevant_option_leaves_the_odds_of_two_others():
    whole = draw_ranks(OPTIONS.assign(poor=[40.0, 80, 60]), (NEED, GAP), draws=300, concentration=9, seed=2)
    pair = draw_ranks(OPTIONS.iloc[:2], (NEED, GAP), draws=300, concentration=9, seed=2)
    assert ((whole.ranks[:, 0] < whole.ranks[:, 1]) == (pair.ranks[:, 0] < pair.ranks[:, 1])).all()
