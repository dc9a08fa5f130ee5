"""`corridors batch`: catchments of stations, by threshold, direction, scenario and window."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.batch.cluster import answering_on
from corridors.batch.processes import answer_in_processes
from corridors.batch.run import THRESHOLDS_MIN, BatchResults, run_batch
from corridors.batch.units import STATIONS_PER_UNIT
from corridors.batch.words import results_in_words
from corridors.console import answering
from corridors.sample import sample_study
from corridors.study import load_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corridors.batch.units import Answerer

_USUAL = ",".join(f"{minutes:g}" for minutes in THRESHOLDS_MIN)
_KEPT = "what is finished is kept, and the same command goes on from it"


def batch(
    stations: Annotated[
        Path | None,
        typer.Argument(
            help="A table of stations (CSV: station_id, name, lon, lat; access_point where a station has several; opening, "
            "onward_min and onward_to as far as they are known); without it, the study's HS2 stations."
        ),
    ] = None,
    study: Annotated[
        Path | None, typer.Option("--study", help="A study file (TOML); without it, the embedded sample.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the results; a batch that was stopped goes on in it.")
    ] = Path("out-batch"),
    thresholds: Annotated[
        str, typer.Option("--thresholds", help="Minutes from door to door, separated by commas.")
    ] = _USUAL,
    windows: Annotated[
        str | None,
        typer.Option(
            "--windows",
            help="Windows of departures, such as 07:00-09:00,17:00-19:00; by default the study's.",
        ),
    ] = None,
    scenarios: Annotated[
        str | None,
        typer.Option(
            "--scenarios",
            help="today, schemes (all of the study's), ids of its schemes (several joined by +) or of its scenarios, separated "
            "by commas; by default today and, where there are any, schemes.",
        ),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(
            "--target",
            min=0,
            help="Residents to be connected; by default the number that the strategy names; 0 for none.",
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs",
            min=1,
            help="Processes that answer at once; one alone uses all processors already, in threads.",
        ),
    ] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Answer on the workers of this dask scheduler, such as tcp://host:8786.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, help="Answer on so many dask workers, started here, of one thread each."
        ),
    ] = None,
    stations_per_unit: Annotated[
        int,
        typer.Option(
            "--stations-per-unit",
            min=1,
            max=STATIONS_PER_UNIT,
            help="Stations asked together; fewer spread wider.",
        ),
    ] = STATIONS_PER_UNIT,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the first page.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Tell of progress and the end as JSON, one object a line.")
    ] = False,
) -> None:
    """Say who gets to each station and what is within reach from it; safe to stop at any time."""
    if quiet and as_json:
        raise typer.BadParameter("give --quiet or --json, not both", param_hint="--json")
    if sum((jobs > 1, scheduler is not None, workers is not None)) > 1:
        raise typer.BadParameter("give one of --jobs, --scheduler and --workers", param_hint="--jobs")
    asked_minutes, asked_windows = _minutes(thresholds), None if windows is None else _windows(windows)
    chosen = load_study(study if study is not None else sample_study())
    with (
        answering(quiet=quiet, as_json=as_json, patience_s=0, kept=_KEPT) as progress,
        _answerer(jobs=jobs, scheduler=scheduler, workers=workers) as answerer,
    ):
        results = run_batch(
            chosen,
            out=out,
            stations=stations,
            thresholds_min=asked_minutes,
            windows=asked_windows,
            scenarios=None if scenarios is None else [each.strip() for each in scenarios.split(",")],
            target=target,
            answerer=answerer,
            stations_per_unit=stations_per_unit,
            progress=progress,
        )
    _end(results, quiet=quiet, as_json=as_json)


@contextmanager
def _answerer(*, jobs: int, scheduler: str | None, workers: int | None) -> Iterator[Answerer | None]:
    """Choose who answers the units; None is this process."""
    if scheduler is not None or workers is not None:
        with answering_on(scheduler, workers=workers) as answerer:
            yield answerer
    else:
        yield answer_in_processes(jobs) if jobs > 1 else None


def _end(results: BatchResults, *, quiet: bool, as_json: bool) -> None:
    """Print what was found and where it stands; with a problem, say so in one sentence and exit with 1."""
    page, problems = results.outputs["index.html"].resolve(), results.problems
    if as_json:
        said = {name: str(path.resolve()) for name, path in sorted(results.outputs.items())}
        typer.echo(
            json.dumps(
                {"step": "Done", "share": 1, "remaining_s": 0.0, "problems": list(problems), "outputs": said}
            )
        )
    else:
        if not quiet:
            typer.echo(results_in_words(results.plan, results.tables))
        typer.echo(page)
    if problems:
        more = f" (and {len(problems) - 1} more: see summary.csv)" if len(problems) > 1 else ""
        typer.echo(f"corridors: {problems[0]}{more}", err=True)
        raise typer.Exit(1)


def _minutes(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not minutes separated by commas, such as {_USUAL}", param_hint="--thresholds"
        ) from None


def _windows(text: str) -> list[tuple[str, str]]:
    windows = [tuple(part.strip().split("-")) for part in text.split(",")]
    if any(len(window) != 2 for window in windows):
        raise typer.BadParameter(
            f"{text!r} is not windows separated by commas, such as 07:00-09:00", param_hint="--windows"
        )
    return [(start, end) for start, end in windows]
