"""The declared rules of the bus feed: headways, run times, times at stops.

Each is used only where there is no evidence, and every value says which of the two it is.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from gtfs_out import BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SERVICES_FILE = "transit/bods_service_list/wm_bods_services_20260727.csv"
TRIPS_PER_HEADWAY = 5500.0  # journeys in an edition x peak minutes; fits lines 14, 529, 50 and X1
HEADWAY_MIN, HEADWAY_MAX = 4, 60
RADIAL_KMH, OTHER_KMH = 17.0, 21.0
DETOUR = 1.15  # road over the straight lines between stops
STOP_S = 20  # at every stop, the least time between two of them


def read_services(source: Path) -> pd.DataFrame:
    """Read the published list of services: ``operator``, ``number``, ``line``, ``trips``, ``stops``.

    One row per line; ``trips`` and ``stops`` are those of the largest single edition (a file holds
    the journeys of all day types in both directions; several editions are valid one after another).
    Source: DfT Bus Open Data Service, archive of 27 July 2026, OGL v3.0.
    """
    path = source / SERVICES_FILE
    if not path.is_file():
        raise BuildError(f"{path.name}: the file is not in {path.parent}")
    raw = pd.read_csv(path, dtype={"LineName": str, "Description": str, "Operator": str})
    editions = pd.DataFrame(
        {
            "operator": raw["Operator"],
            "number": raw["LineName"],
            "line": raw["Description"].map(one_spaced),
            "trips": raw["Trips"],
            "stops": raw["Stops"],
        }
    )
    return editions.groupby(["operator", "number", "line"], as_index=False)[["trips", "stops"]].max()


def one_spaced(text: str) -> str:
    """Collapse runs of blanks."""
    return " ".join(text.split())


def peak_headway_min(trips: int) -> int:
    """Guess the peak headway in whole minutes from the journeys of an edition: 5,500 / trips, 4 to 60."""
    if trips <= 0:
        raise BuildError(f"an edition with {trips} journeys gives no headway")
    return int(np.clip(np.floor(TRIPS_PER_HEADWAY / trips + 0.5), HEADWAY_MIN, HEADWAY_MAX))


def other_headways_min(peak_min: int) -> tuple[int, int]:
    """Headways by day, and early and in the evening: 1.1 and 2 times the peak's, at most 60 min."""
    day, late = np.floor(1.1 * peak_min + 0.5), 2 * peak_min
    return int(min(day, HEADWAY_MAX)), int(min(late, HEADWAY_MAX))


def run_time_min(path_m: float, *, radial: bool) -> int:
    """Whole minutes over 1.15 times the path: at 17 km/h on Birmingham radials, 21 km/h elsewhere."""
    speed = RADIAL_KMH if radial else OTHER_KMH
    return max(int(np.floor(DETOUR * path_m / 1000.0 / speed * 60.0 + 0.5)), 1)


def stop_times_s(
    hops_m: np.ndarray, *, run_min: int, fixed_min: Mapping[int, int] | None = None
) -> np.ndarray:
    """Seconds after departure at every stop: 20 s per stop, the rest by distance.

    Whole seconds, strictly increasing, from 0 to the run time. `fixed_min` gives stops (by their
    number, the first is 0) the minute a timetable says; the rule then holds between them.

    Raises
    ------
    BuildError
        If the time between two fixed stops leaves less than 20 s per stop.
    """
    fixed = {0: 0, **(fixed_min or {}), len(hops_m): run_min}
    marks = sorted(fixed)
    seconds = np.zeros(len(hops_m) + 1, dtype=np.int64)
    for left, right in pairwise(marks):
        between = hops_m[left:right]
        moving = (fixed[right] - fixed[left]) * 60 - STOP_S * len(between)
        if moving <= 0:
            raise BuildError(f"{fixed[right] - fixed[left]} min are too short for {len(between) + 1} stops")
        after = np.cumsum(STOP_S + moving * between / between.sum())
        seconds[left + 1 : right + 1] = fixed[left] * 60 + np.floor(after + 0.5).astype(np.int64)
    return seconds


def spacing_m(path_m: float, listed_stops: int) -> float:
    """Return the spacing that gives a direction half the line's listed stops, within 200 to 500 m."""
    return float(np.clip(path_m / max(listed_stops / 2 - 1, 1), 200.0, 500.0))
