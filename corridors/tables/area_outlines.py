"""The polygons of small areas, for the page that draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.places.files import read_places
from corridors.tables.joins import refuse_unmatched
from corridors.tables.tables import AREA_OUTLINES

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd


def read_area_outlines(path: Path, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    """Read the polygons of the small areas: ``id`` and a polygon, in the file's CRS, sorted.

    Polygons of other small areas are passed over: a file of the whole country serves.

    Raises
    ------
    TableError
        When the file is unreadable, has no CRS, breaks its specification, or a feature is not a polygon.
    JoinError
        When a small area of the study has no polygon.
    """
    frame = read_places(path, AREA_OUTLINES, kinds=("Polygon", "MultiPolygon"), noun="a polygon")
    frame = frame.rename(columns={"area_code": "id"})[["id", "geometry"]]
    refuse_unmatched(areas["id"], frame["id"], what="small areas", missing_from="the outlines of small areas")
    return frame[frame["id"].isin(areas["id"])].sort_values("id", ignore_index=True)
