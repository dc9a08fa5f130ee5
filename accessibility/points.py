"""Points as they come in: checked, and laid out in the run's metric CRS."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from accessibility.errors import InputError, ParameterError

BRITISH_GRID: Final = CRS.from_epsg(27700)
#: Longitudes and latitudes of Great Britain, for which the British National Grid is made.
_GREAT_BRITAIN: Final = (-8.82, 49.79, 1.92, 60.94)


@dataclass(frozen=True, eq=False)
class Points:
    """Ids and metric coordinates; rows of one group share a lane.

    Attributes
    ----------
    ids
        One per lane: the groups where there are any, else the rows' own ids, in order of first appearance.
    lane
        For each row, the position of its lane in `ids`.
    xy
        Metric coordinates of the rows.
    """

    ids: npt.NDArray[np.object_]
    lane: npt.NDArray[np.int32]
    xy: npt.NDArray[np.float64]

    @property
    def in_order(self) -> bool:
        """Whether every row is a lane of its own, and the lanes stand as the rows do."""
        return len(self.ids) == len(self.lane) and bool((self.lane == np.arange(len(self.lane))).all())


def metric_crs(lon: npt.ArrayLike, lat: npt.ArrayLike) -> CRS:
    """Choose the metric CRS of a run: the British National Grid in Great Britain, else the UTM zone."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    west, south, east, north = _GREAT_BRITAIN
    if ((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).all():
        return BRITISH_GRID
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").estimate_utm_crs()


def check_metric_crs(crs: object) -> CRS:
    """Read a CRS in which distances can be taken, or refuse it.

    Parameters
    ----------
    crs
        Whatever `pyproj.CRS.from_user_input` reads.

    Raises
    ------
    ParameterError
        For what is no CRS, and for a CRS that is not projected or not in metres.
    """
    try:
        metric = CRS.from_user_input(crs)
    except CRSError:
        raise ParameterError(
            f"crs is {reprlib.repr(crs)}, which is no CRS; name one projected in metres, such as 'EPSG:27700'"
        ) from None
    in_metres = all(axis.unit_conversion_factor == 1 for axis in metric.axis_info[:2])
    if not (metric.is_projected and in_metres):
        raise ParameterError(
            f"crs is {metric.name!r}, which is not projected in metres; name one that is, such as 'EPSG:27700'"
        )
    return metric


def check_points(points: gpd.GeoDataFrame, *, name: str) -> None:
    """Refuse points that cannot be routed from or to.

    Parameters
    ----------
    points
        Any CRS; column ``id``, unique; point geometries.
    name
        What the points are called in the error: origins, centres, …

    Raises
    ------
    InputError
        For no CRS, no ``id`` column, an id twice or empty, or a geometry that is no point.
    """
    if not isinstance(points, gpd.GeoDataFrame):
        raise InputError(f"{name}: a GeoDataFrame of points is needed, not a {type(points).__name__}")
    if points.crs is None:
        raise InputError(f"{name}: the points have no CRS; set one, for example with set_crs('EPSG:4326')")
    if "id" not in points.columns:
        raise InputError(f"{name}: there is no column 'id'; rename the column that tells the points apart")
    missing = points["id"].isna()
    if missing.any():
        raise InputError(f"{name}: {int(missing.sum())} of {len(points)} ids are empty")
    twice = points.loc[points["id"].duplicated(), "id"]
    if len(twice):
        raise InputError(
            f"{name}: id {twice.iloc[0]!r} is there more than once ({len(twice)} rows repeat an id)"
        )
    bad = points.geometry.isna() | points.geometry.is_empty | (points.geometry.geom_type != "Point")
    if bad.any():
        raise InputError(
            f"{name}: {int(bad.sum())} of {len(points)} geometries are no points, first {points.loc[bad, 'id'].iloc[0]!r}"
        )


def as_points(points: gpd.GeoDataFrame, *, crs: CRS, name: str, grouped: bool = False) -> Points:
    """Check points and project them; `grouped` honours a ``group`` column."""
    check_points(points, name=name)
    projected = points.geometry.to_crs(crs)
    xy = np.array([projected.x, projected.y], dtype=np.float64).T
    far = np.asarray(~np.isfinite(xy).all(axis=1))
    if far.any():
        raise InputError(
            f"{name}: {points['id'].to_numpy()[far][0]!r} lies where {crs.to_string()} has no coordinates"
        )
    if grouped and "group" in points.columns:
        if points["group"].isna().any():
            raise InputError(
                f"{name}: {int(points['group'].isna().sum())} of {len(points)} rows have no group"
            )
        names = points["group"]
    else:
        names = points["id"]
    lane, ids = pd.factorize(names)
    return Points(ids=np.asarray(ids, dtype=object), lane=lane.astype(np.int32), xy=xy)
