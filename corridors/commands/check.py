"""`corridors check`: judge feeds or a study before a number rests on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from accessibility.streets.streets import read_streets
from accessibility.timetables.service_date import AUTO
from corridors.check.judging import check_feeds, check_study, read_area
from corridors.check.verdict import document, plain, print_report
from corridors.console import hush, report_console
from corridors.outputs import write_text


def check(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FEED...|STUDY", help="Feeds (zip or folder), or one study file (TOML)."),
    ],
    date: Annotated[
        str | None,
        typer.Option(
            "--date",
            help="Service date to judge, YYYY-MM-DD, or auto for a representative Tuesday; by default auto, for a study its own.",
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the whole report as JSON as well.")
    ] = None,
    streets: Annotated[
        Path | None,
        typer.Option(
            "--streets", metavar="FILE", help="Walkable streets (OpenStreetMap): which stops lie off them?"
        ),
    ] = None,
    area: Annotated[
        Path | None,
        typer.Option(
            "--area",
            metavar="FILE",
            help="Polygons: which stops lie outside? For a study by default its outlines.",
        ),
    ] = None,
    canonical: Annotated[
        bool,
        typer.Option(
            "--canonical/--no-canonical", help="Validate in full with gtfs-guru, where it is installed."
        ),
    ] = True,
) -> None:
    """Judge feeds or a study before a number rests on them: spans, trips, stops, speeds, and what is wrong."""
    hush()
    is_study = [path.suffix.lower() == ".toml" for path in paths]
    if any(is_study) and len(paths) > 1:
        raise typer.BadParameter(
            "a study is checked by itself; it names its own feeds", param_hint="FEED...|STUDY"
        )
    polygons = None if area is None else read_area(area)
    walkable = None if streets is None else read_streets(streets)
    if is_study[0]:
        report = check_study(paths[0], date=date, area=polygons, streets=walkable, canonical=canonical)
    else:
        report = check_feeds(paths, date=date or AUTO, area=polygons, streets=walkable, canonical=canonical)
    print_report(report, report_console())
    if json_file is not None:
        write_text(json_file, document(report))
    if not report.passed:
        typer.echo(f"corridors: {plain(report.verdict)}", err=True)
        raise typer.Exit(1)
