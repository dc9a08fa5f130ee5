"""Need and access in nine classes: cuts, ties, what is missing and what is never reached."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from accessibility.errors import InputError, ParameterError
from corridors.need.bivariate import (
    MISSING,
    Classes,
    bivariate_classes,
    bivariate_counts,
    fixed_cuts,
    national_thirds,
    thirds_of_residents,
)

INF, NAN = math.inf, math.nan


def table(need, access, residents=None):
    return pd.DataFrame(
        {
            "id": [f"a{i}" for i in range(len(need))],
            "residents": residents or [10] * len(need),
            "need": need,
            "access": access,
        }
    )


def need_of(*cuts):
    return fixed_cuts("need", cuts, label="Need", highest="high")


def minutes_of(*cuts):
    return fixed_cuts("access", cuts, label="Minutes", highest="low")


def test_a_value_on_a_cut_belongs_below():
    areas = table([9.9, 10, 10.1, 20, 20.1], [30, 45, 45.1, 60, 60.1])
    found = bivariate_classes(areas, need=need_of(10, 20), access=minutes_of(45, 60))
    assert found["need_class"].tolist() == [1, 1, 2, 2, 3]
    # Few minutes are good access: the third class.
    assert found["access_class"].tolist() == [3, 3, 2, 2, 1]
    assert found["bivariate"].tolist() == ["1-3", "1-3", "2-2", "2-2", "3-1"]


def test_missing_is_a_class_of_its_own_and_unreachable_is_the_worst():
    areas = table([15, NAN, 15], [INF, 30, NAN], residents=[1, 2, 4])
    found = bivariate_classes(areas, need=need_of(10, 20), access=minutes_of(45, 60))
    assert found["bivariate"].tolist() == ["2-1", MISSING, MISSING]
    assert found["need_class"].tolist() == [2, 0, 2]
    counts = bivariate_counts(found, areas)
    assert counts["bivariate"].tolist() == [
        "3-1", "3-2", "3-3", "2-1", "2-2", "2-3", "1-1", "1-2", "1-3", MISSING,
    ]  # fmt: skip
    by_class = counts.set_index("bivariate")
    assert by_class.loc[MISSING, ["areas", "residents"]].tolist() == [2, 6]
    assert by_class.loc["2-1", "share"] == pytest.approx(1 / 7)
    assert by_class["residents"].sum() == 7


def test_thirds_hold_a_third_of_the_residents_each():
    rng = np.random.default_rng(11)
    areas = table(rng.permutation(300).tolist(), [1] * 300, residents=rng.integers(1, 9, 300).tolist())
    cut = thirds_of_residents(areas, "need", label="Need", highest="high")
    everyone = np.sort(np.repeat(areas["need"], areas["residents"]))
    people = len(everyone)
    assert cut.cuts == (everyone[math.ceil(people / 3) - 1], everyone[math.ceil(2 * people / 3) - 1])
    held = areas.groupby(cut.of(areas))["residents"].sum() / people
    assert held.tolist() == pytest.approx([1 / 3] * 3, abs=0.03)


def test_equal_values_are_never_parted():
    areas = table([5, 5, 5, 5, 1, 9], [1] * 6)
    cut = thirds_of_residents(areas, "need", label="Need", highest="high")
    assert cut.cuts == (5, 5)
    assert cut.of(areas).tolist() == [1, 1, 1, 1, 1, 3]
    shuffled = areas.iloc[[5, 0, 4, 1, 2, 3]]
    assert thirds_of_residents(shuffled, "need", label="Need", highest="high") == cut


def test_no_cut_lies_where_nothing_is_reached():
    areas = table([1] * 5, [20, 30, INF, INF, INF])
    cut = thirds_of_residents(areas, "access", label="Minutes", highest="low")
    assert cut.cuts == (30, 30)
    assert cut.of(areas).tolist() == [3, 3, 1, 1, 1]
    with pytest.raises(InputError, match="column 'access' has no finite value where anybody lives"):
        thirds_of_residents(table([1, 1], [INF, 5], residents=[1, 0]), "access", label="M", highest="low")


def test_national_thirds_are_not_those_of_the_study():
    areas = pd.DataFrame({"id": list("abcd"), "residents": [1] * 4, "rank": [1, 3, 4, 10]})
    cut = national_thirds("rank", ranked=10, label="Income rank")
    # 10 / 3 and 20 / 3: ranks 1 to 3 are the most deprived third, 7 to 10 the least.
    assert cut.cuts == (3, 6)
    assert cut.of(areas).tolist() == [3, 3, 2, 1]
    assert thirds_of_residents(areas, "rank", label="Income rank", highest="low").of(areas).tolist() == [
        3,
        3,
        2,
        1,
    ]
    deprived = areas.assign(rank=[1, 1, 2, 3])
    assert cut.of(deprived).tolist() == [3, 3, 3, 3]
    assert thirds_of_residents(deprived, "rank", label="", highest="low").of(deprived).tolist() == [
        3,
        3,
        2,
        1,
    ]


def test_the_words_hold_the_cuts_and_their_rule():
    assert national_thirds("rank", ranked=33_755, label="Income rank").in_words == (
        "Income rank: cut at 11,251 and 22,503 (thirds of the 33,755 areas ranked nationally)"
    )
    assert minutes_of(45, 60).in_words == "Minutes: cut at 45 and 60 (fixed)"


@pytest.mark.parametrize("cuts", [(2, 1), (NAN, 1), (1, INF)])
def test_cuts_that_are_none_are_refused(cuts):
    with pytest.raises(ParameterError, match="two rising numbers are needed"):
        Classes("need", "Need", cuts, "high", "fixed")


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="there is no column 'need' to cut into classes"):
        bivariate_classes(table([], []).drop(columns="need"), need=need_of(1, 2), access=minutes_of(1, 2))


def test_no_areas_give_empty_classes():
    none = table([], [])
    found = bivariate_classes(none, need=need_of(1, 2), access=minutes_of(1, 2))
    assert list(found) == ["id", "need_class", "access_class", "bivariate"]
    assert bivariate_counts(found, none)["areas"].sum() == 0
