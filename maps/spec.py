"""The description of a page: what is drawn, in which words and colours.

Every object is frozen and checks what it can see by itself; `maps.checks` holds it against the tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from maps.errors import MapsError
from maps.spec_columns import Column, Fact
from maps.spec_layers import Choropleth, Overlay
from maps.spec_tables import Panel, PanelFigure, PanelText, Table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "Choropleth",
    "Column",
    "Fact",
    "Overlay",
    "Page",
    "Panel",
    "PanelFigure",
    "PanelText",
    "Table",
    "Tiles",
]

_TILE_ADDRESS: Final = re.compile(r"https://(?P<host>[A-Za-z0-9.-]+(?::\d+)?)/(?P<path>[\w./{}@?=&%~-]+)")


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """Map pictures of one host, asked for by a page that is opened with a network.

    Providers refuse pages that do not say where they are: most ask for a key, and some answer nothing to a page opened
    from disk. The page stays readable without them.

    Parameters
    ----------
    url
        Address with {z}, {x} and {y}, beginning with https; no other placeholder.
    attribution
        What the provider asks to be printed on the map.
    max_zoom
        Deepest zoom the provider serves.
    """

    url: str
    attribution: str
    max_zoom: int = 19

    def __post_init__(self) -> None:
        """Refuse an address that is no template of one host."""
        found = _TILE_ADDRESS.fullmatch(self.url)
        if found is None or sorted(re.findall(r"{(.*?)}", self.url)) != ["x", "y", "z"]:
            raise MapsError(
                f"Tiles need an address such as https://host/{{z}}/{{x}}/{{y}}.png, not {self.url!r}."
            )
        if not self.attribution:
            raise MapsError(f"Tiles of {self.host} need the attribution that their provider asks for.")

    @property
    def host(self) -> str:
        """The one host that the page may ask for pictures."""
        found = _TILE_ADDRESS.fullmatch(self.url)
        return "" if found is None else found["host"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """Everything one offline map page says.

    Parameters
    ----------
    title
        The finding, as a sentence.
    eyebrow
        What the page is about, in a few words above the title: the study and its region.
    subtitle
        The definition behind the finding, in a line or two.
    areas
        Polygons in any CRS, one row per area.
    id_column, name_column
        Unique identifier of an area, and its name.
    group_column
        Column of the larger unit (district) whose outline and name form the backdrop.
    area_noun
        What the areas are called in the plural, for example "wards".
    choropleths, overlays, tables, facts
        The layers, tables and large figures; at least one choropleth.
    tooltip
        Figures shown when the reader points at an area.
    panel
        What is told of an area that is clicked, chosen in a table or found by searching.
    places
        Names to search for beside those of the areas: columns `name`, `kind` (what it is, shown beside it) and either
        `area_id` (an area's identifier) or a geometry (a point, in any CRS), row by row.
    compare
        Keys of the two choropleths that are shown first when a reader compares: on the left and on the right.
    tiles
        Pictures of streets under the areas; without them the page asks no host for anything.
    simplify_m
        Tolerance in metres by which borders are simplified, neighbours together; None chooses one that the eye cannot
        see on the whole map (a five-thousandth of its longer side), 0 leaves borders as they are.
    warn_mb
        Size of the file in megabytes above which writing it warns.
    beside
        Words and file names of pages that belong with this one, seen from where it stands: ("All stations",
        "../index.html"). They are listed under the map.
    notice
        A banner above everything, for example that the data are illustrative.
    method
        The whole definition, printed under the map as "How it was measured".
    comparison
        A published figure that readers will hold the finding against, and how far they may; printed under the facts.
    findings
        Headings and sentences that say what the tables show.
    definitions
        Terms and what they mean.
    limits
        Headings, each with its sentences: what is not modelled first, then what else a reader must bear in mind.
    sources
        Sources, licences and attributions, one sentence each.
    attribution
        A short line in the map's corner.
    run_id
        Identifier of the run the figures come from.
    lang
        Language tag of the text.
    """

    title: str
    subtitle: str
    areas: gpd.GeoDataFrame
    id_column: str
    name_column: str
    choropleths: Sequence[Choropleth]
    eyebrow: str = ""
    group_column: str | None = None
    area_noun: str = "areas"
    tooltip: Sequence[Column] = ()
    panel: Panel | None = None
    places: pd.DataFrame | None = None
    compare: tuple[str, str] | None = None
    tiles: Tiles | None = None
    simplify_m: float | None = None
    warn_mb: float = 10.0
    overlays: Sequence[Overlay] = ()
    tables: Sequence[Table] = ()
    facts: Sequence[Fact] = ()
    beside: Sequence[tuple[str, str]] = ()
    notice: str = ""
    method: str = ""
    comparison: str = ""
    findings: Sequence[tuple[str, str]] = ()
    definitions: Sequence[tuple[str, str]] = ()
    limits: Sequence[tuple[str, Sequence[str]]] = ()
    sources: Sequence[str] = ()
    attribution: str = ""
    run_id: str = ""
    lang: str = "en-GB"

    def _repr_html_(self) -> str:
        """Show the light version in a notebook: the map and its legend without the tables."""
        from maps.notebook import notebook_html  # noqa: PLC0415 -- a description must not need what draws it

        return notebook_html(self)
