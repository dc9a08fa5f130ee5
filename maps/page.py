"""From a page description to one HTML file that opens anywhere, offline."""

from __future__ import annotations

import functools
import os
import tempfile
import warnings
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import jinja2
from markupsafe import Markup

from maps.checks import check_page
from maps.document import OfflineMap, PageFigure, PageLayers
from maps.embedded import embedded_json
from maps.errors import MapsError
from maps.layers import map_data
from maps.leaflet import leaflet_assets
from maps.spec import Choropleth, Overlay, Page
from maps.summaries import shown_layer
from maps.table import print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCRIPTS: Final = (
    "marks.js",
    "areas.js",
    "overlays.js",
    "features.js",
    "panel.js",
    "tables.js",
    "search.js",
    "compare.js",
    "printing.js",
    "map.js",
)
_STYLES: Final = ("page.css", "workbench.css", "tables.css", "print.css")

Layer = TypeVar("Layer", Choropleth, Overlay)


def build_page(page: Page, *, is_light: bool = False) -> str:
    """Build the page as one HTML document without a reference to any other file or host.

    Parameters
    ----------
    page
        What the page says. Frames may be in any CRS and are left as they are.
    is_light
        Whether only the map is built, with its legend and layers: no tables, panel, search or comparison.

    Returns
    -------
    str
        HTML; the same description gives the same bytes. All text from the description is escaped, and a
        Content-Security-Policy in the page allows its own scripts and no request at all, or pictures of the one host
        of `Page.tiles`.

    Raises
    ------
    MapsError
        When a table lacks a column or a CRS, an id stands twice, or nothing is left to draw.

    Examples
    --------
    >>> squares = gpd.GeoDataFrame({"code": ["a"], "name": ["A"], "value": [3.0]}, geometry=homes[:1].to_crs(27700).buffer(1000))
    >>> layer = maps.Choropleth(key="value", title="Value", column="value", breaks=[2], palette=maps.ramp("access", 2))
    >>> page = maps.Page(title="One area", subtitle="Made up", areas=squares, id_column="code", name_column="name", choropleths=[layer])
    >>> html = maps.build_page(page)
    >>> html[:15]
    '<!DOCTYPE html>'
    """
    check_page(page)
    drawn = [layer for layer in page.choropleths if page.areas[layer.column].notna().any()]
    if not drawn:
        raise MapsError("No choropleth of the page has a value in any area: there is nothing to show.")
    leaflet, legends = leaflet_assets(), [shown_layer(page, layer) for layer in drawn]
    context = {
        "page": page,
        "light": is_light,
        "style": Markup(leaflet.style + "".join(map(_source, _STYLES))),  # noqa: S704 -- our own files
        "data": embedded_json(map_data(page, legends)),
        "legends": legends,
        "layer_groups": _grouped(drawn),
        "overlay_groups": _grouped(overlay for overlay in page.overlays if not overlay.frame.empty),
        "left_out": [layer for layer in page.choropleths if layer not in drawn],
        "tables": [] if is_light else [print_table(table) for table in page.tables],
    }
    scripts = [leaflet.script, *(_source(name) for name in _SCRIPTS)]
    figure = PageFigure(_environment().get_template("page.html"), context, scripts)
    drawing = OfflineMap(page.area_noun)
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
        When the file is above `Page.warn_mb`: mail gateways and previews refuse 10 MB.

    Examples
    --------
    >>> path = maps.write_page(page, "index.html")  # doctest: +SKIP
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
    if size_mb > page.warn_mb:
        warnings.warn(
            f"{target.name} has {size_mb:.1f} MB; above {page.warn_mb:g} MB mail may refuse it.", stacklevel=2
        )
    return target


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("maps", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _grouped(layers: Iterable[Layer]) -> list[tuple[str, list[Layer]]]:
    """Put layers of one group together, groups and layers in the order they are first named in."""
    groups: dict[str, list[Layer]] = {}
    for layer in layers:
        groups.setdefault(layer.group, []).append(layer)
    return list(groups.items())


def _source(name: str) -> str:
    """Read a template file as it is; its text is ours and holds no placeholders."""
    return (resources.files("maps") / "templates" / name).read_text(encoding="utf-8").replace("\r\n", "\n")
