"""Compute approximate ward outlines of the embedded sample from output-area points.

Official boundaries are not copied. An output area holds some 300 residents, so the Voronoi cells of the output-area
points, joined by the ward each output area belongs to, come close to the wards. Neighbouring districts take part,
so that the outer edge falls half-way between the last output area inside and the first one outside; where the source
has no neighbours (the west) or nobody lives, the edge is the concave hull of where people live and work in the
boroughs, widened. Without the workplaces the hull would leave out the airport and the exhibition centre.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

import geopandas as gpd
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Coordinates: TypeAlias = "float | Sequence[Coordinates]"

METRIC_CRS = "EPSG:27700"
BOROUGH_CODES = tuple(f"E080000{number}" for number in range(25, 32))

HULL_RATIO = 0.05
HULL_BUFFER_M = 500
SIMPLIFY_TOLERANCE_M = 60
DECIMALS = 5


def build(source: Path, out: Path) -> None:
    """Write `out/boundaries/wards.geojson` from the output-area points under `source/boundaries`.

    Parameters
    ----------
    source
        Folder of the openly licensed source data.
    out
        The sample's data folder.
    """
    folder = source / "boundaries"
    points = output_area_points(pd.read_parquet(folder / "oa21_lookup.parquet"))
    zones = pd.read_parquet(folder / "job_points_wz.parquet")
    workplaces = gpd.GeoDataFrame(
        zones[["ladcd"]], geometry=gpd.points_from_xy(zones["x"], zones["y"]), crs=METRIC_CRS
    )
    wards = ward_outlines(points, workplaces)
    write_geojson(wards.to_crs("EPSG:4326"), out / "boundaries" / "wards.geojson", decimals=DECIMALS)


def output_area_points(lookup: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the output areas whose point lies inside the output area itself, with `wd25cd` and `ladcd`.

    Output areas placed only at their small area's common point (`match = census_residual`) are left out: several on
    one point have no Voronoi cell of their own.
    """
    placed = lookup[lookup["match"] == "oa11_polygon"].sort_values("oa21cd", ignore_index=True)
    return gpd.GeoDataFrame(
        placed[["oa21cd", "wd25cd", "ladcd"]],
        geometry=gpd.points_from_xy(placed["x"], placed["y"]),
        crs=METRIC_CRS,
    )


def ward_outlines(
    points: gpd.GeoDataFrame,
    workplaces: gpd.GeoDataFrame,
    *,
    districts: tuple[str, ...] = BOROUGH_CODES,
    hull_ratio: float = HULL_RATIO,
    hull_buffer_m: float = HULL_BUFFER_M,
    tolerance_m: float = SIMPLIFY_TOLERANCE_M,
) -> gpd.GeoDataFrame:
    """Return one approximate outline per ward of `districts`, without overlaps, in the CRS of `points`.

    Parameters
    ----------
    points
        Points with `wd25cd` and `ladcd`, in metres; those outside `districts` only bound the cells inside.
    workplaces
        Points with `ladcd`, in the same CRS, that the outer edge of `districts` has to take in.
    districts
        District codes whose wards are drawn.
    hull_ratio
        How closely the concave hull follows the districts' points: 0 closest, 1 the convex hull.
    hull_buffer_m
        Metres by which the hull is widened before it cuts the cells.
    tolerance_m
        Square root of the area, in metres, of the largest corner that simplification may cut off.
    """
    inside = points["ladcd"].isin(districts)
    lived_or_worked_in = shapely.union_all(
        [*points.geometry[inside], *workplaces.geometry[workplaces["ladcd"].isin(districts)]]
    )
    extent = shapely.buffer(shapely.concave_hull(lived_or_worked_in, ratio=hull_ratio), hull_buffer_m)
    cells = points.set_geometry(_voronoi_cells(points, extend_to=extent), crs=points.crs)[inside]
    wards = cells.dissolve("wd25cd", method="coverage")[["geometry"]].reset_index()
    wards.geometry = wards.intersection(extent)
    wards.geometry = wards.simplify_coverage(tolerance_m)
    return wards


def _voronoi_cells(points: gpd.GeoDataFrame, *, extend_to: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the cell of each point, in the order of the points; the cells together cover `extend_to`."""
    together = shapely.MultiPoint(points.geometry.to_numpy())
    cells = shapely.voronoi_polygons(together, extend_to=extend_to, ordered=True)
    return list(shapely.get_parts(cells))


def write_geojson(features: gpd.GeoDataFrame, path: Path, *, decimals: int) -> None:
    """Write `features` (EPSG:4326) as GeoJSON, one feature a line, coordinates with `decimals` decimals.

    Rings run as RFC 7946 asks (outer ones anticlockwise). Rounding moves a shared corner of two outlines alike, so
    they stay without gaps and overlaps.
    """
    properties = features.drop(columns="geometry").to_dict("records")
    geometries = shapely.orient_polygons(features.geometry.to_numpy())
    lines = []
    for values, geometry in zip(properties, geometries, strict=True):
        coordinates = _rounded(shapely.geometry.mapping(geometry)["coordinates"], decimals=decimals)
        feature = {
            "type": "Feature",
            "properties": values,
            "geometry": {"type": geometry.geom_type, "coordinates": coordinates},
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _rounded(coordinates: Coordinates, *, decimals: int) -> Coordinates:
    if isinstance(coordinates, float):
        return round(coordinates, decimals)
    return [_rounded(part, decimals=decimals) for part in coordinates]
