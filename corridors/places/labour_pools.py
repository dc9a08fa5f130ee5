"""Sites: who can get there, what they are near, and what a scheme does to both.

The labour pool of a site is everyone who lives within so many minutes of it, travelling to it: origins are the small
areas, the site is the destination. Pools of neighbouring sites overlap, and theirs are the same people: never add them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

import accessibility as acc
from accessibility.errors import ParameterError
from accessibility.statistics import check_cutoff, percentile_of
from corridors.access.services import minutes_to_services
from corridors.places.places import site_points
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridors.inputs import Inputs
    from corridors.study import Study

#: Groups of residents counted in a pool, where the table of small areas has them. They overlap.
GROUPS: Final = (
    "residents",
    "aged_16_64",
    "econ_active",
    "unemployed",
    "income_deprived",
    "employment_deprived",
)
HS2: Final = "hs2"
_MINUTES: Final = "minutes_to_"


def labour_pools(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    study: Study,
    *,
    cutoff_min: float = 45,
) -> pd.DataFrame:
    """Ask who lives within so many minutes of each site, travelling to it.

    Parameters
    ----------
    network
        Timetable and walks.
    areas
        Points with ``id``, ``residents`` and further `GROUPS`.
    sites
        ``id, name`` and a point, or a polygon, which is reached at a point inside it.
    study
        Gives window, statistic and longest journey.
    cutoff_min
        Minutes door to door, inclusive.

    Returns
    -------
        ``id, name, small_areas`` (within reach) and the people of each group who live there; one row per site, sorted by
        ``id``, zeros where nobody can get there.

    Raises
    ------
    ParameterError
        For a cutoff that is not above 0 or is longer than the longest journey.
    """
    check_cutoff(cutoff_min, study.journey.max_time_min)
    within = _minutes(network, areas, site_points(sites), study, max_time_min=cutoff_min) <= cutoff_min
    pools = sites[["id", "name"]].reset_index(drop=True)
    pools["small_areas"] = within.sum(axis=0)
    for group in [name for name in GROUPS if name in areas.columns]:
        pools[group] = areas[group].to_numpy(dtype=np.float64) @ within
    return pd.DataFrame(pools).sort_values("id", ignore_index=True)


def site_minutes(
    network: acc.Network, inputs: Inputs, study: Study, *, services: gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """Ask how many minutes it is from each site to every centre, to the HS2 stations and to services.

    Parameters
    ----------
    network
        Timetable and walks.
    inputs
        Sites, centres and stations; those of kind ``hs2`` count, also while they are planned: it is then the way to where
        the station will stand.
    study
        Gives window, statistic and longest journey.
    services
        As `corridors.access.services.read_services` gives them: minutes to the nearest of each kind are added.

    Returns
    -------
        ``id, name``; ``minutes_to_centre_<centre>``, centres sorted; ``minutes_to_hs2_<station>``; and
        ``minutes_to_<kind>`` of each kind of service. +inf where there is no journey. One row per site, sorted by ``id``.
    """
    sites = site_points(inputs.sites).sort_values("id", ignore_index=True)
    table = pd.DataFrame(sites[["id", "name"]])
    points = _centres_and_hs2(inputs)
    if len(points) and len(sites):
        minutes = _minutes(network, sites, points, study, max_time_min=study.journey.max_time_min)
        names = list(dict.fromkeys(points["group"]))
        # Centres first, then HS2, each by name: as the prefixes sort.
        table = table.assign(**{name: minutes[:, names.index(name)] for name in sorted(names)})
    if services is not None and len(services):
        near = minutes_to_services(network, sites, services, study)
        table = table.merge(near, on="id", how="left", validate="one_to_one")
    return table


def site_table(
    network: acc.Network,
    inputs: Inputs,
    study: Study,
    *,
    services: gpd.GeoDataFrame | None = None,
    cutoff_min: float = 45,
) -> pd.DataFrame:
    """Put each site's labour pool and minutes side by side; see `labour_pools` and `site_minutes`."""
    pools = labour_pools(network, inputs.areas, inputs.sites, study, cutoff_min=cutoff_min)
    minutes = site_minutes(network, inputs, study, services=services).drop(columns="name")
    return pools.merge(minutes, on="id", how="left", validate="one_to_one")


