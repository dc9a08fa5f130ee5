"""Measures of inequality: published examples, cases by hand, and brute force over every person and pair of persons."""

from __future__ import annotations

import logging
import math
from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accessibility import inequality as iq
from accessibility.errors import InputError, ParameterError

MEASURES = [
    "people",
    "mean",
    "gini",
    "concentration_index",
    "concentration_index_erreygers",
    "palma",
    "fgt0",
    "fgt1",
    "fgt2",
    "theil",
    "theil_between",
    "theil_within",
]


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-12, abs=1e-12)


def table(frame: pd.DataFrame, **changes: object) -> pd.Series:
    asked = {"rank": frame["rank"], "groups": frame["group"], "line": 3, **changes}
    made = iq.inequality_table(frame["access"], weights=frame["people"], **asked)
    return made.set_index("measure")["value"]


# Published examples and cases by hand


def test_gini_and_lorenz_by_hand():
    curve = iq.lorenz([75, 25], weights=[1, 1])
    assert curve.to_dict("list") == {"people_share": [0, 0.5, 1], "access_share": [0, 0.25, 1]}
    assert iq.gini([75, 25], weights=[1, 1]) == close(0.25)
    # Three people with 1 and one with 5: of 16 ordered pairs six differ, by 4; the mean is 2.
    assert iq.gini([1, 5], weights=[3, 1]) == close(6 * 4 / 16 / (2 * 2))


def test_lorenz_has_one_row_per_level():
    curve = iq.lorenz([2, 0, 2, 1], weights=[10, 20, 30, 40])
    assert curve["people_share"].tolist() == close([0, 0.2, 0.6, 1])
    assert curve["access_share"].tolist() == close([0, 0, 1 / 3, 1])


def test_concentration_index_of_child_deaths_in_india():
    """O'Donnell and others (2008), "Analyzing Health Equity Using Household Survey Data", table 8.1: -0.1694."""
    births = [29_939, 28_776, 26_528, 24_689, 19_739]
    deaths_per_1000 = [154.7, 152.9, 119.5, 86.9, 54.3]
    index = iq.concentration_index(deaths_per_1000, weights=births, rank=[1, 2, 3, 4, 5])
    assert index == pytest.approx(-0.1694, abs=5e-5)
    curve = iq.concentration_curve(deaths_per_1000, weights=births, rank=[1, 2, 3, 4, 5])
    # 4,632 of 15,419 deaths are of the 29,939 of 129,671 births in the poorest fifth of households.
    assert curve.iloc[1].tolist() == pytest.approx([29_939 / 129_671, 4_632 / 15_419], abs=5e-5)


def test_concentration_index_leans_as_it_says():
    # R is 1/4 and 3/4, the mean 2: C = 2/2 (1/2 (1-2)(-1/4) + 1/2 (3-2)(1/4)) = 1/4.
    assert iq.concentration_index([1, 3], weights=[5, 5], rank=[1, 2]) == close(0.25)
    assert iq.concentration_index([1, 3], weights=[5, 5], rank=[9, 4]) == close(-0.25)
    above = iq.concentration_curve([1, 3], weights=[5, 5], rank=[9, 4])
    assert above.to_dict("list") == {"people_share": [0, 0.5, 1], "access_share": [0, 0.75, 1]}


def test_erreygers_by_hand():
    asked = {"weights": [5, 5], "rank": [1, 2], "corrected": "erreygers"}
    assert iq.concentration_index([1, 3], **asked, bounds=(0, 4)) == close(4 * 2 / 4 * 0.25)
    assert iq.concentration_index([1, 3], **asked, bounds=np.array([0, 4])) == close(4 * 2 / 4 * 0.25)
    assert iq.concentration_index([1, 3], **asked) == close(4 * 2 / 2 * 0.25)
    # All have 2 of at most 4, or none of it: nobody is favoured, though the plain index of the latter is undefined.
    assert iq.concentration_index([2, 2], **asked, bounds=(0, 4)) == close(0)
    assert iq.concentration_index([0, 0], **asked, bounds=(0, 4)) == 0


