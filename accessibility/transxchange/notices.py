"""What is said of a conversion of TransXChange: what went in, what was left out, and what its parsers remarked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from accessibility.errors import FeedError
from accessibility.feeds.notices import Notice
from accessibility.transxchange.settings import EXTRA

if TYPE_CHECKING:
    from accessibility.transxchange.tables import Part

#: With more calls than this share at stops of no position, the register is of another region or too old.
MOST_CALLS_LOST: Final = 0.1


def conversion_notices(
    source: Path, parts: Sequence[Part], *, version: str, superseded: int, strange: int, level: Sequence[str]
) -> tuple[Notice, ...]:
    """Say what became of a source.

    Parameters
    ----------
    source
        The zip, folder or file.
    parts
        What each of its documents gave.
    version
        Of transx2gtfs.
    superseded, strange
        How many documents were left out for a newer revision, and as XML of another kind.
    level
        The documents that were left out for another of the same revision.

    Raises
    ------
    FeedError
        When no journey is left, or more calls than `MOST_CALLS_LOST` are at stops without a position.
    """
    journeys = sum(part.journeys - part.lost for part in parts)
    summary = (
        f"documents converted from TransXChange by {EXTRA} {version}: {len(parts):,}; journeys: {journeys:,}"
        + (
            f"; documents left out for a newer revision of the same service: {superseded:,}"
            if superseded
            else ""
        )
        + (f"; files of XML of another kind left out: {strange:,}" if strange else "")
    )
    return (
        Notice("transxchange_converted", "INFO", summary, source.name),
        *_of_one_revision(source, level),
        *_placeless(source, parts),
        *_said(parts),
    )


def _of_one_revision(source: Path, level: Sequence[str]) -> Iterator[Notice]:
    """Warn of documents that gave way to one that is no newer: copies, or other lines of the service that are lost."""
    if level:
        yield Notice(
            "transxchange_same_revision",
            "WARNING",
            f"{len(level):,} documents were left out for another of the same service and the same revision, first "
            f"{level[0]!r}; where they are not copies of it, their journeys are missing",
            source.name,
            count=len(level),
        )


def _placeless(source: Path, parts: Sequence[Part]) -> Iterator[Notice]:
    """Count the stops without a position and what goes with them; refuse where that is too much."""
    stops: Counter[str] = Counter()
    for part in parts:
        stops.update(part.placeless)
    calls, lost = sum(part.calls for part in parts), sum(part.lost for part in parts)
    if not calls:
        raise FeedError("has no journey that ever runs", file=source.name, code="unusable_feed")
    if stops:
        first = f"stop {min(stops)!r} is not in NaPTAN, nor does the document place it"
        left_out = f"{stops.total():,} of {calls:,} calls"
        if stops.total() > MOST_CALLS_LOST * calls:
            raise FeedError(
                f"{first}, and {left_out} are at such stops ({len(stops):,} in all); "
                "take NaPTAN of all Britain, and of the timetable's time or later",
                file=source.name,
                code="stop_not_in_naptan",
            )
        yield Notice(
            "stop_not_in_naptan", "WARNING", f"{first}, so it is left out", source.name, count=len(stops)
        )
        yield Notice(
            "call_left_out",
            "WARNING",
            f"{left_out} are left out, for their stops have no position",
            source.name,
        )
    if lost:
        yield Notice(
            "unusable_trip",
            "WARNING",
            f"journeys left out for calling at fewer than two stops of known position: {lost:,}",
            source.name,
        )


def _said(parts: Sequence[Part]) -> Iterator[Notice]:
    """Group the findings that differ only in a name or a number; the first of each speaks for all."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for part in parts:
        for text in part.said:
            groups.setdefault(re.sub(r"'[^']*'|\d[\d:.-]*", "…", text), []).append((part.place, text))
    for cases in groups.values():
        place, text = cases[0]
        yield Notice("transxchange_data", "WARNING", text.rstrip("."), place, count=len(cases))
