"""What a place lacks to reach one more centre in time, read from the journey at its typical departure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.engine.guide import Guide, durations_from, guide_to
from accessibility.engine.sweep import UNREACHED
from accessibility.engine.tracing import Trace, change_walk_s, trace
from accessibility.errors import ParameterError
from accessibility.measures.journeys import Ends, legs_of_trace, legs_table
from accessibility.networks.network import Network
from accessibility.points import as_points
from accessibility.statistics import nearest_rank, percentile_of
from accessibility.threads import Progress
from accessibility.window import STEP_S, parse_window, whole_seconds

#: Parts of a journey that could come close to nothing: a stop next door, a vehicle at once. A ride cannot.
AVOIDABLE: Final = ("direct walk", "access walk", "first wait", "change walk", "change wait", "egress walk")
#: What stands in ``limiting`` where it is not a part of the journey.
NOTHING: Final = "nothing"
NO_STOP: Final = "no stop"
NO_SERVICE: Final = "no service"
SEVERAL: Final = "several"

_MINUTES: Final = (
    "direct_walk_min",
    "access_walk_min",
    "first_wait_min",
    "ride_min",
    "change_walk_min",
    "change_wait_min",
    "egress_walk_min",
)
_TYPES: Final = {
    "id": "object",
    "n_within": "int64",
    "lacking": "int64",
    "centre": "object",
    "minutes": "float64",
    "cutoff_min": "float64",
    "shortfall_min": "float64",
    "depart": "object",
    "rides": "float64",
    **dict.fromkeys(_MINUTES, "float64"),
    "limiting": "object",
    "limiting_min": "float64",
    "closes": "object",
}
_PLAIN: Final = {
    "direct walk": "the walk",
    "access walk": "the walk to the stop",
    "first wait": "the wait for the first vehicle",
    "ride": "the ride",
    "change walk": "the walk between vehicles",
    "change wait": "the wait between vehicles",
    "egress walk": "the walk from the last stop",
}


class MissingCentres(NamedTuple):
    """What places lack, and the journeys it was read from.

    ``table`` is that of `limiting_leg`; ``legs`` are the legs of each journey looked at, in the columns of
    `accessibility.explain` with the origin's ``id`` in front. A place that lacks nothing, or has no journey, has no leg.
    """

    table: pd.DataFrame
    legs: pd.DataFrame


def limiting_leg(
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
    """What does each place lack to have one more centre within the cutoff?

    Each centre's statistic over the departures is taken first, as in `accessibility.centres_within`. The *best missing
    centre* is the one with the least minutes above the cutoff, and the shortfall is what those exceed it by. The journey
    that is looked at is the one at the departure whose duration is that statistic (the nearest rank; the earliest of
    equals). A part of it closes the gap by itself if it lasts at least the shortfall, everything else staying as it is:
    a walk or a wait may shrink to nothing, a ride must keep some time. It is arithmetic on one journey, not a new
    timetable: a shorter walk may in fact only lengthen the wait behind it.

    Parameters
    ----------
    network, origins, centres, window, cutoff_min, k, statistic, max_time_min, progress
        As for `accessibility.centres_within`. Places that have `k` centres lack nothing; with `k` the number of centres
        every place that misses one is looked at.

    Returns
    -------
    pandas.DataFrame
        One row per origin, in their order: ``id``; ``n_within`` centres; ``lacking``, how many there are fewer than
        `k`; ``centre``, the best missing one (empty if there is none); its ``minutes`` (+inf if none has a finite
        statistic, NaN if nothing lacks); ``cutoff_min``; ``shortfall_min``; ``depart`` (``HH:MM``); ``rides``; the
        minutes of each part (``direct_walk_min``, ``access_walk_min``, ``first_wait_min``, ``ride_min``,
        ``change_walk_min``, ``change_wait_min``, ``egress_walk_min``), which add up to ``minutes``; ``limiting``,
        ``limiting_min`` and ``closes``, all the parts that close the gap by themselves, longest first, with semicolons between them.

        ``limiting`` is the longest walk or wait that closes the gap by itself; else ``ride`` if faster rides do; else
        ``several``, when only parts together could. It is ``no stop`` where no stop is within the access walk and no
        centre has a finite statistic, ``no service`` where there are stops and too few departures with a journey, and
        ``nothing`` where `k` centres are within the cutoff. ``limiting_min`` are that part's minutes.

    Raises
    ------
    InputError
        For points that cannot be used.
    ParameterError
        For a parameter out of range, or fewer than `k` centres.

    Examples
    --------
    >>> lacking = acc.limiting_leg(network, homes, centres, window=peak, cutoff_min=30, k=2)
    >>> lacking[["id", "centre", "shortfall_min", "limiting"]].round(2)
                  id         centre  shortfall_min     limiting
    0     Wednesbury     Birmingham           0.43   first wait
    1  West Bromwich  Wolverhampton           2.58  access walk
    2       Far away                           inf      no stop
    """
    return limiting_journeys(
        network,
        origins,
        centres,
        window=window,
        cutoff_min=cutoff_min,
        k=k,
        statistic=statistic,
        max_time_min=max_time_min,
        progress=progress,
    ).table


def limiting_journeys(
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
) -> MissingCentres:
    """What does each place lack to have one more centre within the cutoff, and by which journey?

    The question and the parameters are those of `limiting_leg`; the legs of the journeys are given as well, from the
    same sweep.
    """
    asked = parse_window(window, max_time_min=max_time_min)
    rank = nearest_rank(percentile_of(statistic), asked.departures)
    if not 0 < cutoff_min <= max_time_min:
        raise ParameterError(
            f"the cutoff is {cutoff_min} minutes; it must be above 0 and at most max_time_min, {max_time_min}"
        )
    here = as_points(origins, crs=network.crs, name="origins")
    there = as_points(centres, crs=network.crs, name="centres", grouped=True)
    if not 1 <= k <= len(there.ids):
        raise ParameterError(f"k is {k}, and there are {len(there.ids)} centres to count")
    guide = guide_to(network, here, there, asked)
    rows, legs, owners = [], list[dict[str, object]](), list[object]()
    for origin, name in enumerate(here.ids):
        found, lane, journey = _lack(
            guide, origin, there.ids, rank=rank, cutoff_s=whole_seconds(cutoff_min), k=k
        )
        rows.append({"id": name, "cutoff_min": cutoff_min, **found})
        if journey is not None:
            own = legs_of_trace(guide, journey, Ends(here, origin, there, lane, centres["id"].to_numpy()))
            legs += own
            owners += [name] * len(own)
        if progress is not None:
            progress((origin + 1) / len(here.ids))
    table = pd.DataFrame(
        {c: pd.Series([row.get(c) for row in rows], dtype=kind) for c, kind in _TYPES.items()}
    )
    joined = legs_table(legs)
    joined.insert(0, "id", pd.Series(owners, dtype="object"))
    return MissingCentres(table, joined)


def _lack(
    guide: Guide, origin: int, centres: npt.NDArray[np.object_], *, rank: int, cutoff_s: float, k: int
) -> tuple[dict[str, object], int, Trace | None]:
    """Find one origin's best missing centre, the lane it is in, the journey there and what limits it."""
    seconds = durations_from(guide, origin)
    statistic = np.partition(seconds, rank - 1, axis=0)[rank - 1]
    within = int((statistic <= cutoff_s).sum())
    row: dict[str, object] = {"n_within": within, "lacking": max(0, k - within), "closes": "", "depart": ""}
    if within >= k:
        return {**row, "centre": "", "limiting": NOTHING}, -1, None
    lane = int(np.argmin(np.where(statistic <= cutoff_s, np.inf, statistic)))
    duration_s = int(statistic[lane])
    if duration_s == UNREACHED:
        has_stop = guide.access.ptr[origin + 1] > guide.access.ptr[origin]
        kind = NO_SERVICE if has_stop else NO_STOP
        row |= {"centre": "", "minutes": np.inf, "shortfall_min": np.inf, "limiting": kind}
        return row, lane, None
    slot = int(np.flatnonzero(seconds[:, lane] == duration_s)[0])
    journey = trace(guide, origin=origin, lane=lane, slot=slot, duration_s=duration_s)
    parts = _part_seconds(guide, journey)
    leave = guide.window.start_s + slot * STEP_S
    row |= {
        "centre": centres[lane],
        "minutes": duration_s / 60,
        "shortfall_min": (duration_s - cutoff_s) / 60,
        "depart": f"{leave // 3600:02d}:{leave // 60 % 60:02d}",
        "rides": len(journey.rides),
        **{f"{part.replace(' ', '_')}_min": some / 60 for part, some in parts.items()},
        **_limiting(parts, shortfall_s=duration_s - cutoff_s),
    }
    return row, lane, journey


