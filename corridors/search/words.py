"""What a search found, in sentences; and what its columns mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.access.indicator import statistic_clause
from corridors.search.moves import BOUGHT, KINDS

if TYPE_CHECKING:
    import pandas as pd

    from corridors.search.best_moves import Search, SearchChoices
    from corridors.study import Study

_NAMED: Final = 3
_TIMED: Final = (
    "A timed change moves the line with the longer headway of a pair by whole minutes within it, all day and both ways, by as "
    "much as makes the mean wait for changes between the two shortest: every direction of one with every direction of the "
    "other, both ways of changing, where the change is quickest, each arrival of the window once. Nothing is weighted by "
    "passengers, for nobody knows who changes there; the residents are then counted on the whole network."
)
_GREEDY: Final = (
    "The package is put together greedily, of further departures alone, which are what vehicle hours buy: at each step every "
    "one that the budget still holds is answered on top of those taken, and the one that gains most residents for each "
    "vehicle hour is taken. Another package may do better: departures that only help together are not found, and a cheap one "
    "may take the room of a better one."
)
_STOPS: Final = (
    "One more stop is tried where a line passes a place between two calls: by straight lines and, where other lines of its "
    "mode call there, by the way they lead. Whether its own road or track leads there, with a platform, must be checked. It "
    "takes next to no vehicle hours but the time of all on board, so some lose; it is in no package."
)
_FASTER: Final = (
    "Quicker runs take no vehicle hours but save them, and ask for roads, signals or tracks instead; so they stand without a "
    "figure for each vehicle hour and in no package. Residents can lose, for who leaves at other minutes meets other changes."
)
_IN_FULL: Final = (
    "Journeys are those of residents to centres: jobs, and everybody who only passes through, are not counted here. "
    "`corridors schemes` answers for any of these moves in full, jobs and wards included."
)


def search_sentences(found: Search, choices: SearchChoices) -> tuple[str, ...]:
    """Say what was found, what was left out, and what every figure rests on."""
    kinds = [kind for kind in KINDS if kind in choices.kinds]
    return (
        *(_first(found.moves[found.moves["kind"] == kind], KINDS[kind]) for kind in kinds),
        *_package(found.package, choices),
        *_left_out(found.refused),
        _ranges(found),
        _hours(found, choices),
        *([_FASTER] if "faster" in kinds else []),
        *([_STOPS] if "new_station" in kinds else []),
        *([_TIMED] if "retimed" in kinds else []),
        _IN_FULL,
    )


def _first(some: pd.DataFrame, words: str) -> str:
    """Say which move of a kind comes first, in all and for each vehicle hour, and how many gain nobody."""
    if some.empty:
        return f"{words.capitalize()}: there was nothing to try."
    best = some.iloc[0]
    none = int((some["extra_residents"] <= 0).sum())
    deprived = (
        ""
        if some["extra_most_deprived"].isna().all()
        else f", {best['extra_most_deprived']:,.0f} of them in the nation's most deprived fifth"
    )
    said = (
        f"{words.capitalize()}, tried {len(some):,} times: {best['line']} ({best['move']}) gains most, "
        f"{best['extra_residents']:,.0f} residents who come to reach enough centres{deprived}; by other statistics "
        f"{best['extra_low']:,.0f} to {best['extra_high']:,.0f}, and ranks {best['rank_low']} to {best['rank_high']}. "
        f"{none:,} gain nobody by the study's own statistic."
    )
    hours = some[(some["kind"] == BOUGHT) & (some["rank_per_vehicle_hour"] == 1)]
    if hours.empty:
        return said
    first = hours.iloc[0]
    return (
        f"{said} For each vehicle hour {first['line']} comes first, with {first['residents_per_vehicle_hour']:,.0f} "
        f"residents ({first['per_vehicle_hour_low']:,.0f} to {first['per_vehicle_hour_high']:,.0f}; ranks "
        f"{first['rank_low_per_vehicle_hour']} to {first['rank_high_per_vehicle_hour']})."
    )


def _package(package: pd.DataFrame, choices: SearchChoices) -> list[str]:
    budget = choices.budget_vehicle_hours
    if budget is None:
        return []
    if package.empty:
        return [
            f"No single departure more within {budget:g} vehicle hours gains a resident, so there is no package."
        ]
    last = package.iloc[-1]
    alone = package["alone_extra_residents"].sum()
    said = (
        f"Up to {budget:g} vehicle hours, {len(package)} steps together bring {last['extra_residents_together']:,.0f} "
        f"residents to enough centres for {last['vehicle_hours_together']:.1f} vehicle hours; alone they gain {alone:,.0f} "
        "in sum, so figures of moves must not be added."
    )
    return [said, _GREEDY]


def _left_out(refused: pd.DataFrame) -> list[str]:
    """Count the moves that contradict the timetable, and name the first."""
    if refused.empty:
        return []
    named = "; ".join(refused["reason"][:_NAMED])
    more = " and others" if len(refused) > _NAMED else ""
    return [f"Left out, because they contradict the timetable: {len(refused):,} moves ({named}{more})."]


def _ranges(found: Search) -> str:
    """Say what the ranges are over."""
    named = "; ".join(f"{name}: {statistic_clause(name, 'depart')}" for name in found.statistics)
    return (
        f"Ranges are over {len(found.statistics)} ways to read the departures, the study's own first ({named}), and are no "
        "margins of error. Ranks are among moves of one kind."
    )


def _hours(found: Search, choices: SearchChoices) -> str:
    """Say what a vehicle hour is."""
    return (
        f"Vehicle hours are those of runs that leave their first stop from {found.period[0]} until before {found.period[1]}: run "
        f"time and {choices.layover_share:.0%} of it at the ends, which is assumed. One more departure an hour is added in "
        "each direction, on the calls that most departures have, where the line leaves the longest gap."
    )


def column_meanings(study: Study) -> dict[str, str]:
    """Say what the columns of the tables mean, for the manifest."""
    enough = f"{study.indicator.min_centres} or more centres within {study.indicator.cutoff_min:g} minutes"
    return {
        "kind": f"of move: {', '.join(f'{kind} ({words})' for kind, words in KINDS.items())}",
        "rank": "among moves of its kind, by extra_residents; rank_low and rank_high the best and worst by any statistic; "
        "equals share a rank",
        "extra_residents": f"residents who come to reach {enough}, less those who no longer do, by the study's own "
        "statistic; extra_low and extra_high the least and most by any; extra_<statistic> by each",
        "residents_gaining": "those who come to reach enough centres; residents_losing those who no longer do",
        "extra_most_deprived": "of extra_residents, those in the nation's most deprived fifth by the Income domain",
        "vehicle_hours": "more hours that vehicles run, layover included; below 0 where hours are saved",
        "residents_per_vehicle_hour": "extra_residents over vehicle_hours, where a move takes any",
        "step_extra_residents": "on top of the steps before it; alone_extra_residents without any other step",
        "later_min": "minutes by which a line leaves later",
        "wait_before_min": "mean wait for changes between two lines in the window; wait_after_min with the shift",
        "scheme": "id of the scheme that does the same",
    }
