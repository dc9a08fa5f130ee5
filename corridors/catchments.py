"""Who lives within a walk of a line or a point, and what they need and reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from accessibility.walking import within_walk
from corridors.deprivation import per_1000
from corridors.errors import JoinError
from corridors.overlay import with_access

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

_PEOPLE = ["residents", "income_deprived", "employment_deprived", "unemployed"]
_MEANS = ["jobs_within", "jobs_per_worker"]


def catchment_members(
    places: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    max_walk_min: float,
    walk_speed_kmh: float,
    detour: float,
    crs: CRS | str,
) -> pd.DataFrame:
    """List the small areas whose point is within a walk of each line or point.

    Parameters
    ----------
    places
        Corridors or sites with ``id`` and a geometry, in any CRS.
    areas
        Small areas with ``id`` and a point, in any CRS.
    max_walk_min, walk_speed_kmh, detour
        The walk: a straight line times the detour, at this speed, the limit included.
    crs
        The metric CRS distances are measured in.

    Returns
    -------
        ``place_id, id``, sorted; a place nobody lives near has no row.

    Raises
    ------
    JoinError
        When the places have no CRS.
    """
    if places.crs is None:
        raise JoinError("the places have no coordinate reference system, so no walk to them can be measured")
    found = []
    for place_id, geometry in zip(places["id"], places.geometry, strict=True):
        inside = within_walk(
            areas,
            geometry,
            target_crs=places.crs,
            crs=crs,
            max_walk_min=max_walk_min,
            walk_speed_kmh=walk_speed_kmh,
            detour=detour,
        )
        found.append(pd.DataFrame({"place_id": place_id, "id": areas.loc[inside, "id"]}))
    members = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["place_id", "id"])
    return members.sort_values(["place_id", "id"], ignore_index=True)


def catchment_profiles(
    places: pd.DataFrame,
    members: pd.DataFrame,
    areas: pd.DataFrame,
    access: pd.DataFrame,
    *,
    min_centres: int,
) -> pd.DataFrame:
    """Describe each catchment: totals of people, and the rates that options are ranked by.

    Parameters
    ----------
    places
        ``id, name``.
    members
        The result of `catchment_members`.
    areas
        The small areas with their counts.
    access
        ``id, n_within, jobs_within, jobs_per_worker`` of every small area.
    min_centres
        Centres that must be within reach.

    Returns
    -------
        One row per place, sorted by ``id``: ``small_areas``; totals ``residents, income_deprived,
        employment_deprived, unemployed, few_centres`` (residents with fewer than ``min_centres``);
        ``income_deprived_per_1000``, ``employment_deprived_per_1000``, ``few_centres_per_1000``,
        ``unemployed_per_1000``; and residents-weighted means ``jobs_within, jobs_per_worker``. An empty catchment
        has totals of zero and missing rates.
    """
    people = with_access(areas, access)
    people["few_centres"] = people["residents"].where(people["n_within"] < min_centres, 0)
    weighted = [f"_{name}" for name in _MEANS]
    people[weighted] = people[_MEANS].mul(people["residents"], axis=0).to_numpy()
    totals = [*_PEOPLE, "few_centres"]
    inside = members.merge(people, on="id", how="left", validate="many_to_one")
    sums = inside.groupby("place_id")[[*totals, *weighted]].sum()
    sums.insert(0, "small_areas", inside.groupby("place_id").size())
    profile = sums.reindex(sorted(places["id"])).rename_axis("id")
    profile[["small_areas", *totals]] = profile[["small_areas", *totals]].fillna(0)
    profile["small_areas"] = profile["small_areas"].astype("int64")
    for name in totals[1:]:
        profile[f"{name}_per_1000"] = per_1000(profile[name], profile["residents"])
    lived_in = profile["residents"].where(profile["residents"] > 0)
    profile[_MEANS] = profile[weighted].div(lived_in, axis=0).to_numpy()
    named = places[["id", "name"]].merge(profile.drop(columns=weighted).reset_index(), on="id")
    return named.sort_values("id", ignore_index=True)


def residents_counted_once(members: pd.DataFrame, areas: pd.DataFrame) -> tuple[int, int]:
    """Return the residents of all catchments together, each counted once, and those in more than one."""
    times = members["id"].value_counts()
    residents = areas.set_index("id")["residents"]
    return int(residents.loc[times.index].sum()), int(residents.loc[times.index[times > 1]].sum())
