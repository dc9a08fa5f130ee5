"""A search from a study's files to tables: what every line could do, a package, and a page to paste into a paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import accessibility as acc
from accessibility.timetables.step_free import step_free_feed
from corridors.access.reach import refuse_no_stop_in_reach
from corridors.inputs import read_inputs
from corridors.manifest import Request, write_manifest
from corridors.outputs import prepare_folder, write_csv, write_text
from corridors.places.places import read_stations
from corridors.progress import Progress, silent
from corridors.schemes.files import schemes_text
from corridors.schemes.runs import network_with
from corridors.search.best_moves import Search, SearchChoices, search_moves
from corridors.search.moves import Kind
from corridors.search.paper import paper
from corridors.search.words import column_meanings, search_sentences
from corridors.study import indicator_definition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from accessibility.feeds.gtfs import Feed
    from corridors.study import Study


@dataclass(frozen=True, eq=False)
class SearchResults:
    """What a search found, as it is written.

    Attributes
    ----------
    definition
        What the indicator counts, in one sentence.
    found
        The tables.
    sentences
        What was found and what must be read beside it.
    outputs
        The files written, by name; empty when nothing was.
    """

    definition: str
    found: Search
    sentences: tuple[str, ...]
    outputs: dict[str, Path]


def run_search(
    study: Study,
    *,
    moves: Sequence[Kind] = get_args(Kind),
    budget_vehicle_hours: float | None = 20,
    stops: Path | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> SearchResults:
    """Answer where one more departure, a quicker run, one more stop or a timed change would help most.

    Parameters
    ----------
    study
        A study.
    moves
        Kinds of moves, of `corridors.search.moves.KINDS`.
    budget_vehicle_hours
        What a package may take; None for no package.
    stops
        A table of candidates for one more stop, in the form of the study's stations; by default those of them where
        something of their mode calls already.
    out
        Folder for ``search.csv, search_timed_changes.csv, search_packages.csv, search_left_out.csv, search_package.toml``
        (the package as schemes), ``search.md`` and ``manifest_search.json``. Without it nothing is written.
    progress
        Called with the step in words and the share of it that is done.

    Raises
    ------
    ToolkitError
        When an input is not right or an output cannot be written.

    Examples
    --------
    >>> found = corridors.run_search(study, moves=["more_frequent"])  # doctest: +SKIP
    """
    tell = progress or silent
    budget = None if budget_vehicle_hours is None else float(budget_vehicle_hours)
    choices = SearchChoices(kinds=tuple(moves), budget_vehicle_hours=budget)
    folder = None if out is None else prepare_folder(out)
    request = Request(
        "search",
        study,
        options={"moves": list(choices.kinds), "budget_vehicle_hours": budget},
        brought={} if stops is None else {"stops": stops},
    )
    tell("Reading tables", 0)
    inputs = read_inputs(study)
    places = None if stops is None else read_stations(stops, inputs.outlines)
    tell("Reading timetables", 0)
    study, feeds = _feeds_of(study)
    today = network_with(study, feeds, [])
    refuse_no_stop_in_reach(today, inputs)
    found = search_moves(study, inputs, feeds, today, choices=choices, places=places, progress=tell)
    results = SearchResults(
        definition=indicator_definition(study),
        found=found,
        sentences=search_sentences(found, choices),
        outputs={},
    )
    return results if folder is None else _written(request, study, results, folder)


def _feeds_of(study: Study) -> tuple[Study, list[Feed]]:
    """Read the feeds, choose the day where the study leaves it open, and keep what is step-free where it asks for that."""
    feeds = [acc.read_feed(study.resolve(feed)) for feed in study.timetable.feeds]
    if study.service_date is None:
        study = study.on(acc.representative_date(feeds).date)
    step_free = study.timetable.step_free
    if step_free is not None:
        feeds = [step_free_feed(feed, unknown=step_free) for feed in feeds]
    return study, feeds


def _written(request: Request, study: Study, results: SearchResults, folder: Path) -> SearchResults:
    found = results.found
    outputs = {
        "search.csv": write_csv(folder / "search.csv", found.moves),
        "search_timed_changes.csv": write_csv(folder / "search_timed_changes.csv", found.pairs),
        "search_packages.csv": write_csv(folder / "search_packages.csv", found.package),
        "search_left_out.csv": write_csv(folder / "search_left_out.csv", found.refused),
        "search_package.toml": write_text(
            folder / "search_package.toml", schemes_text([move.scheme for move in found.taken])
        ),
        "search.md": write_text(
            folder / "search.md", paper(study, found, results.definition, results.sentences)
        ),
    }
    manifest = write_manifest(
        folder,
        request,
        outputs=outputs,
        definitions={"indicator": results.definition, **column_meanings(study)},
        figures={},
        notes=results.sentences,
        service_date=study.service_date,
    )
    return replace(results, outputs=outputs | {manifest.name: manifest})
