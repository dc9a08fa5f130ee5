"""Made areas: as many as wanted, with borders that wind like real ones, and figures for a dozen layers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

Floats = npt.NDArray[np.float64]
#: Vertices along each side of an area: four sides make what generalised small areas have on average.
SIDE_VERTICES = 12
CELL_M = 700.0
LAYERS = 12
_CORNER = (380_000.0, 260_000.0)
_PER_GROUP = 10


def made_areas(n_side: int, *, seed: int = 2026) -> gpd.GeoDataFrame:
    """Make a square of n_side by n_side areas that share their winding borders, with ids, names, groups and figures.

    Parameters
    ----------
    n_side
        Areas along each side of the square.
    seed
        Equal seeds give equal areas.
    """
    rng = np.random.default_rng(seed)
    across = _borders(rng, n_side, is_upright=False)
    upright = _borders(rng, n_side, is_upright=True)
    rows, columns = (place.ravel() for place in np.indices((n_side, n_side)))
    shapes = [_outline(across, upright, row, column) for row, column in zip(rows, columns, strict=True)]
    figures = {f"figure_{place}": rng.gamma(2.0, 20.0, len(rows)) for place in range(LAYERS)}
    groups = rows // _PER_GROUP * n_side + columns // _PER_GROUP
    return gpd.GeoDataFrame(
        {
            "code": [f"E{place:08d}" for place in range(len(rows))],
            "name": [f"Small area {row:03d}-{column:03d}" for row, column in zip(rows, columns, strict=True)],
            "group": [f"District {group}" for group in groups],
            **figures,
        },
        geometry=shapes,
        crs=27700,
    )


def _borders(rng: np.random.Generator, n_side: int, *, is_upright: bool) -> Floats:
    """Lay each side of each cell as a winding line: (line, place along it, vertex, x and y); corners stay put."""
    along = np.linspace(0.0, CELL_M, SIDE_VERTICES + 1)
    points = np.zeros((n_side + 1, n_side, SIDE_VERTICES + 1, 2))
    forward, sideways = (1, 0) if is_upright else (0, 1)
    points[..., forward] = np.arange(n_side)[None, :, None] * CELL_M + along
    points[..., sideways] = np.arange(n_side + 1)[:, None, None] * CELL_M
    points[:, :, 1:-1, sideways] += rng.normal(0.0, CELL_M / 14, (n_side + 1, n_side, SIDE_VERTICES - 1))
    return points + _CORNER


def _outline(across: Floats, upright: Floats, row: int, column: int) -> Polygon:
    south, north = across[row, column], across[row + 1, column]
    west, east = upright[column, row], upright[column + 1, row]
    return Polygon(np.vstack([south[:-1], east[:-1], north[:0:-1], west[:0:-1]]))
