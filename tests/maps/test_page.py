"""The page as text: alone, one geometry, everything escaped, the same bytes every time."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
import re

import geopandas as gpd
import pytest
from made_areas import made_areas

import maps
from maps import page as page_module
from maps.embedded import read_page_data


def without_scripts(text: str) -> str:
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_refers_to_no_other_file_or_host(page):
    text = maps.build_page(page)
    outside = [
        target
        for attribute, target in re.findall(
            r"(?<![\w-])(src|href)\s*=\s*[\"']([^\"']*)", without_scripts(text)
        )
        if not target.startswith("#")
    ]
    assert outside == []
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert "@import" not in style
    assert [url[:5] for url in re.findall(r"url\((.*?)\)", style)] == ["data:"] * 3
    assert "<link" not in text
    assert re.search(r"<script[^>]+src", text) is None
    assert "sourceMappingURL" not in text
    for dropped in ("jquery", "bootstrap", "awesome", "cdn."):
        assert dropped not in text.lower()


def test_the_study_is_named_above_the_finding_and_in_the_title_of_the_window(page, changed):
    text = maps.build_page(page)
    assert text.index('<p class="eyebrow">A study of squares') < text.index("<h1>")
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1]
    assert html.unescape(title) == f"{page.title} \N{EN DASH} {page.eyebrow}"
    bare = maps.build_page(changed(eyebrow=""))
    assert 'class="eyebrow"' not in bare
    assert html.unescape(re.search(r"<title>(.*?)</title>", bare, re.DOTALL)[1]) == page.title


def test_only_a_long_table_scrolls_within_itself(page, changed, ranking):
    assert 'class="table-scroll"' in maps.build_page(page)
    long = maps.build_page(changed(tables=[dataclasses.replace(ranking, is_long=True)]))
    assert 'class="table-scroll long"' in long


def test_own_scripts_alone_may_run(page):
    text = maps.build_page(page)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    allowed = re.findall(r"'sha256-([^']*)'", policy)
    assert [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts] == allowed
    assert "default-src 'none'" in policy
    assert "script-src 'unsafe" not in policy


def test_geometry_stands_once_whatever_the_number_of_layers(page, changed, access):
    data = read_page_data(maps.build_page(page))
    # Four by three squares have 4 * 4 + 3 * 5 = 31 sides; at each corner of the whole two of them are one.
    assert len(data["areas"]["arcs"]) == 31 - 4
    assert len(data["areas"]["rings"]) == 12
    more = [dataclasses.replace(access, key=f"copy-{n}") for n in range(10)]
    with_more = read_page_data(maps.build_page(changed(choropleths=more)))
    assert with_more["areas"]["arcs"] == data["areas"]["arcs"]
    assert json.dumps(with_more).count(json.dumps(data["areas"]["arcs"][0])) == 1


def test_backdrop_dissolves_the_districts(page, hostile):
    backdrop = read_page_data(maps.build_page(page))["backdrop"]
    assert [group["name"] for group in backdrop] == sorted(["Westside", hostile])
    # Two by three squares: six corners and edges' meeting points on the rim, none inside.
    assert [[len(part) for part in group["outline"]] for group in backdrop] == [[2 * 11], [2 * 11]]


def test_hostile_names_are_escaped_everywhere(page, hostile, template_name):
    text = maps.build_page(page)
    assert hostile not in text
    assert "<img" not in without_scripts(text)
    assert html.escape(hostile) in text
    assert "\u2028" not in re.search(r'id="page-data">(.*?)</script>', text, re.DOTALL)[1]
    data = read_page_data(text)
    assert data["areas"]["names"][:2] == [hostile, template_name]
    assert data["overlays"][0]["names"] == [hostile]
    assert "49 &amp;" not in text
    assert "{{ 7 * 7 }} &amp; &#34;quoted&#34;" in text


def test_unreachable_and_missing_are_words(page):
    minutes = read_page_data(maps.build_page(page))["choropleths"][1]
    assert minutes["figure"]["values"][:4] == ["over 120 minutes", "no data", "40 minutes", "50 minutes"]
    assert minutes["classes"][:4] == [2, -1, 1, 2]


def test_table_shows_words_and_sorts_by_numbers(page):
    text = maps.build_page(page)
    rows = re.search(r'id="table-ranking".*?<tbody>(.*?)</tbody>', text, re.DOTALL)[1]
    assert re.findall(r'class="number" data-sort="([^"]*)">([^<]*)<', rows) == [
        ("10", "10.0"), ("Infinity", "over 120"), ("", "no data"),
    ]  # fmt: skip
    assert rows.count('<th scope="row"') == 3
    assert 'id="table-ranking-caption">Scores from fixed goalposts.</p>' in text
    assert 'aria-describedby="table-ranking-caption"' in text
    assert 'Time <span class="unit">(minutes)</span></th>' in text


def test_says_finding_definition_limits_sources_and_run(page):
    text = maps.build_page(page)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en-GB">')
    assert text.count("<h1>") == 1
    for part in ("Illustrative.", "Fares are not modelled.", "A source", "Run 0f3a", "38.2%", "Within reach"):
        assert part in without_scripts(text)
    for landmark in ("<header", "<main", "<footer", 'class="skip" href="#map-section"', 'href="#tables"'):
        assert landmark in text
    assert "user-scalable" not in text


def test_definition_and_comparison_stand_on_the_page_in_full(page, hostile, template_name):
    text = without_scripts(maps.build_page(page))
    assert f"<p>Counted over all residents {html.escape(hostile)}.</p>" in text
    assert 'href="#method"' in text.split("</header>")[0]
    assert f"Somebody stated 41% {html.escape(template_name, quote=False)[:10]}" in text
    assert "They are not in the same places" in text


def test_without_method_and_comparison_nothing_points_at_them(changed):
    text = without_scripts(maps.build_page(changed(method="", comparison="", findings=[])))
    for absent in ("#method", "How it was measured", "Beside a published figure", "What the tables show"):
        assert absent not in text


def test_limits_are_grouped_and_empty_groups_left_out(page):
    text = without_scripts(maps.build_page(page))
    section = text[text.index('id="limits-heading"') :]
    assert re.findall(r"<h3>(.*?)</h3>", section) == ["What is not modelled", "Sites"]
    assert re.findall(r"<li>(.*?)</li>", section)[:2] == ["Fares are not modelled.", "One is unverified."]


def test_every_table_can_be_jumped_to(changed, ranking):
    second = dataclasses.replace(ranking, key="second", title="Another")
    text = maps.build_page(changed(tables=[ranking, second]))
    jumps = re.findall(r'<a href="#(table-[\w-]+)">', text)
    assert jumps == ["table-ranking-heading", "table-second-heading"]
    assert all(f'id="{target}" tabindex="-1"' in text for target in jumps)


def test_a_label_on_the_map_may_be_shorter_than_the_name(changed, corridor, hostile):
    short = dataclasses.replace(corridor, frame=corridor.frame.assign(place="1st"), map_label_column="place")
    [drawn] = read_page_data(maps.build_page(changed(overlays=[short])))["overlays"]
    assert (drawn["labels"], drawn["names"]) == (["1st"], [hostile])
    with pytest.raises(maps.MapsError, match="needs the column 'nick'"):
        maps.build_page(changed(overlays=[dataclasses.replace(corridor, map_label_column="nick")]))


def test_legend_counts_add_up_to_the_areas(page):
    text = maps.build_page(page)
    legends = re.findall(r'data-legend="(\w+)".*?<tbody>(.*?)</tbody>', text, re.DOTALL)
    counts = {
        key: [int(n) for n in re.findall(r'<td class="number">(\d+)</td>', body)] for key, body in legends
    }
    # Shares are 0/12 ... 11/12: a share equal to a bound (3/12, 6/12, 9/12) belongs to the class below it.
    assert counts == {"access": [4, 3, 3, 2, 0], "minutes": [4, 3, 4, 1]}


def test_layers_without_data_are_left_out_with_a_sentence(changed, squares, access, minutes, stations):
    squares["minutes"] = float("nan")
    stations = dataclasses.replace(stations, frame=stations.frame.iloc[:0])
    text = maps.build_page(changed(areas=squares, overlays=[stations]))
    assert "Minutes to the third centre: left out. No squares have a value." in text
    assert "Stations: left out. There is nothing to draw." in text
    assert [layer["key"] for layer in read_page_data(text)["choropleths"]] == ["access"]
    assert read_page_data(text)["overlays"] == []


def test_the_page_says_why_a_layer_is_left_out(changed, squares, minutes, access, stations):
    squares["minutes"] = float("nan")
    text = without_scripts(
        maps.build_page(
            changed(
                areas=squares,
                choropleths=[access, dataclasses.replace(minutes, reason_if_empty="Nobody drives.")],
                overlays=[
                    dataclasses.replace(
                        stations, frame=stations.frame.iloc[:0], reason_if_empty="The file names none."
                    )
                ],
            )
        )
    )
    assert "Minutes to the third centre: left out. Nobody drives." in text
    assert "Stations: left out. The file names none." in text


def test_layers_of_one_group_stand_together_under_its_heading(whole):
    text = without_scripts(maps.build_page(whole))
    layers = text[text.index('class="layers"') : text.index('class="overlays"')]
    told = re.findall(r'class="choice-group" id="[^"]*">([^<]*)<|value="(\w+)"', layers)
    assert ["".join(pair) for pair in told] == ["Now", "access", "minutes", "After", "change"]
    overlays = text[text.index('class="overlays"') :]
    assert re.findall(r'class="choice-group" id="[^"]*">([^<]*)<', overlays) == ["Bands"]


def test_a_legend_of_differences_is_signed_and_says_which_end_is_which(whole):
    text = without_scripts(maps.build_page(whole))
    legend = text[text.index('data-legend="change"') :]
    labels = re.findall(r"</span><span>([^<]*)(?: <small>([^<]*)</small>)?</span></th>", legend)[:3]
    minus = "\N{MINUS SIGN}"
    assert labels == [(f"{minus}10 or less", "worse"), (f"over {minus}10 to +10", ""), ("over +10", "better")]


def test_only_a_page_with_tiles_may_ask_and_only_one_host_for_pictures(page, changed):
    def policy(described: maps.Page) -> str:
        return re.search(r'Security-Policy" content="([^"]*)"', maps.build_page(described))[1]

    assert "img-src data: blob:;" in policy(page)
    tiles = maps.Tiles(
        url="https://tiles.example.org/{z}/{x}/{y}.png", attribution="© <b>Somebody</b>", max_zoom=17
    )
    assert "img-src data: blob: https://tiles.example.org;" in policy(changed(tiles=tiles))
    assert policy(changed(tiles=tiles)).count("https:") == 1
    data = read_page_data(maps.build_page(changed(tiles=tiles)))["tiles"]
    assert data == {"url": tiles.url, "attribution": tiles.attribution, "maxZoom": 17}


def test_the_pair_first_compared_gives_way_to_what_there_is(whole, squares):
    assert read_page_data(maps.build_page(whole))["compare"] == ["access", "change"]
    without = dataclasses.replace(whole, areas=squares.assign(change=float("nan")))
    assert read_page_data(maps.build_page(without))["compare"] == ["access", "minutes"]


def test_one_area_without_group_overlay_or_table_still_makes_a_page(squares, access):
    text = maps.build_page(
        maps.Page(
            title="One",
            subtitle="",
            areas=squares.iloc[[5]],
            id_column="code",
            name_column="name",
            choropleths=[access],
        )
    )
    assert [group["name"] for group in read_page_data(text)["backdrop"]] == [""]
    assert "Show on top" not in text
    assert 'href="#tables"' not in text


def test_same_bytes_twice_and_inputs_unchanged(page, squares):
    before = squares.copy()
    assert maps.build_page(page) == maps.build_page(page)
    assert page.areas.equals(before)
    assert page.areas.crs == before.crs


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (lambda p: {"areas": p.areas.drop(columns="share")}, "needs the column 'share'"),
        (lambda p: {"areas": p.areas.set_crs(None, allow_override=True)}, "has no CRS"),
        (lambda p: {"areas": p.areas.iloc[[0, 1, 1]]}, "'W10' stands more than once in 'code'"),
        (lambda p: {"areas": p.areas.iloc[:0]}, "is empty"),
        (lambda p: {"areas": p.areas.assign(code=None)}, "rows without 'code'"),
        (lambda p: {"areas": p.areas.set_geometry(p.areas.centroid)}, "holds a Point where a Polygon"),
        (
            lambda p: {"areas": p.areas.set_geometry(p.areas.geometry.where(p.areas.index > 1))},
            "2 rows without a geometry",
        ),
        (lambda p: {"areas": p.areas.assign(share="x")}, "must hold numbers"),
        (lambda p: {"areas": p.areas.assign(share=float("-inf"))}, "minus infinity"),
        (lambda p: {"areas": p.areas.assign(share=float("nan"), minutes=float("nan"))}, "nothing to show"),
        (lambda p: {"choropleths": []}, "names no choropleth"),
        (lambda p: {"choropleths": [p.choropleths[0]] * 2}, "share the key 'access'"),
        (lambda p: {"tooltip": [maps.Column("nowhere", "?")]}, "needs the column 'nowhere'"),
        (lambda p: {"tooltip": [maps.Column("share", "Share")]}, "say how many decimals"),
        (lambda p: {"tooltip": [maps.Column("name", "Name", decimals=1)]}, "holds text"),
        (
            lambda p: {"overlays": [dataclasses.replace(p.overlays[0], kind="point")]},
            "holds a LineString where a Point",
        ),
        (
            lambda p: {"overlays": [dataclasses.replace(p.overlays[1], size_column="name")]},
            "must be numbers above 0",
        ),
        (
            lambda p: {"tables": [dataclasses.replace(p.tables[0], heading_column="none")]},
            "heading_column 'none'",
        ),
    ],
)
def test_refuses_in_one_sentence(page, changed, parts, sentence):
    with pytest.raises(maps.MapsError, match=re.escape(sentence)) as refusal:
        maps.build_page(changed(**parts(page)))
    assert "\n" not in str(refusal.value)


def test_a_table_of_areas_without_geometry_is_refused(changed, squares):
    with pytest.raises(maps.MapsError, match="has no geometry"):
        maps.build_page(changed(areas=squares.drop(columns="geometry")))


def test_unknown_category_is_refused_and_known_ones_are_counted(changed, access):
    layer = dataclasses.replace(
        access, column="class", breaks=(), classes=("low", "high"), palette=maps.ramp("need", 2)
    )
    assert (
        read_page_data(maps.build_page(changed(choropleths=[layer])))["choropleths"][0]["classes"]
        == [0] * 4 + [1] * 8
    )
    with pytest.raises(maps.MapsError, match="holds 'high', which is not one of its classes"):
        maps.build_page(changed(choropleths=[dataclasses.replace(layer, classes=("low", "middle"))]))


def test_writes_the_file_and_leaves_nothing_beside_it(page, tmp_path):
    path = maps.write_page(page, tmp_path / "new" / "index.html")
    assert path.read_text(encoding="utf-8") == maps.build_page(page)
    assert [file.name for file in path.parent.iterdir()] == ["index.html"]


def test_an_interrupted_write_leaves_the_old_file(page, tmp_path, monkeypatch):
    path = tmp_path / "index.html"
    path.write_text("old", encoding="utf-8")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(page_module.Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        maps.write_page(page, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


def test_warns_of_a_page_that_mail_would_refuse(changed, tmp_path):
    with pytest.warns(UserWarning, match=r"index\.html has 1\d\.\d MB"):
        maps.write_page(changed(limits=[("Much", ["x" * 10_500_000])]), tmp_path / "index.html")
    with pytest.warns(UserWarning, match=r"above 0\.1 MB"):
        maps.write_page(changed(warn_mb=0.1), tmp_path / "index.html")


def test_pages_of_192_real_sized_wards_stay_small(changed, project_root):
    wards = gpd.read_file(project_root / "data" / "boundaries" / "wards.geojson")
    wards = wards.assign(name=wards["wd25cd"], district="All", share=0.5, minutes=40.0)
    text = maps.build_page(changed(areas=wards, id_column="wd25cd"))
    assert len(read_page_data(text)["areas"]["rings"]) == 192
    assert len(text.encode()) <= 1_500_000


def test_a_page_of_a_regions_small_areas_stays_within_three_megabytes():
    areas = made_areas(42)  # 1,764: the West Midlands have 1,719
    columns = [maps.Column(f"figure_{n}", f"Figure {n}", decimals=1) for n in range(12)]
    page = maps.Page(
        title="Small areas",
        subtitle="",
        areas=areas,
        id_column="code",
        name_column="name",
        group_column="group",
        choropleths=[
            maps.Choropleth(key=f"layer-{n}", title=column.label, column=column.column, decimals=1,
                            breaks=(15, 28, 42, 63), palette=maps.ramp("need", 5))
            for n, column in enumerate(columns)
        ],
        tooltip=columns[:4],
        panel=maps.Panel(figures=[maps.PanelFigure(column, ranked="high") for column in columns[:6]]),
        tables=[maps.Table(key="all", title="All", frame=areas, columns=[maps.Column("name", "Area"), *columns[:6]],
                           caption="", id_column="code", links="areas")],
    )  # fmt: skip
    assert len(maps.build_page(page).encode()) <= 3_000_000
