"""Data inside the page: they stay data, and come back as they were."""

from __future__ import annotations

import json

import pytest

import maps
from maps.embedded import embedded_json, packed_texts, read_page_data


def test_nothing_in_it_ends_the_script_or_the_line(hostile):
    text = embedded_json({"name": hostile, "line": "a\u2028b\u2029c & d"})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"name": hostile, "line": "a\u2028b\u2029c & d"}


def test_texts_that_repeat_are_written_once():
    assert packed_texts(["a", "b", "a", "a", "b"]) == {"texts": ["a", "b"], "at": [0, 1, 0, 0, 1]}
    assert packed_texts(["a", "b", "c", "a"]) == ["a", "b", "c", "a"]
    assert packed_texts([]) == []


def test_a_written_page_is_read_back_with_every_column_as_a_list(whole, hostile):
    data = read_page_data(maps.build_page(whole))
    assert data["areas"]["groups"] == (["Westside"] * 2 + [hostile] * 2) * 3
    [share] = data["areas"]["figures"]
    assert share["values"] == [
        "0%",
        "8%",
        "17%",
        "25%",
        "33%",
        "42%",
        "50%",
        "58%",
        "67%",
        "75%",
        "83%",
        "92%",
    ]
    minutes = data["choropleths"][1]["figure"]["values"]
    assert minutes[:4] == ["over 120 minutes", "no data", "40 minutes", "50 minutes"]
    assert data["panel"]["texts"][0]["values"][1:3] == ["", "It lies in row 0."]
    assert data["places"]["at"][2] == data["areas"]["ids"].index("W11")


def test_another_document_is_refused():
    with pytest.raises(maps.MapsError, match="holds no page data"):
        read_page_data("<html></html>")
