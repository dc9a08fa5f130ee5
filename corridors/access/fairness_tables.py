"""The tables of `corridors.access.fairness` as the page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from corridors.access.access_and_need import ward_class_counts
from corridors.access.indicator import statistic_clause
from corridors.access.times_of_day import windows_beside
from corridors.page.layer_classes import NEED_AND_ACCESS
from maps import Column, Table

if TYPE_CHECKING:
    from corridors.access.fairness import Fairness
    from corridors.results import RunResults
    from corridors.study import Study

_MEASURES = {
    "people": "People",
    "mean": "Mean",
    "gini": "Gini index",
    "concentration_index": "Concentration index by Income deprivation",
    "concentration_index_erreygers": "Concentration index, Erreygers",
    "palma": "Palma ratio of means",
    "fgt0": "Short of the line, share",
    "fgt1": "Short of the line, gap",
    "fgt2": "Short of the line, squared gap",
    "theil": "Theil index",
    "theil_between": "Theil, between boroughs",
    "theil_within": "Theil, within boroughs",
}


def fairness_tables(study: Study, results: RunResults) -> list[Table]:
    """Describe the tables of other definitions, of groups, and of how unequally access is spread."""
    found, beside = results.fairness, results.beside
    return [
        *([] if study.brought else [_variants(study, found)]),
        _cohorts(study, found),
        _inequality(found),
        _need_and_access(results),
        *([] if beside.windows.empty else [_windows(study, beside.windows)]),
        *([] if beside.services.empty else [_services(study, beside.services)]),
    ]


def _variants(study: Study, found: Fairness) -> Table:
    read = map(statistic_clause, found.variants["statistic"], found.variants["direction"])
    own = found.variants["is_study"].map({True: " (this study)", False: ""})
    frame = found.variants.assign(
        reading=[f"{clause[:1].upper()}{clause[1:]}{mark}" for clause, mark in zip(read, own, strict=True)]
    )
    return Table(
        key="variants",
        title="The same residents by other definitions",
        frame=frame,
        columns=[
            Column("reading", "How the window is read"),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents", decimals=0),
        ],
        caption=(
            f"Same timetable, walks and centres, {study.indicator.cutoff_min:g} minutes and {study.indicator.min_centres} "
            f"centres throughout, {study.journey.window[0]} until before {study.journey.window[1]}: only the way of reading "
            "the window differs. At the 80th percentile one departure in five is slower. Every cutoff and number of centres "
            "is in indicator_sweep.csv."
        ),
    )


def _cohorts(study: Study, found: Fairness) -> Table:
    region = found.cohorts[found.cohorts["level"] == "region"]
    margin = study.indicator.near_miss_min
    return Table(
        key="cohorts",
        title="The indicator by group of residents",
        frame=region.assign(group=region["label"] + ": " + region["denominator"]).reset_index(drop=True),
        columns=[
            Column("group", "Group, and whom it counts"),
            Column("share", "Share who reach", unit="%", factor=100, decimals=1),
            Column("people_reaching", "Who reach", decimals=0),
            Column("people", "All of the group", decimals=0),
            Column("near_miss", f"Miss by {margin:g} min or less", decimals=0),
        ],
        caption=(
            "A group is counted where it lives and taken to reach what its small area reaches: how its members travel is "
            "not measured. Groups overlap and must not be added. By borough in cohorts.csv. Data: "
            f"{'; '.join(region['vintage'].unique())}."
        ),
        id_column="cohort",
    )


def _inequality(found: Fairness) -> Table:
    told = (found.inequality["undefined"] == "") & (found.inequality["measure"] != "people")
    table = found.inequality[told]
    frame = table.assign(
        name=table["measure"].map(_MEASURES) + ": " + table["meaning"],
        # Indices and numbers of jobs stand in one column: each with the decimals that it has.
        shown=[f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}" for value in table["value"]],
    )
    return Table(
        key="inequality",
        title="How unequally access is spread",
        frame=frame.reset_index(drop=True),
        columns=[
            Column("name", "Measure, and what it says"),
            Column("access", "Of"),
            Column("shown", "Value"),
        ],
        caption=(
            "Over residents of small areas, those who reach nothing included; ordered by national rank of Income deprivation. "
            "A resident counts the centres or jobs within the study's minutes."
        ),
    )


def _need_and_access(results: RunResults) -> Table:
    counts = ward_class_counts(pd.DataFrame(results.wards.drop(columns="geometry")))
    frame = counts.assign(name=counts["bivariate"].map(NEED_AND_ACCESS).fillna("No minutes or no residents"))
    return Table(
        key="need-and-access",
        title="Need and access together",
        frame=frame,
        columns=[
            Column("name", "Wards with"),
            Column("areas", "Wards", decimals=0),
            Column("residents", "Residents", decimals=0),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
        ],
        caption=(
            "Wards by Income-deprived people per 1,000 residents and by the median resident's minutes to enough centres, each "
            "cut into thirds of this study's residents: great, middling and little are relative to this area, not to the "
            "nation. The map has the same classes."
        ),
    )


def _windows(study: Study, windows: pd.DataFrame) -> Table:
    labels = {window.key: window.label for window in windows_beside(study)}
    region = windows[windows["level"] == "region"]
    frame = region.assign(
        label=region["window"].map(labels) + ", " + region["start"] + " until before " + region["end"]
    ).reset_index(drop=True)
    return Table(
        key="windows",
        title="The same questions at other times of day",
        frame=frame,
        columns=[
            Column("label", "Departures"),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents", decimals=0),
            Column("jobs_within", f"Jobs within {study.jobs.cutoff_min:g} min, mean", decimals=0),
        ],
        caption="Same day, statistic, walks and thresholds; only the departures differ. By borough in windows.csv.",
    )


def _services(study: Study, services: pd.DataFrame) -> Table:
    region = services[services["level"] == "region"]
    kinds = region["kind"].str.replace("_", " ").str.capitalize()
    within = [f" within {minutes:g} minutes" for minutes in region["cutoff_min"]]
    frame = region.assign(label=kinds + within).reset_index(drop=True)
    return Table(
        key="services",
        title="Services within reach",
        frame=frame,
        columns=[
            Column("label", "Nearest"),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_within", "Residents", decimals=0),
        ],
        caption=(
            f"Departures of the study's window ({study.journey.window[0]} until before {study.journey.window[1]}). All "
            "residents are counted, not those who need the service; whether a site has room or takes everyone is not "
            "modelled. By borough in services_within.csv."
        ),
    )
