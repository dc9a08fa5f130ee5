"""StreetNetwork: the streets that can be walked or driven, as frozen arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pyproj import CRS

StreetMode = Literal["walk", "drive"]


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """The streets of one mode, in one piece.

    An edge is a stretch of street between two junctions or ends; each stands here once, whichever ways it can be
    travelled. Edges are in a fixed order that does not depend on the order of the source.

    Attributes
    ----------
    mode
        On foot or by car.
    crs
        The metric CRS of all coordinates.
    node_xy
        Coordinates of the nodes, one row each.
    edge_from, edge_to, edge_m
        Ends of each edge (positions in `node_xy`) and its length in metres.
    forward, backward
        Whether it can be travelled from ``edge_from`` to ``edge_to``, and back; on foot always both.
    speed_kmh
        Free-flow driving speed of each edge; not a number on foot.
    shape_ptr, shape_xy
        Course of edge *e*: ``shape_xy[shape_ptr[e]:shape_ptr[e + 1]]``, both ends included.
    source
        Name and vintage of what was read, for the definition beside every number.
    notes
        Counted warnings of reading.
    """

    mode: StreetMode
    crs: CRS
    node_xy: npt.NDArray[np.float64]
    edge_from: npt.NDArray[np.int32]
    edge_to: npt.NDArray[np.int32]
    edge_m: npt.NDArray[np.float64]
    forward: npt.NDArray[np.bool_]
    backward: npt.NDArray[np.bool_]
    speed_kmh: npt.NDArray[np.float64]
    shape_ptr: npt.NDArray[np.int64]
    shape_xy: npt.NDArray[np.float64]
    source: str
    notes: tuple[str, ...]