def test_ties_in_rank_share_their_middle():
    # The two of rank 1 hold 1 + 3 between them however they are ordered: as if both had 2.
    tied = iq.concentration_index([1, 3, 5], weights=[1, 1, 2], rank=[1, 1, 2])
    assert tied == iq.concentration_index([3, 1, 5], weights=[1, 1, 2], rank=[1, 1, 2])
    assert tied == close(iq.concentration_index([2, 5], weights=[2, 2], rank=[1, 2]))
    assert iq.concentration_index([1, 3, 5], weights=[1, 1, 2], rank=[4, 4, 4]) == 0


def test_palma_by_hand():
    ten = {"weights": [1] * 10, "rank": range(1, 11)}
    assert iq.palma([2, 2, 2, 2, 9, 9, 9, 9, 9, 3], **ten) == close(1.5)
    # Two fifths of 100 are 30 people with 1 and 10 of the next area's with 2: 50 / 40; a tenth is part of the last area.
    assert iq.palma([1, 2, 6], weights=[30, 40, 30], rank=[1, 2, 3]) == close(6 / (50 / 40))


def test_palma_splits_ties_at_the_cut_alike():
    # The 40 people at the cut, of one rank, have 1 and 3: 2 on average for the 10 of them that belong to the two fifths.
    for tied in ([1, 3], [3, 1]):
        assert iq.palma([1, *tied, 6], weights=[30, 20, 20, 30], rank=[1, 2, 2, 3]) == close(6 / (50 / 40))


def test_palma_is_undefined_when_two_fifths_reach_nothing(caplog):
    # Shares of people that add up to 0.4 only nearly must not make it a huge number.
    assert math.isnan(iq.palma([0, 0, 0, 0, 5], weights=[0.1, 0.1, 0.1, 0.1, 0.6], rank=[1, 2, 3, 4, 5]))
    assert math.isnan(iq.palma([0, 0, 5], weights=[0.3 - 1e-16, 0.1, 0.6], rank=[1, 2, 3]))
    assert "the most deprived two fifths of people reach nothing" in caplog.text


def test_fgt_of_the_world_banks_country_c():
    """Haughton and Khandker (2009), "Handbook on Poverty and Inequality", chapter 4: line 125, P1 0.08, P2 0.0136."""
    asked = {"weights": [1, 1, 1, 1], "line": 125}
    found = [iq.fgt([100, 110, 150, 160], **asked, alpha=alpha) for alpha in (0, 1, 2)]
    assert found == close([0.5, 0.08, 0.0136])


def test_fgt0_is_one_less_the_share_with_three_centres():
    people, centres = [1217, 903, 1544, 1080, 7], [3, 0, 9, 2, 4]
    with_three = Fraction(1217 + 1544 + 7, sum(people))
    assert iq.fgt(centres, weights=people, line=3, alpha=0) == float(1 - with_three)
    assert iq.fgt([0, 0], weights=[5, 6], line=3, alpha=1) == 1
    assert iq.fgt([3, 4], weights=[5, 6], line=3, alpha=0) == 0


def test_theil_by_hand():
    one_and_three = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    assert iq.theil([1, 3], weights=[1, 1]).total == close(one_and_three)
    # Half of the people have all: ln 2. They would have the same index if those without were left out, and it is not 0.
    assert iq.theil([0, 2], weights=[8, 8]).total == close(math.log(2))
    found = iq.theil([4, 1, 4, 3], weights=[1, 1, 1, 1], groups=["B", "A", "B", "A"])
    between = [1 / 3 * math.log(2 / 3), 2 / 3 * math.log(4 / 3)]
    assert (found.between, found.within) == (close(sum(between)), close(one_and_three / 3))
    groups = found.by_group
    assert groups["group"].tolist() == ["A", "B"]
    assert groups["people_share"].tolist() == close([0.5, 0.5])
    assert groups["access_share"].tolist() == close([1 / 3, 2 / 3])
    assert groups["theil"].tolist() == close([one_and_three, 0])
    assert groups["between"].tolist() == close(between)
    assert groups["within"].tolist() == close([one_and_three / 3, 0])
    assert groups["share"].tolist() == close([one_and_three / 3 / found.total, 0])


