"""Measures over many destinations, added up batch by batch, so that the matrix of times never exists.

A batch holds every origin against a few destinations. That is all a destination's competitors, so even measures that
share a destination out among those who reach it need one pass.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.decay import Decay, FloatArray
from accessibility.engine.routing import Batch, Question, ask, counts_within, each_batch, percentile_seconds
from accessibility.errors import InputError, ParameterError
from accessibility.networks.network import Network
from accessibility.statistics import (
    as_minutes,
    check_cutoff,
    nearest_rank,
    percentile_of,
)
from accessibility.threads import Progress
from accessibility.window import parse_window, whole_seconds


class Weigher(ABC):
    """How a measure weighs a batch's destinations, given what a reader can tell about them."""

    @abstractmethod
    def weights(self, batch: BatchTimes) -> FloatArray:
        """Weights of (origins, lanes): 0 where a destination does not count."""


class BatchTimes:
    """Minutes and counts of one batch, each worked out at most once and only if a measure asks for it."""

    def __init__(self, question: Question, batch: Batch, rank: int) -> None:
        """Remember where to read from; nothing is read yet."""
        self._question, self._batch, self._rank = question, batch, rank
        self._minutes: FloatArray | None = None
        self._counts: dict[int, npt.NDArray[np.uint16]] = {}
        self.lanes = batch.lanes

    def minutes(self) -> FloatArray:
        """Minutes by the question's statistic, +inf where unreachable."""
        if self._minutes is None:
            self._minutes = as_minutes(percentile_seconds(self._question, self._batch, ranks=[self._rank])[0])
        return self._minutes

    def within(self, cutoff_min: float) -> FloatArray:
        """1 where the statistic is within the cutoff; nearest-rank percentiles are exactly when that many minutes are."""
        return (self._count(cutoff_min) >= self._rank).astype(np.float64)

    def share_within(self, cutoff_min: float) -> FloatArray:
        """Share of the window's minutes at which the time is within the cutoff."""
        return self._count(cutoff_min) / self._question.window.departures

    def _count(self, cutoff_min: float) -> npt.NDArray[np.uint16]:
        cutoff_s = whole_seconds(cutoff_min)
        if cutoff_s not in self._counts:
            self._counts[cutoff_s] = counts_within(self._question, self._batch, cutoff_s=cutoff_s)
        return self._counts[cutoff_s]


@dataclass(frozen=True)
class Within(Weigher):
    """Count a destination whole if its statistic over the window is within the cutoff.

    Examples
    --------
    >>> acc.Within(45)
    Within(cutoff_min=45)
    """

    cutoff_min: float

    def weights(self, batch: BatchTimes) -> FloatArray:
        """1 or 0."""
        return batch.within(self.cutoff_min)


@dataclass(frozen=True)
class ShareWithin(Weigher):
    """Count a destination by the share of the window's minutes at which it is within the cutoff.

    Examples
    --------
    >>> share = acc.Reachable("jobs", "jobs", acc.ShareWithin(30))
    >>> acc.opportunity_measures(network, homes, centres, [share], window=peak).round(1)
                  id    jobs
    0     Wednesbury   775.0
    1  West Bromwich  1053.3
    2       Far away     0.0
    """

    cutoff_min: float

    def weights(self, batch: BatchTimes) -> FloatArray:
        """0 to 1."""
        return batch.share_within(self.cutoff_min)


@dataclass(frozen=True)
class Decayed(Weigher):
    """Count a destination by a decay function of its statistic over the window.

    Examples
    --------
    >>> acc.Reachable("near_jobs", "jobs", acc.Decayed(acc.decay.linear(zero_min=60))).name
    'near_jobs'
    """

    decay: Decay

    def weights(self, batch: BatchTimes) -> FloatArray:
        """Whatever the function gives, which must be finite and not negative."""
        minutes = batch.minutes()
        weights = np.asarray(self.decay(minutes), dtype=np.float64)
        if weights.shape != minutes.shape or not (np.isfinite(weights) & (weights >= 0)).all():
            raise ParameterError(
                "the decay function gave values that are negative, not finite or of another shape"
            )
        return weights


