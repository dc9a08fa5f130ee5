"""Regions larger than memory: the same answers, a tile of destinations at a time.

A question put to a whole country holds its legs, its changes and the walks of every origin at once. A tile holds a part of
the destinations, and of everything else only what a journey to them can touch: the margin. It is no distance but what
`accessibility.measures.reach_bounds` proves: stops from which no journey of at most the longest time of interest leads to the tile
are left out, and nothing else is. So the answers are those of the whole, not close to them.

Measures that add up opportunities add up over tiles, because each destination stands in one of them and every origin that
reaches it stands there too; competition likewise, since all who compete for a destination do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import ParameterError
from accessibility.measures.opportunities import Measure, TimeToNth, opportunity_measures
from accessibility.measures.reach_bounds import ReachBounds, reach_bounds
from accessibility.networks.cut import cut_network
from accessibility.networks.network import Network
from accessibility.networks.walking import Placed
from accessibility.points import Points, as_points
from accessibility.statistics import is_whole
from accessibility.threads import Progress
from accessibility.window import Window, check_covered, parse_window

BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]
#: Destinations of a tile, unless it is said otherwise.
MOST_DESTINATIONS: Final = 20_000


@dataclass(frozen=True, eq=False)
class Tile:
    """A part of the destinations, with all that journeys to them can touch.

    Attributes
    ----------
    network
        The stops within the margin, and the runs of the window between them.
    origins
        The origins from which a journey in time may lead to the tile, in their order; all others reach none of it.
    destinations
        The tile's own, in their order; rows of one ``group`` stand in one tile.
    """

    network: Network
    origins: gpd.GeoDataFrame
    destinations: gpd.GeoDataFrame


def iter_tiles(
    network: Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    max_time_min: float = 120,
    most_destinations: int = MOST_DESTINATIONS,
) -> Iterator[Tile]:
    """Cut a question into tiles by where its destinations are; any question of departures put to each gives the whole.

    Parameters
    ----------
    network
        The whole: timetable and walks. It must fit; what a question adds to it, several times as much, need not.
    origins, destinations
        As for `accessibility.travel_times`.
    window
        First departure and end.
    max_time_min
        The longest journey of interest: the margin holds what journeys of this length can touch. Take the cutoff of the
        measure where it has one.
    most_destinations
        Destinations (groups, where there are any) of a tile, at most.

    Yields
    ------
    Tile
        One after the other; nothing is kept between them. No destinations give none.

    Raises
    ------
    InputError
        For points that cannot be used.
    ParameterError
        For a window, time or number out of range.

    Examples
    --------
    >>> tiles = acc.iter_tiles(network, homes, centres, window=peak, max_time_min=30, most_destinations=1)
    >>> [(tile.destinations["id"].tolist(), tile.origins["id"].tolist()) for tile in tiles]
    [(['Wolverhampton'], ['Wednesbury', 'West Bromwich']), (['Birmingham'], ['Wednesbury', 'West Bromwich'])]
    """
    if not (is_whole(most_destinations) and most_destinations >= 1):
        raise ParameterError(
            f"most_destinations is {most_destinations!r}; it must be a whole number, 1 or more"
        )
    when = parse_window(window, max_time_min=max_time_min)
    check_covered(when)
    from_, to = (
        as_points(origins, crs=network.crs, name="origins"),
        as_points(destinations, crs=network.crs, name="destinations", grouped=True),
    )
    placed = network.placed(from_.xy)
    network.warn_of_unsnapped(placed, from_, name="origins")
    bounds = reach_bounds(network, first_s=when.start_s, last_s=when.start_s + when.horizon_s)
    for rows in _parts(to, most_destinations):
        cut, reaching = _margin(bounds, placed, network.placed(to.xy[rows]), when)
        yield Tile(cut, origins[reaching], destinations.iloc[rows])


def tiled_opportunity_measures(
    network: Network,
    origins: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    measures: Sequence[Measure],
    *,
    window: tuple[str, str],
    statistic: str = "p50",
    max_time_min: float = 120,
    max_rides: int | None = None,
    most_destinations: int = MOST_DESTINATIONS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Ask for measures of access a tile of points at a time, for regions larger than memory.

    Parameters
    ----------
    network, origins, points, window, statistic, max_time_min, max_rides
        As for `accessibility.opportunity_measures`.
    measures
        `accessibility.Reachable` and `accessibility.PerCompetitor`, which add up over tiles.
    most_destinations
        Points of a tile, at most: fewer take less memory and, since margins overlap, more time.
    progress
        Called with the share of the points that are done.

    Returns
    -------
    pandas.DataFrame
        What `accessibility.opportunity_measures` gives, in another order of adding: counts are the same to the last bit,
        shares and decayed sums up to rounding of the last.

    Raises
    ------
    InputError
        As there.
    ParameterError
        As there; also for `accessibility.TimeToNth`, which needs all points at once.

    Examples
    --------
    >>> jobs = acc.Reachable("jobs_45", "jobs", acc.Within(45))
    >>> acc.tiled_opportunity_measures(network, homes, centres, [jobs], window=peak, most_destinations=1)
                  id  jobs_45
    0     Wednesbury   1400.0
    1  West Bromwich   1400.0
    2       Far away      0.0
    """
    for measure in measures:
        if isinstance(measure, TimeToNth):
            raise ParameterError(
                f"{measure.name!r}: the time to the n-th does not add up over tiles; ask for it whole"
            )

    def asked(network: Network, origins: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> pd.DataFrame:
        return opportunity_measures(
            network, origins, points, measures, window=window, statistic=statistic, max_time_min=max_time_min,
            max_rides=max_rides,
        )  # fmt: skip

    # Of no point at all: that checks what is asked, names the columns, and is 0 for everyone.
    total = asked(network, origins, points.iloc[:0]).set_index("id")
    sums, done = total.to_numpy(dtype=np.float64, copy=True), 0
    for tile in iter_tiles(
        network,
        origins,
        points,
        window=window,
        max_time_min=max_time_min,
        most_destinations=most_destinations,
    ):
        if len(tile.origins):
            part = asked(tile.network, tile.origins, tile.destinations).set_index("id")
            sums[total.index.get_indexer(part.index)] += part.to_numpy(dtype=np.float64)
        done += len(tile.destinations)
        if progress is not None:
            progress(done / len(points))
    return pd.DataFrame(sums, index=total.index, columns=total.columns).reset_index()


def _margin(
    bounds: ReachBounds, origins: Placed, destinations: Placed, when: Window
) -> tuple[Network, BoolArray]:
    """Cut the network to what journeys to the destinations can touch, and find the origins they can begin at."""
    whole = bounds.network
    seconds = bounds.seconds_to(destinations, longest_s=when.max_time_s)
    cut = cut_network(whole, np.isfinite(seconds), first_s=when.start_s, last_s=when.start_s + when.horizon_s)
    near = np.flatnonzero(np.isfinite(seconds))
    walks = whole.walks(origins, whole.stops.rows(near), max_min=whole.limits.max_access_min)
    start = np.repeat(np.arange(len(origins.xy)), np.diff(walks.ptr))
    reaching = np.zeros(len(origins.xy), dtype=bool)
    reaching[start[walks.seconds + seconds[near][walks.to] <= when.max_time_s]] = True
    direct = whole.walks(
        origins, destinations, max_min=min(whole.limits.max_direct_min, when.max_time_s / 60)
    )
    reaching |= np.diff(direct.ptr) > 0
    return cut, reaching


def _parts(points: Points, most: int) -> Iterator[Int64Array]:
    """Rows of neighbouring destinations, by halving along the longer side until each part is small enough."""
    rows = np.argsort(points.lane, kind="stable")
    ptr = np.searchsorted(points.lane[rows], np.arange(len(points.ids) + 1))
    summed = np.column_stack([np.bincount(points.lane, points.xy[:, axis]) for axis in (0, 1)])
    middle = summed / np.diff(ptr)[:, None]
    waiting = [np.arange(len(points.ids))] if len(points.ids) else []
    while waiting:
        lanes = waiting.pop()
        if len(lanes) <= most:
            yield np.sort(np.concatenate([rows[ptr[lane] : ptr[lane + 1]] for lane in lanes]))
            continue
        at = middle[lanes]
        axis = int(np.argmax(np.ptp(at, axis=0)))
        order = lanes[np.lexsort((lanes, at[:, 1 - axis], at[:, axis]))]
        waiting += [order[len(order) // 2 :], order[: len(order) // 2]]