def test_theil_keeps_groups_that_reach_nothing_and_groups_of_nobody():
    found = iq.theil([0, 1, 3, 9], weights=[2, 1, 1, 0], groups=["idle", "busy", "busy", "empty"])
    rows = found.by_group.set_index("group")
    assert rows.index.tolist() == ["busy", "empty", "idle"]
    assert rows["people_share"].tolist() == close([0.5, 0, 0.5])
    assert rows["access_share"].tolist() == close([1, 0, 0])
    assert np.isnan(rows["theil"]).tolist() == [False, True, True]
    assert found.between == close(math.log(2))
    assert found.total == close(found.between + found.within)


def test_theil_without_groups_is_one_group():
    found = iq.theil([1, 3], weights=[1, 1])
    assert (found.between, found.within) == (0, found.total)
    assert found.by_group.empty
    assert list(found.by_group.columns) == list(iq.theil([1], weights=[1], groups=["A"]).by_group.columns)


# Every person and pair of persons

AREA = st.tuples(
    st.integers(0, 9), st.integers(0, 6), st.integers(1, 5), st.sampled_from(["north", "mid", "south"])
)


def frame_of(areas: list[tuple[int, int, int, str]]) -> pd.DataFrame:
    return pd.DataFrame(areas, columns=["access", "people", "rank", "group"])


POPULATED = (
    st.lists(AREA, min_size=1, max_size=8)
    .map(frame_of)
    .filter(lambda frame: (frame["access"] * frame["people"]).sum() > 0)
)
FIXED = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def persons(frame: pd.DataFrame, *, times: int = 1) -> list[tuple[float, int, str]]:
    rows = zip(frame["access"], frame["people"], frame["rank"], frame["group"], strict=True)
    return [(access, rank, group) for access, people, rank, group in rows for _ in range(people * times)]


