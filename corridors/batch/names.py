"""What the pages of a batch are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Where the pages of the stations stand.
STATIONS: Final = "stations"


def page_names(stations: Iterable[str]) -> dict[str, str]:
    """Name the page of each station by what of its id any file system can hold; numbered where two would be alike."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for station in sorted(stations):
        plain = re.sub(r"[^a-z0-9]+", "-", station.lower()).strip("-")[:60] or "station"
        number, name = 1, f"station-{plain}.html"
        while name in taken:
            number += 1
            name = f"station-{plain}-{number}.html"
        taken.add(name)
        names[station] = name
    return names
