"""Measures of access: centres within reach, opportunities within reach, competition for them, time to the n-th."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.decay import Decay
from accessibility.engine.routing import Batch, ask, each_batch, percentile_seconds, seconds_by_chunk
from accessibility.errors import InputError, ParameterError
from accessibility.measures.opportunities import (
    Decayed,
    Measure,
    PerCompetitor,
    Reachable,
    ShareWithin,
    TimeToNth,
    Weigher,
    Within,
    opportunity_measures,
)
from accessibility.networks.network import Network
from accessibility.statistics import (
    as_minutes,
    check_cutoff,
    is_number,
    is_whole,
    nearest_rank,
    numbers_of,
    percentile_of,
)
from accessibility.threads import Progress
from accessibility.window import parse_window, whole_seconds


def centres_within(
    network: Network,
    origins: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    cutoff_min: float = 45,
    k: int = 3,
    statistic: str = "p50",
    near_miss_min: float = 5,
    max_time_min: float = 120,
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many centres does each origin reach within the cutoff, and how many minutes to the k-th?

    Each centre's statistic over the departures comes first, then the count; so ``minutes_to_k`` is at most the cutoff
    exactly when ``n_within`` is at least `k`. The share of departures counts at each departure first and then takes the
    mean, which is another question (a mean over times of day, not a time at a typical departure): both are given.

    Parameters
    ----------
    network, origins, window, max_time_min, max_rides, progress
        As for `accessibility.travel_times`.
    centres
        Points with ``id`` and optionally ``group``: rows of one group are the points of access of one centre.
    cutoff_min
        Minutes, inclusive.
    k
        How many centres are asked for.
    statistic
        ``p50`` (median), another ``pNN``, or ``best`` for the union over departures.
    near_miss_min
        How many minutes beyond the cutoff a centre still counts as nearly reached.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``n_within`` (count), ``n_near`` (centres beyond the cutoff by at most `near_miss_min`), ``minutes_to_k``
        (+inf if fewer than `k` are reachable), ``share_departures`` (0 to 1, departures at which at least `k` centres are
        within the cutoff), and one ``t_<centre>`` in minutes per centre. One row per origin, also for those that reach
        nothing.

    Raises
    ------
    InputError
        For points that cannot be used, or centres whose ids are written alike, such as 1 and "1".
    ParameterError
        For a parameter out of range, or fewer than `k` centres.

    Examples
    --------
    >>> reach = acc.centres_within(network, homes, centres, window=peak, cutoff_min=30, k=2)
    >>> reach[["id", "n_within", "minutes_to_k"]].round(1)
                  id  n_within  minutes_to_k
    0     Wednesbury         1          30.4
    1  West Bromwich         1          32.6
    2       Far away         0           inf
    """
    check_cutoff(cutoff_min, max_time_min)
    if not (is_number(near_miss_min) and 0 <= near_miss_min < np.inf):
        raise ParameterError(f"near_miss_min is {near_miss_min}; it must be a number of minutes, 0 or more")
    if not is_whole(k):
        raise ParameterError(f"k is {k!r}; it must be a whole number of centres")
    percentile = percentile_of(statistic)
    question = ask(
        network, origins, centres, parse_window(window, max_time_min=max_time_min), max_rides=max_rides
    )
    names = question.swept.ids
    columns = _centre_columns(names)
    if not 1 <= k <= len(names):
        raise ParameterError(f"k is {k}, and there are {len(names)} centres to count")
    departures = question.window.departures
    rank = nearest_rank(percentile, departures)
    minutes = np.full((len(question.read.ids), len(names)), np.inf)
    reached = np.zeros((len(minutes), departures), dtype=np.uint16)
    cutoff_s = whole_seconds(cutoff_min)

    def read(batch: Batch) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint16]]:
        at_once = np.empty_like(reached)
        for rows, seconds in seconds_by_chunk(question, batch):
            at_once[rows] = (seconds <= cutoff_s).sum(axis=2)
        return as_minutes(percentile_seconds(question, batch, ranks=[rank])[0]), at_once

    for lanes, (times, at_once) in each_batch(question, read, progress=progress):
        minutes[:, lanes] = times
        reached += at_once
    table = pd.DataFrame(
        {
            "id": question.read.ids,
            "n_within": (minutes <= cutoff_min).sum(axis=1),
            "n_near": ((minutes > cutoff_min) & (minutes <= cutoff_min + near_miss_min)).sum(axis=1),
            "minutes_to_k": np.partition(minutes, k - 1, axis=1)[:, k - 1],
            "share_departures": (reached >= k).mean(axis=1),
        }
    )
    return pd.concat([table, pd.DataFrame(minutes, columns=columns)], axis=1)


