"""The TransXChange documents of a zip, a folder or a file: found, bounded, and read one at a time, never unpacked to disk."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from accessibility.errors import FeedError
from accessibility.feeds.files import HARMLESS_BYTES, LEFT_BEHIND, OUTSIDE, PACKING_RATIO, UNPACKING_ERRORS

#: The largest document of the Bus Open Data Service is a fifth of this; one is held in memory at a time.
DOCUMENT_BYTES: Final = 512 * 1024**2
#: The most that all documents of one source may take together; a whole region takes a tenth.
SOURCE_BYTES: Final = 16 * 1024**3
#: No source holds more; every entry of a zip costs time before it is read.
MOST_DOCUMENTS: Final = 100_000
#: Why a link is refused, and the code.
_LINK: Final = ("is a symbolic link; put the file itself in its place", "unsafe_file")
_GTFS_FILES: Final = frozenset({"agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"})


@dataclass(frozen=True)
class Document:
    """One XML file: its name inside the source, its place for messages, and its bytes."""

    name: str
    place: str
    content: bytes


def holds_transxchange(path: Path) -> bool:
    """Tell whether a path is TransXChange rather than GTFS: XML, alone, in a folder or in a zip, and no GTFS table.

    A zip within it is looked into too, one deep. False for a path that cannot be read.
    """
    try:
        if path.is_dir():
            inside = _folder_files(path)
            names = [file.name for file in inside]
            zips: Iterable[Path | IO[bytes]] = (file for file in inside if _is(file.name, ".zip"))
            return _speaks_xml(names, zips)
        if not path.is_file() or not zipfile.is_zipfile(path):
            return path.is_file() and _is(path.name, ".xml")
        with zipfile.ZipFile(path) as archive:
            budget = _Budget(path)
            packed = (_opened(archive, member, budget) for member in _members(archive, ".zip"))
            return _speaks_xml([member.filename for member in _members(archive, ".xml", ".txt")], packed)
    except (*UNPACKING_ERRORS, FeedError):
        return False


def each_document(source: Path) -> Iterator[Document]:
    """Give the XML files of a source in the order of their names, those of zips within it included, one deep.

    Raises
    ------
    FeedError
        For a file that is encrypted, damaged, a link, named so as to leave its folder, larger than a timetable can be
        or packed smaller than one can, and for more in all than `SOURCE_BYTES` or `MOST_DOCUMENTS`.
    """
    budget = _Budget(source)
    if source.is_dir():
        for path in _folder_files(source):
            name = path.relative_to(source).as_posix()
            if path.is_symlink() or (path.parent != source and path.parent.is_symlink()):
                raise budget.refusal(name, *_LINK)
            if _is(name, ".xml"):
                yield Document(name, budget.place(name), _bytes(path, name, budget))
            elif _is(name, ".zip"):
                yield from _zipped(path, budget, prefix=f"{name}/", deeper=False)
    elif zipfile.is_zipfile(source):
        yield from _zipped(source, budget, prefix="", deeper=True)
    else:
        yield Document(source.name, source.name, _bytes(source, "", budget))


class _Budget:
    """What a source may still take."""

    def __init__(self, source: Path) -> None:
        self._source = source.name
        self._bytes = SOURCE_BYTES
        self._documents = MOST_DOCUMENTS

    def take(self, size: int, name: str) -> None:
        """Take a file's bytes, or refuse it."""
        self._bytes -= size
        self._documents -= 1
        if size > DOCUMENT_BYTES:
            raise self.refusal(name, f"has {size:,} bytes, and {DOCUMENT_BYTES:,} are the most that are read")
        if self._bytes < 0 or self._documents < 0:
            raise self.refusal(
                "",
                f"holds more than {SOURCE_BYTES:,} bytes or {MOST_DOCUMENTS:,} files; split it into several sources",
            )

    def check(self, member: zipfile.ZipInfo, name: str) -> None:
        """Refuse what a zip should not hold and take the rest, before a byte of it is unpacked."""
        if OUTSIDE.search(member.filename.replace("\\", "/")):
            raise self.refusal(
                "",
                f"holds a file called {name[:80]!r}, which leads out of it; such a zip is not read",
                code="unsafe_file",
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise self.refusal(name, *_LINK)
        if member.file_size > max(HARMLESS_BYTES, PACKING_RATIO * member.compress_size):
            raise self.refusal(
                name,
                f"would unpack from {member.compress_size:,} bytes to {member.file_size:,}, more than "
                f"{PACKING_RATIO} times as many, as no timetable does",
            )
        self.take(member.file_size, name)

    def refusal(self, name: str, reason: str, code: str = "file_too_large") -> FeedError:
        """Say no, with the place."""
        return FeedError(reason, file=self.place(name), code=code)

    def place(self, name: str) -> str:
        """Name a file of the source for a message."""
        return f"{self._source}/{name}".rstrip("/")


def _bytes(path: Path, name: str, budget: _Budget) -> bytes:
    try:
        budget.take(path.stat().st_size, name)
        return path.read_bytes()
    except OSError as error:
        raise budget.refusal(name, f"cannot be opened ({error.strerror})", "i_o_error") from None


def _zipped(packed: Path | IO[bytes], budget: _Budget, *, prefix: str, deeper: bool) -> Iterator[Document]:
    """Give the documents of a zip, and of the zips in it where these may be looked into."""
    try:
        with zipfile.ZipFile(packed) as archive:
            members = _members(archive, ".xml", ".zip")
            for member in members:
                budget.check(member, f"{prefix}{member.filename}")
            for member in members:
                name = f"{prefix}{member.filename}"
                content = _read(archive, member, name, budget)
                if _is(name, ".xml"):
                    yield Document(name, budget.place(name), content)
                elif deeper:
                    yield from _zipped(io.BytesIO(content), budget, prefix=f"{name}/", deeper=False)
                else:
                    raise budget.refusal(name, "is a zip in a zip in a zip; unpack the outermost")
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise budget.refusal(prefix, f"is a damaged or unknown zip ({error})", code="invalid_zip") from None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, budget: _Budget) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)
    except UNPACKING_ERRORS as error:
        raise budget.refusal(name, f"cannot be unpacked ({error})", code="invalid_zip") from None


