"""What stands behind a ranking: odds, dominance, what is left out, what would topple the first; by hand and by search."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from corridors.ranking import robustness
from corridors.ranking.ranking import Criterion, draw_ranks, rank_options, score_options
from corridors.ranking.robustness import (
    Robustness,
    dominance,
    leave_criteria_out,
    leave_options_out,
    pairwise_wins,
    robustness_of,
)
from corridors.ranking.robustness_words import robustness_sentences
from corridors.ranking.toppling import toppling_goalposts, toppling_weights
from corridors.ranking.uncertainty import CostRange, StandardError, Uncertainty

NEED = Criterion("need", "Need", "need", "poor", "per 1,000", "higher", 0, 100, 0.75)
GAP = Criterion("gap", "Gap", "gap", "jobs", "jobs", "lower", 0, 10, 0.25)
# a: 0.75 x 0.4 + 0.25 x 1 = 0.55; b: 0.75 x 0.8 + 0.25 x 0 = 0.60; c lacks a measure.
OPTIONS = pd.DataFrame(
    {
        "id": ["a", "b", "c"],
        "name": ["Alpha", "Beta", "Gamma"],
        "poor": [40.0, 80.0, np.nan],
        "jobs": [0.0, 10.0, 5.0],
    }
)


def ask(options=OPTIONS, criteria=(NEED, GAP), **how) -> Robustness:
    return robustness_of(options, criteria, **{"draws": 400, "concentration": 20.0, "seed": 1} | how)


def made(seed, *, options=8, criteria=4):
    """Make options and criteria at random, some values beyond their goalposts and some equal."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(criteria))
    table = pd.DataFrame({"id": [f"o{at}" for at in range(options)], "name": "x"})
    chosen = []
    for at, weight in enumerate(weights):
        table[f"m{at}"] = rng.integers(-2, 13, options).astype(float)
        direction = ("higher", "lower")[at % 2]
        chosen.append(Criterion(f"k{at}", f"K{at}", "need", f"m{at}", "", direction, 0, 10, float(weight)))
    return table, tuple(chosen)


# --- pairs ---------------------------------------------------------------------------------------------------------


def test_the_odds_of_a_pair_by_hand():
    # b is before a when the weight of need is above 5/7: with probability 0.665 by Beta(15, 5).
    wins = ask(draws=20_000).wins
    assert wins[["id", "other_id"]].to_numpy().tolist() == [["b", "a"], ["a", "b"]]
    assert wins["p_before"].tolist() == pytest.approx([0.665, 0.335], abs=0.02)
    assert wins["p_before"].sum() == pytest.approx(1)
    assert wins["p_level"].tolist() == [0, 0]
    assert wins["told_apart"].tolist() == [False, False]


def test_pairs_agree_with_the_shares_of_the_ranking():
    options, criteria = made(1)
    found = ask(options, criteria)
    # In a draw an option's rank is one more than the options before it, so its mean rank is one plus its lost pairs.
    drawn = draw_ranks(options, criteria, draws=400, concentration=20.0, seed=1)
    mean = pd.Series(drawn.ranks.mean(axis=0), index=drawn.options["id"])
    before_it = found.wins.groupby("other_id")["p_before"].sum()
    assert (1 + before_it).to_dict() == pytest.approx(mean.to_dict())
    assert len(found.wins) == len(options) * (len(options) - 1)


def test_equal_options_are_level_in_every_draw():
    wins = ask(OPTIONS.assign(poor=40.0, jobs=3.0)).wins
    assert (wins["p_level"] == 1).all()
    assert not wins["told_apart"].any()


def test_rows_may_come_in_any_order():
    options, criteria = made(2)
    doubt = Uncertainty(errors=(StandardError("m0", 0.2),))
    one, other = (ask(table, criteria, uncertainty=doubt) for table in (options, options.iloc[::-1]))
    pd.testing.assert_frame_equal(one.ranking, other.ranking)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])


# --- dominance -----------------------------------------------------------------------------------------------------


def test_dominance_by_hand():
    # a beats d on need and equals it on the gap; b is best on need and worst on the gap.
    options = pd.concat(
        [OPTIONS, pd.DataFrame({"id": ["d"], "name": ["Delta"], "poor": [30.0], "jobs": [0.0]})],
        ignore_index=True,
    )
    found = dominance(options, (NEED, GAP))
    assert found.to_numpy().tolist() == [["a", "Alpha", "d", "Delta", "need"]]
    # Beyond a goalpost the scores tie, but the measures do not.
    beyond = options.assign(poor=[400.0, 800, np.nan, 300])
    assert len(dominance(beyond, (NEED, GAP))) == 1


