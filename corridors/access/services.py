"""Hospitals, secondary schools and other services: minutes to the nearest, and the residents within so many minutes.

The nearest is found as the indicator finds centres: each site's statistic over the departures first, the smallest of
those after. A resident counts where the nearest site of a kind is within the minutes, whichever it is: admission,
catchments, appointments and departments are not modelled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pandas as pd

import accessibility as acc
from corridors.access.indicator import region_and_districts
from corridors.errors import TableError
from corridors.need.overlay import with_access
from corridors.tables.areas import as_points, read_points
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd

    from corridors.study import Study

SERVICES = TableSpec(
    row="site of a service",
    key=("id",),
    fields=(
        Field("id", "text", "id of the site"),
        Field("name", "text", "name of the site"),
        Field(
            "kind", "text", "what it is, such as hospital or secondary_school: small letters and underscores"
        ),
        Field("lon", "longitude", "longitude, EPSG:4326"),
        Field("lat", "latitude", "latitude, EPSG:4326"),
        Field("source", "text", "where the row comes from"),
        Field("verified", "flag", "true once someone has checked it against an official source"),
    ),
)
SERVICE_COLUMNS = ["kind", "cutoff_min", "level", "code", "name", "residents", "residents_within", "share"]
#: Minutes within which residents are counted.
CUTOFFS_MIN: Final = (30.0, 45.0)
MINUTES_PREFIX = "minutes_to_"
_KIND = re.compile(r"[a-z][a-z0-9_]*")


def read_services(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the sites of services: ``id, name, kind, verified`` and a point in EPSG:4326, sorted by kind and id.

    Raises
    ------
    TableError
        When the file breaks its specification, a kind is not written in small letters, or a point lies far from the
        outlines.
    """
    table = read_points(path, SERVICES, outlines)
    wrong = table.index[~table["kind"].map(lambda kind: _KIND.fullmatch(kind) is not None)]
    if len(wrong):
        raise TableError(
            f"kind {table.loc[wrong[0], 'kind']!r} is not written in small letters, digits and underscores",
            file=path.name,
            row=int(wrong[0]) + 2,
        )
    table["verified"] = table["verified"].eq("true")
    return as_points(table.sort_values(["kind", "id"], ignore_index=True))


def minutes_to_services(
    network: acc.Network, areas: gpd.GeoDataFrame, services: gpd.GeoDataFrame, study: Study
) -> pd.DataFrame:
    """Ask how many minutes every small area takes to the nearest site of each kind of service.

    Parameters
    ----------
    network
        Timetable and walks.
    areas
        Points with a unique ``id``.
    services
        As `read_services` gives them.
    study
        Gives window, statistic and longest journey.

    Returns
    -------
        ``id`` and ``minutes_to_<kind>`` for each kind, sorted; +inf where none can be reached. One row per area, in
        their order; without services the ids alone.
    """
    table = pd.DataFrame({"id": areas["id"].to_numpy()})
    for kind in sorted(services["kind"].unique()):
        reached = acc.centres_within(
            network,
            areas,
            services.loc[services["kind"] == kind, ["id", "geometry"]],
            window=study.journey.window,
            cutoff_min=min(CUTOFFS_MIN[0], study.journey.max_time_min),
            k=1,
            statistic=study.journey.statistic,
            max_time_min=study.journey.max_time_min,
        )
        table[f"{MINUTES_PREFIX}{kind}"] = reached["minutes_to_k"].to_numpy()
    return table


def services_by_level(
    minutes: pd.DataFrame, areas: pd.DataFrame, *, cutoffs_min: Sequence[float] = CUTOFFS_MIN
) -> pd.DataFrame:
    """Count the residents with a site of each kind within so many minutes, in the region and its districts.

    All residents are counted, not those of an age or in need of a service: the share is of places to live, not of pupils
    or patients.

    Parameters
    ----------
    minutes
        The result of `minutes_to_services`.
    areas
        The small areas with ``residents, district_code, district_name``.
    cutoffs_min
        Minutes, inclusive.

    Returns
    -------
        ``kind, cutoff_min, level, code, name, residents`` (all of them), ``residents_within`` and ``share`` (0 to 1,
        missing where nobody lives). By kind and cutoff, the region first, then districts by code.
    """
    table = with_access(areas, minutes)
    kinds = [name for name in minutes.columns if name.startswith(MINUTES_PREFIX)]
    tables = []
    for name in kinds:
        for cutoff in sorted(set(cutoffs_min)):
            counted = table.assign(residents_within=table["residents"].where(table[name] <= cutoff, 0))
            levels = region_and_districts(counted, counts=["residents", "residents_within"])
            tables.append(levels.assign(kind=name.removeprefix(MINUTES_PREFIX), cutoff_min=float(cutoff)))
    if not tables:
        return pd.DataFrame(columns=SERVICE_COLUMNS)
    result = pd.concat(tables, ignore_index=True)
    result["share"] = result["residents_within"] / result["residents"].where(result["residents"] > 0)
    return result[SERVICE_COLUMNS]
