"""`corridors` and `python -m corridors`: start the command line, or say what keeps it from starting."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run the command line; an installation that lacks a library is named in one sentence, not in a traceback."""
    try:
        run = _command_line()
    except ImportError as error:
        print(  # noqa: T201 - the command line speaks here
            f"corridors: cannot start: {error}. Something of the installation is missing or another package stands in its "
            "way; `corridors doctor` says what; or install again into an environment of its own: "
            "python -m pip install --force-reinstall inclusive-growth-corridors",
            file=sys.stderr,
        )
        sys.exit(1)
    run()


def _command_line() -> Callable[[], None]:
    """Give the whole command line, or the doctor alone, who needs less than those who work, where that is what is asked."""
    if sys.argv[1:2] == ["doctor"]:
        import typer  # noqa: PLC0415

        from corridors.commands.doctor import doctor  # noqa: PLC0415

        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command("doctor")(doctor)
        # With a callback typer keeps the word of the command, though there is but one.
        app.callback()(lambda: None)
        return app
    from corridors.cli import main as run  # noqa: PLC0415 - what it imports may be missing

    return run


if __name__ == "__main__":
    main()
