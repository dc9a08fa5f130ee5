"""The lines of a study closed in turn, from its files to a table: what depends on each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import accessibility as acc
from corridors.access.access import build_network
from corridors.access.reach import refuse_no_stop_in_reach
from corridors.inputs import read_inputs
from corridors.manifest import Request, write_manifest
from corridors.outputs import prepare_folder, write_csv, write_text
from corridors.progress import Progress, silent
from corridors.schemes.paper import markdown
from corridors.schemes.resilience import closures_sentence, line_closures
from corridors.study import indicator_definition

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from corridors.study import Study

_SHOWN: Final = 20
_PRINTED: Final = {
    "rank": "Rank",
    "line": "Line",
    "feed": "Feed",
    "departures": "Departures",
    "residents_losing_enough": "Residents who no longer reach enough centres",
    "most_deprived_losing_enough": "Of them in the most deprived fifth",
    "jobs_lost_each": "Jobs within reach lost, mean per resident",
}


@dataclass(frozen=True, eq=False)
class ClosureResults:
    """What depends on each line.

    Attributes
    ----------
    definition
        What the indicator counts, in one sentence.
    table
        One row per line; see `corridors.schemes.resilience.line_closures`.
    sentences
        What was found and what must be read beside it.
    outputs
        The files written, by name; empty when nothing was.
    """

    definition: str
    table: pd.DataFrame
    sentences: tuple[str, ...]
    outputs: dict[str, Path]


def run_closures(
    study: Study, *, out: str | Path | None = None, limit: int | None = None, progress: Progress | None = None
) -> ClosureResults:
    """Answer what depends on each line of a study's timetable: every line closed in turn, nothing in its place.

    Parameters
    ----------
    study
        A study read by `corridors.load_study`.
    out
        Folder for ``resilience.csv, resilience.md`` and ``manifest_closures.json``. Without it nothing is written.
    limit
        Close only so many lines, those with most departures; by default every line that runs.
    progress
        Called with the step in words and the share of it that is done.

    Raises
    ------
    ToolkitError
        When an input is not right, an output cannot be written, or the limit is below 1.
    """
    tell = progress or silent
    folder = None if out is None else prepare_folder(out)
    request = Request("closures", study, options={} if limit is None else {"limit": limit})
    tell("Reading tables", 0)
    inputs = read_inputs(study)
    tell("Reading timetables", 0)
    timetable = acc.read_timetable(
        [study.resolve(feed) for feed in study.timetable.feeds],
        date=study.timetable.date,
        step_free=study.timetable.step_free,
    )
    study = study.on(timetable.service_date)
    network = build_network(timetable, study)
    refuse_no_stop_in_reach(network, inputs)
    table = line_closures(network, inputs, study, limit=limit, progress=partial(tell, "Closing lines"))
    said = [closures_sentence(table, study)]
    if limit is not None:
        said.append(
            f"Only lines with most departures were closed, at most {limit:,}: others may matter more."
        )
    results = ClosureResults(indicator_definition(study), table, tuple(said), {})
    return results if folder is None else _written(request, study, results, folder)


def closures_paper(study: Study, results: ClosureResults) -> str:
    """Write the lines that most depends on as a table to paste into a paper, under its definition."""
    lines = [
        f"# What depends on each line: {study.study.name}",
        *([study.study.notice] if study.study.notice else []),
        f"{results.definition}.",
        markdown(results.table.head(_SHOWN), _PRINTED),
        *([f"The first {_SHOWN} of {len(results.table)} lines."] if len(results.table) > _SHOWN else []),
        "\n".join(f"* {sentence}" for sentence in results.sentences),
        "Not modelled: fares, crowding, reliability, and what passengers would ask for instead.",
    ]
    return "\n\n".join(lines) + "\n"


def _written(request: Request, study: Study, results: ClosureResults, folder: Path) -> ClosureResults:
    outputs = {
        "resilience.csv": write_csv(folder / "resilience.csv", results.table),
        "resilience.md": write_text(folder / "resilience.md", closures_paper(study, results)),
    }
    manifest = write_manifest(
        folder,
        request,
        outputs=outputs,
        definitions={"indicator": results.definition},
        figures={},
        notes=results.sentences,
        service_date=study.service_date,
    )
    return replace(results, outputs=outputs | {manifest.name: manifest})