def _centre_columns(names: npt.NDArray[np.object_]) -> list[str]:
    """Name the centres' columns, or refuse ids that differ in type alone and would share one."""
    taken: dict[str, object] = {}
    for name in names:
        column = f"t_{name}"
        if column in taken:
            raise InputError(
                f"centres: ids {taken[column]!r} and {name!r} would both fill column {column!r}; rename one"
            )
        taken[column] = name
    return list(taken)


def cumulative_opportunities(
    network: Network,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    opportunities: str = "jobs",
    cutoff_min: float | Sequence[float] = 45,
    statistic: str = "p50",
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many opportunities does each origin reach within the cutoff?

    With a percentile, a point counts whole if its time over the departures (by default the median) is within the
    cutoff, and not at all otherwise: what one reaches at a typical departure. With ``statistic="mean"`` it is the mean over
    departures of the opportunities reached at each. The two differ; print which.

    Parameters
    ----------
    network, origins, window, max_rides, progress
        As for `accessibility.travel_times`.
    points
        Points with ``id`` and the column `opportunities`; rows of one ``group`` are one destination.
    opportunities
        Column of `points` to add up; it names the result's column.
    cutoff_min
        Minutes, inclusive; several are answered in one pass.
    statistic
        ``p50``, another ``pNN``, ``best``, or ``mean`` over departures.

    Returns
    -------
    pandas.DataFrame
        ``id`` and `opportunities`, or with several cutoffs ``<opportunities>_<minutes>`` for each; 0 where nothing is in
        reach.

    Raises
    ------
    InputError
        For points that cannot be used, an absent column, or values that are negative or no numbers.
    ParameterError
        For a parameter out of range.

    Examples
    --------
    >>> acc.cumulative_opportunities(network, homes, centres, opportunities="jobs", window=peak, cutoff_min=30)
                  id    jobs
    0     Wednesbury   400.0
    1  West Bromwich  1000.0
    2       Far away     0.0
    """
    cutoffs = numbers_of(cutoff_min, name="cutoff_min")
    if not cutoffs:
        raise ParameterError("no cutoff was given; 45 is the usual one")
    several = not is_number(cutoff_min)
    weigher: type[Within | ShareWithin] = ShareWithin if statistic == "mean" else Within
    measures: list[Measure] = [
        Reachable(f"{opportunities}_{cutoff:g}" if several else opportunities, opportunities, weigher(cutoff))
        for cutoff in cutoffs
    ]
    return opportunity_measures(
        network, origins, points, measures, window=window, statistic="p50" if statistic == "mean" else statistic,
        max_time_min=max(cutoffs), max_rides=max_rides, progress=progress,
    )  # fmt: skip


def gravity(
    network: Network,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    decay: Decay,
    opportunities: str = "jobs",
    statistic: str = "p50",
    max_time_min: float = 120,
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many opportunities does each origin reach, the farther the less they count?

    Parameters
    ----------
    network, origins, window, max_time_min, max_rides, progress
        As for `accessibility.travel_times`.
    points, opportunities, statistic
        As for `cumulative_opportunities`.
    decay
        From minutes to weights; `accessibility.decay` makes the usual ones.

    Returns
    -------
    pandas.DataFrame
        ``id`` and `opportunities`: the sum of opportunities times decay of the time to them.

    Raises
    ------
    InputError, ParameterError
        As for `cumulative_opportunities`; also for a decay function that gives negative or infinite weights.

    Notes
    -----
    Hansen (1959), "How accessibility shapes land use".

    Examples
    --------
    >>> decay = acc.decay.exponential(half_min=20)
    >>> acc.gravity(network, homes, centres, window=peak, decay=decay).round(1)
                  id   jobs
    0     Wednesbury  534.1
    1  West Bromwich  543.5
    2       Far away    0.0
    """
    measure = Reachable(opportunities, opportunities, Decayed(decay))
    return opportunity_measures(
        network, origins, points, [measure], window=window, statistic=statistic, max_time_min=max_time_min,
        max_rides=max_rides, progress=progress,
    )  # fmt: skip


def competition(
    network: Network,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    opportunities: str = "jobs",
    demand: str,
    cutoff_min: float = 45,
    decay: Decay | None = None,
    statistic: str = "p50",
    max_time_min: float = 120,
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many opportunities does each origin reach per person who competes for them?

    Each point's opportunities are shared out among all who reach it, and each origin adds up the shares it reaches.
    Only the origins given compete.

    Parameters
    ----------
    network, origins, window, max_time_min, max_rides, progress
        As for `accessibility.travel_times`.
    points, opportunities, statistic
        As for `cumulative_opportunities`.
    demand
        Column of `origins` with those who compete.
    cutoff_min
        Minutes within which a point counts, where there is no `decay`.
    decay
        Weights by minutes in place of the cutoff, in both steps.

    Returns
    -------
    pandas.DataFrame
        ``id``; ``<opportunities>_per_<demand>``, the two-step floating catchment; ``<opportunities>_available``, that times
        the origin's own demand (spatial availability), which adds up to all opportunities that anyone reaches.

    Raises
    ------
    InputError, ParameterError
        As for `cumulative_opportunities`.

    Notes
    -----
    Luo and Wang (2003), "Measures of spatial accessibility to health care in a GIS environment"; with decay, Luo and
    Qi (2009), "An enhanced two-step floating catchment area method"; Soukhov, Páez, Higgins and Mohamed (2023),
    "Introducing spatial availability, a singly-constrained measure of competitive accessibility".

    Examples
    --------
    >>> acc.competition(network, homes, centres, window=peak, demand="workers").round(2)
                  id  jobs_per_workers  jobs_available
    0     Wednesbury               3.5           525.0
    1  West Bromwich               3.5           875.0
    2       Far away               0.0             0.0
    """
    weigher: Weigher = Within(cutoff_min) if decay is None else Decayed(decay)
    measure = PerCompetitor(
        f"{opportunities}_per_{demand}",
        opportunities,
        demand,
        weigher,
        available=f"{opportunities}_available",
    )
    return opportunity_measures(
        network, origins, points, [measure], window=window, statistic=statistic,
        max_time_min=cutoff_min if decay is None else max_time_min, max_rides=max_rides, progress=progress,
    )  # fmt: skip


def time_to_nth(
    network: Network,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    n: float,
    opportunities: str = "jobs",
    statistic: str = "p50",
    max_time_min: float = 120,
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How many minutes until each origin has `n` opportunities within reach?

    Parameters
    ----------
    network, origins, window, max_time_min, max_rides, progress
        As for `accessibility.travel_times`.
    points, opportunities, statistic
        As for `cumulative_opportunities`.
    n
        How many opportunities.

    Returns
    -------
    pandas.DataFrame
        ``id`` and ``minutes_to_n``: whole minutes, rounded up; +inf if `max_time_min` is not enough.

    Raises
    ------
    InputError, ParameterError
        As for `cumulative_opportunities`.

    Notes
    -----
    Also called dual access: Cui and Levinson (2020), "Primal and dual access".

    Examples
    --------
    >>> acc.time_to_nth(network, homes, centres, window=peak, n=1200)
                  id  minutes_to_n
    0     Wednesbury          31.0
    1  West Bromwich          33.0
    2       Far away           inf
    """
    measure = TimeToNth("minutes_to_n", opportunities, n)
    return opportunity_measures(
        network, origins, points, [measure], window=window, statistic=statistic, max_time_min=max_time_min,
        max_rides=max_rides, progress=progress,
    )  # fmt: skip
