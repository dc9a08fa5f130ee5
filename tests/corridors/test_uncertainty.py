"""What measures may be instead: by hand, and from streams that do not disturb each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from accessibility.errors import ParameterError
from corridors.ranking.ranking import Criterion, draw_ranks, rank_options
from corridors.ranking.uncertainty import (
    CostRange,
    RoundingRange,
    StandardError,
    Uncertainty,
    draw_measures,
    rounding_error,
)

DRAWS = 20_000
GAIN = Criterion("gain", "Residents per £m", "need", "per_m", "residents", "higher", 0, 1_000, 1.0)
OPTIONS = pd.DataFrame(
    {
        "id": ["a", "b"],
        "name": ["Alpha", "Beta"],
        "per_m": [100.0, 100.0],
        "low": [1.0, 1.5],
        "central": [2.0, 1.5],
        "high": [3.0, 1.5],
        "jobs": [50.0, 40.0],
        "jobs_low": [45.0, 38.0],
        "jobs_high": [60.0, 42.0],
    }
)
COST = CostRange("low", "central", "high", per_cost=("per_m",))
ROUNDED = RoundingRange("jobs", "jobs_low", "jobs_high")


def draw(options=OPTIONS, measures=("per_m", "jobs"), *, draws=DRAWS, seed=4, **doubt):
    return draw_measures(options, measures, uncertainty=Uncertainty(**doubt), draws=draws, seed=seed)


def test_nothing_unknown_is_one_row():
    drawn = draw()
    assert drawn["per_m"].tolist() == [[100.0, 100.0]]
    assert drawn["jobs"].tolist() == [[50.0, 40.0]]


def test_costs_are_triangular():
    # Per cost, a draws 100 x 2 / cost: the cost runs from 1 to 3 about 2, symmetric, so half of the draws are above 2,
    # and below 1.5 lie (1.5 - 1)^2 / ((3 - 1)(2 - 1)) = 1/8 of them.
    drawn = draw(costs=(COST,))["per_m"]
    cost = 200 / drawn[:, 0]
    assert (cost.min() >= 1, cost.max() <= 3) == (True, True)
    assert (cost < 1.5).mean() == pytest.approx(1 / 8, abs=0.01)
    assert (cost < 2).mean() == pytest.approx(1 / 2, abs=0.01)
    assert cost.mean() == pytest.approx(2, abs=0.01)
    # Variance of a triangular distribution: (l^2 + c^2 + h^2 - lc - lh - ch) / 18 = 3/18.
    assert cost.var() == pytest.approx(1 / 6, rel=0.03)
    assert (drawn[:, 1] == 100).all()


def test_a_skew_range_of_costs_by_hand():
    # From 1 to 5, most likely 2: below 2 lies (2 - 1) / (5 - 1) = 1/4; the mean is (1 + 2 + 5) / 3.
    options = OPTIONS.assign(high=5.0)
    cost = draw(options, ["central"], costs=(CostRange("low", "central", "high", costs=("central",)),))[
        "central"
    ]
    assert (cost[:, 0] < 2).mean() == pytest.approx(1 / 4, abs=0.01)
    assert cost[:, 0].mean() == pytest.approx(8 / 3, abs=0.02)
    # Above 2.4 lies (5 - 2.4)^2 / ((5 - 1)(5 - 2)).
    assert (cost[:, 0] > 2.4).mean() == pytest.approx(2.6**2 / 12, abs=0.01)


def test_the_odds_of_two_costs_by_hand():
    # As many residents per £m at the central costs. The cheaper stays at 100; the other beats it when its cost falls
    # below 1.8, that is in (1.8 - 1)^2 / 2 = 0.32 of the draws if its central figure is 90.
    options = OPTIONS.assign(per_m=[90.0, 100.0])
    table = rank_options(
        options,
        (GAIN,),
        draws=DRAWS,
        concentration=float("inf"),
        seed=3,
        uncertainty=Uncertainty(costs=(COST,)),
    ).set_index("id")
    assert table["score"].to_dict() == {"a": 0.09, "b": 0.1}
    assert table.loc["a", "p_first"] == pytest.approx(0.32, abs=0.01)
    assert table.loc["b", ["rank_low", "rank_median", "rank_high"]].tolist() == [1, 1, 2]


def test_rounding_is_even_between_its_ends():
    drawn = draw(errors=(ROUNDED,))["jobs"]
    assert (drawn[:, 0].min() >= 45, drawn[:, 0].max() <= 60) == (True, True)
    assert [(drawn[:, 0] < limit).mean() for limit in (48, 51)] == pytest.approx([0.2, 0.4], abs=0.01)


def test_standard_errors_as_share_and_as_column():
    share = draw(errors=(StandardError("jobs", 0.1),))["jobs"]
    assert share.mean(axis=0) == pytest.approx([50, 40], abs=0.2)
    assert share.std(axis=0) == pytest.approx([5, 4], rel=0.03)
    column = draw(OPTIONS.assign(se=[2.0, 0.0]), errors=(StandardError("jobs", "se"),))["jobs"]
    assert column.std(axis=0) == pytest.approx([2, 0], rel=0.03)


def test_errors_of_one_measure_add_up():
    # A variance of 15^2 / 12 from rounding and of 5^2 from sampling.
    both = draw(errors=(ROUNDED, StandardError("jobs", 0.1)))["jobs"]
    of_sampling = 0.1 * np.mean((45 + 15 * (np.arange(1000) + 0.5) / 1000) ** 2) ** 0.5
    assert both[:, 0].std() == pytest.approx((15**2 / 12 + of_sampling**2) ** 0.5, rel=0.03)


def test_shared_errors_move_all_options_together():
    shared = draw(errors=(StandardError("jobs", 0.1, shared=True),))["jobs"]
    assert shared[:, 0] / 50 == pytest.approx(shared[:, 1] / 40)
    apart = draw(errors=(StandardError("jobs", 0.1),))["jobs"]
    assert abs(np.corrcoef(apart.T)[0, 1]) < 0.03


def test_rounding_error_of_a_sum():
    # Twelve figures, each rounded to 5: twelve times the variance 25/12.
    assert rounding_error(12, unit=5) == pytest.approx(5.0)
    rng = np.random.default_rng(1)
    true = rng.uniform(0, 1_000, (4_000, 48))
    wrong = (np.round(true / 5) * 5 - true).sum(axis=1)
    assert wrong.std() == pytest.approx(rounding_error(48, unit=5), rel=0.05)


def test_definitions_hold_for_all_options_at_once():
    other = pd.DataFrame({"id": ["b", "a"], "jobs": [90.0, 10.0]})
    third = pd.DataFrame({"id": ["a", "b"], "jobs": [7.0, 8.0]})
    drawn = draw(definitions={"p80": other, "best": third})["jobs"]
    rows, times = np.unique(drawn, axis=0, return_counts=True)
    assert rows.tolist() == [[7, 8], [10, 90], [50, 40]]
    assert times / DRAWS == pytest.approx([1 / 3] * 3, abs=0.01)


def test_a_definition_that_overturns_the_order_does_so_in_half_of_the_draws():
    criterion = Criterion("jobs_in_reach", "Jobs", "need", "jobs", "", "higher", 0, 100, 1.0)
    other = Uncertainty(definitions={"p80": pd.DataFrame({"id": ["a", "b"], "jobs": [10.0, 90.0]})})
    drawn = draw_ranks(
        OPTIONS, (criterion,), draws=DRAWS, concentration=float("inf"), seed=3, uncertainty=other
    )
    assert (drawn.ranks == 1).mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.01)


def test_the_unreachable_stays_unreachable():
    options = OPTIONS.assign(jobs=[np.inf, 40.0], jobs_low=[np.inf, 38.0], jobs_high=[np.inf, 42.0])
    for error in (ROUNDED, StandardError("jobs", 0.1)):
        assert np.isinf(draw(options, errors=(error,))["jobs"][:, 0]).all()


# --- streams -------------------------------------------------------------------------------------------------------


ALL = {
    "definitions": {"p80": pd.DataFrame({"id": ["a", "b"], "jobs": [10.0, 90.0]})},
    "costs": (COST,),
    "errors": (ROUNDED, StandardError("per_m", 0.2)),
}


def test_a_factor_more_leaves_the_draws_of_the_others():
    whole = draw(**ALL)
    only_cost = draw(costs=ALL["costs"])["per_m"]
    only_error = draw(errors=ALL["errors"])["per_m"]
    assert whole["per_m"] == pytest.approx(only_cost * only_error / 100)
    # The shift of the rounding is the same in every draw, whichever definition it comes upon.
    shift = draw(errors=ALL["errors"])["jobs"] - [50, 40]
    base = draw(definitions=ALL["definitions"])["jobs"]
    assert whole["jobs"] == pytest.approx(base + shift)


def test_factors_leave_the_drawn_weights():
    criteria = (
        Criterion("one", "", "need", "per_m", "", "higher", 0, 200, 0.5),
        Criterion("two", "", "need", "jobs", "", "higher", 0, 100, 0.5),
    )
    plain, doubted = (
        draw_ranks(OPTIONS, criteria, draws=200, concentration=20, seed=9, uncertainty=doubt)
        for doubt in (None, Uncertainty(**ALL))
    )
    assert np.array_equal(plain.weights, doubted.weights)
    assert not np.array_equal(plain.ranks, doubted.ranks)


def test_an_option_keeps_its_draws_whatever_the_others_are():
    more = pd.concat([OPTIONS.iloc[[1]].assign(id="0"), OPTIONS.iloc[::-1]], ignore_index=True)
    without_definitions = {name: ALL[name] for name in ("costs", "errors")}
    few, many = draw(**without_definitions), draw(more, **without_definitions)
    for measure in ("per_m", "jobs"):
        assert np.array_equal(few[measure], many[measure][:, [2, 1]])


def test_the_seed_decides():
    assert np.array_equal(draw(**ALL)["jobs"], draw(**ALL)["jobs"])
    assert not np.array_equal(draw(**ALL)["jobs"], draw(**ALL, seed=5)["jobs"])


def test_factors_are_named_only_where_they_move_something():
    doubt = Uncertainty(**ALL)
    assert doubt.factors(["per_m", "jobs"]) == ("definition", "cost", "data")
    assert doubt.factors(["per_m"]) == ("cost", "data")
    assert doubt.factors(["residents"]) == ()
    assert doubt.only("cost").factors(["per_m", "jobs"]) == ("cost",)


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "doubt", "said"),
    [
        (
            {"low": [2.5, 1.5]},
            {"costs": (COST,)},
            "'central' of 'a' is 2, but 'low' and 'high' run from 2.5 to 3",
        ),
        ({"high": [np.nan, 1.5]}, {"costs": (COST,)}, "run from 1 to nan"),
        ({"low": [0.0, 1.5]}, {"costs": (COST,)}, "'low' of 'a' is not above 0"),
        ({"central": [np.nan, 1.5]}, {"costs": (COST,)}, "'a' has 'per_m' but no cost 'central'"),
        ({"jobs_low": [51.0, 38.0]}, {"errors": (ROUNDED,)}, "'jobs' of 'a' is 50"),
        ({}, {"errors": (StandardError("jobs", -0.1),)}, "standard error of 'jobs'"),
        ({"se": [1.0, -1.0]}, {"errors": (StandardError("jobs", "se"),)}, "'se' of 'b' is -1"),
        (
            {},
            {"definitions": {"p80": pd.DataFrame({"id": ["a"], "jobs": [1.0]})}},
            "'p80' has no 'jobs' for 1 of 2 options, such as 'b'",
        ),
        (
            {},
            {"definitions": {"p80": pd.DataFrame({"id": ["a", "b", "a"], "jobs": [1.0, 2, 3]})}},
            "'p80' names the option 'a' twice",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, doubt, said):
    with pytest.raises(ParameterError, match=said):
        draw(OPTIONS.assign(**change), draws=10, **doubt)