def test_dominance_against_plain_comparison():
    options, criteria = made(3, options=14, criteria=2)
    sign = {"higher": 1, "lower": -1}
    rows = {
        row["id"]: [row[criterion.measure] * sign[criterion.direction] for criterion in criteria]
        for row in options.to_dict("records")
    }
    plain = {
        (one, other)
        for one in rows
        for other in rows
        if rows[one] != rows[other] and all(x >= y for x, y in zip(rows[one], rows[other], strict=True))
    }
    found = dominance(options, criteria)
    assert set(zip(found["id"], found["other_id"], strict=True)) == plain
    assert 0 < len(plain) < 14 * 13 / 2
    # Whatever the weights, who is dominated never comes before.
    drawn = pairwise_wins(draw_ranks(options, criteria, draws=300, concentration="uninformed", seed=1))
    odds = drawn.set_index(["other_id", "id"])["p_before"]
    assert (odds.loc[sorted(plain)] == 0).all()


def test_equal_options_do_not_dominate_each_other():
    assert dominance(OPTIONS.assign(poor=40.0, jobs=3.0), (NEED, GAP)).empty


# --- leaving out ---------------------------------------------------------------------------------------------------


def test_leaving_criteria_out_by_hand():
    found = leave_criteria_out(OPTIONS, (NEED, GAP)).drop(columns="name")
    # Without need c has a score: 0.5, between a and b. Before, it had no rank.
    assert found[found["left_out"] == "need"]["id"].tolist() == ["a", "c", "b"]
    assert found[found["left_out"] == "need"]["score"].tolist() == [1.0, 0.5, 0.0]
    gains = found.set_index(["left_out", "id"])["places_gained"]
    assert gains[("need", "a")] == 1
    assert gains[("need", "b")] == -2
    assert gains[("gap", "b")] == 0
    assert gains[[("need", "c"), ("gap", "c")]].isna().all()
    assert found[found["left_out"] == "gap"]["rank"].tolist()[:2] == [1, 2]


def test_a_single_criterion_cannot_be_left_out():
    empty = leave_criteria_out(OPTIONS, (replace(NEED, weight=1.0),))
    assert empty.empty
    assert "places_gained" in empty.columns


@pytest.mark.parametrize("aggregation", ["arithmetic", "geometric"])
def test_leaving_an_option_out_reorders_nobody(aggregation):
    for seed in range(5):
        options, criteria = made(seed, options=12)
        found = leave_options_out(options, criteria, aggregation=aggregation)
        assert found["left_out_id"].tolist() == sorted(options["id"])
        assert (found["pairs"] == 55).all()
        assert (found["reordered"] == 0).all()


def test_goalposts_taken_from_the_options_would_be_caught(monkeypatch):
    # The classic reversal: placed between the options' own least and greatest, b loses its lead when c goes.
    def from_options(profiles, criteria, **_):
        placed = [
            (profiles[each.measure] - profiles[each.measure].min())
            / (profiles[each.measure].max() - profiles[each.measure].min())
            for each in criteria
        ]
        return sum(each.weight * column for each, column in zip(criteria, placed, strict=True)).to_numpy()

    options = pd.DataFrame(
        {"id": ["a", "b", "c"], "name": ["", "", ""], "poor": [60.0, 90, 100], "jobs": [5.0, 4, 0]}
    )
    criteria = (replace(NEED, weight=0.5), replace(GAP, direction="higher", weight=0.5))
    # With c, a has 0/40 and 5/5, b 30/40 and 4/5: b is before a. Without, a has 0 and 1, b 1 and 0: they are level.
    assert (leave_options_out(options, criteria)["reordered"] == 0).all()
    monkeypatch.setattr(robustness, "score_options", from_options)
    assert leave_options_out(options, criteria).set_index("left_out_id")["reordered"]["c"] == 1


# --- what would topple the first -----------------------------------------------------------------------------------


def test_the_toppling_weight_by_hand():
    # b leads while 0.8 w > 0.4 w + (1 - w), that is above 5/7; more weight of need only helps it.
    found = toppling_weights(OPTIONS, (NEED, GAP)).set_index(["key", "direction"])
    assert found.loc[("need", "less"), "topples_at"] == pytest.approx(5 / 7)
    assert found.loc[("need", "less"), "change"] == pytest.approx(5 / 7 - 3 / 4)
    assert found.loc[("need", "less"), "rival_id"] == "a"
    assert found.loc[("gap", "more"), "topples_at"] == pytest.approx(2 / 7)
    assert found.loc[[("need", "more"), ("gap", "less")], "topples_at"].isna().all()
    assert found.loc[("need", "more"), "rival_name"] == ""


