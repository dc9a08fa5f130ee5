"""Figures for reports and papers, by matplotlib: a map of one layer, ranks with their ranges, curves, bars.

Every figure is a `matplotlib.figure.Figure` made without pyplot, under a style and a font of its own. `to_png` and
`to_svg` write it without a date, so that the same tables give the same bytes.

>>> from maps import figures
>>> figures.to_png(figures.area_figure(page, "access", words=figures.Words(title="...")))  # doctest: +SKIP
"""

from __future__ import annotations

from maps.figures_bars import bars_figure
from maps.figures_curves import curves_figure
from maps.figures_legend import GridLegend
from maps.figures_map import area_figure
from maps.figures_ranges import ranges_figure
from maps.figures_sheet import Words, to_png, to_svg

__all__ = [
    "GridLegend",
    "Words",
    "area_figure",
    "bars_figure",
    "curves_figure",
    "ranges_figure",
    "to_png",
    "to_svg",
]