def theil_of_persons(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return sum(x / mean * math.log(x / mean) for x in values if x) / len(values) if mean else 0.0


@FIXED
@given(POPULATED)
def test_gini_and_concentration_by_pairs(frame):
    everyone = persons(frame)
    mean = sum(access for access, _, _ in everyone) / len(everyone)
    pairs = list(product(everyone, everyone))
    gaps = sum(abs(a - b) for (a, _, _), (b, _, _) in pairs)
    # With each pair counted twice: what the less deprived of the two has more, nothing if they are of one rank.
    leads = sum((a - b) * int(np.sign(r - q)) for (a, r, _), (b, q, _) in pairs)
    assert iq.gini(frame["access"], weights=frame["people"]) == close(gaps / len(pairs) / (2 * mean))
    index = iq.concentration_index(frame["access"], weights=frame["people"], rank=frame["rank"])
    assert index == close(leads / len(pairs) / (2 * mean))
    corrected = iq.concentration_index(
        frame["access"], weights=frame["people"], rank=frame["rank"], corrected="erreygers", bounds=(0, 9)
    )
    assert corrected == close(2 * leads / len(pairs) / 9)


@FIXED
@given(POPULATED)
def test_palma_of_a_crowd(frame):
    """Ten of each person make tenths whole; those of one rank have their rank's mean, so no order among them matters."""
    crowd = pd.DataFrame(persons(frame, times=10), columns=["access", "rank", "group"])
    levelled = crowd.groupby("rank")["access"].transform("mean")[crowd["rank"].argsort(kind="stable")]
    most, least = levelled[: len(crowd) * 4 // 10].mean(), levelled[-(len(crowd) // 10) :].mean()
    found = iq.palma(frame["access"], weights=frame["people"], rank=frame["rank"])
    assert math.isnan(found) if most == 0 else found == close(least / most)


@FIXED
@given(POPULATED, st.integers(1, 9))
def test_fgt_and_theil_person_by_person(frame, line):
    everyone = persons(frame)
    for alpha in (0, 1, 2, 2.5):
        each = [((line - a) / line) ** alpha for a, _, _ in everyone if a < line]
        assert iq.fgt(frame["access"], weights=frame["people"], line=line, alpha=alpha) == close(
            sum(each) / len(everyone)
        )
    found = iq.theil(frame["access"], weights=frame["people"], groups=frame["group"])
    assert found.total == close(theil_of_persons([a for a, _, _ in everyone]))
    inside = {group: [a for a, _, at in everyone if at == group] for group in set(frame["group"])}
    means = [sum(values) / len(values) for values in inside.values() for _ in values]
    assert found.between == close(theil_of_persons(means))
    assert found.total == close(found.between + found.within)
    assert found.by_group["between"].sum() == close(found.between)
    assert found.by_group["within"].sum() == close(found.within)
    for row in found.by_group.itertuples():
        if sum(inside[row.group]):
            assert row.theil == close(theil_of_persons(inside[row.group]))


# What must not matter, and what must


@FIXED
@given(POPULATED, st.randoms(use_true_random=False))
def test_cutting_areas_changes_nothing(frame, random):
    whole = table(frame)
    pieces = frame.loc[frame.index.repeat(3)].reset_index(drop=True).astype({"people": float})
    share = random.random()
    for at in range(0, len(pieces), 3):
        people = pieces.loc[at, "people"]
        pieces.loc[at : at + 2, "people"] = [people * share / 2, people * share / 2, people * (1 - share)]
    pd.testing.assert_series_equal(table(pieces), whole, rtol=1e-9, atol=1e-12)


@FIXED
@given(POPULATED, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_bit(frame, random):
    awkward = frame.assign(people=frame["people"] / 7, access=frame["access"] / 3)
    order = random.sample(range(len(frame)), len(frame))
    assert table(awkward).equals(table(awkward.iloc[order]))


@FIXED
@given(POPULATED)
def test_units_change_nothing(frame):
    before = table(frame).drop(["people", "mean"])
    scaled = frame.assign(access=frame["access"] * 7.3, people=frame["people"] * 0.31)
    after = table(scaled, line=3 * 7.3).drop(["people", "mean"])
    pd.testing.assert_series_equal(after, before, rtol=1e-9, atol=1e-12)
    # Ranks of a whole country, squeezed or stretched, order the same people alike.
    assert table(frame.assign(rank=frame["rank"] ** 3 * 1000)).equals(table(frame))


@FIXED
@given(POPULATED)
def test_areas_where_nobody_lives_count_for_nothing(frame):
    nobody = pd.DataFrame({"access": [1e9, 0], "people": [0, 0], "rank": [1, 9], "group": ["mid", "mid"]})
    assert table(pd.concat([frame, nobody], ignore_index=True)).equals(table(frame))


@FIXED
@given(POPULATED)
def test_ranges(frame):
    found = table(frame)
    assert 0 <= found["gini"] < 1
    assert abs(found["concentration_index"]) <= found["gini"] + 1e-12
    assert found["fgt2"] <= found["fgt1"] <= found["fgt0"] <= 1
    assert min(found["theil"], found["theil_between"]) >= 0
    assert found["theil_within"] >= -1e-12


@FIXED
@given(POPULATED)
def test_lack_is_spread_as_access_is(frame):
    """What Erreygers' correction is for: the index of what is lacking is the negative of that of what is there."""
    asked = {
        "weights": frame["people"],
        "rank": frame["rank"],
        "corrected": "erreygers",
        "bounds": (0, 9),
    }
    there = iq.concentration_index(frame["access"], **asked)
    assert iq.concentration_index(9 - frame["access"], **asked) == close(-there)


@FIXED
@given(POPULATED, st.randoms(use_true_random=False))
def test_taking_from_who_has_more_makes_it_more_equal(frame, random):
    frame = frame[frame["people"] > 0].reset_index(drop=True)
    if frame["access"].nunique() < 2:
        return
    rich = random.choice(frame.index[frame["access"] > frame["access"].min()].tolist())
    poor = random.choice(frame.index[frame["access"] < frame["access"][rich]].tolist())
    # One unit of what the richer area's people have in all, less than would make them the poorer ones.
    gap = frame["access"][rich] - frame["access"][poor]
    moved = gap / 4 * min(frame["people"][rich], frame["people"][poor])
    after = frame.astype({"access": float})
    after.loc[rich, "access"] -= moved / frame["people"][rich]
    after.loc[poor, "access"] += moved / frame["people"][poor]
    was, now = table(frame, line=9), table(after, line=9)
    assert now["mean"] == close(was["mean"])
    assert now["gini"] < was["gini"]
    assert now["theil"] < was["theil"]
    assert now["fgt2"] < was["fgt2"] or frame["access"][rich] > 9


def test_equal_access_is_exactly_equal():
    asked = {"weights": [0.1, 0.2, 0.3], "rank": [1, 2, 3], "groups": ["a", "a", "b"], "line": 1}
    found = iq.inequality_table([0.1, 0.1, 0.1], **asked).set_index("measure")["value"]
    assert found["gini"] == 0
    assert found["theil"] == 0
    assert found["palma"] == close(1)
    assert found["concentration_index"] == close(0)
    # Nor may what is equal but for the last bit come out below 0.
    assert iq.gini([1, np.nextafter(1, 2)], weights=[1, 25]) >= 0


# Nothing to measure


@pytest.mark.parametrize(
    ("access", "people", "reason"),
    [
        ([], [], "there are no areas"),
        ([1, 2], [0, 0], "nobody lives in these areas"),
        ([0, 0], [3, 4], "nobody reaches anything"),
    ],
)
def test_undefined_is_nan_with_its_reason(access, people, reason, caplog):
    rank, groups = list(range(len(access))), ["a"] * len(access)
    values = [
        iq.gini(access, weights=people),
        iq.concentration_index(access, weights=people, rank=rank),
        iq.palma(access, weights=people, rank=rank),
        iq.theil(access, weights=people, groups=groups).total,
    ]
    assert np.isnan(values).all()
    curves = [iq.lorenz(access, weights=people), iq.concentration_curve(access, weights=people, rank=rank)]
    assert [(len(curve), *curve.columns) for curve in curves] == [(0, "people_share", "access_share")] * 2
    assert [record.getMessage().endswith(reason) for record in caplog.records] == [True] * 6
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    found = iq.inequality_table(access, weights=people, rank=rank, groups=groups, line=3)
    found = found.set_index("measure")
    assert (
        found.loc[["gini", "concentration_index", "palma", "theil", "theil_within"], "undefined"]
        .eq(reason)
        .all()
    )


def test_lines_are_defined_where_nobody_reaches_anything():
    assert [iq.fgt([0, 0], weights=[1, 2], line=3, alpha=alpha) for alpha in (0, 1, 2)] == [1, 1, 1]
    assert math.isnan(iq.fgt([], weights=[], line=3, alpha=0))
    assert math.isnan(iq.fgt([1], weights=[0], line=3, alpha=1))


def test_one_area_is_equal_to_itself():
    found = iq.inequality_table([2], weights=[500], rank=[17], groups=["a"], line=3).set_index("measure")
    equal = ["gini", "concentration_index", "theil", "theil_between", "theil_within"]
    assert found.loc[equal, "value"].tolist() == [0] * 5
    assert found.loc["palma", "value"] == 1
    assert found.loc[["fgt0", "fgt1"], "value"].tolist() == close([1, 1 / 3])
    assert (
        found.loc["concentration_index_erreygers", "undefined"]
        == "all have the same access and no bounds are given"
    )


# Refusals

GOOD = {"access": [1.0, 2.0, 3.0], "weights": [5, 6, 7], "rank": [1, 2, 3], "groups": ["a", "b", "b"]}


def ask(**changes: object) -> pd.DataFrame:
    columns = {**GOOD, **changes}
    return iq.inequality_table(columns.pop("access"), **columns)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"access": [1, None, None]}, "access is missing in 2 of 3 areas, first in 1"),
        ({"access": pd.Series([1, pd.NA, 3], dtype="Int64")}, "access is missing in 1 of 3 areas, first in 1"),
        ({"access": [1, -2, 3]}, "access is negative in 1 of 3 areas, first in 1"),
        ({"access": [1, 2, math.inf]}, "access is infinite or beyond 1e100 in 1 of 3 areas, first in 2; give what"),
        ({"weights": [5, -6, -7]}, "weights is negative in 2 of 3 areas, first in 1"),
        ({"weights": [5, 6, math.nan]}, "weights is missing in 1 of 3 areas, first in 2"),
        ({"weights": [5, 6, math.inf]}, "weights is infinite or beyond 1e100 in 1 of 3 areas, first in 2"),
        ({"rank": [math.nan, 2, 3]}, "rank is missing in 1 of 3 areas, first in 0"),
        ({"groups": ["a", None, "b"]}, "groups is missing in 1 of 3 areas, first in 1"),
        ({"weights": [5, 6]}, "weights has 2 areas, and access has 3"),
        ({"access": ["1", "2", "3"]}, "access holds '1' where a number is needed, in 3 of 3 areas"),
        ({"rank": [1, "two", 3]}, "rank holds 'two' where a number is needed, in 1 of 3 areas"),
        ({"access": [1, 2j, 3]}, "access holds (1+0j) where a number is needed"),
        ({"weights": pd.to_datetime(["2026-03-10"] * 3)}, "weights holds Timestamp"),
        ({"access": None}, "access: one value per area is needed, not a NoneType"),
        ({"weights": None}, "weights: one value per area is needed, not a NoneType"),
        ({"weights": 5}, "weights: one value per area is needed, not a int"),
        ({"weights": "567"}, "weights: one value per area is needed, not a str"),
        ({"rank": np.eye(3)}, "rank: one value per area is needed, not a ndarray"),
        ({"weights": pd.DataFrame({"people": [5, 6, 7]})}, "weights: one value per area is needed, not a DataFrame"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(InputError) as caught:
        ask(**changes)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_the_area_is_named_as_the_table_names_it():
    with pytest.raises(InputError, match=r"access is negative in 1 of 3 areas, first in 'E02'$"):
        ask(access=pd.Series([1, -2, 3], index=["E01", "E02", "E03"]))


def test_columns_of_other_tables_are_not_matched_by_place():
    access = pd.Series([1, 2, 3], index=["E01", "E02", "E03"])
    for index in (["E03", "E02", "E01"], ["E01", "E02", "W01"]):
        with pytest.raises(
            InputError, match="weights is not labelled as access is, or stands in another order"
        ):
            iq.gini(access, weights=pd.Series([5, 6, 7], index=index))
    assert iq.gini(access, weights=pd.Series([5, 6, 7], index=access.index)) == iq.gini(
        [1, 2, 3], weights=[5, 6, 7]
    )
    assert iq.gini(access, weights=np.array([5, 6, 7])) == iq.gini((1, 2, 3), weights=[5, 6, 7])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"line": 0}, "line is 0; it must be a number above 0"),
        ({"line": math.nan}, "line is nan"),
        ({"line": "3"}, "line is '3'"),
        ({"bounds": (0, 2)}, "access is outside the bounds 0 to 2 in 1 of 3 areas with people"),
        ({"bounds": (9, 0)}, "bounds is (9, 0); it must be the least and most access possible"),
        ({"bounds": (0, 9, 10)}, "bounds is (0, 9, 10)"),
        ({"bounds": ("0", "9")}, "bounds: '0' is no number"),
    ],
)
def test_parameters_out_of_range_are_refused(changes, sentence):
    with pytest.raises(ParameterError) as caught:
        ask(**changes)
    assert str(caught.value).startswith(sentence)


