"""Access at other times than the study's: the early shift, the middle of the day, the evening, and every hour of a day.

People who work early or late travel when the timetable is thinnest. The question is the study's own, put for other
windows: same cutoffs, same walks, same statistic over the departures of each window. A time without service is a row of
zeros and unreachable minutes, never a missing one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.access.access import reach_of_centres, reach_of_jobs
from corridors.access.indicator import region_and_districts
from corridors.need.overlay import with_access

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import geopandas as gpd

    import accessibility as acc
    from corridors.study import Study

    Share = Callable[[float], None]

_MEASURES = ["n_within", "minutes_to_k", "share_departures", "jobs_within", "jobs_per_worker"]
WINDOW_COLUMNS = ["window", "start", "end", "id", *_MEASURES]
_COUNTS = ["residents", "residents_reaching", "jobs_within"]
WINDOW_LEVEL_COLUMNS = ["window", "start", "end", "level", "code", "name", *_COUNTS, "share"]
#: The key of the study's own window.
OWN: Final = "study"


@dataclass(frozen=True)
class DayWindow:
    """A named window of departures.

    Attributes
    ----------
    key, label
        Its name in the tables, and for readers.
    start, end
        ``HH:MM`` of the service day; half-open, and the hours may pass 24.
    """

    key: str
    label: str
    start: str
    end: str

    @property
    def in_words(self) -> str:
        """Name the window with its times."""
        return f"{self.label.lower()} ({self.start} until before {self.end})"


#: Two hours each, like the usual peak window: medians over windows of different length are not alike.
EARLY_SHIFT: Final = DayWindow("early_shift", "Early shift", "05:00", "07:00")
INTER_PEAK: Final = DayWindow("inter_peak", "Between the peaks", "12:00", "14:00")
EVENING: Final = DayWindow("evening", "Evening", "19:00", "21:00")


def windows_beside(study: Study) -> tuple[DayWindow, ...]:
    """Return the study's own window and, beside it, the early shift, the middle of the day and the evening.

    One of the three with the study's own times is left out, as it would be the same row again. In order of time.
    """
    own = DayWindow(OWN, "The study's window", *study.journey.window)
    others = [
        window
        for window in (EARLY_SHIFT, INTER_PEAK, EVENING)
        if (window.start, window.end) != study.journey.window
    ]
    return tuple(sorted([own, *others], key=lambda window: (window.start, window.end)))


def hours_of_day() -> tuple[DayWindow, ...]:
    """Return the 24 hours of the service day, each a window of 60 departures."""
    return tuple(
        DayWindow(f"h{hour:02d}", f"{hour:02d}:00", f"{hour:02d}:00", f"{hour + 1:02d}:00")
        for hour in range(24)
    )


def access_by_window(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    jobs: gpd.GeoDataFrame,
    study: Study,
    *,
    windows: Sequence[DayWindow],
    progress: Share | None = None,
) -> pd.DataFrame:
    """Ask what every small area reaches in each of several windows.

    Parameters
    ----------
    network
        Timetable and walks; the timetable holds the whole service day, so one network answers for all windows.
    areas, centres, jobs
        As for `corridors.access.access.reach_of_centres` and `corridors.access.access.reach_of_jobs`.
    study
        Gives everything but the window.
    windows
        Such as `windows_beside` or `hours_of_day` give. The time rises with their number.
    progress
        Called with the share done.

    Returns
    -------
        ``window, start, end, id, n_within, minutes_to_k, share_departures, jobs_within, jobs_per_worker``: a row for
        every small area in every window, also in those without service. By window as given, then as the areas. No
        windows or no areas give an empty table.

    Raises
    ------
    ParameterError
        For a window that is none, or one whose journeys could end after the timetable does.
    """
    parts = [
        _reach_in(network, areas, centres, jobs, study, window, progress=part)
        for window, part in zip(windows, _parts(progress, len(windows)), strict=True)
    ]
    if not parts:
        return pd.DataFrame(columns=WINDOW_COLUMNS)
    return pd.concat(parts, ignore_index=True)


def _reach_in(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    jobs: gpd.GeoDataFrame,
    study: Study,
    window: DayWindow,
    *,
    progress: Share | None,
) -> pd.DataFrame:
    """Put the study's questions for one window."""
    journey = study.journey.model_copy(update={"window": (window.start, window.end)})
    then = study.model_copy(update={"journey": journey})
    reached = reach_of_centres(network, areas, centres, then)
    working = reach_of_jobs(network, areas, jobs, then, progress=progress)
    table = reached.merge(working, on="id", how="left", validate="one_to_one")
    return table.assign(window=window.key, start=window.start, end=window.end)[WINDOW_COLUMNS]


