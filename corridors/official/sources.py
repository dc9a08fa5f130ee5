"""Where official data comes from: the catalogue of sources that `corridors fetch` asks.

The catalogue is a TOML file, so that a source is added or an address corrected without a line of code. No address in it
has been tried by this project, which is built and tested without a network; each says how it was come by.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corridors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CATALOGUE = Path(__file__).resolve().parent.parent / "register" / "official_sources.toml"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PLACEHOLDER = re.compile(r"\{(in_districts|nomis:(TYPE\d+))\}")
_DISTRICT = re.compile(r"[EW]\d{8}")
# Parameters that hold a key where they are seen: it belongs into the environment, not into a file that is passed on.
_SECRETS = ("key", "token", "secret", "password", "uid", "app_id")
Format = Literal[
    "csv", "nomis", "zip", "gtfs", "pbf", "arcgis_table", "arcgis_points", "arcgis_polygons"
]  # fmt: skip


class Source(BaseModel):
    """One file of a publisher: what it is, where it is asked for, and what the answer must hold.

    Attributes
    ----------
    name, title, publisher, licence, vintage, page
        What it is, in words; ``page`` is where a person looks it up.
    address
        Where it is asked for, without keys; see `Source.url`.
    file
        The name it is kept under, whatever its publisher calls it.
    format
        How the answer is checked, and for the feature services of ArcGIS how its pages are put together.
    content
        ``fixed`` when the publisher does not change the file; ``moving`` when new editions take its place.
    needs
        Columns or files that the answer must hold.
    max_mb
        Where an answer is cut off as one that cannot be right, in megabytes.
    verified, seen
        Whether the address was seen in use as it stands, and where; nobody here has tried it.
    study
        Whether a study folder needs it, wants it, or does without.
    overlaps
        Sources that hold the same again, of which a study takes one.
    redirect_hosts
        Other hosts that the publisher's server may send on to; no key goes with it.
    query_keys, header_keys
        The environment variable that holds the value of a parameter or a header.
    optional_keys
        Whether the source answers without them.
    """

    # A key that stands in the wrong place must not be quoted by an error.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: str
    publisher: str
    licence: str
    vintage: str
    page: str
    address: str
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
    format: Format
    content: Literal["fixed", "moving"]
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    needs: tuple[str, ...] = ()
    max_mb: Annotated[float, Field(gt=0)]
    verified: bool
    seen: str
    study: Literal["needed", "wanted", "no"] = "no"
    overlaps: tuple[str, ...] = ()
    redirect_hosts: tuple[str, ...] = ()
    query_keys: dict[str, str] = {}
    header_keys: dict[str, str] = {}
    optional_keys: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _safe_address(self) -> Self:
        parts = urlsplit(self.address)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError(f"the address of {self.name!r} must begin with https://")
        if parts.username or parts.password:
            raise ValueError(
                f"the address of {self.name!r} holds a user or a password: keep it out of the file"
            )
        for parameter, _ in parse_qsl(parts.query):
            if any(word in parameter.lower() for word in _SECRETS):
                raise ValueError(
                    f"the address of {self.name!r} holds {parameter!r}: name an environment variable in query_keys instead"
                )
        return self

    @property
    def max_bytes(self) -> int:
        """Where an answer is cut off."""
        return int(self.max_mb * 1_000_000)

    @property
    def by_district(self) -> bool:
        """Whether the source is asked for certain districts only."""
        return _PLACEHOLDER.search(self.address) is not None

    def url(self, districts: Sequence[str] = ()) -> str:
        """Return the address with the districts filled in, and without any key.

        Raises
        ------
        FetchError
            When the source is asked for by district and none is named, or a code is none of England or Wales.
        """
        wrong = [code for code in districts if not _DISTRICT.fullmatch(code)]
        if wrong:
            raise FetchError(f"{wrong[0]!r} is no code of a district of England or Wales, such as E08000025")
        if self.by_district and not districts:
            raise FetchError(f"{self.name} is fetched for certain districts: name them")

        def filled(found: re.Match[str]) -> str:
            if found[2]:
                return ",".join(f"{code}{found[2]}" for code in districts)
            return ",".join(f"'{code}'" for code in districts)

        return _PLACEHOLDER.sub(filled, self.address)


def read_catalogue(path: str | Path | None = None) -> dict[str, Source]:
    """Read a catalogue of sources.

    Parameters
    ----------
    path
        A TOML file of ``[[source]]`` tables; None for the one that comes with the toolkit.

    Returns
    -------
        The sources by name, in the file's order.

    Raises
    ------
    FetchError
        When the file is missing or no TOML, a table lacks a key or holds an unknown one, an address is not safe, or two
        sources have one name or one file.
    """
    path = _CATALOGUE if path is None else Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FetchError(f"{path}: there is no such catalogue of sources") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FetchError(f"{path.name}: is not valid TOML: {str(error).rstrip('.')}") from error
    tables = raw.get("source", [])
    if not isinstance(tables, list) or not tables:
        raise FetchError(f"{path.name}: holds no [[source]]")
    sources = [_source(table, number, path.name) for number, table in enumerate(tables, start=1)]
    for what in ("name", "file"):
        found = [str(getattr(source, what)) for source in sources]
        twice = next((value for value in found if found.count(value) > 1), None)
        if twice:
            raise FetchError(f"{path.name}: two sources have the {what} {twice!r}")
    return {source.name: source for source in sources}


def _source(table: object, number: int, file: str) -> Source:
    try:
        return Source.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        name = table.get("name", number) if isinstance(table, dict) else number
        raise FetchError(
            f"{file}, source {name}: {f'{where}: ' if where else ''}{first['msg'].removeprefix('Value error, ')}"
        ) from error


def choose_sources(catalogue: dict[str, Source], names: Iterable[str]) -> list[Source]:
    """Return the named sources, each once, in the order they were named.

    Raises
    ------
    FetchError
        When there is no such source; the message names one like it.
    """
    chosen = []
    for name in dict.fromkeys(names):
        if name not in catalogue:
            near = difflib.get_close_matches(name, catalogue, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(catalogue)}"
            raise FetchError(f"there is no source {name!r}; {hint}")
        chosen.append(catalogue[name])
    return chosen


def study_sources(catalogue: dict[str, Source], *, named: Iterable[str] = ()) -> list[Source]:
    """Return the sources that a study folder is made of: what it needs and wants, and those named besides.

    Parameters
    ----------
    catalogue
        The sources there are.
    named
        Further ones. A source that a named one overlaps with gives way to it.

    Returns
    -------
        First what it needs, then what it wants, each in the catalogue's order, and the named ones last.
    """
    extra = choose_sources(catalogue, named)
    hidden = {other for source in extra for other in source.overlaps}
    usual = [source for source in catalogue.values() if source.name not in hidden and source not in extra]
    return [
        *(source for source in usual if source.study == "needed"),
        *(source for source in usual if source.study == "wanted"),
        *extra,
    ]
