"""The rankings of a run: corridors and sites by their catchments, how sure the order is, and who is counted in several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from corridors import findings
from corridors.errors import StudyError
from corridors.places.catchments import (
    catchment_members,
    catchment_overlaps,
    catchment_profiles,
    greedy_cover,
    residents_counted_once,
    with_costs,
)
from corridors.places.corridor_graph import connectedness, corridor_graph, double_counting, in_common
from corridors.ranking.choices import OF_COST
from corridors.ranking.doubt import doubt_of, with_errors
from corridors.ranking.ranking import without_criterion
from corridors.ranking.robustness import robustness_of
from corridors.ranking.robustness_words import change_sentences, order_sentences

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from corridors.access.centre_times import CentreTimes
    from corridors.inputs import Inputs
    from corridors.ranking.ranking import Criterion
    from corridors.ranking.robustness import Robustness
    from corridors.study import Study

Noun = Literal["corridors", "sites"]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Options of one kind, ranked.

    Attributes
    ----------
    noun
        The options in the plural.
    found
        The ranking and what stands behind it; see `corridors.ranking.robustness.Robustness`.
    members
        The small areas in each catchment; see `corridors.places.catchments.catchment_members`.
    overlaps, cover
        Whose catchments share residents, and in which order they reach most; see `corridors.places.catchments`.
    finding
        Who is first and how surely, in a sentence or two; empty with fewer than two options.
    cautions
        What the table alone does not say, with what would change the first place.
    """

    noun: Noun
    found: Robustness
    members: pd.DataFrame
    overlaps: pd.DataFrame
    cover: pd.DataFrame
    finding: str
    cautions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Links:
    """How the corridors hang together; see `corridors.places.corridor_graph`.

    Attributes
    ----------
    connectedness
        One row per corridor: what it shares residents with, holds and is served by.
    in_common
        What lies in, or serves, more than one corridor.
    """

    connectedness: pd.DataFrame
    in_common: pd.DataFrame


def rank_all(
    study: Study,
    inputs: Inputs,
    access: pd.DataFrame,
    times: CentreTimes,
    *,
    jobs: dict[str, pd.DataFrame],
    crs: CRS,
) -> tuple[Ranked, Ranked]:
    """Rank the corridors and the sites of a study by their catchments.

    Parameters
    ----------
    study, inputs
        As for `corridors.run.run_study`.
    access
        The access of every small area; see `corridors.access.access.access_table`.
    times
        The result of `corridors.access.centre_times.centre_times` for the study's small areas and centres.
    jobs
        The result of `corridors.ranking.doubt.jobs_by_definition`.
    crs
        A metric CRS in which catchments are walked.

    Raises
    ------
    StudyError
        When the criteria rest on costs alone and no option of a kind has one, or an error that the study names cannot be
        derived from its tables.
    """

    def ranked(places: gpd.GeoDataFrame, noun: Noun) -> Ranked:
        members = members_of(places, inputs, study, crs)
        return _ranked(study, inputs, access, places, noun=noun, members=members, times=times, jobs=jobs)

    return ranked(inputs.corridors, "corridors"), ranked(inputs.sites, "sites")


def members_of(places: gpd.GeoDataFrame, inputs: Inputs, study: Study, crs: CRS) -> pd.DataFrame:
    """List the small areas in each catchment, by the study's walk; see `corridors.places.catchments.catchment_members`."""
    return catchment_members(
        places,
        inputs.areas,
        max_walk_min=study.ranking.catchment_walk_min,
        walk_speed_kmh=study.journey.walk_speed_kmh,
        detour=study.journey.detour,
        crs=crs,
    )


def links_of(study: Study, inputs: Inputs, members: pd.DataFrame, *, crs: CRS) -> Links:
    """Join the corridors to one another and to what lies in them or serves them; `members` are their catchments."""
    graph = corridor_graph(
        inputs.corridors,
        members,
        inputs.areas,
        sites=inputs.sites,
        centres=inputs.centres,
        stations=inputs.stations,
        schemes=_schemes_table(inputs) if inputs.schemes else None,
        max_walk_min=study.ranking.catchment_walk_min,
        walk_speed_kmh=study.journey.walk_speed_kmh,
        detour=study.journey.detour,
        crs=crs,
    )
    return Links(connectedness(graph), in_common(graph))


