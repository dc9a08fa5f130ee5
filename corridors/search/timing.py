"""Timed changes: for every pair of neighbouring lines, how many minutes later one should leave to meet the other.

The model. Two lines are neighbours where one can change between them. Every direction of one is taken with every
direction of the other, and both ways of changing, each at the two stops where the change is quickest; each arrival in
the window counts once, with its wait for the next departure. Of the two lines the one with the longer headway moves, by
whole minutes within it, all day and both ways; the shift that makes the mean wait shortest is the pair's. Who changes
there is not known, so nothing is weighted by passengers; what the shift does to residents is asked of the whole network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from accessibility.window import STEP_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    import accessibility as acc
    from accessibility.window import Window
    from corridors.search.moves import Line

    Ints = NDArray[np.int64]

PAIR_COLUMNS: Final = [
    "route_id", "line", "with_route_id", "with_line", "later_min", "wait_before_min", "wait_after_min",
]  # fmt: skip


class _Spots(NamedTuple):
    """Places where chains can be boarded or left: chain, position and stop."""

    chain: Ints
    position: Ints
    stop: Ints


def timed_changes(
    network: acc.Network,
    lines: Sequence[Line],
    *,
    window: Window,
    least_saving_min: float = 1,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Find the shift of one line that shortens the wait for a change, for every pair of neighbouring lines.

    Parameters
    ----------
    network
        Today's timetable and where one can change.
    lines
        The lines of its timetable, in the order of its routes.
    window
        Arrivals in it are counted.
    least_saving_min
        A pair whose mean wait no shift shortens by so much is left out.
    progress
        Called with the share done.

    Returns
    -------
        ``route_id, line`` (that moves), ``with_route_id, with_line``, ``later_min``, ``wait_before_min, wait_after_min``
        (means over the arrivals of both lines); sorted by ids. No neighbours give none.
    """
    table = network.timetable
    end_s = window.start_s + window.departures * STEP_S
    headway = _headways(table, window.start_s, end_s)
    changes = _quickest_changes(network)
    ends = np.sort(changes[["from_route", "to_route"]].to_numpy(dtype=np.int64), axis=1)
    by_pair = changes.groupby([ends[:, 0], ends[:, 1]], sort=True)
    rows = []
    for done, (low, high) in enumerate(np.unique(ends, axis=0).tolist(), start=1):
        moved, other = (high, low) if headway[high] >= headway[low] else (low, high)
        # A line that moves past the start of the day would need the day before.
        most = min(headway[moved], window.start_s // 60)
        if progress is not None:
            progress(done / by_pair.ngroups)
        if not 1 < most < np.inf:
            continue
        shifts = np.arange(int(np.ceil(most)), dtype=np.int64)
        some = by_pair.get_group((low, high))
        waits, counted = _waits(table, some, moved, shifts, window.start_s, end_s)
        if not counted:
            continue
        before, after = waits[0] / counted / 60, waits.min() / counted / 60
        if before - after >= least_saving_min:
            line, with_line = lines[moved], lines[other]
            rows.append(
                (line.route_id, line.name, with_line.route_id, with_line.name, int(shifts[np.argmin(waits)]),
                 before, after)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=PAIR_COLUMNS).sort_values(
        ["route_id", "with_route_id"], ignore_index=True
    )


def _headways(table: acc.Timetable, start_s: int, end_s: int) -> NDArray[np.float64]:
    """Minutes between departures of each line's busiest chain from its first call in a time; +inf where none leaves."""
    most = np.zeros(len(table.routes), dtype=np.int64)
    for chain, route in enumerate(table.chain_route.tolist()):
        first = _times(table.departure_s, table, chain, 0)
        most[route] = max(most[route], int(((first >= start_s) & (first < end_s)).sum()))
    return np.asarray(np.divide((end_s - start_s) / 60, most, out=np.full(len(most), np.inf), where=most > 0))


def _quickest_changes(network: acc.Network) -> pd.DataFrame:
    """The quickest change from every chain to every chain of another line: stops' positions and seconds needed."""
    table, changes = network.timetable, network.changes
    leave, board = _spots(table, table.may_alight, first=1), _spots(table, table.may_board, first=0)
    links = pd.DataFrame(
        {
            "stop": np.repeat(np.arange(len(changes.ptr) - 1), np.diff(changes.ptr)),
            "to": changes.to,
            "seconds": changes.seconds,
        }
    )
    links = links[links["seconds"] >= 0]
    from_ = pd.DataFrame({"stop": leave.stop, "chain": leave.chain, "position": leave.position})
    to = pd.DataFrame({"to": board.stop, "to_chain": board.chain, "to_position": board.position})
    found = []
    # Chain by chain: all changes at once would be every call beside every call around it.
    for _, spots in from_.groupby("chain", sort=True):
        near = spots.merge(links, on="stop").merge(to, on="to")
        near = near[table.chain_route[near["chain"]] != table.chain_route[near["to_chain"]]]
        near = near.sort_values(["to_chain", "seconds", "position", "to_position"], kind="stable")
        found.append(near.drop_duplicates("to_chain"))
    joined: pd.DataFrame = pd.concat(found, ignore_index=True)
    joined["from_route"] = table.chain_route[joined["chain"]]
    joined["to_route"] = table.chain_route[joined["to_chain"]]
    return joined


def _spots(table: acc.Timetable, allowed: NDArray[np.bool_], *, first: int) -> _Spots:
    """Positions of chains where something is allowed, without the first call where one leaves or the last where one boards."""
    start = table.chain_stop_ptr[:-1].astype(np.int64)
    lengths = np.diff(table.chain_stop_ptr).astype(np.int64)
    chain = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(allowed)) - start[chain]
    inside = allowed & (position >= first) & (position < lengths[chain] - (1 - first))
    return _Spots(chain[inside], position[inside], table.chain_stop[inside].astype(np.int64))


def _waits(
    table: acc.Timetable, changes: pd.DataFrame, moved: int, shifts_min: Ints, start_s: int, end_s: int
) -> tuple[NDArray[np.float64], int]:
    """Seconds waited over all changes of a pair of lines for each shift of one of them, and how many arrivals wait."""
    total, counted = np.zeros(len(shifts_min)), 0
    columns = ["chain", "position", "to_chain", "to_position", "seconds", "from_route"]
    for chain, position, to_chain, to_position, seconds, route in changes[columns].itertuples(
        index=False, name=None
    ):
        arrivals = _times(table.arrival_s, table, chain, position)
        arrivals = arrivals[(arrivals >= start_s) & (arrivals < end_s)]
        leaving = _times(table.departure_s, table, to_chain, to_position)
        # Against the other line's clock, arrivals of the line that moves come later, and its departures too.
        later = 60 * shifts_min * (1 if route == moved else -1)
        ready = arrivals[None, :] + seconds + later[:, None]
        at = np.searchsorted(leaving, ready)
        # An arrival counts for all shifts or for none, so that the last departure of the day makes no shift look short.
        caught = (at < len(leaving)).all(axis=0)
        waits = leaving[at[:, caught]] - ready[:, caught]
        total += waits.sum(axis=1)
        counted += int(caught.sum())
    return total, counted


def _times(times: NDArray[np.int32], table: acc.Timetable, chain: int, position: int) -> Ints:
    """Times of all runs of a chain at one of its calls, in order."""
    length = table.chain_stop_ptr[chain + 1] - table.chain_stop_ptr[chain]
    calls = slice(table.chain_call_ptr[chain] + position, table.chain_call_ptr[chain + 1], length)
    return times[calls].astype(np.int64)
