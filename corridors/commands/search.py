"""`corridors search`: where one more departure, a quicker run, one more stop or a timed change would help most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from corridors.console import answering
from corridors.sample import sample_study
from corridors.search.moves import KINDS
from corridors.search.study import run_search
from corridors.study import load_study

if TYPE_CHECKING:
    from corridors.search.moves import Kind


def search(
    study: Annotated[
        Path | None, typer.Argument(help="A study file (TOML); without it, the embedded sample.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("out"),
    moves: Annotated[
        str, typer.Option("--moves", help=f"What to try, separated by commas: {', '.join(KINDS)}.")
    ] = ",".join(KINDS),
    budget_vehicle_hours: Annotated[
        float,
        typer.Option(
            "--budget-vehicle-hours", help="What a package of moves may take; 0 for no package.", min=0
        ),
    ] = 20,
    stops: Annotated[
        Path | None,
        typer.Option(
            "--stops",
            metavar="FILE",
            help="Places for one more stop, a table like the study's stations; without it, those that a line passes.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the tables.")
    ] = False,
) -> None:
    """Say where one more vehicle would help most: every line asked, alone and in a package up to a budget."""
    kinds = tuple(dict.fromkeys(part.strip() for part in moves.split(",") if part.strip()))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise typer.BadParameter(
            f"{unknown[0] if unknown else moves!r} is none of {', '.join(KINDS)}", param_hint="--moves"
        )
    chosen = load_study(study if study is not None else sample_study())
    with answering(quiet=quiet) as progress:
        results = run_search(
            chosen,
            moves=cast("tuple[Kind, ...]", kinds),
            budget_vehicle_hours=budget_vehicle_hours or None,
            stops=stops,
            out=out,
            progress=progress,
        )
    if not quiet:
        typer.echo(results.outputs["search.md"].read_text(encoding="utf-8"))
    typer.echo(results.outputs["search.md"].resolve())
