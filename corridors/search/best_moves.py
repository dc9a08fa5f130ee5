"""Where would one more vehicle help most? Every line asked, by residents who come to reach enough centres.

For every line one more departure an hour, a quicker run or one more stop, and for every pair of neighbouring lines a timed
change: each is answered on the whole network to the second, nothing is estimated. A move here is the same as the scheme
it names, so `corridors.schemes.runs.compare_schemes` gives the very figures, and jobs, wards and losers besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

import pandas as pd

from accessibility.errors import ParameterError
from accessibility.timetables.timetable import timetable_of
from accessibility.window import parse_window
from corridors.access.indicator import Indicator
from corridors.progress import Progress, silent
from corridors.schemes.edits import Period
from corridors.search.board import board_of
from corridors.search.moves import (
    KINDS,
    Found,
    Kind,
    changes_of,
    faster_runs,
    lines_of,
    more_departures,
    moves_table,
    retimed_runs,
)
from corridors.search.packages import PACKAGE_COLUMNS, greedy_package
from corridors.search.runs import Numbers, blocks_of
from corridors.search.scores import (
    FIGURES,
    RANKS,
    RANKS_PER_HOUR,
    gains,
    people_of,
    ranked,
    refuse_harm,
)
from corridors.search.stops import one_more_stop
from corridors.search.timing import PAIR_COLUMNS, timed_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

    import accessibility as acc
    from accessibility.feeds.gtfs import Feed
    from corridors.inputs import Inputs
    from corridors.search.board import Board
    from corridors.search.moves import Line, Move
    from corridors.search.runs import Block, Change
    from corridors.search.scores import People
    from corridors.study import Study

_HOUR_S: Final = 3600
_WHAT: Final = ["kind", "line", "move"]
_IDS: Final = ["route_id", "mode", "feed", "scheme"]


@dataclass(frozen=True)
class SearchChoices:
    """What a search tries, and what it takes for granted.

    Attributes
    ----------
    kinds
        Kinds of moves, of `corridors.search.moves.KINDS`.
    period
        Clock times at the first stop in which departures are added and vehicle hours counted; None for the study's window.
    faster_percent
        By how much run times fall.
    stop_penalty_s
        What one more call costs everybody on board; assumed.
    max_off_line_m
        How far from the straight line between two calls a place may lie that the line passes.
    layover_share
        Time at the ends of a run on top of its run time; assumed.
    least_saving_min
        Timed changes that shorten the mean wait by less are not tried.
    budget_vehicle_hours
        What a package may take; None for no package.
    """

    kinds: tuple[Kind, ...] = get_args(Kind)
    period: tuple[str, str] | None = None
    faster_percent: float = 10
    stop_penalty_s: int = 60
    max_off_line_m: float = 500
    layover_share: float = 0.1
    least_saving_min: float = 1
    budget_vehicle_hours: float | None = 20

    def __post_init__(self) -> None:
        """Refuse what no search can use."""
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            named = f"{unknown[0]!r} is no kind of move" if unknown else "no kind of move is named"
            raise ParameterError(f"{named}; there are {', '.join(KINDS)}")
        budget = self.budget_vehicle_hours
        if budget is not None and not 0 < budget < float("inf"):
            raise ParameterError(f"budget_vehicle_hours is {budget}; it must be a number above 0")
        if not 0 <= self.layover_share <= 1:
            raise ParameterError(f"layover_share is {self.layover_share}; it must be between 0 and 1")


@dataclass(frozen=True, eq=False)
class Search:
    """What a search found.

    Attributes
    ----------
    moves
        One row per move: ``kind, line, move`` (in words); ``rank, rank_low, rank_high`` and the three for each vehicle hour,
        among the moves of its kind; what `corridors.search.scores.gains` tells; ``route_id, mode, feed, scheme``. By kind
        and rank.
    pairs
        `corridors.search.timing.timed_changes`, with ``extra_residents, extra_low, extra_high`` and ``scheme`` of the shift:
        one row per pair of lines, and pairs may ask for the same shift.
    package
        `corridors.search.packages.greedy_package`; empty without a budget.
    taken
        The moves of the package, in order.
    refused
        ``line, move, reason`` of moves that contradict the timetable.
    statistics
        Those of the ranges, the study's own first.
    period
        The clock times in which departures are added and vehicle hours counted.
    """

    moves: pd.DataFrame
    pairs: pd.DataFrame
    package: pd.DataFrame
    taken: tuple[Move, ...]
    refused: pd.DataFrame
    statistics: tuple[str, ...]
    period: tuple[str, str]


def search_moves(
    study: Study,
    inputs: Inputs,
    feeds: Sequence[Feed],
    today: acc.Network,
    *,
    choices: SearchChoices | None = None,
    places: gpd.GeoDataFrame | None = None,
    progress: Progress | None = None,
) -> Search:
    """Ask of every line what one more departure, a quicker run, one more stop or a timed change would do for residents.

    Parameters
    ----------
    study
        Its service date must be chosen; see `corridors.study.Study.on`.
    inputs
        The study's tables.
    feeds
        The feeds of today.
    today
        Their network, as `corridors.schemes.runs.network_with` builds it without schemes.
    choices
        What is tried.
    places
        Candidates for one more stop: ``id, name, kind`` and a point; see `corridors.search.stops.one_more_stop`. By
        default those of the study's stations where something of their mode calls already.
    progress
        Called with the step in words and the share of it that is done.

    Raises
    ------
    ParameterError
        For a choice out of range, or a study whose date is not chosen.
    SchemeError
        When an answer contradicts what a move can do.
    """
    tell, wanted = progress or silent, choices or SearchChoices()
    if study.service_date is None:
        raise ParameterError("the study's date is not chosen yet; take study.on(timetable.service_date)")
    period = study.journey.window if wanted.period is None else wanted.period
    setting = _Setting(study, wanted, places, period)
    tell("Making moves", 0)
    moves, pairs = _moves(setting, today, inputs.stations, tell)
    numbers = Numbers(today.timetable)
    blocks = blocks_of(today.timetable, numbers)
    found = changes_of(
        moves, feeds, blocks, numbers, date=study.service_date, progress=partial(tell, "Making moves")
    )
    board = board_of(today, blocks, numbers, inputs, study)
    people = people_of(inputs, Indicator.of(study, inputs.centres), board.question.read.ids)
    table = _scored(board, found, people, setting, lines_of(today.timetable), tell)
    package, taken = _package(board, feeds, numbers, found, people, setting, tell)
    return Search(
        moves=table,
        pairs=_with_gains(pairs, table),
        package=package,
        taken=taken,
        refused=pd.DataFrame(
            [(move.line, move.words, reason) for move, reason in found.refused],
            columns=["line", "move", "reason"],
        ),
        statistics=people.statistics,
        period=period,
    )


class _Setting(NamedTuple):
    """What stays the same through a search."""

    study: Study
    choices: SearchChoices
    places: gpd.GeoDataFrame | None
    period: tuple[str, str]

    def hours(self, move: Move, change: Change, blocks: Sequence[Block]) -> float:
        """Vehicle hours that a move takes, over the runs that set out in the period, layover included."""
        if move.kind == "retimed":
            return 0.0
        when = Period(start=self.period[0], end=self.period[1])
        seconds = change.seconds_run(blocks, when.start_s, when.end_s)
        return seconds * (1 + self.choices.layover_share) / _HOUR_S


def _moves(
    setting: _Setting, today: acc.Network, stations: gpd.GeoDataFrame, tell: Progress
) -> tuple[list[Move], pd.DataFrame]:
    """Make the moves of all kinds wanted, and the pairs that ask for those in time."""
    lines, choices = lines_of(today.timetable), setting.choices
    pairs = pd.DataFrame(columns=[*PAIR_COLUMNS, "scheme"])
    moves: list[Move] = []
    if "more_frequent" in choices.kinds:
        moves += more_departures(lines, period=setting.period)
    if "faster" in choices.kinds:
        moves += faster_runs(lines, percent=choices.faster_percent)
    if "new_station" in choices.kinds:
        given = setting.places is not None
        moves += one_more_stop(
            today.timetable,
            stations if setting.places is None else setting.places,
            crs=today.crs,
            penalty_s=choices.stop_penalty_s,
            max_off_line_m=choices.max_off_line_m,
            new_places=given,
        )
    if "retimed" in choices.kinds:
        window = parse_window(setting.study.journey.window, max_time_min=setting.study.indicator.cutoff_min)
        pairs = timed_changes(
            today, lines, window=window, least_saving_min=choices.least_saving_min,
            progress=partial(tell, "Pairs of lines"),
        )  # fmt: skip
        by_id = {line.route_id: line for line in lines}
        wanted = list(zip(pairs["route_id"], pairs["later_min"], strict=True))
        shifts = list(dict.fromkeys(wanted))
        retimed = retimed_runs((by_id[route], int(minutes)) for route, minutes in shifts)
        scheme = {shift: move.scheme.id for shift, move in zip(shifts, retimed, strict=True)}
        pairs = pairs.assign(scheme=[scheme[shift] for shift in wanted])
        moves += retimed
    return moves, pairs


def _scored(
    board: Board, found: Found, people: People, setting: _Setting, lines: Sequence[Line], tell: Progress
) -> pd.DataFrame:
    """Answer every move alone, and rank them."""
    today = board.today()
    rows = []
    for kind, words in KINDS.items():
        some = [(m, c) for m, c in zip(found.moves, found.changes, strict=True) if m.kind == kind]
        answers = board.each([change for _, change in some])
        for done, ((move, change), after) in enumerate(zip(some, answers, strict=True), start=1):
            refuse_harm(today, after, move, people)
            hours = setting.hours(move, change, board.blocks)
            rows.append(gains(today, after, people, vehicle_hours=hours))
            tell(f"Trying {words}", done / len(some))
    in_order = [move for kind in KINDS for move in found.moves if move.kind == kind]
    figures = [*FIGURES, *(f"extra_{name}" for name in people.statistics)]
    table = moves_table(in_order, {line.route_id: line for line in lines})
    table = pd.concat([table, pd.DataFrame(rows, columns=figures)], axis=1)
    return ranked(table, people.statistics)[[*_WHAT, *RANKS, *RANKS_PER_HOUR, *figures, *_IDS]]


def _package(
    board: Board,
    feeds: Sequence[Feed],
    numbers: Numbers,
    found: Found,
    people: People,
    setting: _Setting,
    tell: Progress,
) -> tuple[pd.DataFrame, tuple[Move, ...]]:
    """Put moves together up to the budget, where there is one."""
    budget, date = setting.choices.budget_vehicle_hours, setting.study.service_date
    if budget is None or date is None:
        return pd.DataFrame(columns=PACKAGE_COLUMNS), ()
    return greedy_package(
        board,
        feeds,
        numbers,
        found,
        people,
        budget_vehicle_hours=budget,
        hours_of=setting.hours,
        remade=_remaker(setting),
        date=date,
        progress=partial(tell, "Putting moves together"),
    )


def _remaker(setting: _Setting) -> Callable[[Sequence[Feed], str, int], list[Move]]:
    """Make what gives one line a further departure on other feeds."""

    def remade(feeds: Sequence[Feed], route_id: str, step: int) -> list[Move]:
        assert setting.study.service_date is not None  # noqa: S101 - refused before any move is made
        lines = lines_of(timetable_of(feeds, date=setting.study.service_date))
        again = [line for line in lines if line.route_id == route_id]
        return more_departures(again, period=setting.period, mark=f":{step}")

    return remade


def _with_gains(pairs: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Put what each shift gains beside the pairs that ask for it."""
    gained = moves[["scheme", "extra_residents", "extra_low", "extra_high"]]
    keyed = pairs.astype({"scheme": object})
    joined = keyed.merge(gained, on="scheme", how="left", validate="many_to_one")
    return joined.sort_values(
        ["extra_residents", "route_id", "with_route_id"], ascending=[False, True, True], ignore_index=True
    )
