"""Where a feed's files lie, folder or zip, and their bytes; a zip is never unpacked beyond stated bounds."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

import pyarrow as pa

from accessibility.errors import FeedError

#: The most that one file of a zip may unpack to: it is unpacked in memory, where a file of a folder is only mapped.
UNPACKED_BYTES: Final = 2 * 1024**3
#: A timetable packs five to twenty times smaller; what packs smaller than this is made to fill the memory.
PACKING_RATIO: Final = 200
#: Files up to this many bytes may be packed in any ratio, for they do no harm.
HARMLESS_BYTES: Final = 10_000_000
#: What unpacking a damaged, encrypted or unknown member raises, by the way it is packed.
_UNPACKING_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
)


class FeedFiles:
    """The files of a feed, whether they lie in a folder or in a zip, at its top or one folder down."""

    def __init__(self, path: Path, tables: Iterable[str]) -> None:
        """Look for the files of some tables.

        Raises
        ------
        FeedError
            For a path that is neither a folder nor a zip, or a file that is there in more than one folder.
        """
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        if path.is_dir():
            self._names = {
                p.relative_to(path).as_posix() for p in (*path.glob("*.txt"), *path.glob("*/*.txt"))
            }
        elif path.is_file():
            try:
                self._zip = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
                raise FeedError(
                    "is neither a GTFS folder nor a zip", file=str(path), code="invalid_zip"
                ) from None
            self._names = set(self._zip.namelist())
        else:
            raise FeedError("there is no such file or folder", file=str(path), code="missing_feed")
        self._where = {table: found for table in tables if (found := self._locate(f"{table}.txt"))}

    def _locate(self, name: str) -> str | None:
        if name in self._names:
            return name
        nested = sorted(n for n in self._names if n.count("/") == 1 and n.endswith(f"/{name}"))
        if len(nested) > 1:
            raise FeedError(
                f"{name} is there {len(nested)} times ({', '.join(nested)})",
                file=str(self._path),
                code="ambiguous_file",
            )
        return nested[0] if nested else None

    def has(self, table: str) -> bool:
        """Tell whether a table's file is there."""
        return table in self._where

    def read(self, table: str) -> pa.Buffer:
        """Give a file's bytes, mapped where they lie in a folder."""
        if self._zip is not None:
            return self._unpacked(self._zip, table)
        path = self._path / self._where[table]
        if path.stat().st_size == 0:
            return pa.py_buffer(b"")
        with pa.memory_map(str(path)) as mapped:
            return mapped.read_buffer()

    def _unpacked(self, archive: zipfile.ZipFile, table: str) -> pa.Buffer:
        """Unpack a file, never beyond the size that it declares."""
        file = f"{self._path.name}/{table}.txt"
        member = archive.getinfo(self._where[table])
        if member.file_size > UNPACKED_BYTES:
            raise FeedError(
                f"would unpack to {member.file_size:,} bytes, and {UNPACKED_BYTES:,} are the most that are read "
                "from a zip; unpack the feed into a folder",
                file=file,
                code="file_too_large",
            )
        if member.file_size > max(HARMLESS_BYTES, PACKING_RATIO * member.compress_size):
            raise FeedError(
                f"would unpack from {member.compress_size:,} bytes to {member.file_size:,}, more than "
                f"{PACKING_RATIO} times as many, as no timetable does; unpack the feed into a folder if it is sound",
                file=file,
                code="file_too_large",
            )
        try:
            with archive.open(member) as stream:
                return pa.py_buffer(stream.read(member.file_size))
        except _UNPACKING_ERRORS as error:
            raise FeedError(f"cannot be unpacked ({error})", file=file, code="invalid_zip") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._zip is not None:
            self._zip.close()
