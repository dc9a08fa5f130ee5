"""`corridors schemes`: what the schemes of a study change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corridors.console import answering
from corridors.sample import sample_study
from corridors.scheme_study import run_schemes
from corridors.study import load_study


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
    with answering(quiet=quiet) as progress:
        results = run_schemes(chosen, out=out, progress=progress)
    if not quiet:
        typer.echo(results.outputs["schemes.md"].read_text(encoding="utf-8"))
    typer.echo(results.outputs["schemes.md"].resolve())