def test_the_toppling_weight_of_the_geometric_mean_by_hand():
    # a leads; level where w ln 0.4 = w ln 0.8 + (1 - w) ln 0.01, so w = ln 100 / (ln 100 + ln 2).
    found = toppling_weights(OPTIONS, (NEED, GAP), aggregation="geometric").set_index(["key", "direction"])
    assert found.loc[("need", "more"), "topples_at"] == pytest.approx(np.log(100) / np.log(200))
    assert found.loc[("need", "more"), "rival_id"] == "b"


def test_toppling_goalposts_by_hand():
    # b leads by 0.75 x (80 - 40) / h - 0.25: level at h = 120. With l instead of 0: 0.75 x 40 / (100 - l) = 0.25 at
    # l = -20. The gap counts a at 1 and b at 0 as (10 - x) / 10; a high goalpost of h puts a at 1 and b at (h - 10) / h,
    # so raising it only helps b, and lowering it cannot lift a above 1.
    found = toppling_goalposts(OPTIONS, (NEED, GAP)).set_index(["key", "goalpost"])
    assert found.loc[("need", "high"), ["topples_at", "change"]].tolist() == pytest.approx([120, 20])
    assert found.loc[("need", "low"), ["topples_at", "change"]].tolist() == pytest.approx([-20, -20])
    assert found.loc[[("gap", "low"), ("gap", "high")], "topples_at"].isna().all()
    assert found.loc[("need", "high"), "rival_id"] == "a"


def test_a_lead_that_dips_between_two_goalposts_is_seen():
    # Raising the low goalpost of one criterion brings the first option (10) down to the floor while the second (20) still
    # falls, so the lead turns at the floor and is lost only shortly before: where (20 - l) / (10 - l) is k, its lead on the
    # other criterion. The floor is met at l = 9.09, and k = e^2.45 gives l = 9.06; at l = 10 the lead is back.
    k = np.exp(2.45)
    options = pd.DataFrame(
        {"id": ["a", "b"], "name": ["Alpha", "Beta"], "poor": [10.0, 20.0], "other": [100.0, 100 / k]}
    )
    criteria = (replace(NEED, weight=0.5), replace(NEED, key="other", measure="other", weight=0.5))
    found = toppling_goalposts(options, criteria, aggregation="geometric").set_index(["key", "goalpost"])
    assert found.loc[("need", "low"), "topples_at"] == pytest.approx((10 * k - 20) / (k - 1))


def leaders(options, criteria, aggregation):
    score = score_options(options, criteria, aggregation=aggregation)
    return set(options.loc[score == np.nanmax(score), "id"])


def reweighed(criteria, at, weight):
    others = 1 - criteria[at].weight
    return tuple(
        replace(each, weight=weight if number == at else each.weight * (1 - weight) / others)
        for number, each in enumerate(criteria)
    )


@pytest.mark.parametrize("aggregation", ["arithmetic", "geometric"])
@pytest.mark.parametrize("seed", range(6))
def test_toppling_weights_against_ranking_again(seed, aggregation):
    options, criteria = made(seed)
    first = leaders(options, criteria, aggregation)
    assert len(first) == 1
    found = toppling_weights(options, criteria, aggregation=aggregation)
    told = 0
    for row in found.itertuples():
        at = [each.key for each in criteria].index(row.key)
        end = {"more": 1.0, "less": 0.0}[row.direction]
        limit = end if np.isnan(row.topples_at) else row.topples_at
        for share in (0.0, 0.3, 0.7, 0.999):
            weight = row.weight + share * (limit - row.weight)
            assert leaders(options, reweighed(criteria, at, weight), aggregation) >= first
        beyond = limit + 1e-6 * np.sign(end - row.weight)
        if not np.isnan(row.topples_at) and 0 <= beyond <= 1:
            told += 1
            assert leaders(options, reweighed(criteria, at, beyond), aggregation).isdisjoint(first)
    assert told


