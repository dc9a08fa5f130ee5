"""Where a feed's files lie, folder or zip, and their bytes; a zip is never unpacked to disk, nor beyond stated bounds."""

from __future__ import annotations

import io
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import pyarrow as pa

from accessibility.errors import FeedError
from accessibility.feeds.notices import Notice, quoted

#: The most that one file of a zip may unpack to: it is unpacked in memory, where a file of a folder is only mapped.
UNPACKED_BYTES: Final = 2 * 1024**3
#: A timetable packs five to twenty times smaller; what packs smaller than this is made to fill the memory.
PACKING_RATIO: Final = 200
#: Files up to this many bytes may be packed in any ratio, for they do no harm.
HARMLESS_BYTES: Final = 10_000_000
#: How many names a sentence lists.
SHOWN_NAMES: Final = 4
#: What unpacking a damaged, encrypted or unknown member raises, by the way it is packed.
UNPACKING_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
)
OUTSIDE: Final = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)")
#: What computers leave behind in folders and zips: no part of a feed.
LEFT_BEHIND: Final = re.compile(r"^__MACOSX/|(^|/)\.")


@dataclass(frozen=True)
class _Member:
    """A file, or what stands in a file's place: its path inside the feed with forward slashes, and how it is opened."""

    path: str
    key: str | Path
    is_link: bool
    is_file: bool

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class FeedFiles:
    """The files of a feed, whether they lie in a folder or in a zip, at its top or in one folder inside.

    Attributes
    ----------
    name
        The path's last part.
    others
        Files ending in ``.txt`` beside the feed's, by name without it.
    notices
        What is odd about where the files lie.
    """

    def __init__(self, path: Path, tables: Collection[str], *, content: bytes | None = None) -> None:
        """Look for the files of some tables; in a zip's content, where that is given, instead of at the path.

        Raises
        ------
        FeedError
            For a path that is neither a folder nor a zip or holds no table, a zip with names that lead out of it, a
            symbolic link, and a file that is there twice.
        """
        self.name = path.name if path.name not in ("", "..") else path.resolve().name
        self.notices: list[Notice] = []
        self._zip: zipfile.ZipFile | None = None
        if content is not None:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            members = list(_in_zip(self._zip, self.name))
        elif path.is_dir():
            members = list(_in_folder(path))
        elif path.is_file():
            self._zip = _open_zip(path, self.name)
            members = list(_in_zip(self._zip, self.name))
        else:
            raise FeedError("there is no such file or folder", file=str(path), code="missing_feed")
        texts = [member for member in members if member.name.lower().endswith(".txt")]
        root = self._root(members, texts, tables)
        here = [member for member in texts if member.folder == root]
        self._where = self._locate(here, tables)
        self.others = {member.name[:-4] for member in here} - {m.name[:-4] for m in self._where.values()}

    def _root(self, members: list[_Member], texts: list[_Member], tables: Collection[str]) -> str:
        """Find the folder the feed lies in: the top where any of its files is there, else the only one that has some."""
        folders = sorted(
            {m.folder for m in texts if m.folder.count("/") == 0 and m.name[:-4].lower() in tables}
        )
        if not folders:
            held = sorted(member.path for member in members)
            names = _listed(held)
            raise FeedError(
                f"holds no file of GTFS ({f'it holds {names}' if names else 'it is empty'})",
                file=self.name,
                code="missing_required_file",
            )
        if folders[0] and len(folders) > 1:
            raise FeedError(
                f"holds feeds in {len(folders)} folders ({_listed(folders)}); give each as a feed of its own",
                file=self.name,
                code="ambiguous_file",
            )
        if folders[0]:
            self._note(
                "invalid_input_files_in_subfolder", f"the files lie in the folder {quoted(folders[0])} inside"
            )
        return folders[0]

    def _locate(self, here: list[_Member], tables: Collection[str]) -> dict[str, _Member]:
        where = {}
        for table in tables:
            found = [member for member in here if member.name.lower() == f"{table}.txt"]
            if len(found) > 1:
                raise FeedError(
                    f"{table}.txt is there {len(found)} times ({_listed([m.name for m in found])})",
                    file=self.name,
                    code="ambiguous_file",
                )
            if not found:
                continue
            where[table] = found[0]
            if found[0].is_link or not found[0].is_file:
                what = "a symbolic link" if found[0].is_link else "no plain file"
                raise FeedError(
                    f"is {what}; put the file itself in its place",
                    file=f"{self.name}/{table}.txt",
                    code="unsafe_file",
                )
        capitals = [member.name for table, member in where.items() if member.name != f"{table}.txt"]
        if capitals:
            self._note(
                "unexpected_letter_case", f"{quoted(capitals[0])} is written with capitals", len(capitals)
            )
        return where

    def _note(self, code: str, message: str, count: int = 1) -> None:
        self.notices.append(Notice(code, "INFO", message, self.name, None, count))

    def has(self, table: str) -> bool:
        """Tell whether a table's file is there."""
        return table in self._where

    def read(self, table: str) -> pa.Buffer:
        """Give a file's bytes, mapped where they lie in a folder.

        Raises
        ------
        FeedError
            For a file that cannot be opened or unpacked, or would unpack beyond the bounds.
        """
        file, key = f"{self.name}/{table}.txt", self._where[table].key
        if self._zip is not None:
            return _unpacked(self._zip, str(key), file)
        try:
            if Path(key).stat().st_size == 0:
                return pa.py_buffer(b"")
            with pa.memory_map(str(key)) as mapped:
                return mapped.read_buffer()
        except OSError as error:
            raise FeedError(f"cannot be opened ({error.strerror})", file=file, code="i_o_error") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._zip is not None:
            self._zip.close()


