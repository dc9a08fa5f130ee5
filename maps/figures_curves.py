"""Shares as curves, one of them and one of its points picked out: a headline as one point of what it is taken from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from maps.errors import MapsError
from maps.figures_ranges import width_mm_of_column
from maps.figures_sheet import (
    BODY_SIZE,
    LINE,
    PALE,
    SMALL_SIZE,
    SOFT,
    WIDTH_MM,
    Sheet,
    Words,
    body_width_mm,
    house_style,
    new_sheet,
)
from maps.figures_text import line_mm
from maps.palettes import DARK_BLUE, ORANGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_LEFT_MM: Final = 10.0
_FOOT_MM: Final = 9.0
_HEAD_MM: Final = 7.0


@dataclass(frozen=True)
class _Plot:
    """Where a value stands in the body."""

    x: tuple[float, float]
    left: float
    right: float
    foot: float
    top: float

    def at(self, value: float, share: float) -> tuple[float, float]:
        low, high = self.x
        across = (value - low) / (high - low) if high > low else 0.5
        return self.left + across * (self.right - self.left), self.foot + share * (self.top - self.foot)


def curves_figure(
    frame: pd.DataFrame,
    *,
    x: str,
    share: str,
    series: str,
    labels: Mapping[int, str],
    highlight: int,
    marked_x: float,
    marked_label: str,
    x_label: str,
    share_label: str,
    words: Words,
    width_mm: float = WIDTH_MM,
    body_mm: float = 76.0,
) -> Figure:
    """Draw shares (0 to 1) as one curve per series, one curve and one of its points picked out.

    Parameters
    ----------
    frame
        One row per series and value of `x`.
    x, share, series
        Columns: where, how much, and which curve.
    labels
        The curves to draw, by their value in `series`, each with what is written at its right end.
    highlight
        The curve that is picked out.
    marked_x, marked_label
        Where that curve has its point marked, and what is written beside it.
    x_label, share_label
        What the axes are.
    words
        Title, subtitle and caption.
    width_mm, body_mm
        Width of the figure, height of its body.

    Raises
    ------
    MapsError
        When no curve has a point.
    """
    shown = frame[frame[series].isin(labels)].sort_values([series, x])
    if shown.empty:
        raise MapsError("No curve has a point: there is nothing to draw.")
    right = body_width_mm(width_mm) - width_mm_of_column(list(labels.values()), bold=True) - 3
    plot = _Plot(
        (float(shown[x].min()), float(shown[x].max())), _LEFT_MM, right, _FOOT_MM, body_mm - _HEAD_MM
    )
    with house_style():
        sheet = new_sheet(words, body_mm=body_mm, width_mm=width_mm)
        _grid(sheet, plot, sorted(shown[x].unique().tolist()))
        ends: dict[int, float] = {}
        for key in sorted(set(shown[series])):
            part = shown[shown[series] == key]
            points = [plot.at(*point) for point in part[[x, share]].itertuples(index=False, name=None)]
            own = key == highlight
            sheet.body.plot(
                *zip(*points, strict=True),
                color=DARK_BLUE if own else PALE,
                linewidth=2.4 if own else 1.1,
                zorder=3 if own else 2,
            )
            ends[key] = points[-1][1]
        for key, y in _apart(ends, line_mm(BODY_SIZE)).items():
            own = key == highlight
            colour = DARK_BLUE if own else SOFT
            sheet.write(labels[key], (right + 2, y), colour=colour, bold=own, va="center")
        marked = shown[(shown[series] == highlight) & (shown[x] == marked_x)]
        for value, height in marked[[x, share]].itertuples(index=False, name=None):
            _mark(sheet, plot, (value, height), marked_label)
        sheet.write(x_label, ((_LEFT_MM + right) / 2, 0.4), size=SMALL_SIZE, colour=SOFT, ha="center")
        sheet.write(share_label, (0, body_mm - 3), size=SMALL_SIZE, colour=SOFT)
        return sheet.figure


def _grid(sheet: Sheet, plot: _Plot, steps: list[float]) -> None:
    for share in _SHARES:
        y = plot.at(plot.x[0], share)[1]
        sheet.body.plot([plot.left, plot.right], [y, y], color=LINE, linewidth=0.5, zorder=1)
        sheet.write(
            f"{share:.0%}", (plot.left - 1.5, y), size=SMALL_SIZE, colour=SOFT, ha="right", va="center"
        )
    for step in steps:
        at = (plot.at(step, 0)[0], plot.foot - 1.2)
        sheet.write(f"{step:g}", at, size=SMALL_SIZE, colour=SOFT, ha="center", va="top")


def _mark(sheet: Sheet, plot: _Plot, point: tuple[float, float], label: str) -> None:
    """Mark a point, a line down to its place on the axis, and write its label where the curves leave room: above left."""
    x, y = plot.at(*point)
    sheet.body.plot([x, x], [plot.foot, y], color=ORANGE, linewidth=0.9, linestyle=(0, (3, 2)), zorder=2.5)
    sheet.body.plot(
        x, y, "o", color=ORANGE, markersize=6.5, markeredgecolor="white", markeredgewidth=1, zorder=4
    )
    side = -2.2 if x > (plot.left + plot.right) / 3 else 2.2
    box = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    sheet.write(label, (x + side, y + 2.2), bold=True, ha="right" if side < 0 else "left", zorder=4, bbox=box)


def _apart(places: Mapping[int, float], least: float) -> dict[int, float]:
    """Move labels so far apart that they can be read, keeping their order; as little as the lowest allows."""
    moved: dict[int, float] = {}
    floor = -float("inf")
    for key in sorted(places, key=lambda key: (places[key], -key)):
        floor = max(places[key], floor + least)
        moved[key] = floor
    return moved
