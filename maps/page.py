"""From a page description to one HTML file that opens anywhere, offline."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from importlib import resources
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup

from maps.checks import check_page
from maps.document import OfflineMap, PageFigure, PageLayers
from maps.errors import MapsError
from maps.layers import has_values, map_data
from maps.leaflet import leaflet_assets
from maps.legend import build_legend, classify
from maps.spec import Page
from maps.table import print_table

LARGE_PAGE_MB: Final = 10
_SCRIPTS: Final = ("marks.js", "map.js", "tables.js")
# Characters that could end a script element, open a comment, or end a line inside it.
_JSON_ESCAPES: Final = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def build_page(page: Page) -> str:
    """Build the page as one HTML document without a reference to any other file or host.

    Parameters
    ----------
    page
        What the page says. Frames may be in any CRS and are left as they are.

    Returns
    -------
    str
        HTML; the same description gives the same bytes. All text from the description is escaped, and a
        Content-Security-Policy in the page allows its own scripts and no request at all.

    Raises
    ------
    MapsError
        When a table lacks a column or a CRS, an id stands twice, or nothing is left to draw.
    """
    check_page(page)
    drawn = [layer for layer in page.choropleths if has_values(page.areas, layer)]
    if not drawn:
        raise MapsError("No choropleth of the page has a value in any area: there is nothing to show.")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("maps", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    leaflet = leaflet_assets()
    context = {
        "page": page,
        "style": Markup(leaflet.style + _source("page.css")),  # noqa: S704 -- our own files
        "data": embedded_json(map_data(page)),
        "legends": [build_legend(classify(page.areas[layer.column], layer), layer) for layer in drawn],
        "left_out": [layer for layer in page.choropleths if layer not in drawn],
        "tables": [print_table(table) for table in page.tables],
    }
    scripts = [leaflet.script, *(_source(name) for name in _SCRIPTS)]
    figure = PageFigure(environment.get_template("page.html"), context, scripts)
    drawing = OfflineMap()
    drawing.add_child(PageLayers())
    figure.add_child(drawing)
    return figure.render()


def write_page(page: Page, path: str | Path) -> Path:
    """Build the page and put it in place of `path` in one step; an interrupted write leaves the old file.

    Returns
    -------
    Path
        The file written. Folders on the way are made.

    Warns
    -----
    UserWarning
        When the file is above 10 MB, which mail gateways and previews refuse.
    """
    target = Path(path)
    content = build_page(page).encode("utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(part).chmod(0o644)
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    size_mb = len(content) / 1e6
    if size_mb > LARGE_PAGE_MB:
        warnings.warn(
            f"{target.name} has {size_mb:.1f} MB; above {LARGE_PAGE_MB} MB mail refuses it.", stacklevel=2
        )
    return target


def embedded_json(data: object) -> Markup:
    """Write JSON that stays data inside a script element, whatever names it holds."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_JSON_ESCAPES))  # noqa: S704 -- nothing is left in it that HTML would read


def _source(name: str) -> str:
    """Read a template file as it is; its text is ours and holds no placeholders."""
    return (resources.files("maps") / "templates" / name).read_text(encoding="utf-8").replace("\r\n", "\n")
