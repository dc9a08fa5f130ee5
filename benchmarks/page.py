"""Time the page in a browser: how large it is, when it is painted, how long a layer, a search or a comparison takes.

    python benchmarks/page.py                        the embedded sample, and 1,764 and 10,000 made small areas
    python benchmarks/page.py --page out/index.html  a page of yours as well
    python benchmarks/page.py --readme               the figures into README.md

Headless Chromium without a graphics card, the page opened from disk with the network off. Figures are medians; a
switch is timed from the click to the second frame after it, when the first is on the screen.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from machine import describe_machine
from page_areas import made_page
from playwright.sync_api import Browser, sync_playwright
from report import write_into

import corridors
import maps

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "support"))
from ensure_browser import find_browser  # noqa: E402 -- found only now
from made_areas import made_areas  # noqa: E402

BEGIN, END = "<!-- page figures begin -->", "<!-- page figures end -->"
SIDES = (42, 100)
VIEW = {"width": 1440, "height": 900}
# The moment the map is on the screen: the second frame after its script has marked it as drawn.
_WATCH = """
window.mapDrawn = new Promise((done) => {
  const look = () => document.querySelector("[data-feature-count]")
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
});
"""
_TIMED = """async ([act, times]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const taken = [];
  for (let time = 0; time < times; time++) {
    await frame();
    const begun = performance.now();
    ACTS[act](time);
    await frame(); await frame();
    taken.push(performance.now() - begun);
  }
  return taken;
}"""
_ACTS = """{
  layer: (n) => { const all = document.querySelectorAll("input[name=choropleth]"); all[(n + 1) % all.length].click(); },
  compare: () => document.getElementById("compare-button").click(),
  swipe: (n) => { const at = document.getElementById("swipe"); at.value = 20 + 7 * (n % 9); at.dispatchEvent(new Event("input")); },
  search: (n) => { const box = document.getElementById("search-box"); box.value = "abcdefghij"[n % 10]; box.dispatchEvent(new Event("input")); },
  sort: (n) => { const table = [...document.querySelectorAll("table.sortable")].sort((a, b) => b.rows.length - a.rows.length)[0];
                 table.tHead.querySelectorAll("button")[n % 3].click(); },
}"""


@dataclass(frozen=True)
class Figures:
    """What was measured of one page, in milliseconds but for the sizes."""

    page: str
    areas: int
    layers: int
    size_mb: float
    build_s: float
    first_paint: float
    map_drawn: float
    layer: float
    compare: float
    swipe: float
    search: float
    sort: float


def main() -> None:
    """Build the pages, time them, print the table and keep the figures."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder, _browser() as browser:
        measured = [
            _measure(browser, name, path, built_s, repeats=given.repeats)
            for name, path, built_s in _pages(given, Path(folder))
        ]
    table = _markdown(measured)
    print(table)
    results = {"machine": describe_machine({"accessibility": sys.executable}), "pages": measured}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(results, default=asdict, indent=2) + "\n", encoding="utf-8")
    if given.readme:
        machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
        write_into(HERE / "README.md", f"{table}\n\n{machine}.", begin=BEGIN, end=END)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", type=Path, action="append", default=[], help="a written page to time too")
    parser.add_argument("--without-sample", action="store_true", help="leave out the embedded sample")
    parser.add_argument("--repeats", type=int, default=24, help="times each act is done")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    parser.add_argument("--out", type=Path, default=HERE / ".data" / "page.json")
    return parser.parse_args()


def _pages(given: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Path, float]]:
    for path in given.page:
        yield path.name, path.resolve(), 0.0
    if not given.without_sample:
        study = corridors.load_study(corridors.sample_study())
        corridors.run_study(study, out=folder / "sample")
        yield "the sample", folder / "sample" / "index.html", 0.0
    for side in SIDES:
        page = made_page(made_areas(side))
        target = folder / f"made-{side}.html"
        begun = time.perf_counter()
        maps.write_page(page, target)
        yield "made", target, time.perf_counter() - begun


@contextmanager
def _browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        raise SystemExit("No Chromium was found: install it or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


def _measure(browser: Browser, name: str, path: Path, built_s: float, *, repeats: int) -> Figures:
    opened = [_opening(browser, path) for _ in range(5)]
    context = browser.new_context(viewport=VIEW, offline=True)
    tab = context.new_page()
    tab.goto(path.as_uri())
    tab.wait_for_selector("[data-feature-count]")
    script = _TIMED.replace("ACTS", f"({_ACTS})")

    def taken(act: str) -> float:
        return statistics.median(tab.evaluate(script, [act, repeats]))

    figures = Figures(
        page=name,
        areas=int(tab.get_attribute(".folium-map", "data-feature-count") or 0),
        layers=tab.locator("input[name=choropleth]").count(),
        size_mb=path.stat().st_size / 1e6,
        build_s=built_s,
        first_paint=statistics.median(paint for paint, _ in opened),
        map_drawn=statistics.median(drawn for _, drawn in opened),
        layer=taken("layer"),
        # An even number of presses leaves one layer; one more turns the comparison on for the slider.
        compare=taken("compare"),
        swipe=_with_comparison(tab.evaluate, lambda: taken("swipe")),
        search=taken("search"),
        sort=taken("sort"),
    )
    context.close()
    return figures


def _with_comparison(evaluate: Callable[[str], object], timed: Callable[[], float]) -> float:
    press = "document.getElementById('compare-button').click()"
    evaluate(press)
    taken = timed()
    evaluate(press)
    return taken


def _opening(browser: Browser, path: Path) -> tuple[float, float]:
    """Milliseconds from opening a page to its first paint, and to its map on the screen."""
    context = browser.new_context(viewport=VIEW, offline=True)
    tab = context.new_page()
    tab.add_init_script(_WATCH)
    tab.goto(path.as_uri())
    drawn = tab.evaluate("window.mapDrawn")
    first = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return first, drawn


def _markdown(measured: list[Figures]) -> str:
    heads = ["page", "areas", "layers", "MB", "built, s", "first paint", "map on the screen"]
    heads += ["switch of layer", "comparison", "its slider", "search", "sort of the longest table"]
    rows = [
        [
            figures.page,
            f"{figures.areas:,}",
            str(figures.layers),
            f"{figures.size_mb:.2f}",
            f"{figures.build_s:.1f}" if figures.build_s else "-",
            *(
                f"{value:.0f}"
                for value in (
                    figures.first_paint,
                    figures.map_drawn,
                    figures.layer,
                    figures.compare,
                    figures.swipe,
                    figures.search,
                    figures.sort,
                )
            ),
        ]
        for figures in measured
    ]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