def _parts(progress: Share | None, count: int) -> Iterator[Share | None]:
    """Give each of so many parts its own call, that tells the share of the whole."""

    def tell(done: int, share: float) -> None:
        if progress is not None:
            progress((done + share) / count)

    for at in range(count):
        yield None if progress is None else partial(tell, at)


def windows_by_level(by_window: pd.DataFrame, areas: pd.DataFrame, *, min_centres: int) -> pd.DataFrame:
    """Return what residents reach in each window, in the region and its districts.

    Parameters
    ----------
    by_window
        The result of `access_by_window`.
    areas
        The small areas with ``residents, district_code, district_name``.
    min_centres
        Centres that must be within reach.

    Returns
    -------
        ``window, start, end, level, code, name, residents`` (all of them), ``residents_reaching``, ``jobs_within`` (the
        residents' mean) and ``share`` (0 to 1; both missing where nobody lives). By window as they come, the region
        first, then districts by code.
    """
    tables = []
    for window in by_window["window"].unique():
        rows = by_window[by_window["window"] == window]
        table = with_access(areas, rows[["id", "n_within", "jobs_within"]])
        counted = table.assign(
            residents_reaching=table["residents"].where(table["n_within"] >= min_centres, 0),
            jobs_within=table["jobs_within"] * table["residents"],
        )
        tables.append(
            region_and_districts(counted, counts=_COUNTS).assign(
                window=window, start=rows["start"].iloc[0], end=rows["end"].iloc[0]
            )
        )
    if not tables:
        return pd.DataFrame(columns=WINDOW_LEVEL_COLUMNS)
    result = pd.concat(tables, ignore_index=True)
    lived_in = result["residents"].where(result["residents"] > 0)
    result["share"] = result["residents_reaching"] / lived_in
    result["jobs_within"] = result["jobs_within"] / lived_in
    return result[WINDOW_LEVEL_COLUMNS]


def windows_sentence(by_level: pd.DataFrame, windows: Sequence[DayWindow], study: Study) -> str:
    """Say what residents reach in each other window beside the study's own; empty without another.

    Parameters
    ----------
    by_level
        The result of `windows_by_level`, with the study's own window.
    windows
        Those it holds.
    study
        Gives the thresholds that are named.
    """
    region = by_level[by_level["level"] == "region"]
    others = [window for window in windows if window.key != OWN]
    if not others or region["residents"].max() <= 0:
        return ""
    row = {window.key: region[region["window"] == window.key].iloc[0] for window in windows}
    own = row[OWN]
    clauses = [_clause(window, row[window.key], own) for window in others]
    return (
        f"In the study's window ({own['start']} until before {own['end']}) {own['share']:.1%} of residents reach "
        f"{study.indicator.min_centres} or more centres within {study.indicator.cutoff_min:g} minutes and a mean of "
        f"{own['jobs_within']:,.0f} jobs within {study.jobs.cutoff_min:g}; {'; '.join(clauses)}."
    )


def _clause(window: DayWindow, there: pd.Series[float], own: pd.Series[float]) -> str:
    jobs = (
        f" ({there['jobs_within'] / own['jobs_within']:.0%} of the study's window)"
        if own["jobs_within"] > 0
        else ""
    )
    return f"{window.in_words}: {there['share']:.1%} and {there['jobs_within']:,.0f} jobs{jobs}"
