"""Benefits by fifth, grades, weights and figures per £ million, worked by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from made_network import made_network

from accessibility.errors import ParameterError
from corridors.schemes.appraisal import appraisals_table, appraise
from corridors.schemes.before_after import compare_access
from corridors.schemes.distribution import di_grade, national_fifths, welfare_weights
from corridors.schemes.edits import Cost

RANKED = 33_755
INF = math.inf


@pytest.fixture(scope="module")
def inputs(pristine_study):
    return made_network(pristine_study).inputs


@pytest.fixture(scope="module")
def ranks():
    """A1 and A3 in the most deprived fifth, A2 in the second, A4 in the last."""
    return pd.DataFrame({"id": ["A1", "A2", "A3", "A4"], "income_rank": [1, 6752, 6751, 33755]})


@pytest.fixture
def found(inputs, access_table):
    """A1 (100) and A2 (300) come to reach two centres; A2 reaches 50 jobs more; A3 (100) loses a minute; A4 (500) nothing."""
    before = access_table.assign(n_within=[1, 1, 2, 0], minutes_to_k=[50.0, 48.0, 36.0, INF])
    after = before.assign(
        n_within=[2, 2, 2, 0],
        minutes_to_k=[40.0, 44.0, 37.0, INF],
        jobs_within=[1100.0, 1050.0, 1100.0, 50.0],
    )
    return compare_access(before, after, inputs, min_centres=2, name="It")


def test_fifths_are_the_nations_not_the_regions():
    # A fifth of 33,755 is 6,751 exactly.
    areas = pd.DataFrame({"income_rank": [1, 6751, 6752, 13502, 13503, 27004, 27005, 33755, None]})
    fifths = national_fifths(areas, ranked=RANKED)
    assert fifths[:8].tolist() == [1, 1, 2, 2, 3, 4, 5, 5]
    assert fifths.isna().tolist() == [False] * 8 + [True]


def test_ranks_of_another_edition_are_refused():
    with pytest.raises(ParameterError, match="33,755, but ranks run to 32,844"):
        national_fifths(pd.DataFrame({"income_rank": [33755]}), ranked=32_844)
    with pytest.raises(ParameterError, match="no column income_rank"):
        national_fifths(pd.DataFrame({"id": ["A1"]}), ranked=RANKED)


def test_benefits_and_shares_by_fifth(found, ranks):
    fifths = appraise(found, ranks, ranked=RANKED).fifths
    centres = fifths[fifths["measure"] == "centres"].set_index("fifth")
    assert centres["residents"].tolist() == [200, 300, 0, 0, 500]
    assert centres["residents_in_impact_area"].tolist() == [200, 300, 0, 0, 0]
    assert centres["benefit"].tolist() == [100, 300, 0, 0, 0]
    assert centres["share_of_benefit"].tolist() == [0.25, 0.75, 0, 0, 0]
    assert centres["share_of_impact_area"].tolist() == [0.4, 0.6, 0, 0, 0]
    assert centres["share_of_residents"].tolist() == [0.2, 0.3, 0, 0, 0.5]
    assert centres["grade"].tolist() == [
        "slight beneficial", "large beneficial", "neutral", "neutral", "neutral",
    ]  # fmt: skip
    assert centres["marks"].tolist() == ["✓", "✓✓✓", "-", "-", "-"]
    jobs = fifths[fifths["measure"] == "jobs"].set_index("fifth")
    assert jobs["benefit"].tolist() == [0, 300 * 50, 0, 0, 0]


def test_harm_is_shared_among_those_harmed_and_graded_as_harm(inputs, access_table, ranks):
    """A1 comes to reach two centres; A2 loses its second: the second fifth bears the whole harm."""
    before = access_table.assign(n_within=[1, 2, 2, 0])
    after = access_table.assign(n_within=[2, 1, 2, 0])
    fifths = appraise(compare_access(before, after, inputs, min_centres=2), ranks, ranked=RANKED).fifths
    centres = fifths[fifths["measure"] == "centres"].set_index("fifth")
    assert centres["benefit"].tolist() == [100, -300, 0, 0, 0]
    assert centres["share_of_benefit"].tolist() == [1, 1, 0, 0, 0]
    assert centres["grade"].tolist()[:2] == ["large beneficial", "large adverse"]
    assert centres["marks"].tolist()[:2] == ["✓✓✓", "✗✗✗"]


def test_gains_and_losses_within_a_fifth_are_both_told(inputs, access_table, ranks):
    before = access_table.assign(n_within=[1, 0, 2, 0])
    after = access_table.assign(n_within=[2, 0, 1, 0])
    appraised = appraise(compare_access(before, after, inputs, min_centres=2), ranks, ranked=RANKED)
    assert appraised.fifths.loc[0, ["benefit", "gained", "lost"]].tolist() == [0, 100, 100]
    assert appraised.totals.loc[0, ["benefit", "gained", "lost"]].tolist() == [0, 100, 100]


@pytest.mark.parametrize(
    ("impact", "people", "adverse", "words"),
    [
        (0.30, 0.20, False, "large beneficial"),
        (0.25, 0.20, False, "moderate beneficial"),
        (0.2501, 0.20, False, "large beneficial"),
        (0.15, 0.20, False, "moderate beneficial"),
        (0.1499, 0.20, False, "slight beneficial"),
        (0.30, 0.20, True, "large adverse"),
        (0.10, 0.20, True, "slight adverse"),
        (0.0, 0.20, False, "neutral"),
    ],
)
def test_grades_compare_shares(impact, people, adverse, words):
    assert di_grade(impact, people, adverse=adverse).words == words


def test_a_share_is_none_of_more_than_the_whole():
    with pytest.raises(ParameterError, match=r"share_of_people is 1\.2"):
        di_grade(0.5, 1.2)


def test_weights_against_the_green_books_published_figures():
    """A3.13: at elasticity 1 a pound at £20,000 is worth twice one at £40,000. A3.20: 2.4, where the middle is 1.961 times."""
    incomes = {1: 20_000, 2: 30_000, 3: 40_000, 4: 55_000, 5: 90_000}
    assert welfare_weights(incomes, elasticity=1)[1] == 2
    assert round(welfare_weights({**incomes, 1: 40_000 / 1.961})[1], 1) == 2.4
    assert round(welfare_weights({**incomes, 1: 40_000 / 2.024})[1], 1) == 2.5
    weights = welfare_weights(incomes)
    # 2 ** 1.3 = 2 * 2 ** 0.3 = 2 * 1.2311; (4 / 9) ** 1.3 = exp(1.3 * -0.81093) = exp(-1.05421).
    assert weights[1] == pytest.approx(2.4623, abs=1e-4)
    assert weights[3] == 1
    assert weights[5] == pytest.approx(0.34847, abs=1e-5)
    assert welfare_weights(incomes, median_income=20_000)[1] == 1


@pytest.mark.parametrize(
    ("incomes", "message"),
    [
        ({1: 1.0, 2: 2.0}, "fifths 1 to 5"),
        ({1: 0.0, 2: 2.0, 3: 3.0, 4: 4.0, 5: 5.0}, "above 0"),
        ({1: 3.0, 2: 2.0, 3: 3.0, 4: 4.0, 5: 5.0}, "rise"),
    ],
)
def test_incomes_that_cannot_be_are_refused(incomes, message):
    with pytest.raises(ParameterError, match=message):
        welfare_weights(incomes)


def test_weighted_stands_beside_unweighted(found, ranks):
    plain = appraise(found, ranks, ranked=RANKED).totals.set_index("measure").loc["centres"]
    assert (plain["benefit"], plain["weighted"]) == (400, pytest.approx(100 * 2.4 + 300))
    incomes = {1: 20_000, 2: 40_000, 3: 40_000, 4: 55_000, 5: 90_000}
    given = appraise(found, ranks, ranked=RANKED, incomes=incomes)
    assert given.totals.loc[0, "weighted"] == pytest.approx(100 * 2**1.3 + 300)
    assert any("from the incomes given" in said for said in given.sentences)


def test_per_million_at_three_costs(found, ranks):
    """400 residents come to reach two centres, 100 of them in the most deprived fifth."""
    row = appraise(found, ranks, ranked=RANKED, cost_m=Cost(low=10, central=20, high=40)).totals.iloc[0]
    names = ["per_m_at_high_cost", "per_m_at_central_cost", "per_m_at_low_cost"]
    assert row[names].tolist() == [10, 20, 40]
    assert row[[f"most_deprived_{name}" for name in names]].tolist() == [2.5, 5, 10]
    assert row[[f"weighted_{name}" for name in names]].tolist() == pytest.approx([13.5, 27, 54])


def test_no_cost_and_no_pounds_give_no_figure_but_a_sentence(found, ranks):
    unknown = appraise(found, ranks, ranked=RANKED)
    assert unknown.totals.filter(like="per_m").isna().all(axis=None)
    assert "The cost of It is not known, so nothing is said per £ million." in unknown.sentences
    free = appraise(found, ranks, ranked=RANKED, cost_m=Cost(low=0, central=20, high=40))
    assert free.totals.loc[0, ["per_m_at_high_cost", "per_m_at_central_cost"]].tolist() == [10, 20]
    assert math.isnan(free.totals.loc[0, "per_m_at_low_cost"])
    assert any("stated as £0" in said for said in free.sentences)


def test_areas_without_a_rank_stay_in_the_totals(found, ranks):
    appraised = appraise(found, ranks.assign(income_rank=[1, None, 6751, 33755]), ranked=RANKED)
    centres = appraised.fifths[appraised.fifths["measure"] == "centres"].set_index("fifth")
    assert centres.loc[0, ["residents", "benefit", "weight"]].tolist() == [300, 300, 1]
    assert centres["residents"].sum() == 1000
    assert appraised.totals.loc[0, "benefit"] == 400
    assert any(
        said.startswith("300 residents live in small areas without a rank") for said in appraised.sentences
    )


def test_one_row_a_scheme_for_a_paper(found, ranks):
    appraised = appraise(found, ranks, ranked=RANKED, cost_m=Cost(low=10, central=20, high=40))
    table = appraisals_table([appraised], [found])
    row = table.iloc[0]
    assert row[["scheme", "gainers", "losers", "unchanged"]].tolist() == ["It", 400, 100, 500]
    assert row[["extra_residents", "extra_residents_most_deprived"]].tolist() == [400, 100]
    assert row[["share_most_deprived", "people_most_deprived"]].tolist() == [0.25, 0.4]
    assert row["extra_jobs_each"] == pytest.approx(300 * 50 / 1000)
    assert row["residents_per_m"] == 20
    assert appraisals_table([], []).columns.tolist() == table.columns.tolist()
