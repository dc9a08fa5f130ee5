"""Two layers on one map in a real browser: what is painted left and right of the border, and how it is moved."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def sides(whole) -> dict[str, dict[str, str]]:
    """The colours of the first and the last column's top squares in each layer."""
    access, _, change = whole.choropleths
    # 8/12 and 11/12: the third and the fourth quarter; 2 and 5 twelfths above the half, both beyond a tenth.
    return {
        "access": {"W02": access.palette[2], "W32": access.palette[3]},
        "change": {"W02": change.palette[2], "W32": change.palette[2]},
    }


@pytest.mark.parametrize("width", [1440, 390])
def test_the_left_of_the_border_shows_one_layer_and_the_right_the_other(
    whole, open_page, centre_of, sides, saved, width
):
    opened = open_page(whole, width=width)
    opened.tab.click("#compare-button")
    opened.tab.screenshot(path=saved / f"compare-{width}.png")
    west, east = centre_of("W02"), centre_of("W32")
    assert (opened.pixel_at(*west), opened.pixel_at(*east)) == (
        sides["access"]["W02"],
        sides["change"]["W32"],
    )
    legends = opened.tab.locator(".legend:visible h3")
    assert legends.all_inner_texts() == [
        "Left: Residents reaching three centres (%)",
        "Right: Change (points)",
    ]
    opened.tab.focus("#swipe")
    opened.tab.keyboard.press("End")
    assert opened.pixel_at(*east) == sides["access"]["W32"]
    opened.tab.keyboard.press("Home")
    assert opened.pixel_at(*west) == sides["change"]["W02"]
    spoken = opened.tab.get_attribute("#swipe", "aria-valuetext")
    assert spoken == "0% from the left: Residents reaching three centres on the left, Change on the right"
    opened.tab.click("#compare-button")
    assert (opened.pixel_at(*west), opened.pixel_at(*east)) == (
        sides["access"]["W02"],
        sides["access"]["W32"],
    )
    assert legends.all_inner_texts() == ["Residents reaching three centres (%)"]


def test_a_square_that_the_border_cuts_has_both_colours(whole, open_page, centre_of):
    opened = open_page(whole)
    opened.tab.click("#compare-button")
    lon, lat = centre_of("W22")
    step = 0.004  # a third of the square
    opened.tab.evaluate(
        """([lon]) => { const slider = document.getElementById("swipe");
             const { x } = corridorsMap.latLngToContainerPoint([corridorsMap.getCenter().lat, lon]);
             slider.value = Math.round(100 * (x - 14) / (corridorsMap.getSize().x - 28));
             slider.dispatchEvent(new Event("input")); }""",
        [lon],
    )
    access, _, change = whole.choropleths
    assert opened.pixel_at(lon - step, lat) == access.palette[3]  # 10/12
    assert opened.pixel_at(lon + step, lat) == change.palette[2]
    opened.point_at(lon - step, lat)
    lines = opened.tab.locator(".leaflet-tooltip").last.inner_text().split("\n")
    assert [line for line in lines if line][2:] == [
        "Residents reaching three centres", "83%", "Change", "+33 points"
    ]  # fmt: skip


def test_the_list_and_the_boxes_choose_the_layers(whole, open_page, centre_of, sides):
    opened = open_page(whole)
    opened.tab.click("#compare-button")
    opened.tab.check("input[value=change]")
    assert opened.tab.input_value("select[name=left]") == "change"
    opened.tab.select_option("select[name=right]", "access")
    west, east = centre_of("W02"), centre_of("W32")
    assert (opened.pixel_at(*west), opened.pixel_at(*east)) == (
        sides["change"]["W02"],
        sides["access"]["W32"],
    )
    opened.tab.select_option("select[name=left]", "minutes")
    assert opened.tab.is_checked("input[value=minutes]")
    assert opened.tab.get_attribute(".folium-map", "data-choropleth") == "minutes access"


def test_the_border_stays_where_it_is_while_the_map_moves(whole, open_page, centre_of, sides):
    opened = open_page(whole)
    opened.tab.click("#compare-button")
    west = centre_of("W02")
    assert opened.pixel_at(*west) == sides["access"]["W02"]
    x, y = opened.place_of(*west)
    opened.tab.mouse.move(x, y)
    opened.tab.mouse.down()
    opened.tab.mouse.move(x + 250, y, steps=4)
    opened.tab.mouse.move(x + 500, y, steps=4)  # to the right of the border, and not yet let go
    assert opened.pixel_at(*west) == sides["change"]["W02"]
    opened.tab.mouse.up()


def test_one_layer_cannot_be_compared(changed, access, open_page):
    opened = open_page(changed(choropleths=[access]))
    assert opened.tab.locator("#compare-button").count() == 0
