"""What is noticed in a feed: one finding with the code and the severity of the MobilityData validator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ERROR", "WARNING", "INFO"]


@dataclass(frozen=True)
class Notice:
    """One finding about a feed, counted.

    Attributes
    ----------
    code
        The canonical validator's notice code, such as ``missing_required_column``; our own where it has none.
    severity
        ``ERROR``: the feed cannot be used. ``WARNING``: it is read, and the number may be other than expected.
        ``INFO``: worth knowing.
    message
        The finding as a clause without a full stop, its first case named.
    file, row
        Where its first case stands; the header is row 1.
    count
        How many cases there are.
    """

    code: str
    severity: Severity
    message: str
    file: str | None = None
    row: int | None = None
    count: int = 1
