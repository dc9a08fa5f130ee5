"""`corridors doctor`: can this machine run the toolkit, and if not, what to do?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from corridors.console import report_console
from corridors.doctor import document, examine

_MARKS = {"fine": "  ok    ", "note": "  note  ", "warning": "! look  ", "stop": "X stop  "}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder that results would be written to.")
    ] = Path(),
) -> None:
    """Look at what a run rests on: versions, clashes of names, compiler, coordinates, caches, disk, encoding."""
    findings = examine(out=out)
    stopping = sum(finding.state == "stop" for finding in findings)
    if as_json:
        typer.echo(json.dumps(document(findings), indent=2, ensure_ascii=True))
    else:
        console = report_console()
        for finding in findings:
            console.print(f"{_MARKS[finding.state]}{finding.check}: {finding.found}", soft_wrap=True)
            if finding.do:
                console.print(f"          {finding.do}", soft_wrap=True)
    if stopping:
        noun = "finding" if stopping == 1 else "findings"
        typer.echo(f"corridors: {stopping} {noun} will stop a run; see above for what to do", err=True)
        raise typer.Exit(1)
