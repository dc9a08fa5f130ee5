"""Runs of a day in blocks that can be switched: what a move takes out of a timetable, and what it puts in.

All moves of a search stand in one timetable side by side, each in chains of its own, and a question to it says which of
them run. So the walks, the legs and the changes of everything that a move leaves alone are worked out once for many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from accessibility.timetables.timetable import Timetable

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: Moves that stand in one timetable together, at most: one bit each.
MOST_MOVES: Final = 63
_ALWAYS: Final = -1


@dataclass(frozen=True, eq=False)
class Block:
    """Runs of one line that call alike and never overtake each other, in the order of time.

    Attributes
    ----------
    route
        The line's number.
    calls
        Per call four times the stop's number, plus 2 where one may board and 1 where one may alight.
    trips
        Each run's trip number.
    arrival_s, departure_s
        (runs, calls) seconds of the service day.
    """

    route: int
    calls: Ints
    trips: Ints
    arrival_s: Ints
    departure_s: Ints

    def rows(self, some: Bools) -> Block:
        """Return some of the runs."""
        return replace(
            self, trips=self.trips[some], arrival_s=self.arrival_s[some], departure_s=self.departure_s[some]
        )

    def later(self, seconds: int) -> Block:
        """Return the same runs setting out later."""
        return replace(self, arrival_s=self.arrival_s + seconds, departure_s=self.departure_s + seconds)

    def run_keys(self) -> list[tuple[bytes, int, bytes, bytes]]:
        """Tell each run apart by its calls, its trip and its times."""
        calls = self.calls.tobytes()
        return [
            (calls, int(trip), arrival.tobytes(), departure.tobytes())
            for trip, arrival, departure in zip(self.trips, self.arrival_s, self.departure_s, strict=True)
        ]

    def seconds_run(self, start_s: int, end_s: int) -> int:
        """Seconds from first departure to last arrival, over the runs that set out in a half-open time."""
        leaves = self.departure_s[:, 0]
        inside = (leaves >= start_s) & (leaves < end_s)
        return int((self.arrival_s[:, -1] - leaves)[inside].sum())

    def legs(self, start_s: int, end_s: int) -> int:
        """How many departures from calls lie in a time."""
        return int(((self.departure_s >= start_s) & (self.departure_s <= end_s)).sum())


@dataclass(frozen=True, eq=False)
class Change:
    """What a move changes: which runs of the blocks of today go, by the block's number, and the blocks that come."""

    gone: dict[int, Bools] = field(default_factory=dict)
    come: tuple[Block, ...] = ()

    def seconds_run(self, blocks: Sequence[Block], start_s: int, end_s: int) -> int:
        """By how much longer vehicles run, over the runs that set out in a time."""
        lost = sum(blocks[at].rows(some).seconds_run(start_s, end_s) for at, some in self.gone.items())
        return sum(block.seconds_run(start_s, end_s) for block in self.come) - lost


class Numbers:
    """The numbers of stops, lines and trips by their ids, over all timetables of a search; new ones come at the end."""

    def __init__(self, timetable: Timetable) -> None:
        """Begin with the timetable of today, whose numbers stay."""
        self.stops = timetable.stops.reset_index(drop=True)
        self._stop = {str(name): at for at, name in enumerate(timetable.stops["stop_id"])}
        self._route = {str(name): at for at, name in enumerate(timetable.routes["route_id"])}
        self._trip = {str(name): at for at, name in enumerate(timetable.trips["trip_id"])}

    def of_stops(self, stops: pd.DataFrame) -> Ints:
        """Number stops, taking new ones up."""
        new = stops[~stops["stop_id"].isin(self._stop)]
        if len(new):
            self.stops = pd.concat([self.stops, new], ignore_index=True)
            self._stop |= {str(name): len(self._stop) + at for at, name in enumerate(new["stop_id"])}
        return np.array([self._stop[name] for name in stops["stop_id"]], dtype=np.int64)

    def of_trips(self, trips: pd.DataFrame) -> Ints:
        """Number trips, taking new ones up."""
        return np.array(
            [self._trip.setdefault(name, len(self._trip)) for name in trips["trip_id"]], dtype=np.int64
        )

    @property
    def route_numbers(self) -> dict[str, int]:
        """The number of each line by its id."""
        return dict(self._route)

    def of_routes(self, routes: pd.DataFrame) -> Ints:
        """Number lines; a search makes no new ones."""
        return np.array([self._route[name] for name in routes["route_id"]], dtype=np.int64)


