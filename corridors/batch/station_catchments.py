"""Catchments of stations: whom minutes bring within reach of a station, by when, and where they live.

Everything here is counting over a table of minutes, so it can be held against that table by anyone. Small areas count
whole, by the minutes of their point; those that reach nothing stay in every total. People who reach several stations are
counted once where stations are taken together: by the least of their minutes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from corridors.access.cohorts import COHORTS, cohorts_of, people_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

#: Groups of residents that are counted within reach of a station, by their keys among the cohorts.
GROUPS: Final = ("residents", "aged_16_64", "unemployed", "households_no_car", "most_deprived_fifth")
#: What is counted within reach from a station.
FOUND: Final = ("jobs", "sites", "homes_at_sites")
_BAND_MIN: Final = 15
#: Around a point that no outline holds.
_AROUND_M: Final = 250.0


def people_by_area(areas: pd.DataFrame, *, ranked: int | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Count the groups in every small area.

    Parameters
    ----------
    areas
        The small areas with ``id`` and their counts.
    ranked
        How many small areas the nation's ranks run over; without it the most deprived fifth cannot be told.

    Returns
    -------
        ``GROUPS`` as columns, missing throughout where the areas cannot tell a group, under the areas' ids; and a sentence
        for each group that is left out.
    """
    known, left_out = cohorts_of(areas, ranked=ranked)
    wanted = [cohort for cohort in known if cohort.key in GROUPS]
    counts = {cohort.key: people_of(cohort, areas, ranked=ranked).to_numpy() for cohort in wanted}
    table = pd.DataFrame(counts, index=pd.Index(areas["id"], name="id"), columns=list(GROUPS))
    labels = [cohort.label.lower() for cohort in COHORTS if cohort.key in GROUPS]
    return table.astype(float), tuple(
        said for said in left_out if any(repr(label) in said for label in labels)
    )


def within(minutes: Array, counts: pd.DataFrame, *, limits_min: Sequence[float]) -> pd.DataFrame:
    """How many are within each limit?

    Parameters
    ----------
    minutes
        One for each row of `counts`; +inf where unreachable.
    counts
        Figures to add up; a column that is missing throughout stays missing.
    limits_min
        Minutes, inclusive, in any order.

    Returns
    -------
        The columns of `counts` under an index of the limits.
    """
    order = np.argsort(minutes, kind="stable")
    so_far = np.vstack([np.zeros(counts.shape[1]), np.cumsum(counts.to_numpy(dtype=float)[order], axis=0)])
    reached = np.searchsorted(minutes[order], np.asarray(limits_min, dtype=float), side="right")
    totals = pd.DataFrame(so_far[reached], columns=counts.columns, index=pd.Index(limits_min))
    unknown = counts.isna().all().to_numpy() & (len(counts) > 0)
    return totals.mask(np.broadcast_to(unknown, totals.shape))


def minutes_until(minutes: Array, people: Array, target: float) -> float:
    """In how many minutes are so many people within reach? +inf where they never are; 0 for a target of nobody.

    Parameters
    ----------
    minutes, people
        Minutes of the small areas and their people.
    target
        How many.
    """
    if target <= 0:
        return 0.0
    order = np.argsort(minutes, kind="stable")
    enough = np.flatnonzero(np.cumsum(people[order]) >= target)
    return float(minutes[order][enough[0]]) if len(enough) else math.inf


def found_at_sites(minutes: Array, sites: pd.DataFrame) -> tuple[Array, pd.DataFrame]:
    """Lay out what is added up when sites come within reach: ``sites``, each one, and ``homes_at_sites``, each home once.

    A site that is part of another with homes of its own counts until that one is reached too, as
    `corridors.places.places.site_capacity` counts.

    Parameters
    ----------
    minutes
        Minutes to each site.
    sites
        The sites, as `corridors.places.places.read_sites` returns them.

    Returns
    -------
        Minutes and what they add, ready for `within`: a row for each site, and a row that takes away the homes of each
        part from when its whole is reached as well.
    """
    homes = sites["homes"].astype("float64").fillna(0).to_numpy()
    said = dict(zip(sites["id"], sites["homes"].notna(), strict=True))
    at = dict(zip(sites["id"], minutes, strict=True))
    whole = [at[name] if said.get(name, False) else math.inf for name in sites["part_of"]]
    later = np.maximum(minutes, np.asarray(whole, dtype=float))
    counts = {"sites": [1.0] * len(sites) + [0.0] * len(sites), "homes_at_sites": [*homes, *-homes]}
    return np.concatenate([minutes, later]), pd.DataFrame(counts)


