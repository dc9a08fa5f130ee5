"""Reading names to search for: postcode districts, neighbourhoods, whatever a study has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.tables.areas import as_points, read_points
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

PLACES: Final = TableSpec(
    row="place to search for",
    key=("name", "kind"),
    fields=(
        Field("name", "text", "name of the place, such as a postcode district or a neighbourhood"),
        Field("kind", "text", "what it is, in words: it stands beside the name"),
        Field("lon", "longitude", "longitude, EPSG:4326"),
        Field("lat", "latitude", "latitude, EPSG:4326"),
    ),
)


def read_search_places(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read places that a study's page can be searched for: ``name, kind`` and a point in EPSG:4326, sorted.

    The embedded sample has none, and so no postcode districts. A study that has them names their table in ``[files]
    places``.

    Raises
    ------
    TableError
        When the file breaks its specification, or a point lies far from the outlines.
    """
    table = read_points(path, PLACES, outlines).sort_values(["kind", "name"], ignore_index=True)
    return as_points(table)
