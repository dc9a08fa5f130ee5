"""The schemes of a study from its files to tables: what each changes, for whom, at what cost, alone and all together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

import accessibility as acc
from corridors.appraisal import appraisals_table
from corridors.before_after import change_sentence, neighbours_sentence
from corridors.catchments import catchment_members
from corridors.columns import rounded
from corridors.errors import StudyError
from corridors.inputs import read_inputs
from corridors.outputs import prepare_folder, write_csv, write_parquet, write_text
from corridors.progress import Progress, silent
from corridors.reach import refuse_no_stop_in_reach
from corridors.scheme_runs import appraise_schemes, compare_schemes, network_with, package_sentence
from corridors.schemes import read_schemes
from corridors.study import indicator_definition

if TYPE_CHECKING:
    from pathlib import Path

    from corridors.before_after import BeforeAfter
    from corridors.inputs import Inputs
    from corridors.schemes import Scheme
    from corridors.study import Study

#: The columns that a paper prints, and what they are called there.
_PRINTED = {
    "scheme": "Scheme",
    "extra_residents": "More residents reaching enough centres",
    "share_most_deprived": "Share of that in the most deprived fifth",
    "grade_most_deprived": "Grade",
    "losers": "Residents who lose something",
    "cost_m_central": "Cost, £m",
    "residents_per_m": "Residents per £m",
}


@dataclass(frozen=True, eq=False)
class SchemeResults:
    """What the schemes of a study change.

    Attributes
    ----------
    definition
        What the indicator counts, in one sentence.
    table
        One row per scheme and one for all together; see `corridors.appraisal.appraisals_table`.
    levels, fifths, areas
        Region, districts and wards; deprivation fifths; small areas: each with the ``scheme`` in front.
    sentences
        What was found and what must be read beside it.
    outputs
        The files written, by name; empty when nothing was.
    """

    definition: str
    table: pd.DataFrame
    levels: pd.DataFrame
    fifths: pd.DataFrame
    areas: pd.DataFrame
    sentences: tuple[str, ...]
    outputs: dict[str, Path]


def run_schemes(
    study: Study, *, out: str | Path | None = None, progress: Progress | None = None
) -> SchemeResults:
    """Answer what the schemes of a study change: for whom, where, at what cost, each alone and all together.

    Parameters
    ----------
    study
        A study whose ``[files]`` name ``schemes``: a file as `corridors.schemes.read_schemes` reads it, or a folder.
    out
        Folder for ``schemes.csv, schemes.md, schemes_levels.csv, schemes_fifths.csv, schemes_areas.parquet``. Without it
        nothing is written.
    progress
        Called with the step in words and the share of it that is done.

    Raises
    ------
    ToolkitError
        When an input is not right, a scheme contradicts the feeds, or the edition of the Indices is not known, by which
        fifths of the nation are told.
    """
    tell = progress or silent
    if study.files.schemes is None:
        raise StudyError(f"{study.path.name}: [files] names no schemes")
    folder = None if out is None else prepare_folder(out)
    tell("Reading tables", 0)
    inputs, schemes = read_inputs(study), read_schemes(study.resolve(study.files.schemes))
    if inputs.edition is None:
        raise StudyError(
            f"{study.path.name}: [vintages] deprivation names no edition of the Indices of Deprivation, by which the fifths "
            "of the nation are told"
        )
    study, found = _compared(study, inputs, schemes, tell)
    worth = appraise_schemes(found, schemes, inputs.areas, ranked=inputs.edition.ranked)
    table = appraisals_table(worth, found)
    results = SchemeResults(
        definition=indicator_definition(study),
        table=table,
        levels=_stacked(found, [each.levels for each in found]),
        fifths=_stacked(found, [each.fifths for each in worth]),
        areas=_stacked(found, [each.areas for each in found]),
        sentences=(
            *(" ".join(filter(None, (change_sentence(each), neighbours_sentence(each)))) for each in found),
            *filter(None, [package_sentence(found)]),
            *dict.fromkeys(sentence for each in worth for sentence in each.sentences),
            *(f"{scheme.name}, assumed: {scheme.assumed}" for scheme in schemes if scheme.assumed),
            *(f"{scheme.name}, source: {scheme.source}" for scheme in schemes if scheme.edit),
        ),
        outputs={},
    )
    return results if folder is None else _written(study, results, folder)


def _compared(
    study: Study, inputs: Inputs, schemes: tuple[Scheme, ...], tell: Progress
) -> tuple[Study, tuple[BeforeAfter, ...]]:
    """Hold every scheme against the timetable of today, on the day that the study takes."""
    tell("Reading timetables", 0)
    feeds = [acc.read_feed(study.resolve(feed)) for feed in study.timetable.feeds]
    if study.service_date is None:
        study = study.on(acc.representative_date(feeds).date)
    today = network_with(study, feeds, [])
    refuse_no_stop_in_reach(today, inputs)
    choice = study.ranking
    members = catchment_members(
        inputs.corridors,
        inputs.areas,
        max_walk_min=choice.catchment_walk_min,
        walk_speed_kmh=study.journey.walk_speed_kmh,
        detour=study.journey.detour,
        crs=today.crs,
    )
    found = compare_schemes(
        study, inputs, feeds, schemes, before=today, members=members, progress=partial(tell, "Schemes")
    )
    if not found:
        raise StudyError(f"{study.files.schemes} holds no scheme that changes the timetable")
    return study, found


def _stacked(found: tuple[BeforeAfter, ...], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the tables of the schemes one under the other, the scheme's name in front."""
    named = [table.assign(scheme=each.name) for each, table in zip(found, tables, strict=True)]
    joined = pd.concat(named, ignore_index=True)
    return joined[["scheme", *joined.columns.drop("scheme")]]


def _written(study: Study, results: SchemeResults, folder: Path) -> SchemeResults:
    outputs = {
        "schemes.csv": write_csv(folder / "schemes.csv", results.table),
        "schemes_levels.csv": write_csv(folder / "schemes_levels.csv", results.levels),
        "schemes_fifths.csv": write_csv(folder / "schemes_fifths.csv", results.fifths),
        "schemes_areas.parquet": write_parquet(folder / "schemes_areas.parquet", results.areas),
        "schemes.md": write_text(folder / "schemes.md", paper(study, results)),
    }
    return SchemeResults(**{**vars(results), "outputs": outputs})


def paper(study: Study, results: SchemeResults) -> str:
    """Write the schemes as a table to paste into a paper, under its definition, with what must be read beside it."""
    printed = rounded(results.table[list(_PRINTED)])
    rows = [list(_PRINTED.values()), ["---"] * len(_PRINTED)]
    rows += [[_cell(value) for value in row] for row in printed.itertuples(index=False, name=None)]
    lines = [
        f"# What the schemes change: {study.study.name}",
        *([study.study.notice] if study.study.notice else []),
        f"{results.definition}.",
        "\n".join(f"| {' | '.join(row)} |" for row in rows),
        "\n".join(f"* {sentence}" for sentence in results.sentences),
        "Not modelled: fares, crowding, reliability, land use that follows, and demand.",
    ]
    return "\n\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if bool(pd.isna(value)):  # type: ignore[call-overload]
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "/")
