"""Names on a map for paper: each beside its place, where it hides nothing, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from maps.figures_text import line_mm, width_mm
from maps.palettes import INK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CLEAR_MM: Final = 0.5

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Name:
    """A name to write, and where.

    Attributes
    ----------
    text, size, bold, colour
        What is written, and how.
    at
        The place it belongs to, in millimetres.
    beside_mm
        How far from the place it is written; 0 for over it.
    """

    text: str
    at: tuple[float, float]
    size: float
    bold: bool = False
    colour: str = INK
    beside_mm: float = 0.0


@dataclass(frozen=True)
class Placed:
    """A name with the lower left corner of its line of text."""

    name: Name
    corner: tuple[float, float]


def place_names(names: Sequence[Name], *, within: Box, taken: Sequence[Box] = ()) -> list[Placed]:
    """Find room for names, the first given first; one without room is left away.

    Parameters
    ----------
    names
        In the order of their importance.
    within
        Left, bottom, right and top of the map, in millimetres.
    taken
        Boxes that must stay free: marks, scale bar.
    """
    kept, placed = list(taken), []
    for name in names:
        for corner, box in _candidates(name):
            if _lies_in(box, within) and not any(_overlap(box, other) for other in kept):
                kept.append(box)
                placed.append(Placed(name, corner))
                break
    return placed


def _candidates(name: Name) -> Iterator[tuple[tuple[float, float], Box]]:
    """Offer places around the point, right first, as people read; or over it and a little off."""
    wide, high = width_mm(name.text, size=name.size, bold=name.bold), line_mm(name.size)
    x, y = name.at
    off = name.beside_mm
    middle_x, middle_y = x - wide / 2, y - high / 2
    if off:
        corners = [
            (x + off, middle_y), (x - off - wide, middle_y), (middle_x, y + off), (middle_x, y - off - high),
            (x + off, y + off / 2), (x + off, y - off / 2 - high),
            (x - off - wide, y + off / 2), (x - off - wide, y - off / 2 - high),
        ]  # fmt: skip
    else:
        corners = [(middle_x, middle_y + step * high) for step in (0, 1, -1, 2, -2)]
        corners += [(middle_x + step * wide / 2, middle_y) for step in (1, -1)]
    for left, bottom in corners:
        yield (left, bottom), (left, bottom, left + wide, bottom + high)


def _lies_in(box: Box, within: Box) -> bool:
    return box[0] >= within[0] and box[1] >= within[1] and box[2] <= within[2] and box[3] <= within[3]


def _overlap(one: Box, other: Box) -> bool:
    return (
        one[0] < other[2] + _CLEAR_MM
        and other[0] < one[2] + _CLEAR_MM
        and one[1] < other[3] + _CLEAR_MM
        and other[1] < one[3] + _CLEAR_MM
    )
