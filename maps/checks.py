"""Hold a page description against its tables before anything is drawn."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from maps.check_parts import check_beside, check_compare, check_links, check_panel, check_places
from maps.errors import MapsError
from maps.spec_tables import AREAS, GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from maps.spec import Choropleth, Overlay, Page, Table

_GEOMETRIES = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}


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
    taken = [overlay.key for overlay in page.overlays if overlay.key in (AREAS, GROUPS)]
    if taken:
        raise MapsError(f"The overlay key {taken[0]!r} is kept for the page itself: choose another.")
    if not page.choropleths:
        raise MapsError("The page names no choropleth: there is nothing to colour the areas by.")
    for layer in page.choropleths:
        _check_choropleth(page.areas, layer)
    for overlay in page.overlays:
        _check_overlay(overlay)
    for table in page.tables:
        _check_table(table)
        check_links(page, table)
    check_panel(page)
    check_places(page)
    check_compare(page)
    check_beside(page)


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
        _known_classes(values, layer.classes, what)
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
        overlay.id_column,
        overlay.class_column,
        *(column.column for column in overlay.tooltip),
    ]
    _require_columns(overlay.frame, [column for column in named if column is not None], what)
    if overlay.frame.empty:
        return
    _require_geometry(overlay.frame, _GEOMETRIES[overlay.kind], what)
    if overlay.id_column is not None:
        _unique_ids(overlay.frame[overlay.id_column], what, overlay.id_column)
    if overlay.class_column is not None:
        _known_classes(overlay.frame[overlay.class_column], overlay.classes, what)
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


def _known_classes(values: pd.Series[str], classes: Sequence[str | int], what: str) -> None:
    unknown = sorted({str(value) for value in values.dropna()} - {str(value) for value in classes})
    if unknown:
        raise MapsError(f"{what}: {values.name!r} holds {unknown[0]!r}, which is not one of its classes.")


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
