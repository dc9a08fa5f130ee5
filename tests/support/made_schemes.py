"""The made study of tests/corridors with schemes, for which its page is then asked."""

from __future__ import annotations

import shutil
from pathlib import Path

from pyproj import Transformer

_TO_LON_LAT = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
_EAST, _NORTH = 400_000, 290_000


def _lon_lat(x: float, y: float) -> tuple[float, float]:
    """Place metres of the made world, as the made study does."""
    lon, lat = _TO_LON_LAT.transform(_EAST + x, _NORTH + y)
    return round(lon, 6), round(lat, 6)


#: A line that the made study may be given: from A2's door to Far Town every ten minutes, in 20.
EXPRESS = "Express: Second to Far Town"


def with_schemes(
    pristine: Path, folder: Path, *, more: dict[str, list[tuple[float, float]]] | None = None
) -> Path:
    """Copy the made study into a folder, give it the express and more lines in as many minutes, and ask for them."""
    shutil.copytree(pristine, folder)
    lines = {EXPRESS: [(500.0, 0.0), (16_000.0, 0.0)], **(more or {})}
    edits = []
    for number, (name, stops) in enumerate(lines.items()):
        calls = [
            "{{ name = '{} {}', lon = {}, lat = {} }}".format(number, at, *_lon_lat(*stop))
            for at, stop in enumerate(stops)
        ]
        edits.append(
            f"""[[scheme]]
id = "s{number}"
name = "{name}"
source = "made"
verified = false
[[scheme.edit]]
kind = "new_line"
feed = "feed"
mode = "bus"
line = "E{number}"
calls = [{", ".join(calls)}]
run_min = [20]
periods = [{{ start = "06:00", end = "12:00", every_min = 10 }}]
"""
        )
    (folder / "schemes.toml").write_text("\n".join(edits), encoding="utf-8")
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('sites = "sites.csv"', 'sites = "sites.csv"\nschemes = "schemes.toml"')
    path.write_text(f"{text}\n[page]\nschemes = true\n", encoding="utf-8")
    return path
