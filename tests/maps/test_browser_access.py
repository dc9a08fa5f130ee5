"""Whoever cannot see the map or use a mouse: axe in every state, the keyboard alone, sizes, paper."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(opened) -> list[str]:
    found = Axe().run(opened.tab, options={**RULES, "resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:120]}" for each in found]


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_any_state(whole, open_page, width):
    opened = open_page(whole, width=width)
    assert violations(opened) == []
    opened.tab.locator("#table-squares .row-button").nth(2).click()
    opened.tab.locator("#table-squares thead button").nth(1).click()
    assert violations(opened) == []
    opened.tab.keyboard.press("Escape")
    opened.tab.click("#compare-button")
    opened.tab.fill(".filter", "note")
    opened.tab.fill("#search-box", "square")
    assert opened.tab.locator("#search-found").is_visible()
    opened.tab.check("input[value=near]")
    assert violations(opened) == []


def test_axe_would_have_found_a_fault(page, open_page):
    opened = open_page(page)
    opened.tab.evaluate("document.querySelector('.whole-button').textContent = ''")
    opened.tab.evaluate("document.querySelector('.whole-button').removeAttribute('title')")
    assert any(found.startswith("button-name (critical)") for found in violations(opened))


def tab_to(opened, selector: str, *, at_most: int = 60) -> None:
    for _ in range(at_most):
        opened.tab.keyboard.press("Tab")
        if opened.tab.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached with the Tab key")


def test_the_keyboard_alone_goes_through_map_layers_table_and_panel(whole, open_page):
    opened = open_page(whole)
    press = opened.tab.keyboard.press
    tab_to(opened, ".skip")
    assert opened.tab.locator(".skip").first.bounding_box()["x"] == 0  # in sight while it has the focus
    press("Enter")
    tab_to(opened, "#search-box", at_most=2)
    tab_to(opened, "#compare-button", at_most=1)
    tab_to(opened, ".folium-map", at_most=1)
    assert opened.tab.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    centre = opened.tab.evaluate("corridorsMap.getCenter().lng")
    press("ArrowRight")
    opened.tab.wait_for_timeout(500)
    assert opened.tab.evaluate("corridorsMap.getCenter().lng") > centre
    tab_to(opened, "input[value=access]")
    press("ArrowDown")
    assert opened.tab.get_attribute(".folium-map", "data-choropleth") == "minutes"
    tab_to(opened, "input[value=stations]")
    press("Space")
    assert opened.tab.is_checked("input[value=stations]")
    tab_to(opened, "#table-squares thead button")
    press("Enter")
    assert opened.tab.locator("#table-squares thead th").first.get_attribute("aria-sort") == "ascending"
    tab_to(opened, "#table-squares .row-button")
    row = opened.focused()
    press("Enter")
    assert (opened.focused(), opened.tab.locator("#area-panel h3").inner_text()) == (
        "area-panel-heading",
        row,
    )
    tab_to(opened, ".close-button", at_most=1)
    tab_to(opened, "#area-panel .link-button", at_most=1)
    press("Escape")
    assert opened.focused() == row


def test_what_is_pressed_is_large_enough(whole, open_page):
    opened = open_page(whole, width=390, height=844)
    opened.tab.locator("#table-squares .row-button").nth(2).click()
    opened.tab.click("#compare-button")
    small = opened.tab.evaluate(
        """() => [...document.querySelectorAll("button, select, label.choice, .leaflet-bar a, input:not([type=radio], [type=checkbox])")]
             .filter((each) => each.offsetParent !== null)
             .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
             .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []


def test_headings_do_not_skip_a_level(whole, open_page, centre_of):
    opened = open_page(whole)
    opened.click(*centre_of("W20"))
    levels = opened.tab.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].filter((each) => each.offsetParent !== null).map((each) => each.tagName)"
    )
    assert {"H1", "H2", "H3", "H4"} == set(levels)
    depths = [int(level[1]) for level in levels]
    assert all(after - before <= 1 for before, after in pairwise(depths))


def pages_of(sheets: bytes) -> list[tuple[float, float]]:
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheets)
    return [(float(width), float(height)) for width, height in boxes]


@pytest.mark.parametrize(("paper", "width_mm", "height_mm"), [("A4", 297, 210), ("A3", 420, 297)])
def test_prints_across_on_paper_and_comes_back(whole, open_page, saved, paper, width_mm, height_mm):
    opened = open_page(whole)
    middle_and_corner = """() => { const { lat, lng } = corridorsMap.getCenter();
        const { x, y } = corridorsMap.latLngToContainerPoint([lat, lng]);
        const box = corridorsMap.getContainer().getBoundingClientRect();
        return [lat, lng, x, y, box.width, box.height].map((number) => number.toFixed(3)); }"""
    before = opened.tab.evaluate(middle_and_corner)
    sheets = opened.tab.pdf(
        path=saved / f"{paper}.pdf", format=paper, prefer_css_page_size=True, print_background=True
    )
    assert sheets.startswith(b"%PDF")
    for width, height in pages_of(sheets):  # points: 72 to 25.4 mm
        assert (width / 72 * 25.4, height / 72 * 25.4) == pytest.approx((width_mm, height_mm), abs=1)
    assert 2 <= len(pages_of(sheets)) <= 5
    opened.tab.wait_for_timeout(300)
    assert opened.tab.evaluate(middle_and_corner) == before


def test_on_paper_stand_finding_map_legend_and_tables_but_no_controls(whole, open_page, saved):
    opened = open_page(
        whole, width=1032, height=703
    )  # an A4 sheet across, without its margins, at 96 dots to the inch
    opened.tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    opened.tab.emulate_media(media="print")
    opened.tab.screenshot(path=saved / "sheet.png", full_page=True)
    for hidden in (
        ".map-tools",
        ".layers",
        ".table-tools",
        ".hint",
        ".skip",
        ".whole-button",
        "label:has(input[value=stations])",
    ):
        assert not opened.tab.locator(hidden).first.is_visible(), hidden
    for shown in (
        "h1",
        ".subtitle",
        ".folium-map canvas",
        ".legend",
        "#table-squares",
        ".run",
        "label:has(input[value=corridors])",
    ):
        assert opened.tab.locator(shown).first.is_visible(), shown
    map_, legend = (opened.tab.locator(each).bounding_box() for each in (".folium-map", ".legend:visible"))
    assert legend["x"] + legend["width"] <= map_["x"]
    assert map_["y"] + map_["height"] <= 703  # on the first sheet
    region = opened.tab.locator(".table-scroll.long")
    assert region.evaluate("(each) => each.scrollHeight <= each.clientHeight")
