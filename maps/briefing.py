"""A document of a few pages for reading and printing, in which every figure names the cell that it is printed from.

It needs no script, no font and no other file; it opens offline and prints on A4. What it says is handed over as text and
`Traced` pieces; this room knows how they stand on paper, not what they mean.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from importlib import resources
from typing import Final, TypeAlias

import jinja2
from markupsafe import Markup

from maps.errors import MapsError


@dataclass(frozen=True)
class Traced:
    """A figure or a text as it is printed, and the cell of a file that it comes from.

    Parameters
    ----------
    text
        As printed.
    source
        Name of the file.
    row, column
        Where in the file: how the row is found, and the column.
    value
        What the cell holds, for a figure; a text stands for itself.
    form
        How the text is made from the value, as whoever holds one against the other must know.
    """

    text: str
    _: KW_ONLY
    source: str
    row: str
    column: str
    value: str | None = None
    form: str = ""

    @property
    def told(self) -> str:
        """Where it comes from, in words."""
        return ", ".join(filter(None, (self.source, self.row, self.column)))


Piece: TypeAlias = str | Traced
#: Text, some of it traced.
Prose: TypeAlias = str | Traced | Sequence[Piece]


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph; `small` for what is read only when it is looked for."""

    text: Prose
    small: bool = False


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """A list of short sentences."""

    items: Sequence[Prose]
    small: bool = False


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table; the first cell of a row heads it.

    Attributes
    ----------
    title
        What the table shows.
    headings
        One per column.
    rows
        Cells, as many as there are headings.
    numbers
        Columns set flush right, counted from 0.
    caption
        How to read it; below the table.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Prose]]
    numbers: Sequence[int] = ()
    caption: Prose = ""

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the headings."""
        for row in self.rows:
            if len(row) != len(self.headings):
                raise MapsError(
                    f"The table {self.title!r} has {len(self.headings)} columns but a row of {len(row)} cells."
                )


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing.

    Attributes
    ----------
    svg
        The drawing itself.
    alternative
        What it shows, for who does not see it.
    caption
        Below it.
    width
        Share of the page's width, 0 to 1.
    """

    svg: str
    alternative: str
    caption: Prose = ""
    width: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Blocks side by side where there is room, one under the other where there is not."""

    blocks: Sequence[Block]


Block: TypeAlias = "Paragraph | Bullets | Grid | Picture | Columns"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    heading: Prose
    blocks: Sequence[Block]


@dataclass(frozen=True, kw_only=True)
class Briefing:
    """Everything a briefing says.

    Attributes
    ----------
    title
        The finding, as a sentence.
    eyebrow
        What the briefing is about.
    subtitle
        The definition behind the finding.
    notice
        A banner above all else, for example that the data are illustrative.
    facts
        A few figures in large type, each with a line that says what it is.
    sections
        In order.
    closing
        Last lines: how figures are traced, and the run.
    lang
        Language tag of the text.
    """

    title: Prose
    eyebrow: Prose = ""
    subtitle: Prose = ""
    notice: Prose = ""
    facts: Sequence[tuple[Traced, Prose]] = ()
    sections: Sequence[Section] = ()
    closing: Sequence[Prose] = ()
    lang: str = "en-GB"


def build_briefing(briefing: Briefing) -> str:
    """Build the briefing as one HTML document without a reference to any other file or host.

    Returns
    -------
        HTML; the same description gives the same bytes. All text is escaped, and a Content-Security-Policy in the
        document allows neither a script nor a request.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("maps", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"pieces": pieces, "bare": plain_text, "inline": _data_uri}
    environment.tests["traced"] = lambda piece: isinstance(piece, Traced)
    style = (resources.files("maps") / "templates" / "briefing.css").read_text(encoding="utf-8")
    return environment.get_template("briefing.html").render(
        briefing=briefing,
        style=Markup(style.replace("\r\n", "\n")),  # noqa: S704 -- our own file
        kinds={
            Paragraph: "paragraph",
            Bullets: "bullets",
            Grid: "grid",
            Picture: "picture",
            Columns: "columns",
        },
    )


def pieces(prose: Prose) -> tuple[Piece, ...]:
    """Take prose apart into its pieces."""
    return (prose,) if isinstance(prose, (str, Traced)) else tuple(prose)


def plain_text(prose: Prose) -> str:
    """Return prose as bare text."""
    return "".join(piece.text if isinstance(piece, Traced) else piece for piece in pieces(prose))


_SVG: Final = "data:image/svg+xml;base64,"


def _data_uri(svg: str) -> str:
    """Give a drawing as an address that holds it whole; its identifiers then cannot meet those of another."""
    return _SVG + base64.b64encode(svg.encode("utf-8")).decode("ascii")
