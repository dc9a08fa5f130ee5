"""Sentences computed from the tables: what was found, how it compares, and what a reader must not conclude."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from corridors.access.centre_times import SHARE
from corridors.access.indicator import is_near_miss
from corridors.columns import ordinal
from corridors.need.claimants import claimants_in_words, ward_claimants
from corridors.need.deprivation import reading_cautions
from corridors.ranking.ranking import compare_criteria

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    import accessibility as acc
    from corridors.inputs import Inputs
    from corridors.ranking.ranking import Criterion
    from corridors.study import Study

_HANDFUL = 5
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_WEAK = 0.2  # Spearman's rho below which two orders are called unrelated
_CLOSE = 0.8  # and above which they are called alike


def number_word(number: int) -> str:
    """Write a number below ten as a word, others as figures."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number:,}"


def ordinal_word(number: int) -> str:
    """Write first to ninth as a word, others as figures with their ending."""
    return _ORDINALS[number - 1] if 0 < number <= len(_ORDINALS) else ordinal(number)


def headline(study: Study, indicator: pd.DataFrame) -> str:
    """Say the indicator for the whole region in one sentence."""
    region = indicator[indicator["level"] == "region"].iloc[0]
    return (
        f"{region['share']:.1%} of residents reach {number_word(study.indicator.min_centres)} or more centres "
        f"within {study.indicator.cutoff_min:g} minutes"
    )


def near_miss(study: Study, access: pd.DataFrame, *, margin_min: float) -> int:
    """Count the residents whose enough-th centre lies beyond the cutoff, but by no more than the margin."""
    near = is_near_miss(access["minutes_to_k"], study.indicator.cutoff_min, margin_min=margin_min)
    return int(access.loc[near, "residents"].sum())


def out_of_reach(study: Study, access: pd.DataFrame) -> str:
    """Count the residents whose enough-th centre is unreachable; empty when there is nobody."""
    cut_off = access.loc[np.isinf(access["minutes_to_k"]), "residents"].sum()
    if not cut_off:
        return ""
    return (
        f"{cut_off:,} residents ({cut_off / access['residents'].sum():.1%}) cannot reach "
        f"{number_word(study.indicator.min_centres)} centres within {study.journey.max_time_min:g} minutes by the "
        f"{'times that were brought' if study.brought else 'lines in these feeds'}; they stay in every denominator."
    )


def of_access(study: Study, inputs: Inputs, network: acc.Network | None, access: pd.DataFrame) -> list[str]:
    """Say who is out of reach of enough centres or off the streets, and which centres nobody has checked."""
    return [
        out_of_reach(study, access),
        "" if network is None else off_the_streets(inputs.areas, network),
        off_the_roads(access),
        unverified(inputs.centres.drop_duplicates("group"), noun="centres"),
    ]


def off_the_streets(areas: gpd.GeoDataFrame, network: acc.Network) -> str:
    """Name the small areas that no street passes near: they reach nothing on foot; empty where there are none."""
    lost = {str(name) for name in network.unsnapped(areas)}
    if not lost:
        return ""
    people = areas.loc[areas["id"].isin(lost), "residents"].sum()
    names = ", ".join(sorted(lost)[:_HANDFUL]) + (", …" if len(lost) > _HANDFUL else "")
    return (
        f"{len(lost)} of {len(areas):,} small areas ({people:,} residents) lie too far from any street and reach nothing "
        f"on foot ({names}); they stay in every denominator."
    )


def off_the_roads(access: pd.DataFrame) -> str:
    """Count the small areas from which no drive leads to enough centres; empty where there are none, or no car."""
    if "minutes_to_k_car" not in access.columns:
        return ""
    lost = access[np.isinf(access["minutes_to_k_car"])]
    if lost.empty:
        return ""
    names = ", ".join(sorted(lost["id"])[:_HANDFUL]) + (", …" if len(lost) > _HANDFUL else "")
    return (
        f"From {len(lost)} of {len(access):,} small areas ({lost['residents'].sum():,} residents) no drive leads to enough "
        f"centres, most likely because they lie too far from the roads ({names}); they stay in every denominator."
    )


