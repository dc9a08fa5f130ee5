"""For tests of batches: what a batch left in its folder, and places of the made study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyproj import Transformer

if TYPE_CHECKING:
    from pathlib import Path

#: Not results: who holds the folder, and the way from it to the inputs.
ASIDE = {".lock", ".manifest.inputs"}


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path from it: results, finished parts and whatever was left behind."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(files.items()) if name not in ASIDE}


def lon_lat(x: float, y: float) -> tuple[float, float]:
    """Place metres of the made study's world, whose corner lies at 400,000 east and 290,000 north."""
    lon, lat = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True).transform(
        400_000 + x, 290_000 + y
    )
    return round(lon, 6), round(lat, 6)
