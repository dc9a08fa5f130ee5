"""Driving times over streets at free flow, to hold public transport against.

A time is that of the streets alone, at the speeds of the `StreetNetwork`: no congestion, no signals, no bans on turning,
no parking, no walk to the car. It flatters the car, in a city's peak by much; `speed_factor` lowers every speed.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import InputError, ParameterError
from accessibility.measures.opportunities import weights_of
from accessibility.points import Points, as_points
from accessibility.statistics import is_number
from accessibility.streets.paths import Spots, Ways, reversed_ways, shortest_paths, spots_on, ways_of
from accessibility.streets.snapping import Snapped, snap
from accessibility.streets.streets import StreetNetwork
from accessibility.threads import Progress

log = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float64]
_DAY_MIN: Final = 1_440
#: Places named in a warning.
_NAMED: Final = 5
#: A millionth of a second is float noise, not a drive.
_NOISE_DECIMALS: Final = 6


@dataclass(frozen=True)
class Driving:
    """How a drive is timed.

    Attributes
    ----------
    speed_factor
        Every speed of the streets is multiplied by this; 1 is free flow.
    off_street_kmh
        Speed between a point and the street it joins, along the straight line.
    max_off_street_m
        Longest such line; points farther off are named and reach nothing.

    Examples
    --------
    >>> acc.Driving(speed_factor=0.7)
    Driving(speed_factor=0.7, off_street_kmh=20.0, max_off_street_m=2000.0)
    """

    speed_factor: float = 1.0
    off_street_kmh: float = 20.0
    max_off_street_m: float = 2_000.0

    def __post_init__(self) -> None:
        """Refuse what no drive has."""
        if not 0 < self.speed_factor <= 2:
            raise ParameterError(f"speed_factor is {self.speed_factor}; it must be above 0 and at most 2")
        if not 0 < self.off_street_kmh <= 130:
            raise ParameterError(
                f"off_street_kmh is {self.off_street_kmh}; it must be above 0 and at most 130"
            )
        if not 0 <= self.max_off_street_m < math.inf:
            raise ParameterError(
                f"max_off_street_m is {self.max_off_street_m}; it must be a number of metres, 0 or more"
            )

    def in_words(self, streets: StreetNetwork) -> str:
        """Say how driving is timed over some streets, for the definition beside every number."""
        flow = (
            "at free flow"
            if self.speed_factor == 1
            else f"at {self.speed_factor:g} times the free-flow speeds"
        )
        return (
            f"driving over {streets.source} {flow}, points up to {self.max_off_street_m:g} m off a street joined to it "
            f"at {self.off_street_kmh:g} km/h; congestion, signals, parking and the walk to the car are not modelled"
        )


def drive_times(
    streets: StreetNetwork,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    max_time_min: float = 120,
    speed_factor: float = 1.0,
    off_street_kmh: float = 20.0,
    max_off_street_m: float = 2_000.0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How long is the drive from every origin to every destination at free flow?

    Parameters
    ----------
    streets
        As `accessibility.read_streets` gives them with ``mode="drive"``.
    origins
        Points with a unique ``id``, any CRS.
    destinations
        Likewise; rows that share a ``group`` are one destination, reached at the nearest of its points.
    max_time_min
        A longer drive counts as none; inclusive, up to a day.
    speed_factor, off_street_kmh, max_off_street_m
        See `Driving`.
    progress
        Called with the share done.

    Returns
    -------
    pandas.DataFrame
        ``from_id, to_id, drive_time_min`` in float minutes of whole seconds, rounded up; one row per pair in the order
        of the inputs; +inf where there is no such drive, and for points off the streets, which a warning names. No
        origins or no destinations give an empty table with these columns.

    Raises
    ------
    InputError
        For points that cannot be used, or streets that are not for driving.
    ParameterError
        For a parameter out of range.

    Examples
    --------
    >>> roads = acc.read_streets(roads_file, mode="drive")
    >>> acc.drive_times(roads, homes[:2], centres[:1]).round(0)
             from_id       to_id  drive_time_min
    0     Wednesbury  Birmingham            13.0
    1  West Bromwich  Birmingham            12.0
    """
    how = Driving(speed_factor, off_street_kmh, max_off_street_m)
    from_, to = (
        as_points(origins, crs=streets.crs, name="origins"),
        as_points(destinations, crs=streets.crs, name="destinations", grouped=True),
    )
    seconds = _seconds(streets, from_, to, how, max_time_min=max_time_min, progress=progress)
    return pd.DataFrame(
        {
            "from_id": np.repeat(from_.ids, len(to.ids)),
            "to_id": np.tile(to.ids, len(from_.ids)),
            "drive_time_min": seconds.ravel() / 60,
        }
    )


