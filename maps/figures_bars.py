"""Shares as bars, each with what it rests on beside it, and the share of all to hold them against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matplotlib.patches import Rectangle

from maps.errors import MapsError
from maps.figures_ranges import width_mm_of_column
from maps.figures_sheet import (
    BODY_SIZE,
    SMALL_SIZE,
    SOFT,
    WIDTH_MM,
    Words,
    house_style,
    new_sheet,
)
from maps.figures_text import shortened
from maps.palettes import DARK_BLUE, ORANGE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_NAMES_MM: Final = 46.0
_ROW_MM: Final = 6.2
_BAR_MM: Final = 4.2
_HEAD_MM: Final = 7.0
_VALUE_MM: Final = 12.0
_BEHIND: Final = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}


def bars_figure(
    frame: pd.DataFrame,
    *,
    name: str,
    share: str,
    note: str,
    note_heading: str,
    reference: float,
    reference_label: str,
    words: Words,
    decimals: int = 1,
    width_mm: float = WIDTH_MM,
) -> Figure:
    """Draw one bar per row for a share (0 to 1), with a reference line across all.

    Parameters
    ----------
    frame
        Rows in the order they are drawn; a row without a share is said to have none.
    name, share
        Columns: what the row is called, and its share.
    note, note_heading
        Column with what the share rests on (how many areas, how many people), and the heading above it.
    reference, reference_label
        The share of all, drawn as a line, and what is written above it.
    words
        Title, subtitle and caption.
    decimals
        Decimals of the shares in per cent.
    width_mm
        Width of the figure.

    Raises
    ------
    MapsError
        When there are no rows.
    """
    if frame.empty:
        raise MapsError("There are no rows: there is nothing to draw.")
    with house_style():
        sheet = new_sheet(words, body_mm=_ROW_MM * len(frame) + _HEAD_MM, width_mm=width_mm)
        notes_mm = max(width_mm_of_column(frame[note]), width_mm_of_column([note_heading], size=SMALL_SIZE))
        left, right = _NAMES_MM + 2, sheet.width_mm - notes_mm - _VALUE_MM - 4
        most = max(float(frame[share].max(skipna=True)), reference) or 1.0
        per_mm = (right - left) / most
        for number, (title, value, said) in enumerate(
            frame[[name, share, note]].itertuples(index=False, name=None)
        ):
            y = _ROW_MM * (len(frame) - number - 0.5)
            told = value == value  # noqa: PLR0124 - false of a missing share alone
            length = value * per_mm if told else 0.0
            text = f"{value:.{decimals}%}" if told else "nobody"
            sheet.body.add_patch(
                Rectangle((left, y - _BAR_MM / 2), length, _BAR_MM, facecolor=DARK_BLUE, linewidth=0)
            )
            sheet.write(shortened(str(title), within_mm=_NAMES_MM, size=BODY_SIZE), (0, y), va="center")
            sheet.write(text, (left + length + 1.5, y), bold=told, va="center", zorder=4, bbox=_BEHIND)
            sheet.write(str(said), (sheet.width_mm, y), colour=SOFT, ha="right", va="center")
        x, top = left + reference * per_mm, _ROW_MM * len(frame)
        sheet.body.plot([x, x], [0, top + 1], color=ORANGE, linewidth=1.2, linestyle=(0, (3, 2)), zorder=3)
        sheet.write(reference_label, (x, top + 2), size=SMALL_SIZE, colour=SOFT, ha="center")
        heading = (sheet.width_mm, top + 2)
        sheet.write(note_heading, heading, size=SMALL_SIZE, colour=SOFT, ha="right")
        return sheet.figure
