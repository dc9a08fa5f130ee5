"""The legend of a map for paper: classes with their colours, words and counts, and what is drawn over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from matplotlib.patches import Rectangle

from maps.figures_sheet import SMALL_SIZE, SOFT, Sheet
from maps.figures_text import line_mm, wrap
from maps.palettes import INK, contrast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maps.legend import Legend
    from maps.spec import Overlay

BODY: Final = 7.0
HATCH: Final = "//////"
EDGE: Final = "#6F777B"
_PAPER: Final = "#FFFFFF"
#: Points of line or radius on paper for a pixel on the screen.
POINTS_PER_PIXEL: Final = 0.5
MARKS: Final = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^"}
_SWATCH_MM: Final = 6.5
_ROW_MM: Final = 4.6
_CELL_MM: Final = 9.0
_GAP_MM: Final = 2.2


@dataclass(frozen=True, kw_only=True)
class GridLegend:
    """Classes of two things at once, set out as a square rather than a list.

    Attributes
    ----------
    columns
        How many classes stand side by side; the classes fill the rows in their order.
    across, down
        What grows from left to right, and from top to bottom.
    """

    columns: int
    across: str
    down: str


@dataclass
class _Pen:
    """Where the next line of the legend is written."""

    sheet: Sheet
    left: float
    y: float

    @property
    def room(self) -> float:
        return self.sheet.width_mm - self.left

    def text(self, text: str, *, size: float = BODY, bold: bool = False, colour: str = SOFT) -> None:
        for line in wrap(text, within_mm=self.room, size=size, bold=bold):
            self.y -= line_mm(size)
            self.sheet.write(line, (self.left, self.y), size=size, bold=bold, colour=colour)

    def right(self, text: str, y: float, *, size: float = BODY) -> None:
        self.sheet.write(text, (self.sheet.width_mm, y), size=size, ha="right", va="center", colour=SOFT)


def write_legend(
    sheet: Sheet,
    legend: Legend,
    overlays: Sequence[Overlay],
    *,
    left_mm: float,
    area_noun: str,
    grid: GridLegend | None = None,
) -> float:
    """Write the legend from the top of the sheet's right side, and return how low it came, in millimetres."""
    pen = _Pen(sheet, left_mm, sheet.height_mm)
    unit = f" ({legend.layer.unit})" if legend.layer.unit and legend.layer.unit != "%" else ""
    pen.text(f"{legend.layer.title}{unit}", bold=True, colour=INK)
    if grid is None:
        _list(pen, legend, area_noun)
    else:
        _grid(pen, legend, grid, area_noun)
    pen.y -= _GAP_MM
    for overlay in overlays:
        _overlay(pen, overlay)
    return pen.y


def _list(pen: _Pen, legend: Legend, area_noun: str) -> None:
    pen.y -= line_mm(SMALL_SIZE)
    pen.right(area_noun.capitalize(), pen.y + 1, size=SMALL_SIZE)
    for row in legend.rows:
        _row(pen, row.label, row.count, facecolor=row.colour)
    _row(pen, legend.layer.no_data_label, legend.no_data, facecolor=_PAPER, hatch=HATCH)


def _row(pen: _Pen, label: str, count: int, **fill: Any) -> None:  # noqa: ANN401 - matplotlib's own settings
    lines = wrap(label, within_mm=pen.room - _SWATCH_MM - 10, size=BODY)
    pen.y -= _ROW_MM
    y = pen.y + _ROW_MM / 2
    _swatch(pen, (pen.left, y - 1.5), (_SWATCH_MM - 1.5, 3.0), **fill)
    pen.right(f"{count:,}", y)
    for number, line in enumerate(lines):
        pen.sheet.write(line, (pen.left + _SWATCH_MM, y - number * line_mm(BODY)), size=BODY, va="center")
    pen.y -= max(len(lines) - 1, 0) * line_mm(BODY)


def _swatch(pen: _Pen, corner: tuple[float, float], size: tuple[float, float], **fill: Any) -> None:  # noqa: ANN401
    patch = Rectangle(corner, *size, edgecolor=EDGE, linewidth=0.5, **fill)
    patch.set_clip_on(False)
    pen.sheet.body.add_patch(patch)


def _grid(pen: _Pen, legend: Legend, grid: GridLegend, area_noun: str) -> None:
    """Set the classes out as a square, each with its count; black or white figures, whichever stands out."""
    pen.y -= 1
    pen.text(f"Across: {grid.across}", size=SMALL_SIZE)
    pen.text(f"Down: {grid.down}", size=SMALL_SIZE)
    pen.text(f"Figures: {area_noun}", size=SMALL_SIZE)
    pen.y -= 1.5
    wide = min(_CELL_MM * 1.5, pen.room / grid.columns)
    for place, row in enumerate(legend.rows):
        down, across = divmod(place, grid.columns)
        corner = (pen.left + across * wide, pen.y - (down + 1) * _CELL_MM)
        _swatch(pen, corner, (wide, _CELL_MM), facecolor=row.colour)
        centre = (corner[0] + wide / 2, corner[1] + _CELL_MM / 2)
        colour = max((_PAPER, INK), key=partial(contrast, row.colour))
        pen.sheet.write(f"{row.count:,}", centre, size=BODY, ha="center", va="center", colour=colour)
    pen.y -= -(-len(legend.rows) // grid.columns) * _CELL_MM + 1
    if legend.no_data:
        _row(pen, legend.layer.no_data_label, legend.no_data, facecolor=_PAPER, hatch=HATCH)


def _overlay(pen: _Pen, overlay: Overlay) -> None:
    lines = wrap(overlay.title, within_mm=pen.room - _SWATCH_MM, size=BODY)
    pen.y -= _ROW_MM
    y, middle = pen.y + _ROW_MM / 2, pen.left + (_SWATCH_MM - 1.5) / 2
    body = pen.sheet.body
    if overlay.kind == "point":
        body.plot(middle, y, MARKS[overlay.shape], color=overlay.colour, markersize=5, clip_on=False)
    elif overlay.kind == "line":
        width = max(overlay.size * POINTS_PER_PIXEL, 0.8)
        ends = [pen.left, pen.left + _SWATCH_MM - 1.5]
        body.plot(ends, [y, y], color=overlay.colour, linewidth=width, clip_on=False)
    else:
        fill = {"facecolor": "none", "hatch": HATCH if overlay.fill == "hatch" else None}
        _swatch(pen, (pen.left, y - 1.5), (_SWATCH_MM - 1.5, 3.0), **fill)
    for number, line in enumerate(lines):
        pen.sheet.write(line, (pen.left + _SWATCH_MM, y - number * line_mm(BODY)), size=BODY, va="center")
    pen.y -= max(len(lines) - 1, 0) * line_mm(BODY)
