"""Tables that only the briefing needs, against counts made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from corridors.briefing.tables import access_by_fifth, need_and_access, schemes_in_brief


@pytest.fixture
def areas() -> pd.DataFrame:
    """Ten areas ranked in the nation: 1 and 2 are its first fifth, 3 and 4 its second, 9 its last; one has no rank."""
    return pd.DataFrame(
        {
            "id": ["A", "B", "C", "D", "E", "F"],
            "residents": [100, 200, 300, 400, 0, 50],
            "income_rank": pd.array([1, 2, 3, 4, 9, None], dtype="Int64"),
        }
    )


@pytest.fixture
def access() -> pd.DataFrame:
    return pd.DataFrame({"id": ["A", "B", "C", "D", "E", "F"], "n_within": [3, 2, 4, 0, 5, 9]})


def test_each_fifth_counts_its_own_areas_and_an_empty_one_has_no_share(access, areas):
    found = access_by_fifth(access, areas, min_centres=3, ranked=10).set_index("fifth")
    assert found["small_areas"].tolist() == [2, 2, 0, 0, 1]
    assert found["residents"].tolist() == [300, 700, 0, 0, 0]
    assert found["residents_reaching"].tolist() == [100, 300, 0, 0, 0]
    assert found["share"].tolist() == pytest.approx([1 / 3, 3 / 7, np.nan, np.nan, np.nan], nan_ok=True)
    assert found["label"].tolist()[0] == "Most deprived fifth"


def test_an_area_without_a_rank_is_in_no_fifth(access, areas):
    found = access_by_fifth(access, areas, min_centres=1, ranked=10)
    assert found["residents"].sum() == areas["residents"].sum() - 50


def test_classes_are_counted_with_the_wards_in_none():
    wards = pd.DataFrame(
        {
            "ward_code": list("WXYZ"),
            "residents": [10, 20, 30, 40],
            "need_and_access": ["3-1", "3-1", "1-3", None],
        }
    )
    found = need_and_access(wards).set_index("need_and_access")
    assert found.loc["3-1", ["label", "wards", "residents"]].tolist() == ["Great need, poor access", 2, 30]
    assert found.loc["3-1", "share"] == pytest.approx(0.3)
    assert found.loc["", ["label", "wards", "residents"]].tolist() == ["In no class", 1, 40]
    assert found["wards"].sum() == 4
    assert len(found) == 10


def test_without_a_class_there_is_no_table():
    wards = pd.DataFrame({"ward_code": ["W"], "residents": [1], "need_and_access": [None]})
    assert need_and_access(wards).empty


def test_a_scheme_counts_who_comes_within_reach_and_who_falls_out():
    """Of 100 + 200 + 300 people the first two reach two centres today; the scheme takes one away and brings the other."""
    access = pd.DataFrame({"id": ["A", "B", "C"], "residents": [100, 200, 300], "n_within": [2, 2, 1]})
    reached = pd.DataFrame(
        {
            "scheme": ["late"] * 3 + ["early"] * 3,
            "id": ["A", "B", "C"] * 2,
            "n_within": [2, 1, 2, 2, 2, 1],
        }
    )
    effects = SimpleNamespace(names=("late", "early"), reached=reached)
    found = schemes_in_brief(effects, access, min_centres=2)
    assert found["scheme"].tolist() == ["late", "early"]
    late = found.iloc[0]
    assert late[
        ["residents", "reaching_before", "reaching_after", "gain_enough", "lose_enough"]
    ].tolist() == [600, 300, 400, 300, 200]
    assert late[["share_before", "share_after"]].tolist() == pytest.approx([0.5, 2 / 3])
    assert found.iloc[1][["gain_enough", "lose_enough"]].tolist() == [0, 0]
