"""A made page of twelve squares in two districts, with names that try to break out of every place they reach."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import BrowserContext, Page
from shapely.geometry import LineString, Point, box

import maps

HOSTILE = "</script><img src=x onerror=alert(1)>"
TEMPLATE = "{{ 7 * 7 }} & \"quoted\" 'too' \u2028"
BRITISH_GRID = 27700


@pytest.fixture(scope="session")
def hostile() -> str:
    """A name that would run a script if it were ever read as HTML."""
    return HOSTILE


@pytest.fixture(scope="session")
def template_name() -> str:
    """A name that would be computed if it were ever rendered as a template."""
    return TEMPLATE


@pytest.fixture
def squares() -> gpd.GeoDataFrame:
    """Three rows of four squares of 1 km; the two columns in the east belong to the hostile district."""
    rows = [
        {
            "code": f"W{column}{row}",
            "name": f"Square {column}-{row}",
            "district": "Westside" if column < 2 else HOSTILE,
            "share": (4 * row + column) / 12,
            "minutes": 20.0 + 10 * column,
            "class": "low" if row == 0 else "high",
            "geometry": box(
                400_000 + 1000 * column, 280_000 + 1000 * row, 401_000 + 1000 * column, 281_000 + 1000 * row
            ),
        }
        for row in range(3)
        for column in range(4)
    ]
    frame = gpd.GeoDataFrame(rows, crs=BRITISH_GRID)
    frame.loc[0, ["name", "minutes"]] = [HOSTILE, np.inf]
    frame.loc[1, ["name", "minutes"]] = [TEMPLATE, np.nan]
    # The first has a text that tries to run, the second none, the others say where they are.
    frame["why"] = [HOSTILE, None, *(f"It lies in row {row // 4}." for row in range(2, 12))]
    return frame


@pytest.fixture
def access() -> maps.Choropleth:
    """Shares in four classes with bounds a quarter apart."""
    return maps.Choropleth(
        key="access",
        title="Residents reaching three centres",
        column="share",
        palette=maps.ramp("access", 4),
        breaks=(0.25, 0.5, 0.75),
        unit="%",
        factor=100,
        definition="Median of the departures 07:00 to 09:00.",
    )


@pytest.fixture
def minutes() -> maps.Choropleth:
    """Minutes with one unreachable area and one without a value."""
    return maps.Choropleth(
        key="minutes",
        title="Minutes to the third centre",
        column="minutes",
        palette=maps.ramp("need", 3),
        breaks=(30, 45),
        unit="minutes",
        inf_label="over 120",
    )


@pytest.fixture
def corridor() -> maps.Overlay:
    """One line from west to east with a hostile name."""
    line = LineString([(400_000, 281_500), (404_000, 281_500)])
    frame = gpd.GeoDataFrame(
        {"id": ["c1"], "name": [HOSTILE], "stops": [7]}, geometry=[line], crs=BRITISH_GRID
    )
    return maps.Overlay(
        key="corridors",
        title="Corridors",
        frame=frame,
        kind="line",
        colour="#F46A25",
        id_column="id",
        label_column="name",
        tooltip=[maps.Column("stops", "Stops")],
        show_labels=True,
    )


@pytest.fixture
def stations() -> maps.Overlay:
    """Two square marks, hidden when the page opens."""
    points = [Point(400_500, 280_500), Point(403_500, 282_500)]
    frame = gpd.GeoDataFrame({"name": ["First", "Second"]}, geometry=points, crs=BRITISH_GRID)
    return maps.Overlay(
        key="stations",
        title="Stations",
        frame=frame,
        kind="point",
        colour="#0B0C0C",
        label_column="name",
        shape="square",
        size=6,
        visible=False,
    )


@pytest.fixture
def ranking() -> maps.Table:
    """Three options; scores whose order as text differs from their order as numbers."""
    frame = pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "name": ["Alpha", HOSTILE, "Gamma"],
            "score": [10.0, 9.5, np.nan],
            "min": [41.0, np.inf, 12.0],
        }
    )
    return maps.Table(
        key="ranking",
        title="Corridors, ranked",
        frame=frame,
        columns=[
            maps.Column("rank", "Rank"),
            maps.Column("name", "Corridor"),
            maps.Column("score", "Score", decimals=1),
            maps.Column("min", "Time", unit="minutes", decimals=0, inf_label="over 120"),
        ],
        caption="Scores from fixed goalposts.",
        heading_column="name",
    )


@pytest.fixture
def listed(squares) -> maps.Table:
    """All squares, linked with the map: long enough for a box that narrows them, with formulas among the notes."""
    frame = pd.DataFrame(squares.drop(columns="geometry"))
    notes = ['=HYPERLINK("x")', "+1", "-1", "@x", "\t=1", 'a "quoted", b', *[f"note {n}" for n in range(6)]]
    return maps.Table(
        key="squares",
        title="All squares",
        frame=frame.assign(note=notes, change=frame["share"] - 0.5),
        columns=[
            maps.Column("name", "Square"),
            maps.Column("district", "District"),
            maps.Column("share", "Share", unit="%", decimals=0, factor=100),
            maps.Column("minutes", "Time", unit="minutes", decimals=0, inf_label="over 120"),
            maps.Column("change", "Change", unit="points", decimals=0, factor=100, signed=True),
            maps.Column("note", "Note"),
        ],
        caption="Every square.",
        id_column="code",
        links="areas",
        is_long=True,
    )


@pytest.fixture
def panel() -> maps.Panel:
    """Two figures with places, one without, and a text."""
    return maps.Panel(
        figures=[
            maps.PanelFigure(maps.Column("share", "Share", unit="%", decimals=0, factor=100), ranked="high"),
            maps.PanelFigure(
                maps.Column("minutes", "Time", unit="minutes", inf_label="over 120"),
                ranked="low",
                first_words="quickest",
            ),
            maps.PanelFigure(maps.Column("class", "Class")),
        ],
        texts=[maps.PanelText("Why it is so", "why")],
        note="Places among squares with a value.",
    )


@pytest.fixture
def places() -> gpd.GeoDataFrame:
    """A point amid a square, one beyond all of them, and another name of a square; Ä to be found by a."""
    return gpd.GeoDataFrame(
        {
            "name": ["Älter Market", "Far Away", f"Alias {HOSTILE}"],
            "kind": ["market", "nowhere", "other name"],
            "area_id": [None, None, "W11"],
        },
        geometry=[Point(402_500, 281_500), Point(404_400, 281_500), None],
        crs=BRITISH_GRID,
    )


@pytest.fixture
def near() -> maps.Overlay:
    """Two hatched polygons in two classes, hidden when the page opens."""
    shapes = [box(400_100, 281_100, 400_900, 281_900), box(402_100, 281_100, 403_900, 281_900)]
    frame = gpd.GeoDataFrame(
        {"id": ["n1", "n2"], "name": ["Near", HOSTILE], "band": [10, 20]}, geometry=shapes, crs=BRITISH_GRID
    )
    return maps.Overlay(
        key="near",
        title="Near misses",
        frame=frame,
        kind="polygon",
        colour="#801650",
        id_column="id",
        label_column="name",
        class_column="band",
        classes=(10, 20),
        palette=("#801650", "#12436D"),
        class_labels=("10 minutes", "20 minutes"),
        group="Bands",
        size=1.5,
        visible=False,
    )


@pytest.fixture
def page(squares, access, minutes, corridor, stations, ranking) -> maps.Page:
    """Everything a page can hold, once."""
    return maps.Page(
        title=f"Four in ten reach three centres {HOSTILE}",
        eyebrow=f"A study of squares {HOSTILE}",
        subtitle="Share of residents, 45 minutes, weekday morning.",
        notice="Illustrative.",
        areas=squares,
        id_column="code",
        name_column="name",
        group_column="district",
        area_noun="squares",
        tooltip=[maps.Column("share", "Share", unit="%", decimals=0, factor=100)],
        choropleths=[access, minutes],
        overlays=[corridor, stations],
        tables=[ranking],
        facts=[maps.Fact("Residents reaching three centres", "38.2%", "of all residents")],
        definitions=[("Within reach", TEMPLATE)],
        method=f"Counted over all residents {HOSTILE}.",
        comparison=f"Somebody stated 41% {TEMPLATE}.",
        findings=[("Access and need", f"They are not in the same places {HOSTILE}.")],
        limits=[
            ("What is not modelled", ["Fares are not modelled."]),
            ("Sites", ["One is unverified."]),
            ("Feeds", []),
        ],
        sources=[f"A source {HOSTILE}"],
        attribution=HOSTILE,
        run_id="0f3a",
    )


@pytest.fixture
def changed(page) -> Callable[..., maps.Page]:
    """The made page with some of its parts replaced."""

    def change(**parts: object) -> maps.Page:
        return dataclasses.replace(page, **parts)

    return change


@pytest.fixture
def whole(changed, squares, access, minutes, corridor, stations, near, ranking, listed, panel, places):
    """The made page with all that a reader can do: panel, links, search, comparison, groups, classes, changes."""
    change = maps.Choropleth(
        key="change",
        title="Change",
        column="change",
        palette=maps.diverging_ramp(3, high="jobs"),
        breaks=(-0.1, 0.1),
        diverging=True,
        group="After",
        low_words="worse",
        high_words="better",
        unit="points",
        factor=100,
        label_top=2,
    )
    districts = pd.DataFrame({"code": ["d1", "d2"], "name": ["Westside", HOSTILE], "squares": [6, 6]})
    return changed(
        areas=squares.assign(change=squares["share"] - 0.5),
        choropleths=[
            dataclasses.replace(access, group="Now"),
            dataclasses.replace(minutes, group="Now"),
            change,
        ],
        overlays=[corridor, stations, near],
        tables=[
            dataclasses.replace(
                ranking,
                frame=ranking.frame.assign(id=["c1", None, "absent"]),
                id_column="rank",
                links="corridors",
                link_column="id",
            ),
            listed,
            maps.Table(
                key="districts",
                title="Districts",
                frame=districts,
                columns=[maps.Column("name", "District"), maps.Column("squares", "Squares")],
                caption="Both.",
                id_column="code",
                links="groups",
                link_column="name",
            ),
        ],
        panel=panel,
        places=places,
        compare=("access", "change"),
    )


@pytest.fixture
def open_page(chromium, tmp_path) -> Iterator[Callable[..., Opened]]:
    """Write a page, open it from disk with the network off, and watch what it does.

    At the end nothing may have been said on the console, nothing asked of the network, nothing run that a name held.
    """
    contexts: list[BrowserContext] = []
    watched: list[Opened] = []

    def open_(described: maps.Page, *, width: int = 1440, height: int = 900, touch: bool = False) -> Opened:
        path = maps.write_page(described, tmp_path / "page" / "index.html")
        context = chromium.new_context(
            viewport={"width": width, "height": height}, offline=True, has_touch=touch
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        watched.append(opened)
        opened.tab.goto(path.as_uri())
        opened.tab.wait_for_selector("[data-feature-count]", timeout=20_000)
        return opened

    yield open_
    for context in contexts:
        context.close()
    for opened in watched:
        assert opened.dialogs == []
        if not opened.is_disturbed:
            assert opened.console == []
            outside = [url for url in opened.requests if not url.startswith(("file:", "blob:", "data:"))]
            assert (outside, opened.requests[0].rsplit("/", 1)[-1]) == ([], "index.html")


class Opened:
    """A page in a tab, with its console, requests and dialogs on record."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.console: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.is_disturbed = False  # by the test itself
        tab.on("console", lambda message: self.console.append(message.text))
        tab.on("pageerror", lambda error: self.console.append(str(error)))
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("dialog", self._refuse)

    def _refuse(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def area_colours(self) -> list[object]:
        """Fill of every drawn area in the order of the table; a pattern is shown by its type's name."""
        return self.tab.evaluate(
            """() => Object.values(corridorsMap._layers).filter((layer) => layer.areaIndex !== undefined)
                 .sort((a, b) => a.areaIndex - b.areaIndex)
                 .map(({ options: { sides: [{ fill }] } }) => typeof fill === "string" ? fill : fill.constructor.name)"""
        )

    def drawn_with(self, colour: str) -> int:
        """How many marks or lines of a colour are on the map."""
        return self.tab.evaluate(
            """(colour) => Object.values(corridorsMap._layers).filter(({ options }) =>
                 options.fillColor === colour || options.color === colour).length""",
            colour,
        )

    def place_of(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place of the map is in the window."""
        self.tab.locator(".folium-map").scroll_into_view_if_needed()
        x, y = self.tab.evaluate(
            """([lon, lat]) => { const box = corridorsMap.getContainer().getBoundingClientRect();
                 const { x, y } = corridorsMap.latLngToContainerPoint([lat, lon]);
                 return [box.left + x, box.top + y]; }""",
            [lon, lat],
        )
        return x, y

    def click(self, lon: float, lat: float) -> None:
        """Click a place on the map."""
        self.point_at(lon, lat)
        self.tab.mouse.down()
        self.tab.mouse.up()

    def pixel_at(self, lon: float, lat: float) -> str:
        """Colour that is really on the canvas at a place, as #RRGGBB."""
        self.tab.wait_for_timeout(60)
        red, green, blue = self.tab.evaluate(
            """([lon, lat]) => { const canvas = document.querySelector(".folium-map canvas");
                 const box = canvas.getBoundingClientRect();
                 const frame = corridorsMap.getContainer().getBoundingClientRect();
                 const { x, y } = corridorsMap.latLngToContainerPoint([lat, lon]);
                 const scale = canvas.width / box.width;
                 const copy = document.createElement("canvas").getContext("2d");
                 copy.drawImage(canvas, -(x + frame.left - box.left) * scale, -(y + frame.top - box.top) * scale);
                 return Array.from(copy.getImageData(0, 0, 1, 1).data).slice(0, 3); }""",
            [lon, lat],
        )
        return f"#{red:02X}{green:02X}{blue:02X}"

    def focused(self) -> str:
        """What has the focus: its identifier, or its text."""
        return self.tab.evaluate("document.activeElement.id || document.activeElement.textContent")

    def point_at(self, lon: float, lat: float) -> None:
        """Move the pointer to a place on the map."""
        at = self.place_of(lon, lat)
        self.tab.mouse.move(at[0] - 1, at[1])
        self.tab.wait_for_timeout(60)  # Leaflet's canvas looks at the pointer every 32 ms
        self.tab.mouse.move(at[0], at[1])
        self.tab.wait_for_timeout(60)


@pytest.fixture
def centre_of(squares) -> Callable[[str], tuple[float, float]]:
    """Longitude and latitude of the middle of a square."""
    middles = squares.set_index("code").geometry.centroid.to_crs(4326)

    def centre(code: str) -> tuple[float, float]:
        return middles[code].x, middles[code].y

    return centre


@pytest.fixture
def saved(tmp_path) -> Path:
    """A folder for pictures a person can look at."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder
