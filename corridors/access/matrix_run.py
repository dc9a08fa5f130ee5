"""A study answered from travel times that were brought: what they can tell, and what is left out because they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from accessibility.points import metric_crs
from corridors import findings
from corridors.access.access import access_table
from corridors.access.access_and_need import beside_the_level
from corridors.access.districts import district_table
from corridors.access.fairness import fairness_from
from corridors.access.indicator import centres_curve, indicator_by_level
from corridors.access.matrices import brought_centres, brought_jobs, read_times
from corridors.lines import no_lines
from corridors.ranking.rankings import links_of, rank_all, stacked
from corridors.results import RunResults
from corridors.run_tables import denominator, wards_of
from corridors.study import indicator_definition

if TYPE_CHECKING:
    from pathlib import Path

    from corridors.inputs import Inputs
    from corridors.study import Study

_LEFT_OUT: Final = (
    "Left out, because one number for each pair cannot tell it: other statistics of the departures and the share of "
    "departures, other times of day, minutes to sites and services, today's commutes, journeys leg by leg, lines on the "
    "map, and what schemes change."
)


def score_times(
    study: Study,
    inputs: Inputs,
    path: Path,
    *,
    by_car: list[pd.DataFrame],
    driving: str,
    run_id: str,
) -> tuple[Study, RunResults]:
    """Answer a study from a matrix of travel times, without routing.

    Parameters
    ----------
    study, inputs
        The study and its tables; its feeds are not read.
    path
        As `corridors.access.matrices.read_times` reads it.
    by_car
        Access by car, where the study has it; see `corridors.access.car.reach_by_car`.
    driving
        How the car is timed, in words.
    run_id
        The name of the run.

    Returns
    -------
        The study, whose definitions now say that the minutes were brought, and the results without what needs a timetable.

    Raises
    ------
    ToolkitError
        When the matrix does not belong to the study or cannot be true.
    """
    others = [*inputs.sites["id"], *inputs.stations["id"], *inputs.areas["id"]]
    times = read_times(
        path,
        areas=inputs.areas,
        centres=inputs.centres,
        jobs=inputs.jobs,
        others=others,
        statistic=study.journey.statistic,
        max_time_min=study.journey.max_time_min,
    )
    study = _told(study, times.in_words(), file=times.file)
    access = access_table(
        inputs.areas,
        brought_jobs(times, inputs.areas, inputs.jobs, study),
        brought_centres(times, study),
        *by_car,
    )
    k = study.indicator.min_centres
    table = indicator_by_level(access, inputs.areas, inputs.shares, inputs.wards, min_centres=k)
    fairness = fairness_from(study, inputs, access, [times.centre_times()])
    beside = beside_the_level(study, inputs.areas, access)
    degrees = inputs.areas.to_crs("EPSG:4326").geometry
    crs = metric_crs(degrees.x, degrees.y)
    corridors, sites = rank_all(study, inputs, access, fairness.times, jobs={}, crs=crs)
    links = links_of(study, inputs, corridors.members, crs=crs)
    found = [
        *beside.findings,
        ("How sure the ranking of corridors is", corridors.finding),
        ("How sure the ranking of sites is", sites.finding),
        ("The two gaps, corridors", findings.gap_sentence(study, corridors.found.ranking, noun="corridors")),
        ("The two gaps, sites", findings.gap_sentence(study, sites.found.ranking, noun="sites")),
        ("Compared with", findings.comparison(study)),
        ("Two cutoffs", findings.two_cutoffs(study)),
    ]
    groups = (
        ("Travel times", (f"The minutes are {study.brought}.", _LEFT_OUT)),
        ("Access", findings.of_access(study, inputs, None, access)),
        ("Deprivation", findings.of_deprivation(inputs)),
        ("Claimants", findings.of_claimants(inputs)),
        ("Groups and definitions", fairness.left_out),
        ("The ranking of corridors", [*corridors.cautions, findings.same_money(inputs)]),
        ("The ranking of sites", sites.cautions),
        ("What the ranges of ranks hold", findings.of_ranges(study)),
    )
    return study, RunResults(
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
        network=None,
        robustness=corridors.found,
        robustness_sites=sites.found,
        members=corridors.members,
        members_sites=sites.members,
        overlaps=stacked(corridors.overlaps, sites.overlaps),
        cover=stacked(corridors.cover, sites.cover),
        connectedness=links.connectedness,
        in_common=links.in_common,
        sites=pd.DataFrame(),
        lines=no_lines(),
        findings=tuple((heading, sentence) for heading, sentence in found if sentence),
        caution_groups=tuple((heading, tuple(filter(None, said))) for heading, said in groups if any(said)),
        notes=times.notes,
    )


def _told(study: Study, words: str, *, file: str) -> Study:
    """Say on every output that the minutes were brought; ask the ranking under their one statistic alone."""
    ranking = study.ranking.model_copy(update={"definitions": ()})
    return study.model_copy(update={"ranking": ranking}).with_times(
        words, vintage=f"travel times brought in {file}"
    )