def _opened(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> IO[bytes]:
    budget.check(member, member.filename)
    return archive.open(member)


def _members(archive: zipfile.ZipFile, *endings: str) -> list[zipfile.ZipInfo]:
    """Name the files of a zip with some endings in order, without those that a Mac adds."""
    found = [
        member
        for member in archive.infolist()
        if _is(member.filename, *endings) and not _is_litter(member.filename)
    ]
    return sorted(found, key=lambda member: member.filename)


def _folder_files(folder: Path) -> list[Path]:
    """Name the files of a folder and of the folders in it, in order."""
    found = (*folder.glob("*"), *folder.glob("*/*"))
    return sorted(path for path in found if path.is_file() and not _is_litter(path.name))


def _speaks_xml(names: list[str], zips: Iterable[Path | IO[bytes]]) -> bool:
    """Tell whether files are a timetable in XML: one of them is, or one in the first zip, and none is a GTFS table."""
    if any(PurePosixPath(name).name.lower() in _GTFS_FILES for name in names):
        return False
    if any(_is(name, ".xml") for name in names):
        return True
    for packed in zips:
        with zipfile.ZipFile(packed) as archive:
            return bool(_members(archive, ".xml"))
    return False


def _is(name: str, *endings: str) -> bool:
    return name.lower().endswith(endings)


def _is_litter(name: str) -> bool:
    # A name that leads out begins with a dot too, and is to be refused, not passed over.
    name = name.replace("\\", "/")
    return bool(LEFT_BEHIND.search(name)) and not OUTSIDE.search(name)
