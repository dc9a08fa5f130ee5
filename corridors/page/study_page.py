"""A study's tables turned into the page that `maps` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.access.fairness_tables import fairness_tables
from corridors.columns import column_definitions, column_labels
from corridors.findings import centres_listed, comparison, near_miss, number_word, ordinal_word
from corridors.page.area_page import AREAS_PAGE, WARDS_PAGE, area_page
from corridors.page.figures import told
from corridors.page.layers import ward_layers, with_layer_columns
from corridors.page.overlays import overlays
from corridors.page.panels import ward_panel, with_texts
from corridors.page.places import search_places
from corridors.page.tables import (
    borough_table,
    curve_table,
    ranking_tables,
    schemes_table,
    sites_table,
    ward_tables,
)
from corridors.study import indicator_in_short
from maps import Fact, Page

if TYPE_CHECKING:
    import pandas as pd

    from corridors.inputs import Inputs
    from corridors.results import RunResults
    from corridors.study import Study
    from maps import Table

#: The file of the briefing that a run writes beside its pages.
BRIEFING_PAGE = "briefing.html"
_EXPLAINED = (
    "share_reaching",
    "share_departures",
    "minutes_to_k",
    "centres_within",
    "near_miss_share",
    "jobs_within",
    "jobs_per_worker",
    "times_as_long_as_car",
    "jobs_share_of_car",
    "income_deprived_per_1000",
    "employment_deprived_per_1000",
    "share_most_deprived_tenth",
    "typical_tenth",
    "extent",
    "need_and_access",
    "unemployment_rate",
    "claimant_rate",
    "jobs",
    "share_reaching_change",
    "jobs_within_change",
    "employment_per_resident_16_64",
    "score",
    "rank_low",
    "rank_high",
    "rank_group",
    "p_top3",
)
_TOOLTIP = (
    *("residents", "share_reaching", "minutes_to_k", "income_deprived_per_1000", "unemployment_rate"),
    "jobs_within",
)
_NOT_MODELLED = (
    "Fares, crowding and reliability are not modelled: every scheduled trip runs, on time, with room.",
    "A small area's residents are all placed at one population-weighted point.",
)
_STRAIGHT_WALKS = (
    "Walks are straight lines times a factor; rivers, motorways and railway lines in the way are not seen."
)
_STREET_WALKS = (
    "Walks follow the mapped streets and paths; hills, crossings, lighting and steps are not weighed."
)
_BROUGHT = (
    "The travel times were brought, and what they leave out is for whoever computed them to say: this page knows of no "
    "fares, crowding or reliability in them."
)
_READING = (
    "Ward figures are built from small areas by residents' share; wards hide pockets smaller than themselves.",
    "Deprivation describes areas, not people, and is relative: many deprived people live outside the deprived areas.",
    "The range of ranks holds what is drawn, as the cautions say, and no errors of the timetable.",
    "Lines on the map are schematic: straight from stop to stop, a fast train along the stops it passes.",
)


def study_pages(study: Study, inputs: Inputs, results: RunResults) -> dict[str, Page]:
    """Describe the pages of a run, by the name of the file each is written to."""
    wards = study_page(study, inputs, results)
    if inputs.area_outlines is None:
        return {WARDS_PAGE: wards}
    areas = area_page(study, inputs, results, inputs.area_outlines, limits=wards.limits)
    return {WARDS_PAGE: wards, AREAS_PAGE: areas}


def study_page(study: Study, inputs: Inputs, results: RunResults) -> Page:
    """Describe the page of a run: the finding as its title, the definition under it, layers, tables, limits."""
    wards = with_layer_columns(with_texts(results.wards, results.explained, study))
    beside = results.fairness.beside or comparison(study)
    return Page(
        title=results.headline,
        eyebrow=study.study.name,
        subtitle=indicator_in_short(study),
        notice=study.study.notice,
        areas=wards,
        id_column="ward_code",
        name_column="ward_name",
        group_column="district",
        area_noun="wards",
        choropleths=ward_layers(wards, study),
        overlays=overlays(inputs, results, study),
        tooltip=told(study, wards, _TOOLTIP),
        panel=ward_panel(study, wards),
        places=search_places(inputs),
        compare=first_compared(wards),
        beside=_beside(study, inputs),
        facts=_facts(study, inputs, results),
        method=f"{results.definition}. Shares are over {results.denominator}. {centres_listed(inputs.centres)}",
        comparison=beside,
        findings=[said for said in results.findings if said[1] != beside],
        tables=_tables(study, results),
        definitions=_definitions(study, results),
        limits=[
            ("What is not modelled", (*_not_modelled(study, results), *study.study.limits)),
            ("Reading the figures", _READING),
            *results.caution_groups,
            (_of_the_times(study), tuple(f"{_sentence_case(note)}." for note in results.notes)),
        ],
        sources=study.study.sources,
        run_id=results.run_id,
    )


def _beside(study: Study, inputs: Inputs) -> list[tuple[str, str]]:
    """Name the pages that a run writes into the same folder."""
    areas = [] if inputs.area_outlines is None else [("The small areas", AREAS_PAGE)]
    return [*areas, *([] if study.brought else [("A briefing to print", BRIEFING_PAGE)])]


def _of_the_times(study: Study) -> str:
    return "Notes on the travel times" if study.brought else "Warnings from the timetable"


def _tables(study: Study, results: RunResults) -> list[Table]:
    """Order the tables: what comes first, then whom it concerns, then every ward."""
    return [
        *ranking_tables(study, results.ranking, key="ranking", noun="corridor"),
        *ranking_tables(study, results.ranking_sites, key="ranking-sites", noun="site", people=False),
        *sites_table(study, results.sites),
        *schemes_table(study, results),
        borough_table(study, results),
        *fairness_tables(study, results),
        *ward_tables(study, results.wards),
        curve_table(study, results),
    ]


def first_compared(wards: pd.DataFrame) -> tuple[str, str] | None:
    """Choose what a reader who compares sees first: before and after, else need and access; None without either."""
    pairs = (
        ("share_reaching", "share_reaching_with_schemes"),
        ("income_deprived_per_1000", "minutes_to_k"),
        ("share_reaching", "jobs_within"),
    )
    known = [pair for pair in pairs if all(wards[name].notna().any() for name in pair)]
    return known[0] if known else None


def _facts(study: Study, inputs: Inputs, results: RunResults) -> list[Fact]:
    region = results.indicator.iloc[0]
    people, cutoff = results.access["residents"], study.indicator.cutoff_min
    margin = study.indicator.near_miss_min
    near = near_miss(study, results.access, margin_min=margin)
    k, kth = number_word(study.indicator.min_centres), ordinal_word(study.indicator.min_centres)
    centres = inputs.centres.drop_duplicates("group")
    verified = centres["verified"]
    checked = "" if verified.all() else " (not all verified)" if verified.any() else " (unverified)"
    return [
        Fact(
            f"reach {k} or more of {number_word(len(centres))} centres{checked} in {cutoff:g} minutes",
            f"{region['share']:.1%}",
            f"{region['residents_reaching']:,.0f} of {region['residents']:,.0f} residents, "
            "those without any service included.",
        ),
        *_by_departures(study, results),
        Fact(
            f"residents miss it by {margin:g} minutes or less",
            f"{near:,}",
            f"{near / people.sum():.1%} of residents: their {kth} centre is over {cutoff:g} and up to "
            f"{cutoff + margin:g} minutes away, so the first figure moves with small changes.",
        ),
        *_first_corridor(study, results.ranking),
    ]


def _by_departures(study: Study, results: RunResults) -> list[Fact]:
    """Count at each departure and take the mean; nothing where times were brought, which have one number a pair."""
    if "share_departures" not in results.access.columns:
        return []
    people = results.access["residents"]
    expected = float((results.access["share_departures"] * people).sum() / people.sum())
    return [
        Fact(
            "counted by departures instead",
            f"{expected:.1%}",
            f"Mean over residents of the share of departures at which {number_word(study.indicator.min_centres)} or more "
            f"centres are within {study.indicator.cutoff_min:g} minutes: another question than the first figure.",
        )
    ]


def _first_corridor(study: Study, ranking: pd.DataFrame) -> list[Fact]:
    """Name what comes first, and the range of its rank; nothing when nothing is ranked."""
    scored = ranking[ranking["score"].notna()]
    if scored.empty:
        return []
    first = scored.iloc[0]
    low, high = first["rank_low"], first["rank_high"]
    unseen = "Errors of the timetable" if "data" in study.ranking.factors else "Errors in data and timetable"
    held = f"its rank is {low}" if low == high else f"its rank lies between {low} and {high}"
    return [
        Fact(
            f"comes first of {number_word(len(scored))} corridors",
            str(first["name"]),
            f"{_sentence_case(held)} in nine draws of ten of {study.ranking.drawn_in_words}. {unseen} are not in that range.",
        )
    ]


def _not_modelled(study: Study, results: RunResults) -> list[str]:
    if study.brought:
        return [_BROUGHT]
    walks = _STREET_WALKS if study.files.streets else _STRAIGHT_WALKS
    return [*_NOT_MODELLED, walks, *([f"{_sentence_case(results.driving)}."] if results.driving else [])]


def _definitions(study: Study, results: RunResults) -> list[tuple[str, str]]:
    known = [name for name in _EXPLAINED if name in results.wards.columns or name in results.ranking.columns]
    labels, meanings = column_labels(study), column_definitions(study, known)
    return [(labels[name], meaning) for name, meaning in meanings.items()]


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
