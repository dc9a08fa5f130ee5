"""How the command line speaks while it works: bars on a terminal, lines in a log, JSON for a machine.

Whatever is said of progress goes to stderr, so that what a command prints can be piped on; JSON, which a machine reads
instead of that, goes to stdout.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from corridors.progress import StepClock, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tell = Callable[[str, float], None]

_INTERRUPTED = 130
_BATCH: Final = "corridors.batch"
#: What work may take before a log gets its first line: who waits for less than that needs none.
PATIENCE_S: Final = 60.0
#: Between two lines on one step in a log.
_EVERY_S: Final = 30.0
_LEAST_SHARE: Final = 0.01
_KEPT: Final = "every file in the folder for results is whole"


def report_console() -> Console:
    """Make the console for a report: names that a pipe's encoding lacks are shown as question marks, not as an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, emoji=False, markup=False)


def hush() -> None:
    """Let through to stderr what a user must know: errors, and warnings of a batch, whose outputs have no place for them.

    Other warnings stand in the outputs already; what dask says of its workers is no user's concern.
    """
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(_must_be_known)
    root.addHandler(handler)
    root.setLevel(logging.ERROR)
    logging.getLogger(_BATCH).setLevel(logging.WARNING)


def _must_be_known(record: logging.LogRecord) -> bool:
    warned = record.levelno >= logging.WARNING and record.name.startswith(_BATCH)
    return warned or record.levelno >= logging.ERROR


@contextmanager
def answering(
    *, quiet: bool, as_json: bool = False, patience_s: float = PATIENCE_S, kept: str = _KEPT
) -> Iterator[Tell | None]:
    """Tell of progress while a study is answered, and say on an interruption what stands on disk.

    Parameters
    ----------
    quiet
        Tell nothing.
    as_json
        One JSON object a line on stdout: ``step``, ``share`` and ``remaining_s``, null while it cannot be told. Without it,
        bars with the remaining time on a terminal, and anywhere else plain lines, few of them.
    patience_s
        How long the work may take before the first plain line.
    kept
        What an interruption leaves, in words.
    """
    hush()
    try:
        with _progress(quiet=quiet, as_json=as_json, patience_s=patience_s) as progress:
            yield progress
    except KeyboardInterrupt:
        # Here, because typer would turn the interruption into a bare exit before `main` could speak.
        typer.echo(f"corridors: interrupted; {kept}", err=True)
        raise typer.Exit(_INTERRUPTED) from None


@contextmanager
def _progress(*, quiet: bool, as_json: bool, patience_s: float) -> Iterator[Tell | None]:
    console = Console(stderr=True)
    if quiet:
        yield None
    elif as_json:
        yield json_lines(typer.echo)
    elif console.is_terminal:
        with _bars(console) as tell:
            yield tell
    else:
        yield plain_lines(lambda text: typer.echo(text, err=True), patience_s=patience_s)


@contextmanager
def _bars(console: Console) -> Iterator[Tell]:
    """Draw one bar per step, with the time it has taken and the time it will still take."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("still"),
        TimeRemainingColumn(),
    )
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


def json_lines(write: Callable[[str], None], *, now: Callable[[], float] = time.monotonic) -> Tell:
    """Make what tells of progress as JSON: at the beginning and the end of a step, and for every hundredth between.

    Parameters
    ----------
    write
        Takes one line without its end.
    now
        Seconds of a clock.
    """
    clock, last = StepClock(now), ("", 0.0)

    def tell(step: str, share: float) -> None:
        nonlocal last
        told = clock.told(step, share)
        if step == last[0] and share < 1 and share - last[1] < _LEAST_SHARE:
            return
        last = (step, share)
        remaining = None if told.remaining_s is None else round(told.remaining_s, 1)
        write(json.dumps({"step": step, "share": round(told.share, 4), "remaining_s": remaining}))

    return tell


def plain_lines(
    write: Callable[[str], None], *, patience_s: float, now: Callable[[], float] = time.monotonic
) -> Tell:
    """Make what tells of progress in a log: once the work has taken a while, a line for a new step and now and then one more.

    Parameters
    ----------
    write
        Takes one line without its end.
    patience_s
        What the work may take before the first line.
    now
        Seconds of a clock.
    """
    clock, began = StepClock(now), now()
    last, spoke = "", began

    def tell(step: str, share: float) -> None:
        nonlocal last, spoke
        told, time_s = clock.told(step, share), now()
        if time_s - began < patience_s or (step == last and time_s - spoke < _EVERY_S):
            return
        last, spoke = step, time_s
        remaining = f", about {in_words(told.remaining_s)} to go" if told.remaining_s else ""
        write(f"{step}: {told.share:.0%}{remaining}" if told.share else f"{step} …")

    return tell
