"""Minutes from every small area to every centre at every minute of the window: what all variants of the indicator share.

The times are asked for once. A statistic over the departures is taken of each centre first and centres are counted
after; the share of departures is counted at each departure and averaged after. `accessibility.centres_within` keeps the
same order, and gives the same figures for the one definition that a study names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

import accessibility as acc
from accessibility.engine.sweep import UNREACHED
from accessibility.errors import ParameterError
from accessibility.statistics import as_minutes, check_cutoff, nearest_rank, percentile_of
from accessibility.window import parse_window, whole_seconds
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    from accessibility.engine.routing import Direction
    from corridors.study import Study

    Array = npt.NDArray[np.float64]

#: The statistic that counts at each departure and then takes the mean, beside ``best`` and ``pNN``.
SHARE: Final = "share"
_ROWS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class CentreTimes:
    """Door-to-door seconds from small areas to centres at every minute of a window.

    Attributes
    ----------
    ids
        The small areas.
    centres
        The centres; the points of one centre are one.
    direction
        Whether the minutes are those of departures or of arrivals.
    max_time_min
        What takes longer counts as unreachable, so no cutoff may lie beyond.
    seconds
        Whole seconds (areas, centres, minutes of the window); 65,535 where there is no journey.
    """

    ids: tuple[str, ...]
    centres: tuple[str, ...]
    direction: Direction
    max_time_min: float
    seconds: npt.NDArray[np.uint16]

    def minutes_to_kth(self, statistic: str) -> Array:
        """Return the minutes to the first, second, … centre: (areas, centres), rising, +inf where unreachable.

        Parameters
        ----------
        statistic
            ``best`` or ``pNN``, taken of each centre over the window before the centres are put in order. The k-th
            centre of `SHARE` changes from departure to departure and has no single time.

        Raises
        ------
        ParameterError
            For another statistic.
        """
        rank = nearest_rank(percentile_of(statistic), self.seconds.shape[2])
        each = np.partition(self.seconds, rank - 1, axis=2)[:, :, rank - 1]
        return as_minutes(np.sort(each, axis=1))

    def reaching(self, statistic: str, *, cutoffs_min: Sequence[float]) -> Array:
        """Return the share of each area's people who count as reaching at least k centres: (cutoffs, areas, k from 1).

        Parameters
        ----------
        statistic
            ``best`` or ``pNN`` gives 0 or 1; `SHARE` the share of the window's minutes with k centres within the
            cutoff.
        cutoffs_min
            Minutes, inclusive.

        Raises
        ------
        ParameterError
            For an unknown statistic, or a cutoff that is not above 0 and at most `max_time_min`.
        """
        for cutoff in cutoffs_min:
            check_cutoff(cutoff, self.max_time_min)
        if statistic == SHARE:
            by_minute = np.sort(self.seconds, axis=1)
            return np.array([(by_minute <= whole_seconds(cutoff)).mean(axis=2) for cutoff in cutoffs_min])
        minutes = self.minutes_to_kth(statistic)
        return np.array([(minutes <= cutoff).astype(np.float64) for cutoff in cutoffs_min])

    def in_order(self, areas: pd.DataFrame) -> pd.DataFrame:
        """Return the small areas, without their points, in the order of the times.

        Raises
        ------
        JoinError
            When areas and times do not name the same small areas: a missing one would fall out of a denominator.
        """
        refuse_unmatched(areas["id"], self.ids, what="small areas", missing_from="the minutes to centres")
        refuse_unmatched(
            self.ids, areas["id"], what="origins of minutes to centres", missing_from="the areas"
        )
        counts = areas.drop(columns="geometry", errors="ignore").set_index("id", drop=False)
        return counts.loc[list(self.ids)].reset_index(drop=True)


def centre_times(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    study: Study,
    *,
    direction: Direction = "depart",
) -> CentreTimes:
    """Ask how long every small area takes to every centre at every minute of the study's window.

    Parameters
    ----------
    network
        Timetable and walks.
    areas, centres
        Points; see `corridors.tables.areas.read_areas` and `corridors.places.places.read_centres`.
    study
        Gives the window and the longest journey.
    direction
        ``arrive`` makes the window one of arrivals: each time then runs from the latest departure that is in time to
        the minute of the window.

    Returns
    -------
        The times; no areas give an empty array.

    Raises
    ------
    ParameterError
        When the window and the longest journey lead beyond the timetable, or there is no centre.
    """
    window, most = study.journey.window, study.journey.max_time_min
    departures = parse_window(window, max_time_min=most).departures
    names = tuple(dict.fromkeys(centres["group"]))
    if not names:
        raise ParameterError("there is no centre to ask about")
    seconds = np.full((len(areas), len(names), departures), UNREACHED, dtype=np.uint16)
    # Bounded parts: the engine's table has a row for every minute of every pair.
    step = max(1, _ROWS_AT_ONCE // (len(names) * departures))
    for start in range(0, len(areas), step):
        part = areas.iloc[start : start + step]
        table = acc.departure_times(
            network, part, centres, window=window, max_time_min=most, direction=direction
        )
        minutes = table["travel_time"].to_numpy().reshape(len(part), len(names), departures)
        reached = np.isfinite(minutes)
        seconds[start : start + step][reached] = np.rint(minutes[reached] * 60).astype(np.uint16)
    return CentreTimes(tuple(areas["id"]), names, direction, most, seconds)
