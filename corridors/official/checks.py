"""Whether what came is what it should be: looked at before it takes its place, and refused otherwise."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from corridors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from corridors.official.sources import Source

_EXPANDS_AT_MOST: Final = 200  # timetables shrink to a tenth; beyond this a zip is made to fill disks
_PBF: Final = b"OSMHeader"
_NAMED: Final = 3


def check_content(path: Path, source: Source, *, declared: bool) -> str:
    """Refuse a file that is not what its source promises, and return its SHA-256.

    Parameters
    ----------
    path
        The file as it came.
    source
        What it should be: its format, what it needs to hold, and its checksum where that is known.
    declared
        Whether the server said where the file ends. Where it did not, only a format that ends of itself is taken.

    Raises
    ------
    FetchError
        With what is wrong. The file is left to the caller to remove.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if source.sha256 and found != source.sha256:
        raise _refused(
            source, f"its checksum is {found[:12]}…, not {source.sha256[:12]}… as its publisher's file has"
        )
    if not path.stat().st_size:
        raise _refused(source, "it is empty")
    if not declared and source.format in ("csv", "pbf"):
        raise _refused(
            source, "its server did not say where it ends, so a part of it could not be told from the whole"
        )
    _CHECKS[source.format](path, source)
    return found


def _check_csv(path: Path, source: Source) -> None:
    headings, rows = _csv_shape(path, source)
    absent = [name for name in source.needs if name not in headings]
    if absent:
        raise _refused(source, f"it has no column {absent[0]!r} (columns: {_named(headings)})")
    if not rows:
        raise _refused(source, "it has a header and no rows")


def _check_nomis(path: Path, source: Source) -> None:
    """Check an answer of Nomis, which cuts long ones off without a word but says how many rows there are."""
    _check_csv(path, source)
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    promised = table[0].get("RECORD_COUNT") or ""
    if not promised.isdecimal() or int(promised) != len(table):
        raise _refused(
            source,
            f"it holds {len(table):,} rows and says that there are {promised or 'an unknown number of'}: it was cut off "
            "(ask for fewer districts at a time, or set NOMIS_UID)",
        )


def _check_zip(path: Path, source: Source) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > _EXPANDS_AT_MOST * path.stat().st_size:
                raise _refused(source, f"it expands to more than {_EXPANDS_AT_MOST} times its size")
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise _refused(source, f"it is no whole zip file{_beginning(path)}") from error
    if broken:
        raise _refused(source, f"its part {broken!r} is damaged")
    names = {info.filename.rsplit("/", 1)[-1].lower() for info in infos}
    absent = [name for name in source.needs if name.lower() not in names]
    if absent:
        raise _refused(source, f"it holds no {absent[0]} (files: {_named(sorted(names))})")


def _check_pbf(path: Path, source: Source) -> None:
    with path.open("rb") as file:
        if _PBF not in file.read(64):
            raise _refused(source, f"it is no OpenStreetMap extract{_beginning(path)}")


def _check_features(path: Path, source: Source) -> None:
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        properties = features[0]["properties"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _refused(source, "it holds no features") from error
    absent = [name for name in source.needs if name not in properties]
    if absent:
        raise _refused(source, f"its features have no {absent[0]!r} (they have {_named(list(properties))})")


_CHECKS: Final[dict[str, Callable[[Path, Source], None]]] = {
    "csv": _check_csv,
    "nomis": _check_nomis,
    "zip": _check_zip,
    "gtfs": _check_zip,
    "pbf": _check_pbf,
    "arcgis_table": _check_csv,
    "arcgis_points": _check_csv,
    "arcgis_polygons": _check_features,
}


def _csv_shape(path: Path, source: Source) -> tuple[list[str], int]:
    """Return the headings and the number of rows, refusing what is no table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            headings = next(rows, [])
            count = sum(1 for row in rows if row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused(source, f"it is no table of text{_beginning(path)}") from error
    return [name.strip() for name in headings], count


def _refused(source: Source, reason: str) -> FetchError:
    return FetchError(
        f"{source.name}: what came is not used, because {reason}; what it should be is described at {source.page}"
    )


def _named(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "") or "none"


def _beginning(path: Path) -> str:
    """Say how a file begins where that tells a reader what came instead."""
    with path.open("rb") as file:
        first = file.read(40)
    kinds = {
        b"PK\x03\x04": " but a zip file",
        b"%PDF": " but a PDF",
        b"{": " but JSON",
        b"<": " but XML or a web page",
    }
    return next((said for magic, said in kinds.items() if first.lstrip().startswith(magic)), "")