def test_no_rank_is_not_one_rank():
    for measure in (iq.concentration_index, iq.concentration_curve, iq.palma):
        with pytest.raises(InputError, match="rank: one value per area is needed"):
            measure([1, 2], weights=[3, 4], rank=None)


def test_parameters_of_single_measures_are_refused():
    for alpha in (-1, math.nan, math.inf, "1", True):
        with pytest.raises(ParameterError, match=r"alpha is .*; it must be a number, 0 or above"):
            iq.fgt([1], weights=[1], line=3, alpha=alpha)
    with pytest.raises(ParameterError, match="corrected is 'wagstaff'; it must be None or 'erreygers'"):
        iq.concentration_index([1], weights=[1], rank=[1], corrected="wagstaff")
    with pytest.raises(ParameterError, match="bounds are for corrected='erreygers'"):
        iq.concentration_index([1], weights=[1], rank=[1], bounds=(0, 9))


# The table


def test_the_table_says_what_the_functions_say():
    access, people, rank = [9, 6, 3, 1, 0], [100, 200, 300, 250, 150], [1, 2, 3, 4, 5]
    groups, line = ["a", "a", "b", "b", "b"], 3
    found = iq.inequality_table(
        access, weights=people, rank=rank, groups=groups, line=line, bounds=(0, 9), unit="centres"
    )
    assert list(found.columns) == ["measure", "value", "meaning", "undefined"]
    assert found["measure"].tolist() == MEASURES
    divided = iq.theil(access, weights=people, groups=groups)
    asked = {"weights": people, "rank": rank}
    assert found["value"].tolist() == [
        1000,
        3.25,
        iq.gini(access, weights=people),
        iq.concentration_index(access, **asked),
        iq.concentration_index(access, **asked, corrected="erreygers", bounds=(0, 9)),
        iq.palma(access, **asked),
        *(iq.fgt(access, weights=people, line=line, alpha=alpha) for alpha in (0, 1, 2)),
        divided.total,
        divided.between,
        divided.within,
    ]
    assert found["undefined"].eq("").all()
    says = found.set_index("measure")["meaning"]
    assert says["people"] == "1,000 people live in 5 of 5 areas."
    assert says["mean"] == "A person reaches 3.25 centres on average."
    assert says["fgt0"] == "40.0% of people fall short of 3 centres."
    # 250 people lack 2 of 3 and 150 lack all of it: (500 + 450) / 3000.
    assert says["fgt1"].startswith("A person falls 31.7% short of 3 centres on average")
    # The last tenth has nothing, the first two fifths (900 + 1200 + 300) / 400 = 6.
    assert says["palma"].startswith("The least deprived tenth of people have 0.00 times the access")
    assert "favours the more deprived (-0." in says["concentration_index"]
    corrected = says["concentration_index_erreygers"]
    assert corrected.startswith(
        "Corrected for its mean and the bounds 0 to 9, access favours the more deprived (-0."
    )
    assert (
        says["theil_between"]
        == f"{divided.between / divided.total:.1%} of the Theil index lies between the groups."
    )
    assert (
        says["theil_within"]
        == f"{divided.within / divided.total:.1%} of the Theil index lies within the groups."
    )


