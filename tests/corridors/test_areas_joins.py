"""Joins that count what matched, what did not, and where."""

from __future__ import annotations

import logging

import pandas as pd
import pytest

from accessibility.errors import ParameterError
from corridors.errors import JoinError
from corridors.tables.joins import checked_join, join_report, refuse_unmatched

CODES = ["a", "b", "b", "c", "d"]
WHERE = {"a": "North", "b": "South", "c": "South", "d": "South"}
WORDS = {"what": "wards", "missing_from": "the outlines"}


def test_both_sides_are_counted_each_code_once():
    report = join_report(CODES, ["b", "x", "a", "x"], where=WHERE, **WORDS)
    assert (report.codes, report.matched, report.lost, report.spare) == (4, 2, ("c", "d"), ("x",))
    assert report.lost_where == (("South", 2, 3),)
    assert report.share_lost == 0.5
    assert report.sentence == "2 of 4 wards are not in the outlines (c, d; 2 of the 3 of South)"


def test_a_whole_place_and_the_only_code_of_a_place_are_told():
    report = join_report(CODES, [], where=WHERE, **WORDS)
    assert "(a, b, c, …; all 3 of South, the only one of North)" in report.sentence


def test_a_full_match_is_said_too():
    assert join_report(["a"], ["a"], **WORDS).sentence == "all 1 wards are in the outlines"
    assert (
        join_report(["a"], ["a", "b"], **WORDS).sentence
        == "all 1 wards are in the outlines; 1 more are there"
    )


def test_nothing_lost_of_nothing():
    report = join_report([], ["a"], **WORDS)
    assert report.share_lost == 0
    assert refuse_unmatched([], [], **WORDS).matched == 0


def test_any_loss_is_refused_unless_a_share_is_allowed(caplog):
    with pytest.raises(
        JoinError, match=r"1 of 4 wards are not in the outlines \(d\): use tables of one vintage"
    ):
        refuse_unmatched(CODES, ["a", "b", "c"], **WORDS)
    with pytest.raises(JoinError, match=r"2 of 4 wards .* more than the 25.0% allowed"):
        refuse_unmatched(CODES, ["a", "b"], max_unmatched_share=0.25, **WORDS)
    with caplog.at_level(logging.WARNING):
        report = refuse_unmatched(CODES, ["a", "b", "c"], max_unmatched_share=0.25, **WORDS)
    assert report.lost == ("d",)
    assert "1 of 4 wards are not in the outlines (d)" in caplog.text


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0])
def test_a_share_that_would_allow_everything_is_refused(share):
    with pytest.raises(ParameterError, match="max_unmatched_share"):
        refuse_unmatched(CODES, CODES, max_unmatched_share=share, **WORDS)


def test_a_join_keeps_every_row_in_its_order():
    table = pd.DataFrame({"code": CODES, "n": range(5)}, index=[9, 7, 5, 3, 1])
    other = pd.DataFrame({"code": ["c", "b", "a"], "jobs": [3, 2, 1]})
    joined, report = checked_join(table, other, on="code", max_unmatched_share=0.25, **WORDS)
    assert joined["n"].tolist() == [0, 1, 2, 3, 4]
    assert joined.index.tolist() == table.index.tolist()
    assert joined["jobs"].tolist()[:4] == [1, 2, 2, 3]
    assert pd.isna(joined["jobs"].iloc[4])
    assert report.lost == ("d",)
    assert list(table) == ["code", "n"]


def test_a_join_loses_nothing_by_default_and_refuses_a_doubled_code():
    table, other = pd.DataFrame({"code": CODES}), pd.DataFrame({"code": ["a", "a", "b", "c", "d"], "jobs": 1})
    with pytest.raises(JoinError, match="the outlines hold 'a' more than once"):
        checked_join(table, other, on="code", **WORDS)
    with pytest.raises(JoinError, match="1 of 4 wards"):
        checked_join(table, other.iloc[1:4], on="code", **WORDS)
