"""How the command line speaks while it works: bars on a terminal, and what stands on disk after an interruption."""

from __future__ import annotations

import io
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_INTERRUPTED = 130


def report_console() -> Console:
    """Make the console for a report: names that a pipe's encoding lacks are shown as question marks, not as an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, emoji=False, markup=False)


@contextmanager
def answering(*, quiet: bool) -> Iterator[Callable[[str, float], None] | None]:
    """Draw progress while a study is answered, and say on an interruption what stands on disk."""
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        with _progress(quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        # Here, because typer would turn the interruption into a bare exit before `main` could speak.
        typer.echo("corridors: interrupted; every file in the folder for results is whole", err=True)
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, float], None] | None]:
    """Draw one bar per step on a terminal; into a file or a pipe, nothing."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        steps: dict[str, int] = {}

        def tell(step: str, share: float) -> None:
            if step not in steps:
                for earlier in steps.values():
                    bars.update(earlier, completed=1)  # type: ignore[arg-type]
                steps[step] = bars.add_task(step, total=1)
            bars.update(steps[step], completed=share)  # type: ignore[arg-type]

        yield tell
        for task in steps.values():
            bars.update(task, completed=1)  # type: ignore[arg-type]
