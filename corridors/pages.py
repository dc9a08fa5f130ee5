"""A study's tables turned into the page that `maps` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.columns import column_definitions, column_labels
from corridors.findings import number_word
from corridors.layers import overlays, ward_layers
from corridors.study import journey_definition
from maps import Column, Fact, Page, Table

if TYPE_CHECKING:
    import pandas as pd

    from corridors.inputs import Inputs
    from corridors.run import RunResults
    from corridors.study import Study

_EXPLAINED = (
    "share_reaching",
    "share_departures",
    "minutes_to_k",
    "jobs_within",
    "jobs_per_worker",
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
    "Walks are straight lines times a factor; rivers, motorways and railway lines in the way are not seen.",
    "A small area's residents are all placed at one population-weighted point.",
    "Ward figures are built from small areas by residents' share; wards hide pockets smaller than themselves.",
    "Deprivation describes areas, not people, and is relative: many deprived people live outside the deprived areas.",
    "The range of ranks shows what other weights would do, not errors in the data or in the timetable.",
)


def study_page(study: Study, inputs: Inputs, results: RunResults) -> Page:
    """Describe the page of a run: the finding as its title, the definition under it, layers, tables, limits."""
    unreachable = f"over {study.journey.max_time_min:g}"
    return Page(
        title=results.headline,
        subtitle=f"{results.definition}.",
        notice=study.study.notice,
        areas=results.wards,
        id_column="ward_code",
        name_column="ward_name",
        group_column="district",
        area_noun="wards",
        choropleths=ward_layers(results.wards, study),
        overlays=overlays(inputs, results.lines, study),
        tooltip=_tooltip(study, unreachable),
        facts=_facts(study, results),
        tables=[
            _ranking_table(study, results.ranking, key="ranking", title="Corridors, ranked", noun="corridor"),
            _ranking_table(
                study, results.ranking_sites, key="ranking-sites", title="Sites, ranked", noun="site"
            ),
            _borough_table(results),
            _curve_table(study, results),
        ],
        definitions=_definitions(study, results),
        limits=[
            *_NOT_MODELLED,
            *study.study.limits,
            *results.cautions,
            *[f"Warning from the timetable: {note}." for note in results.notes],
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
        Column("minutes_to_k", f"Minutes to {k} centres", unit="min", decimals=0, inf_label=unreachable),
        Column("income_deprived_per_1000", "Income-deprived", unit="per 1,000", decimals=0),
        Column("employment_deprived_per_1000", "Employment-deprived", unit="per 1,000", decimals=0),
        Column("unemployment_rate", "Unemployed", unit="% of active", factor=100, decimals=1),
        Column("jobs", "Jobs in the ward", decimals=0),
        Column("jobs_within", f"Jobs within {study.jobs.cutoff_min:g} min", decimals=0),
    ]


def _facts(study: Study, results: RunResults) -> list[Fact]:
    region = results.indicator.iloc[0]
    people, cutoff = results.access["residents"], f"{study.indicator.cutoff_min:g}"
    expected = float((results.access["share_departures"] * people).sum() / people.sum())
    k = number_word(study.indicator.min_centres)
    facts = [
        Fact(
            f"reach {k} or more centres in {cutoff} minutes",
            f"{region['share']:.1%}",
            f"{region['residents_reaching']:,.0f} of {region['residents']:,.0f} residents, "
            "those without any service included",
        ),
        Fact(
            "by the share of departures",
            f"{expected:.1%}",
            f"mean over residents of the share of departures at which {k} or more centres are in reach; "
            "another question than the one above",
        ),
    ]
    scored = results.ranking[results.ranking["score"].notna()]
    if len(scored):
        first = scored.iloc[0]
        facts.append(
            Fact(
                "comes first among the corridors",
                str(first["name"]),
                f"with other weights its rank lies between {first['rank_low']} and {first['rank_high']} in nine "
                f"draws of ten; it is among the first three in {first['p_top3']:.0%} of the draws",
            )
        )
    return facts


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
        frame=ranking,
        columns=[
            Column("rank", "Rank", decimals=0),
            Column("name", noun.capitalize()),
            Column("score", "Score", decimals=2),
            Column("rank_low", "Rank, 5th percentile", decimals=0),
            Column("rank_high", "Rank, 95th percentile", decimals=0),
            Column("p_top3", "Among the first three", unit="% of draws", factor=100, decimals=0),
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
            f"{noun}. Rates are scored, totals stand beside them. Weights and goalposts: {weights}. Ranges: "
            f"{study.ranking.draws:,} draws of the weights around these (Dirichlet, concentration "
            f"{study.ranking.concentration:g}, seed {study.ranking.seed})."
        ),
        id_column="id",
        heading_column="name",
    )


def _worst(low: float, high: float, direction: str) -> str:
    first, last = (low, high) if direction == "higher" else (high, low)
    return f"{first:,g}, 1 at {last:,g}"


def _borough_table(results: RunResults) -> Table:
    boroughs = results.indicator[results.indicator["level"].isin(["region", "district"])]
    return Table(
        key="boroughs",
        title="The indicator by borough",
        frame=boroughs,
        columns=[
            Column("name", "Borough"),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents reaching", decimals=0),
            Column("residents", "All residents", decimals=0),
        ],
        caption=results.definition,
        id_column="code",
    )


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


def _definitions(study: Study, results: RunResults) -> list[tuple[str, str]]:
    labels, meanings = column_labels(study), column_definitions(study, _EXPLAINED)
    return [
        ("How minutes are measured", f"{journey_definition(study)}."),
        *results.findings,
        *[(labels[name], meaning) for name, meaning in meanings.items()],
    ]
