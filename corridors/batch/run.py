"""A batch: catchments of stations by threshold, direction, scenario and window, in a folder that can be killed at any time.

What is worked out is kept part by part as it comes (`corridors.batch.store`); the same call on the same folder goes on
where the last one was stopped, and ends with the same bytes as if it never had been.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import accessibility as acc
from accessibility.errors import ParameterError
from accessibility.window import check_covered, parse_window
from corridors.batch.answering import Feeds, answer_missing, minutes_of, notes_noticed
from corridors.batch.counting import batch_tables
from corridors.batch.files import write_results
from corridors.batch.plan import plan_of
from corridors.batch.scenarios import cases_of
from corridors.batch.stations import read_batch_stations, study_stations
from corridors.batch.store import working_in
from corridors.batch.tables import check_thresholds
from corridors.batch.units import STATIONS_PER_UNIT, answer_here
from corridors.errors import OutputError
from corridors.evidence import figure
from corridors.inputs import read_inputs
from corridors.manifest import Request, refuse_other_results
from corridors.outputs import prepare_folder
from corridors.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from corridors.batch.plan import Plan, Window
    from corridors.batch.tables import Tables
    from corridors.batch.units import Answerer
    from corridors.study import Study

log = logging.getLogger(__name__)

THRESHOLDS_MIN: Final = (15.0, 30.0, 45.0, 60.0, 75.0, 90.0)
#: The figure of the strategy that a batch is held against: residents to be connected to HS2.
_TARGET: Final = "hs2_population"


@dataclass(frozen=True, eq=False)
class BatchResults:
    """What a batch found and wrote.

    Attributes
    ----------
    plan
        What was asked, with the stations and scenarios.
    tables
        See `corridors.batch.tables.Tables`.
    outputs
        The files written, by their path from the folder.
    answered, kept
        Parts that were worked out, and parts that stood from before.
    """

    plan: Plan
    tables: Tables
    outputs: dict[str, Path]
    answered: int
    kept: int

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each station that was refused, could not be answered, or has nothing within reach."""
        rows = self.tables.summary
        wrong = rows[rows["status"].ne("ok")].drop_duplicates(
            ["station_id", "station", "direction", "scenario", "window"]
        )
        return tuple(_problem(row) for row in wrong.to_dict("records"))


@dataclass(frozen=True)
class _Options:
    """What determines the outputs beside the study and the table of stations."""

    thresholds: Sequence[float]
    windows: Sequence[Window]
    scenarios: Sequence[str] | None
    target: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "thresholds": list(self.thresholds),
            "windows": [list(window) for window in self.windows],
            "scenarios": None if self.scenarios is None else list(self.scenarios),
            "target": self.target,
        }


