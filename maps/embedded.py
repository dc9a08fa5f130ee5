"""Data inside a page: written so that a script element keeps them, and read back as they were meant.

A column of texts that repeat is written once per text: `{"texts": [...], "at": [...]}`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from maps.errors import MapsError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Characters that could end a script element, open a comment, or end a line inside it.
_ESCAPES: Final = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
_DATA: Final = re.compile(r'<script type="application/json" id="page-data">(.*?)</script>', re.DOTALL)


def embedded_json(data: object) -> Markup:
    """Write JSON that stays data inside a script element, whatever names it holds."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704 -- nothing is left in it that HTML would read


def packed_texts(texts: Sequence[str]) -> list[str] | dict[str, list[Any]]:
    """Write each text once where that is shorter than writing all of them."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    if len(places) * 2 >= len(texts):
        return list(texts)
    return {"texts": list(places), "at": [places[text] for text in texts]}


def read_page_data(html: str) -> dict[str, Any]:
    """Read back the data of a written page, every column of texts as a plain list.

    Parameters
    ----------
    html
        The whole document.

    Returns
    -------
    dict
        `areas` (`ids`, `names`, `groups`, `figures`: each with `column`, `label` and `values` as printed),
        `choropleths` (each with `key`, `figure` and the `classes` of the areas, -1 without a value), `overlays` (each
        with `key`, `names` and `figures`), `panel` (`figures` with `values` and `places`, `texts` with `values`).

    Raises
    ------
    MapsError
        When the document holds no page data.
    """
    found = _DATA.search(html)
    if found is None:
        raise MapsError("The document holds no page data: it was not written by maps.write_page.")
    unpacked: dict[str, Any] = _unpacked(json.loads(found[1]))
    return unpacked


def _unpacked(data: Any) -> Any:  # noqa: ANN401 -- JSON is any of its kinds
    if isinstance(data, list):
        return [_unpacked(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {"texts", "at"}:
        return [data["texts"][place] for place in data["at"]]
    return {key: _unpacked(value) for key, value in data.items()}
