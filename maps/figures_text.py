"""Text in figures: measured, wrapped and placed by the font's own widths, so that nothing overlaps or is cut.

One font, which comes with matplotlib, is used everywhere: a system's own fonts would give other bytes on other machines.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.textpath import TextToPath

MM_PER_POINT: Final = 25.4 / 72
LINE_SPACING: Final = 1.35
_KEPT: Final = 0.99
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


@lru_cache(maxsize=4)
def font(*, bold: bool = False) -> FontProperties:
    """Return the figures' font."""
    return FontProperties(fname=_path("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


def _path(name: str) -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / name


def plain(text: str) -> str:
    """Return text as it can be drawn: one line, what the font lacks shown as a replacement character."""
    spaced = "".join(" " if unicodedata.category(mark)[0] in "CZ" else mark for mark in text)
    drawn = get_font(_path("DejaVuSans.ttf"))
    return "".join(mark if drawn.get_char_index(ord(mark)) else _UNKNOWN for mark in " ".join(spaced.split()))


def width_mm(text: str, *, size: float, bold: bool = False) -> float:
    """Measure a line of text of so many points, in millimetres."""
    if not text:
        return 0.0
    points = _measure(text, bold=bold)
    return points * size / 10 * MM_PER_POINT


@lru_cache(maxsize=4096)
def _measure(text: str, *, bold: bool) -> float:
    properties = font(bold=bold).copy()
    properties.set_size(10)
    return float(TextToPath().get_text_width_height_descent(text, properties, ismath=False)[0])


def line_mm(size: float) -> float:
    """Return the height of a line of text of so many points, in millimetres."""
    return size * LINE_SPACING * MM_PER_POINT


def wrap(text: str, *, within_mm: float, size: float, bold: bool = False) -> list[str]:
    """Break text into lines that fit; a word longer than a line is broken too. No text gives no lines.

    Words are measured one by one, since texts share most of them and measuring takes most of a figure's time; the little
    that a space's neighbours draw together is made up for by a margin.
    """
    room, space = within_mm * _KEPT, width_mm(" ", size=size, bold=bold)
    lines: list[str] = []
    used = room
    for word in plain(text).split():
        wide = width_mm(word, size=size, bold=bold)
        if used + space + wide <= room:
            lines[-1] += f" {word}"
            used += space + wide
            continue
        lines.extend(_broken(word, within_mm=room, size=size, bold=bold) if wide > room else [word])
        used = width_mm(lines[-1], size=size, bold=bold)
    return lines


def _broken(word: str, *, within_mm: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for mark in word:
        if pieces[-1] and width_mm(pieces[-1] + mark, size=size, bold=bold) > within_mm:
            pieces.append("")
        pieces[-1] += mark
    return pieces


def shortened(text: str, *, within_mm: float, size: float, bold: bool = False) -> str:
    """Return text as one line that fits, its end cut off with an ellipsis where it must be."""
    whole = plain(text)
    if width_mm(whole, size=size, bold=bold) <= within_mm:
        return whole
    kept = next(
        (
            whole[:end].rstrip()
            for end in range(len(whole) - 1, 0, -1)
            if width_mm(f"{whole[:end].rstrip()}…", size=size, bold=bold) <= within_mm
        ),
        "",
    )
    return f"{kept}…"
