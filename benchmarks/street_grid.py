"""The made region's ground: a warped street grid, denser in the middle, and places spread over it the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Every so many rows and columns is a main road.
_MAIN_ROAD_EVERY = 8
#: Cross streets left out, so that the grid is no chessboard.
_SHARE_CLOSED = 0.2
_JITTER = 0.25


@dataclass(frozen=True, eq=False)
class StreetGrid:
    """Nodes in metres around the region's middle, edges as pairs of node numbers, and the same edges as ways."""

    xy: Floats
    edges: npt.NDArray[np.int32]
    ways: list[tuple[str, list[int]]]


def warp(u: Floats, *, half_width_m: float) -> Floats:
    """Lay -1…1 over the region so that the middle is about three times as dense as the rim."""
    return half_width_m * (0.62 * u + 0.38 * u**3)


def scatter(count: int, rng: np.random.Generator, *, half_width_m: float) -> Floats:
    """Places as dense as the streets, in metres."""
    return warp(rng.uniform(-1, 1, size=(count, 2)), half_width_m=half_width_m)


def street_grid(nodes: int, rng: np.random.Generator, *, half_width_m: float) -> StreetGrid:
    """Streets of one region.

    Parameters
    ----------
    nodes
        About how many; the largest square not above it is laid.
    rng
        Source of jitter and of closed cross streets.
    half_width_m
        Half the side of the region.

    Returns
    -------
    StreetGrid
        Connected: rows are whole, and the first column joins them.
    """
    side = int(np.sqrt(nodes))
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    cell = 2 / (side - 1)
    u = np.stack([column, row], axis=-1).reshape(-1, 2) * cell - 1
    xy = warp(u + rng.uniform(-_JITTER, _JITTER, size=u.shape) * cell, half_width_m=half_width_m)
    number = np.arange(side * side, dtype=np.int32).reshape(side, side)
    opened = rng.random((side - 1, side)) >= _SHARE_CLOSED
    opened[:, ::_MAIN_ROAD_EVERY] = True
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    along = np.stack([number[:-1][opened], number[1:][opened]], axis=1)
    ways = [(_highway(i), number[i].tolist()) for i in range(side)]
    for i in range(side):
        breaks = np.flatnonzero(~opened[:, i]) + 1
        ways += [(_highway(i), run.tolist()) for run in np.split(number[:, i], breaks) if len(run) > 1]
    return StreetGrid(xy=xy, edges=np.concatenate([across, along]), ways=ways)


def _highway(index: int) -> str:
    return "secondary" if index % _MAIN_ROAD_EVERY == 0 else "residential"
