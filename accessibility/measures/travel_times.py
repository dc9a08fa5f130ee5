"""Travel times: door-to-door minutes from origins to destinations over a window of departures or arrivals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.engine.routing import (
    Batch,
    Direction,
    Question,
    all_seconds,
    ask,
    counts_within,
    each_batch,
    percentile_seconds,
)
from accessibility.engine.sweep import UNREACHED
from accessibility.networks.network import Network
from accessibility.statistics import as_minutes, check_cutoff, check_percentiles, nearest_rank
from accessibility.threads import Progress
from accessibility.window import clock_times, parse_window, whole_seconds


def travel_times(
    network: Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    percentiles: Sequence[int] = (50,),
    cutoff_min: float | None = None,
    max_time_min: float = 120,
    direction: Direction = "depart",
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How long does it take from every origin to every destination by public transport and on foot?

    Every whole minute of the half-open window is a departure (or, with ``direction="arrive"``, the time by which to
    arrive). A time runs from leaving the origin to arriving at the destination: walk, first wait, rides, changes, walk; or
    the walk alone, where that is quicker. By arrival it runs from the latest departure that is in time, to the minute of
    the window. Fares, crowding and reliability are not modelled.

    Parameters
    ----------
    network
        As `accessibility.build_network` gives it.
    origins
        Points with a unique ``id``, any CRS.
    destinations
        Likewise; rows that share a ``group`` are one destination, reached at the first of its points at each departure.
    window
        First departure and end, ``("07:00", "09:00")``.
    percentiles
        Whole percentiles of the times over the window, by the nearest rank; 0 is the best, 50 the median. Minutes
        without a journey count as +inf.
    cutoff_min
        When given, a column ``share_within`` holds the share of the window's minutes with a time of at most this.
    max_time_min
        A journey that takes longer counts as none.
    direction
        ``depart`` or ``arrive``: what the window is a window of.
    max_rides
        Most rides of a journey; None for any number.
    progress
        Called with the share done.

    Returns
    -------
    pandas.DataFrame
        ``from_id, to_id, travel_time_pNN`` in float minutes, one row per pair in the order of the inputs; +inf where
        the destination is unreachable. No origins or no destinations give an empty table with these columns.

    Raises
    ------
    InputError
        For points that cannot be used.
    ParameterError
        For a window, percentile, time or number of rides out of range.

    Notes
    -----
    The median over a window of departures, rather than a single one, follows Conway, Byrd and van der Linden (2017),
    "Evidence-based transit and land use sketch planning using interactive accessibility methods".

    Examples
    --------
    >>> times = acc.travel_times(network, homes, centres, window=peak, percentiles=(50,))
    >>> times.round(1)
             from_id          to_id  travel_time_p50
    0     Wednesbury     Birmingham             30.4
    1     Wednesbury  Wolverhampton             22.1
    2  West Bromwich     Birmingham             25.4
    3  West Bromwich  Wolverhampton             32.6
    4       Far away     Birmingham              inf
    5       Far away  Wolverhampton              inf
    """
    wanted = check_percentiles(percentiles)
    question = _question(
        network, origins, destinations, window, max_time_min, direction, max_rides, cutoff_min
    )
    sides = _Sides(question)
    minutes = np.full((len(wanted), *sides.shape), np.inf)
    share = None if cutoff_min is None else np.zeros(sides.shape)
    for lanes, (times, within) in each_batch(
        question, _reader(question, wanted, cutoff_min), progress=progress
    ):
        for matrix, part in zip(minutes, times, strict=True):
            sides.put(matrix, lanes, part)
        if share is not None and within is not None:
            sides.put(share, lanes, within)
    return _table(sides, wanted, minutes, share)


def iter_travel_times(
    network: Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    percentiles: Sequence[int] = (50,),
    cutoff_min: float | None = None,
    max_time_min: float = 120,
    direction: Direction = "depart",
    max_rides: int | None = None,
    progress: Progress | None = None,
) -> Iterator[pd.DataFrame]:
    """Give the table of `travel_times` in parts, for matrices that do not fit into memory.

    Parameters and columns are those of `travel_times`. Each part holds all origins against a few neighbouring
    destinations (by arrival: all destinations against a few origins); together the parts hold every pair once, in an
    order that is the same from run to run. Nothing is kept between parts.

    Examples
    --------
    >>> chunks = acc.iter_travel_times(network, homes, centres, window=peak)
    >>> sum(len(chunk) for chunk in chunks)
    6
    """
    wanted = check_percentiles(percentiles)
    question = _question(
        network, origins, destinations, window, max_time_min, direction, max_rides, cutoff_min
    )
    for lanes, (times, within) in each_batch(
        question, _reader(question, wanted, cutoff_min), progress=progress
    ):
        sides = _Sides(question, lanes)
        minutes = np.stack([sides.turned(part) for part in times])
        yield _table(sides, wanted, minutes, None if within is None else sides.turned(within))


