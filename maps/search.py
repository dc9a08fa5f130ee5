"""Names a reader can search for: the areas' own, and the places that the page adds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from maps.embedded import packed_texts
from maps.geometry import DECIMALS

if TYPE_CHECKING:
    from maps.spec import Page


def places_data(page: Page) -> dict[str, Any]:
    """Give the script the added places: names, kinds, and for each the index of its area or a point (lon, lat)."""
    places = page.places
    if places is None or places.empty:
        return {"names": [], "kinds": [], "at": []}
    indexes = {code: place for place, code in enumerate(page.areas[page.id_column].astype(str))}
    codes = places["area_id"] if "area_id" in places.columns else pd.Series(None, index=places.index)
    points = _points(places)
    return {
        "names": places["name"].astype(str).tolist(),
        "kinds": packed_texts(places["kind"].fillna("").astype(str).tolist()),
        "at": [
            indexes.get(str(code), point) if pd.notna(code) else point
            for code, point in zip(codes, points, strict=True)
        ],
    }


def _points(places: pd.DataFrame) -> list[list[float] | None]:
    if not isinstance(places, gpd.GeoDataFrame):
        return [None] * len(places)
    shapes = places.geometry.to_crs(4326).to_numpy()
    pairs = zip(shapely.get_x(shapes).tolist(), shapely.get_y(shapes).tolist(), strict=True)
    # What is no point has no x: not a number.
    return [None if math.isnan(x) else [round(x, DECIMALS), round(y, DECIMALS)] for x, y in pairs]
