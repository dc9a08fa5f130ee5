"""Feature services of ArcGIS, as Open Geography publishes through: asked page by page, and put together to one file.

A service hands out a thousand or two of its rows at a time and says so only in passing, so the number of rows is asked
for first and the pages are held to it: rows are never lost quietly.
"""

from __future__ import annotations

import csv
import json
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from corridors.errors import FetchError
from corridors.official.http import answer_of, persistently, pieces
from corridors.official.transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

    from corridors.official.http import Patience
    from corridors.official.keys import Keys
    from corridors.official.sources import Source

_PAGE_ROWS: Final = 1000
_PASSING_CODES: Final = (429, 500, 502, 503, 504)
_SHAPES: Final = {
    "arcgis_table": {"f": "json", "returnGeometry": "false"},
    "arcgis_points": {"f": "json", "returnGeometry": "true", "outSR": "4326"},
    "arcgis_polygons": {"f": "geojson", "returnGeometry": "true", "outSR": "4326", "geometryPrecision": "6"},
}


def download_pages(
    session: requests.Session,
    url: str,
    part: Path,
    *,
    source: Source,
    keys: Keys,
    patience: Patience,
    progress: Callable[[str, float], None] | None = None,
) -> Transfer:
    """Bring all rows of a feature service over into one file: CSV, with ``lon`` and ``lat`` for points, or GeoJSON.

    Parameters
    ----------
    session, url
        How and where to ask: a query with its condition, fields and order, without paging.
    part
        Where the file goes.
    source, keys, patience, progress
        As for `corridors.official.transfer.download`; ``total_s`` is for all pages together.

    Raises
    ------
    FetchError
        When a page cannot be had, the service answers with an error, or the pages do not add up to its count.
    """
    until = time.monotonic() + patience.total_s
    left = source.max_bytes

    def asked(parameters: dict[str, str]) -> dict[str, Any]:
        nonlocal left
        if time.monotonic() > until:
            raise FetchError(f"{source.name}: took longer than {patience.total_s:,.0f} s")
        page = f"{url}&{urlencode(parameters)}"
        text = persistently(
            lambda: _text(session, page, source=source, keys=keys, patience=patience, most=left),
            source=source,
            patience=patience,
        )
        left -= len(text)
        return _answer(text, source)

    count = asked({"f": "json", "returnCountOnly": "true"}).get("count")
    if not isinstance(count, int) or count < 1:
        raise FetchError(
            f"{source.name}: the service has no rows for what was asked; districts of another year have other codes"
        )
    features: list[dict[str, Any]] = []
    while len(features) < count:
        paging = {"resultOffset": str(len(features)), "resultRecordCount": str(_PAGE_ROWS)}
        page = asked(_SHAPES[source.format] | paging).get("features")
        if not isinstance(page, list) or not page:
            break
        features.extend(page)
        if progress is not None:
            progress(source.name, min(len(features) / count, 1.0))
    if len(features) != count:
        raise FetchError(f"{source.name}: {len(features):,} rows came where the service counts {count:,}")
    _write(part, features, source)
    return Transfer()


def _text(
    session: requests.Session, url: str, *, source: Source, keys: Keys, patience: Patience, most: int
) -> bytes:
    text = bytearray()
    with answer_of(session, url, source=source, keys=keys, patience=patience) as response:
        for piece in pieces(response):
            text += piece
            if len(text) > most:
                raise FetchError(
                    f"{source.name}: more than {source.max_mb:,g} MB come, which cannot be right; nothing was kept"
                )
    return bytes(text)


def _answer(text: bytes, source: Source) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise FetchError(
            f"{source.name}: the service answers with something other than JSON; look at {source.page}"
        ) from error
    if not isinstance(answer, dict):
        raise FetchError(f"{source.name}: the service answers with something other than a table")
    fault = answer.get("error")
    if isinstance(fault, dict):
        # It comes with status 200; a passing fault is not told apart from a wrong query in any better way.
        busy = " and may be busy" if fault.get("code") in _PASSING_CODES else ""
        raise FetchError(
            f"{source.name}: the service answers with error {fault.get('code')}{busy}; look at {source.page}"
        )
    return answer


def _write(part: Path, features: list[dict[str, Any]], source: Source) -> None:
    try:
        if source.format == "arcgis_polygons":
            text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
            part.write_text(text, encoding="utf-8")
            return
        rows = [_row(feature, source) for feature in features]
    except (KeyError, TypeError, AttributeError) as error:
        raise FetchError(f"{source.name}: a row has no attributes or no point") from error
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _row(feature: dict[str, Any], source: Source) -> dict[str, Any]:
    row = dict(feature["attributes"])
    if source.format == "arcgis_points":
        point = feature["geometry"]
        row |= {"lon": f"{point['x']:.6f}", "lat": f"{point['y']:.6f}"}
    return row
