"""`corridors` and `python -m corridors`: start the command line, or say what keeps it from starting."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; an installation that lacks a library is named in one sentence, not in a traceback."""
    try:
        from corridors.cli import main as run  # noqa: PLC0415 - what it imports may be missing
    except ImportError as error:
        print(  # noqa: T201 - the command line speaks here
            f"corridors: cannot start: {error}. Something of the installation is missing or another package stands in its "
            "way; install again into an environment of its own: python -m pip install --force-reinstall "
            "inclusive-growth-corridors",
            file=sys.stderr,
        )
        sys.exit(1)
    run()


if __name__ == "__main__":
    main()