def drive_opportunities(
    streets: StreetNetwork,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    opportunities: str,
    cutoff_min: float,
    speed_factor: float = 1.0,
    off_street_kmh: float = 20.0,
    max_off_street_m: float = 2_000.0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many opportunities lie within a drive of every origin?

    Parameters
    ----------
    streets, origins, destinations
        As for `drive_times`; destinations carry the opportunities, those of a ``group`` together.
    opportunities
        Column of `destinations` that is summed, such as ``jobs``.
    cutoff_min
        Longest drive in minutes, inclusive.
    speed_factor, off_street_kmh, max_off_street_m
        See `Driving`.
    progress
        Called with the share done.

    Returns
    -------
    pandas.DataFrame
        ``id`` and the opportunity's own name, one row per origin in the order given; 0 where nothing is in reach.

    Raises
    ------
    InputError
        For points that cannot be used, a column that is not there or not a count, or streets that are not for driving.
    ParameterError
        For a parameter out of range.

    Examples
    --------
    >>> roads = acc.read_streets(roads_file, mode="drive")
    >>> acc.drive_opportunities(roads, homes[:2], centres, opportunities="jobs", cutoff_min=30)
                  id    jobs
    0     Wednesbury  1400.0
    1  West Bromwich  1400.0
    """
    how = Driving(speed_factor, off_street_kmh, max_off_street_m)
    amounts = weights_of(destinations, opportunities, name="destinations")
    from_ = as_points(origins, crs=streets.crs, name="origins")
    to = as_points(destinations, crs=streets.crs, name="destinations", grouped=True)
    supply = np.bincount(to.lane, weights=amounts, minlength=len(to.ids))
    seconds = _seconds(streets, from_, to, how, max_time_min=cutoff_min, progress=progress)
    return pd.DataFrame({"id": from_.ids, opportunities: np.isfinite(seconds) @ supply})


def check_drive(minutes: float, *, name: str) -> None:
    """Refuse minutes that are none, or more than a day of them."""
    if not (is_number(minutes) and 0 < minutes <= _DAY_MIN):
        raise ParameterError(f"{name} is {minutes}; it must be above 0 and at most {_DAY_MIN} minutes")


def driving_ways(streets: StreetNetwork, how: Driving) -> Ways:
    """Lay the streets out with the seconds that each edge takes either way."""
    if streets.mode != "drive":
        raise InputError(
            f"{streets.source}: these streets were read for walking; read them with mode='drive'"
        )
    seconds = streets.edge_m * 3.6 / (streets.speed_kmh * how.speed_factor)
    return ways_of(
        len(streets.node_xy),
        streets.edge_from,
        streets.edge_to,
        forward=np.where(streets.forward, seconds, np.inf),
        backward=np.where(streets.backward, seconds, np.inf),
    )


def _seconds(
    streets: StreetNetwork,
    origins: Points,
    destinations: Points,
    how: Driving,
    *,
    max_time_min: float,
    progress: Progress | None,
) -> FloatArray:
    """Whole seconds, origins by destinations, +inf without a drive; searched from the side with fewer points."""
    check_drive(max_time_min, name="max_time_min")
    ways, limit = driving_ways(streets, how), max_time_min * 60
    turned = len(destinations.xy) < len(origins.xy)
    sources, targets = (destinations, origins) if turned else (origins, destinations)
    if turned:
        ways = reversed_ways(ways)
    snapped = [
        snapped_points(streets, points, how, name="origins" if points is origins else "destinations")
        for points in (sources, targets)
    ]
    places = [street_spots(ways, streets, some, how) for some in snapped]
    # A little more than the limit, for a second that float noise puts just beyond it is rounded back below.
    found = shortest_paths(ways, *places, limit=limit + 1e-3, progress=progress)
    seconds = np.full((len(sources.ids), len(targets.ids)), np.inf)
    row = sources.lane[np.repeat(np.arange(len(sources.xy)), np.diff(found.ptr))]
    whole = np.ceil(np.round(found.cost, _NOISE_DECIMALS - 1))
    near = whole <= limit
    np.minimum.at(seconds, (row[near], targets.lane[found.to[near]]), whole[near])
    return seconds.T if turned else seconds


def snapped_points(streets: StreetNetwork, points: Points, how: Driving, *, name: str) -> Snapped:
    """Put points on the streets, and name those that are too far off in a warning."""
    snapped = snap(streets, points.xy, max_snap_m=how.max_off_street_m)
    off = snapped.edge < 0
    if off.any():
        names = ", ".join(str(points.ids[lane]) for lane in points.lane[off][:_NAMED])
        log.warning(
            "%s of %s %s lie more than %g m off the streets and cannot be driven from or to (%s%s)",
            int(off.sum()),
            len(off),
            name,
            how.max_off_street_m,
            names,
            ", …" if off.sum() > _NAMED else "",
        )
    return snapped


def street_spots(ways: Ways, streets: StreetNetwork, snapped: Snapped, how: Driving) -> Spots:
    """Turn points on the streets into places to search from, with the seconds to the street."""
    on = snapped.edge >= 0
    length = np.where(on, streets.edge_m[np.where(on, snapped.edge, 0)], 1.0) if len(on) else np.empty(0)
    share = np.where(on & (length > 0), snapped.along_m / np.where(length > 0, length, 1.0), 0.0)
    extra = np.where(on, snapped.off_m, 0.0) * 3.6 / how.off_street_kmh
    return spots_on(ways, snapped.edge, share=np.clip(share, 0.0, 1.0), extra=extra)
