"""The page in a real browser, opened from disk with the network off."""

from __future__ import annotations

import dataclasses
import re

import pytest

import maps

pytestmark = pytest.mark.browser


def test_opens_from_disk_silently_and_asks_for_nothing(page, open_page, saved):
    opened = open_page(page)
    opened.tab.screenshot(path=saved / "page.png", full_page=True)
    assert [url.rsplit("/", 1)[-1] for url in opened.requests] == ["index.html"]
    assert opened.tab.get_attribute(".folium-map", "data-feature-count") == "12"
    assert opened.tab.locator("h1").count() == 1


def test_areas_are_painted_in_the_legends_colours(page, open_page, access, minutes):
    opened = open_page(page)
    pale, low, high, dark = access.palette
    assert opened.area_colours() == [pale] * 4 + [low] * 3 + [high] * 3 + [dark] * 2
    opened.tab.check("input[value=minutes]")
    quick, middle, slow = minutes.palette
    rows_2_and_3 = [quick, quick, middle, slow] * 2
    assert opened.area_colours() == [slow, "CanvasPattern", middle, slow, *rows_2_and_3]
    assert opened.tab.get_attribute(".folium-map", "data-choropleth") == "minutes"


def test_canvas_really_shows_the_colours(page, open_page, access, centre_of):
    """The pixel in the middle of a square has the legend's colour, not only the layer's option."""
    opened = open_page(page)
    assert opened.pixel_at(*centre_of("W32")) == access.palette[-1]


def test_one_legend_at_a_time_bound_to_its_layer(page, open_page):
    opened = open_page(page)
    visible = opened.tab.locator(".legend:visible h3")
    assert visible.all_inner_texts() == ["Residents reaching three centres (%)"]
    opened.tab.check("input[value=minutes]")
    assert visible.all_inner_texts() == ["Minutes to the third centre (minutes)"]
    assert opened.tab.locator(".legend:visible .no-data").inner_text().split() == ["No", "data", "1"]


def test_overlays_are_switched_and_keep_their_order(page, open_page, corridor, stations):
    opened = open_page(page)
    assert (opened.drawn_with(corridor.colour), opened.drawn_with(stations.colour)) == (1, 0)
    opened.tab.check("input[value=stations]")
    assert opened.drawn_with(stations.colour) == 2
    opened.tab.uncheck("input[value=corridors]")
    assert opened.drawn_with(corridor.colour) == 0
    opened.tab.check("input[value=corridors]")
    drawn_last = opened.tab.evaluate(
        "document.querySelector('.folium-map canvas') && corridorsMap.options.renderer._drawLast.layer.options.fillColor"
    )
    assert drawn_last == stations.colour


def test_a_backdrop_without_names_lets_the_pointer_through(page, changed, open_page, corridor):
    """Pointed at the line, the reader gets the square under it; the line has no edge either."""
    quiet = dataclasses.replace(
        corridor, label_column=None, tooltip=(), show_labels=False, casing=False, colour="#8F989D"
    )
    opened = open_page(changed(overlays=[quiet]))
    line = corridor.frame.to_crs(4326).geometry.iloc[0].interpolate(0.4, normalized=True)
    opened.point_at(line.x, line.y)
    assert "Square 1-1" in opened.tab.locator(".leaflet-tooltip").inner_text()
    assert opened.drawn_with("#8F989D") == 1
    with_edges = opened.tab.evaluate(
        "Object.values(corridorsMap._layers).filter(({ options }) => options.lineCap === 'butt').length"
    )
    assert with_edges == 1


def test_layers_work_from_the_keyboard(page, open_page):
    opened = open_page(page)
    opened.tab.focus("input[value=access]")
    opened.tab.keyboard.press("ArrowDown")
    assert opened.tab.get_attribute(".folium-map", "data-choropleth") == "minutes"
    opened.tab.focus("input[value=corridors]")
    opened.tab.keyboard.press("Space")
    assert not opened.tab.is_checked("input[value=corridors]")


def test_tooltip_names_the_area_its_district_and_figures(page, open_page, centre_of):
    opened = open_page(page)
    opened.point_at(*centre_of("W02"))
    lines = opened.tab.locator(".leaflet-tooltip").inner_text().split("\n")
    assert [line for line in lines if line] == [
        "Square 0-2",
        "Westside",
        "Residents reaching three centres",
        "67%",
    ]
    tip, frame = (
        opened.tab.locator(".leaflet-tooltip").bounding_box(),
        opened.tab.locator(".folium-map").bounding_box(),
    )
    assert frame["x"] <= tip["x"] <= frame["x"] + frame["width"] - tip["width"]
    opened.tab.check("input[value=minutes]")
    opened.point_at(*centre_of("W02"))
    lines = opened.tab.locator(".leaflet-tooltip").inner_text().split("\n")
    assert [line for line in lines if line][2:] == [
        "Minutes to the third centre",
        "20 minutes",
        "Share",
        "67%",
    ]


