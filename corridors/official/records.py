"""What is known of fetched files: the record beside them, and the cache they come by.

The record holds no key: an address is written down without, and what a server says of its file is looked through.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from accessibility.cache_place import cache_folder
from corridors.errors import FetchError
from corridors.outputs import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from corridors.official.sources import Source

RECORDS: Final = "fetched.json"


@dataclass(frozen=True)
class Fetched:
    """What is known of one file that was fetched; this is what `RECORDS` holds.

    Attributes
    ----------
    name, title, publisher, licence, vintage
        The source, as the catalogue has it.
    address
        Where it was asked for, without keys.
    verified
        Whether the catalogue vouches for the address.
    file, format, size, sha256
        The file beside the record, what it is read as, its bytes and their checksum.
    fetched_on
        The day, as ``YYYY-MM-DD``.
    etag, last_modified
        What its server calls this edition; empty where it does not say.
    overlaps
        Sources that hold the same again.
    """

    name: str
    title: str
    publisher: str
    licence: str
    vintage: str
    address: str
    verified: bool
    file: str
    format: str
    size: int
    sha256: str
    fetched_on: str
    etag: str = ""
    last_modified: str = ""
    overlaps: tuple[str, ...] = ()


def read_records(folder: Path) -> dict[str, Fetched]:
    """Read what was fetched into a folder, by the sources' names; empty where nothing was.

    Raises
    ------
    FetchError
        When the record cannot be read.
    """
    path = folder / RECORDS
    if not path.is_file():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {row["name"]: Fetched(**row | {"overlaps": tuple(row["overlaps"])}) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FetchError(
            f"{path}: is not a record that `corridors fetch` wrote; move it away to fetch anew"
        ) from error


def write_records(folder: Path, records: Mapping[str, Fetched]) -> None:
    """Write what was fetched into a folder, sorted by the sources' names."""
    rows = [asdict(records[name]) for name in sorted(records)]
    write_text(folder / RECORDS, json.dumps({"files": rows}, indent=2, ensure_ascii=False) + "\n")


def in_place(
    folder: Path, source: Source, address: str, records: Mapping[str, Fetched], *, entry: Path
) -> bool:
    """Tell whether a file is in its place as it was fetched, and refuse to replace one that somebody has changed."""
    path, record = folder / source.file, records.get(source.name)
    if not path.exists():
        return False
    if record is None:
        # A fetch that was stopped between placing a file and recording it left what the cache holds.
        cached = kept(entry, source)
        if cached is not None and cached.sha256 == digest(path):
            return False
        raise FetchError(
            f"{path}: is there and was not fetched; move it away, so that {source.name} does not replace it"
        )
    if digest(path) != record.sha256:
        raise FetchError(
            f"{path}: is not as it was fetched on {record.fetched_on}; move it away to fetch anew"
        )
    return record.address == address and (source.sha256 is None or source.sha256 == record.sha256)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_entry(cache_dir: str | Path | None, source: Source, address: str) -> Path:
    """Return a source's folder in the cache; another question to it, such as other districts, has another."""
    asked = hashlib.sha256(address.encode()).hexdigest()[:12]
    return cache_folder(cache_dir) / "downloads" / f"{source.name}-{asked}"


def kept(entry: Path, source: Source) -> Fetched | None:
    """Return the record of a cached file that is whole and may stand for the source."""
    try:
        record = read_records(entry).get(source.name)
    except FetchError:
        return None
    path = entry / source.file
    if record is None or not path.is_file() or source.sha256 not in (None, record.sha256):
        return None
    return record if digest(path) == record.sha256 else None
