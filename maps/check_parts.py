"""Hold the parts of a page that refer to one another against each other: links, panel, search, comparison."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from maps.errors import MapsError
from maps.spec_tables import AREAS, GROUPS

if TYPE_CHECKING:
    from maps.spec import Page, PanelFigure, Table

_PLACE_COLUMNS: Final = ("name", "kind")
_BESIDE: Final = re.compile(r"(\.\./)?([a-z0-9][a-z0-9_-]*/)*[a-z0-9][a-z0-9_-]*\.html")


def check_links(page: Page, table: Table) -> None:
    """Refuse rows linked with what the page does not draw.

    Raises
    ------
    MapsError
        With the table, what it is linked with and what there is.
    """
    what = f"Table {table.key!r}"
    if not table.links:
        return
    if table.link_key not in table.frame.columns:
        raise MapsError(f"{what} needs the column {table.link_key!r} to link its rows with {table.links!r}.")
    if table.links == GROUPS and page.group_column is None:
        raise MapsError(f"{what} links rows with groups, but the page names no group_column.")
    identified = [overlay.key for overlay in page.overlays if overlay.id_column is not None]
    if table.links not in (AREAS, GROUPS, *identified):
        known = ", ".join([AREAS, GROUPS, *identified])
        raise MapsError(f"{what} links rows with {table.links!r}; what has identifiers is: {known}.")


def check_panel(page: Page) -> None:
    """Refuse figures and texts of columns that the areas do not have.

    Raises
    ------
    MapsError
        With the column and the panel's heading for it.
    """
    if page.panel is None:
        return
    for figure in page.panel.figures:
        _check_panel_figure(page, figure)
    for text in page.panel.texts:
        if text.column not in page.areas.columns:
            raise MapsError(f"The panel's {text.heading!r} needs the column {text.column!r} of the areas.")


def _check_panel_figure(page: Page, figure: PanelFigure) -> None:
    name = figure.column.column
    if name not in page.areas.columns:
        raise MapsError(f"The panel's {figure.column.label!r} needs the column {name!r} of the areas.")
    values = page.areas[name]
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if figure.ranked is not None and not is_number:
        raise MapsError(f"The panel ranks areas by {name!r}, which must hold numbers.")


def check_places(page: Page) -> None:
    """Refuse names to search for that lead nowhere.

    Raises
    ------
    MapsError
        With the first place that has neither a known area nor a point.
    """
    places = page.places
    if places is None:
        return
    for column in _PLACE_COLUMNS:
        if column not in places.columns:
            raise MapsError(f"The places to search for need the column {column!r}.")
    if places["name"].isna().any():
        raise MapsError("The places to search for have rows without a name.")
    lost = ~(_leads_to_area(page, places) | _leads_to_point(places))
    if lost.any():
        name = places["name"].to_numpy()[lost][0]
        raise MapsError(f"The place {name!r} has neither the identifier of an area nor a point.")


def _leads_to_area(page: Page, places: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if "area_id" not in places.columns:
        return np.zeros(len(places), dtype=bool)
    known = page.areas[page.id_column].astype(str)
    return (places["area_id"].notna() & places["area_id"].astype(str).isin(known)).to_numpy(dtype=bool)


def _leads_to_point(places: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if not isinstance(places, gpd.GeoDataFrame):
        return np.zeros(len(places), dtype=bool)
    if places.crs is None:
        raise MapsError(
            "The places to search for have no CRS: set it, so that positions on the map are known."
        )
    shapes = places.geometry
    return (shapes.notna() & ~shapes.is_empty & shapes.geom_type.eq("Point")).to_numpy(dtype=bool)


def check_compare(page: Page) -> None:
    """Refuse a comparison of layers that the page does not have.

    Raises
    ------
    MapsError
        With the key and the keys there are.
    """
    keys = [layer.key for layer in page.choropleths]
    for key in page.compare or ():
        if key not in keys:
            raise MapsError(f"The page compares {key!r}, but its choropleths are {', '.join(keys)}.")
    if page.compare is not None and len(set(page.compare)) < len(page.compare):
        raise MapsError(f"The page compares {page.compare[0]!r} with itself.")


def check_beside(page: Page) -> None:
    """Refuse links to anything but a page beside this one, below it or in the folder above: no host, no script.

    Raises
    ------
    MapsError
        With the file name.
    """
    for words, name in page.beside:
        if not _BESIDE.fullmatch(name) or not words.strip():
            raise MapsError(
                f"The page beside this one, {name!r}, must be a file name such as 'pages/one.html'."
            )
