"""What each move of a search is worth: residents gained, by statistic of the departures, and for each vehicle hour.

A gain by the median, the best and a late departure, and the share of departures answer different questions of the same
timetables. Which of them a study takes is a judgement, so each move has the range of its gains and of its ranks over
all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from accessibility.errors import ParameterError
from corridors.errors import SchemeError
from corridors.schemes.distribution import national_fifths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corridors.access.indicator import Indicator
    from corridors.inputs import Inputs
    from corridors.search.board import Reached
    from corridors.search.moves import Move

#: The columns of the figures of a move, between what it is and its ranks.
FIGURES: Final = [
    "extra_residents", "extra_low", "extra_high", "residents_gaining", "residents_losing", "extra_most_deprived",
    "vehicle_hours", "residents_per_vehicle_hour", "per_vehicle_hour_low", "per_vehicle_hour_high",
]  # fmt: skip
RANKS: Final = ["rank", "rank_low", "rank_high"]
RANKS_PER_HOUR: Final = [f"{name}_per_vehicle_hour" for name in RANKS]
#: Less than this is rounding: shares of departures are counted in hundredths of a resident at most.
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, eq=False)
class People:
    """Residents of the small areas in the order of a board's answers, and which areas are in the most deprived fifth.

    Attributes
    ----------
    residents
        Counts.
    deprived
        In the nation's most deprived fifth by the Income domain; None where that is not known.
    statistics
        Those of the ranges, the study's own first.
    """

    residents: NDArray[np.float64]
    deprived: NDArray[np.bool_] | None
    statistics: tuple[str, ...]

    @property
    def own(self) -> str:
        """The study's own statistic."""
        return self.statistics[0]

    def reaching(self, reached: Reached, statistic: str) -> float:
        """How many residents reach enough centres."""
        return float(self.residents @ reached.reaching(statistic))


def people_of(inputs: Inputs, indicator: Indicator, ids: NDArray[np.object_]) -> People:
    """Put the residents of a study into the order of a board's answers, whose small areas are `ids`.

    Raises
    ------
    ParameterError
        When a small area is not among the answers.
    """
    at = pd.Index(inputs.areas["id"]).get_indexer(pd.Index(ids))
    if len(ids) != len(inputs.areas) or (at < 0).any():
        raise ParameterError("the board does not answer for the small areas of the study")
    deprived = None
    if inputs.edition is not None and "income_rank" in inputs.areas.columns:
        fifths = national_fifths(inputs.areas, ranked=inputs.edition.ranked)
        deprived = np.asarray(fifths.fillna(0) == 1, dtype=bool)[at]
    others = [name for name in indicator.statistics if name != indicator.statistic]
    return People(
        residents=inputs.areas["residents"].to_numpy(dtype=np.float64)[at],
        deprived=deprived,
        statistics=(indicator.statistic, *others),
    )


def gains(before: Reached, after: Reached, people: People, *, vehicle_hours: float) -> dict[str, float]:
    """Tell what a move gains.

    Returns
    -------
        `FIGURES` and ``extra_<statistic>``: residents who come to reach enough centres less those who no longer do, by the
        study's own statistic, the least and the most of all, and by each; the two sides of the first; of the first those in
        the most deprived fifth, missing where that is not known; and the first three for each vehicle hour, missing where
        the move takes none.
    """
    extra = {name: people.reaching(after, name) - people.reaching(before, name) for name in people.statistics}
    change = people.residents * (after.reaching(people.own) - before.reaching(people.own))
    own, spread = extra[people.own], extra.values()
    per_hour = 1 / vehicle_hours if vehicle_hours > _ROUNDING else np.nan
    return {
        "extra_residents": own,
        "extra_low": min(spread),
        "extra_high": max(spread),
        "residents_gaining": float(change[change > 0].sum()),
        "residents_losing": float(np.abs(change[change < 0]).sum()),
        "extra_most_deprived": np.nan if people.deprived is None else float(change[people.deprived].sum()),
        "vehicle_hours": vehicle_hours,
        "residents_per_vehicle_hour": own * per_hour,
        "per_vehicle_hour_low": min(spread) * per_hour,
        "per_vehicle_hour_high": max(spread) * per_hour,
        **{f"extra_{name}": value for name, value in extra.items()},
    }


def refuse_harm(before: Reached, after: Reached, move: Move, people: People) -> None:
    """Refuse an answer by which a departure more harms somebody.

    Raises
    ------
    SchemeError
        The figures would then not be those of the move.
    """
    if move.kind != "more_frequent":
        return
    for name in people.statistics:
        if (after.reaching(name) < before.reaching(name) - _ROUNDING).any():
            raise SchemeError(
                f"{move.scheme.name}: only adds departures and harms somebody, which cannot be: the two timetables are not "
                "with and without this move alone"
            )


def ranked(table: pd.DataFrame, statistics: Sequence[str]) -> pd.DataFrame:
    """Rank moves among those of their kind, with the range of their ranks over the statistics.

    Parameters
    ----------
    table
        ``kind, route_id, scheme``, `FIGURES` and ``extra_<statistic>`` of each move.
    statistics
        The study's own first.

    Returns
    -------
        The same with ``rank`` (1 the most residents by the study's own statistic; equals share a rank), ``rank_low,
        rank_high`` (the best and the worst by any statistic), and the three for each vehicle hour (missing where a move
        takes none); sorted by kind as they are searched, rank, the gain by the last statistic, and id.
    """
    ordered = table.copy()
    kinds = ordered["kind"]
    hours = ordered["vehicle_hours"].where(ordered["residents_per_vehicle_hour"].notna())
    for names, divisor in ((RANKS, None), (RANKS_PER_HOUR, hours)):
        each = pd.DataFrame(
            {
                name: (ordered[f"extra_{name}"] if divisor is None else ordered[f"extra_{name}"] / divisor)
                .round(6)
                .groupby(kinds)
                .rank(method="min", ascending=False)
                for name in statistics
            },
            index=ordered.index,
        )
        values = (each[statistics[0]], each.min(axis=1), each.max(axis=1))
        for name, value in zip(names, values, strict=True):
            ordered[name] = value.astype("Int64")
    order = ordered.assign(first=kinds.map({kind: at for at, kind in enumerate(dict.fromkeys(kinds))}))
    order = order.sort_values(
        ["first", "rank", f"extra_{statistics[-1]}", "scheme"],
        ascending=[True, True, False, True],
        ignore_index=True,
    )
    return order.drop(columns="first")