def _part_seconds(guide: Guide, journey: Trace) -> dict[str, int]:
    """Seconds of a journey by part; they add up to its duration."""
    table, start_s = guide.network.timetable, guide.window.start_s
    parts = dict.fromkeys(
        ("direct walk", "access walk", "first wait", "ride", "change walk", "change wait"), 0
    )
    parts["egress walk"] = journey.egress_s
    if not journey.rides:
        parts["direct walk"] = journey.access_s
        return parts
    parts["access walk"] = journey.access_s
    at = journey.leave_s + journey.access_s
    for number, ride in enumerate(journey.rides):
        boards, alights = (
            int(s) - start_s for s in (table.departure_s[ride.board], table.arrival_s[ride.alight])
        )
        if number:
            walk = change_walk_s(guide.network, journey.rides[number - 1], ride)
            parts["change walk"] += walk
            parts["change wait"] += boards - at - walk
        else:
            parts["first wait"] = boards - at
        parts["ride"] += alights - boards
        at = alights
    return parts


def _limiting(parts: Mapping[str, int], *, shortfall_s: float) -> dict[str, object]:
    """Tell which parts would close the gap by themselves, and which of them is the one to name."""
    closing = [part for part in AVOIDABLE if parts[part] >= shortfall_s]
    if parts["ride"] > shortfall_s:
        closing.append("ride")
    closing.sort(key=lambda part: -parts[part])
    walks_and_waits = [part for part in closing if part != "ride"]
    name = (walks_and_waits or closing or [SEVERAL])[0]
    minutes = parts[name] / 60 if name in parts else np.nan
    return {"closes": "; ".join(closing), "limiting": name, "limiting_min": minutes}


