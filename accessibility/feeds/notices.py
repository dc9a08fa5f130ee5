"""What is noticed in a feed: one finding with the code and the severity of the MobilityData validator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from accessibility.errors import FeedError

Severity = Literal["ERROR", "WARNING", "INFO"]
#: As much of a value as a sentence shows.
SHOWN_CHARACTERS: Final = 60


def quoted(text: str) -> str:
    """Quote what stands in a file, on one line and cut to what a sentence bears."""
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…")


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

    def sentence(self) -> str:
        """Give place, finding and count as one sentence without a full stop, for a note beside a number."""
        place = (
            "" if self.file is None else (f"{self.file}, row {self.row}: " if self.row else f"{self.file}: ")
        )
        more = f", and {self.count - 1:,} more like it" if self.count > 1 else ""
        return f"{place}{self.message}{more}"


def refusal(errors: Sequence[Notice]) -> FeedError:
    """Make of several findings the error that refuses a feed: the first, and how many more there are."""
    first, more = errors[0], sum(notice.count for notice in errors) - 1
    rest = f"; {more:,} more error{'s' if more > 1 else ''}, which `corridors check` lists" if more else ""
    return FeedError(f"{first.message}{rest}", file=first.file, row=first.row, code=first.code)
