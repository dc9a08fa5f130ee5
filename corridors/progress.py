"""How long work tells what it is at, and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

#: Called with the step in words and the share of that step done, 0 to 1.
Progress = Callable[[str, float], None]


def silent(step: str, share: float) -> None:
    """Tell nobody."""


class Told(NamedTuple):
    """A step, the share of it that is done, and the seconds it will still take, None while that cannot be told."""

    step: str
    share: float
    remaining_s: float | None


class StepClock:
    """Tells how long the step under way will still take, by how long its share has taken so far."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin without a step."""
        self._now = now
        self._step: str | None = None
        self._began, self._first = 0.0, 0.0

    def told(self, step: str, share: float) -> Told:
        """Take note of a share, and say what remains.

        What was done before the step was first told of is not counted as having taken no time: a batch that goes on where it
        was stopped begins in the middle.
        """
        share = min(max(share, 0.0), 1.0)
        if step != self._step:
            self._step, self._began, self._first = step, self._now(), share
        done = share - self._first
        if share >= 1:
            return Told(step, share, 0.0)
        if done <= 0:
            return Told(step, share, None)
        return Told(step, share, (self._now() - self._began) * (1 - share) / done)


def in_words(seconds: float) -> str:
    """Say a length of time as one reads it on a log: 40 s, 3 min, 2 h 5 min."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
