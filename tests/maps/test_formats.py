"""Numbers as a reader sees them, and the geometry as the page keeps it."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiLineString, Polygon, box, shape

import maps
from maps.formats import format_column, format_number, sort_values, with_unit
from maps.geometry import group_outlines, label_point, page_shapes, to_geojson


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567.0, 0, "1,234,567"),
        (0.25, 1, "0.2"),
        (12.345, 2, "12.35"),
        (-3.0, 0, "\N{MINUS SIGN}3"),
        (-0.001, 1, "0.0"),
        (math.inf, 0, "over 120"),
        (math.nan, 0, "no data"),
    ],
)
def test_numbers(value, decimals, text):
    assert format_number(value, decimals=decimals, inf_label="over 120") == text


def test_units_follow_figures_but_not_missing_ones():
    assert with_unit("38.2", "%") == "38.2%"
    assert with_unit("41", "minutes") == "41 minutes"
    assert with_unit("no data", "minutes") == "no data"
    assert with_unit("7", "") == "7"
    assert with_unit("not ranked", "points", missing_label="not ranked") == "not ranked"


def test_columns_of_every_kind():
    frame = pd.DataFrame(
        {
            "whole": pd.array([1500, None], dtype="Int64"),
            "share": [0.382, np.nan],
            "text": ["a", None],
            "flag": [True, False],
        }
    )
    assert format_column(frame, maps.Column("whole", "")) == ["1,500", "no data"]
    assert format_column(frame, maps.Column("share", "", decimals=1, factor=100)) == ["38.2", "no data"]
    assert format_column(frame, maps.Column("text", "")) == ["a", "no data"]
    assert format_column(frame, maps.Column("text", "", missing_label="none")) == ["a", "none"]
    assert format_column(frame, maps.Column("whole", "", missing_label="none")) == ["1,500", "none"]
    assert format_column(frame, maps.Column("flag", "")) == ["True", "False"]
    assert sort_values(frame, maps.Column("whole", "")) == ["1500", ""]
    assert sort_values(frame, maps.Column("text", "")) == ["a", ""]


def test_shapes_are_rounded_and_shared_borders_stay_shared():
    frame = gpd.GeoDataFrame(
        geometry=[box(400_000, 280_000, 400_333, 281_000), box(400_333, 280_000, 401_000, 281_000)], crs=27700
    )
    left, right = page_shapes(frame)
    assert all(number == round(number, 5) for number in np.asarray(left.exterior.coords).ravel())
    assert len(set(left.exterior.coords) & set(right.exterior.coords)) == 2
    # 400,333 E is 2 degrees west almost exactly: the false origin of the British grid.
    assert left.bounds[2] == pytest.approx(-1.995, abs=0.002)


def test_geojson_drops_repeats_and_height():
    line = LineString([(0, 0, 5), (0, 0, 5), (1, 1, 5)])
    assert shape(to_geojson(line)).equals(LineString([(0, 0), (1, 1)]))
    assert to_geojson(line)["coordinates"] == ((0.0, 0.0), (1.0, 1.0))


def test_groups_dissolve_to_one_outline_each():
    squares = np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(5, 0, 6, 1)], dtype=object)
    outlines = group_outlines(squares, ["b", "b", "a"])
    assert list(outlines) == ["a", "b"]
    assert outlines["b"].equals(box(0, 0, 2, 1))


def test_labels_stand_on_what_they_name():
    horseshoe = Polygon([(0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)])
    lon, lat = label_point(horseshoe)
    assert horseshoe.contains(shape({"type": "Point", "coordinates": (lon, lat)}))
    assert label_point(MultiLineString([[(0, 0), (1, 0)], [(0, 5), (10, 5)]])) == (5.0, 5.0)
