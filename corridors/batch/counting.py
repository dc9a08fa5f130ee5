"""Counting over the minutes of a batch: station by station, then all of them together with everybody counted once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridors.batch.plan import Part
from corridors.batch.station_catchments import (
    FOUND,
    GROUPS,
    Together,
    area_cells,
    catchment_polygons,
    found_at_sites,
    journey_bands,
    minutes_until,
    people_by_area,
    within,
)
from corridors.batch.stations import opening_words
from corridors.batch.tables import SHARED, TOGETHER, Rows
from corridors.batch.units import DIRECTIONS
from corridors.errors import ToolkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from corridors.batch.plan import Plan, Window
    from corridors.batch.scenarios import Case
    from corridors.batch.tables import Tables
    from corridors.batch.units import Direction
    from corridors.inputs import Inputs
    from corridors.progress import Progress

    Array = npt.NDArray[np.float64]
    #: Minutes of a part, in the order of its places; or what kept it from being answered.
    Minutes = Callable[[Part], Array | ToolkitError]


@dataclass(frozen=True, eq=False)
class _Subject:
    """A station, or all of them, with the minutes of one direction, scenario and window."""

    station_id: str
    name: str
    first: Array
    second: Array | None
    note: str


def batch_tables(
    plan: Plan,
    inputs: Inputs,
    minutes: Minutes,
    *,
    thresholds_min: Sequence[float],
    target: float | None,
    noticed: Sequence[str] = (),
    progress: Progress,
) -> Tables:
    """Count over the minutes of every part of a batch.

    Parameters
    ----------
    plan, inputs
        What was asked, of which tables.
    minutes
        Gives the minutes of a part; called once for each.
    thresholds_min
        Minutes, inclusive, rising.
    target
        How many residents are to be connected; None for no target.
    noticed
        What was noticed of the timetables and streets.
    progress
        Told how far it is.
    """
    counting = _Counting(plan, inputs, minutes, list(thresholds_min), target)
    rows, questions = Rows(), [(case, window) for case in plan.cases for window in plan.windows]
    for done, (case, window) in enumerate(questions):
        progress("Counting", done / len(questions))
        for direction in DIRECTIONS:
            counting.count(rows, direction, case, window)
    progress("Counting", 1)
    rows.summary.append(_refused(plan))
    return rows.tables(notes=(*counting.left_out, *_openings(plan), *noticed))


class _Counting:
    """Counts the people, jobs and homes of one batch."""

    def __init__(
        self,
        plan: Plan,
        inputs: Inputs,
        minutes: Minutes,
        thresholds_min: list[float],
        target: float | None,
    ) -> None:
        self._plan, self._inputs, self._minutes = plan, inputs, minutes
        self._thresholds, self._target = thresholds_min, target
        self._ranked = None if inputs.edition is None else inputs.edition.ranked
        self._longest = plan.study.journey.max_time_min
        self._every_minute = list(range(math.floor(self._longest) + 1))
        self._cells = area_cells(inputs.areas, inputs.outlines)
        self._kind = plan.places["kind"].to_numpy()
        self.left_out = people_by_area(inputs.areas, ranked=self._ranked)[1]

    def count(self, rows: Rows, direction: Direction, case: Case, window: Window) -> None:
        """Add the rows of one direction, scenario and window, station by station and then for all together."""
        people, _ = people_by_area(case.areas_of(self._inputs), ranked=self._ranked)
        for subject in self._subjects(rows, direction, case, window):
            asked = {
                "station_id": subject.station_id,
                "station": subject.name,
                "direction": direction,
                "scenario": case.key,
                "window": "-".join(window),
            }
            totals = self._totals(subject, direction, people, self._thresholds)
            status = "ok" if _any_reached(totals, direction) else "empty"
            told: dict[str, Any] = {
                "threshold_min": self._thresholds,
                "status": status,
                "note": _note(status, subject),
            }
            rows.summary.append(totals.reset_index(drop=True).assign(**asked, **told))
            by_minute = self._totals(subject, direction, people, self._every_minute)
            rows.curve.append(by_minute.reset_index(drop=True).assign(**asked, minute=self._every_minute))
            rows.catchments.append(self._polygons(subject, totals).assign(**asked))
            if direction == "to":
                self._add_targets(rows, subject, asked, people["residents"].to_numpy())
        if direction == "to":
            self._add_onward(rows, case, window, people["residents"].to_numpy())

    def _subjects(self, rows: Rows, direction: Direction, case: Case, window: Window) -> Iterator[_Subject]:
        """Give the stations that were answered one by one, and then all of them together."""
        names = self._plan.stations.table.set_index("station_id")["name"]
        parts = self._plan.parts(direction, case, window)
        size = len(self._kind) if direction == "from" else int((self._kind == "area").sum())
        together, answered = Together(size), 0
        for part in parts:
            found = self._minutes(part)
            if isinstance(found, ToolkitError):
                rows.summary.append(_failed(part, str(names[part.station]), case, found))
                continue
            together.add(found)
            answered += 1
            yield _Subject(
                part.station, str(names[part.station]), found, None, _opening(self._plan, part.station, case)
            )
        if answered > 1:
            missing = (
                f"without {len(parts) - answered} that could not be answered" if answered < len(parts) else ""
            )
            yield _Subject("", TOGETHER, together.first, together.second, missing)

    def _totals(
        self, subject: _Subject, direction: Direction, people: pd.DataFrame, limits: Sequence[float]
    ) -> pd.DataFrame:
        """Count within each limit; what a direction does not ask about stays missing."""
        if direction == "to":
            totals = within(subject.first, people, limits_min=limits)
            totals["all_residents"] = people["residents"].sum()
            totals["share_residents"] = totals["residents"] / totals["all_residents"]
            if subject.second is not None:
                totals[SHARED] = within(subject.second, people[["residents"]], limits_min=limits)["residents"]
        else:
            jobs = self._inputs.jobs[["jobs"]].astype(float)
            at_sites, homes = found_at_sites(subject.first[self._kind == "site"], self._inputs.sites)
            totals = within(subject.first[self._kind == "jobs"], jobs, limits_min=limits)
            totals = totals.join(within(at_sites, homes, limits_min=limits))
        return totals.reindex(columns=[*GROUPS, "all_residents", "share_residents", SHARED, *FOUND])

    def _polygons(self, subject: _Subject, totals: pd.DataFrame) -> gpd.GeoDataFrame:
        of_areas = subject.first[: len(self._cells)]
        drawn = catchment_polygons(of_areas, self._cells, limits_min=self._thresholds)
        return drawn.assign(residents=totals["residents"].to_numpy(), jobs=totals["jobs"].to_numpy())

    def _add_targets(self, rows: Rows, subject: _Subject, asked: dict[str, Any], people: Array) -> None:
        if self._target is None:
            return
        minutes = minutes_until(subject.first, people, self._target)
        reached, everybody = float(people[np.isfinite(subject.first)].sum()), float(people.sum())
        told = {name: asked[name] for name in ("station_id", "station", "scenario", "window")}
        figures = {
            "target": self._target,
            "minutes": float(math.ceil(minutes)) if math.isfinite(minutes) else math.inf,
            "residents_within_longest": reached,
            "longest_min": self._longest,
            "all_residents": everybody,
        }
        rows.targets.append({**told, **figures, "in_words": target_words(figures)})

    def _add_onward(self, rows: Rows, case: Case, window: Window, people: Array) -> None:
        """Add the constants of the journeys onward to the minutes, by where they lead."""
        stations = self._plan.stations
        names = stations.table.set_index("station_id")["name"]
        for to, told in stations.onward.groupby("to", sort=True):
            together, ends = Together(len(people)), []
            for station, constant in zip(told["station_id"], told["minutes"], strict=True):
                found = self._minutes(Part("to", case.built, window, str(station)))
                if isinstance(found, ToolkitError):
                    continue
                together.add(found + constant)
                ends.append((str(station), str(names[station]), float(constant), found + constant))
            if len(ends) > 1:
                ends.append(("", TOGETHER, min(constant for *_, constant, _ in ends), together.first))
            for station, name, constant, minutes in ends:
                bands = journey_bands(
                    minutes,
                    people,
                    from_min=float(told["minutes"].min()),
                    max_min=self._longest + float(told["minutes"].max()),
                )
                rows.onward.append(
                    bands.assign(
                        station_id=station,
                        station=name,
                        scenario=case.key,
                        window="-".join(window),
                        to=to,
                        onward_min=constant,
                    )
                )


def target_words(figures: dict[str, float]) -> str:
    """Say by when the target is reached, or how far the longest journey leads."""
    if math.isfinite(figures["minutes"]):
        return f"{figures['target']:,.0f} residents within {figures['minutes']:.0f} minutes"
    return (
        f"{figures['target']:,.0f} residents: not within {figures['longest_min']:g} minutes; "
        f"{figures['residents_within_longest']:,.0f} of {figures['all_residents']:,.0f} are"
    )


def _any_reached(totals: pd.DataFrame, direction: Direction) -> bool:
    """Tell whether anybody, or anything, is within the longest threshold."""
    names = ["residents"] if direction == "to" else ["jobs", "sites"]
    return bool(totals[names].iloc[-1].sum() > 0)


def _note(status: str, subject: _Subject) -> str:
    nobody = "nothing is within the longest threshold" if status == "empty" else ""
    return "; ".join(filter(None, (nobody, subject.note)))


def _opening(plan: Plan, station: str, case: Case) -> str:
    row = plan.stations.table.set_index("station_id").loc[station]
    return opening_words(row["opening"], str(row["status"]), year=case.year)


def _openings(plan: Plan) -> Iterator[str]:
    """Name every station that a scenario uses before it opens, once for each way of saying so."""
    names = plan.stations.table.set_index("station_id")["name"]
    for station, name in names.items():
        said: dict[str, list[str]] = {}
        for case in plan.cases:
            said.setdefault(_opening(plan, str(station), case), []).append(case.name)
        for words, cases in said.items():
            if words:
                yield f"{name} ({', '.join(cases)}): {words}."


def _failed(part: Part, name: str, case: Case, error: ToolkitError) -> pd.DataFrame:
    told = {
        "station_id": part.station,
        "station": name,
        "direction": part.direction,
        "scenario": case.key,
        "window": "-".join(part.window),
        "status": "failed",
        "note": str(error),
    }
    return pd.DataFrame([told])


def _refused(plan: Plan) -> pd.DataFrame:
    refused = plan.stations.refused
    return pd.DataFrame(
        {
            "station_id": refused["station_id"],
            "station": refused["name"],
            "status": "refused",
            "note": refused["reason"],
        }
    )
