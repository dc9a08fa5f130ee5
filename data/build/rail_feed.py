"""From calling points and minutes to the tables of a GTFS feed, on a clock face.

Shared by the railway and the Metro. A line has one template trip in each direction; the clock face
and the periods of the day hold at the line's anchor (New Street, say), so that lines sharing a
corridor interleave there and a peak means the peak at the anchor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from gtfs_out import COLUMNS, PERIODS, SERVICE_ID, BuildError, seconds_of
from pyproj import Transformer

BOROUGHS = ("Birmingham", "Coventry", "Dudley", "Sandwell", "Solihull", "Walsall", "Wolverhampton")
DIRECTIONS = ("out", "back")


@dataclass(frozen=True)
class Clock:
    """When a line leaves its anchor: headways in minutes by period (0: no service) and minutes past."""

    every_min: Mapping[str, int]
    minute: Mapping[str, int]
    first: str = "04:30"
    last: str = "24:30"

    @classmethod
    def of(cls, every_min: Sequence[int], minute: int | Sequence[int], *, first: str, last: str) -> Clock:
        """Headways of early morning, peak, day and evening; one minute past for all of them, or one each."""
        names = ("early", "peak", "day", "evening")
        minutes = [minute] * len(names) if isinstance(minute, int) else minute
        return cls(
            dict(zip(names, every_min, strict=True)), dict(zip(names, minutes, strict=True)), first, last
        )


def clock_rows(trip_id: str, clock: Clock, *, to_anchor_s: int) -> pd.DataFrame:
    """Rows of ``frequencies.txt`` for one template trip, times in seconds since midnight.

    Parameters
    ----------
    trip_id
        The template trip.
    clock
        Headways and minutes past at the anchor.
    to_anchor_s
        Seconds from the trip's first departure to its departure from the anchor.

    Returns
    -------
    One row for each period with service. In each, the departures from the anchor are exactly those
    seconds of the period (its end excluded) that are the minute past, modulo the headway; so no two
    periods share a departure. ``end_time`` lies one minute after the last departure.

    Raises
    ------
    BuildError
        If the line would leave before midnight of the service day.
    """
    rows = []
    for name, opens, closes in PERIODS:
        begin, end = max(opens, seconds_of(clock.first)), min(closes, seconds_of(clock.last))
        headway_s = clock.every_min[name] * 60
        if headway_s == 0 or begin >= end:
            continue
        first = begin + (clock.minute[name] * 60 - begin) % headway_s
        if first >= end:
            continue
        final = first + (end - 1 - first) // headway_s * headway_s
        if first < to_anchor_s:
            raise BuildError(f"trip {trip_id} leaves its first stop before midnight")
        rows.append((trip_id, first - to_anchor_s, final - to_anchor_s + 60, headway_s, 1))
    return pd.DataFrame(rows, columns=list(COLUMNS["frequencies"]))


def template(trip_id: str, stops: Sequence[str], run_s: Sequence[int], wait_s: Sequence[int]) -> pd.DataFrame:
    """Stop times of one template trip from 00:00:00: runs between `stops`, waits at all but the ends.

    `run_s` has one value per leg, `wait_s` one per stop; the waits at the two ends are not used.
    """
    waits = [0, *wait_s[1:-1], 0]
    arrive = np.concatenate([[0], np.cumsum(np.asarray(run_s) + waits[:-1])])
    return pd.DataFrame(
        {
            "trip_id": trip_id,
            "arrival_time": arrive,
            "departure_time": arrive + waits,
            "stop_id": list(stops),
            "stop_sequence": range(1, len(stops) + 1),
        }
    )


def departure_at(stop_times: pd.DataFrame, stop_id: str) -> int:
    """Seconds from the start of a template trip to its departure from `stop_id` (arrival, at the end)."""
    at = stop_times.loc[stop_times["stop_id"] == stop_id, "departure_time"]
    if len(at) != 1:
        raise BuildError(
            f"trip {stop_times['trip_id'].iloc[0]} calls {len(at)} times at its anchor {stop_id}"
        )
    return int(at.iloc[0])


def trip_rows(line_id: str, headsigns: Mapping[str, str]) -> pd.DataFrame:
    """The two rows of ``trips.txt`` of a line; `headsigns` by direction (out, back)."""
    return pd.DataFrame(
        [
            (line_id, SERVICE_ID, trip_id_of(line_id, way), headsigns[way], number)
            for number, way in enumerate(DIRECTIONS)
        ],
        columns=list(COLUMNS["trips"]),
    )


def trip_id_of(line_id: str, way: str) -> str:
    """The id of a line's template trip in one direction."""
    return f"{line_id}-{way}"


def grid_positions(stops: pd.DataFrame) -> pd.DataFrame:
    """East and north in metres (EPSG:27700) by stop_id; `stops` has EPSG:4326 positions inside Great Britain."""
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    east, north = to_metres.transform(stops["stop_lon"].to_numpy(), stops["stop_lat"].to_numpy())
    return pd.DataFrame({"east": east, "north": north}, index=pd.Index(stops["stop_id"]))


def leg_metres(grid: pd.DataFrame, calls: Sequence[str]) -> npt.NDArray[np.float64]:
    """Straight-line metres between consecutive calls; `grid` from `grid_positions`."""
    steps = np.diff(grid.loc[list(calls)].to_numpy(dtype=np.float64), axis=0)
    metres: npt.NDArray[np.float64] = np.hypot(steps[:, 0], steps[:, 1])
    return metres


def boroughs_by_stop(source: Path, stops: pd.DataFrame) -> pd.Series:
    """The metropolitan borough each stop lies in, by stop_id; stops outside the seven are left out."""
    districts = gpd.read_file(source / "boundaries" / "lads.gpkg").to_crs("EPSG:27700")
    seven = districts.loc[districts["ladnm"].isin(BOROUGHS), ["ladnm", "geometry"]]
    if len(seven) != len(BOROUGHS):
        raise BuildError(f"lads.gpkg: {len(seven)} of the seven boroughs found")
    points = gpd.GeoDataFrame(
        stops[["stop_id"]],
        geometry=gpd.points_from_xy(stops["stop_lon"], stops["stop_lat"]),
        crs="EPSG:4326",
    ).to_crs("EPSG:27700")
    return points.sjoin(seven, predicate="within").set_index("stop_id")["ladnm"].sort_index()


def served(boroughs: pd.Series, calls: Sequence[str]) -> str:
    """The boroughs that a line calls in, sorted and joined by semicolons."""
    return ";".join(sorted(set(boroughs.reindex(list(calls)).dropna())))
