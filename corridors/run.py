"""The whole way, from a study to its outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import geopandas as gpd

import accessibility as acc
import maps
from corridors import findings, manifest
from corridors.access import MINUTES_PREFIX, access_table, build_network, reach_of_centres, reach_of_jobs
from corridors.catchments import catchment_members, catchment_profiles, residents_counted_once
from corridors.columns import column_definitions
from corridors.errors import OutputError
from corridors.inputs import Inputs, read_inputs
from corridors.lines import line_segments
from corridors.outputs import prepare_folder, write_csv, write_parquet, write_text
from corridors.overlay import centres_curve, indicator, ward_access, ward_table
from corridors.pages import study_page
from corridors.ranking import rank_options
from corridors.results import RunResults
from corridors.study import indicator_definition, journey_definition

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from corridors.study import Study

#: Called with the step in words and the share of that step done, 0 to 1.
Progress = Callable[[str, float], None]


def run_study(study: Study, *, out: str | Path | None = None, progress: Progress | None = None) -> RunResults:
    """Answer a study: who reaches enough centres, where need is, which corridors and sites come first.

    Parameters
    ----------
    study
        A study read by `corridors.load_study`.
    out
        Folder for the outputs; made when absent. Without it nothing is written.
    progress
        Called as the work goes on.

    Returns
    -------
        The tables. With `out`, also the files ``index.html, wards.parquet, wards.csv, access.parquet, ranking.csv,
        ranking_sites.csv, manifest.json``: each appears whole or not at all, and the same study writes the same bytes.

    Raises
    ------
    ToolkitError
        When an input is not right or an output cannot be written, in one sentence.
    """
    tell = progress or _silent
    folder = None if out is None else prepare_folder(out)
    tell("Reading tables", 0)
    inputs = read_inputs(study)
    tell("Reading timetables", 0)
    timetable = acc.read_timetable(
        [study.resolve(feed) for feed in study.timetable.feeds], date=study.timetable.date
    )
    network = build_network(timetable, study)
    centres = reach_of_centres(
        network, inputs.areas, inputs.centres, study, progress=partial(tell, "Minutes to centres")
    )
    jobs = reach_of_jobs(
        network, inputs.areas, inputs.jobs, study, progress=partial(tell, "Jobs within reach")
    )
    tell("Wards and ranking", 0)
    results = _results(study, inputs, network, access_table(inputs.areas, centres, jobs))
    if folder is None:
        return results
    return _written(study, inputs, results, folder, tell)


def _results(study: Study, inputs: Inputs, network: acc.Network, access: pd.DataFrame) -> RunResults:
    """Lay access over need and jobs, and rank."""
    k = study.indicator.min_centres
    table = indicator(access, inputs.areas, inputs.shares, inputs.wards, min_centres=k)
    minutes = [name for name in access.columns if name.startswith(MINUTES_PREFIX)]
    reached = ward_access(
        access,
        inputs.areas,
        inputs.shares,
        min_centres=k,
        minutes=["minutes_to_k", *minutes],
        means=["share_departures", "jobs_within", "jobs_per_worker"],
    )
    wards = ward_table(inputs.wards, inputs.areas, inputs.shares, inputs.jobs, reached)
    ranking, cautions = _ranked(study, inputs, network, access, inputs.corridors, noun="corridors")
    ranking_sites, of_sites = _ranked(study, inputs, network, access, inputs.sites, noun="sites")
    found = [
        ("Access and need", findings.level_and_need(access, inputs.areas)),
        ("The two gaps, corridors", findings.gap_sentence(study, ranking, noun="corridors")),
        ("The two gaps, sites", findings.gap_sentence(study, ranking_sites, noun="sites")),
        ("Compared with", findings.comparison(study)),
        ("Two cutoffs", findings.two_cutoffs(study)),
    ]
    of_access = (
        findings.out_of_reach(study, access),
        findings.unverified(inputs.centres.drop_duplicates("group"), noun="centres"),
    )
    return RunResults(
        run_id=manifest.run_id(study, manifest.input_hashes(study)),
        definition=indicator_definition(study),
        headline=findings.headline(study, table),
        access=access,
        wards=_with_outlines(wards, inputs),
        indicator=table,
        curve=centres_curve(access, inputs.areas, centres=inputs.centres["group"].nunique()),
        ranking=ranking,
        ranking_sites=ranking_sites,
        lines=line_segments(network.timetable, window=study.journey.window, crs=network.crs),
        findings=tuple((heading, sentence) for heading, sentence in found if sentence),
        caution_groups=(
            ("Access", tuple(filter(None, of_access))),
            ("The ranking of corridors", tuple(filter(None, cautions))),
            ("The ranking of sites", tuple(filter(None, of_sites))),
        ),
        notes=network.notes,
    )


def _ranked(
    study: Study,
    inputs: Inputs,
    network: acc.Network,
    access: pd.DataFrame,
    places: gpd.GeoDataFrame,
    *,
    noun: str,
) -> tuple[pd.DataFrame, list[str]]:
    """Rank the corridors or the sites by their catchments, and say what the table alone does not."""
    choice = study.ranking
    members = catchment_members(
        places,
        inputs.areas,
        max_walk_min=choice.catchment_walk_min,
        walk_speed_kmh=study.journey.walk_speed_kmh,
        detour=study.journey.detour,
        crs=network.crs,
    )
    profiles = catchment_profiles(
        places, members, inputs.areas, access, min_centres=study.indicator.min_centres
    )
    ranking = rank_options(
        profiles, study.criteria, draws=choice.draws, concentration=choice.concentration, seed=choice.seed
    )
    once, more = residents_counted_once(members, inputs.areas)
    cautions = [
        *findings.empty_catchments(ranking, walk_min=choice.catchment_walk_min),
        *findings.small_catchments(ranking),
        findings.held_at_goalposts(study, ranking, noun=noun),
        findings.shared_catchments(once, more, noun=noun),
        findings.unverified(places, noun=noun),
    ]
    return ranking, cautions


def _with_outlines(wards: pd.DataFrame, inputs: Inputs) -> gpd.GeoDataFrame:
    joined = wards.merge(inputs.outlines, on="ward_code", how="left", validate="one_to_one")
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=inputs.outlines.crs)


def _written(study: Study, inputs: Inputs, results: RunResults, folder: Path, tell: Progress) -> RunResults:
    """Write every output; the manifest last, because it holds the hashes of the others."""
    tell("Writing results", 0)
    outputs = {
        "wards.parquet": write_parquet(folder / "wards.parquet", results.wards),
        "wards.csv": write_csv(folder / "wards.csv", results.wards),
        "access.parquet": write_parquet(folder / "access.parquet", results.access),
        "ranking.csv": write_csv(folder / "ranking.csv", results.ranking),
        "ranking_sites.csv": write_csv(folder / "ranking_sites.csv", results.ranking_sites),
    }
    tell("Drawing the map", 0)
    outputs["index.html"] = _draw(study_page(study, inputs, results), folder / "index.html")
    text = manifest.build_manifest(
        study,
        inputs=manifest.input_hashes(study),
        outputs={name: manifest.sha256(path) for name, path in outputs.items()},
        definitions={"indicator": results.definition, "journey": journey_definition(study)}
        | column_definitions(
            study, [*results.access.columns, *results.wards.columns, *results.ranking.columns]
        ),
        figures={"indicator": float(results.indicator["share"].iloc[0])}
        | {
            f"share_k{k}": float(share)
            for k, share in zip(results.curve["k"], results.curve["share"], strict=True)
        },
        notes=(*(said for _, said in results.findings), *results.cautions, *results.notes),
    )
    outputs["manifest.json"] = write_text(folder / "manifest.json", text)
    tell("Writing results", 1)
    return replace(results, outputs=outputs)


def _draw(page: maps.Page, path: Path) -> Path:
    try:
        return maps.write_page(page, path)
    except maps.MapsError as error:
        raise OutputError(f"{path.name}: {error}") from error


def _silent(step: str, share: float) -> None:
    """Tell nobody."""
