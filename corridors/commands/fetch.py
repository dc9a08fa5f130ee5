"""`corridors fetch`: official data from where its publishers keep it, and a study folder of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.console import answering, report_console
from corridors.errors import FetchError
from corridors.official.fetch import fetch_sources, plan_fetch
from corridors.official.folder_text import OFFICIAL
from corridors.official.sources import choose_sources, read_catalogue, study_sources
from corridors.official.study_folder import write_study_folder
from corridors.tables.geographies import districts_of

if TYPE_CHECKING:
    from rich.console import Console

    from corridors.official.fetch import Planned
    from corridors.official.sources import Source

_UNTRIED = (
    "The catalogue's addresses were taken from publishers' pages and from public code; none was tried when it was "
    "written. What comes is checked before it is used."
)


def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Sources of the catalogue; without any, the catalogue is listed."
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Folder for the files or the study.")
    ] = None,
    study: Annotated[
        bool,
        typer.Option(
            "--study", help="Make a study folder of the files: all that a study takes, and the sources named."
        ),
    ] = False,
    geography: Annotated[
        str, typer.Option("--geography", help="Districts to fetch for, by the name of a preset.")
    ] = "seven_boroughs",
    districts: Annotated[
        str, typer.Option("--districts", metavar="CODES", help="Districts by code instead, with commas.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be fetched and from where; ask nobody.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Ask for newer editions of files that are here.")
    ] = False,
    catalogue: Annotated[
        Path | None, typer.Option("--catalogue", metavar="FILE", help="A catalogue of your own (TOML).")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but the path of the folder.")
    ] = False,
) -> None:
    """Fetch official data, each file checked and recorded; with --study as a folder that is ready to run."""
    known = read_catalogue(catalogue)
    console = report_console()
    if not names and not study:
        _list(known, console)
        return
    if to is None:
        raise typer.BadParameter("name the folder for the files", param_hint="--to")
    codes = _codes(districts) or districts_of(geography)["district_code"].tolist()
    chosen = study_sources(known, named=names or ()) if study else choose_sources(known, names or ())
    folder = to / OFFICIAL if study else to
    if dry_run:
        _tell(plan_fetch(chosen, to=folder, districts=codes), folder, console)
        return
    # What a study can do without does not keep it from being made.
    spared = {source.name for source in chosen if study and source.study == "wanted"} - set(names or ())
    with answering(quiet=quiet) as progress:
        for source in chosen:
            try:
                (record,) = fetch_sources(
                    [source], to=folder, districts=codes, again=again, progress=progress
                )
            except FetchError as error:
                if source.name not in spared:
                    raise
                typer.echo(f"corridors: the study is made without {error}", err=True)
            else:
                _say(console, f"{record.name}: {record.file}, of {record.fetched_on}", quiet=quiet)
    made = write_study_folder(to, districts=codes) if study else None
    for note in made.notes if made else ():
        _say(console, f"- {note}", quiet=quiet)
    _line(console, str((made.study if made else folder).resolve()))


def _codes(districts: str) -> list[str]:
    return list(dict.fromkeys(code.strip() for code in districts.split(",") if code.strip()))


def _say(console: Console, text: str, *, quiet: bool) -> None:
    if not quiet:
        _line(console, text)


def _line(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)


def _list(known: dict[str, Source], console: Console) -> None:
    width = max(map(len, known))
    for source in known.values():
        marks = {"needed": "  [study]", "wanted": "  [study, may be left out]", "no": ""}[source.study]
        _line(console, f"{source.name:<{width}}  {source.title}{marks}")
    _line(console, f"\n{_UNTRIED}\n`corridors fetch NAME... --to DIR --dry-run` says more of each.")


def _tell(plans: list[Planned], folder: Path, console: Console) -> None:
    for plan in plans:
        source = plan.source
        _line(console, f"{source.name}: {plan.state}")
        lines = {
            "what": f"{source.title}; {source.publisher}",
            "edition": source.vintage,
            "licence": source.licence,
            "from": plan.address,
            "verified": f"seen in use in {source.seen}; not tried here"
            if source.verified
            else f"no; date unknown; {source.seen}",
            "to": str(folder / source.file),
            "at most": f"{source.max_mb:,g} MB",
            "checksum": _checksum(source),
            "key": _key(plan),
            "note": source.note,
        }
        for word, text in lines.items():
            if text:
                _line(console, f"  {word:<9} {text}")
    _line(console, f"\n{_UNTRIED}")


def _checksum(source: Source) -> str:
    if source.sha256:
        return f"must be {source.sha256}"
    if source.content == "fixed":
        return "recorded at the first fetch, and held to from then on"
    return "recorded at each fetch, as new editions take this one's place"


def _key(plan: Planned) -> str:
    variables = [*plan.source.query_keys.values(), *plan.source.header_keys.values()]
    if not variables:
        return ""
    word = "may be given" if plan.source.optional_keys else "needed"
    told = [f"{name} ({'not set' if name in plan.keys_missing else 'set'})" for name in variables]
    return f"{word} in the environment: {', '.join(told)}"
