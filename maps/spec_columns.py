"""What a page prints of a table's column, and the rules for keys and colours."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Final

from maps.errors import MapsError

_KEY: Final = re.compile(r"[a-z][a-z0-9_-]*")
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")


def require_key(key: str, what: str) -> None:
    """Refuse a key that could not be an HTML id."""
    if not _KEY.fullmatch(key):
        raise MapsError(f"{what} key {key!r} must be a lower-case word of letters, digits, '-' and '_'.")


def require_colour(colour: str, what: str) -> None:
    """Refuse anything but #rrggbb: colours are written into styles."""
    if not _COLOUR.fullmatch(colour):
        raise MapsError(f"{what}: the colour {colour!r} must be written as #rrggbb.")


@dataclass(frozen=True)
class Column:
    """One column of a table as a reader sees it: in a ranking table, in a tooltip, in the panel.

    Parameters
    ----------
    column
        Name of the column in the frame.
    label
        Heading shown to the reader.
    unit
        Unit shown beside the heading (tables) or after the figure (tooltips), for example "minutes" or "%".
    decimals
        Decimals printed; None for text and whole numbers.
    factor
        What the value is multiplied by before it is printed: 100 for a share shown in per cent.
    inf_label
        Words for an infinite value, for example "over 120".
    missing_label
        Words for a missing value, for example "not ranked".
    signed
        Whether figures above zero get a plus: for differences.
    """

    column: str
    label: str
    _: KW_ONLY
    unit: str = ""
    decimals: int | None = None
    factor: float = 1.0
    inf_label: str = "not reached"
    missing_label: str = "no data"
    signed: bool = False


@dataclass(frozen=True)
class Fact:
    """One figure in large type, with the definition that makes it readable."""

    label: str
    value: str
    definition: str = ""