def test_a_tap_shows_the_figures_too(page, open_page, centre_of):
    opened = open_page(page, width=390, height=844, touch=True)
    opened.tab.locator(".folium-map").scroll_into_view_if_needed()
    x, y = opened.tab.evaluate(
        "([lon, lat]) => { const { x, y } = corridorsMap.latLngToContainerPoint([lat, lon]); return [x, y]; }",
        list(centre_of("W02")),
    )
    opened.tab.tap(".folium-map", position={"x": x, "y": y})
    opened.tab.wait_for_selector(".leaflet-tooltip", timeout=3000)
    assert "Square 0-2" in opened.tab.locator(".leaflet-tooltip").inner_text()


def test_hostile_names_stay_text(page, open_page, hostile, template_name, centre_of):
    opened = open_page(page)
    opened.point_at(*centre_of("W00"))
    tip = opened.tab.locator(".leaflet-tooltip")
    assert hostile in tip.inner_text()
    assert "over 120 minutes" not in tip.inner_text()
    opened.point_at(*centre_of("W10"))
    assert template_name.strip() in tip.inner_text()
    assert hostile in opened.tab.locator("h1").inner_text()
    assert hostile in opened.tab.locator("#table-ranking").inner_text()
    assert hostile in opened.tab.locator(".leaflet-control-attribution").inner_text()
    assert hostile in opened.tab.locator(".map-label").all_text_contents()
    assert opened.tab.locator("img").count() == 0


def test_an_injected_script_would_not_run(page, open_page):
    """Even if escaping failed, the page's policy keeps a foreign handler and a request from running."""
    opened = open_page(page)
    opened.is_disturbed = True
    opened.tab.evaluate(
        """document.body.insertAdjacentHTML("beforeend", '<img src="https://example.org/x.png" onerror="alert(1)">')"""
    )
    opened.tab.wait_for_timeout(200)
    assert any("Content Security Policy" in line for line in opened.console)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_nothing_runs_over_the_side(page, open_page, saved, width, height):
    opened = open_page(page, width=width, height=height)
    opened.tab.screenshot(path=saved / f"page-{width}.png", full_page=True)
    assert opened.tab.evaluate("document.documentElement.scrollWidth") == width
    box = opened.tab.locator(".folium-map").bounding_box()
    assert box["width"] >= min(width - 32, 600)
    assert box["height"] >= 320


def test_wheel_scrolls_the_page_until_the_map_is_clicked(page, open_page, centre_of):
    opened = open_page(page)
    zoom = opened.tab.evaluate("corridorsMap.getZoom()")
    opened.point_at(*centre_of("W11"))
    opened.tab.mouse.wheel(0, -300)
    opened.tab.wait_for_timeout(300)
    assert opened.tab.evaluate("corridorsMap.getZoom()") == zoom
    opened.point_at(*centre_of("W11"))
    opened.tab.mouse.down()
    opened.tab.mouse.up()
    opened.tab.mouse.wheel(0, -300)
    opened.tab.wait_for_timeout(500)
    assert opened.tab.evaluate("corridorsMap.getZoom()") > zoom
    opened.tab.click(".whole-button")
    opened.tab.wait_for_timeout(300)
    assert opened.tab.evaluate("corridorsMap.getZoom()") == zoom


def test_a_page_with_tiles_asks_its_one_host_and_is_readable_without_an_answer(changed, open_page):
    tiles = maps.Tiles(
        url="https://tiles.example.org/{z}/{x}/{y}.png", attribution="<b>Somebody</b>'s streets"
    )
    opened = open_page(changed(tiles=tiles))
    opened.is_disturbed = True
    opened.tab.wait_for_timeout(200)
    asked = [url for url in opened.requests if url.startswith("http")]
    assert asked
    assert all(re.fullmatch(r"https://tiles\.example\.org/\d+/\d+/\d+\.png", url) for url in asked)
    assert not any("Content Security Policy" in line for line in opened.console)
    assert "<b>Somebody</b>'s streets" in opened.tab.locator(".leaflet-control-attribution").inner_text()
    assert opened.tab.get_attribute(".folium-map", "data-feature-count") == "12"
    opened.tab.check("input[value=minutes]")
    assert opened.tab.locator(".legend:visible h3").inner_text().startswith("Minutes")
