"""One offline map page from tables and a description of what they mean.

>>> import maps
>>> maps.write_page(maps.Page(...), "index.html")  # doctest: +SKIP
"""

from __future__ import annotations

from maps.errors import MapsError
from maps.page import build_page, write_page
from maps.palettes import diverging_ramp, ramp
from maps.spec import (
    Choropleth,
    Column,
    Fact,
    Overlay,
    Page,
    Panel,
    PanelFigure,
    PanelText,
    Table,
    Tiles,
)

__all__ = [
    "Choropleth",
    "Column",
    "Fact",
    "MapsError",
    "Overlay",
    "Page",
    "Panel",
    "PanelFigure",
    "PanelText",
    "Table",
    "Tiles",
    "build_page",
    "diverging_ramp",
    "ramp",
    "write_page",
]
