"""The figures of a briefing, each read from a cell of a written file and carrying the way back to it.

The briefing is made from the files of a run, not from what they were written from: what it prints can be held against
them by anybody who has the folder.
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pandas as pd

from corridors.evidence import cite, figure
from corridors.findings import number_word, ordinal_word
from corridors.study import day_words
from maps.briefing import Traced, pieces

if TYPE_CHECKING:
    from maps.briefing import Piece, Prose

#: What figures are traced to beside the tables: what is asked and what was noticed, and the register of the strategy.
MANIFEST: Final = "manifest.json"
REGISTER: Final = "register"
#: Ways of printing: per cent with a decimal, whole per cent, whole numbers, one and two decimals, a number as given, a date
#: in words, a number in words ("three"), a rank in words ("third"); an empty form prints the text as it stands.
SHARE: Final = ".1%"
WHOLE_SHARE: Final = ".0%"
COUNT: Final = ",.0f"
TENTHS: Final = ",.1f"
HUNDREDTHS: Final = ",.2f"
GIVEN: Final = "g"
DATE: Final = "date"
WORD: Final = "word"
ORDINAL: Final = "ordinal"
_IN_WORDS: Final = {WORD: number_word, ORDINAL: ordinal_word}
# What is printed where a figure is wanted and the cell holds none.
_WITHOUT_FIGURE: Final = {"": "not known", "inf": "not reached"}
#: A number of pieces that make up a sentence.
Said = tuple["Piece", ...]


def printed(value: str, form: str) -> str:
    """Print what a cell holds.

    Parameters
    ----------
    value
        The text of the cell.
    form
        A format of Python's for numbers, `DATE`, `WORD`, `ORDINAL`, or nothing for a text as it stands.
    """
    if not form:
        return value
    if value in _WITHOUT_FIGURE:
        return _WITHOUT_FIGURE[value]
    if form == DATE:
        return day_words(dt.date.fromisoformat(value))
    if form in _IN_WORDS:
        return _IN_WORDS[form](int(float(value)))
    return format(float(value), form)


@dataclass(frozen=True)
class Cells:
    """The written files of a run as a briefing reads them.

    Attributes
    ----------
    tables
        The tables by the name of their file, every cell as the text that stands there.
    record
        What the manifest will hold: the study's parameters, definitions, notes, the service date and the run.
    """

    tables: Mapping[str, pd.DataFrame]
    record: Mapping[str, Any]

    @classmethod
    def of(cls, outputs: Mapping[str, Path], record: Mapping[str, Any]) -> Cells:
        """Read the tables among the files written."""
        tables = {
            name: pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
            for name, path in outputs.items()
            if path.suffix == ".csv"
        }
        return cls(tables, record)

    def __contains__(self, file: str) -> bool:
        return file in self.tables

    def rows(self, file: str, **where: str) -> pd.DataFrame:
        """Return the rows of a file that hold these texts; none where there is no such file."""
        table = self.tables.get(file, pd.DataFrame(columns=list(where)))
        for column, text in where.items():
            table = table[table[column] == text]
        return table

    def cell(self, file: str, column: str, form: str = "", **where: str) -> Traced:
        """Return what the one row of a file with these texts holds, as it is printed."""
        found = self.rows(file, **where)
        value = str(found[column].iloc[0]) if len(found) == 1 else None
        if value is None:
            raise LookupError(f"{file}: {len(found)} rows with {where}, where one is needed")
        return Traced(
            printed(value, form),
            source=file,
            row=urlencode(where),
            column=column,
            value=value if form else None,
            form=form,
        )

    def told(self, *path: str, form: str = "") -> Traced:
        """Return a setting of the study or another entry of the manifest, by the way to it."""
        value: Any = self.record
        for step in path:
            value = value[int(step)] if isinstance(value, (list, tuple)) else value[step]
        text = f"{value}"
        return Traced(
            printed(text, form),
            source=MANIFEST,
            row="/".join(path[:-1]),
            column=path[-1],
            value=text if form else None,
            form=form,
        )

    def noted(self, sentence: str) -> Traced:
        """Return a sentence that the manifest holds among its notes."""
        return Traced(sentence, source=MANIFEST, row="notes", column="")


def cited(entry: str) -> Traced:
    """Return what the strategy states under an entry of its register, word for word."""
    return Traced(cite(entry), source=REGISTER, row=entry, column="")


def remark(entry: str) -> Traced:
    """Return what the register remarks on an entry."""
    note = figure(entry).note
    return Traced(note[:1].upper() + note[1:], source=REGISTER, row=entry, column="note")


def say(text: str, **parts: Prose) -> Said:
    """Fill prose into a sentence: ``say("{share} of residents", share=cell)``."""
    found: list[Piece] = []
    for literal, name, _, _ in string.Formatter().parse(text):
        if literal:
            found.append(literal)
        if name is not None:
            found.extend(pieces(parts[name]))
    return tuple(found)


def listed(parts: list[Traced], *, last: str = "and") -> Said:
    """Name several in a row: "a, b and c"."""
    found: list[Piece] = []
    for place, part in enumerate(parts):
        if place:
            found.append(f" {last} " if place == len(parts) - 1 else ", ")
        found.append(part)
    return tuple(found)
