"""The Folium side: a map without tiles or libraries from elsewhere, in a figure that is a whole page."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2


class OfflineMap(folium.Map):
    """A Folium map that links to nothing.

    Folium's own template forbids zooming the page with two fingers, and its default files are fetched from
    four hosts; neither has a place here. `area_noun` is what the areas are called.
    """

    _template = Template("""
        {% macro html(this, kwargs) %}
            <div class="folium-map" id="{{ this.get_name() }}" role="region" aria-label="{{ this.label|e }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                crs: L.CRS.{{ this.crs }},
                ...{{ this.options|tojavascript }}
            });
        {% endmacro %}
    """)

    def __init__(self, area_noun: str) -> None:
        # The template gives no centre: the page's script sets the first view, so nothing is drawn elsewhere before.
        # Quarter steps of zoom let it fit closely.
        super().__init__(location=[0.0, 0.0], tiles=None, prefer_canvas=True, zoom_snap=0.25, zoom_delta=0.5)
        self.default_js, self.default_css = [], []
        self.label = f"Interactive map of {area_noun}"
        self._id = "page"  # Folium draws ids at random; two builds must give the same bytes.


class PageLayers(MacroElement):
    """Hands the map to the page's script, which draws the data kept in the page.

    The data do not pass through Folium: it renders what it is given as a template a second time.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
            drawPage({{ this._parent.get_name() }}, readPageData());
        {% endmacro %}
    """)

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self._id = "PageLayers", "page"


class PageFigure(Figure):
    """A Folium figure whose template is the whole page; its scripts run only if they are ours.

    Parameters
    ----------
    template
        The page's template; it receives `context`, the rendered slots of Folium and the script hashes.
    context
        What the template prints.
    scripts
        Scripts that stand before Folium's own, in order.
    """

    def __init__(self, template: jinja2.Template, context: Mapping[str, Any], scripts: list[str]) -> None:
        super().__init__()
        self._page_template = template
        self._context = context
        self._scripts = scripts

    def render(self, **kwargs: object) -> str:
        """Render the children, then the page around them."""
        for child in self._children.values():
            child.render(**kwargs)
        scripts = [*self._scripts, self.script.render(**kwargs)]
        return self._page_template.render(
            **self._context,
            folium_header=self.header.render(**kwargs),
            folium_html=self.html.render(**kwargs),
            scripts=scripts,
            script_hashes=[script_hash(script) for script in scripts],
        )


def script_hash(script: str) -> str:
    """Give the source expression by which a Content-Security-Policy knows an inline script."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