def limiting_sentence(row: Mapping[Hashable, object] | pd.Series, *, statistic: str = "p50") -> str:
    """Say a row of `limiting_leg` in plain English.

    Parameters
    ----------
    row
        One row, as a Series or a mapping.
    statistic
        The one that was asked for; it is named.

    Returns
    -------
    str
        One or two sentences; minutes with one decimal, rounded up, so that no gap is said to be none.

    Examples
    --------
    >>> lacking = acc.limiting_leg(network, homes[:1], centres, window=peak, cutoff_min=30, k=2)
    >>> acc.limiting_sentence(lacking.iloc[0])
    'Wednesbury has 1 centre within 30 minutes. The next, Birmingham, takes 30.5 minutes (p50, leaving at 07:04), 0.5 minutes too long; the wait for the first vehicle of 4 minutes is enough to close the gap by itself.'
    """
    has = f"{row['id']} has {_centres(row['n_within'])} within {_minutes(row['cutoff_min'])}"
    if row["limiting"] == NOTHING:
        return f"{has} and lacks none."
    if row["limiting"] == NO_STOP:
        return f"{has}; no stop is within walking distance."
    if row["limiting"] == NO_SERVICE:
        return f"{has}; too few departures have a journey to any other ({statistic})."
    lead = (
        f"{has}. The next, {row['centre']}, takes {_minutes(row['minutes'])} "
        f"({statistic}, leaving at {row['depart']}), {_minutes(row['shortfall_min'])} too long"
    )
    if row["limiting"] == SEVERAL:
        return f"{lead}; no part of the journey would close the gap by itself."
    part, minutes = _PLAIN[str(row["limiting"])], _minutes(row["limiting_min"])
    if row["limiting"] == "ride":
        share = float(row["shortfall_min"]) / float(row["limiting_min"])  # type: ignore[arg-type]
        return f"{lead}; only a faster ride would close the gap by itself: {minutes}, to be cut by {_per_cent(share)}."
    return f"{lead}; {part} of {minutes} is enough to close the gap by itself."


def _centres(count: object) -> str:
    return {0: "no centre", 1: "1 centre"}.get(int(count), f"{count} centres")  # type: ignore[call-overload]


def _minutes(value: object) -> str:
    """Minutes with at most one decimal, rounded up."""
    tenths = int(np.ceil(round(float(value) * 10, 6)))  # type: ignore[arg-type]
    text = f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"
    return f"{text} minute" if tenths == 10 else f"{text} minutes"


def _per_cent(share: float) -> str:
    return f"{int(np.ceil(round(share * 100, 6)))} %"
