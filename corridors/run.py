"""The whole way, from a study to its outputs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import accessibility as acc
import maps
from corridors import findings
from corridors.access.access import access_table, build_network, reach_of_centres, reach_of_jobs
from corridors.access.access_and_need import access_and_need
from corridors.access.car import reach_by_car
from corridors.access.districts import district_table
from corridors.access.fairness import fairness_of
from corridors.access.indicator import centres_curve, indicator_by_level
from corridors.access.matrix_run import score_times
from corridors.access.reach import refuse_no_stop_in_reach
from corridors.access.relative import reach_per_unemployed
from corridors.briefing.briefing import run_definitions, run_notes, write_briefing
from corridors.columns import column_definitions
from corridors.decision_columns import decision_definitions
from corridors.errors import OutputError
from corridors.inputs import Inputs, read_inputs
from corridors.lines import line_segments
from corridors.manifest import Request, refuse_other_results, write_manifest
from corridors.outputs import prepare_folder, write_csv, write_parquet
from corridors.page.explained import explained
from corridors.page.study_page import study_pages
from corridors.places.labour_pools import site_table
from corridors.progress import Progress, silent
from corridors.ranking.doubt import jobs_by_definition
from corridors.ranking.rankings import links_of, rank_all, ranking_files, stacked
from corridors.results import RunResults
from corridors.run_tables import denominator, wards_of
from corridors.study import indicator_definition, journey_definition

if TYPE_CHECKING:
    import pandas as pd

    from corridors.study import Study


def run_study(
    study: Study,
    *,
    out: str | Path | None = None,
    times: str | Path | None = None,
    progress: Progress | None = None,
) -> RunResults:
    """Answer a study: who reaches enough centres, where need is, which corridors and sites come first.

    Parameters
    ----------
    study
        A study read by `corridors.load_study`.
    out
        Folder for the outputs; made when absent. Without it nothing is written.
    times
        Travel times that were computed elsewhere, to score instead of the study's feeds: a file as
        `corridors.access.matrices.read_times` reads it. By default what ``times`` in the study's ``[files]`` names.
    progress
        Called as the work goes on.

    Returns
    -------
        The tables. With `out`, also the files ``index.html, wards.parquet, wards.csv, access.parquet, districts.csv,
        indicator.csv, indicator_variants.csv, indicator_sweep.csv, cohorts.csv, inequality.csv, sites.csv, overlaps.csv,
        cover.csv, connectedness.csv, in_common.csv, manifest.json``, what `corridors.briefing.briefing.write_briefing` writes, those of `corridors.page.explained.Explained.files`,
        those of `corridors.ranking.rankings.ranking_files` for the
        corridors and the sites, and those of `corridors.access.access_and_need.AccessAndNeed.files`: each appears whole or not at
        all, and the same study writes the same bytes.

    Raises
    ------
    ToolkitError
        When an input is not right or an output cannot be written, in one sentence.

    Examples
    --------
    >>> results = corridors.run_study(study, out="out")  # doctest: +SKIP
    """
    tell = progress or silent
    folder = None if out is None else prepare_folder(out)
    if folder is not None:
        refuse_other_results(folder, "run")
    request = Request("run", study, brought={} if times is None else {"times": Path(times)})
    tell("Reading tables", 0)
    inputs = read_inputs(study)
    by_car, driving, said = _by_car(study, inputs)
    matrix = study.files.times and study.resolve(study.files.times) if times is None else Path(times)
    if matrix:
        tell("Reading travel times", 0)
        study, results = score_times(
            study, inputs, matrix, by_car=by_car, driving=driving, run_id=request.run_id
        )
    else:
        study, results = _routed(study, inputs, tell, by_car=by_car, driving=driving, run_id=request.run_id)
    results = replace(results, notes=(*results.notes, *said))
    results = explained(study, inputs, results, progress=tell)
    results = replace(results, pages=study_pages(study, inputs, results))
    if folder is None:
        return results
    return _written(request, study, inputs, results, folder, tell)


def _routed(
    study: Study,
    inputs: Inputs,
    tell: Progress,
    *,
    by_car: list[pd.DataFrame],
    driving: str,
    run_id: str,
) -> tuple[Study, RunResults]:
    """Compute the travel times of the study's feeds, on the day that it takes, and what follows from them."""
    tell("Reading timetables", 0)
    timetable = acc.read_timetable(
        [study.resolve(feed) for feed in study.timetable.feeds],
        date=study.timetable.date,
        step_free=study.timetable.step_free,
    )
    study = study.on(timetable.service_date)
    network = build_network(timetable, study)
    refuse_no_stop_in_reach(network, inputs)
    centres = reach_of_centres(
        network, inputs.areas, inputs.centres, study, progress=partial(tell, "Minutes to centres")
    )
    jobs = reach_of_jobs(
        network, inputs.areas, inputs.jobs, study, progress=partial(tell, "Jobs within reach")
    )
    tell("Wards and ranking", 0)
    per_unemployed = reach_per_unemployed(network, inputs.areas, inputs.jobs, study)
    access = access_table(inputs.areas, jobs, per_unemployed, centres, *by_car)
    return study, _results(study, inputs, network, access, driving, run_id=run_id)


