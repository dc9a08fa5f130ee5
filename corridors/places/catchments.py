"""Who lives in the catchment of a corridor or a site, what they need and reach, and who lives in several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from accessibility.networks.walking import within_walk
from corridors.errors import JoinError
from corridors.need.deprivation import per_1000
from corridors.need.overlay import with_access
from corridors.places.checks import listed
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

_PEOPLE = ["residents", "income_deprived", "employment_deprived", "unemployed"]
_MEANS = ["jobs_within", "jobs_per_worker"]
_OVERLAP = [
    *("id_a", "name_a", "id_b", "name_b", "small_areas", "residents"),
    *("share_of_a", "share_of_b", "share_of_smaller"),
]


def catchment_members(
    places: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    max_walk_min: float,
    walk_speed_kmh: float,
    detour: float,
    crs: CRS | str,
) -> pd.DataFrame:
    """List the small areas in the catchment of each corridor or site.

    Parameters
    ----------
    places
        Corridors or sites with ``id`` and a geometry, in any CRS. Where columns ``wards`` or ``areas`` list codes
        (separated by ``;``), the catchment is those small areas, or the ones whose best-fit ward is listed; otherwise it
        is every small area whose point is within a walk of the line, point or polygon.
    areas
        Small areas with ``id`` and a point, in any CRS, and ``ward_code`` where wards are listed.
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
        When the places have no CRS, or one has neither a list nor a geometry.

    Examples
    --------
    >>> road = gpd.GeoDataFrame({"id": ["road"]}, geometry=homes.geometry[:1], crs=homes.crs)
    >>> corridors.catchment_members(road, homes, max_walk_min=15, walk_speed_kmh=4.8, detour=1.3, crs="EPSG:27700")
      place_id          id
    0     road  Wednesbury
    """
    if places.crs is None:
        raise JoinError("the places have no coordinate reference system, so no walk to them can be measured")
    found = []
    lists = listed_members(places, areas)
    for place_id, geometry in zip(places["id"], places.geometry, strict=True):
        if place_id in lists:
            found.append(pd.DataFrame({"place_id": place_id, "id": lists[place_id]}))
            continue
        if geometry is None:
            raise JoinError(f"place {place_id!r} has neither a geometry nor a list of wards or areas")
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
        ``id, n_within, jobs_within, jobs_per_worker`` of every small area, and ``jobs_within_error`` where it is known.
    min_centres
        Centres that must be within reach.

    Returns
    -------
        One row per place, sorted by ``id``: ``small_areas``; totals ``residents, income_deprived,
        employment_deprived, unemployed, few_centres`` (residents with fewer than ``min_centres``);
        ``income_deprived_per_1000``, ``employment_deprived_per_1000``, ``few_centres_per_1000``,
        ``unemployed_per_1000``; and residents-weighted means ``jobs_within, jobs_per_worker`` and, where given,
        ``jobs_within_error``: small areas of one catchment reach much the same jobs, so their errors do not cancel. An
        empty catchment has totals of zero and missing rates.

    Examples
    --------
    >>> corridors.catchment_profiles(places, members, areas, access, min_centres=3)  # doctest: +SKIP
    """
    means = [name for name in (*_MEANS, "jobs_within_error") if name in access.columns]
    people = with_access(areas, access)
    people["few_centres"] = people["residents"].where(people["n_within"] < min_centres, 0)
    weighted = [f"_{name}" for name in means]
    people[weighted] = people[means].mul(people["residents"], axis=0).to_numpy()
    totals = [*_PEOPLE, "few_centres"]
    inside = members.merge(people, on="id", how="left", validate="many_to_one")
    sums = inside.groupby("place_id")[[*totals, *weighted]].sum()
    sums.insert(0, "small_areas", inside.groupby("place_id").size())
    profile = sums.reindex(sorted(places["id"])).rename_axis("id")
    profile[["small_areas", *totals]] = profile[["small_areas", *totals]].fillna(0)
    profile["small_areas"] = profile["small_areas"].astype("int64")
    # What the study does not have is missing, not nought.
    profile[[name for name in totals if people[name].isna().all()]] = float("nan")
    for name in totals[1:]:
        profile[f"{name}_per_1000"] = per_1000(profile[name], profile["residents"])
    lived_in = profile["residents"].where(profile["residents"] > 0)
    profile[means] = profile[weighted].div(lived_in, axis=0).to_numpy()
    named = places[["id", "name"]].merge(profile.drop(columns=weighted).reset_index(), on="id")
    return named.sort_values("id", ignore_index=True)


