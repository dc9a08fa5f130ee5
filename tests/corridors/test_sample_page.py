"""The sample's map in a real browser, opened from disk with the network off."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from page_cells import assert_random_cells_agree

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(chromium, sample_results):
    """Open the page once, and keep what it says on the console and what it asks for."""
    console: list[str] = []
    requests: list[str] = []
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    tab = context.new_page()
    tab.on("console", lambda message: console.append(message.text))
    tab.on("pageerror", lambda error: console.append(str(error)))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto(sample_results.outputs["index.html"].as_uri())
    tab.wait_for_selector("[data-feature-count]", timeout=20_000)
    yield SimpleNamespace(tab=tab, console=console, requests=requests)
    context.close()


def drawn_areas(tab) -> int:
    return tab.evaluate(
        "Object.values(corridorsMap._layers).filter((layer) => layer.areaIndex !== undefined).length"
    )


def test_192_wards_are_drawn_in_silence_without_a_request(opened):
    assert drawn_areas(opened.tab) == 192
    for key in opened.tab.eval_on_selector_all("[name=choropleth]", "all => all.map((each) => each.value)"):
        opened.tab.check(f"input[value={key}]")
        assert drawn_areas(opened.tab) == 192
    for box in opened.tab.locator("input[name=overlay]").all():
        box.set_checked(not box.is_checked())
    assert opened.console == []
    assert [url.rsplit("/", 1)[-1] for url in opened.requests] == ["index.html"]


def test_the_tables_first_row_is_that_of_the_file(opened, sample_results):
    first = pd.read_csv(sample_results.outputs["ranking.csv"]).iloc[0]
    cells = opened.tab.locator("#table-ranking tbody tr").first.locator("th, td").all_inner_texts()
    assert cells == [
        f"{first['rank']}", f"{first['rank_low']:.0f} to {first['rank_high']:.0f}", first["name"],
        f"{first['score']:.2f}", f"{first['rank_group']:.0f}",
    ]  # fmt: skip
    people = opened.tab.locator("#table-ranking-people tbody tr").first.locator("th, td").all_inner_texts()
    totals = ["residents", "income_deprived", "employment_deprived", "unemployed", "few_centres"]
    assert people == [first["name"], *(f"{first[name]:,}" for name in totals)]
    scored = opened.tab.locator("#table-ranking-criteria tbody tr").first.locator("th, td").all_inner_texts()
    rates = ["income_deprived_per_1000", "employment_deprived_per_1000", "few_centres_per_1000"]
    assert [int(cell) for cell in scored[1:4]] == pytest.approx([first[name] for name in rates], abs=0.56)


def test_page_csv_and_parquet_agree_on_random_cells(sample, sample_results):
    assert_random_cells_agree(sample, sample_results, cells=400, seed=11)


def test_every_ward_is_reached_and_sorted_from_the_keyboard(opened, sample_results):
    wards = pd.read_csv(sample_results.outputs["wards.csv"])
    rows = opened.tab.locator("#table-wards-work tbody tr")
    assert rows.count() == 192
    heading = opened.tab.locator("#table-wards-work thead th").filter(has_text="Jobs in the ward")
    heading.locator("button").focus()
    opened.tab.keyboard.press("Enter")
    opened.tab.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    most = wards.loc[wards["jobs"].idxmax()]
    assert rows.first.locator("th").inner_text() == f"{most['ward_name']}, {most['district']}"
    opened.tab.locator("#table-wards-work").evaluate("table => table.parentElement.focus()")
    assert opened.tab.evaluate("document.activeElement.classList.contains('table-scroll')")


def test_the_panel_of_a_ward_tells_its_journey_and_the_scheme_that_helps(opened, sample_results):
    """Every ward has its sentences; those of one whose gap a scheme closes are shown when its row is chosen."""
    told = sample_results.pages["index.html"].areas.set_index("ward_code")
    assert told[["why", "help"]].notna().all(axis=None)
    closing = sample_results.explained.closing
    ward = closing.loc[closing["closes"] & ~closing["scheme"].str.startswith("All"), "ward_code"].iloc[0]
    row = opened.tab.locator(f"#table-wards tbody tr[data-id={ward}]")
    row.locator("th button, th a").first.click()
    shown = " ".join(opened.tab.locator("body").inner_text().split())
    for name in ("why", "journey", "help"):
        assert " ".join(told.loc[ward, name].split()) in shown


def test_the_sample_stays_light(sample_results):
    assert sample_results.outputs["index.html"].stat().st_size <= 1_500_000


def test_the_subtitle_is_short_and_the_definition_whole(opened, sample_results):
    subtitle = opened.tab.locator(".subtitle")
    line_px = float(subtitle.evaluate("each => parseFloat(getComputedStyle(each).lineHeight)"))
    assert subtitle.bounding_box()["height"] <= 2 * line_px + 1
    for words in ("Tuesday 10 March 2026", "07:00", "09:00", "median", "45 minutes", "20 min"):
        assert words in subtitle.inner_text()
    method = opened.tab.locator("#method p").inner_text()
    assert method.startswith(
        f"{sample_results.definition}. Shares are over all 2,919,651 residents of the seven metropolitan boroughs of the West "
        "Midlands (Birmingham, Coventry, "
    )
    assert "those who reach nothing included; codes of LSOAs of 2021, MSOAs of 2021, wards of 2025" in method
    assert "The nine centres, none of them verified: Birmingham" in method


def test_the_first_screen_names_the_study_and_its_centres(opened, sample):
    assert opened.tab.locator(".eyebrow").inner_text() == sample.study.name
    assert opened.tab.title().endswith(f" \N{EN DASH} {sample.study.name}")
    assert "of nine centres (unverified)" in opened.tab.locator(".fact").first.inner_text()


def test_the_range_of_ranks_is_seen_on_a_phone_and_only_the_wards_scroll(opened):
    opened.tab.set_viewport_size({"width": 390, "height": 844})
    second = opened.tab.locator("#table-ranking tbody tr").first.locator("th, td").nth(1)
    box = second.bounding_box()
    assert " to " in second.inner_text()
    assert box["x"] + box["width"] <= 390
    overflowing = opened.tab.eval_on_selector_all(
        ".table-scroll",
        "all => all.filter((each) => each.scrollHeight > each.clientHeight + 1).map((each) => each.firstElementChild.id)",
    )
    assert overflowing
    assert all(name.startswith("table-wards") for name in overflowing)
    assert opened.tab.evaluate("document.documentElement.scrollWidth") <= 390
    opened.tab.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_the_first_view_names_every_rank(chromium, sample_results, width):
    """What the ranking found is on the map before anyone zooms, whatever places lie around it."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, offline=True)
    tab = context.new_page()
    tab.goto(sample_results.outputs["index.html"].as_uri())
    tab.wait_for_selector("[data-feature-count]", timeout=20_000)
    shown = tab.eval_on_selector_all(
        ".map-label > span",
        "all => all.filter((each) => each.style.visibility !== 'hidden').map((each) => each.textContent)",
    )
    assert {"1st", "2nd", "3rd", "4th", "5th", "6th"} <= set(shown)
    context.close()
