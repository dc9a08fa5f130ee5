"""`corridors otp4gb`: the matrices of an otp4gb-py configuration, without OpenTripPlanner."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from corridors.batch.otp4gb_run import run_otp4gb
from corridors.console import answering


def otp4gb(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="A config.yml of otp4gb-py, or its folder.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the matrices.")] = Path("out-times"),
    assets: Annotated[
        Path | None,
        typer.Option("--assets", metavar="DIR", help="Folder of feeds, streets and centroids, if another."),
    ] = None,
    straight_lines: Annotated[
        bool,
        typer.Option("--straight-lines", help="Walk in straight lines times 1.3, without the streets."),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the description.")
    ] = False,
) -> None:
    """Compute the travel times that an otp4gb-py configuration asks for; `corridors run --times` scores such files."""
    with answering(quiet=quiet) as progress:
        found = run_otp4gb(config, out=out, assets=assets, straight_lines=straight_lines, progress=progress)
    if not quiet:
        typer.echo(found.outputs["otp4gb.md"].read_text(encoding="utf-8"))
    typer.echo(found.outputs["otp4gb.md"].resolve())