def of_deprivation(inputs: Inputs) -> tuple[str, ...]:
    """Say what must not be concluded from the deprivation figures, as far as their edition is known."""
    if inputs.edition is None:
        return ()
    return reading_cautions(inputs.edition, uses_overall_index=True)


def of_claimants(inputs: Inputs) -> list[str]:
    """Say what the claimant count is, and how many wards have none; nothing without a table of claimants."""
    if inputs.claimants is None:
        return []
    rates, report = ward_claimants(inputs.claimants, inputs.wards, inputs.shares)
    missing = int(rates["claimant_rate"].isna().sum())
    gap = f"{missing} of {len(rates)} wards have no claimant rate: {report.sentence}." if missing else ""
    return [f"{claimants_in_words(inputs.claimants)}.", gap]


def comparison(study: Study) -> str:
    """Say what the indicator is held against, and where this study's thresholds are not those of that figure."""
    indicator = study.indicator
    differing = [
        f"{quoted:g} {noun} there, {own:g} here"
        for quoted, own, noun in (
            (indicator.compared_cutoff_min, indicator.cutoff_min, "minutes"),
            (indicator.compared_min_centres, indicator.min_centres, "centres"),
        )
        if quoted is not None and quoted != own
    ]
    if not indicator.compared_with or not differing:
        return indicator.compared_with
    return f"{indicator.compared_with} Its thresholds are not those of this study: {'; '.join(differing)}."


def two_cutoffs(study: Study) -> str:
    """Warn that centres and jobs are counted within different minutes; empty when they are the same."""
    centres, jobs = study.indicator.cutoff_min, study.jobs.cutoff_min
    if centres == jobs:
        return ""
    return (
        f"Centres are counted within {centres:g} minutes but jobs within {jobs:g}: [indicator] and [jobs] of the study "
        "file set their cutoffs apart, so the two must not be read as one threshold."
    )


def centres_listed(centres: pd.DataFrame) -> str:
    """Name the centres in one sentence, and say which of them nobody has checked against an official source."""
    each = centres.drop_duplicates("group").sort_values("name")
    mark = ~each["verified"] & bool(each["verified"].any())
    names = (each["name"] + mark.map({True: " (unverified)", False: ""})).tolist()
    state = "" if each["verified"].any() else ", none of them verified"
    noun = "centre" if len(each) == 1 else "centres"
    return f"The {number_word(len(each))} {noun}{state}: {', '.join(names)}."


