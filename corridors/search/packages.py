"""Packages of departures up to a budget of vehicle hours, put together greedily and answered together at every step.

At each step every line's further departure that the budget still holds is answered on top of those taken
already, and the one that gains most residents for each vehicle hour is taken. This is not the best package there could
be: two moves that only help together are never found, and a cheap move early may leave no room for a better one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.schemes.edits import apply_schemes
from corridors.search.moves import BOUGHT, Found, changes_of
from corridors.search.runs import changed_blocks
from corridors.search.scores import gains

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from accessibility.feeds.gtfs import Feed
    from corridors.search.board import Board, Reached
    from corridors.search.moves import Move
    from corridors.search.runs import Block, Change, Numbers
    from corridors.search.scores import People

PACKAGE_COLUMNS: Final = [
    "step", "line", "move", "kind", "route_id", "vehicle_hours", "step_extra_residents", "alone_extra_residents",
    "vehicle_hours_together", "extra_residents_together", "extra_low_together", "extra_high_together",
    "extra_most_deprived_together", "residents_losing_together", "residents_per_vehicle_hour_together", "scheme",
]  # fmt: skip
_ROUNDING: Final = 1e-9


def greedy_package(
    board: Board,
    feeds: Sequence[Feed],
    numbers: Numbers,
    found: Found,
    people: People,
    *,
    budget_vehicle_hours: float,
    hours_of: Callable[[Move, Change, Sequence[Block]], float],
    remade: Callable[[Sequence[Feed], str, int], list[Move]],
    date: dt.date,
    progress: Callable[[float], None] | None = None,
) -> tuple[pd.DataFrame, tuple[Move, ...]]:
    """Put moves together until the budget is spent or no further one gains a resident.

    Parameters
    ----------
    board, feeds, numbers, found, people
        As the search has them; of the moves found, those of the kind `corridors.search.moves.BOUGHT` compete.
    budget_vehicle_hours
        Of `hours_of`, together.
    hours_of
        Tells the vehicle hours of a move.
    remade
        Makes the moves of a line anew after one of them has been taken, from the feeds with it, for a step: a line may
        get a second departure.
    date
        The service day.
    progress
        Called with the share of the budget that is spent.

    Returns
    -------
    tuple
        One row per move taken, in order: ``step, line, move, kind, route_id, vehicle_hours``; ``step_extra_residents`` (on
        top of the steps before) and ``alone_extra_residents`` (the line's further departure without any other);
        ``…_together`` from the first step to this one, against today; ``scheme``. And the moves themselves.
    """
    today = reached = board.today()
    alone: dict[str, float] = {}
    rows: list[dict[str, object]] = []
    taken: list[Move] = []
    spent = 0.0
    while True:
        options = _affordable(board, found, hours_of, budget_vehicle_hours - spent)
        best = _best(board, reached, options, people, None if taken else alone)
        if best is None:
            return pd.DataFrame(rows, columns=PACKAGE_COLUMNS), tuple(taken)
        move, change, hours, after = best
        spent += hours
        taken.append(move)
        rows.append(
            {
                "step": len(taken),
                "line": move.line,
                "move": move.words,
                "kind": move.kind,
                "route_id": move.route_id,
                "vehicle_hours": hours,
                "step_extra_residents": people.reaching(after, people.own)
                - people.reaching(reached, people.own),
                "alone_extra_residents": alone[move.route_id],
                **_together(gains(today, after, people, vehicle_hours=spent)),
                "scheme": move.scheme.id,
            }
        )
        feeds = apply_schemes(feeds, [move.scheme], date=date)
        board = board.with_blocks(changed_blocks(board.blocks, change))
        fresh = changes_of(
            remade(feeds, move.route_id, len(taken) + 1), feeds, board.blocks, numbers, date=date
        )
        found, reached = _without_line(found, move.route_id, fresh), after
        if progress is not None:
            progress(min(spent / budget_vehicle_hours, 1.0))


def _together(figures: dict[str, float]) -> dict[str, float]:
    """Name what all steps so far gain together."""
    names = [name.removesuffix("_together") for name in PACKAGE_COLUMNS if name.endswith("_together")]
    return {f"{name}_together": figures[name] for name in names}


def _affordable(
    board: Board, found: Found, hours_of: Callable[[Move, Change, Sequence[Block]], float], left: float
) -> list[tuple[Move, Change, float]]:
    """Moves that take vehicle hours, and no more than are left."""
    options = [
        (move, change, hours_of(move, change, board.blocks))
        for move, change in zip(found.moves, found.changes, strict=True)
        if move.kind == BOUGHT
    ]
    return [option for option in options if 0 < option[2] <= left + _ROUNDING]


def _best(
    board: Board,
    before: Reached,
    options: Sequence[tuple[Move, Change, float]],
    people: People,
    alone: dict[str, float] | None,
) -> tuple[Move, Change, float, Reached] | None:
    """Take the option that gains most residents for each vehicle hour; of equals, the first by id. None if none gains any."""
    least: tuple[float, str] | None = None
    chosen = None
    reach = people.reaching(before, people.own)
    answers = board.each([change for _, change, _ in options])
    for (move, change, hours), after in zip(options, answers, strict=True):
        extra = people.reaching(after, people.own) - reach
        if alone is not None:
            alone[move.route_id] = extra
        key = (-round(extra / hours, 6), move.scheme.id)
        if extra > _ROUNDING and (least is None or key < least):
            least, chosen = key, (move, change, hours, after)
    return chosen


def _without_line(found: Found, route_id: str, fresh: Found) -> Found:
    """Put the moves of a line made anew in the place of those it had; those of other lines touch nothing of it."""
    kept = [
        (move, change)
        for move, change in zip(found.moves, found.changes, strict=True)
        if move.route_id != route_id
    ]
    moves, changes = zip(*kept, strict=True) if kept else ((), ())
    return Found((*moves, *fresh.moves), (*changes, *fresh.changes), found.refused)
