"""The lines of a timetable as lines on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

if TYPE_CHECKING:
    import accessibility as acc

_COLUMNS = ["id", "number", "name", "mode", "trips", "geometry"]


def line_table(timetable: acc.Timetable, *, window: tuple[str, str]) -> gpd.GeoDataFrame:
    """Draw each route once, along the stops of its longest pattern.

    Parameters
    ----------
    timetable
        One service day.
    window
        Clock times, half-open, for counting trips.

    Returns
    -------
        ``id, number, name, mode``, ``trips`` (trips of all directions and variants that leave their first stop in the
        window) and a line in EPSG:4326 from stop to stop, sorted by ``id``. Straight between stops: it is no alignment.
    """
    start, end = (_seconds(clock) for clock in window)
    lon, lat = timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy()
    longest: dict[int, list[int]] = {}
    trips: dict[int, int] = {}
    for chain, route in enumerate(timetable.chain_route.tolist()):
        stops = timetable.chain_stop[
            timetable.chain_stop_ptr[chain] : timetable.chain_stop_ptr[chain + 1]
        ].tolist()
        if len(stops) > len(longest.get(route, [])):
            longest[route] = stops
        first = slice(timetable.chain_call_ptr[chain], timetable.chain_call_ptr[chain + 1], len(stops))
        leaving = timetable.departure_s[first]
        trips[route] = trips.get(route, 0) + int(np.count_nonzero((leaving >= start) & (leaving < end)))
    rows = timetable.routes.iloc[sorted(longest)]
    table = pd.DataFrame(
        {
            "id": rows["route_id"].astype(str).to_numpy(),
            "number": rows["short_name"].fillna("").astype(str).to_numpy(),
            "name": rows["long_name"].fillna("").astype(str).to_numpy(),
            "mode": rows["mode"].astype(str).to_numpy(),
            "trips": [trips[route] for route in sorted(longest)],
        }
    )
    shapes = [LineString([(lon[s], lat[s]) for s in longest[route]]) for route in sorted(longest)]
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")
    return frame[_COLUMNS].sort_values("id", ignore_index=True)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
