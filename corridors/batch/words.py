"""What the figures of a batch mean, in words: the definition beside every table, and each column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.study import day_in_words, journey_definition, statistic_words

if TYPE_CHECKING:
    from corridors.batch.plan import Plan, Window
    from corridors.batch.tables import Tables
    from corridors.batch.units import Direction
    from corridors.study import Study

DIRECTION_WORDS: Final[dict[Direction, str]] = {
    "to": "to the station, from every small area",
    "from": "from the station, to every small area, job and site",
}
NOT_MODELLED: Final = (
    "Fares, crowding and reliability are not modelled: every scheduled trip runs, on time, with room.",
    "A small area's residents are all placed at one population-weighted point, and count whole or not at all.",
    "Nobody is taken to move, and no job to follow, because of a station or a scheme.",
)
#: What each column means; words in braces are filled in.
COLUMNS: Final = {
    "direction": "to: journeys to the station from where people live; from: journeys from it",
    "scenario": "what is built and who lives there: {cases}",
    "window": "when people leave: at every minute of it",
    "threshold_min": "minutes from door to door, inclusive",
    "minute": "minutes from door to door, inclusive",
    "residents": "residents whose {statistic} of departures is within the threshold; in onward.csv those of the band",
    "aged_16_64": "residents aged 16 to 64 likewise",
    "unemployed": "unemployed residents likewise",
    "households_no_car": "households without a car or van likewise: households, not people",
    "most_deprived_fifth": "all residents of small areas in the nation's most deprived fifth by Income, likewise",
    "residents_in_several": "of these, residents within the threshold of two stations or more, each counted once",
    "all_residents": "everybody in the study's area, those without service included",
    "share_residents": "residents over all residents, 0 to 1",
    "jobs": "jobs within the threshold",
    "sites": "sites within the threshold",
    "homes_at_sites": "homes that these sites have room for, a part of a larger site not added to it",
    "status": "ok; empty: nothing within the longest threshold; failed or refused: see note",
    "target": "residents to be connected",
    "minutes": "whole minutes, rounded up, within which the target is reached; inf where it is not within the longest "
    "journey; in times.parquet the minutes of the journey",
    "onward_min": "the journey on from the station as a constant; waiting for the train is not in it",
    "over_min": "the band of whole journeys, door to door and on: longer than this",
    "up_to_min": "and at most this; inf holds those without a journey",
    "residents_within": "residents whose whole journey takes at most up_to_min; in the last band everybody",
    "small_areas": "small areas whose point is within the threshold: the polygon is made of their cells",
    "area_km2": "area of the polygon; a cell holds what is nearer to its small area's point than to any other's, within "
    "the outlines: computed, not official",
}


def definition_in_short(study: Study, window: Window) -> str:
    """Say in a line what minutes are: day, window, statistic, walk, longest journey."""
    journey = study.journey
    return (
        f"{day_in_words(study)}, leaving at every minute from {window[0]} until before {window[1]}, "
        f"{statistic_words(journey.statistic)} of minutes door to door by scheduled public transport; at most "
        f"{journey.max_access_min:g} min on foot to the first stop and {journey.max_egress_min:g} from the last; over "
        f"{journey.max_time_min:g} min is unreachable"
    )


def definition_with_notice(study: Study, window: Window) -> str:
    """Say what stands beside every row of a file: the definition, and what the study says of its data."""
    return f"{definition_in_short(study, window)}. {study.study.notice}".rstrip()


def definition_in_full(study: Study, window: Window) -> str:
    """Say in one sentence how minutes are measured in a window of the batch."""
    return journey_definition(
        study.model_copy(update={"journey": study.journey.model_copy(update={"window": window})})
    )


def definitions(plan: Plan) -> dict[str, str]:
    """Say what every figure and column of a batch means, for its manifest."""
    study = plan.study
    cases = "; ".join(f"{case.key} is {case.in_words}" for case in plan.cases)
    told = {"cases": cases, "statistic": statistic_words(study.journey.statistic)}
    journeys = {f"journey {'-'.join(window)}": definition_in_full(study, window) for window in plan.windows}
    vintages = {f"vintage of {key}": said for key, said in study.vintages.model_dump().items()}
    columns = {name: f"{text.format(**told)}." for name, text in COLUMNS.items()}
    return {**journeys, "notice": study.study.notice, **vintages, **columns}


def results_in_words(plan: Plan, tables: Tables) -> str:
    """Say for a terminal who gets to each station, with the definition, and what must be read beside it."""
    study = plan.study
    names = {case.key: case.name for case in plan.cases}
    rows = tables.summary[tables.summary["direction"].eq("to") & tables.summary["threshold_min"].notna()]
    lines = [study.study.name, *([study.study.notice] if study.study.notice else []), ""]
    asked = ["scenario", "window", "station_id", "station"]
    for (scenario, window, _, station), each in rows.groupby(asked, sort=False):
        counts = ", ".join(
            f"{residents:,.0f} in {limit:g} min"
            for limit, residents in zip(each["threshold_min"], each["residents"], strict=True)
        )
        lines.append(f"{station} ({names[str(scenario)]}, {window}), residents: {counts}")
    said = [
        f"{row['station']} ({names[row['scenario']]}, {row['window']}): {row['in_words']}"
        for row in tables.targets.to_dict("records")
    ]
    definition = [f"  {definition_in_full(study, window)}." for window in plan.windows]
    return "\n".join(
        [
            *lines,
            *definition,
            *(["", *said] if said else []),
            *(["", *tables.notes] if tables.notes else []),
            "",
            "Not modelled: fares, crowding, reliability.",
        ]
    )
