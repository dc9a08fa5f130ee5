"""`corridors verify`: are results what their manifest says, and do the inputs give them again?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.console import answering
from corridors.verify import verify_folder

if TYPE_CHECKING:
    from corridors.verify import Verification

_NOT_FOUND = (
    "What hashes cannot tell: a folder whose inputs, results and manifest were all replaced together. "
    "Whoever noted the seal when the results were handed over can tell that too."
)


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of results.")],
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="FILE", help="Where the study file stands now, if it was moved."),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file", metavar="PART=FILE", help="Where a file stands now that the study does not name."
        ),
    ] = None,
    rerun: Annotated[
        bool,
        typer.Option("--rerun", help="Compute the results again as well, and compare them byte by byte."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what differs.")] = False,
) -> None:
    """Hold results against their manifest: name every input and output that is not what it was."""
    brought = dict(_part_and_path(text) for text in file or [])
    with answering(quiet=quiet) as progress:
        found = verify_folder(folder, study=study, brought=brought, rerun=rerun, progress=progress)
    for each in found:
        for line in _told(each, quiet=quiet):
            typer.echo(line)
    differing = sum(len(each.differences) for each in found)
    if differing:
        noun = "thing is" if differing == 1 else "things are"
        typer.echo(f"corridors: {folder}: {differing} {noun} not as the manifest says", err=True)
        raise typer.Exit(1)
    if not quiet:
        typer.echo(_NOT_FOUND)


def _part_and_path(text: str) -> tuple[str, Path]:
    part, separator, path = text.partition("=")
    if not (part and separator and path):
        raise typer.BadParameter(f"{text!r} is not PART=FILE", param_hint="--file")
    return part, Path(path)


def _told(found: Verification, *, quiet: bool) -> list[str]:
    """Put a verification into lines."""
    differences = [f"  {each.kind}: {each.name} {each.how}" for each in found.differences]
    if quiet:
        return differences
    again = "; computed again" if found.rerun else ""
    verdict = "as written" if found.passed else f"differences: {len(found.differences)}"
    return [
        f"{found.manifest}: corridors {found.command}, run {found.run_id}",
        f"  {found.inputs} inputs ({found.study or 'study not found'}) and {found.outputs} outputs hashed{again}: {verdict}",
        *differences,
        *(f"  note: {note}" for note in found.notes),
        f"  seal {found.seal}",
    ]
