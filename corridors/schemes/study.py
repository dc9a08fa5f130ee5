"""The schemes of a study from its files to tables: what each changes, for whom, at what cost, alone and all together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

import accessibility as acc
from corridors.access.reach import refuse_no_stop_in_reach
from corridors.errors import StudyError
from corridors.inputs import read_inputs
from corridors.manifest import Request, write_manifest
from corridors.outputs import prepare_folder, write_csv, write_parquet, write_text
from corridors.places.labour_pools import site_changes, site_table, sites_sentence
from corridors.progress import Progress, silent
from corridors.ranking.rankings import members_of
from corridors.schemes.appraisal import appraisals_table
from corridors.schemes.before_after import access_to_compare, change_sentence, neighbours_sentence
from corridors.schemes.paper import paper
from corridors.schemes.runs import (
    PACKAGE,
    appraise_schemes,
    compare_round,
    network_with,
    package_sentence,
    rounds_of,
)
from corridors.schemes.scenario_runs import (
    TODAY,
    TOGETHER,
    Answer,
    chosen_scenarios,
    counted_for,
    grown_inputs,
    schemes_built,
)
from corridors.study import indicator_definition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from corridors.inputs import Inputs
    from corridors.schemes.before_after import BeforeAfter
    from corridors.schemes.edits import Scheme
    from corridors.schemes.scenarios import Scenario
    from corridors.study import Study


@dataclass(frozen=True, eq=False)
class SchemeResults:
    """What the schemes of a study change.

    Attributes
    ----------
    definition
        What the indicator counts, in one sentence.
    scenarios
        What each population is, in words, by its id: ``today`` first, then the scenarios.
    table
        One row per scenario and scheme, and one for all together; see `corridors.schemes.appraisal.appraisals_table`.
    levels, fifths, areas
        Region, districts and wards; deprivation fifths; small areas: each with ``scenario, scheme`` in front. Small areas
        of today alone: under a scenario the same journeys hold.
    sites
        ``scheme``, then what it changes for each site; see `corridors.places.labour_pools.site_changes`. Residents of today.
    sentences
        What was found and what must be read beside it.
    outputs
        The files written, by name; empty when nothing was.
    """

    definition: str
    scenarios: dict[str, str]
    table: pd.DataFrame
    levels: pd.DataFrame
    fifths: pd.DataFrame
    areas: pd.DataFrame
    sites: pd.DataFrame
    sentences: tuple[str, ...]
    outputs: dict[str, Path]


def run_schemes(
    study: Study,
    *,
    out: str | Path | None = None,
    scenarios: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> SchemeResults:
    """Answer what the schemes of a study change: for whom, where, at what cost, each alone and all together.

    Parameters
    ----------
    study
        A study whose ``[files]`` name ``schemes``: a file as `corridors.schemes.edits.read_schemes` reads it, or a folder.
    out
        Folder for ``schemes.csv, schemes.md, schemes_levels.csv, schemes_fifths.csv, schemes_sites.csv,
        schemes_areas.parquet`` and ``manifest_schemes.json``. Without it nothing is written.
    scenarios
        Ids of scenarios to answer beside the residents of today; by default those of the study's ``[scenarios]``.
    progress
        Called with the step in words and the share of it that is done.

    Raises
    ------
    ToolkitError
        When an input is not right, a scheme contradicts the feeds, or the edition of the Indices is not known, by which
        fifths of the nation are told.

    Examples
    --------
    >>> changed = corridors.run_schemes(study, out="out")  # doctest: +SKIP
    """
    tell = progress or silent
    if study.files.schemes is None:
        raise StudyError(f"{study.path.name}: [files] names no schemes")
    folder = None if out is None else prepare_folder(out)
    request = Request("schemes", study, options={} if scenarios is None else {"scenarios": list(scenarios)})
    tell("Reading tables", 0)
    inputs = read_inputs(study)
    if inputs.edition is None:
        raise StudyError(
            f"{study.path.name}: [vintages] deprivation names no edition of the Indices of Deprivation, by which the fifths "
            "of the nation are told"
        )
    chosen = chosen_scenarios(study, inputs.schemes, study.scenarios.ids if scenarios is None else scenarios)
    asked = _asked(study, inputs, chosen, tell)
    answers = [
        _answer_today(asked, inputs, ranked=inputs.edition.ranked),
        *(_answer(asked, inputs, scenario, ranked=inputs.edition.ranked) for scenario in chosen),
    ]
    results = SchemeResults(
        definition=indicator_definition(asked.study),
        scenarios={answer.scenario: _population_in_words(answer) for answer in answers},
        table=_stacked(answers, [appraisals_table(each.worth, each.found) for each in answers]),
        levels=_stacked(answers, [_by_scheme(each, [one.levels for one in each.found]) for each in answers]),
        fifths=_stacked(answers, [_by_scheme(each, [one.fifths for one in each.worth]) for each in answers]),
        areas=_stacked(answers[:1], [_by_scheme(answers[0], [one.areas for one in answers[0].found])]),
        sites=asked.sites,
        sentences=tuple(_sentences(answers, inputs, asked)),
        outputs={},
    )
    return results if folder is None else _written(request, asked.study, results, folder)


@dataclass(frozen=True, eq=False)
class _Asked:
    """Journeys with each round of schemes held against those of today."""

    study: Study
    found: dict[frozenset[str], BeforeAfter]
    sites: pd.DataFrame

    def of(self, schemes: Sequence[Scheme]) -> BeforeAfter:
        return self.found[frozenset(scheme.id for scheme in schemes)]


def _asked(study: Study, inputs: Inputs, scenarios: Sequence[Scenario], tell: Progress) -> _Asked:
    """Ask the journeys of today, with each scheme, and with those that are built together."""
    tell("Reading timetables", 0)
    feeds = [acc.read_feed(study.resolve(feed)) for feed in study.timetable.feeds]
    if study.service_date is None:
        study = study.on(acc.representative_date(feeds).date)
    rounds = _rounds(inputs.schemes, scenarios)
    if not rounds:
        raise StudyError(f"{study.files.schemes} holds no scheme that changes the timetable")
    today = network_with(study, feeds, [])
    refuse_no_stop_in_reach(today, inputs)
    members = members_of(inputs.corridors, inputs, study, today.crs)
    access = access_to_compare(today, inputs, study)
    near = site_table(today, inputs, study, cutoff_min=study.labour_pool_min)
    found, sites = {}, []
    for done, (name, some) in enumerate(rounds, start=1):
        changed, after = compare_round(
            study, inputs, feeds, some, name=name, before=today, access_before=access, members=members
        )
        found[frozenset(scheme.id for scheme in some)] = changed
        changes = site_changes(near, site_table(after, inputs, study, cutoff_min=study.labour_pool_min))
        sites.append(changes.assign(scheme=name)[["scheme", *changes.columns]])
        tell("Schemes", done / len(rounds))
    return _Asked(study, found, pd.concat(sites, ignore_index=True))


def _rounds(schemes: Sequence[Scheme], scenarios: Sequence[Scenario]) -> list[tuple[str, list[Scheme]]]:
    """Return what is asked: each scheme, all together, and those that a scenario builds together, each set once."""
    rounds = rounds_of(schemes)
    known = [{scheme.id for scheme in some} for _, some in rounds]
    for scenario in scenarios:
        built = schemes_built(scenario, schemes)
        ids = {scheme.id for scheme in built}
        if ids not in known:
            known.append(ids)
            rounds.append((f"{TOGETHER} ({scenario.id})", built))
    return rounds


def _answer_today(asked: _Asked, inputs: Inputs, *, ranked: int) -> Answer:
    found = tuple(asked.of(some) for _, some in rounds_of(inputs.schemes))
    return Answer(
        scenario=TODAY,
        name="",
        words="",
        note="",
        found=found,
        worth=appraise_schemes(found, inputs.schemes, inputs.areas, ranked=ranked),
    )


def _answer(asked: _Asked, inputs: Inputs, scenario: Scenario, *, ranked: int) -> Answer:
    """Count for the residents of a scenario what the schemes that it builds change."""
    grown = grown_inputs(inputs, scenario)
    built = schemes_built(scenario, inputs.schemes)
    name = PACKAGE if len(built) == len(rounds_of(inputs.schemes, package=False)) else TOGETHER
    found = tuple(
        replace(counted_for(asked.of(some), grown), name=name if len(some) > 1 else each)
        for each, some in rounds_of(built)
    )
    return Answer(
        scenario=scenario.id,
        name=scenario.name,
        words=scenario.in_words,
        note=scenario.note,
        found=found,
        worth=appraise_schemes(found, built, grown.areas, ranked=ranked),
    )


def _population_in_words(answer: Answer) -> str:
    if answer.scenario == TODAY:
        return "Residents of the study's own table."
    return " ".join(filter(None, (f"{answer.name}.", answer.words, answer.note)))


def _sentences(answers: Sequence[Answer], inputs: Inputs, asked: _Asked) -> list[str]:
    """Say what was found for today and for each scenario, what it rests on, and where it is from."""
    today, *others = answers
    schemes = inputs.schemes
    said = [
        " ".join(filter(None, (change_sentence(each), neighbours_sentence(each)))) for each in today.found
    ]
    said.append(package_sentence(today.found))
    said += [
        f"{answer.name}. {answer.words} "
        f"{change_sentence(answer.found[-1], lives='Where people work and build')}"
        for answer in others
    ]
    most = today.found[-1].name
    last = asked.sites[asked.sites["scheme"] == most]
    named = most.lower() if most == PACKAGE else most
    said.append(
        sites_sentence(last, cutoff_min=asked.study.labour_pool_min, name=named) if len(inputs.sites) else ""
    )
    said += dict.fromkeys(sentence for each in today.worth for sentence in each.sentences)
    said += [f"{scheme.name}, assumed: {scheme.assumed}" for scheme in schemes if scheme.assumed]
    said += [f"{scheme.name}, source: {scheme.source}" for scheme in schemes if scheme.edit]
    return [sentence for sentence in said if sentence]


def _by_scheme(answer: Answer, tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the tables of the schemes one under the other, the scheme's name in front."""
    named = [table.assign(scheme=each.name) for each, table in zip(answer.found, tables, strict=True)]
    joined = pd.concat(named, ignore_index=True)
    return joined[["scheme", *joined.columns.drop("scheme")]]


