"""The layout of a briefing: every word escaped, every trace where it belongs, nothing asked for, a page that prints."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

import maps
from maps.briefing import (
    Briefing,
    Bullets,
    Columns,
    Grid,
    Paragraph,
    Picture,
    Section,
    Traced,
    build_briefing,
    plain_text,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect id="a" width="10" height="10"/></svg>'


class Pieces(HTMLParser):
    """Collects traced elements with their text, all other text, and every tag and address."""

    def __init__(self) -> None:
        super().__init__()
        self.traced: list[dict[str, str]] = []
        self.loose: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.append(tag)
        self.addresses += [told[name] for name in ("src", "href") if told.get(name)]
        if tag not in ("meta", "img"):
            self._open.append(tag)
        if "data-source" in told:
            self.traced.append({**told, "tag": tag, "text": ""})
            self._open[-1] = "traced"

    def handle_endtag(self, tag):
        self._open.pop()

    def handle_data(self, data):
        if self._open and self._open[-1] == "traced":
            self.traced[-1]["text"] += data
        elif self._open and self._open[-1] not in ("style", "title"):
            self.loose.append(data)


def parsed(html: str) -> Pieces:
    reader = Pieces()
    reader.feed(html)
    return reader


@pytest.fixture
def share() -> Traced:
    return Traced("34.2%", source="a.csv", row="level=region", column="share", value="0.3423", form=".1%")


@pytest.fixture
def briefing(share, hostile) -> Briefing:
    name = Traced(hostile, source="a.csv", row="level=region", column="name")
    grid = Grid(
        title=f"A table of {hostile}", headings=("Place", "Share"), rows=[[name, share], [hostile, "none"]], numbers=(1,),
        caption=(hostile,),
    )  # fmt: skip
    picture = Picture(svg=SVG, alternative=hostile, caption=("A picture of ", name), width=0.5)
    blocks = [
        Paragraph(text=("In ", name, ": ", share)),
        Bullets(items=[hostile, (share, " more")], small=True),
        Columns(blocks=[grid, picture]),
    ]
    return Briefing(
        title=(share, f" of {hostile}"),
        eyebrow=hostile,
        subtitle=hostile,
        notice=hostile,
        facts=[(share, ("in ", name))],
        sections=[Section(heading=hostile, blocks=blocks)],
        closing=[hostile],
    )


def test_a_hostile_name_stays_text_everywhere(briefing, hostile):
    html = build_briefing(briefing)
    found = parsed(html)
    assert "script" not in found.tags
    assert found.tags.count("img") == 1
    assert "<img src=x" not in html
    spoken = "".join(found.loose) + "".join(each["text"] for each in found.traced)
    assert spoken.count(hostile) >= 12
    assert f'alt="{hostile.replace("<", "&lt;").replace(">", "&gt;")}"' in html


def test_a_figure_carries_the_cell_it_comes_from(briefing):
    found = [each for each in parsed(build_briefing(briefing)).traced if each["tag"] == "data"]
    assert len(found) == 5
    for each in found:
        assert (each["value"], each["data-source"], each["data-row"], each["data-column"], each["data-form"]) == (
            "0.3423", "a.csv", "level=region", "share", ".1%",
        )  # fmt: skip
        assert each["text"] == "34.2%"
        assert each["title"] == "a.csv, level=region, share"


def test_a_name_is_traced_too_and_stands_for_itself(briefing, hostile):
    found = [each for each in parsed(build_briefing(briefing)).traced if each["tag"] == "span"]
    assert {each["text"] for each in found} == {hostile}
    assert all("value" not in each for each in found)


def test_it_asks_for_nothing_and_runs_nothing(briefing):
    html = build_briefing(briefing)
    found = parsed(html)
    assert all(address.startswith("data:image/svg+xml;base64,") for address in found.addresses)
    drawn = base64.b64decode(found.addresses[0].split(",", 1)[1]).decode()
    assert drawn == SVG
    assert "default-src 'none'" in html
    assert "url(" not in html.split("</style>")[0]
    assert "@import" not in html


def test_the_same_description_gives_the_same_bytes(briefing):
    assert build_briefing(briefing) == build_briefing(briefing)


def test_the_title_of_the_window_is_the_heading(briefing):
    html = build_briefing(briefing)
    assert re.search(r"<title>([^<]*)</title>", html)[1].startswith("34.2% of ")
    assert plain_text(briefing.title) == plain_text((briefing.title[0], briefing.title[1]))


def test_tables_have_headings_for_rows_and_columns(briefing):
    html = build_briefing(briefing)
    assert html.count('<th scope="col"') == 2
    assert html.count('<th scope="row"') == 2
    assert '<html lang="en-GB">' in html
    assert re.findall(r"<h(\d)", html) == ["1", "2"]


def test_a_row_that_does_not_fit_is_refused():
    with pytest.raises(maps.MapsError, match="has 2 columns but a row of 1 cells"):
        Grid(title="Short", headings=("A", "B"), rows=[["a"]])


def test_what_is_empty_leaves_no_trace():
    html = build_briefing(Briefing(title="Bare"))
    for part in ("notice", "eyebrow", "subtitle"):
        assert f'class="{part}"' not in html
    assert "<footer>" not in html
    assert "<dl" not in html


@pytest.mark.browser
def test_it_opens_in_silence_and_fits_a_phone(briefing, chromium, tmp_path):
    path = tmp_path / "briefing.html"
    path.write_text(build_briefing(briefing), encoding="utf-8")
    console, requests = [], []
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, offline=True, java_script_enabled=False
    )
    tab = context.new_page()
    tab.on("console", lambda message: console.append(message.text))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto(path.as_uri())
    assert tab.title().startswith("34.2% of ")
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert console == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