@pytest.mark.parametrize("aggregation", ["arithmetic", "geometric"])
@pytest.mark.parametrize("seed", range(4))
def test_toppling_goalposts_against_ranking_again(seed, aggregation):
    options, criteria = made(seed)
    first = leaders(options, criteria, aggregation)

    def holds(at, goalpost, value):
        moved = replace(criteria[at], **{goalpost: value})
        return bool(first & leaders(options, (*criteria[:at], moved, *criteria[at + 1 :]), aggregation))

    found = toppling_goalposts(options, criteria, aggregation=aggregation)
    assert found["topples_at"].notna().any()
    for row in found.itertuples():
        at = [each.key for each in criteria].index(row.key)
        ends = {"low": (-90, 9.9), "high": (0.1, 100)}[row.goalpost]
        if not np.isnan(row.change):
            assert ends[0] <= row.topples_at <= ends[1]
            beyond = row.topples_at + 1e-6 * np.sign(row.change)
            assert not holds(at, row.goalpost, beyond)
        nearest = np.inf if np.isnan(row.change) else abs(row.change)
        for value in np.linspace(*ends, 31):
            if abs(value - row.value) < nearest - 1e-6:
                assert holds(at, row.goalpost, value)


def test_options_that_are_level_topple_at_once():
    level = OPTIONS.iloc[:2].assign(poor=[50.0, 75.0], jobs=[2.5, 10.0])
    # a: 0.375 + 0.1875 = 0.5625; b: 0.5625 + 0. Less weight of need puts a ahead of b, more b ahead of a.
    found = toppling_weights(level, (NEED, GAP)).set_index(["key", "direction"])["change"]
    # a stands first as the lesser id, so more weight of need topples it.
    assert found[("need", "more")] == 0
    assert np.isnan(found[("need", "less")])
    twins = OPTIONS.assign(poor=50.0, jobs=2.0)
    assert toppling_weights(twins, (NEED, GAP))["topples_at"].isna().all()


def test_a_criterion_with_the_whole_weight_has_no_other_to_yield_to():
    whole = (replace(NEED, weight=1.0), replace(GAP, weight=0.0))
    found = toppling_weights(OPTIONS, whole).set_index(["key", "direction"])["topples_at"]
    assert found[["need"]].isna().all()
    # b leads by 0.4 on need and trails by 1 on the gap: level at w where 0.4 (1 - w) = w.
    assert found[("gap", "more")] == pytest.approx(0.4 / 1.4)


# --- factors -------------------------------------------------------------------------------------------------------


def test_one_factor_is_all():
    factors = ask(draws=20_000).factors.set_index("factor")
    assert factors.index.tolist() == ["weights", "all"]
    # a is first in 0.335 of the draws, and then both stand one place off; each rank's variance is p (1 - p).
    assert factors.loc["weights", "p_first_lost"] == pytest.approx(0.335, abs=0.02)
    assert factors.loc["weights", "mean_rank_shift"] == pytest.approx(0.335, abs=0.02)
    assert factors.loc["weights", "rank_variance"] == pytest.approx(0.335 * 0.665, abs=0.01)
    assert factors["variance_share"].tolist() == [1, 1]


def test_factors_are_switched_on_one_at_a_time():
    # Under the other definition a has 0.75 x 0.9 + 0.25 = 0.925 and leads: in half of the draws.
    doubt = Uncertainty(
        definitions={"p80": pd.DataFrame({"id": list("abc"), "poor": [90.0, 80.0, np.nan]})},
        costs=(CostRange("low", "mid", "high", costs=("jobs",)),),
        errors=(StandardError("poor", 0.0),),
    )
    options = OPTIONS.assign(low=1.0, mid=1.0, high=1.0)
    factors = ask(options, draws=20_000, uncertainty=doubt).factors.set_index("factor")
    assert factors.index.tolist() == ["weights", "definition", "cost", "data", "all"]
    assert factors.loc["definition", "p_first_lost"] == pytest.approx(0.5, abs=0.01)
    assert factors.loc["definition", "rank_variance"] == pytest.approx(0.25, abs=0.01)
    # Neither a range without width nor an error of nought does anything.
    assert (factors.loc[["cost", "data"], ["p_first_lost", "rank_variance"]] == 0).all(axis=None)
    # b stays first only where the study's definition holds and the weights leave it there.
    assert factors.loc["all", "p_first_lost"] == pytest.approx(1 - 0.5 * 0.665, abs=0.015)


def test_nothing_drawn_changes_nothing():
    factors = ask(concentration=float("inf")).factors
    assert factors["factor"].tolist() == ["all"]
    assert factors.loc[0, ["p_first_lost", "mean_rank_shift", "rank_variance"]].tolist() == [0, 0, 0]


