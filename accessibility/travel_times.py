"""Travel times: door-to-door minutes from origins to destinations over a window of departures."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from accessibility.network import Network
from accessibility.routing import Progress, all_durations, ask
from accessibility.statistics import check_percentiles, over_departures
from accessibility.window import parse_window


def travel_times(
    network: Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    window: tuple[str, str],
    percentiles: Sequence[int] = (50,),
    max_time_min: float = 120,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How long does it take from every origin to every destination by public transport and on foot?

    Every whole minute of the half-open window is a departure. A time runs from leaving the origin to arriving at the
    destination: walk, first wait, rides, changes, walk; or the walk alone, where that is quicker. Fares, crowding and
    reliability are not modelled.

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
        Whole percentiles of the times over the departures, by the nearest rank; 0 is the best departure, 50 the median.
        Departures without a journey count as +inf.
    max_time_min
        A journey that takes longer counts as none.
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
        For a window, percentile or time out of range.

    Notes
    -----
    The median over a window of departures, rather than a single one, follows Conway, Byrd and van der Linden (2017),
    "Evidence-based transit and land use sketch planning using interactive accessibility methods".
    """
    wanted = check_percentiles(percentiles)
    question = ask(network, origins, destinations, parse_window(window, max_time_min=max_time_min))
    from_ids, to_ids = question.origins.ids, question.destinations.ids
    minutes = np.full((len(wanted), len(from_ids), len(to_ids)), np.inf)
    if minutes.size:
        for chunk, seconds in all_durations(question, progress):
            minutes[:, chunk] = over_departures(seconds, wanted)
    table = pd.DataFrame(
        {"from_id": np.repeat(from_ids, len(to_ids)), "to_id": np.tile(to_ids, len(from_ids))}
    )
    for name, values in zip(wanted, minutes, strict=True):
        table[f"travel_time_p{name:02d}"] = values.ravel()
    return table
