"""`corridors check`: feeds and studies judged before a number rests on them.

The document that `document` makes, and ``--json`` writes, holds

``schema``
    ``corridors-check/1``; it changes when a key changes its meaning or goes.
``toolkit``
    Version of this toolkit.
``passed``, ``verdict``
    Whether the command ends with 0, and the outcome in one sentence.
``date_asked``
    ``auto`` or a date.
``feeds``
    One object per feed, in the order given: ``name``; ``passed``, ``usable`` (no ERROR of the toolkit's own rules, and
    a trip on the date) and ``verdict``; ``agencies``, ``timezone``, ``publisher``, ``version``, ``lines``, ``stops``,
    ``called_stops``, ``trips``, ``stop_times``, ``frequencies`` of the files, null where they could not be read;
    ``first_date``, ``last_date`` with a trip; ``date`` judged and ``date_reason``; ``day`` with ``trips``,
    ``trips_from_frequencies``, ``lines``, ``stops``, ``calls``, ``untimed_calls`` of the date; ``trips_by_hour``, a list
    of ``mode``, ``hour`` (of the first departure; from 24 after midnight) and ``trips``; ``area`` with the stops
    ``inside`` and ``outside``; ``streets`` with the stops ``snapped`` and ``unsnapped`` and the distances ``median_m``,
    ``p95_m``, ``max_m``; ``validator``; and ``findings``, a list of ``severity`` (ERROR, WARNING, INFO), ``code``,
    ``count``, ``file``, ``row`` (the header is 1), ``message`` and ``source``. What does not apply is null.
``study``
    null, or ``name``, ``title``, ``findings`` as above, and ``points``: a list of ``kind``, ``points`` and
    ``without_stop``, how many have no stop with service within the walk that the study allows.

Keys are sorted, lists stand in a fixed order, and nothing in it depends on the clock, save what a calendar that has
expired is judged by, or on where the files lie.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from accessibility._version import __version__
from accessibility.feeds.figures import DayFigures, FeedFigures
from accessibility.feeds.places import MAX_SNAP_M, StreetFigures
from accessibility.feeds.report import OWN, FeedReport, counted, place_words
from accessibility.timetables.service_date import AUTO, day_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from corridors.check.judging import CheckReport, StudyReport

SCHEMA: Final = "corridors-check/1"
_FIGURES: Final = tuple(field.name for field in fields(FeedFigures))
_STYLES: Final = {"ERROR": "bold red", "WARNING": "yellow", "INFO": "dim"}
_NAMED: Final = 4
_INDENT: Final = 2
#: Names come from files of others: what steers a terminal, or breaks a line, is shown and not obeyed.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def document(report: CheckReport) -> str:
    """Write a report as JSON; its keys stand at the top of this module."""
    study = report.study
    content = {
        "schema": SCHEMA,
        "toolkit": __version__,
        "passed": report.passed,
        "verdict": report.verdict,
        "date_asked": report.date_asked,
        "feeds": [_feed_document(feed) for feed in report.feeds],
        "study": None
        if study is None
        else {
            "name": study.name,
            "title": study.title,
            "findings": _records(study.findings),
            "points": [asdict(points) for points in study.points],
        },
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def print_report(report: CheckReport, console: Console) -> None:
    """Print a report: colour on a terminal only, and never wider than the console."""
    for feed in report.feeds:
        _print(console, _of_feed(feed))
    if report.study is not None:
        _print(console, _of_study(report.study))
    if report.hint:
        _print(console, iter([_text(report.hint, style="dim")]))


def _feed_document(feed: FeedReport) -> dict[str, Any]:
    first, last = feed.span or (None, None)
    return {
        **(asdict(feed.figures) if feed.figures else dict.fromkeys(_FIGURES)),
        "name": feed.name,
        "passed": feed.passed,
        "usable": feed.usable,
        "verdict": feed.verdict,
        "first_date": first and first.isoformat(),
        "last_date": last and last.isoformat(),
        "date": feed.date and feed.date.isoformat(),
        "date_reason": feed.date_reason or None,
        "day": asdict(feed.day) if feed.day else None,
        "trips_by_hour": feed.trips_by_hour.to_dict("records"),
        "area": asdict(feed.area) if feed.area else None,
        "streets": _numbers(asdict(feed.streets)) if feed.streets else None,
        "validator": feed.validator or None,
        "findings": _records(feed.findings),
    }


def _records(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Findings as plain values, null where one is missing."""
    rows = findings.astype(object).where(findings.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    """Distances to the decimetre, null where there is none."""
    return {
        key: (round(value, 1) if math.isfinite(value) else None) if isinstance(value, float) else value
        for key, value in values.items()
    }


def _text(words: str, *, style: str = "") -> Text:
    return Text(plain(words), style=style)


def plain(words: str) -> str:
    """Put a mark in the place of every character that steers a terminal or breaks a line."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", words)


def _print(console: Console, parts: Iterator[RenderableType]) -> None:
    with console.capture() as printed:
        for part in parts:
            console.print(part)
        console.print()
    # Cells are filled up with blanks, which are a nuisance in a file.
    for line in printed.get().splitlines():
        console.file.write(f"{line.rstrip()}\n")


def _of_feed(feed: FeedReport) -> Iterator[RenderableType]:
    yield _text(feed.name, style="bold")
    yield _indented(_text(feed.verdict, style="green" if feed.passed else "red"))
    yield ""
    facts = list(_facts(feed))
    if facts:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for label, value in facts:
            grid.add_row(_text(label, style="dim"), _text(value))
        yield _indented(grid)
        yield ""
    if len(feed.trips_by_hour):
        yield _indented(_hours(feed.trips_by_hour))
        yield ""
    yield from _of_findings(feed.findings)


def _of_study(study: StudyReport) -> Iterator[RenderableType]:
    yield _text(f"{study.name}: {study.title}" if study.title else study.name, style="bold")
    if not study.errors:
        yield _indented(_text("the study file and its tables can be read and belong together"))
    for points in study.points:
        told = f"{points.without_stop:,} of {points.points:,} {points.kind} have no stop in walking reach"
        yield _indented(_text(told))
    yield from _of_findings(study.findings)


def _indented(part: RenderableType, *, steps: int = 1) -> Padding:
    return Padding(part, (0, 0, 0, steps * _INDENT), expand=False)


def _facts(feed: FeedReport) -> Iterator[tuple[str, str]]:
    """What a feed holds and what runs on the date, as label and value."""
    if feed.figures is not None:
        yield from _facts_of_files(feed.figures)
    if feed.span is not None:
        yield "calendars", f"{feed.span[0]} to {feed.span[1]}"
    if feed.date is not None:
        chosen = feed.date_reason.startswith(AUTO)
        yield "date", feed.date_reason if chosen else f"{day_name(feed.date)} ({feed.date_reason})"
    if feed.day is not None:
        yield "that day", _day_words(feed.day)
    if feed.area is not None:
        yield "area", f"{counted(feed.area.inside, 'stop')} inside, {feed.area.outside:,} outside"
    if feed.streets is not None:
        yield "streets", _streets_words(feed.streets)
    if feed.validator:
        yield "validated", f"by {feed.validator}"


def _facts_of_files(held: FeedFigures) -> Iterator[tuple[str, str]]:
    more = f" and {len(held.agencies) - _NAMED} more" if len(held.agencies) > _NAMED else ""
    yield "agencies", ", ".join(held.agencies[:_NAMED]) + more
    if held.publisher or held.version:
        yield "published", ", version ".join(filter(None, (held.publisher, held.version)))
    yield "time zone", held.timezone
    stops = f"{counted(held.stops, 'stop')} ({held.called_stops:,} called at)"
    counts = [
        counted(held.lines, "line"),
        stops,
        counted(held.trips, "trip"),
        counted(held.stop_times, "stop time"),
    ]
    if held.frequencies:
        counts.append(f"{counted(held.frequencies, 'row')} of frequencies")
    yield "files", ", ".join(counts)


def _day_words(day: DayFigures) -> str:
    laid = f" ({day.trips_from_frequencies:,} from frequencies)" if day.trips_from_frequencies else ""
    counts = f"{counted(day.trips, 'trip')}{laid}, {counted(day.lines, 'line')}, {counted(day.stops, 'stop')}"
    if not day.untimed_calls:
        return counts
    return f"{counts}; {day.untimed_calls:,} of {counted(day.calls, 'call')} without a time, interpolated"


def _streets_words(streets: StreetFigures) -> str:
    if not streets.snapped:
        return f"no stop within {MAX_SNAP_M:g} m of a street"
    return (
        f"stops lie {streets.median_m:.0f} m off (median), {streets.p95_m:.0f} m (95th percentile), at most "
        f"{streets.max_m:.0f} m; {streets.unsnapped:,} beyond {MAX_SNAP_M:g} m"
    )


def _hours(trips: pd.DataFrame) -> Table:
    """Lay trips out by hour and mode, the mode with most trips first."""
    wide = trips.pivot_table(index="hour", columns="mode", values="trips", aggfunc="sum", fill_value=0)
    wide = wide[wide.sum().sort_values(ascending=False, kind="stable").index]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_footer=True, footer_style="dim")
    table.add_column("hour", footer="trips")
    for mode in wide.columns:
        table.add_column(str(mode), justify="right", footer=f"{wide[mode].sum():,}")
    if len(wide.columns) > 1:
        table.add_column("all", justify="right", footer=f"{wide.to_numpy().sum():,}")
    for hour, row in wide.iterrows():
        cells = [f"{value:,}" if value else "" for value in row]
        total = [f"{row.sum():,}"] if len(wide.columns) > 1 else []
        table.add_row(f"{int(str(hour)):02d}", *cells, *total)
    return table


def _of_findings(findings: pd.DataFrame) -> Iterator[RenderableType]:
    """List findings, each with its severity, code and count, and below it the sentence with its place."""
    for _, finding in findings.iterrows():
        source = "" if finding["source"] == OWN else f" ({finding['source']})"
        times = f" x {finding['count']:,}" if finding["count"] > 1 else ""
        head = _text(finding["severity"], style=_STYLES[finding["severity"]])
        head.append(f" {finding['code']}{times}{source}", style="default")
        yield _indented(head)
        yield _indented(_text(f"{place_words(finding)}{finding['message']}"), steps=2)