@dataclass(frozen=True)
class Reachable:
    """How many opportunities are reached: weights times opportunities, added up. Column `name`.

    Examples
    --------
    >>> jobs = acc.Reachable("jobs_45", "jobs", acc.Within(45))
    >>> acc.opportunity_measures(network, homes, centres, [jobs], window=peak)
                  id  jobs_45
    0     Wednesbury   1400.0
    1  West Bromwich   1400.0
    2       Far away      0.0
    """

    name: str
    opportunities: str
    weigher: Weigher


@dataclass(frozen=True)
class PerCompetitor:
    """How many opportunities are reached per person who competes for them (two-step floating catchment).

    Each destination's opportunities are shared out over all who reach it, by weight; each origin adds up the shares it
    reaches, by weight. Columns `name` and, if `available` is set, that times the origin's own demand: the opportunities
    available to the origin, which over all origins add up to all that anyone reaches (spatial availability).

    Examples
    --------
    >>> each = acc.PerCompetitor("jobs_each", "jobs", "workers", acc.Within(45))
    >>> acc.opportunity_measures(network, homes, centres, [each], window=peak).round(2)
                  id  jobs_each
    0     Wednesbury        3.5
    1  West Bromwich        3.5
    2       Far away        0.0
    """

    name: str
    opportunities: str
    demand: str
    weigher: Weigher
    available: str | None = None


@dataclass(frozen=True)
class TimeToNth:
    """Minutes to the n-th nearest opportunity, rounded up to the whole minute; +inf if there are fewer. Column `name`.

    Examples
    --------
    >>> hundred = acc.TimeToNth("minutes_to_100_jobs", "jobs", 100)
    >>> acc.opportunity_measures(network, homes, centres, [hundred], window=peak)
                  id  minutes_to_100_jobs
    0     Wednesbury                 23.0
    1  West Bromwich                 26.0
    2       Far away                  inf
    """

    name: str
    opportunities: str
    n: float


Measure = Reachable | PerCompetitor | TimeToNth


@dataclass
class _Sums:
    """What has been added up for one measure, and the weights it needs."""

    measure: Measure
    supply: FloatArray
    demand: FloatArray | None
    total: FloatArray = field(default_factory=lambda: np.zeros(0))


