"""The command line: `corridors run`, `corridors schemes` and `corridors check`."""

from __future__ import annotations

import io
import logging
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from accessibility._version import __version__
from accessibility.service_date import AUTO
from accessibility.streets import read_streets
from corridors.check import document, plain, print_report
from corridors.checking import check_feeds, check_study, read_area
from corridors.errors import ToolkitError
from corridors.outputs import write_text
from corridors.results import RunResults
from corridors.run import run_study
from corridors.sample import sample_study
from corridors.scheme_study import run_schemes
from corridors.study import Study, load_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

_INTERRUPTED = 130
_SHOWN = 3

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command line; what is not right is one sentence on stderr and exit code 1."""
    try:
        app()
    except ToolkitError as error:
        print(f"corridors: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks here
        sys.exit(1)


@app.callback(invoke_without_command=True)
def corridors(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Where public transport, deprivation and jobs meet."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def run(
    study: Annotated[
        Path | None, typer.Argument(help="A study file (TOML); without it, the embedded sample.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("out"),
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the map.")
    ] = False,
) -> None:
    """Answer a study: who reaches enough centres, where need is, which corridors come first."""
    chosen = load_study(study if study is not None else sample_study())
    with _answering(quiet=quiet) as progress:
        results = run_study(chosen, out=out, progress=progress)
    if not quiet:
        typer.echo(summary(chosen, results))
    typer.echo(results.outputs["index.html"].resolve())


@app.command()
def schemes(
    study: Annotated[
        Path | None,
        typer.Argument(help="A study file (TOML) that names schemes; without it, the embedded sample."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("out"),
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the table.")
    ] = False,
) -> None:
    """Say what a study's schemes change, each alone and all together: who gains, who loses, and what it costs."""
    chosen = load_study(study if study is not None else sample_study())
    with _answering(quiet=quiet) as progress:
        results = run_schemes(chosen, out=out, progress=progress)
    if not quiet:
        typer.echo(results.outputs["schemes.md"].read_text(encoding="utf-8"))
    typer.echo(results.outputs["schemes.md"].resolve())


@app.command()
def check(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FEED...|STUDY", help="Feeds (zip or folder), or one study file (TOML)."),
    ],
    date: Annotated[
        str | None,
        typer.Option(
            "--date",
            help="Service date to judge, YYYY-MM-DD, or auto for a representative Tuesday; by default auto, for a study its own.",
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the whole report as JSON as well.")
    ] = None,
    streets: Annotated[
        Path | None,
        typer.Option(
            "--streets", metavar="FILE", help="Walkable streets (OpenStreetMap): which stops lie off them?"
        ),
    ] = None,
    area: Annotated[
        Path | None,
        typer.Option(
            "--area",
            metavar="FILE",
            help="Polygons: which stops lie outside? For a study by default its outlines.",
        ),
    ] = None,
    canonical: Annotated[
        bool,
        typer.Option(
            "--canonical/--no-canonical", help="Validate in full with gtfs-guru, where it is installed."
        ),
    ] = True,
) -> None:
    """Judge feeds or a study before a number rests on them: spans, trips, stops, speeds, and what is wrong."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    is_study = [path.suffix.lower() == ".toml" for path in paths]
    if any(is_study) and len(paths) > 1:
        raise typer.BadParameter(
            "a study is checked by itself; it names its own feeds", param_hint="FEED...|STUDY"
        )
    polygons = None if area is None else read_area(area)
    walkable = None if streets is None else read_streets(streets)
    if is_study[0]:
        report = check_study(paths[0], date=date, area=polygons, streets=walkable, canonical=canonical)
    else:
        report = check_feeds(paths, date=date or AUTO, area=polygons, streets=walkable, canonical=canonical)
    print_report(report, _console())
    if json_file is not None:
        write_text(json_file, document(report))
    if not report.passed:
        typer.echo(f"corridors: {plain(report.verdict)}", err=True)
        raise typer.Exit(1)


def _console() -> Console:
    """Make the console for a report: names that a pipe's encoding lacks are shown as question marks, not as an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, emoji=False, markup=False)


def summary(study: Study, results: RunResults) -> str:
    """Say the indicator with its definition, the first corridors, and what must be read beside them."""
    lines = [
        study.study.name,
        *([study.study.notice] if study.study.notice else []),
        "",
        f"{results.headline}.",
        f"  {results.definition}.",
        "",
        *_first_corridors(results.ranking),
        "",
        *(sentence for _, sentence in results.findings),
        "",
        "Not modelled: fares, crowding, reliability.",
        f"{len(results.cautions) + len(results.notes)} cautions stand on the page and in manifest.json.",
        f"Run {results.run_id}. The map:",
    ]
    return "\n".join(lines)


def _first_corridors(ranking: pd.DataFrame) -> list[str]:
    """List the first corridors with the range of their ranks; one without a score is not ranked."""
    if ranking["score"].isna().all():
        return [f"No corridor has a score: not ranked ({len(ranking)}). The cautions say why."]
    shown = ranking.head(_SHOWN)
    return [
        f"First {len(shown)} of {len(ranking)} corridors (rank; 5th to 95th percentile with other weights):",
        *(
            f"  {row.rank}  {row.name}  ({row.rank_low} to {row.rank_high}; score {row.score:.2f})"
            for row in shown[shown["score"].notna()].itertuples(index=False)
        ),
        *(f"  not ranked  {name}" for name in shown.loc[shown["score"].isna(), "name"]),
    ]


@contextmanager
def _answering(*, quiet: bool) -> Iterator[Callable[[str, float], None] | None]:
    """Draw progress while a study is answered, and say on an interruption what stands on disk."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        with _progress(quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        # Here, because typer would turn the interruption into a bare exit before `main` could speak.
        typer.echo("corridors: interrupted; every file in the folder for results is whole", err=True)
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, float], None] | None]:
    """Draw one bar per step on a terminal; into a file or a pipe, nothing."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        steps: dict[str, int] = {}

        def tell(step: str, share: float) -> None:
            if step not in steps:
                for earlier in steps.values():
                    bars.update(earlier, completed=1)  # type: ignore[arg-type]
                steps[step] = bars.add_task(step, total=1)
            bars.update(steps[step], completed=share)  # type: ignore[arg-type]

        yield tell
        for task in steps.values():
            bars.update(task, completed=1)  # type: ignore[arg-type]
