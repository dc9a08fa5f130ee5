"""What a corridor or a site may say: lists of known words and ids, and a line or a list but not both."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pandas as pd

from corridors.evidence import read_register
from corridors.tables.tables import SITE_KINDS, STRANDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

SEPARATOR = ";"

#: A fault: the index of the row, and what is wrong with it.
Fault = tuple[int, str]

_NAMED = 6


def listed(text: str) -> tuple[str, ...]:
    """Take a list of a table of places apart: the items between ``;``, without spaces around them, none for no text."""
    return tuple(item.strip() for item in text.split(SEPARATOR)) if text.strip() else ()


def programme_ids() -> list[str]:
    """Return the ids of the programmes in the strategy's register, sorted."""
    register = read_register()
    return sorted(register.loc[register["kind"] == "programme", "id"])


def faults_of_sites(sites: pd.DataFrame, *, programmes: Collection[str]) -> Iterator[Fault]:
    """Find sites with an id that lists cannot hold, an unknown kind or programme, or a part of what contains none."""
    yield from _ids_with_separator(sites, "site_id")
    for index, kind in sites["kind"].items():
        if kind not in SITE_KINDS:
            yield int(str(index)), f"kind {kind!r} is no kind of site: {_hint(kind, SITE_KINDS)}"
    yield from _faults_of_list(sites, "programmes", programmes, what="programme of the strategy's register")
    yield from _faults_of_parts(sites)


def _faults_of_parts(sites: pd.DataFrame) -> Iterator[Fault]:
    """Find sites that are a part of themselves, of a site that is not there, or of a part."""
    whole_of = dict(zip(sites["site_id"], sites["part_of"], strict=True))
    for index, own, whole in zip(sites.index, sites["site_id"], sites["part_of"], strict=True):
        if not whole:
            continue
        if whole == own:
            yield index, f"part_of {whole!r} is the site itself"
        elif whole not in whole_of:
            yield index, f"part_of {whole!r} is no site of this file; {_hint(whole, whole_of)}"
        elif whole_of[whole]:
            yield index, f"part_of {whole!r} is itself a part, of {whole_of[whole]!r}: name that one"


def faults_of_corridors(
    corridors: pd.DataFrame, *, known: Mapping[str, tuple[str, Collection[str]]]
) -> Iterator[Fault]:
    """Find corridors without exactly one way of saying where they are, and lists of what is not known.

    Parameters
    ----------
    corridors
        The columns of `corridors.tables.tables.CORRIDORS` and ``geometry``, lists as text.
    known
        For each column of lists that can be checked: what its items are called, and those there are.
    """
    yield from _ids_with_separator(corridors, "corridor_id")
    yield from _faults_of_whereabouts(corridors)
    yield from _faults_of_list(corridors, "strands", STRANDS, what="strand of investment")
    for column in ("wards", "areas", "schemes", "sites", "programmes"):
        what, ids = known.get(column, ("", None))
        yield from _faults_of_list(corridors, column, ids, what=what)


def _ids_with_separator(table: pd.DataFrame, column: str) -> Iterator[Fault]:
    for index, value in table[column].items():
        if SEPARATOR in value:
            yield (
                int(str(index)),
                f"{column} {value!r} holds {SEPARATOR!r}, which separates the items of a list",
            )


def _faults_of_whereabouts(corridors: pd.DataFrame) -> Iterator[Fault]:
    ways = {
        "a line": corridors["geometry"].notna(),
        "wards": corridors["wards"].ne(""),
        "areas": corridors["areas"].ne(""),
    }
    for index in corridors.index:
        given = [way for way, is_given in ways.items() if is_given.loc[index]]
        if not given:
            yield index, "the geometry is not a line, and no wards or areas are listed: give one of the three"
        elif len(given) > 1:
            yield index, f"{' and '.join(given)} are both given: keep one"


def _faults_of_list(
    table: pd.DataFrame, column: str, known: Collection[str] | None, *, what: str
) -> Iterator[Fault]:
    for index, text in table[column].items():
        items = listed(text)
        for item in dict.fromkeys(items):
            if not item:
                yield int(str(index)), f"{column} {text!r} has an empty item between its {SEPARATOR!r}"
            elif items.count(item) > 1:
                yield int(str(index)), f"{column} names {item!r} more than once"
            elif known is not None and item not in known:
                yield int(str(index)), f"{column}: {item!r} is no {what}; {_hint(item, known)}"


def _hint(word: str, known: Collection[str]) -> str:
    """Name what is most like a word, else the first few there are."""
    near = difflib.get_close_matches(word, known, n=3)
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    if not known:
        return "there are none"
    some = sorted(known)
    return f"there are {', '.join(some[:_NAMED])}{', …' if len(some) > _NAMED else ''}"
