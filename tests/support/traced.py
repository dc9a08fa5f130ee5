"""Hold a briefing against the files that it says its figures come from, sharing no code with what wrote it."""

from __future__ import annotations

import csv
import datetime as dt
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_EMPTY = {"": "not known", "inf": "not reached"}


class Briefing(HTMLParser):
    """Collects the traced pieces of a briefing, and all text outside of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.traced: list[dict[str, str]] = []
        self.loose: list[str] = []
        self.title = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in ("meta", "img", "link"):
            return
        told = dict(attrs)
        self._open.append("traced" if "data-source" in told else tag)
        if "data-source" in told:
            self.traced.append({**told, "text": ""})

    def handle_endtag(self, tag):
        self._open.pop()

    def handle_data(self, data):
        where = self._open[-1] if self._open else ""
        if where == "traced":
            self.traced[-1]["text"] += data
        elif where == "title":
            self.title += data
        elif where != "style":
            self.loose.append(data)

    def of(self, source: str) -> list[dict[str, str]]:
        """Return the pieces traced to one file."""
        return [piece for piece in self.traced if piece["data-source"] == source]


def mistakes(folder: Path, cited: dict[tuple[str, str], str]) -> list[str]:
    """Return every traced piece of the briefing in a folder whose text is not that of its cell.

    Parameters
    ----------
    folder
        Of the results.
    cited
        What the register of the strategy says, by entry and column.
    """
    briefing = Briefing((folder / "briefing.html").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    tables: dict[str, list[dict[str, str]]] = {}
    found = []
    for piece in briefing.traced:
        source = piece["data-source"]
        if source == "register":
            holds = cited[piece["data-row"], piece["data-column"]]
        elif source == "manifest.json":
            holds = _in_manifest(manifest, piece)
        else:
            assert source in manifest["outputs"], f"{source} is no output"
            if source not in tables:
                with (folder / source).open(encoding="utf-8", newline="") as file:
                    tables[source] = list(csv.DictReader(file))
            holds = _in_table(tables[source], piece)
        if printed(holds, piece["data-form"]) != piece["text"] or piece.get("value", holds) != holds:
            found.append(
                f"{source} {piece['data-row']} {piece['data-column']}: {piece['text']!r} for {holds!r}"
            )
    return found


def _in_table(rows: list[dict[str, str]], piece: dict[str, str]) -> str:
    where = parse_qsl(piece["data-row"], keep_blank_values=True, strict_parsing=True)
    (row,) = [row for row in rows if all(row[column] == text for column, text in where)]
    return row[piece["data-column"]]


def _in_manifest(manifest: dict[str, Any], piece: dict[str, str]) -> str:
    if (piece["data-row"], piece["data-column"]) == ("notes", ""):
        return piece["text"] if piece["text"] in manifest["notes"] else "no note of the manifest"
    value: Any = manifest
    for step in filter(None, [*piece["data-row"].split("/"), piece["data-column"]]):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return f"{value}"


def printed(value: str, form: str) -> str:
    """Print a value as its form says."""
    if not form:
        return value
    if value in _EMPTY:
        return _EMPTY[value]
    if form == "date":
        day = dt.date.fromisoformat(value)
        return f"{day:%A} {day.day} {day:%B} {day.year}"
    number = float(value)
    if form in _IN_WORDS:
        return _IN_WORDS[form](int(number))
    assert form in (".1%", ".0%", ",.0f", ",.1f", ",.2f", "g"), form
    return format(number, form)


def _word(number: int) -> str:
    return _WORDS[number] if number < 10 else f"{number:,}"


def _ordinal(number: int) -> str:
    if number < 10:
        return _ORDINALS[number - 1]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


_IN_WORDS = {"word": _word, "ordinal": _ordinal}
