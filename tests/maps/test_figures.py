"""Figures for paper: the same bytes every time, names that stay names, and marks that stand where the data say."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.text import Text
from shapely.geometry import Point

import maps
from maps import figures
from maps.figures_names import Name, place_names
from maps.figures_text import plain, shortened, width_mm, wrap

# Read as mathematics the first would end the run; the others are what no font of matplotlib's can draw.
MATHS = r"A $\frac{1}{ road & _x^"
STRANGE = "東京\u2028\x07 tram"
WORDS = figures.Words(title="A finding", subtitle="Its definition", caption="Its source")


@pytest.fixture
def page(squares, access) -> maps.Page:
    corridor = gpd.GeoDataFrame(
        {
            "name": [MATHS],
            "geometry": [
                Point(400_500, 280_500),
            ],
        },
        crs=27700,
    )
    far = gpd.GeoDataFrame({"name": ["Far"], "geometry": [Point(460_000, 280_500)]}, crs=27700)
    return maps.Page(
        title="t",
        subtitle="s",
        areas=squares,
        id_column="code",
        name_column="name",
        group_column="district",
        area_noun="squares",
        choropleths=[access],
        overlays=[
            maps.Overlay(
                key="near",
                title="Near",
                frame=corridor,
                kind="point",
                colour="#801650",
                label_column="name",
                show_labels=True,
            ),
            maps.Overlay(key="far", title="Far", frame=far, kind="point", colour="#801650"),
        ],
    )


@pytest.fixture
def options() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["First", MATHS, STRANGE, "Without a score"],
            "rank": pd.array([1, 2, 3, None], dtype="Int64"),
            "low": pd.array([1, 1, 3, None], dtype="Int64"),
            "high": pd.array([2, 3, 3, None], dtype="Int64"),
            "group": pd.array([1, 1, 2, None], dtype="Int64"),
            "range": ["1 to 2", "1 to 3", "3", ""],
        }
    )


def ranges(options: pd.DataFrame, words: figures.Words = WORDS):
    return figures.ranges_figure(
        options, name="name", at="rank", low="low", high="high", note="range", note_heading="Range",
        axis_label="Dot: rank.", words=words, group="group", ends=("first", "last"),
    )  # fmt: skip


def curves(**how):
    frame = pd.DataFrame(
        {"minutes": [30, 45, 60] * 2, "k": [1] * 3 + [3] * 3, "share": [0.5, 0.75, 1.0, 0.1, 0.25, 0.5]}
    )
    settings = {
        "x": "minutes", "share": "share", "series": "k", "labels": {1: "1 or more", 3: "3 or more"}, "highlight": 3,
        "marked_x": 45, "marked_label": "25.0%", "x_label": "Minutes", "share_label": "Share", "words": WORDS,
    }  # fmt: skip
    return figures.curves_figure(frame, **(settings | how))


def bars(shares: list[float]):
    frame = pd.DataFrame(
        {"name": [f"Fifth {n}" for n in range(len(shares))], "share": shares, "note": "2 areas"}
    )
    return figures.bars_figure(
        frame, name="name", share="share", note="note", note_heading="Rests on", reference=0.5,
        reference_label="all, 50.0%", words=WORDS,
    )  # fmt: skip


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def dots(figure) -> list[tuple[float, float]]:
    """Return where round marks stand, in millimetres of the body."""
    lines = [line for line in figure.findobj(Line2D) if line.get_marker() == "o"]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


def test_the_same_table_gives_the_same_bytes_whatever_style_is_set(page, options):
    drawn = [figures.area_figure(page, "access", words=WORDS), ranges(options), curves(), bars([0.2, 0.4])]
    before = [(figures.to_png(figure), figures.to_svg(figure)) for figure in drawn]
    with mpl.rc_context(
        {"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 10, "svg.fonttype": "none"}
    ):
        again = [
            figures.area_figure(page, "access", words=WORDS),
            ranges(options),
            curves(),
            bars([0.2, 0.4]),
        ]
        after = [(figures.to_png(figure), figures.to_svg(figure)) for figure in again]
    assert before == after


def test_another_process_writes_the_same_bytes():
    script = (
        "import hashlib, pandas as pd\nfrom maps import figures\n"
        "t = pd.DataFrame({'n': ['a'], 's': [.5], 'o': ['2 areas']})\n"
        "g = figures.bars_figure(t, name='n', share='s', note='o', note_heading='h', reference=.5, reference_label='r',"
        " words=figures.Words(title='t'))\n"
        "told = hashlib.sha256(figures.to_png(g) + figures.to_svg(g).encode()).hexdigest()\n"
    )
    here: dict[str, str] = {}
    exec(script, here)  # noqa: S102 - the same lines as in the other process
    there = subprocess.run(
        [sys.executable, "-c", f"{script}print(told)"], check=True, capture_output=True, text=True
    )
    assert there.stdout.strip() == here["told"]


def test_nothing_written_tells_when_or_by_what_it_was_made(options):
    figure = ranges(options)
    png = figures.to_png(figure)
    kinds = set()
    at = 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        kinds.add(png[at + 4 : at + 8])
        at += 12 + size
    assert kinds == {b"IHDR", b"pHYs", b"IDAT", b"IEND"}
    svg = figures.to_svg(figure)
    assert "<metadata" not in svg
    assert "date" not in svg.lower()


def test_a_png_has_three_hundred_dots_to_the_inch_and_the_width_of_a_column(options):
    png = figures.to_png(ranges(options))
    width = int.from_bytes(png[16:20])
    assert width == pytest.approx(170 / 25.4 * 300, abs=1)


def test_names_are_never_read_as_mathematics_and_what_no_font_has_is_replaced(options, page):
    shown = texts(ranges(options))
    assert MATHS in shown
    assert "\ufffd\ufffd tram" in shown
    assert MATHS in texts(figures.area_figure(page, "access", words=WORDS, overlays=("near",)))
    assert plain("a\tb\nc") == "a b c"


def test_dots_stand_at_their_ranks_and_rows_without_one_are_left_out(options):
    figure = ranges(options)
    found = dots(figure)
    assert len(found) == 3
    x = [place for place, _ in found]
    assert x[1] - x[0] == pytest.approx(x[2] - x[1])
    assert x[0] < x[1]
    y = [place for _, place in found]
    assert y[0] > y[1] > y[2]
    assert "Without a score" not in texts(figure)
    with pytest.raises(maps.MapsError, match="No row has a rank"):
        ranges(options[options["rank"].isna()])


def test_a_range_reaches_from_its_low_to_its_high_rank(options):
    figure = ranges(options)
    dot = {place: x for x, place in dots(figure)}
    spans = [
        line for line in figure.findobj(Line2D) if line.get_marker() != "o" and line.get_ydata()[0] in dot
    ]
    lengths = [
        float(line.get_xdata()[1] - line.get_xdata()[0])
        for line in spans
        if line.get_ydata()[0] == line.get_ydata()[1]
    ]
    step = np.diff(sorted(dot.values()))[0]
    assert lengths == pytest.approx([step, 2 * step, 0])


def test_a_single_option_still_makes_a_figure(options):
    assert len(dots(ranges(options.head(1).assign(high=1)))) == 1


def test_the_marked_point_lies_on_its_curve():
    figure = curves()
    (x, y) = dots(figure)[0]
    lines = [line for line in figure.findobj(Line2D) if len(line.get_xdata()) == 3]
    own = max(lines, key=lambda line: line.get_linewidth())
    assert (x, y) == pytest.approx((own.get_xdata()[1], own.get_ydata()[1]))
    # Of 0 to 1 the shares 0.1, 0.25 and 0.5: the second step is five thirds of the first.
    low, middle, high = own.get_ydata()
    assert (high - middle) / (middle - low) == pytest.approx(0.25 / 0.15)
    with pytest.raises(maps.MapsError, match="No curve"):
        curves(labels={7: "7 or more"})


def test_labels_of_curves_that_end_together_do_not_overlap():
    frame = pd.DataFrame({"x": [1, 2] * 5, "k": np.repeat(range(5), 2), "s": [0.5] * 10})
    figure = figures.curves_figure(
        frame, x="x", share="s", series="k", labels={k: f"curve {k}" for k in range(5)}, highlight=0, marked_x=1,
        marked_label="50%", x_label="", share_label="", words=WORDS,
    )  # fmt: skip
    heights = sorted(
        text.get_position()[1] for text in figure.findobj(Text) if text.get_text().startswith("curve")
    )
    assert min(np.diff(heights)) >= 7.5 * 25.4 / 72


def test_bars_are_as_long_as_their_shares_and_nobody_is_no_bar():
    figure = bars([0.2, 0.4, float("nan")])
    lengths = [patch.get_width() for patch in figure.axes[0].patches]
    assert lengths[1] == pytest.approx(2 * lengths[0])
    assert lengths[2] == 0
    assert {"20.0%", "40.0%", "nobody", "all, 50.0%"} <= set(texts(figure))
    with pytest.raises(maps.MapsError, match="no rows"):
        bars([])


def test_a_map_colours_every_area_by_its_class_and_hatches_what_has_no_value(page, squares, access):
    squares.loc[2, "share"] = np.nan
    figure = figures.area_figure(page, "access", words=WORDS)
    filled = [each for each in figure.findobj(PathCollection) if each.get_zorder() == 1]
    counts = {to_hex(each.get_facecolor()[0]).upper(): len(each.get_paths()) for each in filled}
    # Of twelve shares in twelfths the third is missing: 0, 1 and 3 of 12 lie up to a quarter, and so on.
    expected = [3, 3, 3, 2]
    assert [counts[colour.upper()] for colour in access.palette] == expected
    assert counts["#FFFFFF"] == 1
    assert sum(len(each.get_paths()) for each in figure.findobj(PathCollection) if each.get_hatch()) == 1
    shown = texts(figure)
    assert {"25% or less", "over 75%", "Squares", "No data", "N"} <= set(shown)
    assert "1 km" in shown


def test_the_scale_bar_is_as_long_as_it_says(page):
    """Twelve squares of a kilometre, four side by side, so a bar of 1 km is a quarter as long as the row is wide."""
    figure = figures.area_figure(page, "access", words=WORDS)
    bar = next(line for line in figure.findobj(Line2D) if len(line.get_xdata()) == 4)
    outlines = [each for each in figure.findobj(PathCollection) if each.get_zorder() == 2]
    corners = np.concatenate([path.vertices for each in outlines for path in each.get_paths()])
    # The squares stand on the National Grid, the map on another: turned a little, and longer by a few parts in a thousand.
    assert np.ptp(bar.get_xdata()) == pytest.approx(np.ptp(corners[:, 0]) / 4, rel=0.02)


def test_what_lies_beyond_the_map_is_not_drawn_into_the_legend(page):
    def marks(*overlays: str) -> int:
        return len(figures.area_figure(page, "access", words=WORDS, overlays=overlays).axes[0].lines)

    # Either has its mark in the legend; only the near one has a second on the map.
    assert marks("near") == marks("far") + 1


def test_a_map_refuses_a_layer_that_the_page_does_not_have(page):
    with pytest.raises(maps.MapsError, match="no choropleth 'other'; it has access"):
        figures.area_figure(page, "other", words=WORDS)


def test_a_grid_of_classes_shows_every_count(page, squares):
    classes = ["2-1", "2-2", "1-1", "1-2"]
    squares["both"] = [*classes, *classes, *classes[:3], "1-1"]
    layer = maps.Choropleth(
        key="both",
        title="Both",
        column="both",
        classes=classes,
        palette=["#B4403B", "#4B3F63", "#EDE7E3", "#6BA4BE"],
    )
    both = dataclasses.replace(page, choropleths=[layer])
    grid = figures.GridLegend(columns=2, across="access", down="need")
    shown = texts(figures.area_figure(both, "both", words=WORDS, grid=grid))
    assert sorted(text for text in shown if text.isdigit()) == ["2", "3", "3", "4"]
    assert "Across: access" in shown


def test_the_body_alone_has_neither_title_nor_caption(options):
    figure = ranges(options)
    whole, body = figures.to_svg(figure), figures.to_svg(figure, body_alone=True)
    assert len(body) < len(whole)
    assert figures.to_svg(figure) == whole  # nothing is lost of the figure

    def height(svg: str) -> float:
        return float(re.search(r'height="([\d.]+)pt"', svg)[1])

    assert height(body) < height(whole)


def test_a_figure_grows_with_its_words_so_that_nothing_overlaps(options):
    short = ranges(options, figures.Words(title="Short"))
    long = ranges(options, figures.Words(title="A long finding " * 20))
    assert long.get_size_inches()[1] > short.get_size_inches()[1]
    figure = ranges(options, figures.Words(title="A long finding " * 20, caption="Many sources " * 40))
    figure.draw_without_rendering()
    width, height = figure.get_size_inches() * figure.dpi
    for text in figure.findobj(Text):
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= width
            assert box.y0 >= 0
            assert box.y1 <= height


def test_lines_are_broken_to_fit_and_lose_nothing():
    told = "Several words that must be broken over lines, and onewordthatislongerthanaline"
    lines = wrap(told, within_mm=30, size=8)
    assert all(width_mm(line, size=8) <= 30 for line in lines)
    assert "".join(lines).replace(" ", "") == told.replace(" ", "")
    assert wrap("", within_mm=30, size=8) == []
    assert shortened("short", within_mm=30, size=8) == "short"
    cut = shortened("far too long to fit a line of thirty millimetres", within_mm=30, size=8)
    assert cut.endswith("…")
    assert width_mm(cut, size=8) <= 30


def test_names_find_room_or_are_left_away():
    box = (0.0, 0.0, 60.0, 30.0)
    here = [Name(text, (30.0, 15.0), 7, beside_mm=1.5) for text in ("One", "Two")]
    placed = place_names(here, within=box)
    assert [each.name.text for each in placed] == ["One", "Two"]
    assert len({each.corner for each in placed}) == 2
    assert place_names(here, within=(0, 0, 4, 2)) == []
    assert place_names(here, within=box, taken=[box]) == []


def test_importing_the_page_does_not_import_matplotlib():
    told = subprocess.run(
        [sys.executable, "-c", "import sys, maps, maps.briefing; print('matplotlib' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == "False"
