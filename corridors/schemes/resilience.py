"""What depends on each line: every line closed in turn, and who then no longer reaches enough centres or fewer jobs.

A closed line's vehicles are gone and nothing replaces them; people walk or ride what is left. Stops, walks and rules for
changes stay as they are, so the network is built once for all lines.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

import accessibility as acc
from accessibility.errors import ParameterError
from accessibility.networks.cut import only_routes
from corridors.schemes.distribution import national_fifths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from accessibility.timetables.timetable import Timetable
    from corridors.inputs import Inputs
    from corridors.study import Study

LINE_COLUMNS: Final = [
    "rank", "route_id", "line", "mode", "feed", "departures", "residents_losing_enough", "most_deprived_losing_enough",
    "residents_losing_centres", "residents_losing_jobs", "jobs_lost_each", "share_of_jobs_lost",
]  # fmt: skip
_ROUNDING: Final = 1e-6


def without_line(network: acc.Network, route: int) -> acc.Network:
    """Return a network in which one route does not run; `route` is its position in the timetable's routes."""
    others = np.arange(len(network.timetable.routes)) != route
    return replace(network, timetable=only_routes(network.timetable, others))


def line_closures(
    network: acc.Network,
    inputs: Inputs,
    study: Study,
    *,
    lines: Sequence[str] | None = None,
    limit: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Ask of each line what its closure would cost residents, the most needed line first.

    Parameters
    ----------
    network
        Timetable and walks of today.
    inputs, study
        As for `corridors.schemes.before_after.before_after`.
    lines
        Route ids of the timetable; by default every line with a departure in the time that the window's journeys take.
    limit
        Ask only so many, those with most departures first: a time limit, for the table then lacks lines.
    progress
        Called with the share done.

    Returns
    -------
        ``rank`` (1 the most needed), ``route_id, line`` (its short and long name), ``mode, feed``, ``departures`` (runs that
        leave their first stop on the service day), ``residents_losing_enough`` (who no longer reach enough centres),
        ``most_deprived_losing_enough`` (of them, in the nation's most deprived fifth; missing where that is not known),
        ``residents_losing_centres`` (any centre), ``residents_losing_jobs`` (one or more), ``jobs_lost_each`` (within reach,
        mean over all residents) and ``share_of_jobs_lost`` (of all jobs within reach, 0 to 1). By residents who lose
        enough centres, then jobs, then id.

    Raises
    ------
    ParameterError
        For a line that is not in the timetable, or a limit below 1.
    """
    chosen = _chosen(network.timetable, lines, limit)
    points = _points(inputs)
    today = _reach(network, inputs, points, study)
    deprived = _most_deprived(inputs)
    rows = []
    for done, route in enumerate(chosen, start=1):
        then = _reach(without_line(network, route), inputs, points, study)
        rows.append(
            {
                **_named(network.timetable, route),
                **_lost(today, then, inputs, deprived, study.indicator.min_centres),
            }
        )
        if progress is not None:
            progress(done / len(chosen))
    table = pd.DataFrame(rows, columns=LINE_COLUMNS[1:]).sort_values(
        ["residents_losing_enough", "jobs_lost_each", "route_id"],
        ascending=[False, False, True],
        ignore_index=True,
    )
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table[LINE_COLUMNS]


def closures_sentence(table: pd.DataFrame, study: Study) -> str:
    """Say which line most depends on, and how many lines cost nobody enough centres."""
    if table.empty:
        return "No line was closed."
    first, spared = table.iloc[0], int((table["residents_losing_enough"] == 0).sum())
    return (
        f"Of {len(table)} lines closed in turn, {first['line']} ({first['feed']}) costs most: "
        f"{first['residents_losing_enough']:,.0f} residents would no longer reach {study.indicator.min_centres} centres "
        f"within {study.indicator.cutoff_min:g} minutes. For {spared} of the lines nobody would. Nothing replaces a closed line here, "
        "and each is closed alone."
    )


def line_name(route_id: str, short_name: str, long_name: str) -> str:
    """Name a line by its number and its ends, as far as the feed has them."""
    return " ".join(str(part) for part in (short_name, long_name) if part) or str(route_id)


def _chosen(timetable: Timetable, lines: Sequence[str] | None, limit: int | None) -> list[int]:
    """Positions of the routes to close."""
    if limit is not None and limit < 1:
        raise ParameterError(f"limit is {limit}; it must be 1 or more")
    ids = pd.Index(timetable.routes["route_id"])
    if lines is None:
        routes = sorted(set(timetable.chain_route.tolist()))
    else:
        unknown = [line for line in lines if line not in ids]
        if unknown:
            raise ParameterError(
                f"line {unknown[0]!r} is not in the timetable; there are {len(ids)}, such as {ids[0]!r}"
            )
        routes = sorted({int(at) for at in ids.get_indexer(list(lines))})
    runs = _runs_by_route(timetable)
    return sorted(routes, key=lambda route: (-runs[route], route))[:limit]


def _runs_by_route(timetable: Timetable) -> NDArray[np.int64]:
    runs = np.zeros(len(timetable.routes), dtype=np.int64)
    np.add.at(runs, timetable.chain_route, np.diff(timetable.chain_run_ptr))
    return runs


def _points(inputs: Inputs) -> gpd.GeoDataFrame:
    """Put centres and jobs into one table, so that one sweep answers for both; a centre counts once."""
    centres = inputs.centres[["id", "group", "geometry"]].copy()
    centres["centres"], centres["jobs"] = (~centres["group"].duplicated()).astype(float), 0.0
    jobs = inputs.jobs[["id", "jobs", "geometry"]].copy()
    jobs["centres"] = 0.0
    for table, kind in ((centres, "centre"), (jobs, "jobs")):
        group = table["group"] if "group" in table.columns else table["id"]
        table["group"], table["id"] = kind + "/" + group.astype(str), kind + "/" + table["id"].astype(str)
    # Both tables are read in EPSG:4326; concat refuses two that are not of one CRS.
    return gpd.GeoDataFrame(pd.concat([centres, jobs], ignore_index=True))


def _reach(network: acc.Network, inputs: Inputs, points: gpd.GeoDataFrame, study: Study) -> pd.DataFrame:
    """Centres and jobs within the study's cutoffs of every small area, in the areas' order."""
    return acc.opportunity_measures(
        network,
        inputs.areas,
        points,
        [
            acc.Reachable("centres", "centres", acc.Within(study.indicator.cutoff_min)),
            acc.Reachable("jobs", "jobs", acc.Within(study.jobs.cutoff_min)),
        ],
        window=study.journey.window,
        statistic=study.journey.statistic,
        max_time_min=max(study.indicator.cutoff_min, study.jobs.cutoff_min),
    )


def _most_deprived(inputs: Inputs) -> NDArray[np.bool_] | None:
    """Which small areas are in the nation's most deprived fifth, by the Income domain; None where that is not known."""
    if inputs.edition is None or "income_rank" not in inputs.areas.columns:
        return None
    fifths = national_fifths(inputs.areas, ranked=inputs.edition.ranked)
    return np.asarray(fifths.fillna(0) == 1, dtype=bool)


def _lost(
    today: pd.DataFrame,
    then: pd.DataFrame,
    inputs: Inputs,
    deprived: NDArray[np.bool_] | None,
    min_centres: int,
) -> dict[str, float]:
    """Count those who lose, and what."""
    people = inputs.areas["residents"].to_numpy(dtype=np.float64)
    fewer = (today["jobs"] - then["jobs"]).to_numpy()
    out = ((today["centres"] >= min_centres) & (then["centres"] < min_centres)).to_numpy()
    reached, everyone = float(people @ today["jobs"].to_numpy()), people.sum()
    return {
        "residents_losing_enough": people[out].sum(),
        "most_deprived_losing_enough": np.nan if deprived is None else people[out & deprived].sum(),
        "residents_losing_centres": people[(then["centres"] < today["centres"]).to_numpy()].sum(),
        "residents_losing_jobs": people[fewer >= 1 - _ROUNDING].sum(),
        "jobs_lost_each": float(people @ fewer) / everyone if everyone else np.nan,
        "share_of_jobs_lost": float(people @ fewer) / reached if reached else np.nan,
    }


def _named(timetable: Timetable, route: int) -> dict[str, object]:
    row = timetable.routes.iloc[route]
    return {
        "route_id": row["route_id"],
        "line": line_name(row["route_id"], row["short_name"], row["long_name"]),
        "mode": row["mode"],
        "feed": row["feed"],
        "departures": int(_runs_by_route(timetable)[route]),
    }
