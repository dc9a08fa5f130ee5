"""A page in a notebook's cell: the map alone, in a frame of its own, or a sentence where that would be too much."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from maps.page import build_page

if TYPE_CHECKING:
    from maps.spec import Page

#: Above this a notebook that holds a few maps can no longer be opened or sent.
LIGHT_LIMIT_MB: Final = 1.0
_HEIGHT_PX: Final = 680


def notebook_html(page: Page) -> str:
    """Give the page's map with its layers and legends as a frame for a notebook.

    Parameters
    ----------
    page
        The whole page; tables, texts, panel, places and the overlays that are hidden at first are left away.

    Returns
    -------
    str
        An HTML frame that holds the document itself and asks for nothing; above 1 MB one sentence instead.

    Raises
    ------
    MapsError
        As `build_page`.
    """
    overlays = [overlay for overlay in page.overlays if overlay.visible]
    light = replace(page, overlays=overlays, tables=(), panel=None, places=None, compare=None)
    document = build_page(light, is_light=True)
    # In an attribute these two alone end or change the text.
    framed = document.replace("&", "&amp;").replace('"', "&quot;")
    size_mb = len(framed.encode("utf-8")) / 1e6
    if size_mb > LIGHT_LIMIT_MB:
        return (
            f"<p>{escape(page.title)}: with {len(page.areas):,} {escape(page.area_noun)} the map has {size_mb:.1f} MB, "
            "too much for a notebook. Write it with maps.write_page(page, 'index.html') and open that file.</p>"
        )
    return (
        f'<iframe srcdoc="{framed}" title="{escape(page.title)}" sandbox="allow-scripts" '
        f'style="width:100%;height:{_HEIGHT_PX}px;border:1px solid #b1b4b6"></iframe>'
    )
