"""The whole way, from a study to its outputs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import geopandas as gpd

import accessibility as acc
import maps
from corridors import findings, manifest
from corridors.access import MINUTES_PREFIX, access_table, build_network, reach_of_centres, reach_of_jobs
from corridors.access_and_need import access_and_need, ward_classes
from corridors.car import against_car, reach_by_car
from corridors.catchments import catchment_members, catchment_profiles, residents_counted_once
from corridors.claimants import ward_claimants
from corridors.columns import column_definitions
from corridors.deprivation import measures_where_known
from corridors.districts import district_table
from corridors.errors import OutputError
from corridors.fairness import fairness_of
from corridors.geographies import denominator_words
from corridors.indicator import centres_curve, indicator_by_level
from corridors.inputs import Inputs, read_inputs
from corridors.lines import line_segments
from corridors.outputs import prepare_folder, write_csv, write_parquet, write_text
from corridors.overlay import ward_access, ward_table
from corridors.pages import study_page
from corridors.progress import Progress, silent
from corridors.ranking import rank_options
from corridors.reach import refuse_no_stop_in_reach
from corridors.relative import reach_per_unemployed
from corridors.results import RunResults
from corridors.study import indicator_definition, journey_definition
from corridors.vintages import in_words

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from corridors.study import Study


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
        The tables. With `out`, also the files ``index.html, wards.parquet, wards.csv, access.parquet, districts.csv,
        indicator.csv, indicator_variants.csv, indicator_sweep.csv, cohorts.csv, inequality.csv, ranking.csv,
        ranking_sites.csv, manifest.json`` and those of `corridors.access_and_need.AccessAndNeed.files`: each appears whole or not at all, and the same study writes the same bytes.

    Raises
    ------
    ToolkitError
        When an input is not right or an output cannot be written, in one sentence.
    """
    tell = progress or silent
    folder = None if out is None else prepare_folder(out)
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
    centres = reach_of_centres(
        network, inputs.areas, inputs.centres, study, progress=partial(tell, "Minutes to centres")
    )
    jobs = reach_of_jobs(
        network, inputs.areas, inputs.jobs, study, progress=partial(tell, "Jobs within reach")
    )
    tell("Wards and ranking", 0)
    per_unemployed = reach_per_unemployed(network, inputs.areas, inputs.jobs, study)
    by_car, driving, said = _by_car(study, inputs)
    access = access_table(inputs.areas, jobs, per_unemployed, centres, *by_car)
    results = _results(study, inputs, network, access, driving)
    results = replace(results, notes=(*results.notes, *said))
    if folder is None:
        return results
    return _written(study, inputs, results, folder, tell)


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
    study: Study, inputs: Inputs, network: acc.Network, access: pd.DataFrame, driving: str
) -> RunResults:
    """Lay access over need and jobs, and rank."""
    k = study.indicator.min_centres
    table = indicator_by_level(access, inputs.areas, inputs.shares, inputs.wards, min_centres=k)
    fairness = fairness_of(study, inputs, network, access)
    beside = access_and_need(study, inputs, network, access)
    ranking, cautions = _ranked(study, inputs, network, access, inputs.corridors, noun="corridors")
    ranking_sites, of_sites = _ranked(study, inputs, network, access, inputs.sites, noun="sites")
    found = [
        *beside.findings,
        ("The two gaps, corridors", findings.gap_sentence(study, ranking, noun="corridors")),
        ("The two gaps, sites", findings.gap_sentence(study, ranking_sites, noun="sites")),
        ("Compared with", fairness.beside or findings.comparison(study)),
        ("Two cutoffs", findings.two_cutoffs(study)),
    ]
    groups = (
        ("Access", findings.of_access(study, inputs, network, access)),
        ("Deprivation", findings.of_deprivation(inputs)),
        ("Claimants", findings.of_claimants(inputs)),
        ("Groups and definitions", fairness.left_out),
        ("The ranking of corridors", cautions),
        ("The ranking of sites", of_sites),
    )
    return RunResults(
        run_id=manifest.run_id(study, manifest.input_hashes(study)),
        definition=indicator_definition(study),
        denominator=_denominator(study, inputs),
        driving=driving,
        headline=findings.headline(study, table),
        access=access,
        wards=_with_outlines(_wards(study, inputs, access, driving), inputs),
        indicator=table,
        curve=centres_curve(access, inputs.areas, centres=inputs.centres["group"].nunique()),
        districts=district_table(table, fairness.near_miss, inputs),
        fairness=fairness,
        beside=beside,
        ranking=ranking,
        ranking_sites=ranking_sites,
        lines=line_segments(network.timetable, window=study.journey.window, crs=network.crs),
        findings=tuple((heading, sentence) for heading, sentence in found if sentence),
        caution_groups=tuple((heading, tuple(filter(None, said))) for heading, said in groups if any(said)),
        notes=network.notes,
    )