def _by_car(study: Study, inputs: Inputs) -> tuple[list[pd.DataFrame], str, tuple[str, ...]]:
    """Drive to the same centres and jobs; say how the drive is timed, and what was noticed of the roads.

    Nothing where the study has no car.
    """
    if study.car is None or study.driven is None:
        return [], "", ()
    roads = acc.read_streets(study.resolve(study.driven), mode="drive")
    words = acc.Driving(**study.car.model_dump()).in_words(roads)
    return [reach_by_car(roads, inputs.areas, inputs.centres, inputs.jobs, study)], words, roads.named_notes


def _results(
    study: Study, inputs: Inputs, network: acc.Network, access: pd.DataFrame, driving: str, *, run_id: str
) -> RunResults:
    """Lay access over need and jobs, and rank."""
    k = study.indicator.min_centres
    table = indicator_by_level(access, inputs.areas, inputs.shares, inputs.wards, min_centres=k)
    fairness = fairness_of(study, inputs, network, access)
    beside = access_and_need(study, inputs, network, access)
    asked = jobs_by_definition(network, inputs, study)
    corridors, sites = rank_all(study, inputs, access, fairness.times, jobs=asked, crs=network.crs)
    links = links_of(study, inputs, corridors.members, crs=network.crs)
    found = [
        *beside.findings,
        ("How sure the ranking of corridors is", corridors.finding),
        ("How sure the ranking of sites is", sites.finding),
        ("The two gaps, corridors", findings.gap_sentence(study, corridors.found.ranking, noun="corridors")),
        ("The two gaps, sites", findings.gap_sentence(study, sites.found.ranking, noun="sites")),
        ("Compared with", fairness.beside or findings.comparison(study)),
        ("Two cutoffs", findings.two_cutoffs(study)),
    ]
    groups = (
        ("Access", findings.of_access(study, inputs, network, access)),
        ("Deprivation", findings.of_deprivation(inputs)),
        ("Claimants", findings.of_claimants(inputs)),
        ("Groups and definitions", fairness.left_out),
        ("The ranking of corridors", [*corridors.cautions, findings.same_money(inputs)]),
        ("The ranking of sites", sites.cautions),
        ("What the ranges of ranks hold", findings.of_ranges(study)),
    )
    return RunResults(
        run_id=run_id,
        study=study,
        definition=indicator_definition(study),
        denominator=denominator(study, inputs),
        driving=driving,
        headline=findings.headline(study, table),
        access=access,
        wards=wards_of(study, inputs, access),
        indicator=table,
        curve=centres_curve(access, inputs.areas, centres=inputs.centres["group"].nunique()),
        districts=district_table(table, fairness.near_miss, inputs),
        fairness=fairness,
        beside=beside,
        network=network,
        robustness=corridors.found,
        robustness_sites=sites.found,
        members=corridors.members,
        members_sites=sites.members,
        overlaps=stacked(corridors.overlaps, sites.overlaps),
        cover=stacked(corridors.cover, sites.cover),
        connectedness=links.connectedness,
        in_common=links.in_common,
        sites=site_table(network, inputs, study, services=inputs.services, cutoff_min=study.labour_pool_min),
        lines=line_segments(network.timetable, window=study.journey.window, crs=network.crs),
        findings=tuple((heading, sentence) for heading, sentence in found if sentence),
        caution_groups=tuple((heading, tuple(filter(None, said))) for heading, said in groups if any(said)),
        notes=network.notes,
    )


