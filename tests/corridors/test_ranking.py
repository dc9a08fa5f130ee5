"""Ranking: by hand, from a seed, and free of rank reversal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from corridors.ranking import (
    Criterion,
    compare_criteria,
    draw_weights,
    place_between_goalposts,
    rank_options,
    spearman,
)

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


def rank(options=OPTIONS, criteria=(NEED, GAP), *, draws=500, concentration=20.0, seed=1):
    return rank_options(options, criteria, draws=draws, concentration=concentration, seed=seed)


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


def test_degenerate_weights_leave_no_range():
    table = rank(concentration=1e9)
    scored = table.iloc[:2]
    assert scored["rank_low"].tolist() == scored["rank_high"].tolist() == scored["rank"].tolist() == [1, 2]
    assert scored["p_top3"].tolist() == [1.0, 1.0]


def test_missing_measure_is_last_and_has_no_range():
    last = rank().iloc[-1]
    assert (last["id"], last["rank"]) == ("c", 3)
    assert last[["score", "rank_low", "rank_high", "p_top3"]].isna().all()


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
