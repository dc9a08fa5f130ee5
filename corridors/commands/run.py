"""`corridors run`: answer a study and print what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.console import answering
from corridors.results import RunResults
from corridors.run import run_study
from corridors.sample import sample_study
from corridors.study import Study, load_study

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 3


def run(
    study: Annotated[
        Path | None, typer.Argument(help="A study file (TOML); without it, the embedded sample.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path("out"),
    times: Annotated[
        Path | None,
        typer.Option(
            "--times",
            metavar="FILE",
            help="Travel times computed elsewhere (from_id, to_id, travel_time or travel_time_pNN; CSV or Parquet), to score "
            "instead of the study's feeds.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the map.")
    ] = False,
) -> None:
    """Answer a study: who reaches enough centres, where need is, which corridors come first."""
    chosen = load_study(study if study is not None else sample_study())
    with answering(quiet=quiet) as progress:
        results = run_study(chosen, out=out, times=times, progress=progress)
    if not quiet:
        typer.echo(summary(results.study, results))
    typer.echo(results.outputs["index.html"].resolve())


def summary(study: Study, results: RunResults) -> str:
    """Say the indicator with its definition, the first corridors, and what must be read beside them."""
    lines = [
        study.study.name,
        *([study.study.notice] if study.study.notice else []),
        "",
        f"{results.headline}.",
        f"  {results.definition}.",
        "",
        *_first_corridors(study, results.ranking),
        "",
        *(sentence for _, sentence in results.findings),
        "",
        "Not modelled: fares, crowding, reliability.",
        f"{len(results.cautions) + len(results.notes)} cautions stand on the page and in manifest.json.",
        f"Run {results.run_id}. The map:",
    ]
    return "\n".join(lines)


def _first_corridors(study: Study, ranking: pd.DataFrame) -> list[str]:
    """List the first corridors with the range of their ranks; one without a score is not ranked."""
    if ranking["score"].isna().all():
        return [f"No corridor has a score: not ranked ({len(ranking)}). The cautions say why."]
    shown = ranking.head(_SHOWN)
    return [
        (
            f"First {len(shown)} of {len(ranking)} corridors (rank; 5th to 95th percentile over draws of "
            f"{study.ranking.drawn_in_words}):"
        ),
        *(
            f"  {row.rank}  {row.name}  ({row.rank_low} to {row.rank_high}; score {row.score:.2f})"
            for row in shown[shown["score"].notna()].itertuples(index=False)
        ),
        *(f"  not ranked  {name}" for name in shown.loc[shown["score"].isna(), "name"]),
    ]
