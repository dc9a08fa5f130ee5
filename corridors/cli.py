"""The command line: its words, and how it ends when something is not right."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from accessibility._version import __version__
from corridors.commands.batch import batch
from corridors.commands.check import check
from corridors.commands.doctor import doctor
from corridors.commands.fetch import fetch
from corridors.commands.otp4gb import otp4gb
from corridors.commands.run import run
from corridors.commands.schemes import schemes
from corridors.commands.search import search
from corridors.commands.verify import verify
from corridors.errors import ToolkitError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
for command in (run, batch, schemes, search, check, verify, otp4gb, fetch, doctor):
    app.command()(command)


def main() -> None:
    """Run the command line; what is not right is one sentence on stderr and exit code 1."""
    try:
        app()
    except ToolkitError as error:
        print(f"corridors: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks here
        sys.exit(1)


@app.callback(invoke_without_command=True)
def corridors(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Where public transport, deprivation and jobs meet."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
