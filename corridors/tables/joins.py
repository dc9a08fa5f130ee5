"""Joins that count: what matched, what did not on either side, and a refusal above a stated share.

A join that drops rows answers a smaller question than the one asked, and the answer looks the same. Every join of codes
goes through here, so that a loss is named before any figure is computed.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accessibility.errors import ParameterError
from corridors.errors import JoinError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

logger = logging.getLogger(__name__)

_NAMED = 3
ONE_VINTAGE = "use tables of one vintage of codes"


@dataclass(frozen=True)
class JoinReport:
    """What two tables of codes have in common.

    Attributes
    ----------
    what, missing_from
        What the codes name, in the plural, and what the other table is.
    codes, matched
        How many different codes were looked for, and how many were found.
    lost
        The codes that were not found, sorted.
    spare
        The codes of the other table that nobody looked for, sorted.
    lost_where
        Where the lost codes lie: name of the place, codes lost there, codes looked for there; most lost first.
    """

    what: str
    missing_from: str
    codes: int
    matched: int
    lost: tuple[str, ...]
    spare: tuple[str, ...]
    lost_where: tuple[tuple[str, int, int], ...] = ()

    @property
    def share_lost(self) -> float:
        """Codes that were not found over all that were looked for, 0 to 1; 0 where there were none."""
        return len(self.lost) / self.codes if self.codes else 0.0

    @property
    def sentence(self) -> str:
        """Count what matched and what did not, the first few by name, without a full stop."""
        if not self.lost:
            spare = f"; {len(self.spare):,} more are there" if self.spare else ""
            return f"all {self.codes:,} {self.what} are in {self.missing_from}{spare}"
        named = ", ".join(self.lost[:_NAMED]) + (", …" if len(self.lost) > _NAMED else "")
        places = ", ".join(_of_place(*place) for place in self.lost_where[:_NAMED])
        places += ", …" if len(self.lost_where) > _NAMED else ""
        return (
            f"{len(self.lost):,} of {self.codes:,} {self.what} are not in {self.missing_from} "
            f"({named}{f'; {places}' if places else ''})"
        )


def join_report(
    codes: Iterable[str],
    known: Iterable[str],
    *,
    what: str,
    missing_from: str,
    where: Mapping[str, str] | None = None,
) -> JoinReport:
    """Count the codes that another table knows, and name those that only one of the two has.

    Parameters
    ----------
    codes
        The codes to look for; each counts once however often it stands.
    known
        The codes of the other table.
    what
        What the codes name, in the plural.
    missing_from
        What the other table is.
    where
        A place for each code, such as the name of its district, so that a loss can be located.
    """
    wanted, there = set(codes), set(known)
    lost = sorted(wanted - there)
    of_place = Counter(where[code] for code in wanted if code in where) if where is not None else Counter()
    lost_there = Counter(where[code] for code in lost if code in where) if where is not None else Counter()
    return JoinReport(
        what=what,
        missing_from=missing_from,
        codes=len(wanted),
        matched=len(wanted & there),
        lost=tuple(lost),
        spare=tuple(sorted(there - wanted)),
        lost_where=tuple(
            (place, count, of_place[place])
            for place, count in sorted(lost_there.items(), key=lambda item: (-item[1], item[0]))
        ),
    )


def refuse_unmatched(
    codes: Iterable[str],
    known: Iterable[str],
    *,
    what: str,
    missing_from: str,
    where: Mapping[str, str] | None = None,
    max_unmatched_share: float = 0.0,
    remedy: str = ONE_VINTAGE,
) -> JoinReport:
    """Refuse codes that another table does not know, counting all and naming the first few.

    Parameters
    ----------
    codes, known, what, missing_from, where
        As for `join_report`.
    max_unmatched_share
        The share of the codes that may be missing, 0 to 1. What is missing below it is warned about.
    remedy
        What to do about it, as a clause.

    Returns
    -------
        What matched and what did not.

    Raises
    ------
    JoinError
        When more of the codes are unknown than the share allows; mixed vintages of codes are the usual cause.
    """
    if not 0 <= max_unmatched_share < 1:
        raise ParameterError(f"max_unmatched_share is {max_unmatched_share:g}; it must be from 0 to below 1")
    report = join_report(codes, known, what=what, missing_from=missing_from, where=where)
    if report.share_lost > max_unmatched_share:
        allowed = f", more than the {max_unmatched_share:.1%} allowed" if max_unmatched_share else ""
        raise JoinError(f"{report.sentence}{allowed}: {remedy}")
    if report.lost:
        logger.warning("%s; they stay, without figures from it", report.sentence)
    return report


def checked_join(
    table: pd.DataFrame,
    other: pd.DataFrame,
    *,
    on: str,
    what: str,
    missing_from: str,
    max_unmatched_share: float = 0.0,
    remedy: str = ONE_VINTAGE,
) -> tuple[pd.DataFrame, JoinReport]:
    """Put the columns of another table beside a table, by code, and report what matched.

    Parameters
    ----------
    table
        Any table with the column of codes; no row of it is ever dropped or doubled.
    other
        One row per code.
    on
        The column of codes in both.
    what, missing_from, max_unmatched_share, remedy
        As for `refuse_unmatched`.

    Returns
    -------
        The table with the other's columns, missing where a code was not found, in its own order; and what matched.

    Raises
    ------
    JoinError
        When more codes are unknown than the share allows, or the other table holds a code twice.
    """
    twice = other.loc[other[on].duplicated(), on]
    if len(twice):
        raise JoinError(f"{missing_from} hold {twice.iloc[0]!r} more than once: keep one row per code")
    report = refuse_unmatched(
        table[on],
        other[on],
        what=what,
        missing_from=missing_from,
        max_unmatched_share=max_unmatched_share,
        remedy=remedy,
    )
    joined = table.merge(other, on=on, how="left", validate="many_to_one")
    return joined.set_axis(table.index), report


def _of_place(place: str, lost: int, codes: int) -> str:
    if lost < codes:
        return f"{lost:,} of the {codes:,} of {place}"
    return f"all {codes:,} of {place}" if codes > 1 else f"the only one of {place}"
