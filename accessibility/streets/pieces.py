"""Stretches of street as they come out of a source, in metres, whatever the source."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from accessibility.errors import InputError, ParameterError
from accessibility.points import metric_crs
from accessibility.streets.osm_files import Kind
from accessibility.streets.paths import GRAIN

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Stretches between nodes; between two of them a node may merely join two stretches.

    Attributes
    ----------
    node_xy
        Metric coordinates of the nodes, in Morton order.
    start, end
        Nodes of each piece.
    ptr, shape_xy
        Course of piece *p*: ``shape_xy[ptr[p]:ptr[p + 1]]``, both ends included.
    length_m
        Length of each piece in metres.
    forward, backward
        Whether it can be travelled from start to end, and back.
    kind, kinds
        What it is driven as: positions in the table of class and tagged limit.
    """

    node_xy: Floats
    start: Ints
    end: Ints
    ptr: Ints
    shape_xy: Floats
    length_m: Floats
    forward: Flags
    backward: Flags
    kind: npt.NDArray[np.int32]
    kinds: tuple[Kind, ...]


def to_metric(places: Floats, source: CRS | str, *, crs: CRS) -> Floats:
    """Project places, longitude or easting first.

    Raises
    ------
    ParameterError
        Where the CRS has no coordinates for them.
    """
    xy = np.column_stack(
        Transformer.from_crs(source, crs, always_xy=True).transform(places[:, 0], places[:, 1])
    )
    if not np.isfinite(xy).all():
        raise ParameterError(
            f"crs is {crs.to_string()}, which has no coordinates for some of the streets; name one made for their country"
        )
    return xy


def chosen_crs(lonlat: Floats, *, file: str) -> CRS:
    """Metric CRS for places in degrees: see `metric_crs`.

    Raises
    ------
    InputError
        For places off the earth, or so near a pole that no UTM zone covers them.
    """
    corners = np.stack([lonlat.min(axis=0), lonlat.max(axis=0)]) if len(lonlat) else lonlat
    if (np.abs(corners) <= (180, 90)).all():
        with suppress(RuntimeError):
            return metric_crs(corners[:, 0], corners[:, 1])
    raise InputError(
        "its places lie where there is no UTM zone; correct them, or name a metric crs", file=file
    )


def nodes_in_order(xy: Floats, *, label: npt.NDArray[np.generic]) -> Ints:
    """Positions of nodes along a Morton curve of whole metres; equal cells by coordinate, equal places by label."""
    whole = (
        np.floor(xy - xy.min(axis=0, initial=np.inf)).astype(np.uint64)
        if len(xy)
        else np.zeros((0, 2), np.uint64)
    )
    return np.lexsort(
        (label, xy[:, 1], xy[:, 0], _spread(whole[:, 0]) | (_spread(whole[:, 1]) << np.uint64(1)))
    )


def _spread(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Put a zero between the 32 low bits."""
    masks = (
        0x0000FFFF0000FFFF,
        0x00FF00FF00FF00FF,
        0x0F0F0F0F0F0F0F0F,
        0x3333333333333333,
        0x5555555555555555,
    )
    for shift, mask in zip((16, 8, 4, 2, 1), masks, strict=True):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value


def to_grain(metres: Floats) -> Floats:
    """Round to whole multiples of `GRAIN`, sums of which are exact."""
    return np.round(metres / GRAIN) * GRAIN


def shape_lengths(ptr: Ints, shape_xy: Floats) -> Floats:
    """Length of each course in metres, summed from steps in whole multiples of `GRAIN`: exact in whichever order."""
    if len(ptr) == 1:
        return np.empty(0)
    steps = np.hypot(*np.diff(shape_xy, axis=0, append=shape_xy[-1:]).T)
    # The step from the last point of one course to the first of the next is no street.
    steps[ptr[1:] - 1] = 0
    lengths: Floats = np.add.reduceat(to_grain(steps), ptr[:-1])
    return lengths


def kept(pieces: Pieces, which: Flags) -> Pieces:
    """Leave out pieces; the nodes stay."""
    counts = np.diff(pieces.ptr)
    return replace(
        pieces,
        start=pieces.start[which],
        end=pieces.end[which],
        ptr=np.concatenate([[0], np.cumsum(counts[which])]),
        shape_xy=pieces.shape_xy[np.repeat(which, counts)],
        length_m=pieces.length_m[which],
        forward=pieces.forward[which],
        backward=pieces.backward[which],
        kind=pieces.kind[which],
    )


def without_doubles(pieces: Pieces) -> Pieces:
    """Make one of the pieces that follow the same course with the same length, class and limit.

    A stretch mapped twice, or listed once for each way it can be travelled, is open in every direction in which one of
    its copies is.
    """
    low, high = np.minimum(pieces.start, pieces.end), np.maximum(pieces.start, pieces.end)
    columns = np.stack([low, high, pieces.kind, np.diff(pieces.ptr)])
    order = np.lexsort(columns)
    differs = np.concatenate([[True], (np.diff(columns[:, order]) != 0).any(axis=0), [True]])
    alone = differs[:-1] & differs[1:]
    keep = np.ones(len(order), dtype=bool)
    forward, backward = pieces.forward.copy(), pieces.backward.copy()
    first: dict[tuple[object, ...], tuple[int, bool]] = {}
    for piece in np.sort(order[~alone]).tolist():
        course = tuple(map(tuple, course_of(pieces, piece)))
        against = course[::-1] < course
        place = course[::-1] if against else course
        key = (place, round(float(pieces.length_m[piece]), 3), int(pieces.kind[piece]))
        twin, twin_against = first.setdefault(key, (piece, against))
        ways = (pieces.forward[piece], pieces.backward[piece])
        keep[piece] = twin == piece
        forward[twin] |= ways[against != twin_against]
        backward[twin] |= ways[against == twin_against]
    return kept(replace(pieces, forward=forward, backward=backward), keep)


def course_of(pieces: Pieces, piece: int) -> list[list[float]]:
    """Points of one piece."""
    course: list[list[float]] = pieces.shape_xy[pieces.ptr[piece] : pieces.ptr[piece + 1]].tolist()
    return course
