"""Classes, their words and their counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import maps
from maps.legend import build_legend, class_labels, classify


def test_a_value_on_a_bound_belongs_below_and_infinity_on_top(minutes):
    values = pd.Series([0.0, 30.0, 30.01, 45.0, 45.01, np.inf, np.nan])
    assert classify(values, minutes) == [0, 0, 1, 1, 2, 2, -1]


def test_whole_numbers_with_gaps_are_classified(minutes):
    assert classify(pd.Series([30, None, 31], dtype="Int64"), minutes) == [0, -1, 1]


def test_labels_say_which_side_a_bound_is_on(minutes, access):
    assert class_labels(minutes) == ("30 or less", "over 30 to 45", "over 45")
    assert class_labels(access) == ("25% or less", "over 25% to 50%", "over 50% to 75%", "over 75%")
    finer = dataclasses.replace(access, breaks=(0.04, 0.065, 0.1), decimals=0)
    assert class_labels(finer) == ("4.0% or less", "over 4.0% to 6.5%", "over 6.5% to 10.0%", "over 10.0%")
    worded = dataclasses.replace(minutes, class_labels=("a", "b", "c"))
    assert class_labels(worded) == ("a", "b", "c")


def test_counts_cover_every_area(minutes):
    legend = build_legend([0, 0, 2, -1, -1, -1], minutes)
    assert [row.count for row in legend.rows] == [2, 0, 1]
    assert (legend.no_data, legend.total) == (3, 6)
    assert [row.colour for row in legend.rows] == list(minutes.palette)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"palette": ("#000000",)}, "has 3 classes but 1 colours"),
        ({"palette": ("#000000", "#111111", "red")}, "must be written as #rrggbb"),
        ({"palette": ("#000000", "#111111", "#222222;x")}, "must be written as #rrggbb"),
        ({"class_labels": ("one",)}, "has 3 classes but 1 labels"),
        ({"breaks": (45, 30)}, "must ascend"),
        ({"breaks": (30, 30)}, "must ascend"),
        ({"breaks": (30, float("nan"))}, "must ascend"),
        ({"classes": ("a", "b", "c")}, "either breaks or classes"),
        ({"breaks": ()}, "either breaks or classes"),
        ({"breaks": (), "classes": ("a", "b", "a")}, "named twice"),
        ({"key": 'x" onload='}, "must be a lower-case word"),
    ],
)
def test_refuses_classes_colours_and_labels_that_do_not_belong_together(minutes, parts, sentence):
    with pytest.raises(maps.MapsError, match=sentence):
        dataclasses.replace(minutes, **parts)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"kind": "area"}, "must be one of point, line, polygon"),
        ({"shape": "star"}, "must be one of circle"),
        ({"colour": "blue"}, "must be written as #rrggbb"),
        ({"label_column": None, "show_labels": True}, "names no label_column"),
    ],
)
def test_refuses_marks_that_cannot_be_drawn(stations, parts, sentence):
    with pytest.raises(maps.MapsError, match=sentence):
        dataclasses.replace(stations, **parts)


def test_refuses_a_table_without_columns(ranking):
    with pytest.raises(maps.MapsError, match="names no column"):
        dataclasses.replace(ranking, columns=())
