"""Reading places from GeoJSON, GeoPackage or CSV into one shape, with each place's row kept for messages."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError

from corridors.errors import TableError
from corridors.tables.reading import check_table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from corridors.tables.tables import TableSpec

_DEGREES = "EPSG:4326"
# One and zero are the same keys.
_FLAGS: dict[object, str] = {True: "true", False: "false"}


def read_places(
    path: Path, spec: TableSpec, *, kinds: tuple[str, ...], noun: str, may_lack_geometry: bool = False
) -> gpd.GeoDataFrame:
    """Read a table of places and check it against its specification.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage or any other file of features; or, by its ending ``.csv``, a CSV file whose geometries are
        well-known text in a column ``wkt``, or points in ``lon`` and ``lat`` where the specification has them, both in
        EPSG:4326.
    spec
        What the file must hold. In features a list may stand as a list, and a flag as true or false.
    kinds, noun
        The geometry types allowed, and what they are called.
    may_lack_geometry
        Whether a place may stand without one.

    Returns
    -------
        The columns and a ``geometry``, in the file's CRS, under an index that counts rows from zero.

    Raises
    ------
    TableError
        When the file is missing or unreadable, has no CRS, breaks its specification, or a geometry is of another type,
        empty, not valid or not there.
    """
    frame = _read_csv(path, spec) if _is_csv(path) else _read_features(path, spec)
    for index, geometry in frame.geometry.items():
        if geometry is None:
            if not may_lack_geometry:
                raise fault(path, int(str(index)), f"the geometry is not {noun}")
        elif geometry.geom_type not in kinds or geometry.is_empty:
            raise fault(path, int(str(index)), f"the geometry is not {noun}")
        elif not geometry.is_valid:
            reason = shapely.is_valid_reason(geometry)
            raise fault(path, int(str(index)), f"the geometry is not valid ({reason}): mend it")
    return frame


def fault(path: Path, index: int, reason: str) -> TableError:
    """Return the error that names a place's file and its row, or its number among the features."""
    if _is_csv(path):
        return TableError(reason, file=path.name, row=index + 2)
    return TableError(f"{path.name}, feature {index + 1}: {reason}")


def first_fault(path: Path, faults: Iterable[tuple[int, str]]) -> TableError | None:
    """Return the error of the first row with a fault, with the number of faults; None where there are none."""
    found = sorted(faults, key=lambda item: item[0])
    if not found:
        return None
    more = f" (faults in this file: {len(found):,})" if len(found) > 1 else ""
    return fault(path, found[0][0], f"{found[0][1]}{more}")


def row_word(path: Path) -> Literal["row", "feature"]:
    """Return what a place of the file is called in messages."""
    return "row" if _is_csv(path) else "feature"


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _read_features(path: Path, spec: TableSpec) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise TableError("there is no such file", file=str(path))
    try:
        _refuse_several_layers(path)
        with warnings.catch_warnings():
            # A column of mixed kinds is checked below, where the feature can be named.
            warnings.filterwarnings("ignore", message="Could not parse column", category=UserWarning)
            frame = gpd.read_file(path)
    except (DataSourceError, UnicodeDecodeError) as error:
        raise TableError("cannot be read as GeoJSON or GeoPackage", file=path.name) from error
    if "geometry" not in frame.columns or frame.crs is None:
        raise TableError("there is no geometry with a coordinate reference system", file=path.name)
    table = _as_text(pd.DataFrame(frame.drop(columns="geometry")), spec)
    if table.empty:
        # A collection without features names no columns: it is an empty table, not a wrong one.
        table = table.reindex(columns=list(dict.fromkeys([*table.columns, *_required(spec)]))).astype(object)
    checked = check_table(table, spec, source=path.name, row_word=row_word(path))
    return gpd.GeoDataFrame(checked, geometry=frame.geometry.to_numpy(), crs=frame.crs)


def _required(spec: TableSpec) -> list[str]:
    """Columns that a table must have, by their own names; codes have none that would say of which year they are."""
    return [field.name for field in spec.fields if field.required and field.plain]


def _refuse_several_layers(path: Path) -> None:
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    if len(layers) > 1:
        raise TableError(
            f"holds {len(layers)} layers ({', '.join(layers)}): keep one, since which is meant cannot be told",
            file=path.name,
        )


def _as_text(table: pd.DataFrame, spec: TableSpec) -> pd.DataFrame:
    """Write flags, lists and codes as the words a CSV file would hold, so that one specification serves all formats."""
    kinds = {field.name: field.kind for field in spec.fields}
    text = table.assign(
        **{name: _column_as_text(table[name], kinds.get(str(name))) for name in table.columns}
    )
    # Empty text says no more than a missing value.
    return text.replace("", None)


def _column_as_text(column: pd.Series, kind: str | None) -> pd.Series:
    if kind == "flag" or column.dtype == bool:
        # Where some are missing, flags arrive as ones and zeros with a fraction.
        return column.map(
            lambda value: _FLAGS.get(value, value) if isinstance(value, (bool, float)) else value
        )
    if kind == "text" and column.dtype.kind == "f":
        # Whole numbers with gaps arrive as 12.0, which is no code.
        return column.map(lambda value: f"{value:.0f}" if float(value).is_integer() else value)
    if column.dtype == object:
        return column.map(lambda value: ";".join(map(str, value)) if _is_list(value) else value)
    return column


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple, np.ndarray))


def _read_csv(path: Path, spec: TableSpec) -> gpd.GeoDataFrame:
    table = read_table(path, spec)
    own = {field.name for field in spec.fields} & set(table.columns)
    given = table.reindex(columns=["wkt", "lon", "lat"]).astype(object)
    given.loc[:, [name for name in given.columns if name not in own]] = None
    rows = zip(table.index, given.where(given.notna(), None).itertuples(index=False), strict=True)
    geometries: list[Any] = [_of_row(path, index, *row) for index, row in rows]
    return gpd.GeoDataFrame(
        table.drop(columns="wkt", errors="ignore"),
        geometry=gpd.GeoSeries(geometries, index=table.index, crs=_DEGREES),
    )


def _of_row(
    path: Path, index: int, wkt: str | None, lon: float | None, lat: float | None
) -> BaseGeometry | None:
    if (lon is None) != (lat is None):
        raise fault(path, index, f"{'lat' if lon is None else 'lon'} is given alone: give lon and lat")
    if wkt is not None and lon is not None:
        raise fault(path, index, "wkt and lon, lat are both given: keep one")
    if wkt is not None:
        return _from_wkt(path, index, wkt)
    return None if lon is None or lat is None else shapely.Point(lon, lat)


def _from_wkt(path: Path, index: int, text: str) -> BaseGeometry:
    try:
        geometry = shapely.from_wkt(text)
    except shapely.errors.GEOSException as error:
        raise fault(path, index, f"wkt {_short(text)!r} is not well-known text") from error
    west, south, east, north = geometry.bounds if not geometry.is_empty else (0, 0, 0, 0)
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise fault(path, index, f"wkt {_short(text)!r} is not in degrees (EPSG:4326)")
    return geometry


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
