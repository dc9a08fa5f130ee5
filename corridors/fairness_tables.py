"""The tables of `corridors.fairness` as the page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maps import Column, Table

if TYPE_CHECKING:
    from corridors.fairness import Fairness
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
_MOMENTS = {"depart": "departures", "arrive": "arrivals"}


def fairness_tables(study: Study, results: RunResults) -> list[Table]:
    """Describe the tables of other definitions, of groups, and of how unequally access is spread."""
    found = results.fairness
    return [_variants(study, found), _cohorts(study, found), _inequality(found)]


def _variants(study: Study, found: Fairness) -> Table:
    frame = found.variants.assign(
        window=found.variants["direction"].map(_MOMENTS),
        own=found.variants["is_study"].map({True: "this study", False: ""}),
    )
    return Table(
        key="variants",
        title="The same residents by other definitions",
        frame=frame,
        columns=[
            Column("definition", "Definition"),
            Column("window", "Window of"),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents", decimals=0),
            Column("own", "Used here"),
        ],
        caption=(
            f"Same timetable, walks and centres, {study.indicator.cutoff_min:g} minutes and {study.indicator.min_centres} "
            "centres throughout: only the way of reading the window differs. Every cutoff and number of centres is in "
            "indicator_sweep.csv."
        ),
    )


def _cohorts(study: Study, found: Fairness) -> Table:
    region = found.cohorts[found.cohorts["level"] == "region"]
    margin = study.indicator.near_miss_min
    return Table(
        key="cohorts",
        title="The indicator by group of residents",
        frame=region.reset_index(drop=True),
        columns=[
            Column("label", "Group"),
            Column("share", "Share who reach", unit="%", factor=100, decimals=1),
            Column("people_reaching", "Who reach", decimals=0),
            Column("people", "All of the group", decimals=0),
            Column("near_miss", f"Miss by {margin:g} min or less", decimals=0),
            Column("denominator", "Counted over"),
            Column("vintage", "Data"),
        ],
        caption=(
            "A group is counted where it lives and taken to reach what its small area reaches: how its members travel is "
            "not measured. Groups overlap and must not be added. By borough in cohorts.csv."
        ),
        id_column="cohort",
    )


def _inequality(found: Fairness) -> Table:
    table = found.inequality[found.inequality["undefined"] == ""]
    frame = table[~table["measure"].isin(["people"])].assign(name=lambda rows: rows["measure"].map(_MEASURES))
    return Table(
        key="inequality",
        title="How unequally access is spread",
        frame=frame.reset_index(drop=True),
        columns=[
            Column("name", "Measure"),
            Column("access", "Of"),
            Column("value", "Value", decimals=3),
            Column("meaning", "In words"),
        ],
        caption=(
            "Over residents of small areas, those who reach nothing included; ordered by national rank of Income deprivation. "
            "A resident counts the centres or jobs within the study's minutes."
        ),
    )
