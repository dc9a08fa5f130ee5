"""Names to search for on the page: centres, stations, corridors, sites, and whatever places a study names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from corridors.page.overlays import centre_marks
from corridors.places.places import site_points

if TYPE_CHECKING:
    from corridors.inputs import Inputs

_STATIONS: Final = {"rail": "rail station", "metro": "Metro stop", "hs2": "HS2 station"}


def search_places(inputs: Inputs) -> gpd.GeoDataFrame:
    """Return every name that the page finds beside those of its areas: ``name, kind`` and a point in EPSG:4326."""
    corridors = inputs.corridors
    parts = [
        _named(centre_marks(inputs.centres), "centre"),
        _named(
            gpd.GeoDataFrame(
                {"name": corridors["name"]}, geometry=corridors.to_crs("EPSG:4326").representative_point()
            ),
            "corridor",
        ),
        _named(site_points(inputs.sites), "site"),
        *(
            _named(stations, _STATIONS.get(str(kind), f"{kind} station"))
            for kind in sorted(inputs.stations["kind"].unique())
            for stations in [inputs.stations[inputs.stations["kind"] == kind]]
        ),
        *([] if inputs.places is None else [inputs.places[["name", "kind", "geometry"]]]),
    ]
    known = [part for part in parts if len(part)]
    if not known:
        return gpd.GeoDataFrame({"name": [], "kind": []}, geometry=[], crs="EPSG:4326")
    return gpd.GeoDataFrame(pd.concat(known, ignore_index=True), crs="EPSG:4326")


def _named(places: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": places["name"].to_numpy(), "kind": kind},
        geometry=places.geometry.to_numpy(),
        crs="EPSG:4326",
    )
