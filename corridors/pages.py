"""A study's tables turned into the page that `maps` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from corridors.columns import column_definitions, column_labels
from corridors.fairness_tables import fairness_tables
from corridors.findings import centres_listed, comparison, near_miss, number_word, ordinal_word
from corridors.layers import overlays, ward_layers
from corridors.study import indicator_in_short
from maps import Column, Fact, Page, Table

if TYPE_CHECKING:
    from corridors.inputs import Inputs
    from corridors.results import RunResults
    from corridors.study import Study

_EXPLAINED = (
    "share_reaching",
    "share_departures",
    "minutes_to_k",
    "jobs_within",
    "jobs_per_worker",
    "times_as_long_as_car",
    "jobs_share_of_car",
    "income_deprived_per_1000",
    "employment_deprived_per_1000",
    "share_most_deprived_tenth",
    "unemployment_rate",
    "jobs",
    "employment_per_resident_16_64",
    "score",
    "rank_low",
    "rank_high",
    "p_top3",
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
_READING = (
    "Ward figures are built from small areas by residents' share; wards hide pockets smaller than themselves.",
    "Deprivation describes areas, not people, and is relative: many deprived people live outside the deprived areas.",
    "The range of ranks shows what other weights would do, not errors in the data or in the timetable.",
    "Lines on the map are schematic: straight from stop to stop, a fast train along the stops it passes.",
)


def study_page(study: Study, inputs: Inputs, results: RunResults) -> Page:
    """Describe the page of a run: the finding as its title, the definition under it, layers, tables, limits."""
    unreachable = f"over {study.journey.max_time_min:g}"
    beside = results.fairness.beside or comparison(study)
    return Page(
        title=results.headline,
        eyebrow=study.study.name,
        subtitle=indicator_in_short(study),
        notice=study.study.notice,
        areas=results.wards,
        id_column="ward_code",
        name_column="ward_name",
        group_column="district",
        area_noun="wards",
        choropleths=ward_layers(results.wards, study),
        overlays=overlays(inputs, results.lines, results.ranking, results.ranking_sites, study),
        tooltip=_tooltip(study, unreachable),
        facts=_facts(study, inputs, results),
        method=f"{results.definition}. Shares are over {results.denominator}. {centres_listed(inputs.centres)}",
        comparison=beside,
        findings=[said for said in results.findings if said[1] != beside],
        tables=[
            _ranking_table(study, results.ranking, key="ranking", title="Corridors, ranked", noun="corridor"),
            _ranking_table(
                study, results.ranking_sites, key="ranking-sites", title="Sites, ranked", noun="site"
            ),
            _borough_table(study, results),
            *fairness_tables(study, results),
            _ward_table(study, results, unreachable),
            _curve_table(study, results),
        ],
        definitions=_definitions(study, results),
        limits=[
            ("What is not modelled", (*_not_modelled(study, results), *study.study.limits)),
            ("Reading the figures", _READING),
            *results.caution_groups,
            ("Warnings from the timetable", tuple(f"{_sentence_case(note)}." for note in results.notes)),
        ],
        sources=study.study.sources,
        run_id=results.run_id,
    )


def _tooltip(study: Study, unreachable: str) -> list[Column]:
    cutoff, k = f"{study.indicator.cutoff_min:g}", study.indicator.min_centres
    return [
        Column("residents", "Residents", decimals=0),
        Column(
            "share_reaching", f"Reach {k} or more centres in {cutoff} min", unit="%", factor=100, decimals=0
        ),
        Column("minutes_to_k", f"Minutes to {k} centres", unit="min", decimals=1, inf_label=unreachable),
        Column("income_deprived_per_1000", "Income-deprived", unit="per 1,000", decimals=0),
        Column("employment_deprived_per_1000", "Employment-deprived", unit="per 1,000", decimals=0),
        Column("unemployment_rate", "Unemployed", unit="% of active", factor=100, decimals=1),
        Column("jobs", "Jobs in the ward", decimals=0),
        Column("jobs_within", f"Jobs within {study.jobs.cutoff_min:g} min", decimals=0),
    ]


def _facts(study: Study, inputs: Inputs, results: RunResults) -> list[Fact]:
    region = results.indicator.iloc[0]
    people, cutoff = results.access["residents"], study.indicator.cutoff_min
    expected = float((results.access["share_departures"] * people).sum() / people.sum())
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
        Fact(
            "counted by departures instead",
            f"{expected:.1%}",
            f"Mean over residents of the share of departures at which {k} or more centres are within {cutoff:g} minutes: "
            "another question than the first figure.",
        ),
        Fact(
            f"residents miss it by {margin:g} minutes or less",
            f"{near:,}",
            f"{near / people.sum():.1%} of residents: their {kth} centre is over {cutoff:g} and up to "
            f"{cutoff + margin:g} minutes away, so the first figure moves with small changes.",
        ),
        *_first_corridor(results.ranking),
    ]


def _first_corridor(ranking: pd.DataFrame) -> list[Fact]:
    """Name what comes first, and how far the choice of weights alone decides it; nothing when nothing is ranked."""
    scored = ranking[ranking["score"].notna()]
    if scored.empty:
        return []
    first = scored.iloc[0]
    low, high = first["rank_low"], first["rank_high"]
    held = f"its rank is {low}" if low == high else f"its rank lies between {low} and {high}"
    return [
        Fact(
            f"comes first of {number_word(len(scored))} corridors",
            str(first["name"]),
            f"With other weights {held} in nine draws of ten. Errors in data and "
            "timetable are not in that range.",
        )
    ]


def _ranking_table(study: Study, ranking: pd.DataFrame, *, key: str, title: str, noun: str) -> Table:
    criteria = study.criteria
    weights = ", ".join(
        f"{criterion.label} {criterion.weight:.0%} "
        f"(0 at {_worst(criterion.low, criterion.high, criterion.direction)})"
        for criterion in criteria
    )
    measures = [
        Column(
            criterion.measure,
            criterion.label,
            unit=criterion.unit,
            decimals=2 if criterion.measure == "jobs_per_worker" else 0,
        )
        for criterion in criteria
    ]
    return Table(
        key=key,
        title=title,
        frame=_printed_ranking(ranking),
        columns=[
            Column("rank", "Rank", decimals=0, missing_label="not ranked"),
            Column("rank_range", "Range of ranks", missing_label="none"),
            Column("name", noun.capitalize()),
            Column("score", "Score", decimals=2, missing_label="no score"),
            Column(
                "p_top3",
                "Among the first three",
                unit="% of draws",
                factor=100,
                decimals=0,
                missing_label="not drawn",
            ),
            *measures,
            Column("residents", "Residents", decimals=0),
            Column("income_deprived", "Income-deprived people", decimals=0),
            Column("employment_deprived", "Employment-deprived people", decimals=0),
            Column("unemployed", "Unemployed residents", decimals=0),
            Column(
                "few_centres", f"Residents with fewer than {study.indicator.min_centres} centres", decimals=0
            ),
        ],
        caption=(
            f"Catchment: small areas whose point is within {study.ranking.catchment_walk_min:g} minutes' walk of the "
            f"{noun}. Rates are scored, totals stand beside them. Weights and goalposts: {weights}. Ranges of "
            f"ranks: 5th to 95th percentile over {study.ranking.draws:,} draws of the weights around these (Dirichlet, concentration "
            f"{study.ranking.concentration:g}, seed {study.ranking.seed})."
        ),
        id_column="id",
        heading_column="name",
    )


def _printed_ranking(ranking: pd.DataFrame) -> pd.DataFrame:
    """Give the ranking as a reader sees it: the range of ranks in one column, and no rank without a score."""
    scored = ranking["score"].notna()
    ranges = ranking["rank_low"].astype(str) + " to " + ranking["rank_high"].astype(str)
    return ranking.assign(
        rank=ranking["rank"].astype("Int64").where(scored),
        rank_range=ranges.astype(object).where(scored, None),
    )


def _worst(low: float, high: float, direction: str) -> str:
    first, last = (low, high) if direction == "higher" else (high, low)
    return f"{first:,g}, 1 at {last:,g}"


def _borough_table(study: Study, results: RunResults) -> Table:
    boroughs = results.indicator[results.indicator["level"].isin(["region", "district"])]
    near = results.fairness.near_miss[["level", "code", "near_miss"]]
    boroughs = boroughs.merge(near, on=["level", "code"], how="left", validate="one_to_one")
    return Table(
        key="boroughs",
        title="The indicator by borough",
        frame=boroughs,
        columns=[
            Column("name", "Borough"),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents reaching", decimals=0),
            Column("residents", "All residents", decimals=0),
            Column("near_miss", f"Miss it by {study.indicator.near_miss_min:g} min or less", decimals=0),
        ],
        caption=f"{results.definition}. Shares are over {results.denominator}.",
        id_column="code",
    )


def _ward_table(study: Study, results: RunResults, unreachable: str) -> Table:
    """List every ward: what the map shows by colour, to be read and sorted without it."""
    wards = pd.DataFrame(results.wards.drop(columns="geometry"))
    k, cutoff = study.indicator.min_centres, f"{study.indicator.cutoff_min:g}"
    return Table(
        key="wards",
        title=f"All {len(wards):,} wards",
        frame=wards.sort_values(["district", "ward_name", "ward_code"], ignore_index=True),
        columns=[
            Column("ward_name", "Ward"),
            Column("district", "Borough"),
            Column("residents", "Residents", decimals=0),
            Column(
                "share_reaching",
                f"Reach {k} or more centres in {cutoff} min",
                unit="%",
                factor=100,
                decimals=1,
            ),
            Column(
                "minutes_to_k",
                f"Minutes to the {ordinal_word(k)} centre, median",
                decimals=1,
                inf_label=unreachable,
            ),
            Column("jobs_within", f"Jobs within {study.jobs.cutoff_min:g} min", decimals=0),
            Column("jobs_per_worker", "Jobs within reach per competing worker", decimals=2),
            Column("income_deprived_per_1000", "Income-deprived", unit="per 1,000", decimals=0),
            Column("employment_deprived_per_1000", "Employment-deprived", unit="per 1,000", decimals=0),
            Column(
                "share_most_deprived_tenth",
                "Small areas in the most deprived tenth",
                unit="%",
                factor=100,
                decimals=0,
            ),
            Column("unemployment_rate", "Unemployed", unit="% of active", factor=100, decimals=1),
            Column("jobs", "Jobs in the ward", decimals=0),
            *_claimants(wards),
            *_against_car(wards, unreachable),
            Column("need_and_access", "Need and access, thirds", missing_label="none"),
        ],
        caption=(
            "Every ward by borough and name; press a heading to sort. The same figures as on the map; all columns are in "
            "wards.csv. Medians and means are over residents."
        ),
        id_column="ward_code",
        is_long=True,
    )


def _claimants(wards: pd.DataFrame) -> list[Column]:
    if "claimant_rate" not in wards.columns:
        return []
    return [
        Column(
            "claimant_rate",
            "Claimants",
            unit="% aged 16 to 64",
            factor=100,
            decimals=1,
            missing_label="no count",
        )
    ]


def _against_car(wards: pd.DataFrame, unreachable: str) -> list[Column]:
    if "times_as_long_as_car" not in wards.columns:
        return []
    return [
        Column("times_as_long_as_car", "Times as long as by car", decimals=1, inf_label="car only"),
        Column("minutes_to_k_car", "Minutes by car", decimals=1, inf_label=unreachable),
    ]


def _curve_table(study: Study, results: RunResults) -> Table:
    return Table(
        key="curve",
        title="From one centre to all of them",
        frame=results.curve,
        columns=[
            Column("k", "Centres, at least", decimals=0),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents", decimals=0),
        ],
        caption=(
            f"Residents with at least so many centres within {study.indicator.cutoff_min:g} minutes: "
            "the indicator is one point of this curve."
        ),
    )


def _not_modelled(study: Study, results: RunResults) -> list[str]:
    walks = _STREET_WALKS if study.files.streets else _STRAIGHT_WALKS
    return [*_NOT_MODELLED, walks, *([f"{_sentence_case(results.driving)}."] if results.driving else [])]


def _definitions(study: Study, results: RunResults) -> list[tuple[str, str]]:
    told = [name for name in _EXPLAINED if name in results.wards.columns or name in results.ranking.columns]
    labels, meanings = column_labels(study), column_definitions(study, told)
    return [(labels[name], meaning) for name, meaning in meanings.items()]


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
