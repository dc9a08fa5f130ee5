"""Leaflet's own files, made to live inside one page.

They come from the installed XStatic-Leaflet, so that neither building nor opening a page asks the network.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xstatic.pkg import leaflet

from maps.errors import MapsError

_SOURCE_MAP: Final = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_CSS_URL: Final = re.compile(r"url\(\s*['\"]?(?P<path>[^'\")]+)['\"]?\s*\)")
_CSS_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_BEHAVIOUR: Final = re.compile(r"^\s*behavior:.*$", re.MULTILINE)


@dataclass(frozen=True)
class LeafletAssets:
    """Leaflet's script and style, without references to other files."""

    script: str
    style: str


def leaflet_assets() -> LeafletAssets:
    """Read Leaflet's script and style; images in the style become data URIs.

    Raises
    ------
    MapsError
        When the installed Leaflet is not of the 1.9 line, whose canvas the marks are drawn on.
    """
    if not leaflet.VERSION.startswith("1.9."):
        raise MapsError(f"Leaflet {leaflet.VERSION} is installed, but the page is written for Leaflet 1.9.")
    folder = Path(leaflet.BASE_DIR)
    script = _read(folder / "leaflet.js")
    return LeafletAssets(script=_SOURCE_MAP.sub("", script), style=_inline_style(folder))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise MapsError(f"Leaflet's {path.name} is missing from the installed XStatic-Leaflet.") from error


def _inline_style(folder: Path) -> str:
    # Rules for Internet Explorer and comments name addresses that a page must not carry.
    style = _BEHAVIOUR.sub("", _CSS_COMMENT.sub("", _read(folder / "leaflet.css")))

    def data_uri(match: re.Match[str]) -> str:
        image = (folder / match["path"]).read_bytes()
        return f"url(data:image/png;base64,{base64.b64encode(image).decode('ascii')})"

    return _CSS_URL.sub(data_uri, style)
