"""Which stops a line calls at: the cheapest way through its streets, in its direction of travel.

The published register knows for every stop its street and the compass bearing of the buses that
call there. A line is an ordered list of streets; the chosen stops are the cheapest path through the
stops of the first street, the second, and so on (a layered shortest path, Dijkstra 1959). A hop
costs its length, plus what speaks against it: leaving or reaching a stop against its bearing, and a
spacing far from the line's own. Every street is served, at one stop at least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from gtfs_out import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

AGREES_DEG = 50.0  # bearings are given to 45 degrees, and streets bend between two stops
AGAINST_M = 900.0  # added per end of a hop that runs fully against a stop's bearing
FAR_END = 1.5  # metres of path worth a metre along the terminal street: a line runs to its far end
NEAREST_M = 60.0  # two stops closer than this are the same place


@dataclass(frozen=True)
class Layers:
    """The stops a line may use: one row per (step of the list, stop), in the order of the list."""

    row: np.ndarray  # row number in the table of stops
    step: np.ndarray
    x: np.ndarray
    y: np.ndarray
    bearing_deg: np.ndarray
    steps: int


def layers(stops: pd.DataFrame, members: Sequence[np.ndarray]) -> Layers:
    """Lay the stops of every step of a line out one after another."""
    row = np.concatenate([np.asarray(part, dtype=np.int64) for part in members])
    step = np.concatenate([np.full(len(part), number) for number, part in enumerate(members)])
    columns = {name: stops[name].to_numpy(dtype="float64")[row] for name in ("x", "y", "bearing_deg")}
    return Layers(row=row, step=step, steps=len(members), **columns)


def choose_stops(
    stops: pd.DataFrame, members: Sequence[np.ndarray], *, spacing_m: float, hop_max_m: float
) -> np.ndarray:
    """Choose the stops of one direction, in order.

    Parameters
    ----------
    stops
        The table of stops: ``x`` and ``y`` in metres, ``bearing_deg``.
    members
        For each street of the line, in the order of travel, the row numbers of its stops; the first
        and the last hold the termini. Each is served.
    spacing_m
        The distance between stops that costs nothing extra.
    hop_max_m
        No two consecutive stops lie further apart.

    Returns
    -------
    The row numbers of the chosen stops, in order.

    Raises
    ------
    BuildError
        If no chain of hops joins the termini (it names the street that leads no further), or a stop
        other than a circle's end would be served twice.
    """
    grid = layers(stops, members)
    cost, parent = _search(grid, spacing_m=spacing_m, hop_max_m=hop_max_m)
    ends = np.flatnonzero(grid.step == grid.steps - 1)
    if not np.isfinite(cost[ends]).any():
        reached = int(grid.step[np.isfinite(cost)].max())
        raise BuildError(
            f"no stop within {hop_max_m:.0f} m leads on after street {reached + 1} of {grid.steps}"
        )
    state = int(ends[np.argmin(cost[ends] + _short_of_end(grid, grid.steps - 1, grid.steps - 2))])
    path = []
    while state >= 0:
        path.append(int(grid.row[state]))
        state = int(parent[state])
    once = path[1:] if path[0] == path[-1] else path  # a circle ends where it began
    twice = next((row for row in once if once.count(row) > 1), None)
    if twice is not None:
        raise BuildError(f"the stop {stops['stop_id'].iloc[twice]} is served twice in one direction")
    return np.array(path[::-1], dtype=np.int64)


def _search(grid: Layers, *, spacing_m: float, hop_max_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Dijkstra over dense rows: with a few hundred states a vector per state beats a heap of edges."""
    count = len(grid.row)
    cost = np.full(count, np.inf)
    cost[grid.step == 0] = _short_of_end(grid, 0, 1)
    parent = np.full(count, -1, dtype=np.int64)
    open_cost = cost.copy()
    for _ in range(count):
        state = int(np.argmin(open_cost))
        if not np.isfinite(open_cost[state]):
            break
        open_cost[state] = np.inf
        reached = cost[state] + _hop_costs(grid, state, spacing_m=spacing_m, hop_max_m=hop_max_m)
        better = reached < cost
        cost[better] = open_cost[better] = reached[better]
        parent[better] = state
    return cost, parent


def _hop_costs(grid: Layers, state: int, *, spacing_m: float, hop_max_m: float) -> np.ndarray:
    dx, dy = grid.x - grid.x[state], grid.y - grid.y[state]
    length = np.hypot(dx, dy)
    heading = np.degrees(np.arctan2(dx, dy))
    ahead = grid.step - grid.step[state]
    against = _disagreement(heading, grid.bearing_deg[state]) + _disagreement(heading, grid.bearing_deg)
    uneven = (length - spacing_m) ** 2 / (2.0 * spacing_m)
    allowed = (ahead >= 0) & (ahead <= 1) & (length >= NEAREST_M) & (length <= hop_max_m)
    costs: np.ndarray = np.where(allowed, length + uneven + AGAINST_M * against, np.inf)
    return costs


def _short_of_end(grid: Layers, end: int, neighbour: int) -> np.ndarray:
    """Cost of each stop of the terminal street `end`: what it lies short of the stop furthest from `neighbour`."""
    ends, others = np.flatnonzero(grid.step == end), np.flatnonzero(grid.step == neighbour)
    dx, dy = (axis[ends][:, None] - axis[others][None, :] for axis in (grid.x, grid.y))
    away = np.hypot(dx, dy).min(axis=1)
    return np.asarray(FAR_END * (away.max() - away))


def _disagreement(heading_deg: np.ndarray, bearing_deg: np.ndarray | float) -> np.ndarray:
    """0 while a heading agrees with a stop's bearing, 1 from a right angle on, linear between."""
    turn = np.abs((heading_deg - bearing_deg + 180.0) % 360.0 - 180.0)
    share = np.clip((turn - AGREES_DEG) / (100.0 - AGREES_DEG), 0.0, 1.0)
    return np.asarray(np.nan_to_num(share, nan=0.0))  # bus stations have no bearing


def path_length_m(stops: pd.DataFrame, chosen: np.ndarray) -> np.ndarray:
    """Straight distance in metres from each chosen stop to the next."""
    x, y = (stops[axis].to_numpy(dtype="float64")[chosen] for axis in ("x", "y"))
    return np.asarray(np.hypot(np.diff(x), np.diff(y)))
