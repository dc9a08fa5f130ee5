"""Links to pages beside a page: to files of the same results and to nothing else."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

import maps


def page(*beside):
    areas = gpd.GeoDataFrame(
        {"id": ["A"], "name": ["One"], "value": [1.0]},
        geometry=[shapely.box(-2, 52, -1.9, 52.1)],
        crs="EPSG:4326",
    )
    layer = maps.Choropleth(
        key="value", title="Value", column="value", palette=maps.ramp("access", 2), breaks=[1]
    )
    return maps.Page(
        title="A page",
        subtitle="",
        areas=areas,
        id_column="id",
        name_column="name",
        choropleths=[layer],
        beside=beside,
    )


def test_pages_beside_it_are_linked_and_their_names_stay_text():
    html = maps.build_page(page(("All <b>stations</b>", "../index.html"), ("One", "stations/station-a.html")))
    assert '<a href="../index.html">All &lt;b&gt;stations&lt;/b&gt;</a>' in html
    assert '<a href="stations/station-a.html">One</a>' in html
    assert "Pages beside this one" not in maps.build_page(page())


@pytest.mark.parametrize(
    "name",
    [
        "https://example.org/x.html",
        "javascript:alert(1)",
        "//host/x.html",
        "/etc/x.html",
        "../../x.html",
        "x.htm",
        "",
    ],
)
def test_links_lead_to_pages_beside_it_only(name):
    with pytest.raises(maps.MapsError, match="must be a file name"):
        maps.build_page(page(("Elsewhere", name)))


def test_a_link_without_words_is_refused():
    with pytest.raises(maps.MapsError, match="must be a file name"):
        maps.build_page(page((" ", "x.html")))