def test_the_sentence_turns_with_the_index():
    def says(access: list[float]) -> str:
        found = iq.inequality_table(access, weights=[1, 1], rank=[1, 2]).set_index("measure")
        return str(found.loc["concentration_index", "meaning"])

    assert says([1, 3]).startswith("Access favours the less deprived (+0.250;")
    assert says([3, 1]).startswith("Access favours the more deprived (-0.250;")
    assert says([3, 3]) == "Access favours neither the more nor the less deprived."


def test_gini_in_words_is_the_difference_of_two_people():
    # One of two people has all, 4: drawn with replacement two people differ by 4 half of the time, and the mean is 2.
    found = iq.inequality_table([0, 4], weights=[1, 1]).set_index("measure")
    assert (
        found.loc["gini", "meaning"] == "Two people drawn at random differ by 100.0% of the mean on average."
    )


def test_bounds_that_were_found_are_said_to_be():
    found = iq.inequality_table([1, 250_000], weights=[1, 1], rank=[1, 2]).set_index("measure")
    said = found.loc["concentration_index_erreygers", "meaning"]
    assert said.startswith(
        "Corrected for its mean and the least and most found, 1 and 250,000, access favours the less"
    )


def test_what_was_not_asked_for_is_undefined_and_says_so():
    found = iq.inequality_table([1, 3], weights=[1, 1]).set_index("measure")
    assert found.index.tolist() == MEASURES
    reasons = found["undefined"]
    assert (
        reasons[["concentration_index", "concentration_index_erreygers", "palma"]]
        .eq("no rank was given")
        .all()
    )
    assert reasons[["fgt0", "fgt1", "fgt2"]].eq("no line was given").all()
    assert reasons[["theil_between", "theil_within"]].eq("no groups were given").all()
    assert (found["value"].isna() == reasons.ne("")).all()
    assert (found["meaning"].eq("") == reasons.ne("")).all()
    assert (found["value"].dtype, found["value"]["gini"]) == (np.float64, close(0.25))


def test_inputs_are_left_as_they_were():
    frame = frame_of([(3, 5, 2, "a"), (0, 6, 1, "b"), (9, 0, 3, "a")])
    before = frame.copy(deep=True)
    table(frame)
    iq.lorenz(frame["access"], weights=frame["people"])
    pd.testing.assert_frame_equal(frame, before)
