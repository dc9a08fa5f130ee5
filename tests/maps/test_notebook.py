"""The light page in a notebook: a frame that holds itself, small, and still only text where names are."""

from __future__ import annotations

import html
import re

import pytest

import maps
from maps import notebook


def framed(cell: str) -> str:
    return html.unescape(re.fullmatch(r'<iframe srcdoc="([^"]*)".*></iframe>', cell, re.DOTALL)[1])


def test_a_page_shows_its_map_without_tables_and_panel(whole, hostile):
    cell = whole._repr_html_()
    assert len(cell.encode()) < 1_000_000
    assert 'sandbox="allow-scripts"' in cell
    document = framed(cell)
    for part in ('class="legend"', 'id="page-data"', "Illustrative.", "Run 0f3a"):
        assert part in document
    for part in (
        "<table class=",
        'id="area-panel"',
        'id="search-box"',
        "A source",
        "Near misses",
        "Fares are not",
    ):
        assert part not in document
    assert hostile not in cell.replace("&quot;", '"')
    assert len(whole.tables) == 3  # the page itself is left as it is


def test_a_page_too_large_for_a_notebook_says_so(whole, monkeypatch, hostile):
    monkeypatch.setattr(notebook, "LIGHT_LIMIT_MB", 0.1)
    cell = whole._repr_html_()
    assert "<iframe" not in cell
    assert "with 12 squares the map has 0." in cell
    assert "maps.write_page(page, 'index.html')" in cell
    assert hostile not in cell


@pytest.mark.browser
def test_the_frame_draws_its_map_within_another_document(whole, chromium, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><title>cell</title>{whole._repr_html_()}", encoding="utf-8")
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(path.as_uri())
    frame = tab.frame_locator("iframe")
    frame.locator("[data-feature-count='12']").wait_for()
    frame.locator("input[value=minutes]").check()
    assert frame.locator(".legend:visible h3").inner_text() == "Minutes to the third centre (minutes)"
    context.close()
    assert said == []


def test_a_light_page_is_refused_like_a_whole_one(changed):
    with pytest.raises(maps.MapsError, match="names no choropleth"):
        changed(choropleths=[])._repr_html_()