def _stacked(answers: Sequence[Answer], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the tables of the populations one under the other, the scenario in front."""
    named = [table.assign(scenario=each.scenario) for each, table in zip(answers, tables, strict=True)]
    joined = pd.concat(named, ignore_index=True)
    return joined[["scenario", *joined.columns.drop("scenario")]]


def _written(request: Request, study: Study, results: SchemeResults, folder: Path) -> SchemeResults:
    outputs = {
        "schemes.csv": write_csv(folder / "schemes.csv", results.table),
        "schemes_levels.csv": write_csv(folder / "schemes_levels.csv", results.levels),
        "schemes_fifths.csv": write_csv(folder / "schemes_fifths.csv", results.fifths),
        "schemes_sites.csv": write_csv(folder / "schemes_sites.csv", results.sites),
        "schemes_areas.parquet": write_parquet(folder / "schemes_areas.parquet", results.areas),
        "schemes.md": write_text(folder / "schemes.md", paper(study, results)),
    }
    manifest = write_manifest(
        folder,
        request,
        outputs=outputs,
        definitions={"indicator": results.definition}
        | {f"scenario: {name}": words for name, words in results.scenarios.items()},
        figures={},
        notes=results.sentences,
        service_date=study.service_date,
    )
    return replace(results, outputs=outputs | {manifest.name: manifest})
