"""The briefing of a run: a few pages in plain words to print for a committee, every figure traced to a cell of a file.

It is written from the files of the run, after them. Figures for reports and papers are written beside it; see
`corridors.briefing.figures` for the same in a notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from corridors.briefing import access as briefing_access
from corridors.briefing import choices as briefing_choices
from corridors.briefing import method as briefing_method
from corridors.briefing.cells import SHARE, Cells, say
from corridors.briefing.material import Material
from corridors.briefing.tables import briefing_tables
from corridors.manifest import parameters
from corridors.outputs import prepare_folder, write_bytes, write_csv, write_text
from corridors.study import indicator_in_short
from maps.briefing import Briefing, build_briefing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from corridors.inputs import Inputs
    from corridors.results import RunResults
    from corridors.study import Study

#: The file of the briefing.
BRIEFING: Final = "briefing.html"
_FIGURES: Final = "figures"
_HOW_TO_CHECK: Final = (
    "Every figure in this briefing is a cell of a file that was written with it. Point at a figure to see the file, the row and "
    "the column. What each column means is in manifest.json; the map to explore is index.html; the figures for papers are in "
    "the folder figures."
)


def write_briefing(
    study: Study, inputs: Inputs, results: RunResults, folder: Path, *, outputs: Mapping[str, Path]
) -> dict[str, Path]:
    """Write the briefing of a run and its figures into the folder of its results.

    Parameters
    ----------
    study
        With its service date chosen.
    inputs, results
        The study's tables, and what was found.
    folder
        The folder of the results.
    outputs
        The tables written so far, by name: what the briefing reads.

    Returns
    -------
        What was written: ``briefing.html``, its own tables (see `corridors.briefing.tables`) and ``figures/*.png``.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    from corridors.briefing.figures import run_figures  # noqa: PLC0415 - matplotlib takes a second to import
    from maps.figures import to_png, to_svg  # noqa: PLC0415 - likewise

    tables = briefing_tables(study, inputs, results)
    written = {name: write_csv(folder / name, table) for name, table in tables.items()}
    drawn = run_figures(inputs, results)
    if drawn:
        prepare_folder(folder / _FIGURES)
    for name, figure in drawn.items():
        file = f"{_FIGURES}/{name}.png"
        written[file] = write_bytes(folder / file, to_png(figure))
    told = Material(
        study=study,
        inputs=inputs,
        results=results,
        cells=Cells.of({**outputs, **written}, record_of(study, results)),
        pictures={name: to_svg(figure, body_alone=True) for name, figure in drawn.items()},
    )
    written[BRIEFING] = write_text(folder / BRIEFING, build_briefing(briefing_of(told)))
    return written


def record_of(study: Study, results: RunResults) -> dict[str, Any]:
    """Return what the manifest of a run will say that a briefing quotes: settings, definitions, notes, day and run."""
    day = study.service_date
    return {
        "run_id": results.run_id,
        "study": study.study.name,
        "notice": study.study.notice,
        "service_date": None if day is None else day.isoformat(),
        "definitions": run_definitions(study, results),
        "notes": run_notes(results),
        "parameters": parameters(study),
    }


def run_definitions(study: Study, results: RunResults) -> dict[str, str]:
    """Return what the indicator counts, over whom, and in short, as the manifest holds it."""
    return {
        "indicator": results.definition,
        "in_short": indicator_in_short(study),
        "denominator": results.denominator,
    }


def run_notes(results: RunResults) -> tuple[str, ...]:
    """Return the notes of a run, as the manifest holds them."""
    return (*(said for _, said in results.findings), *results.cautions, *results.notes)


def briefing_of(told: Material) -> Briefing:
    """Put the briefing together: the finding first, what it does not tell last."""
    cells = told.cells
    share = cells.cell("indicator.csv", "share", SHARE, level="region")
    sections = [
        briefing_access.found(told),
        briefing_method.measured(told),
        briefing_method.compared(told),
        briefing_access.left_out(told),
        briefing_access.need_meets_access(told),
        briefing_choices.ranked(told, "corridors"),
        briefing_choices.ranked(told, "sites"),
        briefing_choices.schemes(told),
        briefing_method.limits(told),
        briefing_method.cautions(told),
        briefing_method.sources(told),
    ]
    return Briefing(
        title=say(
            "{share} of residents reach {k} or more centres within {cutoff} minutes",
            share=share,
            k=told.k,
            cutoff=told.cutoff,
        ),
        eyebrow=cells.told("study"),
        subtitle=cells.told("definitions", "in_short"),
        notice=cells.told("notice") if told.study.study.notice else "",
        facts=briefing_access.facts(told),
        sections=[section for section in sections if section is not None],
        closing=[_HOW_TO_CHECK, say("Run {run}.", run=cells.told("run_id"))],
    )