def run_batch(
    study: Study,
    *,
    out: str | Path,
    stations: str | Path | None = None,
    thresholds_min: Sequence[float] = THRESHOLDS_MIN,
    windows: Sequence[Window] | None = None,
    scenarios: Sequence[str] | None = None,
    target: float | None = None,
    answerer: Answerer | None = None,
    stations_per_unit: int = STATIONS_PER_UNIT,
    progress: Progress | None = None,
) -> BatchResults:
    """Who gets to each station, and what is within reach from it, by threshold, scenario and window?

    Parameters
    ----------
    study
        A study read by `corridors.load_study`.
    out
        Folder for the results. What a batch that was stopped has finished in it is used again; see the module.
    stations
        A table as `corridors.batch.stations.read_batch_stations` reads it; without it, the study's HS2 stations.
    thresholds_min
        Minutes from door to door, inclusive; none beyond the study's longest journey.
    windows
        Windows of departures; without any, the study's own.
    scenarios
        See `corridors.batch.scenarios.cases_of`; without any, today and all of the study's schemes together.
    target
        Residents to be connected; without it, the number that the strategy names; 0 for no target.
    answerer
        What answers the units; without it, this process does.
    stations_per_unit
        Stations that are asked together, at most 64: fewer make more and smaller units to share out.
    progress
        Told what is done, and how much of it.

    Returns
    -------
        The tables, and the files ``summary.csv, curve.csv, targets.csv, onward.csv, catchments.parquet, times.parquet,
        index.html, stations/<id>.html, manifest.json``: each appears whole or not at all, and the same question gives the
        same bytes, whatever was stopped and begun again, and whoever answered.

    Raises
    ------
    ToolkitError
        When an input is not right, another run is at work in the folder, or it cannot be written to, in one sentence. A
        station that cannot be used, or has nothing within reach, is no error: see `BatchResults.problems`.

    Examples
    --------
    >>> batch = corridors.run_batch(study, out="out", thresholds_min=(30, 45, 60))  # doctest: +SKIP
    """
    tell = progress or silent
    options = _Options(
        thresholds=check_thresholds(list(thresholds_min), longest_min=study.journey.max_time_min),
        windows=_checked_windows(study, windows),
        scenarios=scenarios,
        target=figure(_TARGET).value if target is None else (target or None),
    )
    table = None if stations is None else Path(stations)
    folder = prepare_folder(out)
    refuse_other_results(folder, "batch")
    with working_in(folder) as store:
        brought = {} if table is None else {"stations": table}
        request = Request("batch", study, options=options.as_json(), brought=brought)
        tell("Reading tables", 0)
        inputs = read_inputs(study)
        feeds = Feeds(study, tell)
        if study.service_date is None:
            study = study.on(acc.representative_date(feeds.read()).date)
        found = (
            study_stations(inputs, inputs.schemes)
            if table is None
            else read_batch_stations(table, inputs.outlines, schemes=inputs.schemes)
        )
        cases = cases_of(study, inputs, options.scenarios)
        plan = plan_of(study, inputs, found, cases, options.windows)
        tell("Reading tables", 1)
        try:
            answered, failed = answer_missing(
                plan, store, feeds, answerer or answer_here, at_once=stations_per_unit, tell=tell
            )
            if len(failed) == len(plan.keys):
                raise next(iter(failed.values()))
            minutes = partial(minutes_of, plan, store, failed)
            tables = batch_tables(
                plan,
                inputs,
                minutes,
                thresholds_min=options.thresholds,
                target=options.target,
                noticed=notes_noticed(plan, store),
                progress=tell,
            )
            outputs = write_results(folder, request, plan, inputs, tables, minutes, progress=tell)
        except OutputError as error:
            raise OutputError(
                f"{error}; what is finished is kept, and the same command goes on from it"
            ) from error
        store.keep_only({*plan.keys.values(), *plan.note_keys.values()})
    kept = len(plan.keys) - answered - len(failed)
    return BatchResults(plan, tables, outputs, answered, kept)


def rerun(
    study: Study,
    options: Mapping[str, Any],
    brought: Mapping[str, Path],
    *,
    out: Path,
    progress: Progress | None = None,
) -> None:
    """Work out a batch anew from what its manifest tells, for `corridors verify --rerun`.

    Parameters
    ----------
    study
        The study of the manifest.
    options, brought
        As the manifest holds them.
    out
        An empty folder.
    progress
        As for `run_batch`.
    """
    run_batch(
        study,
        out=out,
        stations=brought.get("stations"),
        thresholds_min=options["thresholds"],
        windows=[(start, end) for start, end in options["windows"]],
        scenarios=options["scenarios"],
        target=options["target"] or 0,
        progress=progress,
    )


def _checked_windows(study: Study, windows: Sequence[Window] | None) -> tuple[Window, ...]:
    """Refuse windows that the timetable cannot answer; without any, the study's own."""
    chosen = tuple(windows) if windows else (study.journey.window,)
    for window in chosen:
        check_covered(parse_window(window, max_time_min=study.journey.max_time_min))
    if len(set(chosen)) < len(chosen):
        raise ParameterError(f"the windows {', '.join('-'.join(each) for each in chosen)} name one twice")
    return chosen


def _problem(row: Mapping[Hashable, Any]) -> str:
    """Say what is wrong with one station, and in which question where it is not all of them."""
    asked = f" ({row['direction']}, {row['scenario']}, {row['window']})" if row["direction"] else ""
    return f"{row['station'] or row['station_id'] or 'a station without a name'}{asked}: {row['note']}"
