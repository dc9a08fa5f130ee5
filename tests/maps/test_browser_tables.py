"""Tables in a real browser: sorted, narrowed, saved, and linked with the map in both directions."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest

pytestmark = pytest.mark.browser


def test_table_sorts_by_number_and_back_from_the_keyboard(page, open_page):
    opened = open_page(page)
    names = opened.tab.locator("#table-ranking tbody th")
    heading = opened.tab.locator("#table-ranking thead th").nth(3)
    heading.locator("button").focus()
    opened.tab.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [name[:5] for name in names.all_inner_texts()] == ["Gamma", "Alpha", "</scr"]  # 12, 41, over 120
    opened.tab.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert [name[:5] for name in names.all_inner_texts()] == ["</scr", "Alpha", "Gamma"]
    opened.tab.locator("#table-ranking thead button").nth(2).click()
    assert [name[:5] for name in names.all_inner_texts()] == [
        "</scr",
        "Alpha",
        "Gamma",
    ]  # 9.5, 10.0, none last
    assert heading.get_attribute("aria-sort") is None


def test_narrowing_keeps_the_rows_that_hold_all_words_and_counts_them(whole, open_page):
    opened = open_page(whole)
    box, count = opened.tab.locator(".filter"), opened.tab.locator("#table-squares-count")
    assert box.count() == 1  # the other tables have too few rows
    assert count.inner_text() == "12 rows"
    box.fill("note WEST")
    rows = opened.tab.locator("#table-squares tbody tr:visible")
    # Rows 6 to 11 have notes by that name; of these columns 0 and 1 are Westside: squares 8 and 9.
    assert rows.locator("th").all_inner_texts() == ["Square 0-2", "Square 1-2"]
    assert (count.inner_text(), count.get_attribute("role")) == ("2 of 12 rows", "status")
    box.fill("nowhere")
    assert (rows.count(), count.inner_text()) == (0, "0 of 12 rows")
    box.fill("")
    assert rows.count() == 12


def saved_rows(opened, table: str) -> tuple[str, list[list[str]]]:
    with opened.tab.expect_download() as download:
        opened.tab.click(f"[data-table={table}] .save")
    text = download.value.path().read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    return download.value.suggested_filename, list(csv.reader(io.StringIO(text[1:], newline="")))


def test_saves_what_is_shown_in_its_order_with_unrounded_figures(whole, open_page, hostile, template_name):
    opened = open_page(whole)
    opened.tab.locator("#table-squares thead button").nth(2).click()
    opened.tab.locator("#table-squares thead button").nth(2).click()  # the largest share first
    opened.tab.fill(".filter", "3-")
    name, rows = saved_rows(opened, "squares")
    assert name == "squares-0f3a.csv"
    assert rows[0] == ["Square", "District", "Share (%)", "Time (minutes)", "Change (points)", "Note"]
    # Column 3 of the squares: 11/12, 7/12 and 3/12, the last below the half that changes are counted from.
    assert [row[0] for row in rows[1:]] == ["Square 3-2", "Square 3-1", "Square 3-0"]
    assert [float(row[2]) for row in rows[1:]] == pytest.approx([1100 / 12, 700 / 12, 25])
    assert float(rows[3][4]) == -25  # a figure below zero is no formula
    opened.tab.fill(".filter", "")
    first, second = saved_rows(opened, "squares")[1][-1], saved_rows(opened, "squares")[1][-2]
    assert (first[0], first[3]) == (hostile, "over 120")
    assert (second[0], second[3]) == (template_name, "")


def test_texts_that_a_spreadsheet_would_compute_are_saved_as_texts(whole, open_page):
    notes = [row[5] for row in saved_rows(open_page(whole), "squares")[1][1:7]]
    assert notes == ['\'=HYPERLINK("x")', "'+1", "'-1", "'@x", "'\t=1", 'a "quoted", b']


def test_a_row_shows_its_square_on_the_map(whole, open_page, squares):
    opened = open_page(whole)
    before = opened.tab.evaluate("corridorsMap.getZoom()")
    opened.tab.locator("#table-squares .row-button", has_text="Square 3-2").click()
    assert opened.tab.locator("#area-panel h3").inner_text() == "Square 3-2"
    assert opened.tab.locator("tr[aria-current]").get_attribute("data-id") == "W32"
    assert opened.tab.evaluate("corridorsMap.getZoom()") > before
    west, south, east, north = squares[squares["code"] == "W32"].to_crs(4326).total_bounds
    seen = opened.tab.evaluate("corridorsMap.getBounds().toBBoxString()")
    left, bottom, right, top = map(float, seen.split(","))
    assert left < west < east < right
    assert bottom < south < north < top
    assert opened.tab.evaluate(
        "(() => { const { top, bottom } = corridorsMap.getContainer().getBoundingClientRect();"
        " return bottom > 0 && top < innerHeight; })()"
    )


def test_a_square_marks_its_row_and_leads_to_it(whole, open_page, centre_of):
    opened = open_page(whole)
    opened.tab.fill(".filter", "note")
    opened.click(*centre_of("W22"))
    row = opened.tab.locator("#table-squares tr[data-id=W22]")
    assert row.get_attribute("aria-current") == "true"
    opened.tab.locator("#area-panel .link-button", has_text="All squares").click()
    assert opened.tab.evaluate("document.activeElement.closest('tr').dataset.id") == "W22"
    assert opened.tab.input_value(".filter") == "note"  # the row was in sight
    opened.click(*centre_of("W02"))
    opened.tab.fill(".filter", "nothing holds this")
    opened.tab.locator("#area-panel .link-button", has_text="All squares").click()
    assert opened.tab.evaluate("document.activeElement.closest('tr').dataset.id") == "W02"
    assert opened.tab.input_value(".filter") == ""  # the row was hidden by it


def test_rows_of_an_overlay_and_of_districts_are_linked_too(whole, open_page, corridor):
    opened = open_page(whole)
    assert opened.tab.locator("#table-ranking .row-button").all_inner_texts() == [
        "Alpha"
    ]  # the others are not drawn
    opened.tab.uncheck("input[value=corridors]")
    opened.tab.locator("#table-ranking .row-button").click()
    assert opened.tab.is_checked("input[value=corridors]")
    assert opened.drawn_with(corridor.colour) == 1
    assert opened.tab.locator("#area-panel dt").all_inner_texts() == ["Stops"]
    opened.tab.locator("#table-districts .row-button", has_text="Westside").click()
    assert opened.tab.locator("#area-panel h3").inner_text() == "Westside"
    assert opened.tab.locator("tr[aria-current]").all_inner_texts() == ["Westside\t6"]


def test_headings_are_plain_where_the_table_is_not_to_be_sorted(changed, ranking, open_page):
    opened = open_page(changed(tables=[dataclasses.replace(ranking, sortable=False)]))
    assert opened.tab.locator("#table-ranking thead button").count() == 0
    assert opened.tab.locator(".save").count() == 1
