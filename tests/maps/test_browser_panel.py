"""The panel, the search and the numbers on the map in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CLOSE = "\N{MULTIPLICATION SIGN}"


def panel_lines(opened) -> list[str]:
    return [line for line in opened.tab.locator("#area-panel").inner_text().split("\n") if line.strip()]


def test_a_click_tells_of_the_square_and_its_place_among_all(whole, open_page, centre_of, saved, hostile):
    opened = open_page(whole)
    opened.click(*centre_of("W20"))
    opened.tab.screenshot(path=saved / "panel.png")
    # A share of 2/12 has 3/12 to 11/12 before it. The three squares at 40 minutes have four before them: two at 20 and
    # two at 30, as the third of each is one that is never reached, and one without a value.
    assert panel_lines(opened) == [
        "Square 2-0", CLOSE, hostile,
        "Share", "17%", "10th of 12 squares, 1 = most",
        "Time", "40 minutes", "joint 5th of 11 squares, 1 = quickest",
        "Class", "low",
        "Why it is so", "It lies in row 0.",
        "Places among squares with a value.",
        "Its row in “All squares”",
    ]  # fmt: skip
    expect(opened.tab.locator(".leaflet-tooltip")).to_have_count(0)


def test_escape_and_the_button_close_it_and_give_the_focus_back(whole, open_page, centre_of):
    opened = open_page(whole)
    button = opened.tab.locator("#table-squares .row-button", has_text="Square 2-0")
    button.focus()
    opened.tab.keyboard.press("Enter")
    assert opened.focused() == "area-panel-heading"
    opened.tab.keyboard.press("Escape")
    assert not opened.tab.locator("#area-panel").is_visible()
    assert opened.focused() == "Square 2-0"
    assert opened.tab.locator("tr[aria-current]").count() == 0
    opened.tab.click(".whole-button")
    opened.click(*centre_of("W12"))
    assert opened.focused() == "map_page"  # a pointer's focus stays on the map
    opened.tab.click(".close-button")
    assert not opened.tab.locator("#area-panel").is_visible()


def test_what_is_missing_is_left_out_and_names_stay_text(whole, open_page, centre_of, hostile, template_name):
    opened = open_page(whole)
    opened.click(*centre_of("W10"))  # no minutes, no text
    lines = panel_lines(opened)
    assert lines[0].split() == template_name.split()
    assert "Why it is so" not in lines
    assert lines[lines.index("Time") :][:3] == ["Time", "no data", "Class"]
    opened.click(*centre_of("W00"))
    assert panel_lines(opened)[0] == hostile
    assert hostile in opened.tab.locator(".panel-text").inner_text()
    assert (
        "11th of 11 squares" in opened.tab.locator(".area-panel").inner_text()
    )  # never reached: the slowest
    assert opened.tab.locator("img").count() == 0


def test_the_map_opens_what_is_under_the_cross(whole, open_page, centre_of):
    opened = open_page(whole)
    lon, lat = centre_of("W12")
    opened.tab.evaluate(
        "([lon, lat]) => corridorsMap.setView([lat, lon], 13, { animate: false })", [lon, lat]
    )
    opened.tab.focus(".whole-button")
    opened.tab.evaluate("document.querySelector('.folium-map').focus()")
    opened.tab.keyboard.press("Enter")
    assert opened.tab.locator("#area-panel h3").inner_text() == "Square 1-2"
    assert opened.focused() == "area-panel-heading"
    opened.tab.keyboard.press("Escape")
    assert opened.focused() == "map_page"


def test_the_square_is_beside_the_panel_not_under_it(whole, open_page, centre_of):
    opened = open_page(whole, width=1024, height=768)
    opened.click(*centre_of("W32"))
    panel = opened.tab.locator("#area-panel").bounding_box()
    assert opened.place_of(*centre_of("W32"))[0] < panel["x"]


def test_on_a_narrow_screen_the_panel_is_a_sheet_under_the_map(whole, open_page, centre_of, saved):
    opened = open_page(whole, width=390, height=844, touch=True)
    opened.tab.touchscreen.tap(*opened.place_of(*centre_of("W20")))
    opened.tab.wait_for_selector("#area-panel:visible")
    opened.tab.screenshot(path=saved / "sheet.png")
    map_, panel = (opened.tab.locator(name).bounding_box() for name in (".folium-map", "#area-panel"))
    assert panel["y"] >= map_["y"] + map_["height"]
    assert panel["width"] == map_["width"]
    assert opened.tab.evaluate("document.documentElement.scrollWidth") == 390


def test_a_tooltip_stays_on_a_narrow_map(page, open_page, centre_of):
    opened = open_page(page, width=390, height=844)
    frame = opened.tab.locator(".folium-map").bounding_box()
    for code in ("W02", "W12", "W22", "W30", "W00", "W32"):
        opened.point_at(*centre_of(code))
        tip = opened.tab.locator(".leaflet-tooltip").last.bounding_box()
        frame = opened.tab.locator(".folium-map").bounding_box()
        assert frame["x"] <= tip["x"]
        assert tip["x"] + tip["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= tip["y"]


def test_search_finds_squares_and_places_from_the_keyboard(whole, open_page):
    opened = open_page(whole)
    box = opened.tab.locator("#search-box")
    box.press_sequentially("1-")
    options = opened.tab.locator("[role=option]")
    # Names that begin so come first: none; then a word that does: none; then all that hold it.
    assert options.all_inner_texts() == ["Square 1-1 Westside", "Square 1-2 Westside"]
    assert box.get_attribute("aria-expanded") == "true"
    assert opened.tab.locator("#search-count").inner_text() == "2 found"
    box.press("ArrowDown")
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "search-1"
    assert options.nth(1).get_attribute("aria-selected") == "true"
    box.press("ArrowUp")
    box.press("Enter")
    assert opened.tab.locator("#area-panel h3").inner_text() == "Square 1-1"
    assert opened.tab.locator("#search-found").is_hidden()
    opened.tab.keyboard.press("Escape")
    assert opened.focused() == "search-box"


def test_search_leads_to_points_other_names_and_nothing(whole, open_page, hostile, centre_of):
    opened = open_page(whole)
    box = opened.tab.locator("#search-box")
    box.fill("alter")  # marks on letters need not be typed
    opened.tab.locator("[role=option]").click()
    assert opened.tab.locator("#area-panel h3").inner_text() == "Square 2-1"
    assert opened.tab.locator(".panel-found").inner_text() == "Found: Älter Market (market)"
    box.fill("far away")
    box.press("Enter")
    assert panel_lines(opened) == ["Far Away", CLOSE, "nowhere"]
    box.fill("alias")
    assert hostile in opened.tab.locator("[role=option]").inner_text()
    box.press("Enter")
    assert opened.tab.locator("#area-panel h3").inner_text() == "Square 1-1"
    box.fill("zzz")
    assert opened.tab.locator("#search-count").inner_text() == "Nothing found"
    assert opened.tab.locator("#search-found").is_hidden()


def test_the_first_are_numbered_on_the_map_and_listed(whole, open_page, centre_of):
    opened = open_page(whole)
    assert opened.tab.locator(".number-label").count() == 0
    opened.tab.check("input[value=change]")
    labels = opened.tab.locator(".number-label")
    assert labels.all_inner_texts() == ["1", "2"]
    listed = opened.tab.locator(".legend:visible .numbered li").all_inner_texts()
    assert listed == ["1 Square 3-2 (+42 points)", "2 Square 2-2 (+33 points)"]
    x, y = opened.place_of(*centre_of("W32"))
    first = labels.first.bounding_box()
    assert abs(first["x"] + first["width"] / 2 - x) < 30
    assert abs(first["y"] + first["height"] / 2 - y) < 30


def test_the_summary_follows_the_layer(whole, open_page):
    opened = open_page(whole)
    summary = opened.tab.locator("#layer-summary")
    assert summary.get_attribute("role") == "status"
    assert summary.inner_text().startswith("Residents reaching three centres: from 0% (")
    opened.tab.check("input[value=change]")
    assert "to +42 points (Square 3-2)" in summary.inner_text()


def test_polygons_are_drawn_in_their_classes_and_leave_the_squares_within_reach(whole, open_page, centre_of):
    opened = open_page(whole)
    assert opened.drawn_with("#12436D") == 0
    opened.tab.check("input[value=near]")
    assert (opened.drawn_with("#801650"), opened.drawn_with("#12436D")) == (1, 1)
    classes = opened.tab.locator(".overlay-classes li").all_inner_texts()
    assert [words.strip() for words in classes] == ["10 minutes", "20 minutes"]
    lon, lat = centre_of("W01")
    opened.point_at(lon, lat + 0.002)  # amid the first polygon, off the corridor
    assert "Square 0-1" in opened.tab.locator(".leaflet-tooltip").inner_text()
