"""The authored lines (``bus_lines/*.toml``): reading and checking."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from bus_stops import Via
from gtfs_out import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LISTED_AS = {  # operator in the feed -> operator in the list of services
    "National Express West Midlands": "National Express West Midlands",
    "National Express Coventry": "National Express West Midlands",
    "Diamond Bus": "Rotala Group of Companies",
    "Stagecoach Midlands": "Stagecoach Group",
}
BOROUGHS = ("Birmingham", "Coventry", "Dudley", "Sandwell", "Solihull", "Walsall", "Wolverhampton")
NEEDED = ("id", "number", "operator", "bods_line", "from", "to", "boroughs", "via")


@dataclass(frozen=True)
class Line:
    """One bus line as written by hand: its streets, and evidence where there is any."""

    id: str
    number: str
    operator: str
    bods_number: str  # as the list of services names it
    bods_line: str
    origin: str
    destination: str
    boroughs: tuple[str, ...]
    via: tuple[Via, ...]  # in outbound order
    radial: bool = False
    longest_hop_m: float = 1500.0
    headway_peak_min: int | None = None  # evidence; else the rule
    headway_note: str = ""
    run_min: int | None = None  # evidence; else the rule
    run_note: str = ""
    timing_points: tuple[tuple[str, int], ...] = ()  # stop name, minutes from the origin: evidence


def read_lines(folder: Path) -> list[Line]:
    """Read every line of every TOML file of `folder`, sorted by id.

    Raises
    ------
    BuildError
        If a key is missing or unknown, a borough or operator is not one of those known, an id
        occurs twice, or there is no line.
    """
    lines = [line for path in sorted(folder.glob("*.toml")) for line in _of_file(path)]
    if not lines:
        raise BuildError(f"no line in {folder.name}/*.toml")
    seen: set[str] = set()
    for line in lines:
        if line.id in seen:
            raise BuildError(f"line {line.id} occurs twice")
        seen.add(line.id)
    return sorted(lines, key=lambda line: line.id)


def line_of(entry: dict[str, Any]) -> Line:
    """Build one line from its TOML table."""
    name = entry.get("id", "without id")
    missing = [key for key in NEEDED if key not in entry]
    renamed = {"from": "origin", "to": "destination"}
    values = {renamed.get(key, key): value for key, value in entry.items()}
    unknown = sorted(set(values) - {field.name for field in fields(Line)})
    if missing or unknown:
        raise BuildError(f"line {name}: missing keys {missing}, unknown keys {unknown}")
    values["via"] = tuple(Via.parse(text) for text in entry["via"])
    values["boroughs"] = tuple(entry["boroughs"])
    values["timing_points"] = tuple((stop, minutes) for stop, minutes in entry.get("timing_points", []))
    values.setdefault("bods_number", entry["number"])
    line = Line(**values)
    _check(line)
    return line


def _of_file(path: Path) -> Iterable[Line]:
    with path.open("rb") as handle:
        try:
            entries = tomllib.load(handle).get("line", [])
        except tomllib.TOMLDecodeError as error:
            raise BuildError(f"{path.name}: {error}") from error
    return [line_of(entry) for entry in entries]


def _check(line: Line) -> None:
    strangers = [borough for borough in line.boroughs if borough not in BOROUGHS]
    if strangers or not line.boroughs:
        raise BuildError(f"line {line.id}: boroughs {strangers or 'none'} are not of the seven")
    if line.operator not in LISTED_AS:
        raise BuildError(f"line {line.id}: the operator {line.operator!r} is not one of {sorted(LISTED_AS)}")
    if len(line.via) < 2 or line.via[0].only or line.via[-1].only:
        raise BuildError(f"line {line.id}: a line needs two streets for its termini, served both ways")
    if line.timing_points and line.run_min is None:
        raise BuildError(f"line {line.id}: timing points need run_min, the evidence for the whole run")
    for value, note, what in (
        (line.headway_peak_min, line.headway_note, "headway_peak_min"),
        (line.run_min, line.run_note, "run_min"),
    ):
        if value is not None and not note:
            raise BuildError(f"line {line.id}: {what} is evidence and needs its note")
