"""`corridors schemes`: what the schemes of a study change, and what depends on each line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corridors.console import answering
from corridors.sample import sample_study
from corridors.schemes.closures import run_closures
from corridors.schemes.study import run_schemes
from corridors.study import load_study


def schemes(
    study: Annotated[
        Path | None,
        typer.Argument(help="A study file (TOML) that names schemes; without it, the embedded sample."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("out"),
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario",
            help="Count for the residents of this scenario too, instead of those of the study; may be repeated.",
        ),
    ] = None,
    close_lines: Annotated[
        bool,
        typer.Option(
            "--close-lines",
            help="Instead of the schemes: close every line in turn and say who depends on it.",
        ),
    ] = False,
    lines: Annotated[
        int | None,
        typer.Option("--lines", min=1, help="With --close-lines: only so many, those with most departures."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the table.")
    ] = False,
) -> None:
    """Say what a study's schemes change, each alone and all together: who gains, who loses, and what it costs."""
    _refuse_together(scenario, close_lines=close_lines, lines=lines)
    chosen = load_study(study if study is not None else sample_study())
    with answering(quiet=quiet) as progress:
        if close_lines:
            written = run_closures(chosen, out=out, limit=lines, progress=progress).outputs["resilience.md"]
        else:
            written = run_schemes(chosen, out=out, scenarios=scenario, progress=progress).outputs[
                "schemes.md"
            ]
    if not quiet:
        typer.echo(written.read_text(encoding="utf-8"))
    typer.echo(written.resolve())


def _refuse_together(scenario: list[str] | None, *, close_lines: bool, lines: int | None) -> None:
    """Refuse options that have nothing to do with one another."""
    if lines is not None and not close_lines:
        raise typer.BadParameter("it limits --close-lines, which is not given", param_hint="--lines")
    if scenario and close_lines:
        raise typer.BadParameter("lines are closed for the residents of today", param_hint="--scenario")