def _denominator(study: Study, inputs: Inputs) -> str:
    """Say whom every share is taken over, and by which codes."""
    districts = tuple(inputs.areas["district_name"].unique())
    words = denominator_words(
        study.study.geography or districts, residents=int(inputs.areas["residents"].sum())
    )
    return "; ".join(filter(None, (words, in_words(inputs.vintages))))


def _wards(study: Study, inputs: Inputs, access: pd.DataFrame, driving: str) -> pd.DataFrame:
    """Put every ward's access, need and jobs side by side."""
    minutes = [name for name in access.columns if name.startswith(MINUTES_PREFIX)]
    reached = ward_access(
        access,
        inputs.areas,
        inputs.shares,
        min_centres=study.indicator.min_centres,
        minutes=["minutes_to_k", *minutes, *(["minutes_to_k_car"] if driving else [])],
        means=[
            "share_departures",
            "jobs_within",
            "jobs_per_worker",
            "jobs_per_unemployed",
            *(["jobs_within_car"] if driving else []),
        ],
    )
    wards = ward_table(inputs.wards, inputs.areas, inputs.shares, inputs.jobs, reached)
    official = measures_where_known(inputs.areas, inputs.shares, by="ward_code", edition=inputs.edition)
    counted = None if inputs.claimants is None else ward_claimants(inputs.claimants, wards, inputs.shares)[0]
    for part in (official, counted):
        if part is not None:
            wards = wards.merge(part, on="ward_code", how="left", validate="one_to_one")
    return ward_classes(against_car(wards) if driving else wards)


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
        "districts.csv": write_csv(folder / "districts.csv", results.districts),
        "indicator.csv": write_csv(folder / "indicator.csv", _indicator_file(results)),
        "indicator_variants.csv": write_csv(folder / "indicator_variants.csv", results.fairness.variants),
        "indicator_sweep.csv": write_csv(folder / "indicator_sweep.csv", results.fairness.sweep),
        "cohorts.csv": write_csv(folder / "cohorts.csv", results.fairness.cohorts),
        "inequality.csv": write_csv(folder / "inequality.csv", results.fairness.inequality),
        **{name: write_csv(folder / name, table) for name, table in results.beside.files.items()},
        "ranking.csv": write_csv(folder / "ranking.csv", results.ranking),
        "ranking_sites.csv": write_csv(folder / "ranking_sites.csv", results.ranking_sites),
    }
    tell("Drawing the map", 0)
    outputs["index.html"] = _draw(study_page(study, inputs, results), folder / "index.html")
    text = manifest.build_manifest(
        study,
        inputs=manifest.input_hashes(study),
        outputs={name: manifest.sha256(path) for name, path in outputs.items()},
        definitions={
            "indicator": results.definition,
            "denominator": results.denominator,
            "journey": journey_definition(study),
        }
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


def _indicator_file(results: RunResults) -> pd.DataFrame:
    """Give the indicator of every level and those who just miss it in one table."""
    near = results.fairness.near_miss[["level", "code", "near_miss", "above_min", "up_to_min"]]
    return results.indicator.merge(near, on=["level", "code"], how="left", validate="one_to_one")


def _draw(page: maps.Page, path: Path) -> Path:
    try:
        return maps.write_page(page, path)
    except maps.MapsError as error:
        raise OutputError(f"{path.name}: {error}") from error
