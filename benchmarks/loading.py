"""What this engine's jobs read before they are timed: timetable, streets, points, and the networks made of them."""

from __future__ import annotations

import csv
import logging
from typing import TypedDict

import geopandas as gpd
import pandas as pd
from measure import Given, Work

import accessibility as acc

#: Streets read once, for the jobs that are not about reading them.
_STREETS_READ = "streets-read"


class Walking(TypedDict):
    """How people walk, as `accessibility.build_network` takes it."""

    walk_speed_kmh: float
    max_access_min: float
    max_egress_min: float
    max_transfer_min: float
    max_direct_min: float


def walking(work: Work) -> Walking:
    """How people walk in the question asked."""
    return Walking(
        walk_speed_kmh=work.walk_speed_kmh, max_access_min=work.max_walk_min, max_egress_min=work.max_walk_min,
        max_transfer_min=work.max_transfer_min, max_direct_min=work.max_direct_min,
    )  # fmt: skip


def timetable_of(given: Given) -> acc.Timetable:
    """Timetable of the day asked about."""
    return acc.read_timetable(given.data / "gtfs", date=given.work.date)


def streets_of(given: Given, *, mode: acc.streets.StreetMode = "walk") -> acc.StreetNetwork:
    """Streets, from a folder where they are kept once read."""
    # A made region has nothing to warn of, and a real one has said it when it was read first.
    logging.getLogger("accessibility").setLevel(logging.ERROR)
    return acc.load_streets(given.data / "streets.osm.pbf", mode=mode, cache_dir=given.data / _STREETS_READ)


def network_of(given: Given, *, on_streets: bool = False) -> acc.Network:
    """A network ready to be asked, in straight lines or on the streets; no walk of a point is found yet."""
    streets = streets_of(given) if on_streets else None
    return acc.build_network(timetable_of(given), streets, **walking(given.work))


def points_of(given: Given, name: str) -> gpd.GeoDataFrame:
    """Points or centres; of the points a sample, if the job is asked for one."""
    table = pd.read_csv(given.data / f"{name}.csv", dtype={"id": str}, quoting=csv.QUOTE_MINIMAL)
    if name == "points" and given.origins is not None:
        table = table[table["id"].isin([row["id"] for row in given.pick(given.rows(name))])]
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")


def stops_of(timetable: acc.Timetable) -> gpd.GeoDataFrame:
    """The timetable's stops as points."""
    stops = timetable.stops
    geometry = gpd.points_from_xy(stops["lon"], stops["lat"])
    return gpd.GeoDataFrame({"id": stops["stop_id"]}, geometry=geometry, crs="EPSG:4326")
