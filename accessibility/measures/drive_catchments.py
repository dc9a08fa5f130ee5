"""The streets within a drive of a point: bands of a road graph by minutes, to or from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, cast, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from accessibility.errors import ParameterError
from accessibility.measures.driving import Driving, check_drive, driving_ways, snapped_points, street_spots
from accessibility.points import Points, as_points
from accessibility.statistics import numbers_of
from accessibility.streets.paths import Spots, Ways, reversed_ways, shortest_paths, spots_on
from accessibility.streets.streets import StreetNetwork

FloatArray = npt.NDArray[np.float64]
LineArray = npt.NDArray[np.object_]
CatchmentDirection = Literal["to", "from"]


def drive_catchments(
    streets: StreetNetwork,
    points: gpd.GeoDataFrame,
    *,
    cutoffs_min: float | Sequence[float] = (15, 30, 45, 60),
    direction: CatchmentDirection = "to",
    width_m: float = 250.0,
    speed_factor: float = 1.0,
    off_street_kmh: float = 20.0,
    max_off_street_m: float = 2_000.0,
) -> gpd.GeoDataFrame:
    """From where can a point be driven to, or where can be driven to from it, within so many minutes?

    The band of a cutoff is every stretch of street within that drive, to the metre, broadened by `width_m` to both
    sides so that it can be drawn. It shows the streets that are reached, not the land between them, and ends where the
    file of streets does: a band that fills the file is larger in truth.

    Parameters
    ----------
    streets
        As `accessibility.read_streets` gives them with ``mode="drive"``.
    points
        Points with a unique ``id``, any CRS; rows that share a ``group`` are one.
    cutoffs_min
        Minutes, up to a day: 240 is a morning's lorry.
    direction
        ``to`` or ``from`` the point.
    width_m
        Half the breadth of a street as it is drawn.
    speed_factor, off_street_kmh, max_off_street_m
        See `Driving`.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id, cutoff_min, area_km2, geometry`` in the points' CRS, by point and ascending cutoff; an empty shape for a
        point off the streets. Bands hold those of smaller cutoffs.

    Raises
    ------
    InputError
        For points that cannot be used, or streets that are not for driving.
    ParameterError
        For a parameter out of range.

    Examples
    --------
    >>> roads = acc.read_streets(roads_file, mode="drive")
    >>> acc.drive_catchments(roads, centres[:1], cutoffs_min=(15, 30)).drop(columns="geometry")
               id  cutoff_min    area_km2
    0  Birmingham        15.0  167.932118
    1  Birmingham        30.0  370.449642
    """
    if direction not in get_args(CatchmentDirection):
        raise ParameterError(f"direction {direction!r} is not known; use 'to' or 'from'")
    if not 0 < width_m < math.inf:
        raise ParameterError(f"width_m is {width_m}; it must be a number of metres above 0")
    how = Driving(speed_factor, off_street_kmh, max_off_street_m)
    cutoffs = sorted(set(numbers_of(cutoffs_min, name="cutoffs_min")))
    for cutoff in cutoffs:
        check_drive(cutoff, name="cutoffs_min")
    here = as_points(points, crs=streets.crs, name="points", grouped=True)
    rows = []
    for name, reached in zip(here.ids, _stretches(streets, here, how, cutoffs, direction), strict=True):
        for cutoff, lines in zip(cutoffs, reached, strict=True):
            rows.append((name, float(cutoff), shapely.union_all(shapely.buffer(lines, width_m))))
    bands = gpd.GeoSeries([shape for *_, shape in rows], crs=streets.crs)
    table = {
        "id": pd.Series([name for name, *_ in rows], dtype=object),
        "cutoff_min": pd.Series([cutoff for _, cutoff, _ in rows], dtype=float),
        "area_km2": bands.area.to_numpy(dtype=float) / 1e6,
    }
    return gpd.GeoDataFrame(table, geometry=bands.to_crs(cast("CRS", points.crs)))


def _stretches(
    streets: StreetNetwork,
    points: Points,
    how: Driving,
    cutoffs_min: list[float],
    direction: CatchmentDirection,
) -> list[list[LineArray]]:
    """Lines of street within each cutoff, ascending, of each point."""
    ways = driving_ways(streets, how)
    if direction == "to":
        ways = reversed_ways(ways)
    snapped = snapped_points(streets, points, how, name="points")
    lines = np.array(
        [
            shapely.LineString(streets.shape_xy[start:end])
            for start, end in zip(streets.shape_ptr[:-1], streets.shape_ptr[1:], strict=True)
        ],
        dtype=object,
    )
    nodes = _node_spots(ways)
    spots = street_spots(ways, streets, snapped, how)
    found = shortest_paths(ways, spots, nodes, limit=60 * max(cutoffs_min, default=0))
    stretches = []
    for lane in range(len(points.ids)):
        rows = np.flatnonzero(points.lane == lane)
        at_node = np.full(len(streets.node_xy), np.inf)
        for row in rows:
            span = slice(found.ptr[row], found.ptr[row + 1])
            np.minimum.at(at_node, found.to[span], found.cost[span])
        stretches.append(
            [_reached_lines(ways, lines, at_node, spots, rows, 60 * cutoff) for cutoff in cutoffs_min]
        )
    return stretches


def _node_spots(ways: Ways) -> Spots:
    """Every node as a place at the end of an edge that may be driven towards it."""
    edges = np.arange(len(ways.edge_from), dtype=np.int32)
    edge = np.full(len(ways.ptr) - 1, -1, dtype=np.int32)
    share = np.zeros(len(edge))
    for ends, at, usable in ((ways.edge_from, 0.0, ways.backward), (ways.edge_to, 1.0, ways.forward)):
        open_ = np.isfinite(usable)
        edge[ends[open_]], share[ends[open_]] = edges[open_], at
    return spots_on(ways, edge, share=share)


def _reached_lines(
    ways: Ways,
    lines: LineArray,
    at_node: FloatArray,
    spots: Spots,
    rows: npt.NDArray[np.int64],
    limit_s: float,
) -> LineArray:
    """Whole edges within the limit, and the stretches of those that are left half way."""
    forward = _share_within(limit_s - at_node[ways.edge_from], ways.forward)
    backward = _share_within(limit_s - at_node[ways.edge_to], ways.backward)
    whole = forward + backward >= 1
    parts = list(lines[whole])
    for edge in np.flatnonzero(~whole & (forward + backward > 0)):
        if forward[edge] > 0:
            parts.append(substring(lines[edge], 0, forward[edge], normalized=True))
        if backward[edge] > 0:
            parts.append(substring(lines[edge], 1 - backward[edge], 1, normalized=True))
    for row in rows[spots.edge[rows] >= 0]:
        parts += _around(ways, lines, spots, int(row), limit_s - spots.extra[row])
    return np.array(parts, dtype=object)


def _share_within(left_s: FloatArray, cost: FloatArray) -> FloatArray:
    """Part of each edge that the seconds left at its beginning allow; none where it is closed."""
    usable = np.isfinite(cost) & (left_s >= 0)
    cost = np.where(usable, cost, 1.0)
    share = np.where(cost > 0, left_s / np.where(cost > 0, cost, 1.0), 1.0)
    return np.asarray(np.where(usable, np.clip(share, 0.0, 1.0), 0.0))


def _around(ways: Ways, lines: LineArray, spots: Spots, row: int, left_s: float) -> list[BaseGeometry]:
    """Stretches of the point's own edge, driven away from it either way."""
    edge = int(spots.edge[row])
    parts: list[BaseGeometry] = []
    if left_s < 0:
        return parts
    for cost, spent, turned in (
        (ways.forward[edge], spots.forward[row], False),
        (ways.backward[edge], spots.backward[row], True),
    ):
        if not math.isfinite(cost) or cost == 0:
            continue
        start = spent / cost
        end = min((spent + left_s) / cost, 1.0)
        parts.append(
            substring(lines[edge], 1 - end, 1 - start, normalized=True)
            if turned
            else substring(lines[edge], start, end, normalized=True)
        )
    return parts
