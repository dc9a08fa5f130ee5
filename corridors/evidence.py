"""The register of the strategy's figures, targets, places and programmes: what it says, where, and what stands for it.

Every figure of the strategy that the toolkit prints comes from here, with its wording and its source. A text names an
entry as ``{strategy:kpi45}`` and `with_citations` fills it in. Where the strategy contradicts itself both entries are
kept, each naming the other. The entries stand in ``register/strategy.csv``, their source in ``register/sources.csv``.
"""

from __future__ import annotations

import difflib
import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from accessibility.errors import ParameterError
from corridors.errors import TableError
from corridors.register.spec import FEATURES, KINDS, NAMED_FEATURES, REGISTER, SOURCES, STATUSES
from corridors.tables.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

_FOLDER = Path(__file__).resolve().parent / "register"
_ID = re.compile(r"[a-z][a-z0-9_]*")
_REFERENCE = re.compile(r"\{strategy:([^{}]*)\}")
_TEXTS = [field.name for field in REGISTER.fields if field.kind == "text" and field.may_be_empty]


@dataclass(frozen=True)
class Source:
    """A document that entries are taken from."""

    title: str
    publisher: str
    date: str


@dataclass(frozen=True)
class Evidence:
    """One entry of the register; `REGISTER` says what each column means."""

    id: str
    kind: str
    wording: str
    qualifier: str
    value: float | None
    unit: str
    base_year: int | None
    target_year: int | None
    section: str
    line: int
    status: str
    feature: tuple[str, ...]
    contradicts: tuple[str, ...]
    note: str
    source: Source
    verified: bool

    @property
    def stated(self) -> str:
        """The number in words: qualifier, number, unit and years; empty where the entry has none."""
        if self.value is None:
            return ""
        number = _number(self.value)
        amount = f"£{number}{self.unit[1:]}" if self.unit.startswith("£") else f"{number} {self.unit}"
        years = [
            f"{name} year {year}"
            for name, year in (("base", self.base_year), ("target", self.target_year))
            if year
        ]
        return ", ".join([f"{self.qualifier} {amount}".lstrip(), *years])


def read_register(path: Path | None = None) -> pd.DataFrame:
    """Read the register: one row per statement of the strategy.

    Parameters
    ----------
    path
        A CSV file as `REGISTER` describes it; without it, the one that comes with the toolkit.

    Returns
    -------
        The columns of `REGISTER`, sorted by ``line`` and ``id``; ``value`` is NaN and a year ``<NA>`` where the
        strategy gives none, absent text is empty. A file with a header alone gives an empty table.

    Raises
    ------
    TableError
        When the file breaks its specification, names an unknown kind, status, feature, source or entry, gives a number
        without a unit, or one of two entries that contradict each other does not say so.
    """
    path = path or _FOLDER / "strategy.csv"
    table = read_table(path, REGISTER)[[field.name for field in REGISTER.fields]]
    table[_TEXTS] = table[_TEXTS].fillna("")
    table["verified"] = table["verified"].eq("true")
    faults = list(_faults(table, sources=set(_read_sources())))
    if faults:
        index, reason = min(faults, key=lambda fault: fault[0])
        more = f" (faults in this file: {len(faults):,})" if len(faults) > 1 else ""
        raise TableError(f"{reason}{more}", file=path.name, row=index + 2)
    return table.sort_values(["line", "id"], ignore_index=True)


def figure(name: str, *, register: pd.DataFrame | None = None) -> Evidence:
    """Return one entry of the register by its id.

    Parameters
    ----------
    name
        The id, such as ``"kpi45"``.
    register
        What `read_register` returned; without it, the register that comes with the toolkit is read.

    Raises
    ------
    ParameterError
        When there is no such entry; the message names the ids most like it.
    """
    register = _own_register() if register is None else register
    rows = register[register["id"] == name]
    if rows.empty:
        near = difflib.get_close_matches(name, register["id"], n=3)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "read_register() lists the ids"
        raise ParameterError(f"The strategy's register has no entry {name!r}; {hint}")
    return _evidence(rows.to_dict("records")[0], _read_sources())


def cite(name: str, *, register: pd.DataFrame | None = None) -> str:
    """Say what the strategy states under one entry: number, wording, section, year of the document.

    An entry that the document contradicts elsewhere is cited with what it says there.

    Raises
    ------
    ParameterError
        When there is no such entry.
    """
    register = _own_register() if register is None else register
    entry = figure(name, register=register)
    said = f"states {entry.stated}" if entry.stated else "says"
    others = [figure(other, register=register) for other in entry.contradicts]
    elsewhere = "; ".join(f'"{other.wording}" (section {other.section})' for other in others)
    return (
        f'The {entry.source.title} ({entry.source.date}), {said}: "{entry.wording}" (section {entry.section}).'
        + (f" The same document also says {elsewhere}." if others else "")
    )