class Together:
    """Several stations as one, met one after the other: the least minutes to any, and the second least."""

    def __init__(self, places: int) -> None:
        """Begin with no station: nothing is within reach."""
        self.first = np.full(places, np.inf)
        self.second = np.full(places, np.inf)

    def add(self, minutes: Array) -> None:
        """Take in the minutes to one more station."""
        self.second = np.minimum(self.second, np.maximum(self.first, minutes))
        self.first = np.minimum(self.first, minutes)


def journey_bands(minutes: Array, people: Array, *, from_min: float, max_min: float) -> pd.DataFrame:
    """Sort people by bands of fifteen minutes of a whole journey, those without a journey in a band of their own.

    Parameters
    ----------
    minutes
        Minutes of the whole journey; +inf without one.
    people
        People of the same small areas.
    from_min, max_min
        No journey is shorter or longer; the bands reach from the one to the other.

    Returns
    -------
        ``over_min`` (exclusive), ``up_to_min`` (inclusive), ``residents`` in the band and ``residents_within`` (all up to
        its end). The last band, up to +inf, holds those without a journey; the bands add up to all people.
    """
    start = _BAND_MIN * math.floor(from_min / _BAND_MIN)
    # Unreachable minutes are within the last limit, +inf, and no other.
    ends = [*np.arange(start, max_min, _BAND_MIN) + _BAND_MIN, math.inf]
    so_far = within(minutes, pd.DataFrame({"residents": people}), limits_min=ends)["residents"].to_numpy()
    return pd.DataFrame(
        {
            "over_min": [float(start), *ends[:-1]],
            "up_to_min": ends,
            "residents": np.diff(so_far, prepend=0.0),
            "residents_within": so_far,
        }
    )


def area_cells(areas: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw a cell around every small area: what lies nearer to its point than to any other's, within the outlines.

    Parameters
    ----------
    areas
        ``id`` and a point.
    outlines
        Polygons; their union is what the cells fill.

    Returns
    -------
        ``id`` and a polygon in a metric CRS, in the order of the areas. Areas that share a point share its cell; around a
        point outside the outlines 250 m are added to them. They are computed, approximate outlines, not official ones.
    """
    metric = outlines.estimate_utm_crs()
    region = outlines.to_crs(metric).union_all()
    points = areas.geometry.to_crs(metric)
    xy = np.column_stack([points.x, points.y])
    outside = xy[~points.intersects(region).to_numpy()]
    region = shapely.union_all([region, *(shapely.Point(place).buffer(_AROUND_M) for place in outside)])
    unique, of_area = np.unique(xy, axis=0, return_inverse=True)
    if len(unique) < 2:
        drawn = np.full(len(unique), region, dtype=object)
    else:
        cells = shapely.voronoi_polygons(shapely.MultiPoint(unique), extend_to=region, ordered=True)
        drawn = shapely.intersection(shapely.get_parts(cells), region)
    own = [_polygons(drawn[number]) for number in of_area.ravel()]
    return gpd.GeoDataFrame({"id": areas["id"].to_numpy()}, geometry=own, crs=metric)


def catchment_polygons(
    minutes: Array, cells: gpd.GeoDataFrame, *, limits_min: Iterable[float]
) -> gpd.GeoDataFrame:
    """Join the cells of the small areas within each limit.

    Parameters
    ----------
    minutes
        Minutes of the small areas, in the order of the cells.
    cells
        The result of `area_cells`, in a metric CRS.
    limits_min
        Minutes, inclusive.

    Returns
    -------
        ``threshold_min`` (rising), ``small_areas`` (how many), ``area_km2`` and a geometry (MultiPolygon, empty where nobody is
        within) in the CRS of the cells. What is drawn is what is counted: a point of the polygon need not itself be within
        the limit, the point of its small area is.
    """
    limits = sorted(limits_min)
    shapes, before, joined = [], -math.inf, shapely.MultiPolygon()
    own = cells.geometry.to_numpy()
    for limit in limits:
        # Each catchment holds the one before it, so that only what is new need be joined to it.
        new = own[(minutes > before) & (minutes <= limit)]
        if len(new):
            joined = shapely.normalize(_multi(shapely.union_all([joined, *new])))
        shapes.append(joined)
        before = limit
    drawn = gpd.GeoSeries(shapes, crs=cells.crs)
    columns = {
        "threshold_min": np.asarray(limits, dtype=float),
        "small_areas": [int((minutes <= limit).sum()) for limit in limits],
        "area_km2": drawn.area / 1e6,
    }
    return gpd.GeoDataFrame(columns, geometry=drawn)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Leave out what is no area: lines where a cell only touches the region."""
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
