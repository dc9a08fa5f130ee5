"""Moves of a search: for every line one more departure, a quicker run, or another time, each as a scheme of its own.

A move is the very edit that a scheme file would hold, so `corridors schemes` can take it up, and its figures are those of
that scheme.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from accessibility.timetables.timetable import timetable_of
from corridors.errors import SchemeError
from corridors.schemes.edits import (
    Faster,
    MoreFrequent,
    Period,
    Retimed,
    Scheme,
    apply_schemes,
)
from corridors.schemes.resilience import line_name
from corridors.search.runs import Change, blocks_of, change_between

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import accessibility as acc
    from accessibility.feeds.gtfs import Feed
    from corridors.search.runs import Block, Numbers

Kind = Literal["more_frequent", "faster", "new_station", "retimed"]
#: Kinds of moves, and what they are called.
KINDS: Final[Mapping[str, str]] = {
    "more_frequent": "one more departure an hour",
    "faster": "faster",
    "new_station": "one more stop",
    "retimed": "another time",
}
#: The kind that a budget of vehicle hours buys; the others ask for roads, tracks, platforms or a new timetable.
BOUGHT: Final[Kind] = "more_frequent"


@dataclass(frozen=True)
class Move:
    """One thing that could be done to one line.

    Attributes
    ----------
    kind
        Of `KINDS`.
    route_id, line
        The line's id in the timetable, and its name.
    words
        What is done, for readers.
    scheme
        The same as a scheme, which can be applied to the feeds.
    """

    kind: Kind
    route_id: str
    line: str
    words: str
    scheme: Scheme


class Found(NamedTuple):
    """Moves with what each changes, and those that contradict the timetable, with the reason."""

    moves: tuple[Move, ...]
    changes: tuple[Change, ...]
    refused: tuple[tuple[Move, str], ...]


class Line(NamedTuple):
    """A line of the timetable: its id there, its name, and what its feed calls it."""

    route_id: str
    name: str
    mode: str
    feed: str
    raw_id: str


def lines_of(timetable: acc.Timetable) -> list[Line]:
    """List the lines of a timetable, in the order of its routes."""
    routes = timetable.routes
    several = len(set(routes["feed"])) > 1
    found = []
    for route, short, long, mode, feed in routes[
        ["route_id", "short_name", "long_name", "mode", "feed"]
    ].itertuples(index=False, name=None):
        raw = str(route).removeprefix(f"{feed}:") if several else str(route)
        found.append(Line(str(route), line_name(route, short, long), str(mode), str(feed), raw))
    return found


def more_departures(
    lines: Iterable[Line], *, period: tuple[str, str], per_hour: int = 1, mark: str = ""
) -> list[Move]:
    """Let each line leave once more an hour in each direction, where its departures are farthest apart.

    Parameters
    ----------
    lines
        Of `lines_of`.
    period
        Clock times at the first stop, half-open.
    per_hour
        Departures more, each hour and direction.
    mark
        Added to the ids of the schemes, to tell a second round from the first.
    """
    when = (Period(start=period[0], end=period[1]),)
    often = "one more departure" if per_hour == 1 else f"{per_hour} more departures"
    return [
        move_of(
            "more_frequent",
            line,
            f"{often} an hour each way, {period[0]} to {period[1]}",
            MoreFrequent(feed=line.feed, route=line.raw_id, add_per_hour=per_hour, periods=when),
            mark=mark,
        )
        for line in lines
    ]


def faster_runs(lines: Iterable[Line], *, percent: float = 10) -> list[Move]:
    """Let each line run so many per cent faster, all day; waits at calls stay."""
    return [
        move_of(
            "faster",
            line,
            f"run times {percent:g}% shorter",
            Faster(feed=line.feed, route=line.raw_id, percent=percent),
        )
        for line in lines
    ]


def retimed_runs(later_min: Iterable[tuple[Line, int]]) -> list[Move]:
    """Let lines leave so many minutes later, all day."""
    return [
        move_of(
            "retimed",
            line,
            f"{minutes} min later all day",
            Retimed(feed=line.feed, route=line.raw_id, later_min=minutes),
            mark=f":{minutes}",
        )
        for line, minutes in later_min
    ]


def changes_of(
    moves: Sequence[Move],
    feeds: Sequence[Feed],
    blocks: Sequence[Block],
    numbers: Numbers,
    *,
    date: dt.date,
    progress: Callable[[float], None] | None = None,
) -> Found:
    """Work out which runs each move takes out of today's and which it puts in.

    Moves of different lines touch nothing of each other, so they are applied to the feeds together, as many at a time as
    there are lines; a move that contradicts the feeds is left out, with the reason.

    Parameters
    ----------
    moves
        With schemes of different ids.
    feeds
        Of today, which `blocks` were read from.
    blocks, numbers
        As `corridors.search.runs.blocks_of` gives them; new stops and trips are numbered.
    date
        The service day.
    progress
        Called with the share done.
    """
    of_route: defaultdict[int, list[int]] = defaultdict(list)
    for at, block in enumerate(blocks):
        of_route[block.route].append(at)
    number = numbers.route_numbers
    found: dict[str, Change] = {}
    refused: list[tuple[Move, str]] = []
    rounds = _rounds([move for move in moves if move.kind != "retimed"])
    for done, some in enumerate(rounds, start=1):
        edited, accepted, refusals = _applied(feeds, some, date)
        refused += refusals
        if accepted:
            after: defaultdict[int, list[Block]] = defaultdict(list)
            for block in blocks_of(timetable_of(edited, date=date), numbers):
                after[block.route].append(block)
            for move in accepted:
                route = number[move.route_id]
                found[move.scheme.id] = change_between(blocks, of_route[route], after[route])
        if progress is not None:
            progress(done / len(rounds))
    for move in moves:
        if isinstance(edit := move.scheme.edit[0], Retimed):
            found[move.scheme.id] = _later(blocks, of_route[number[move.route_id]], 60 * edit.later_min)
    kept = [move for move in moves if move.scheme.id in found]
    return Found(tuple(kept), tuple(found[move.scheme.id] for move in kept), tuple(refused))


def _later(blocks: Sequence[Block], at: Iterable[int], seconds: int) -> Change:
    """Move all runs of some blocks; done to the arrays, because a line has many minutes to be tried."""
    numbers = list(at)
    gone = {number: np.ones(len(blocks[number].trips), dtype=bool) for number in numbers}
    return Change(gone, tuple(blocks[number].later(seconds) for number in numbers))


def move_of(kind: Kind, line: Line, words: str, edit: object, *, mark: str = "") -> Move:
    """Make a move with the scheme that does it; `mark` tells schemes of one kind on one line apart."""
    code = re.sub(r"[\s;,]", "_", f"{kind}:{line.feed}:{line.raw_id}{mark}")
    scheme = Scheme.model_validate(
        {
            "id": code,
            "name": f"{line.name}: {words}",
            "source": "made by a search over all lines",
            "verified": False,
            "edit": (edit,),
            "assumed": "that it can be run: no driver, vehicle, stand or path was looked for",
        }
    )
    return Move(kind, line.route_id, line.name, words, scheme)


def _rounds(moves: Sequence[Move]) -> list[list[Move]]:
    """Part moves so that no two of a round touch one line."""
    rounds: list[list[Move]] = []
    seen: defaultdict[str, int] = defaultdict(int)
    for move in moves:
        if seen[move.route_id] == len(rounds):
            rounds.append([])
        rounds[seen[move.route_id]].append(move)
        seen[move.route_id] += 1
    return rounds


def _applied(
    feeds: Sequence[Feed], moves: Sequence[Move], date: dt.date
) -> tuple[Sequence[Feed], list[Move], list[tuple[Move, str]]]:
    """Apply moves of different lines to the feeds; where one is refused, find it by halves."""
    if not moves:
        return feeds, [], []
    try:
        return apply_schemes(feeds, [move.scheme for move in moves], date=date), list(moves), []
    except SchemeError as error:
        if len(moves) == 1:
            return feeds, [], [(moves[0], str(error))]
    middle = len(moves) // 2
    edited, accepted, refused = _applied(feeds, moves[:middle], date)
    edited, more, others = _applied(edited, moves[middle:], date)
    return edited, accepted + more, refused + others


def moves_table(moves: Sequence[Move], lines: Mapping[str, Line]) -> pd.DataFrame:
    """List moves: what is done to which line, and the id of its scheme."""
    rows = [
        (move.kind, move.line, move.words, move.route_id, lines[move.route_id].mode, lines[move.route_id].feed,
         move.scheme.id)
        for move in moves
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["kind", "line", "move", "route_id", "mode", "feed", "scheme"])
