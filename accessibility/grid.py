"""A fixed grid over the plane: cells near places, and shapes made of cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from accessibility.errors import ParameterError

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
#: More cells than this in one rectangle are a mistake in the cell's size, not a question.
MOST_CELLS: Final = 10_000_000
#: Vertices of a quarter circle.
_QUADRANT: Final = 16


@dataclass(frozen=True)
class Grid:
    """A rectangle of square cells whose edges lie on whole multiples of their size, so that grids always match.

    Cell (row, column) reaches from ``(first_column + column) * size_m`` to one size further east, and likewise north.
    """

    size_m: float
    first_column: int
    first_row: int
    columns: int
    rows: int

    def centres(self, cells: BoolArray) -> FloatArray:
        """Coordinates of the middles of chosen cells, row by row."""
        row, column = np.nonzero(cells)
        return (
            np.column_stack([self.first_column + column, self.first_row + row]).astype(np.float64) + 0.5
        ) * self.size_m

    def near(self, xy: FloatArray, radius_m: FloatArray) -> BoolArray:
        """Cells whose middle lies within a radius of any of the places; a negative radius holds nothing."""
        cells = np.zeros((self.rows, self.columns), dtype=bool)
        for (x, y), radius in zip(xy / self.size_m, radius_m / self.size_m, strict=True):
            if radius < 0:
                continue
            left, right = self._span(x, radius, self.first_column, self.columns)
            low, high = self._span(y, radius, self.first_row, self.rows)
            east = np.arange(left, right) + self.first_column + 0.5 - x
            north = np.arange(low, high) + self.first_row + 0.5 - y
            cells[low:high, left:right] |= east[None, :] ** 2 + north[:, None] ** 2 <= radius**2
        return cells

    @staticmethod
    def _span(middle: float, radius: float, first: int, count: int) -> tuple[int, int]:
        low = math.floor(middle - radius) - first
        high = math.ceil(middle + radius) - first
        return min(max(low, 0), count), min(max(high, 0), count)

    def squares(self, cells: BoolArray) -> npt.NDArray[np.object_]:
        """Chosen cells as rectangles, neighbours in a row taken together."""
        edges = np.diff(np.pad(cells, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        row, start = np.nonzero(edges == 1)
        _, end = np.nonzero(edges == -1)
        west, east = (self.first_column + start) * self.size_m, (self.first_column + end) * self.size_m
        south = (self.first_row + row) * self.size_m
        boxes: npt.NDArray[np.object_] = shapely.box(west, south, east, south + self.size_m)
        return boxes


def grid_around(xy: FloatArray, radius_m: FloatArray, *, size_m: float) -> Grid:
    """Lay a grid over discs around places.

    Parameters
    ----------
    xy, radius_m
        Metric coordinates and radii; a negative radius stands for no disc.
    size_m
        Side of a cell.

    Raises
    ------
    ParameterError
        For a size out of range, or one so small that there would be millions of cells.
    """
    if not 10 <= size_m <= 5000:
        raise ParameterError(f"grid_m is {size_m}; it must be between 10 and 5000 metres")
    inside = radius_m >= 0
    if not inside.any():
        return Grid(size_m, 0, 0, 0, 0)
    low = np.floor((xy[inside] - radius_m[inside, None]).min(axis=0) / size_m).astype(int)
    high = np.ceil((xy[inside] + radius_m[inside, None]).max(axis=0) / size_m).astype(int)
    columns, rows = (int(count) for count in high - low)
    if columns * rows > MOST_CELLS:
        raise ParameterError(
            f"cells of {size_m} m would be {columns * rows} for what is in reach; choose a larger grid_m"
        )
    return Grid(size_m, int(low[0]), int(low[1]), columns, rows)


def discs(xy: FloatArray, radius_m: FloatArray, *, outside: bool) -> npt.NDArray[np.object_]:
    """Polygons that hold their circles (`outside`) or lie within them."""
    radius = radius_m / math.cos(math.pi / (4 * _QUADRANT)) if outside else radius_m
    polygons: npt.NDArray[np.object_] = shapely.buffer(shapely.points(xy), radius, quad_segs=_QUADRANT)
    return polygons


def shape_within_discs(grid: Grid, cells: BoolArray, xy: FloatArray, radius_m: FloatArray) -> BaseGeometry:
    """Union of cells, cut where a cell stands out beyond all discs.

    Most cells lie wholly within one disc and need no cutting; only the others are, by the discs they touch.
    """
    inner = cells & grid.near(xy, radius_m - grid.size_m / math.sqrt(2))
    rim = shapely.union_all(grid.squares(cells & ~inner))
    kept = [shapely.union_all(grid.squares(inner))]
    inside = radius_m >= 0
    if not rim.is_empty and inside.any():
        circles = discs(xy[inside], radius_m[inside], outside=True)
        touching = shapely.STRtree(circles).query(rim, predicate="intersects")
        kept.append(shapely.intersection(rim, shapely.union_all(circles[np.sort(touching)])))
    return shapely.union_all(kept)


def as_multipolygon(shape: BaseGeometry) -> shapely.MultiPolygon:
    """The areas of a shape, lines and points where areas only touch left out."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