def departure_times(
    network: Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    max_time_min: float = 120,
    direction: Direction = "depart",
    max_rides: int | None = None,
) -> pd.DataFrame:
    """How long does each single departure of the window take, from every origin to every destination?

    Parameters are those of `travel_times`.

    Returns
    -------
    pandas.DataFrame
        ``from_id, to_id, depart`` (or ``arrive``) as ``HH:MM`` of the service day, ``travel_time`` in float minutes, +inf
        where there is no journey; by pair and minute. The table has a row for every minute of every pair: ask few pairs.

    Examples
    --------
    >>> acc.departure_times(network, homes[:1], centres[:1], window=("08:00", "08:03")).round(1)
          from_id       to_id depart  travel_time
    0  Wednesbury  Birmingham  08:00         30.4
    1  Wednesbury  Birmingham  08:01         29.4
    2  Wednesbury  Birmingham  08:02         28.4
    """
    question = _question(network, origins, destinations, window, max_time_min, direction, max_rides, None)
    sides = _Sides(question)
    departures = question.window.departures
    seconds = np.full((*sides.shape, departures), UNREACHED, dtype=np.uint16)
    for lanes, found in each_batch(question, partial(all_seconds, question)):
        for slot in range(departures):
            sides.put(seconds[:, :, slot], lanes, found[:, slot])
    from_id, to_id = sides.pairs()
    clock = clock_times(parse_window(window, max_time_min=max_time_min))
    return pd.DataFrame(
        {
            "from_id": np.repeat(from_id, departures),
            "to_id": np.repeat(to_id, departures),
            direction: np.tile(np.array(clock, dtype=object), len(from_id)),
            "travel_time": as_minutes(seconds).ravel(),
        }
    )


class _Sides:
    """Which side of a matrix the swept points stand on: destinations in the columns, or origins in the rows."""

    def __init__(self, question: Question, lanes: npt.NDArray[np.int64] | None = None) -> None:
        swept = question.swept.ids if lanes is None else question.swept.ids[lanes]
        self._backward = question.backward
        self._from, self._to = (swept, question.read.ids) if question.backward else (question.read.ids, swept)
        self.shape = (len(self._from), len(self._to))

    def turned(self, part: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Give a (read points, lanes) block as (origins, destinations)."""
        return part.T if self._backward else part

    def put(
        self, matrix: npt.NDArray[np.generic], lanes: npt.NDArray[np.int64], part: npt.NDArray[np.generic]
    ) -> None:
        """Lay a (read points, lanes) block into an (origins, destinations) matrix."""
        if self._backward:
            matrix[lanes] = part.T
        else:
            matrix[:, lanes] = part

    def pairs(self) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
        """Ids of both ends of every pair, origin by origin."""
        return np.repeat(self._from, self.shape[1]), np.tile(self._to, self.shape[0])


def _question(
    network: Network, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, window: tuple[str, str],
    max_time_min: float, direction: Direction, max_rides: int | None, cutoff_min: float | None,
) -> Question:  # fmt: skip
    if cutoff_min is not None:
        check_cutoff(cutoff_min, max_time_min)
    when = parse_window(window, max_time_min=max_time_min)
    return ask(network, origins, destinations, when, direction=direction, max_rides=max_rides)


def _reader(
    question: Question, percentiles: list[int], cutoff_min: float | None
) -> Callable[[Batch], tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]]:
    """Make what reads a batch: minutes (percentiles, read points, lanes) and, with a cutoff, the share within it."""
    departures = question.window.departures
    ranks = [nearest_rank(value, departures) for value in percentiles]

    def read(batch: Batch) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
        minutes = as_minutes(percentile_seconds(question, batch, ranks=ranks))
        if cutoff_min is None:
            return minutes, None
        return minutes, counts_within(question, batch, cutoff_s=whole_seconds(cutoff_min)) / departures

    return read


def _table(
    sides: _Sides,
    percentiles: list[int],
    minutes: npt.NDArray[np.float64],
    share: npt.NDArray[np.float64] | None,
) -> pd.DataFrame:
    from_id, to_id = sides.pairs()
    columns: dict[str, npt.NDArray[Any]] = {"from_id": from_id, "to_id": to_id}
    columns |= {
        f"travel_time_p{name:02d}": part.ravel() for name, part in zip(percentiles, minutes, strict=True)
    }
    if share is not None:
        columns["share_within"] = share.ravel()
    return pd.DataFrame(columns)
