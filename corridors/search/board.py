"""The board of a search: today's network, to which moves are put many at a time and answered one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from accessibility.engine.routing import Batch, Question, ask, asked_of, each_batch, seconds_by_chunk
from accessibility.statistics import nearest_rank, percentile_of
from accessibility.threads import in_threads
from accessibility.window import parse_window, whole_seconds
from corridors.access.access import build_network
from corridors.access.centre_times import SHARE
from corridors.search.runs import MOST_MOVES, laid_together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    import accessibility as acc
    from corridors.inputs import Inputs
    from corridors.search.runs import Block, Change, Laid, Numbers
    from corridors.study import Study

#: Moves are put to the board together until they add so many legs to those of today: each makes all others dearer.
_MORE_LEGS: Final = 0.4


@dataclass(frozen=True, eq=False)
class Reached:
    """Centres within the study's cutoff, over the departures of its window.

    Attributes
    ----------
    departures
        How many there are.
    within
        (areas, centres): at how many of them each centre is within the cutoff.
    enough
        (areas): share of them with enough centres within it.
    min_centres
        How many are enough.
    """

    departures: int
    within: NDArray[np.uint16]
    enough: NDArray[np.float64]
    min_centres: int

    def reaching(self, statistic: str) -> NDArray[np.float64]:
        """Share of each area's people who count as reaching enough centres, as `corridors.access.centre_times.CentreTimes` has it.

        A nearest-rank percentile is within the cutoff exactly where so many departures are, so it is enough to count.
        """
        if statistic == SHARE:
            return self.enough
        rank = nearest_rank(percentile_of(statistic), self.departures)
        return np.asarray((self.within >= rank).sum(axis=1) >= self.min_centres, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Board:
    """Today's blocks with the network and the question that they stand in; journeys longer than the cutoff are let go."""

    network: acc.Network
    question: Question
    blocks: tuple[Block, ...]
    cutoff_s: int
    min_centres: int

    def today(self) -> Reached:
        """Tell what is reached without any move."""
        laid = laid_together(self.network.timetable, self.blocks, ())
        return self._read(self._asked(laid), laid.running())

    def each(self, changes: Sequence[Change]) -> Iterator[Reached]:
        """Tell what is reached with each of some changes alone, in their order."""
        for some in self._together(changes):
            laid = laid_together(self.network.timetable, self.blocks, some)
            question = self._asked(laid)
            yield from in_threads(partial(self._with_move, question, laid), range(len(some)))

    def _with_move(self, question: Question, laid: Laid, move: int) -> Reached:
        return self._read(question, laid.running(move))

    def with_blocks(self, blocks: Sequence[Block]) -> Board:
        """Return the same board with other blocks for today's."""
        return replace(self, blocks=tuple(blocks))

    def _asked(self, laid: Laid) -> Question:
        network = replace(self.network, timetable=laid.timetable)
        return asked_of(self.question, network, optional=laid.optional)

    def _together(self, changes: Sequence[Change]) -> Iterator[list[Change]]:
        """Part changes so that the legs they add stay few beside those of today."""
        window = self.question.window
        times = (window.start_s, window.start_s + window.horizon_s)
        room = _MORE_LEGS * sum(block.legs(*times) for block in self.blocks)
        some: list[Change] = []
        legs = 0
        for change in changes:
            more = sum(block.legs(*times) for block in change.come)
            if some and (len(some) == MOST_MOVES or legs + more > room):
                yield some
                some, legs = [], 0
            some.append(change)
            legs += more
        if some:
            yield some

    def _read(self, question: Question, running: NDArray[np.bool_]) -> Reached:
        areas, departures = len(question.read.ids), question.window.departures
        within = np.zeros((areas, len(question.swept.ids)), dtype=np.uint16)
        at_once = np.zeros((areas, departures), dtype=np.uint16)

        def read(batch: Batch) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
            by_centre = np.empty((areas, len(batch.lanes)), dtype=np.uint16)
            by_minute = np.empty((areas, departures), dtype=np.uint16)
            for rows, seconds in seconds_by_chunk(question, batch):
                near = (seconds <= self.cutoff_s).view(np.uint8)
                by_centre[rows] = near.sum(axis=1, dtype=np.uint16)
                by_minute[rows] = near.sum(axis=2, dtype=np.uint16)
            return by_centre, by_minute

        for lanes, (by_centre, by_minute) in each_batch(question, read, running=running):
            within[:, lanes] = by_centre
            at_once += by_minute
        enough = (at_once >= self.min_centres).mean(axis=1)
        return Reached(departures, within, enough, self.min_centres)


def board_of(
    today: acc.Network, blocks: Sequence[Block], numbers: Numbers, inputs: Inputs, study: Study
) -> Board:
    """Lay the study's walks around the stops of today and of all moves, and find those of its small areas and centres.

    Parameters
    ----------
    today
        Today's network.
    blocks, numbers
        Of today, after all moves that bring new stops have been numbered.
    inputs, study
        As for `corridors.schemes.before_after.before_after`.
    """
    network = today
    if len(numbers.stops) > len(today.stop_xy):
        # No rule of transfers.txt names a stop that only a move has, so the rules of today hold.
        more = replace(today.timetable, stops=numbers.stops)
        network = build_network(more, study, streets=today.streets)
    cutoff_min = study.indicator.cutoff_min
    window = parse_window(study.journey.window, max_time_min=cutoff_min)
    question = ask(network, inputs.areas, inputs.centres, window, warn=False)
    return Board(network, question, tuple(blocks), whole_seconds(cutoff_min), study.indicator.min_centres)
