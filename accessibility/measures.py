"""Measures of access over travel times: centres within reach, opportunities within reach, competition for them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import InputError, ParameterError
from accessibility.network import Network
from accessibility.routing import (
    Batch,
    Progress,
    all_seconds,
    ask,
    counts_within,
    each_batch,
    percentile_seconds,
)
from accessibility.statistics import as_minutes, check_cutoff, nearest_rank, percentile_of
from accessibility.window import parse_window


def centres_within(
    network: Network,
    origins: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    cutoff_min: float = 45,
    k: int = 3,
    statistic: str = "p50",
    max_time_min: float = 120,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many centres does each origin reach within the cutoff, and how many minutes to the k-th?

    Each centre's statistic over the departures comes first, then the count; so ``minutes_to_k`` is at most the cutoff
    exactly when ``n_within`` is at least `k`. The share of departures counts at each departure first and then takes the
    mean, which is another question (a mean over times of day, not a time at a typical departure): both are given.

    Parameters
    ----------
    network, origins, window, max_time_min, progress
        As for `accessibility.travel_times`.
    centres
        Points with ``id`` and optionally ``group``: rows of one group are the points of access of one centre.
    cutoff_min
        Minutes, inclusive.
    k
        How many centres are asked for.
    statistic
        ``p50`` (median), another ``pNN``, or ``best`` for the union over departures.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``n_within`` (count), ``minutes_to_k`` (+inf if fewer than `k` are reachable), ``share_departures`` (0 to
        1, departures at which at least `k` centres are within the cutoff), and one ``t_<centre>`` in minutes per centre.
        One row per origin, also for those that reach nothing.

    Raises
    ------
    InputError
        For points that cannot be used.
    ParameterError
        For a parameter out of range, or fewer than `k` centres.
    """
    check_cutoff(cutoff_min, max_time_min)
    question = ask(network, origins, centres, parse_window(window, max_time_min=max_time_min))
    names = question.swept.ids
    if not 1 <= k <= len(names):
        raise ParameterError(f"k is {k}, and there are {len(names)} centres to count")
    departures = question.window.departures
    rank = nearest_rank(percentile_of(statistic), departures)
    minutes = np.full((len(question.read.ids), len(names)), np.inf)
    reached = np.zeros((len(minutes), departures), dtype=np.uint16)

    def read(batch: Batch) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint16]]:
        seconds = all_seconds(question, batch)
        at_once = (seconds <= cutoff_min * 60).sum(axis=2).astype(np.uint16)
        return as_minutes(percentile_seconds(question, batch, ranks=[rank])[0]), at_once

    for lanes, (medians, at_once) in each_batch(question, read, progress=progress):
        minutes[:, lanes] = medians
        reached += at_once
    table = pd.DataFrame(
        {
            "id": question.read.ids,
            "n_within": (minutes <= cutoff_min).sum(axis=1),
            "minutes_to_k": np.partition(minutes, k - 1, axis=1)[:, k - 1],
            "share_departures": (reached >= k).mean(axis=1),
        }
    )
    return pd.concat([table, pd.DataFrame(minutes, columns=[f"t_{name}" for name in names])], axis=1)


def cumulative_opportunities(
    network: Network,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    opportunities: str = "jobs",
    cutoff_min: float = 45,
    statistic: str = "p50",
    demand: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many opportunities does each origin reach within the cutoff, and how many per person who competes?

    A point counts whole if its statistic over the departures (by default the median) is within the cutoff, and not at
    all otherwise. This is not the mean over departures of the opportunities reached at each.

    Parameters
    ----------
    network, origins, window, progress
        As for `accessibility.travel_times`.
    points
        Points with ``id`` and the column `opportunities`; rows of one ``group`` are one destination.
    opportunities
        Column of `points` to add up; it names the result's column.
    cutoff_min
        Minutes, inclusive.
    statistic
        ``p50``, another ``pNN``, or ``best``.
    demand
        Column of `origins` with those who compete. When given, a second column ``<opportunities>_per_<demand>`` holds
        the two-step floating catchment: each point's opportunities are shared among all who reach it within the
        cutoff, and each origin adds up the shares it reaches. Only the origins given compete.

    Returns
    -------
    pandas.DataFrame
        ``id``, `opportunities` and, with `demand`, ``<opportunities>_per_<demand>``; 0 where nothing is in reach.

    Raises
    ------
    InputError
        For points that cannot be used, an absent column, or values that are negative or no numbers.
    ParameterError
        For a parameter out of range.

    Notes
    -----
    Two-step floating catchment: Luo and Wang (2003), "Measures of spatial accessibility to health care in a GIS
    environment: synthesis and a case study in the Chicago region".
    """
    supply = _weights(points, opportunities, name="points")
    people = None if demand is None else _weights(origins, demand, name="origins")
    question = ask(network, origins, points, parse_window(window, max_time_min=cutoff_min))
    rank = nearest_rank(percentile_of(statistic), question.window.departures)
    lane_supply = np.bincount(question.swept.lane, weights=supply, minlength=len(question.swept.ids))
    total, shared = np.zeros(len(origins)), np.zeros(len(origins))

    def read(batch: Batch) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        # The nearest-rank percentile is within the cutoff exactly when that many departures are.
        counts = counts_within(question, batch, cutoff_s=question.window.max_time_s)
        within = (counts >= rank).astype(np.float64)
        here = lane_supply[batch.lanes]
        if people is None:
            return within @ here, shared
        competing = people @ within
        return within @ here, within @ np.divide(
            here, competing, out=np.zeros_like(here), where=competing > 0
        )

    for _, (reached, share) in each_batch(question, read, progress=progress):
        total += reached
        if demand is not None:
            shared += share
    table = pd.DataFrame({"id": origins["id"].to_numpy(), opportunities: total})
    if demand is not None:
        table[f"{opportunities}_per_{demand}"] = shared
    return table


def _weights(table: gpd.GeoDataFrame, column: str, *, name: str) -> npt.NDArray[np.float64]:
    if column not in table.columns:
        raise InputError(
            f"{name}: there is no column {column!r}; there are {', '.join(map(str, table.columns))}"
        )
    if not pd.api.types.is_numeric_dtype(table[column]):
        raise InputError(f"{name}: column {column!r} holds text where numbers are needed")
    values = table[column].to_numpy(dtype=float)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        raise InputError(
            f"{name}: {int(bad.sum())} of {len(values)} values of {column!r} are empty, infinite or negative"
        )
    return values
