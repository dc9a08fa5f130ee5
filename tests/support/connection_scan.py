"""A second plain search, for real feeds: forward, one origin and one departure at a time, connection by connection.

Every hop of every run is a connection; taken by departure, one is boarded if its run is already boarded or its stop can
be boarded from by then. Right where no hop takes no time and no rule of transfers.txt is in play, as in Newport.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import oracle


class Scan(NamedTuple):
    """Connections by departure, stops' coordinates, and walks between stops (from, to, seconds) within the limit."""

    stops: list[str]
    xy: np.ndarray
    run: np.ndarray
    start: np.ndarray
    end: np.ndarray
    departure: np.ndarray
    arrival: np.ndarray
    board: np.ndarray
    alight: np.ndarray
    link_ptr: np.ndarray
    link_to: np.ndarray
    link_s: np.ndarray


def read_scan(world: oracle.World, limits: oracle.Limits) -> Scan:
    assert not world.transfers
    served = sorted({call.stop for run in world.runs for call in run.calls})
    number = {stop: i for i, stop in enumerate(served)}
    rows = [
        (a.departure, b.arrival, i, number[a.stop], number[b.stop], a.board, b.alight)
        for i, run in enumerate(world.runs)
        for a, b in zip(run.calls, run.calls[1:], strict=False)
    ]
    assert all(row[1] > row[0] for row in rows), "a hop without time"
    rows.sort(key=lambda row: row[0])
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    xy = np.array([world.stops[stop] for stop in served])
    seconds = walk_table(xy, xy, limits)
    near = seconds <= limits.transfer_min * 60
    return Scan(
        served, xy, columns[2], columns[3], columns[4], columns[0], columns[1], columns[5], columns[6],
        np.concatenate([[0], np.cumsum(near.sum(axis=1))]), np.nonzero(near)[1], seconds[near],
    )  # fmt: skip


def walk_table(here: np.ndarray, there: np.ndarray, limits: oracle.Limits) -> np.ndarray:
    """Seconds on foot between all points, rounded up."""
    metres = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1)) * limits.detour
    return np.ceil(np.round(metres * 3.6 / limits.speed_kmh, 6)).astype(np.int64)


def from_one(
    scan: Scan,
    access_s: np.ndarray,
    leave: int,
    limits: oracle.Limits,
    egress_s: np.ndarray,
    direct_s: np.ndarray,
) -> np.ndarray:
    """Seconds to every destination for one departure, -1 if there is no journey; walks are dense rows and tables."""
    ready = np.where(access_s <= limits.access_min * 60, leave + access_s, 1 << 40)
    alighted = _scan(
        scan.run, scan.start, scan.end, scan.departure, scan.arrival, scan.board, scan.alight, scan.link_ptr, scan.link_to,
        scan.link_s, ready, round(limits.min_transfer_min * 60), leave + round(limits.max_time_min * 60),
    )  # fmt: skip
    arrived = _walked(alighted, egress_s, round(limits.egress_min * 60))
    taken = np.minimum(arrived - leave, np.where(direct_s <= limits.direct_min * 60, direct_s, 1 << 40))
    return np.where(taken <= limits.max_time_min * 60, taken, -1)


@numba.njit(cache=True)
def _walked(alighted, egress_s, longest):
    arrived = np.full(egress_s.shape[1], 1 << 40)
    for stop in range(alighted.shape[0]):
        if alighted[stop] < 1 << 40:
            for point in range(egress_s.shape[1]):
                if egress_s[stop, point] <= longest:
                    arrived[point] = min(arrived[point], alighted[stop] + egress_s[stop, point])
    return arrived


@numba.njit(cache=True)
def _scan(
    run, start, end, departure, arrival, board, alight, link_ptr, link_to, link_s, ready, buffer, latest
):
    boarded = np.zeros(run.max() + 1, dtype=np.bool_)
    alighted = np.full(ready.shape[0], 1 << 40)
    ready = ready.copy()
    for i in range(run.shape[0]):
        if departure[i] > latest:
            break
        if not boarded[run[i]] and not (board[i] and ready[start[i]] <= departure[i]):
            continue
        boarded[run[i]] = True
        if alight[i] and arrival[i] < alighted[end[i]]:
            alighted[end[i]] = arrival[i]
            for at in range(link_ptr[end[i]], link_ptr[end[i] + 1]):
                ready[link_to[at]] = min(ready[link_to[at]], arrival[i] + link_s[at] + buffer)
    return alighted