def with_costs(profiles: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Put the costs of places beside their profiles, and what is had for them.

    Parameters
    ----------
    profiles
        The result of `catchment_profiles`.
    places
        ``id`` and, where known, ``cost_m_low, cost_m_central, cost_m_high`` (£ million).

    Returns
    -------
        The profiles with the three costs and ``income_deprived_per_m`` (Income-deprived residents of the catchment per
        £ million of the central cost); missing where a cost is not known, or is nought, by which nothing can be divided.
    """
    costs = [f"cost_m_{end}" for end in ("low", "central", "high")]
    known = places.set_index("id").reindex(index=profiles["id"], columns=costs).astype(float)
    table = profiles.assign(**{name: known[name].to_numpy() for name in costs})
    central = table["cost_m_central"]
    return table.assign(income_deprived_per_m=table["income_deprived"] / central.where(central > 0))


def listed_members(places: pd.DataFrame, areas: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """Return the ids of the small areas of each place that is a list of wards or of small areas, by the place's id."""
    found = {}
    for column, code in (("wards", "ward_code"), ("areas", "id")):
        if column in places.columns:
            for place_id, codes in zip(places["id"], places[column].map(listed), strict=True):
                if codes:
                    found[place_id] = areas.loc[areas[code].isin(codes), "id"]
    return found


def residents_counted_once(members: pd.DataFrame, areas: pd.DataFrame) -> tuple[int, int]:
    """Return the residents of all catchments together, each counted once, and those in more than one."""
    totals = counted_once(members, areas, columns=["residents"]).iloc[0]
    return int(totals["once"]), int(totals["in_several"])


def counted_once(members: pd.DataFrame, values: pd.DataFrame, *, columns: list[str]) -> pd.DataFrame:
    """Total people or gains over several catchments without counting anybody twice.

    Parameters
    ----------
    members
        The result of `catchment_members`.
    values
        ``id`` of every small area, and the columns to total: counts of people, or gains of a scheme, never rates.
    columns
        Which columns.

    Returns
    -------
        One row per column, in the order given: ``column``; ``added``, the sum of the catchments' own totals;
        ``once``, each small area counted once; ``in_several``, the part of ``once`` in more than one catchment; and
        ``counted_again``, what adding the rows would count too much (``added - once``). No members give zeros.

    Raises
    ------
    JoinError
        When a member has no values.
    """
    refuse_unmatched(
        members["id"], values["id"], what="small areas of catchments", missing_from="the figures"
    )
    times = members["id"].value_counts()
    table = values.set_index("id")[columns].loc[times.index]
    totals = {
        "column": columns,
        "added": [table[name].mul(times).sum() for name in columns],
        "once": [table[name].sum() for name in columns],
        "in_several": [table[name][times > 1].sum() for name in columns],
    }
    frame = pd.DataFrame(totals)
    return frame.assign(counted_again=frame["added"] - frame["once"])


def catchment_overlaps(places: pd.DataFrame, members: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Name every pair of catchments that share residents, and how many.

    Parameters
    ----------
    places
        ``id, name``.
    members
        The result of `catchment_members`.
    areas
        The small areas, with ``id`` and ``residents``.

    Returns
    -------
        One row per pair that shares a small area: ``id_a, name_a, id_b, name_b`` (``id_a`` before ``id_b``),
        ``small_areas, residents`` shared, ``share_of_a, share_of_b`` of each one's residents (0 to 1, NaN where a
        catchment holds nobody) and ``share_of_smaller``, the larger of the two. Most residents first, then by ids;
        empty where no two overlap.
    """
    lived = members.merge(areas[["id", "residents"]], on="id", validate="many_to_one")
    pairs = lived.merge(lived, on=["id", "residents"], suffixes=("_a", "_b"))
    pairs = pairs[pairs["place_id_a"] < pairs["place_id_b"]]
    shared = (
        pairs.groupby(["place_id_a", "place_id_b"])
        .agg(small_areas=("id", "size"), residents=("residents", "sum"))
        .reset_index()
        .rename(columns={"place_id_a": "id_a", "place_id_b": "id_b"})
    )
    totals, names = lived.groupby("place_id")["residents"].sum(), places.set_index("id")["name"]
    for side in ("a", "b"):
        whole = shared[f"id_{side}"].map(totals).astype(float)
        shared[f"share_of_{side}"] = shared["residents"] / whole.where(whole > 0)
        shared[f"name_{side}"] = shared[f"id_{side}"].map(names)
    shared["share_of_smaller"] = shared[["share_of_a", "share_of_b"]].max(axis=1)
    ordered = shared.sort_values(["residents", "id_a", "id_b"], ascending=[False, True, True])
    return ordered[_OVERLAP].reset_index(drop=True)


def greedy_cover(places: pd.DataFrame, members: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Order catchments so that each next one adds most residents not yet counted.

    Taking the largest addition each time reaches at least 1 - 1/e (63 per cent) of what the best set of the same size
    reaches (Nemhauser, Wolsey and Fisher, 1978, Mathematical Programming 14, 265-294).

    Parameters
    ----------
    places
        ``id, name``.
    members
        The result of `catchment_members`.
    areas
        The small areas, with ``id`` and ``residents``.

    Returns
    -------
        One row per place: ``order`` from 1, ``id, name``, ``residents`` of its catchment, ``added`` (those in none of
        the rows above), ``together`` (all rows so far, each resident once) and ``share`` of everybody in any catchment
        (NaN where there is nobody). Ties go to the id that sorts first; places that add nobody come last.
    """
    residents = areas.set_index("id")["residents"]
    names = places.set_index("id")["name"]
    catchments = {place: residents.loc[[]] for place in sorted(names.index)}
    catchments |= {str(place): residents.loc[ids] for place, ids in members.groupby("place_id")["id"]}
    rows: list[tuple[int, str, str, int, int, int]] = []
    counted, left, together = set[str](), dict(catchments), 0
    while left:
        new = {place: int(people[~people.index.isin(counted)].sum()) for place, people in left.items()}
        best = min(new, key=lambda place: (-new[place], place))
        counted |= set(left.pop(best).index)
        together += new[best]
        rows.append((len(rows) + 1, best, names[best], int(catchments[best].sum()), new[best], together))
    table = pd.DataFrame(rows, columns=["order", "id", "name", "residents", "added", "together"])
    return table.assign(share=table["together"] / (together or float("nan")))
