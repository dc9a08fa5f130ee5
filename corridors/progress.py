"""How long work tells what it is at."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the step in words and the share of that step done, 0 to 1.
Progress = Callable[[str, float], None]


def silent(step: str, share: float) -> None:
    """Tell nobody."""
