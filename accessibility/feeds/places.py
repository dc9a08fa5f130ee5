"""Where a feed's stops lie: together, in an area, and on the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer

from accessibility.feeds.gtfs import Feed
from accessibility.feeds.notices import Notice, Severity
from accessibility.streets.snapping import snap
from accessibility.streets.streets import StreetNetwork
from accessibility.timetables.service_day import EARTH_RADIUS_M

#: A stop is far from the others beyond this distance from their middle …
FAR_M: Final = 200_000.0
#: … if that is also more than so many times as far as the median stop: a national feed reaches further than a town's.
FAR_TIMES: Final = 5.0
#: Farther off the streets than this a stop cannot be walked to.
MAX_SNAP_M: Final = 500.0
#: How many cases a sentence names.
NAMED: Final = 5

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AreaFigures:
    """How many of the stops that are called at lie in the area asked about."""

    inside: int
    outside: int


@dataclass(frozen=True)
class StreetFigures:
    """How far the stops that are called at lie off the streets, in metres; NaN where none is near enough.

    ``median_m``, ``p95_m`` and ``max_m`` are of the ``snapped`` stops; ``unsnapped`` lie beyond the limit.
    """

    snapped: int
    unsnapped: int
    median_m: float
    p95_m: float
    max_m: float


def unit_vectors(stops: pd.DataFrame) -> FloatArray:
    """Points of the unit sphere for rows of stops.txt; a row without a position takes its parent's, if there is one."""
    lat, lon = (stops[column].to_numpy(dtype=float) for column in ("stop_lat", "stop_lon"))
    parent = pd.Index(stops["stop_id"].astype(object)).get_indexer(stops["parent_station"].astype(object))
    lost = (np.isnan(lat) | np.isnan(lon)) & (parent >= 0)
    lat, lon = (np.radians(np.where(lost, values[parent], values)) for values in (lat, lon))
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def arc_m(one: FloatArray, other: FloatArray) -> FloatArray:
    """Metres along the sphere between unit vectors, row by row."""
    chord = np.sqrt(((one - other) ** 2).sum(axis=-1))
    arc: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2, 1))
    return arc


def called_stops(feed: Feed) -> pd.DataFrame:
    """Rows of stops.txt at which a trip calls, under their position in the file."""
    called = feed["stops"]["stop_id"].isin(feed["stop_times"]["stop_id"].unique())
    return feed["stops"][called.to_numpy()]


def far_stops(feed: Feed, *, fast_stops: npt.NDArray[np.int64]) -> tuple[Notice, ...]:
    """Which stops lie far from all others, as a swapped or mistyped coordinate puts them.

    The middle is the median of the positions of all stops that are called at. A stop is far when it lies more than
    `FAR_M` from there, and more than `FAR_TIMES` as far as the median stop does. One that is reached faster than any
    vehicle goes is a warning; the others may be the far ends of coaches and trains.

    Parameters
    ----------
    feed
        A readable feed.
    fast_stops
        Positions in stops.txt of the stops that are reached or left too fast.

    Returns
    -------
    tuple of Notice
        At most one warning and one for information, each with the share and the names.
    """
    stops = called_stops(feed)
    where = unit_vectors(feed["stops"])[stops.index]
    placed = ~np.isnan(where).any(axis=1)
    if not placed.any():
        return ()
    middle = np.median(where[placed], axis=0)
    away = arc_m(where, middle / (np.linalg.norm(middle) or 1.0))
    limit = max(FAR_M, FAR_TIMES * float(np.median(away[placed])))
    far = placed & (away > limit)
    fast = np.isin(stops.index, fast_stops)
    words = [f"{metres / 1000:,.0f} km" for metres in np.nan_to_num(away)]
    beyond = f"more than {limit / 1000:,.0f} km from the middle of all stops"
    return (
        *_stops_notice(
            feed,
            stops,
            far & fast,
            "stop_far_from_other_stops",
            "WARNING",
            f"{beyond}, and no vehicle is so fast",
            words,
        ),
        *_stops_notice(
            feed,
            stops,
            far & ~fast,
            "stop_far_from_other_stops",
            "INFO",
            f"{beyond}, reached at believable speeds",
            words,
        ),
    )


