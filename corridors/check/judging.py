"""Feeds and studies judged before a number rests on them: what `corridors check` finds out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from pyogrio.errors import DataSourceError

from accessibility.feeds.canonical_validation import INSTALL_HINT, validator_installed
from accessibility.feeds.gtfs import inspect_feed
from accessibility.feeds.judgement import as_notice, lay_out
from accessibility.feeds.notices import Notice
from accessibility.feeds.report import FeedReport, counted, findings_table, place_words, report_feed
from accessibility.streets.streets import StreetNetwork, read_streets
from accessibility.timetables.service_date import AUTO, ChosenDate, parse_service_date, representative_date
from corridors.access.access import build_network
from corridors.access.reach import PointsWithoutStop, points_without_stop
from corridors.errors import TableError, ToolkitError
from corridors.inputs import Inputs, read_inputs
from corridors.study import Study, load_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accessibility.feeds.schema import Feed, FeedInspection


@dataclass(frozen=True, eq=False)
class StudyReport:
    """What was found in a study beside its feeds; findings as in `accessibility.feeds.report.FeedReport`."""

    name: str
    title: str
    findings: pd.DataFrame
    points: tuple[PointsWithoutStop, ...]

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return int((self.findings["severity"] == "ERROR").sum())


@dataclass(frozen=True, eq=False)
class CheckReport:
    """All that a check found.

    Attributes
    ----------
    date_asked
        ``auto`` or a date.
    feeds
        One report per feed, in the order given.
    study
        What was found in the study beside its feeds; None where feeds were checked.
    hint
        How to have the canonical validation, where it is not installed; else empty.
    """

    date_asked: str
    feeds: tuple[FeedReport, ...]
    study: StudyReport | None
    hint: str

    @property
    def passed(self) -> bool:
        """Whether there is no ERROR, and every feed has a usable trip on the date."""
        return all(feed.passed for feed in self.feeds) and (self.study is None or not self.study.errors)

    @property
    def verdict(self) -> str:
        """The outcome as one sentence without a full stop: the first reason against, or the feeds one by one."""
        if self.study is not None and self.study.errors:
            more = self.study.errors - 1
            others = f"; {counted(more, 'more error')}" if more else ""
            first = self.study.findings.iloc[0]
            reason = f"{place_words(first)}{first['message']}".removeprefix(f"{self.study.name}: ")
            return f"{self.study.name} cannot be run: {reason}{others}"
        told = [feed for feed in self.feeds if not feed.passed] or list(self.feeds)
        sentences = [f"{feed.name} {'is ' if feed.usable else ''}{feed.verdict}" for feed in told]
        if self.study is not None and self.passed:
            return f"{self.study.name} can be run; " + "; ".join(sentences)
        return "; ".join(sentences)


def check_feeds(
    paths: Sequence[str | Path],
    *,
    date: str | dt.date = AUTO,
    area: gpd.GeoDataFrame | None = None,
    streets: StreetNetwork | None = None,
    canonical: bool = True,
    today: dt.date | None = None,
) -> CheckReport:
    """Check feeds, each by itself.

    Parameters
    ----------
    paths
        Zips or folders.
    date
        The service date to judge them for; ``"auto"`` takes a representative Tuesday of each.
    area
        Polygons, any CRS: stops outside are counted.
    streets
        Walkable streets: stops off them are counted.
    canonical
        Whether the canonical validator runs, where it is installed.
    today
        The day on which the question is asked; by default the computer's date.

    Returns
    -------
    CheckReport
        Also for feeds that cannot be used.

    Raises
    ------
    ParameterError
        For a date that is none.
    """
    asked = parse_service_date(date)
    reports = tuple(
        report_feed(path, date=asked, today=today, area=area, streets=streets, canonical=canonical)
        for path in paths
    )
    return CheckReport(str(asked), reports, None, _hint(canonical=canonical))


def check_study(
    path: str | Path,
    *,
    date: str | dt.date | None = None,
    area: gpd.GeoDataFrame | None = None,
    streets: StreetNetwork | None = None,
    canonical: bool = True,
    today: dt.date | None = None,
) -> CheckReport:
    """Check a study: its file, its tables, its feeds one by one and together, and who has a stop at all.

    Parameters
    ----------
    path
        The study file.
    date
        A service date in place of the study's own.
    area
        Polygons in place of the study's outlines.
    streets
        Walkable streets in place of the study's, if it names any.
    canonical, today
        As for `check_feeds`.

    Returns
    -------
    CheckReport
        Also for a study that cannot be run, with as much as could be read.

    Raises
    ------
    ParameterError
        For a date that is none.
    """
    path = Path(path)
    given = None if date is None else parse_service_date(date)
    try:
        study = load_study(path)
    except ToolkitError as error:
        findings = findings_table(path, [as_notice(error)])
        broken = StudyReport(path.name, "", findings, ())
        return CheckReport(str(given or AUTO), (), broken, _hint(canonical=canonical))
    asked = study.timetable.date if given is None else given
    inputs, notices = _inputs(study)
    streets, more = (streets, []) if streets is not None else _streets(study)
    feeds = [study.resolve(feed) for feed in study.timetable.feeds]
    inspections = [inspect_feed(feed) for feed in feeds]
    usable = [inspection.feed for inspection in inspections if inspection.feed is not None]
    chosen, refused = _chosen(usable, asked, reason="the study's" if given is None else "as asked")
    reports = tuple(
        report_feed(
            feed,
            date=chosen or asked,
            today=today,
            area=area if area is not None else (inputs.outlines if inputs else None),
            streets=streets,
            canonical=canonical,
            inspection=inspection,
        )
        for feed, inspection in zip(feeds, inspections, strict=True)
    )
    if inputs is not None:
        more += _roads(study)
    walkable = streets is not None or study.files.streets is None
    points, found = _together(study, inputs, reports, inspections, chosen, streets) if walkable else ((), [])
    table = findings_table(path, [*notices, *more, *refused, *found])
    own = StudyReport(path.name, study.study.name, table, points)
    return CheckReport(str(asked), reports, own, _hint(canonical=canonical))


def read_area(path: Path) -> gpd.GeoDataFrame:
    """Read the polygons of an area from GeoJSON, GeoPackage or another file of geometries.

    Raises
    ------
    TableError
        When the file cannot be read, has no CRS, or holds something other than polygons.
    """
    if not path.exists():
        raise TableError("there is no such file", file=str(path))
    try:
        area = gpd.read_file(path)
    except (DataSourceError, UnicodeDecodeError):
        raise TableError("cannot be read as GeoJSON or GeoPackage", file=path.name) from None
    if "geometry" not in area.columns or area.crs is None:
        raise TableError("there is no geometry with a coordinate reference system", file=path.name)
    if area.empty or not area.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise TableError("an area is made of polygons, and one or more, alone", file=path.name)
    return area[["geometry"]]


def _hint(*, canonical: bool) -> str:
    return INSTALL_HINT if canonical and not validator_installed() else ""


def _inputs(study: Study) -> tuple[Inputs | None, list[Notice]]:
    try:
        return read_inputs(study), []
    except ToolkitError as error:
        return None, [as_notice(error)]


def _streets(study: Study) -> tuple[StreetNetwork | None, list[Notice]]:
    """Read the streets that a study walks on, if it names any."""
    name = study.files.named.get("streets")
    if name is None:
        return None, []
    try:
        return read_streets(study.resolve(name)), []
    except ToolkitError as error:
        return None, [replace(as_notice(error), file=name)]


def _roads(study: Study) -> list[Notice]:
    """Say why the roads cannot be driven on, where the study has a car."""
    if study.car is None or study.driven is None:
        return []
    try:
        read_streets(study.resolve(study.driven), mode="drive")
    except ToolkitError as error:
        return [replace(as_notice(error), file=study.driven)]
    return []


def _chosen(
    feeds: Sequence[Feed], asked: str | dt.date, *, reason: str
) -> tuple[ChosenDate | None, list[Notice]]:
    """Take the date of a study once, for all its feeds together."""
    if isinstance(asked, dt.date):
        return ChosenDate(asked, reason), []
    if not feeds:
        return None, []
    try:
        return representative_date(feeds), []
    except ToolkitError as error:
        return None, [as_notice(error)]


def _together(
    study: Study,
    inputs: Inputs | None,
    reports: Sequence[FeedReport],
    inspections: Sequence[FeedInspection],
    chosen: ChosenDate | None,
    streets: StreetNetwork | None,
) -> tuple[tuple[PointsWithoutStop, ...], list[Notice]]:
    """Lay out the day of all feeds as a run does, and look for stops around the study's points."""
    feeds = [inspection.feed for inspection in inspections if inspection.feed is not None]
    if chosen is None or len(feeds) < len(inspections) or not all(report.usable for report in reports):
        return (), []
    laid = lay_out(feeds, chosen.date)
    if isinstance(laid, Notice):
        return (), [laid]
    if inputs is None:
        return (), []
    try:
        network = build_network(laid, study.on(chosen.date), streets=streets)
    except ToolkitError as error:
        return (), [as_notice(error)]
    return points_without_stop(network, inputs)