def _listed(names: list[str]) -> str:
    return ", ".join(quoted(name) for name in names[:SHOWN_NAMES]) + (
        ", …" if len(names) > SHOWN_NAMES else ""
    )


def _in_folder(path: Path) -> Iterator[_Member]:
    """Files at a folder's top and one folder down; a link to a folder makes links of the files behind it."""
    try:
        inside = [*path.glob("*"), *path.glob("*/*")]
    except OSError as error:
        raise FeedError(f"cannot be opened ({error.strerror})", file=str(path), code="i_o_error") from None
    for key in inside:
        name = key.relative_to(path).as_posix()
        if LEFT_BEHIND.search(name) or (key.is_dir() and key.suffix.lower() != ".txt"):
            continue
        is_link = key.is_symlink() or (key.parent != path and key.parent.is_symlink())
        yield _Member(name, key, is_link, key.is_file())


def _in_zip(archive: zipfile.ZipFile, feed: str) -> Iterator[_Member]:
    for info in archive.infolist():
        name = info.filename.replace("\\", "/")
        if OUTSIDE.search(name):
            raise FeedError(
                f"holds a file called {quoted(name)}, which leads out of it; such a zip is not read",
                file=feed,
                code="unsafe_file",
            )
        if not (info.is_dir() or LEFT_BEHIND.search(name)):
            yield _Member(name, info.filename, stat.S_ISLNK(info.external_attr >> 16), is_file=True)


def _open_zip(path: Path, feed: str) -> zipfile.ZipFile:
    try:
        with path.open("rb") as stream:
            start = stream.read(1024).lstrip().lower()
        return zipfile.ZipFile(path)
    except OSError as error:
        raise FeedError(f"cannot be opened ({error.strerror})", file=feed, code="i_o_error") from None
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
        reason = "is neither a GTFS folder nor a zip"
        if not start:
            reason = "is an empty file"
        elif start.startswith((b"<!doctype html", b"<html")):
            reason = "is a web page and not a zip; the download may need a login or another address"
        elif start.startswith(b"pk"):
            reason = "is a zip that is cut short or damaged; download it again"
        raise FeedError(reason, file=str(path), code="invalid_zip") from None


def _unpacked(archive: zipfile.ZipFile, name: str, file: str) -> pa.Buffer:
    """Unpack a file in memory, never beyond the size that it declares."""
    member = archive.getinfo(name)
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
    except UNPACKING_ERRORS as error:
        raise FeedError(f"cannot be unpacked ({error})", file=file, code="invalid_zip") from None