def _written(
    request: Request, study: Study, inputs: Inputs, results: RunResults, folder: Path, tell: Progress
) -> RunResults:
    """Write every output; the manifest last, because it holds the hashes of the others."""
    tell("Writing results", 0)
    outputs = {
        "wards.parquet": write_parquet(folder / "wards.parquet", results.wards),
        "wards.csv": write_csv(folder / "wards.csv", results.wards),
        "access.parquet": write_parquet(folder / "access.parquet", results.access),
        "districts.csv": write_csv(folder / "districts.csv", results.districts),
        "indicator.csv": write_csv(folder / "indicator.csv", _indicator_file(results)),
        "indicator_variants.csv": write_csv(folder / "indicator_variants.csv", results.fairness.variants),
        "indicator_sweep.csv": write_csv(folder / "indicator_sweep.csv", results.fairness.sweep),
        "cohorts.csv": write_csv(folder / "cohorts.csv", results.fairness.cohorts),
        "inequality.csv": write_csv(folder / "inequality.csv", results.fairness.inequality),
        **{name: write_csv(folder / name, table) for name, table in results.beside.files.items()},
        **{name: write_csv(folder / name, table) for name, table in _decision_files(results).items()},
        **{name: write_csv(folder / name, table) for name, table in results.explained.files.items()},
    }
    tell("Drawing the map", 0)
    outputs |= {name: _draw(page, folder / name) for name, page in results.pages.items()}
    if not study.brought:
        tell("Writing the briefing", 0)
        outputs |= write_briefing(study, inputs, results, folder, outputs=outputs)
    outputs["manifest.json"] = write_manifest(
        folder,
        request,
        service_date=study.service_date,
        dated=not study.brought,
        outputs=outputs,
        definitions=run_definitions(study, results)
        | {"journey": journey_definition(study)}
        | ({"driving": results.driving} if results.driving else {})
        | column_definitions(
            study,
            [
                *results.access.columns,
                *results.wards.columns,
                *results.districts.columns,
                *results.fairness.cohorts.columns,
                *results.ranking.columns,
            ],
        )
        | decision_definitions(study, outputs),
        figures={"indicator": float(results.indicator["share"].iloc[0])}
        | {
            f"share_k{k}": float(share)
            for k, share in zip(results.curve["k"], results.curve["share"], strict=True)
        },
        notes=run_notes(results),
    )
    tell("Writing results", 1)
    return replace(results, outputs=outputs)


def _decision_files(results: RunResults) -> dict[str, pd.DataFrame]:
    """Give what stands behind a decision between corridors, or sites, by the name of its file."""
    return (
        ranking_files(results.robustness, noun="corridors")
        | ranking_files(results.robustness_sites, noun="sites")
        | {
            **({} if results.sites.empty else {"sites.csv": results.sites}),
            "overlaps.csv": results.overlaps,
            "cover.csv": results.cover,
            "connectedness.csv": results.connectedness,
            "in_common.csv": results.in_common,
        }
    )


def _indicator_file(results: RunResults) -> pd.DataFrame:
    """Give the indicator of every level and those who just miss it in one table."""
    near = results.fairness.near_miss[["level", "code", "near_miss", "above_min", "up_to_min"]]
    return results.indicator.merge(near, on=["level", "code"], how="left", validate="one_to_one")


def _draw(page: maps.Page, path: Path) -> Path:
    try:
        return maps.write_page(page, path)
    except maps.MapsError as error:
        raise OutputError(f"{path.name}: {error}") from error