def stops_in_area(feed: Feed, area: gpd.GeoDataFrame) -> tuple[AreaFigures, tuple[Notice, ...]]:
    """How many of the stops that are called at lie in an area, and which do not.

    Parameters
    ----------
    feed
        A readable feed.
    area
        Polygons, any CRS; a stop on their edge lies inside.

    Returns
    -------
    tuple
        The figures, and at most one notice: a warning when no stop lies inside, else for information, for most feeds
        reach beyond the area of a study.
    """
    stops = called_stops(feed)
    inside = _inside(stops, area)
    figures = AreaFigures(inside=int(inside.sum()), outside=int((~inside).sum()))
    severity: Severity = "INFO" if figures.inside else "WARNING"
    return figures, _stops_notice(feed, stops, ~inside, "stop_outside_area", severity, "outside the area")


def stops_on_streets(feed: Feed, streets: StreetNetwork) -> tuple[StreetFigures, tuple[Notice, ...]]:
    """How far the stops lie off the streets, and which lie too far off to be walked to.

    Parameters
    ----------
    feed
        A readable feed.
    streets
        Walkable streets.

    Returns
    -------
    tuple
        The figures, and a warning that names the stops more than `MAX_SNAP_M` off, if there are any.
    """
    stops = called_stops(feed)
    transformer = Transformer.from_crs("EPSG:4326", streets.crs, always_xy=True)
    xy = np.column_stack(transformer.transform(stops["stop_lon"].to_numpy(), stops["stop_lat"].to_numpy()))
    # A stop without a position is the reader's finding; here it is far from every street.
    known = np.isfinite(xy).all(axis=1)
    off = np.full(len(stops), np.inf)
    off[known] = snap(streets, xy[known], max_snap_m=MAX_SNAP_M).off_m
    near = np.isfinite(off)
    figures = StreetFigures(
        snapped=int(near.sum()),
        unsnapped=int((~near).sum()),
        median_m=float(np.median(off[near])) if near.any() else float("nan"),
        p95_m=float(np.percentile(off[near], 95)) if near.any() else float("nan"),
        max_m=float(off[near].max()) if near.any() else float("nan"),
    )
    beyond = f"more than {MAX_SNAP_M:g} m from any street"
    return figures, _stops_notice(feed, stops, ~near, "stop_off_the_streets", "WARNING", beyond)


def _stops_notice(
    feed: Feed,
    stops: pd.DataFrame,
    marked: BoolArray,
    code: str,
    severity: Severity,
    where: str,
    words: list[str] | None = None,
) -> tuple[Notice, ...]:
    """Say how many stops lie where, and name the first of them; nothing when there is none."""
    found = np.flatnonzero(marked)
    if not len(found):
        return ()
    lie = "lies" if len(found) == 1 else "lie"
    all_stops = "stop" if len(stops) == 1 else "stops"
    names = _named(stops.iloc[found], [words[i] for i in found] if words else None)
    return (
        Notice(
            code=code,
            severity=severity,
            message=f"{len(found):,} of {len(stops):,} {all_stops} {lie} {where}: {names}",
            file=feed.file("stops"),
            row=feed.row("stops", int(stops.index[found[0]])),
            count=len(found),
        ),
    )


def _named(stops: pd.DataFrame, words: list[str] | None) -> str:
    """Name the first few stops, each with a word behind it where there is one, and count the others."""
    names = []
    for i, (name, stop_id) in enumerate(
        zip(stops["stop_name"].head(NAMED), stops["stop_id"].head(NAMED), strict=True)
    ):
        names.append(f"{name or stop_id} ({stop_id}{f', {words[i]}' if words else ''})")
    more = len(stops) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")


def _inside(stops: pd.DataFrame, area: gpd.GeoDataFrame) -> BoolArray:
    points = gpd.GeoSeries.from_xy(stops["stop_lon"], stops["stop_lat"], crs="EPSG:4326")
    # Polygon by polygon: their union cannot be had where one crosses itself, as drawn outlines do.
    polygons = shapely.STRtree(area.geometry.to_crs("EPSG:4326").to_numpy())
    inside = np.zeros(len(stops), dtype=np.bool_)
    inside[polygons.query(points.to_numpy(), predicate="intersects")[0]] = True
    return inside
