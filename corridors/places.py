"""Centres, stations, sites and corridors: reading and checking them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd
import pandas as pd
from pyogrio.errors import DataSourceError

from corridors.areas import as_points, read_points
from corridors.errors import TableError
from corridors.joins import refuse_unmatched
from corridors.reading import check_table
from corridors.tables import (
    CENTRES,
    CORRIDORS,
    OUTLINES,
    SITES,
    STATIONS,
    TableSpec,
)

if TYPE_CHECKING:
    from pathlib import Path

F = TypeVar("F", bound=pd.DataFrame)


def read_centres(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the centres: one row per access point, the points of one centre sharing a ``group``.

    Returns
    -------
        ``id`` (centre and access point), ``group`` (the centre's id), ``name``, ``verified`` and a point in EPSG:4326,
        sorted by ``id``. A centre counts as reached when any one of its points is.

    Raises
    ------
    TableError
        When the file breaks its specification, a point lies far from the outlines, or one centre has two names.
    """
    table = read_points(path, CENTRES, outlines)
    names = table.groupby("centre_id")["centre_name"].nunique()
    if (names > 1).any():
        raise TableError(f"centre {names.index[names > 1][0]!r} has more than one name", file=path.name)
    table["id"] = table["centre_id"] + "/" + table["access_point"]
    table = table.rename(columns={"centre_id": "group", "centre_name": "name"})
    return as_points(_with_flag(table).sort_values("id", ignore_index=True))


def read_stations(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the stations: ``id, name, kind, status, verified`` and a point in EPSG:4326, sorted by ``id``."""
    table = read_points(path, STATIONS, outlines).rename(columns={"station_id": "id"})
    if "status" not in table.columns:
        table["status"] = "unknown"
    return as_points(_with_flag(table).sort_values("id", ignore_index=True))


def read_sites(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the sites: ``id, name, kind, strategy_wording, verified`` and a point in EPSG:4326, sorted by ``id``."""
    table = read_points(path, SITES, outlines).rename(columns={"site_id": "id"})
    if "strategy_wording" not in table.columns:
        table["strategy_wording"] = ""
    table["strategy_wording"] = table["strategy_wording"].fillna("")
    return as_points(_with_flag(table).sort_values("id", ignore_index=True))


def read_corridors(path: Path) -> gpd.GeoDataFrame:
    """Read the corridors: ``id, name, note, verified`` and a line, in the file's CRS, sorted by ``id``.

    Raises
    ------
    TableError
        When the file is unreadable, has no CRS, breaks its specification, or a feature is not a line.
    """
    frame = _read_features(path, CORRIDORS, kinds=("LineString", "MultiLineString"), noun="a line")
    frame = frame.rename(columns={"corridor_id": "id"})
    if "note" not in frame.columns:
        frame["note"] = ""
    frame["note"] = frame["note"].fillna("")
    return _with_flag(frame).sort_values("id", ignore_index=True)


def read_outlines(path: Path, wards: pd.DataFrame) -> gpd.GeoDataFrame:
    """Read the outlines of the wards: ``ward_code`` and a polygon, sorted by code.

    Raises
    ------
    TableError
        When the file is unreadable, has no CRS, breaks its specification, or a feature is not a polygon.
    JoinError
        When wards and outlines do not name the same codes.
    """
    frame = _read_features(path, OUTLINES, kinds=("Polygon", "MultiPolygon"), noun="a polygon")
    where = dict(zip(wards["ward_code"], wards["district"], strict=True))
    refuse_unmatched(
        wards["ward_code"], frame["ward_code"], what="wards", missing_from="the ward outlines", where=where
    )
    refuse_unmatched(frame["ward_code"], wards["ward_code"], what="ward outlines", missing_from="the wards")
    return frame[["ward_code", "geometry"]].sort_values("ward_code", ignore_index=True)


def centre_names(centres: pd.DataFrame) -> dict[str, str]:
    """Return the name of each centre by its id, sorted by id."""
    return dict(sorted(zip(centres["group"], centres["name"], strict=True)))


def _read_features(path: Path, spec: TableSpec, *, kinds: tuple[str, ...], noun: str) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise TableError("there is no such file", file=str(path))
    try:
        with warnings.catch_warnings():
            # A column of mixed kinds is checked below, where the feature can be named.
            warnings.filterwarnings("ignore", message="Could not parse column", category=UserWarning)
            frame = gpd.read_file(path)
    except (DataSourceError, UnicodeDecodeError) as error:
        raise TableError("cannot be read as GeoJSON or GeoPackage", file=path.name) from error
    if "geometry" not in frame.columns or frame.crs is None:
        raise TableError("there is no geometry with a coordinate reference system", file=path.name)
    for number, (geometry, kind) in enumerate(zip(frame.geometry, frame.geom_type, strict=True), start=1):
        # A feature without a geometry has no kind either.
        if kind not in kinds or geometry.is_empty or not geometry.is_valid:
            raise TableError(f"{path.name}, feature {number}: the geometry is not {noun}")
    checked = check_table(
        _as_text(pd.DataFrame(frame.drop(columns="geometry"))), spec, source=path.name, row_word="feature"
    )
    return gpd.GeoDataFrame(checked, geometry=frame.geometry.to_numpy(), crs=frame.crs)


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Write flags as the words a CSV file would hold, so that one specification serves both formats."""
    flags = table.select_dtypes("bool").columns
    return table.assign(**{name: table[name].map({True: "true", False: "false"}) for name in flags})


def _with_flag(table: F) -> F:
    table["verified"] = table["verified"].eq("true")
    return table
