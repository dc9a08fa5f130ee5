"""What a description refuses, in one sentence, before anything is drawn."""

from __future__ import annotations

import dataclasses
import re

import geopandas as gpd
import pytest
from shapely.geometry import Point

import maps

COLUMN = maps.Column("share", "Share")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda p: dataclasses.replace(p.choropleths[0], diverging=True),
            "must mirror each other around zero",
        ),
        (lambda p: dataclasses.replace(p.choropleths[0], label_top=-1), "label_top -1"),
        (lambda p: dataclasses.replace(p.choropleths[0], label_from="top"), "label_from 'top'"),
        (
            lambda p: dataclasses.replace(p.overlays[0], fill="dots"),
            "fill 'dots' must be one of hatch, outline, tint",
        ),
        (
            lambda p: dataclasses.replace(p.overlays[0], class_column="stops"),
            "class_column and classes go together",
        ),
        (
            lambda p: dataclasses.replace(p.overlays[0], class_column="stops", classes=(7,)),
            "has 1 classes but 0 colours",
        ),
        (lambda p: dataclasses.replace(p.tables[0], links="areas"), "names no id_column"),
        (lambda p: maps.PanelFigure(COLUMN, ranked="up"), "ranked 'up' must be high or low"),
        (
            lambda p: maps.Tiles(url="http://a.org/{z}/{x}/{y}", attribution="A"),
            "an address such as https://",
        ),
        (lambda p: maps.Tiles(url="https://a.org/{z}/{x}", attribution="A"), "an address such as https://"),
        (
            lambda p: maps.Tiles(url="https://{s}.a.org/{z}/{x}/{y}", attribution="A"),
            "an address such as https://",
        ),
        (
            lambda p: maps.Tiles(url="https://a.org/{z}/{x}/{y}'; script-src *", attribution="A"),
            "an address such as",
        ),
        (lambda p: maps.Tiles(url="https://a.org/{z}/{x}/{y}", attribution=""), "a.org need the attribution"),
    ],
)
def test_an_object_refuses_what_it_can_see_by_itself(page, make, sentence):
    with pytest.raises(maps.MapsError, match=re.escape(sentence)) as refusal:
        make(page)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("breaks", [(-5, -1, 1, 5), (-5, 0, 5), (0,), (-1, 1)])
def test_differences_may_have_zero_as_a_bound_or_amid_a_class(access, breaks):
    layer = dataclasses.replace(
        access, diverging=True, breaks=breaks, palette=maps.diverging_ramp(len(breaks) + 1)
    )
    assert layer.figure.signed


@pytest.mark.parametrize("breaks", [(-5, 1, 5), (-5, 4), (1, 2), (-1, 0, 2)])
def test_differences_without_a_fixed_zero_are_refused(access, breaks):
    with pytest.raises(maps.MapsError, match="mirror"):
        dataclasses.replace(access, diverging=True, breaks=breaks, palette=maps.ramp("need", len(breaks) + 1))


def places(**columns: object) -> gpd.GeoDataFrame:
    given = {"name": ["A"], "kind": ["b"]} | columns
    return gpd.GeoDataFrame(given, geometry=[Point(0, 0)], crs=27700)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            lambda p: {"panel": maps.Panel(figures=[maps.PanelFigure(maps.Column("x", "X"))])},
            "'X' needs the column 'x'",
        ),
        (lambda p: {"panel": maps.Panel(texts=[maps.PanelText("Why", "x")])}, "'Why' needs the column 'x'"),
        (
            lambda p: {
                "panel": maps.Panel(figures=[maps.PanelFigure(maps.Column("name", "N"), ranked="low")])
            },
            "ranks areas by 'name', which must hold numbers",
        ),
        (lambda p: {"places": places().drop(columns="kind")}, "need the column 'kind'"),
        (lambda p: {"places": places(name=[None])}, "rows without a name"),
        (lambda p: {"places": places().drop(columns="geometry")}, "'A' has neither"),
        (lambda p: {"places": places(area_id=["nowhere"]).drop(columns="geometry")}, "'A' has neither"),
        (lambda p: {"places": places().set_crs(None, allow_override=True)}, "no CRS"),
        (
            lambda p: {"compare": ("access", "speed")},
            "compares 'speed', but its choropleths are access, minutes",
        ),
        (lambda p: {"compare": ("access", "access")}, "compares 'access' with itself"),
        (lambda p: {"beside": [("Out", "https://example.org/a.html")]}, "must be a file name"),
        (lambda p: {"beside": [("Run", "javascript:alert(1)")]}, "must be a file name"),
        (
            lambda p: {"tables": [dataclasses.replace(p.tables[0], id_column="rank", links="sites")]},
            "links rows with 'sites'; what has identifiers is: areas, groups, corridors",
        ),
        (
            lambda p: {
                "group_column": None,
                "tables": [dataclasses.replace(p.tables[0], id_column="rank", links="groups")],
            },
            "names no group_column",
        ),
        (
            lambda p: {
                "tables": [dataclasses.replace(p.tables[0], id_column="rank", links="areas", link_column="x")]
            },
            "needs the column 'x' to link",
        ),
        (
            lambda p: {"overlays": [dataclasses.replace(p.overlays[0], key="areas")]},
            "'areas' is kept for the page",
        ),
        (
            lambda p: {"overlays": [dataclasses.replace(p.overlays[0], kind="polygon")]},
            "holds a LineString where a Polygon",
        ),
        (
            lambda p: {
                "overlays": [
                    dataclasses.replace(
                        p.overlays[0], class_column="stops", classes=(8,), palette=("#000000",)
                    )
                ]
            },
            "holds '7', which is not one of its classes",
        ),
    ],
)
def test_a_page_refuses_parts_that_do_not_belong_together(page, changed, parts, sentence):
    with pytest.raises(maps.MapsError, match=re.escape(sentence)) as refusal:
        maps.build_page(changed(**parts(page)))
    assert "\n" not in str(refusal.value)