def gap_sentence(study: Study, ranking: pd.DataFrame, *, noun: str) -> str:
    """Say how far the study's first two gap criteria order the options alike; empty with fewer than two."""
    gaps = [criterion for criterion in study.criteria if criterion.group == "gap"]
    if len(gaps) < 2:
        return ""
    found = compare_criteria(ranking, gaps[0], gaps[1])
    first, second = (_lower_first(gap.label) for gap in gaps[:2])
    if math.isnan(found.rho):
        return f"The two gap criteria ({first}; {second}) cannot be compared over these {noun}."
    verdict = "agree" if found.rho >= _CLOSE else ("agree only in part" if found.rho >= _WEAK else "disagree")
    order = f"{len(found.opposed)} of {found.pairs} pairs stand in opposite order"
    if found.opposed:
        order += f", such as {found.opposed[0][0]} before {found.opposed[0][1]} by the first and after it by the second"
    return (
        f"The two gap criteria ({first}; {second}) {verdict} on these {noun}: {order} (Spearman {found.rho:+.2f}). "
        "The score holds both; read them apart."
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def empty_catchments(ranking: pd.DataFrame, *, walk_min: float) -> list[str]:
    """Name the options that nobody lives within a walk of: they have no score."""
    empty = ranking.loc[ranking["residents"] <= 0, "name"]
    if empty.empty:
        return []
    names = ", ".join(empty)
    return [f"No residents live within {walk_min:g} minutes' walk of {names}: no score, so not ranked."]


def small_catchments(ranking: pd.DataFrame) -> list[str]:
    """Name the options whose figures rest on a handful of small areas, where one more or less would move them."""
    thin = ranking[(ranking["small_areas"] > 0) & (ranking["small_areas"] < _HANDFUL)]
    if thin.empty:
        return []
    names = ", ".join(thin["name"])
    few = number_word(_HANDFUL)
    return [
        f"Fewer than {few} small areas make up the catchments of {names}: one more or less would move them."
    ]


def held_at_goalposts(criteria: Sequence[Criterion], ranking: pd.DataFrame, *, noun: str) -> str:
    """Count the options whose measure lies beyond a goalpost, where the score cannot tell them apart; empty without."""
    counts = []
    for criterion in criteria:
        value = ranking[criterion.measure]
        beyond = int(((value < criterion.low) | (value > criterion.high)).sum())
        if beyond:
            counts.append(
                f"{beyond} by {_lower_first(criterion.label)} ({criterion.low:,g} to {criterion.high:,g})"
            )
    if not counts:
        return ""
    return (
        f"Of {len(ranking)} {noun}, so many lie beyond a goalpost and are scored at it, where the score cannot tell them "
        f"apart: {', '.join(counts)}."
    )


def without_cost(ranking: pd.DataFrame) -> str:
    """Name the options whose cost is not known where the ranking weighs it; empty without."""
    if "cost_m_central" not in ranking.columns:
        return ""
    unknown = ranking.loc[ranking["cost_m_central"].isna() & (ranking["residents"] > 0), "name"]
    if unknown.empty:
        return ""
    return f"The cost of {', '.join(unknown)} is not known, and the ranking weighs costs: no score, so not ranked."


def same_money(inputs: Inputs) -> str:
    """Name corridors whose cost may hold that of a scheme which serves them: the two must not be added; empty without."""
    known = inputs.corridors[inputs.corridors["cost_m_central"].notna()]
    costs = {
        str(corridor): f"{name} (£{cost:,g}m)"
        for corridor, name, cost in zip(known["id"], known["name"], known["cost_m_central"], strict=True)
    }
    pairs = [
        f"{costs[corridor]} and {scheme.name} (£{scheme.cost_m.central:,g}m)"
        for scheme in inputs.schemes
        if scheme.cost_m is not None
        for corridor in scheme.corridor_ids
        if corridor in costs
    ]
    if not pairs:
        return ""
    return (
        f"The cost of a corridor and that of a scheme which serves it may be the same money and must not be added: "
        f"{'; '.join(pairs)}."
    )


def of_ranges(study: Study) -> list[str]:
    """Say what the ranges of ranks are drawn from, on which sources, and what is not in them."""
    choice = study.ranking
    said = [
        f"Ranges of ranks are 5th to 95th percentiles over {choice.draws:,} draws of {choice.drawn_in_words}."
    ]
    if "definition" in choice.factors:
        said.append(
            f"Definitions of travel time drawn beside the study's own: {', '.join(choice.definitions)}"
            + (
                "; the share of departures has no jobs of its own, and leaves those of the study."
                if SHARE in choice.definitions
                else "."
            )
        )
    if choice.errors:
        said.append(f"Errors of the data drawn: {_errors_by_source(study)}.")
        if all(error.rounded_to is not None for error in choice.errors):
            said[-1] += " They are those of rounding alone."
    return [*said, "Not in the ranges: errors that no source puts a figure to, of the timetable above all."]


def _errors_by_source(study: Study) -> str:
    """Name the criteria whose errors are drawn, under the source of each."""
    labels = {criterion.measure: criterion.label for criterion in study.criteria}
    by_source: dict[str, list[str]] = {}
    for error in study.ranking.errors:
        by_source.setdefault(error.source.rstrip("."), []).append(labels[error.measure])
    return "; ".join(f"{', '.join(measures)} ({source})" for source, measures in by_source.items())


def shared_catchments(once: int, more_than_once: int, *, noun: str) -> str:
    """Say how many residents the catchments hold together, each counted once."""
    return (
        f"Together the catchments of the {noun} hold {once:,} residents, each counted once; {more_than_once:,} of "
        "them live in more than one, so the rows' totals must not be added."
    )


def unverified(places: pd.DataFrame, *, noun: str) -> str:
    """Count the places nobody has checked against an official source; empty when all are checked."""
    open_ones = int((~places["verified"]).sum())
    return f"{open_ones} of {len(places)} {noun} are unverified; edit their table." if open_ones else ""