def ranking_files(found: Robustness, *, noun: Noun) -> dict[str, pd.DataFrame]:
    """Give the ranking, and each table that stands behind it, by the name of the file that it is written to."""
    stem = "ranking" if noun == "corridors" else f"ranking_{noun}"
    return {f"{stem}.csv": found.ranking} | {
        f"{stem}_{name}.csv": table for name, table in found.tables.items()
    }


def stacked(corridors: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Put the same table of corridors and of sites into one, with ``places`` in front saying which."""
    parts = [corridors.assign(places="corridors"), sites.assign(places="sites")]
    # An empty part would decide the kinds of columns that it has no values for.
    known = [part for part in parts if len(part)] or parts[:1]
    joined = pd.concat(known, ignore_index=True)
    return joined[["places", *joined.columns.drop("places")]]


def _ranked(
    study: Study,
    inputs: Inputs,
    access: pd.DataFrame,
    places: gpd.GeoDataFrame,
    *,
    noun: Noun,
    members: pd.DataFrame,
    times: CentreTimes,
    jobs: dict[str, pd.DataFrame],
) -> Ranked:
    choice = study.ranking
    profiles = catchment_profiles(
        places, members, inputs.areas, access, min_centres=study.indicator.min_centres
    )
    if any(criterion.measure in OF_COST for criterion in study.criteria):
        profiles = with_costs(profiles, places)
    profiles = with_errors(profiles, study)
    criteria, unpriced = _criteria(study, profiles, noun=noun)
    found = robustness_of(
        profiles,
        criteria,
        draws=choice.draws,
        concentration=choice.concentration,
        seed=choice.seed,
        aggregation=choice.aggregation,
        uncertainty=doubt_of(criteria, study, inputs, members=members, times=times, jobs=jobs),
    )
    overlaps = catchment_overlaps(places, members, inputs.areas)
    said = [
        *_of_options(study, places, found.ranking, criteria, noun=noun),
        unpriced or findings.without_cost(found.ranking),
        *_of_residents(study, inputs, members, overlaps, noun=noun),
        *change_sentences(found, noun=noun),
    ]
    return Ranked(
        noun=noun,
        found=found,
        members=members,
        overlaps=overlaps,
        cover=greedy_cover(places, members, inputs.areas),
        finding=" ".join(order_sentences(found, noun=noun)),
        cautions=tuple(filter(None, said)) if len(places) else (),
    )


def _of_options(
    study: Study,
    places: gpd.GeoDataFrame,
    ranking: pd.DataFrame,
    criteria: tuple[Criterion, ...],
    *,
    noun: Noun,
) -> list[str]:
    """Name the options whose place in the ranking rests on little, or on nothing."""
    return [
        *findings.empty_catchments(ranking, walk_min=study.ranking.catchment_walk_min),
        *findings.small_catchments(ranking),
        findings.held_at_goalposts(criteria, ranking, noun=noun),
        findings.unverified(places, noun=noun),
    ]


def _of_residents(
    study: Study, inputs: Inputs, members: pd.DataFrame, overlaps: pd.DataFrame, *, noun: Noun
) -> list[str]:
    """Say how many residents the catchments hold together, and which of them count the same ones."""
    once, more = residents_counted_once(members, inputs.areas)
    return [
        findings.shared_catchments(once, more, noun=noun),
        *double_counting(overlaps, above_share=study.ranking.overlap_share, noun=noun),
    ]


def _criteria(study: Study, profiles: pd.DataFrame, *, noun: str) -> tuple[tuple[Criterion, ...], str]:
    """Leave out criteria of cost where no option has one, the other weights growing in proportion; and say so."""
    criteria = list(study.criteria)
    priced = [criterion for criterion in criteria if criterion.measure in OF_COST]
    if not priced or profiles.empty or profiles["cost_m_central"].notna().any():
        return tuple(criteria), ""
    for criterion in priced:
        criteria = without_criterion(criteria, criterion.key)
    if not criteria:
        raise StudyError(
            f"{study.path.name}: [ranking] weighs costs alone, and none of the {noun} has a cost: add another criterion"
        )
    labels = ", ".join(repr(criterion.label) for criterion in priced)
    return tuple(criteria), (
        f"None of the {noun} has a cost, so they are ranked without {labels}; the other weights grow in proportion."
    )


def _schemes_table(inputs: Inputs) -> pd.DataFrame:
    """Return the schemes as `corridors.places.corridor_graph.corridor_graph` takes them."""
    rows = [(scheme.id, scheme.name, ";".join(scheme.corridor_ids)) for scheme in inputs.schemes]
    return pd.DataFrame(rows, columns=["id", "name", "corridors"])
