"""Access laid over need and jobs: every ward's figures.

Residents who reach nothing stay in every denominator. Minutes are never averaged: a ward's minutes are the median over
its residents, the unreachable counted as infinite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.need.deprivation import ward_deprivation
from corridors.need.employment import ward_employment

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def weighted_median(values: ArrayLike, weights: ArrayLike) -> float:
    """Return the smallest value that at least half of the weight does not exceed.

    Parameters
    ----------
    values
        Numbers; +inf stands for the unreachable and takes part.
    weights
        Weights of zero or more, such as residents.

    Returns
    -------
        One of the values, or NaN when there is no weight at all.
    """
    return weighted_quantile(values, weights, share=0.5)


def weighted_quantile(values: ArrayLike, weights: ArrayLike, *, share: float) -> float:
    """Return the smallest value that at least a share of the weight does not exceed; see `weighted_median`."""
    value, weight = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if weight.sum() <= 0:
        return float("nan")
    order = np.argsort(value, kind="stable")
    running = np.cumsum(weight[order])
    # A sum of shares can miss a half by its last bit: the tolerance keeps an exact half a half.
    wanted = running[-1] * share * (1 - 1e-12)
    return float(value[order][np.searchsorted(running, wanted)])


def ward_access(
    access: pd.DataFrame,
    areas: pd.DataFrame,
    shares: pd.DataFrame,
    *,
    min_centres: int,
    minutes: list[str],
    means: list[str],
) -> pd.DataFrame:
    """Return access by ward, each small area counted by its residents' share in the ward.

    Parameters
    ----------
    access
        One row per small area: ``id, n_within`` and the columns named below.
    areas
        The small areas with ``residents``.
    shares
        The result of `corridors.tables.areas.ward_shares`.
    min_centres
        Centres that must be within reach.
    minutes
        Columns of minutes: residents-weighted medians, the unreachable kept as +inf.
    means
        Columns that are finite everywhere (shares, jobs): residents-weighted means.

    Returns
    -------
        ``ward_code``, ``residents``, ``residents_reaching``, ``share_reaching`` (0 to 1) and the named columns.
    """
    reached = with_access(areas, access)[["id", "residents", "n_within", *minutes, *means]]
    pieces = shares.merge(reached, on="id", how="left", validate="many_to_one")
    pieces["people"] = pieces["residents"] * pieces["share"]
    pieces["people_reaching"] = pieces["people"].where(pieces["n_within"] >= min_centres, 0.0)
    for name in means:
        pieces[name] = pieces[name] * pieces["people"]
    grouped = pieces.groupby("ward_code", sort=True)
    wards = grouped[["people", "people_reaching", *means]].sum()
    lived_in = wards["people"].where(wards["people"] > 0)
    wards["share_reaching"] = wards["people_reaching"] / lived_in
    wards[means] = wards[means].div(lived_in, axis=0)
    # Cut as arrays: a table per ward and column would take most of this function's time.
    people, members = pieces["people"].to_numpy(), [grouped.indices[code] for code in wards.index]
    for name in minutes:
        values = pieces[name].to_numpy()
        wards[name] = [weighted_median(values[at], people[at]) for at in members]
    wards = wards.rename(columns={"people": "residents", "people_reaching": "residents_reaching"})
    return wards[["residents", "residents_reaching", "share_reaching", *minutes, *means]].reset_index()


def ward_table(
    wards: pd.DataFrame, areas: pd.DataFrame, shares: pd.DataFrame, jobs: pd.DataFrame, reached: pd.DataFrame
) -> pd.DataFrame:
    """Put access, deprivation and employment of every ward side by side, one row per ward, sorted by code.

    Parameters
    ----------
    wards
        ``ward_code, ward_name, district_code, district``.
    areas, shares, jobs
        As for `corridors.need.deprivation.ward_deprivation` and `corridors.need.employment.ward_employment`.
    reached
        The result of `ward_access`.
    """
    table = wards
    for part in (reached, ward_deprivation(areas, shares), ward_employment(areas, shares, jobs)):
        table = table.merge(part, on="ward_code", how="left", validate="one_to_one")
    return table.sort_values("ward_code", ignore_index=True)


def with_access(areas: pd.DataFrame, access: pd.DataFrame) -> pd.DataFrame:
    """Put each small area's access beside its counts; every area must have exactly one row of access."""
    # A plain frame: nothing here needs the points, and geopandas would carry them through every sum.
    counts = pd.DataFrame(areas.drop(columns="geometry", errors="ignore"))
    new = access[["id", *[name for name in access.columns if name not in counts.columns]]]
    joined = counts.merge(new, on="id", how="left", validate="one_to_one", indicator="_joined")
    if not joined["_joined"].eq("both").all():
        raise ValueError("a small area has no row of access")
    return joined.drop(columns="_joined")