# --- the whole -----------------------------------------------------------------------------------------------------


def test_the_ranking_is_that_of_rank_options():
    options, criteria = made(4)
    how = {"draws": 300, "concentration": 20.0, "seed": 3, "aggregation": "geometric"}
    doubt = Uncertainty(errors=(StandardError("m1", 0.2),))
    pd.testing.assert_frame_equal(
        robustness_of(options, criteria, uncertainty=doubt, **how).ranking,
        rank_options(options, criteria, uncertainty=doubt, **how),
    )


@pytest.mark.parametrize("rows", [[], [2], [0], [0, 2]])
def test_few_options_give_tables_with_the_same_columns(rows):
    few, whole = ask(OPTIONS.iloc[rows]), ask()
    scored = len([row for row in rows if row != 2])
    assert few.ranking["id"].tolist() == OPTIONS["id"].iloc[rows].tolist()
    assert few.ranking["score"].notna().sum() == scored
    for name, table in few.tables.items():
        assert table.columns.tolist() == whole.tables[name].columns.tolist(), name
    assert few.wins.empty
    assert few.weights.empty
    assert few.goalposts.empty
    assert len(few.options_left_out) == scored


def test_inputs_stay_as_they_are():
    options = OPTIONS.copy()
    ask(options)
    pd.testing.assert_frame_equal(options, OPTIONS)


# --- in words ------------------------------------------------------------------------------------------------------


def test_sentences_by_hand():
    # Two options and weights left as they are: b is first in every draw, by 0.60 against 0.55.
    found = ask(concentration=float("inf"))
    assert robustness_sentences(found, noun="corridors") == [
        "Beta is first; nothing was drawn.",
        "Beta can be told from every other.",
        (
            "All 2 corridors can be told from one another (two are told apart when one ranks before the other in at least 95% "
            "of the draws; a group ends where all above are told apart from all below)."
        ),
        (
            "The smallest change of one weight that brings another level with Beta is 'Need' from 75.0% to 71.4%; beyond it "
            "Alpha leads."
        ),
        (
            "A single goalpost moved so far brings another level with Beta: the low one of 'Need' from 0 to -20 (Alpha); the "
            "high one of 'Need' from 100 to 120 (Alpha)."
        ),
        "None of the corridors is at least as good as another on every criterion.",
        "Beta is no longer first without 'Need'.",
        "Leaving any one of the corridors out reorders no others.",
    ]


def test_sentences_tell_the_cells_of_the_tables():
    doubt = Uncertainty(errors=(StandardError("poor", 0.3),))
    found = ask(draws=2_000, uncertainty=doubt)
    said = robustness_sentences(found, noun="sites")
    odds = found.ranking.set_index("id")["p_first"]
    assert (
        said[0]
        == f"Beta is first in {odds['b']:.0%} of the draws of the weights and the known errors of the data, Alpha in {odds['a']:.0%}."
    )
    assert said[1] == "Not to be told from Beta: Alpha."
    assert "These sites form groups" in said[2]
    assert said[2].endswith("Beta, Alpha.")
    lost = found.factors.set_index("factor")["p_first_lost"]
    assert any(
        f"the weights in {lost['weights']:.0%}, the known errors of the data in {lost['data']:.0%}; all together in {lost['all']:.0%}"
        in one
        for one in said
    )


def test_level_and_dominated_options_in_words():
    level = ask(OPTIONS.iloc[:2].assign(poor=[50.0, 75.0], jobs=[2.5, 10.0]))
    assert "Alpha and Beta are level: any other weights decide between them." in robustness_sentences(
        level, noun="sites"
    )
    over = ask(OPTIONS.assign(poor=[90.0, 50.0, 10.0], jobs=[1.0, 5.0, 9.0]))
    said = robustness_sentences(over, noun="sites")
    assert "Alpha is first in every draw of the weights." in said
    assert "No change of a single weight takes the first place from Alpha." in said
    assert "Alpha stays first whichever single criterion is left out." in said
    assert any(
        one.endswith("whatever the weights: Alpha as Beta, Alpha as Gamma, Beta as Gamma.") for one in said
    )


@pytest.mark.parametrize("rows", [[], [0], [0, 2]])
def test_fewer_than_two_scores_leave_nothing_to_say(rows):
    assert robustness_sentences(ask(OPTIONS.iloc[rows]), noun="sites") == []
