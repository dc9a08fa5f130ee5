"""The sheet that every figure stands on: title, subtitle, a body measured in millimetres, caption; and how it is written out.

Figures are made without pyplot, under a style of their own, and written without dates: the same tables give the same
bytes, whatever style a notebook has set.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from maps.figures_text import font, line_mm, plain, wrap
from maps.palettes import INK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

DPI: Final = 300
WIDTH_MM: Final = 170.0
SOFT: Final = "#484F54"
LINE: Final = "#B1B4B6"
PALE: Final = "#8AA1B6"
BODY_SIZE: Final = 7.5
SMALL_SIZE: Final = 6.5
_TITLE_SIZE: Final = 11.5
_SUBTITLE_SIZE: Final = 8.0
_MARGIN_MM: Final = 3.0
_GAP_MM: Final = 2.5
_EDGE_MM: Final = 0.8
_AROUND: Final = "around"  # marks the words around the body
_MM_PER_INCH: Final = 25.4
_PATH: Final = re.compile(r' d="[^"]*"')
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}")
_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "path",  # the text is drawn, so that it looks alike where a font is missing
    "svg.hashsalt": "figure",
    "hatch.linewidth": 0.5,
    "hatch.color": "#6F777B",
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """What stands around a figure; without any the body stands alone, for a page that says it all itself.

    Attributes
    ----------
    title
        The finding, as a sentence.
    subtitle
        The definition behind it.
    caption
        Sources, caveats and the run.
    """

    title: str = ""
    subtitle: str = ""
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A figure whose body is drawn in millimetres from its lower left corner.

    Attributes
    ----------
    figure
        The matplotlib figure.
    body
        Axes over the whole body; a unit is a millimetre.
    width_mm, height_mm
        Size of the body.
    """

    figure: Figure
    body: Axes
    width_mm: float
    height_mm: float

    def write(
        self,
        text: str,
        at: tuple[float, float],
        *,
        size: float = BODY_SIZE,
        colour: str = INK,
        bold: bool = False,
        **settings: Any,  # noqa: ANN401 - matplotlib's own settings of a text
    ) -> None:
        """Write one line of text, never read as mathematics."""
        drawn = self.body.text(*at, plain(text), color=colour, parse_math=False, clip_on=False, **settings)
        drawn.set_fontproperties(font(bold=bold))
        drawn.set_fontsize(size)  # after the font, which brings its own size


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and write by matplotlib's defaults and the house's few settings, whatever the process has set."""
    with style.context(["default", _STYLE]):
        yield


def body_width_mm(width_mm: float) -> float:
    """Return how wide the body of a sheet of so many millimetres is."""
    return width_mm - 2 * _MARGIN_MM


def new_sheet(words: Words, *, body_mm: float, width_mm: float = WIDTH_MM) -> Sheet:
    """Make a sheet high enough for a body and all the words around it."""
    inner = body_width_mm(width_mm)
    title = wrap(words.title, within_mm=inner, size=_TITLE_SIZE, bold=True)
    subtitle = wrap(words.subtitle, within_mm=inner, size=_SUBTITLE_SIZE)
    caption = wrap(words.caption, within_mm=inner, size=SMALL_SIZE)
    above = len(title) * line_mm(_TITLE_SIZE) + len(subtitle) * line_mm(_SUBTITLE_SIZE)
    below = len(caption) * line_mm(SMALL_SIZE)
    bottom = _MARGIN_MM + (below + _GAP_MM if caption else 0)
    height = bottom + body_mm + (above + _GAP_MM if above else 0) + _MARGIN_MM
    figure = Figure(figsize=(width_mm / _MM_PER_INCH, height / _MM_PER_INCH))
    body = figure.add_axes((_MARGIN_MM / width_mm, bottom / height, inner / width_mm, body_mm / height))
    body.set_axis_off()
    body.set(xlim=(0, inner), ylim=(0, body_mm))
    sheet = Sheet(figure, body, inner, body_mm)
    top = height - _MARGIN_MM - bottom
    _stack(sheet, title, top, size=_TITLE_SIZE, colour=INK, bold=True)
    _stack(sheet, subtitle, top - len(title) * line_mm(_TITLE_SIZE), size=_SUBTITLE_SIZE, colour=SOFT)
    _stack(sheet, caption, -_GAP_MM, size=SMALL_SIZE, colour=SOFT)
    return sheet


def _stack(
    sheet: Sheet, lines: list[str], top_mm: float, *, size: float, colour: str, bold: bool = False
) -> None:
    """Write lines one under the other."""
    for number, line in enumerate(lines):
        at = (0, top_mm - number * line_mm(size))
        sheet.write(line, at, size=size, colour=colour, bold=bold, va="top", gid=_AROUND)


def to_png(figure: Figure, *, dpi: int = DPI) -> bytes:
    """Return a figure as PNG; the same figure gives the same bytes."""
    return _written(figure, "png", dpi=dpi, metadata={"Software": None})


def to_svg(figure: Figure, *, body_alone: bool = False) -> str:
    """Return a figure as SVG, its text drawn as shapes; the same figure gives the same text.

    Parameters
    ----------
    figure
        One of this room's figures.
    body_alone
        Leave out title, subtitle and caption, for a page that says them itself.
    """
    settings: dict[str, Any] = {"metadata": dict.fromkeys(("Creator", "Date", "Format", "Type"))}
    if not body_alone:
        drawn = _written(figure, "svg", **settings)
    else:
        around = [text for text in figure.findobj(Text) if text.get_gid() == _AROUND]
        with _hidden(around):
            drawn = _written(figure, "svg", bbox_inches=_body_box(figure), **settings)
    return _PATH.sub(lambda path: _LONG_NUMBER.sub(_two_decimals, path[0]), drawn.decode("utf-8"))


@contextmanager
def _hidden(texts: list[Text]) -> Iterator[None]:
    for text in texts:
        text.set_visible(False)
    try:
        yield
    finally:
        for text in texts:
            text.set_visible(True)


def _body_box(figure: Figure) -> Bbox:
    """Return where the body and its margins at the sides lie, in inches from the figure's lower left corner."""
    body = figure.axes[0].get_position()
    width, height = figure.get_size_inches()
    edge = _EDGE_MM / _MM_PER_INCH
    return Bbox([[0.0, body.y0 * height - edge], [width, body.y1 * height + edge]])


def _two_decimals(number: re.Match[str]) -> str:
    """A hundredth of a point is finer than any printer, and half as long to write."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _written(figure: Figure, kind: str, **settings: Any) -> bytes:  # noqa: ANN401 - matplotlib's own settings
    with house_style(), io.BytesIO() as file:
        figure.savefig(file, format=kind, **settings)
        return file.getvalue()