def site_changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Hold the sites' tables with and without a scheme against each other.

    Parameters
    ----------
    before, after
        Results of `site_table` (or of `labour_pools`, or of `site_minutes`) for the same sites.

    Returns
    -------
        ``id, name, measure, before, after, change`` (after less before): a row for every figure of every site, by site,
        figures in the order of their table. A change of minutes is -inf where a place comes within reach at all, +inf
        where it falls out, and 0 where it is out of reach on both sides.

    Raises
    ------
    JoinError
        When the tables do not name the same sites.
    ParameterError
        When they do not hold the same figures.
    """
    refuse_unmatched(before["id"], after["id"], what="sites", missing_from="the table after")
    refuse_unmatched(after["id"], before["id"], what="sites", missing_from="the table before")
    if list(before.columns) != list(after.columns):
        odd = sorted(set(before.columns) ^ set(after.columns))
        raise ParameterError(
            f"the tables before and after do not hold the same figures: {', '.join(odd) or 'their order'}"
        )
    sides = [_long(table) for table in (before, after)]
    table = sides[0].rename(columns={"value": "before"}).assign(after=sides[1]["value"].to_numpy())
    one, other = table["before"].to_numpy(), table["after"].to_numpy()
    change = np.zeros(len(table))
    np.subtract(other, one, out=change, where=np.isfinite(one) | np.isfinite(other))
    return table.assign(change=change)


def sites_sentence(changes: pd.DataFrame, *, cutoff_min: float = 45, name: str = "") -> str:
    """Say which site's pool grows most, and whether one shrinks."""
    people = "aged_16_64" if (changes["measure"] == "aged_16_64").any() else "residents"
    pools = changes[changes["measure"] == people].sort_values(["change", "id"], ascending=[False, True])
    if pools.empty or (pools["change"] == 0).all():
        return (
            f"No site's labour pool within {cutoff_min:g} minutes changes{f' with {name}' if name else ''}."
        )
    gains = pools["change"].iloc[0] > 0
    most = pools.iloc[0 if gains else -1]
    fewer = int((pools["change"] < 0).sum())
    who = "residents aged 16 to 64" if people == "aged_16_64" else "residents"
    return (
        f"{f'With {name} ' if name else ''}{most['name']} {'gains' if gains else 'loses'} most: {most['before']:,.0f} {who} "
        f"within {cutoff_min:g} minutes become {most['after']:,.0f}. Of {len(pools)} sites' pools {fewer} shrink. Pools overlap "
        "and must not be added."
    )


def _centres_and_hs2(inputs: Inputs) -> gpd.GeoDataFrame:
    """Put centres and HS2 stations into one table, so that one sweep answers for both; its groups are column names."""
    parts = []
    stations = inputs.stations[inputs.stations["kind"] == HS2]
    for kind, points in (("centre", inputs.centres), (HS2, stations)):
        names = points["group"] if "group" in points.columns else points["id"]
        part = points[["geometry"]].assign(
            id=f"{kind}/" + points["id"].astype(str),
            group=f"{_MINUTES}{kind}_" + names.astype(str).str.replace("-", "_"),
        )
        parts.append(part)
    # Both tables are read in EPSG:4326; concat refuses two that are not of one CRS.
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True))


def _minutes(
    network: acc.Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    study: Study,
    *,
    max_time_min: float,
) -> NDArray[np.float64]:
    """Minutes by the study's statistic: (origins, destinations), the rows of one group as one, in order of appearance."""
    groups = destinations["group"] if "group" in destinations.columns else destinations["id"]
    count = groups.nunique()
    if not len(origins) or not count:
        return np.full((len(origins), count), np.inf)
    columns = ["id", "geometry", *(["group"] if "group" in destinations.columns else [])]
    percentile = int(percentile_of(study.journey.statistic))
    times = acc.travel_times(
        network,
        origins[["id", "geometry"]],
        destinations[columns],
        window=study.journey.window,
        percentiles=[percentile],
        max_time_min=max_time_min,
    )
    return times[f"travel_time_p{percentile:02d}"].to_numpy().reshape(len(origins), count)


def _long(table: pd.DataFrame) -> pd.DataFrame:
    """One row per site and figure, sites sorted, figures in the order of the columns."""
    figures = [name for name in table.columns if name not in ("id", "name")]
    ordered = table.sort_values("id", ignore_index=True)
    return pd.DataFrame(
        {
            "id": np.repeat(ordered["id"].to_numpy(), len(figures)),
            "name": np.repeat(ordered["name"].to_numpy(), len(figures)),
            "measure": np.tile(np.array(figures, dtype=object), len(ordered)),
            "value": ordered[figures].to_numpy(dtype=np.float64).ravel(),
        }
    )