def with_citations(text: str) -> str:
    """Fill in every reference such as ``{strategy:kpi45}`` of a text by what `cite` says; other braces stay.

    Raises
    ------
    ParameterError
        When a reference names no entry.
    """
    if _REFERENCE.search(text) is None:
        return text
    register = _own_register()
    return _REFERENCE.sub(lambda found: cite(found[1], register=register), text)


def contradictions(register: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return where the strategy contradicts itself, both sides as it words them.

    Parameters
    ----------
    register
        What `read_register` returned; without it, the register that comes with the toolkit is read.

    Returns
    -------
        One row per pair: ``id, wording, section, line, note`` of the statement that comes first in the document and,
        with ``other_`` before the name, of the second; sorted by their lines. Empty when nothing is contradicted.
    """
    register = read_register() if register is None else register
    sides = register[["id", "wording", "section", "line", "note"]]
    place = {name: number for number, name in enumerate(register["id"])}
    # The register is in the order of the document, so the first of a pair is the one that comes first in it.
    pairs = pd.DataFrame(
        [
            (name, other)
            for name, others in zip(register["id"], register["contradicts"], strict=True)
            for other in sorted(others.split(), key=place.__getitem__)
            if place[name] < place[other]
        ],
        columns=["id", "other_id"],
        dtype="str",
    )
    joined = pairs.merge(sides, on="id").merge(sides.add_prefix("other_"), on="other_id")
    return joined[[*sides.columns, *sides.add_prefix("other_").columns]]


@functools.cache
def _own_register() -> pd.DataFrame:
    """Read the register that comes with the toolkit once: files of schemes cite it dozens of times. Nobody may change it."""
    return read_register()


@functools.cache
def _read_sources() -> dict[str, Source]:
    table = read_table(_FOLDER / "sources.csv", SOURCES)
    return {
        row["source"]: Source(row["title"], row["publisher"], row["date"]) for row in table.to_dict("records")
    }


def _evidence(row: dict[Hashable, Any], sources: dict[str, Source]) -> Evidence:
    plain: dict[str, Any] = {str(name): None if pd.isna(value) else value for name, value in row.items()}
    listed = {name: tuple(plain[name].split()) for name in ("feature", "contradicts")}
    return Evidence(**{**plain, **listed, "source": sources[plain["source"]]})


def _number(value: float) -> str:
    """Write a number as it is read aloud: 7, 3.5, 12,000, 6 million."""
    if value >= 1e6:
        return f"{value / 1e6:,.10g} million"
    return f"{value:,.10g}"


def _faults(table: pd.DataFrame, *, sources: set[str]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the entries beyond their columns, each with the index of its row."""
    rows = table.to_dict("records")
    links = {row["id"]: row["contradicts"].split() for row in rows}
    for index, row in zip(table.index, rows, strict=True):
        for reason in (*_word_faults(row, sources), *_link_faults(row, links)):
            yield int(index), reason


def _word_faults(row: dict[Hashable, Any], sources: set[str]) -> Iterator[str]:
    if not _ID.fullmatch(row["id"]):
        yield f"id {row['id']!r} is not made of small letters, digits and underscores"
    for column, known in (("kind", KINDS), ("status", STATUSES), ("source", sources)):
        if row[column] not in known:
            yield f"{column} {row[column]!r} is none of {', '.join(sorted(known))}"
    for code in row["feature"].split():
        if not _is_feature(code):
            yield f"feature {code!r} is not declared"
    if pd.notna(row["value"]) != bool(row["unit"]):
        yield "a number and its unit go together, and one of them is empty"


def _link_faults(row: dict[Hashable, Any], links: dict[str, list[str]]) -> Iterator[str]:
    if row["status"] == "contradicted" and not row["contradicts"]:
        yield "an entry called contradicted must name what contradicts it"
    for other in links[row["id"]]:
        if other == row["id"] or other not in links:
            yield f"contradicts {other!r}, which is no other entry"
        elif row["id"] not in links[other]:
            yield f"contradicts {other!r}, which does not name it in turn"


def _is_feature(code: str) -> bool:
    prefix, colon, name = code.partition(":")
    return prefix in NAMED_FEATURES and bool(name) if colon else code in FEATURES
