"""Whether points lie where the study is: swapped coordinates are numbers like any others, and far away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np

from corridors.errors import TableError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from pyproj import CRS

FARTHEST_KM = 50.0  # from the box around the outlines: beyond it no journey of a study could be meant


def refuse_far_points(
    table: pd.DataFrame,
    outlines: gpd.GeoDataFrame,
    *,
    source: str,
    row_word: Literal["row", "feature"] = "row",
) -> None:
    """Refuse points farther than 50 km from the box around the outlines, naming the first row.

    Parameters
    ----------
    table
        ``lon, lat`` in degrees, EPSG:4326; its index counts rows from zero.
    outlines
        The study's outlines, with a CRS; without any, nothing is refused.
    source
        Name of the file, for the message.
    row_word
        ``"row"`` counts as a spreadsheet does, header included; ``"feature"`` counts from one.

    Raises
    ------
    TableError
        With the file, the row, the coordinates, and what to do.
    """
    if table.empty or outlines.empty:
        return
    crs = outlines.estimate_utm_crs()
    bounds = outlines.to_crs(crs).total_bounds
    far = ~_near(table["lon"], table["lat"], bounds, crs=crs)
    if not far.any():
        return
    first = table[far].iloc[[0]]
    swapped = bool(_near(first["lat"], first["lon"], bounds, crs=crs)[0])
    remedy = "are lon and lat swapped?" if swapped else "check its coordinates (degrees, EPSG:4326)"
    more = f" (rows with faults: {int(far.sum()):,})" if far.sum() > 1 else ""
    reason = (
        f"lon {first['lon'].iloc[0]:g}, lat {first['lat'].iloc[0]:g} lies far from the study's outlines, more than "
        f"{FARTHEST_KM:g} km; {remedy}{more}"
    )
    if row_word == "feature":
        raise TableError(f"{source}, feature {int(first.index[0]) + 1}: {reason}")
    raise TableError(reason, file=source, row=int(first.index[0]) + 2)


def _near(
    lon: pd.Series[float], lat: pd.Series[float], bounds: NDArray[np.float64], *, crs: CRS
) -> NDArray[np.bool_]:
    """Tell which points lie within the bounds, in metres, and their margin."""
    points = gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326").to_crs(crs)
    east, north = points.x.to_numpy(), points.y.to_numpy()
    west, south, far_east, far_north = bounds
    margin_m = 1000 * FARTHEST_KM
    # A point that the projection cannot hold is infinite, and so outside.
    inside: NDArray[np.bool_] = (
        (east >= west - margin_m)
        & (east <= far_east + margin_m)
        & (north >= south - margin_m)
        & (north <= far_north + margin_m)
    )
    return inside
