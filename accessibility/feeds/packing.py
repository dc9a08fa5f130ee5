"""Files into one zip, the same bytes each time; and a file or a folder that stands whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from accessibility.errors import FeedError

#: The earliest moment that a zip can name: no clock enters the bytes.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16


def zip_folder(folder: Path, target: Path) -> None:
    """Pack the files of a folder, in the order of their names, into a zip that tells no time, owner or system."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            member = zipfile.ZipInfo(path.name, _NO_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = _UNIX, _READABLE
            # Known beforehand, so that only what needs the 64-bit form of a zip is written in it.
            member.file_size = path.stat().st_size
            with path.open("rb") as stream, archive.open(member, "w") as packed:
                shutil.copyfileobj(stream, packed)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give an empty folder beside a path, on the same disk; it is deleted at the end.

    Raises
    ------
    FeedError
        When something cannot be written there, be it the folder or what the caller puts into it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=path.parent, prefix=f".{path.name}.", ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)
    except OSError as error:
        raise FeedError(
            f"cannot be written ({error.strerror or error})", file=str(path), code="not_written"
        ) from error


def put_in_place(made: Path, path: Path) -> None:
    """Move a finished file or folder to its path, in place of what is there; the old stays where that fails."""
    if not path.is_dir():
        made.replace(path)
        return
    # No system replaces a folder that holds something, so the old one steps aside first.
    old = made.with_name(f"{made.name}.old")
    path.rename(old)
    try:
        made.rename(path)
    except OSError:
        old.rename(path)
        raise