def blocks_of(timetable: Timetable, numbers: Numbers) -> list[Block]:
    """Read a timetable's chains as blocks, under the numbers of the search."""
    stop, route = numbers.of_stops(timetable.stops), numbers.of_routes(timetable.routes)
    trip = numbers.of_trips(timetable.trips)
    calls = (
        stop[timetable.chain_stop] * 4
        + timetable.may_board.astype(np.int64) * 2
        + timetable.may_alight.astype(np.int64)
    )
    found = []
    for chain, line in enumerate(timetable.chain_route.tolist()):
        stops, runs, times = (
            slice(ptr[chain], ptr[chain + 1])
            for ptr in (timetable.chain_stop_ptr, timetable.chain_run_ptr, timetable.chain_call_ptr)
        )
        shape = (runs.stop - runs.start, stops.stop - stops.start)
        found.append(
            Block(
                route=int(route[line]),
                calls=calls[stops],
                trips=trip[timetable.run_trip[runs]],
                arrival_s=timetable.arrival_s[times].reshape(shape).astype(np.int64),
                departure_s=timetable.departure_s[times].reshape(shape).astype(np.int64),
            )
        )
    return found


def change_between(blocks: Sequence[Block], at: Iterable[int], after: Iterable[Block]) -> Change:
    """Tell what differs between some blocks of today, by their numbers, and the blocks that are to take their place."""
    before = list(at)
    left = Counter(key for number in before for key in blocks[number].run_keys())
    come = []
    for block in after:
        new = np.zeros(len(block.trips), dtype=bool)
        for row, key in enumerate(block.run_keys()):
            if left[key]:
                left[key] -= 1
            else:
                new[row] = True
        if new.any():
            come.append(block.rows(new))
    gone: dict[int, Bools] = {}
    for number in before:
        lost = np.zeros(len(blocks[number].trips), dtype=bool)
        for row, key in enumerate(blocks[number].run_keys()):
            if left[key]:
                left[key] -= 1
                lost[row] = True
        if lost.any():
            gone[number] = lost
    return Change(gone, tuple(come))


def changed_blocks(blocks: Sequence[Block], change: Change) -> list[Block]:
    """Carry a change out: the blocks of a new today, under their old numbers, perhaps without runs; new ones at the end."""
    kept = [block.rows(~change.gone[at]) if at in change.gone else block for at, block in enumerate(blocks)]
    return [*kept, *change.come]


class Laid(NamedTuple):
    """Blocks and what several moves make of them, in one timetable: its chains, and who has them run."""

    timetable: Timetable
    gone_with: Ints
    come_with: Ints

    @property
    def optional(self) -> Bools:
        """Which chains some move switches."""
        return np.asarray((self.gone_with != 0) | (self.come_with != _ALWAYS))

    def running(self, move: int | None = None) -> Bools:
        """Which chains run with one of the moves, or with none."""
        today = np.asarray(self.come_with == _ALWAYS)
        if move is None:
            return today
        return np.asarray((today & ((self.gone_with >> move) & 1 == 0)) | (self.come_with == move))


def laid_together(template: Timetable, blocks: Sequence[Block], changes: Sequence[Change]) -> Laid:
    """Lay the blocks of today and those of several moves in one timetable.

    Parameters
    ----------
    template
        Gives the day, the stops, the lines and the rules for changes. Trips of a move that are new have numbers beyond its
        table of trips, which no rule names.
    blocks, changes
        Of today, and of at most `MOST_MOVES` moves. A chain that only some moves take out is split, so that each part
        goes, or stays, as a whole.
    """
    labels: dict[int, Ints] = {}
    for move, change in enumerate(changes):
        for at, some in change.gone.items():
            bits = labels.setdefault(at, np.zeros(len(some), dtype=np.int64))
            bits[some] |= np.int64(1) << np.int64(move)
    pieces: list[tuple[Block, int, int]] = []
    for at, block in enumerate(blocks):
        if at in labels:
            pieces += [
                (block.rows(labels[at] == label), int(label), _ALWAYS) for label in np.unique(labels[at])
            ]
        else:
            pieces.append((block, 0, _ALWAYS))
    pieces += [(block, 0, move) for move, change in enumerate(changes) for block in change.come]
    pieces = [piece for piece in pieces if len(piece[0].trips)]
    return Laid(
        timetable=_timetable_of([block for block, _, _ in pieces], template),
        gone_with=np.array([gone for _, gone, _ in pieces], dtype=np.int64),
        come_with=np.array([come for _, _, come in pieces], dtype=np.int64),
    )


def _timetable_of(blocks: Sequence[Block], template: Timetable) -> Timetable:
    """Lay blocks out as the chains of a timetable."""
    lengths = np.array([len(block.calls) for block in blocks], dtype=np.int64)
    runs = np.array([len(block.trips) for block in blocks], dtype=np.int64)
    calls = _joined([block.calls for block in blocks])
    return replace(
        template,
        chain_route=np.array([block.route for block in blocks], dtype=np.int32),
        chain_stop_ptr=_pointer(lengths).astype(np.int32),
        chain_stop=(calls >> 2).astype(np.int32),
        may_board=(calls & 2) > 0,
        may_alight=(calls & 1) > 0,
        chain_run_ptr=_pointer(runs).astype(np.int32),
        run_trip=_joined([block.trips for block in blocks]).astype(np.int32),
        chain_call_ptr=_pointer(lengths * runs),
        arrival_s=_joined([block.arrival_s.ravel() for block in blocks]).astype(np.int32),
        departure_s=_joined([block.departure_s.ravel() for block in blocks]).astype(np.int32),
    )


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def _pointer(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
