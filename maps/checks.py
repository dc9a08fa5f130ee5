"""Hold a page description against its tables before anything is drawn."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from maps.errors import MapsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from maps.spec import Choropleth, Overlay, Page, Table


def check_page(page: Page) -> None:
    """Refuse a page that cannot be drawn as described.

    Raises
    ------
    MapsError
        With the layer or table, what was found and what was needed.
    """
    _check_areas(page)
    _unique_keys("choropleth", (layer.key for layer in page.choropleths))
    _unique_keys("overlay", (layer.key for layer in page.overlays))
    _unique_keys("table", (table.key for table in page.tables))
    if not page.choropleths:
        raise MapsError("The page names no choropleth: there is nothing to colour the areas by.")
    for layer in page.choropleths:
        _check_choropleth(page.areas, layer)
    for overlay in page.overlays:
        _check_overlay(overlay)
    for table in page.tables:
        _check_table(table)


def _check_areas(page: Page) -> None:
    areas = page.areas
    wanted = [page.id_column, page.name_column, *(column.column for column in page.tooltip)]
    if page.group_column is not None:
        wanted.append(page.group_column)
    _require_columns(areas, wanted, "The areas table")
    if areas.empty:
        raise MapsError("The areas table is empty: there is nothing to draw.")
    _require_geometry(areas, ("Polygon", "MultiPolygon"), "The areas table")
    if areas[page.id_column].isna().any():
        raise MapsError(f"The areas table has rows without {page.id_column!r}.")
    _unique_ids(areas[page.id_column], "The areas table", page.id_column)


def _check_choropleth(areas: gpd.GeoDataFrame, layer: Choropleth) -> None:
    what = f"Choropleth {layer.key!r}"
    _require_columns(areas, [layer.column], what)
    values = areas[layer.column]
    if layer.classes:
        unknown = sorted({str(value) for value in values.dropna()} - {str(value) for value in layer.classes})
        if unknown:
            raise MapsError(
                f"{what}: {layer.column!r} holds {unknown[0]!r}, which is not one of its classes."
            )
        return
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        raise MapsError(f"{what}: {layer.column!r} must hold numbers to be cut by breaks.")
    if np.isneginf(pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)).any():
        raise MapsError(f"{what}: {layer.column!r} holds minus infinity.")


def _check_overlay(overlay: Overlay) -> None:
    what = f"Overlay {overlay.key!r}"
    named = [
        overlay.label_column,
        overlay.map_label_column,
        overlay.size_column,
        *(column.column for column in overlay.tooltip),
    ]
    _require_columns(overlay.frame, [column for column in named if column is not None], what)
    if overlay.frame.empty:
        return
    kinds = ("Point", "MultiPoint") if overlay.kind == "point" else ("LineString", "MultiLineString")
    _require_geometry(overlay.frame, kinds, what)
    if overlay.size_column is not None:
        sizes = overlay.frame[overlay.size_column]
        if not pd.api.types.is_numeric_dtype(sizes) or not (np.isfinite(sizes) & (sizes > 0)).all():
            raise MapsError(f"{what}: sizes in {overlay.size_column!r} must be numbers above 0.")


def _check_table(table: Table) -> None:
    what = f"Table {table.key!r}"
    shown = [column.column for column in table.columns]
    _require_columns(table.frame, shown, what)
    if table.heading_column is not None and table.heading_column not in shown:
        raise MapsError(f"{what}: heading_column {table.heading_column!r} is not one of the columns shown.")
    if table.id_column is not None:
        _require_columns(table.frame, [table.id_column], what)
        _unique_ids(table.frame[table.id_column], what, table.id_column)


def _require_columns(frame: pd.DataFrame, wanted: Iterable[str], what: str) -> None:
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise MapsError(
            f"{what} needs the column {missing[0]!r}; it has {', '.join(map(str, frame.columns))}."
        )


def _require_geometry(frame: gpd.GeoDataFrame, kinds: tuple[str, ...], what: str) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise MapsError(f"{what} has no geometry: a GeoDataFrame is needed.")
    if frame.crs is None:
        raise MapsError(f"{what} has no CRS: set it, so that positions on the map are known.")
    absent = int((frame.geometry.isna() | frame.geometry.is_empty).sum())
    if absent:
        raise MapsError(f"{what} has {absent} rows without a geometry.")
    wrong = sorted(set(frame.geom_type) - set(kinds))
    if wrong:
        raise MapsError(f"{what} holds a {wrong[0]} where a {' or '.join(kinds)} is needed.")


def _unique_ids(values: pd.Series[str], what: str, column: str) -> None:
    twice = values[values.duplicated()]
    if not twice.empty:
        raise MapsError(f"{what}: {twice.iloc[0]!r} stands more than once in {column!r}.")


def _unique_keys(what: str, keys: Iterable[str]) -> None:
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        raise MapsError(f"Two {what}s share the key {twice[0]!r}.")