def opportunity_measures(
    network: Network,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    measures: Sequence[Measure],
    *,
    window: tuple[str, str],
    statistic: str = "p50",
    max_time_min: float = 120,
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Several measures of access to the same points, in one pass.

    Parameters
    ----------
    network, origins, window, max_time_min, max_rides, progress
        As for `accessibility.travel_times`.
    points
        Points with ``id`` and the columns that the measures name; rows of one ``group`` are one destination.
    measures
        `Reachable`, `PerCompetitor` or `TimeToNth`, each with the name of its column.
    statistic
        What a destination's time is over the window: ``p50`` (median), another ``pNN``, or ``best``.

    Returns
    -------
    pandas.DataFrame
        ``id`` and the measures' columns, one row per origin, also for those that reach nothing.

    Raises
    ------
    InputError
        For points that cannot be used, an absent column, or values that are negative or no numbers.
    ParameterError
        For a parameter out of range, a cutoff beyond `max_time_min`, or two measures of one name.

    Examples
    --------
    >>> asked = [
    ...     acc.Reachable("jobs_30", "jobs", acc.Within(30)),
    ...     acc.Reachable("jobs_45", "jobs", acc.Within(45)),
    ... ]
    >>> acc.opportunity_measures(network, homes, centres, asked, window=peak)
                  id  jobs_30  jobs_45
    0     Wednesbury    400.0   1400.0
    1  West Bromwich   1000.0   1400.0
    2       Far away      0.0      0.0
    """
    columns = [name for measure in measures for name in _columns(measure)]
    if len(set(columns)) < len(columns):
        raise ParameterError(
            f"two measures would both fill {min(n for n in columns if columns.count(n) > 1)!r}"
        )
    for measure in measures:
        _check(measure, max_time_min)
    percentile = percentile_of(statistic)
    when = parse_window(window, max_time_min=max_time_min)
    question = ask(network, origins, points, when, max_rides=max_rides)
    rank = nearest_rank(percentile, question.window.departures)
    sums = [_start(measure, origins, points, question, max_time_min) for measure in measures]

    def read(batch: Batch) -> list[FloatArray]:
        times = BatchTimes(question, batch, rank)
        return [_part(each, times) for each in sums]

    for _, parts in each_batch(question, read, progress=progress):
        for each, part in zip(sums, parts, strict=True):
            each.total += part
    table = pd.DataFrame({"id": question.read.ids})
    for each in sums:
        for name, values in zip(_columns(each.measure), _finish(each), strict=True):
            table[name] = values
    return table


def _columns(measure: Measure) -> list[str]:
    if isinstance(measure, PerCompetitor) and measure.available is not None:
        return [measure.name, measure.available]
    return [measure.name]


def _check(measure: Measure, max_time_min: float) -> None:
    if isinstance(measure, TimeToNth):
        if not (math.isfinite(measure.n) and measure.n > 0):
            raise ParameterError(f"n is {measure.n}; it must be above 0")
    elif isinstance(measure.weigher, Within | ShareWithin):
        check_cutoff(measure.weigher.cutoff_min, max_time_min)


def _start(
    measure: Measure,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    question: Question,
    max_time_min: float,
) -> _Sums:
    values = weights_of(points, measure.opportunities, name="points")
    supply = np.zeros(len(question.swept.ids))
    np.add.at(supply, question.swept.lane, values)
    demand = (
        weights_of(origins, measure.demand, name="origins") if isinstance(measure, PerCompetitor) else None
    )
    count = len(question.read.ids)
    shape = (count, math.ceil(max_time_min) + 1) if isinstance(measure, TimeToNth) else (count,)
    return _Sums(measure, supply, demand, np.zeros(shape))


def _part(sums: _Sums, times: BatchTimes) -> FloatArray:
    supply = sums.supply[times.lanes]
    if isinstance(sums.measure, TimeToNth):
        return _by_minute(times.minutes(), supply, sums.total.shape[1])
    weights = sums.measure.weigher.weights(times)
    # einsum keeps to its thread; the matrix product would start threads of its own inside each of ours.
    if sums.demand is None:
        return np.asarray(np.einsum("ol,l->o", weights, supply))
    competing = np.einsum("o,ol->l", sums.demand, weights)
    each = np.divide(supply, competing, out=np.zeros_like(supply), where=competing > 0)
    return np.asarray(np.einsum("ol,l->o", weights, each))


def _by_minute(minutes: FloatArray, supply: FloatArray, bins: int) -> FloatArray:
    """Opportunities by the whole minute, rounded up, in which they are reached: (origins, minutes)."""
    reached = np.isfinite(minutes)
    origin, lane = np.nonzero(reached)
    cell = origin * bins + np.ceil(minutes[reached]).astype(np.int64)
    counted = np.zeros(len(minutes) * bins)
    np.add.at(counted, cell, supply[lane])
    return counted.reshape(len(minutes), bins)


def _finish(sums: _Sums) -> list[FloatArray]:
    if isinstance(sums.measure, TimeToNth):
        so_far = np.cumsum(sums.total, axis=1)
        enough = so_far >= sums.measure.n
        return [np.where(enough.any(axis=1), enough.argmax(axis=1), np.inf)]
    if (
        sums.demand is not None
        and isinstance(sums.measure, PerCompetitor)
        and sums.measure.available is not None
    ):
        return [sums.total, sums.total * sums.demand]
    return [sums.total]


def weights_of(table: gpd.GeoDataFrame, column: str, *, name: str) -> FloatArray:
    """Read a column of weights, or refuse it: absent, text, empty, infinite or negative."""
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
