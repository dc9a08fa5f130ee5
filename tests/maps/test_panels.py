"""Places among all areas, the sentence about a layer, the areas that are numbered."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import maps
from maps.formats import ordinal
from maps.panels import places_in_words
from maps.summaries import shown_layer


@pytest.fixture
def valued(changed, squares):
    """The page with its first five areas holding 3, 1, 3, inf and nothing, the rest nothing."""

    def with_values(values=(3.0, 1.0, 3.0, np.inf, np.nan)) -> maps.Page:
        column = np.full(len(squares), np.nan)
        column[: len(values)] = values
        return changed(areas=squares.assign(value=column))

    return with_values


def figure(ranked, first_words: str = "") -> maps.PanelFigure:
    return maps.PanelFigure(maps.Column("value", "Value"), ranked=ranked, first_words=first_words)


def test_places_are_shared_and_counted_among_those_with_a_value(valued):
    assert places_in_words(valued(), figure("low"))[:5] == [
        "joint 2nd of 4 squares, 1 = least",
        "1st of 4 squares, 1 = least",
        "joint 2nd of 4 squares, 1 = least",
        "4th of 4 squares, 1 = least",
        "",
    ]
    assert places_in_words(valued(), figure("high", "slowest"))[:4] == [
        "joint 2nd of 4 squares, 1 = slowest",
        "4th of 4 squares, 1 = slowest",
        "joint 2nd of 4 squares, 1 = slowest",
        "1st of 4 squares, 1 = slowest",
    ]
    assert set(places_in_words(valued(), figure(None))) == {""}


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
     (112, "112th"), (1003, "1,003rd")],
)  # fmt: skip
def test_ordinals(number, text):
    assert ordinal(number) == text


def layer(**parts) -> maps.Choropleth:
    described = {
        "key": "value", "title": "Value", "column": "value", "palette": maps.ramp("need", 2), "breaks": (2,),
        "unit": "min", "inf_label": "over 120",
    }  # fmt: skip
    return maps.Choropleth(**described | parts)


def test_the_summary_names_the_ends_the_middle_and_what_is_missing(valued, hostile):
    # Four values 1, 3, 3, inf: the lower of the two in the middle is 3.
    assert shown_layer(valued(), layer()).summary == (
        "Value: from 1 min ({{ 7 * 7 }} & \"quoted\" 'too' \u2028) to over 120 min (Square 3-0); half of the squares have "
        "3 min or less. Without a value: 8 of 12 squares."
    )
    same = shown_layer(valued((5.0,) * 12), layer()).summary
    assert same == "Value: 5 min everywhere."


def test_the_summary_of_categories_names_the_largest_class(changed, access):
    by_class = dataclasses.replace(
        access,
        column="class",
        breaks=(),
        classes=("low", "high"),
        class_labels=("Low", "High"),
        palette=maps.ramp("need", 2),
    )
    shown = shown_layer(changed(), by_class)
    assert shown.summary == "Residents reaching three centres: the largest class is “High”, 8 of 12 squares."
    assert shown.texts[:1] + shown.texts[-1:] == ("Low", "High")


@pytest.mark.parametrize(
    ("top", "side", "numbers"),
    [
        (3, "high", [(1, "Square 3-0"), (2, "</script>"), (2, "Square 2-0")]),
        (2, "high", [(1, "Square 3-0")]),  # the two that share the second place would be three in all
        (1, "low", [(1, "{{ 7 * 7 ")]),
        (0, "high", []),
        (9, "low", [(1, "{{ 7 * 7 "), (2, "</script>"), (2, "Square 2-0"), (4, "Square 3-0")]),
    ],
)
def test_the_first_are_numbered_and_a_tie_that_passes_the_end_is_left_away(valued, top, side, numbers):
    found = shown_layer(valued(), layer(label_top=top, label_from=side)).numbered
    assert [
        (each.number, each.name[: len(name)]) for each, (_, name) in zip(found, numbers, strict=True)
    ] == numbers
