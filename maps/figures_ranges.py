"""Ranks as dots, their ranges as lines: what comes first, and how far that can be relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.patches import Rectangle

from maps.errors import MapsError
from maps.figures_sheet import (
    BODY_SIZE,
    LINE,
    PALE,
    SMALL_SIZE,
    SOFT,
    WIDTH_MM,
    Sheet,
    Words,
    house_style,
    new_sheet,
)
from maps.figures_text import line_mm, plain, shortened, width_mm
from maps.palettes import DARK_BLUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.figure import Figure

_BAND: Final = "#ECEFF1"
_NAMES_MM: Final = 76.0
_ROW_MM: Final = 6.2
_FOOT_MM: Final = 5.0
_HEAD_MM: Final = 8.0
_MOST_TICKS: Final = 16


def ranges_figure(
    frame: pd.DataFrame,
    *,
    name: str,
    at: str,
    low: str,
    high: str,
    note: str,
    note_heading: str,
    axis_label: str,
    words: Words,
    group: str | None = None,
    ends: tuple[str, str] = ("", ""),
    width_mm: float = WIDTH_MM,
) -> Figure:
    """Draw each row's rank as a dot and the range of its rank as a line, in the order of the rows.

    Parameters
    ----------
    frame
        One row per option; ranks are whole numbers from 1. A row without a rank is left out.
    name, at, low, high
        Columns: what the row is called, its rank, and the ends of its range.
    note, note_heading
        Column with a short text at the right of each row, and the heading above it.
    axis_label
        What dots and lines are; written below.
    words
        Title, subtitle and caption.
    group
        Column by whose values neighbours share a band; without it there are no bands.
    ends
        Words above the first and the last rank.
    width_mm
        Width of the figure.

    Raises
    ------
    MapsError
        When no row has a rank.
    """
    shown = frame[frame[at].notna()]
    if shown.empty:
        raise MapsError("No row has a rank: there is nothing to draw.")
    with house_style():
        sheet = new_sheet(words, body_mm=_FOOT_MM + _ROW_MM * len(shown) + _HEAD_MM, width_mm=width_mm)
        notes_mm = max(width_mm_of_column(shown[note]), width_mm_of_column([note_heading], size=SMALL_SIZE))
        names_mm = min(width_mm_of_column(shown[name]), _NAMES_MM)
        places = _places(int(shown[high].max()), names_mm + 6, sheet.width_mm - notes_mm - 6)
        middle = [_FOOT_MM + _ROW_MM * (place - 0.5) for place in range(len(shown), 0, -1)]
        if group is not None:
            _bands(sheet, shown[group].tolist(), middle)
        _axis(sheet, places, _FOOT_MM + _ROW_MM * len(shown), ends)
        head = sheet.height_mm - _HEAD_MM + 1.2
        sheet.write(note_heading, (sheet.width_mm, head), size=SMALL_SIZE, colour=SOFT, ha="right")
        sheet.write(axis_label, (0, 0.4), size=SMALL_SIZE, colour=SOFT)
        columns = (shown[column] for column in (name, at, low, high, note))
        for y, title, rank, least, most, said in zip(middle, *columns, strict=True):
            sheet.write(shortened(str(title), within_mm=_NAMES_MM, size=BODY_SIZE), (0, y), va="center")
            sheet.write(str(said), (sheet.width_mm, y), ha="right", va="center")
            _range(sheet, places, y, (int(least), int(rank), int(most)))
        return sheet.figure


def width_mm_of_column(
    texts: Sequence[str] | pd.Series[str], *, size: float = BODY_SIZE, bold: bool = False
) -> float:
    """Return how wide the widest of several texts is."""
    return max((width_mm(plain(str(text)), size=size, bold=bold) for text in texts), default=0.0)


def _places(worst: int, left: float, right: float) -> list[float]:
    """Place the ranks from 1 to the worst along the axis; a single one stands in the middle."""
    if worst == 1:
        return [(left + right) / 2]
    places: list[float] = np.linspace(left + 2, right - 2, worst).tolist()
    return places


def _range(sheet: Sheet, places: list[float], y: float, ranks: tuple[int, int, int]) -> None:
    least, rank, most = (places[number - 1] for number in ranks)
    sheet.body.plot([least, most], [y, y], color=PALE, linewidth=3.4, solid_capstyle="round")
    sheet.body.plot(
        rank, y, "o", color=DARK_BLUE, markersize=5.5, markeredgecolor="white", markeredgewidth=0.8
    )


def _axis(sheet: Sheet, places: list[float], top: float, ends: tuple[str, str]) -> None:
    """Draw a line for every rank; number as many as there is room for, the first and the last always."""
    last = len(places)
    every = -(-last // _MOST_TICKS)
    for number, x in enumerate(places, start=1):
        if number in (1, last) or (number % every == 0 and last - number >= every):
            sheet.body.plot([x, x], [_FOOT_MM, top], color=LINE, linewidth=0.5, zorder=0.5)
            sheet.write(f"{number}", (x, top + 1.2), size=SMALL_SIZE, colour=SOFT, ha="center")
    above = top + 1.2 + line_mm(SMALL_SIZE)
    if last > 1:
        sheet.write(ends[0], (places[0], above), size=SMALL_SIZE, colour=SOFT, ha="center")
        sheet.write(ends[1], (places[-1], above), size=SMALL_SIZE, colour=SOFT, ha="center")


def _bands(sheet: Sheet, groups: Sequence[object], middle: Sequence[float]) -> None:
    """Shade every second group of neighbours, so that what cannot be told apart is seen together."""
    shaded, before = False, object()
    for y, group in zip(middle, groups, strict=True):
        shaded = shaded if group == before else not shaded
        before = group
        if shaded:
            corner = (-1, y - _ROW_MM / 2)
            band = Rectangle(corner, sheet.width_mm + 2, _ROW_MM, facecolor=_BAND, linewidth=0, zorder=0.1)
            band.set_clip_on(False)
            sheet.body.add_patch(band)
