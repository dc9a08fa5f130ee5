"""Made sources of the catalogue, and what their right files hold."""

from __future__ import annotations

import io
import zipfile

from corridors.official.sources import Source

CSV = b"code,value\n" + b"".join(b"A%04d,%d\n" % (number, number) for number in range(3_000))


def zipped(**members: bytes) -> bytes:
    """Return a zip of some files, stored as they are so that its size is known."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.txt", text)
    return held.getvalue()


FEED = zipped(stops=b"stop_id\nS\n" * 500, trips=b"trip_id\nT\n" * 500)


def source(address: str, **changes) -> Source:
    told = {
        "name": "made",
        "title": "A made table",
        "publisher": "Nobody",
        "licence": "none",
        "vintage": "2025",
        "page": "https://example.org/made",
        "address": address,
        "file": "made.csv",
        "format": "csv",
        "content": "fixed",
        "needs": ("code", "value"),
        "max_mb": 0.2,
        "verified": False,
        "seen": "nowhere",
    }
    return Source(**told | changes)


def feed(address: str, **changes) -> Source:
    return source(
        address, **{"file": "made.zip", "format": "gtfs", "needs": ("stops.txt", "trips.txt")} | changes
    )


def rows(count: int) -> list[dict[str, object]]:
    return [
        {
            "attributes": {"LSOA21CD": f"E{number:08d}"},
            "geometry": {"x": -1.9 + number / 1e4, "y": 52.5},
        }
        for number in range(count)
    ]


def service(address: str, **changes) -> Source:
    told = {"format": "arcgis_points", "needs": ("LSOA21CD", "lon", "lat"), "max_mb": 2}
    return source(f"{address}?where=1=1&outFields=LSOA21CD&orderByFields=LSOA21CD", **told | changes)
