"""What a batch has finished, kept in the folder of its results, so that a run that was killed goes on where it was.

One file holds one station's part of one unit. Its name is the key of the part, a hash of all that it depends on, and the
hash of the file's own bytes: it comes into being by one renaming, whole and with its hash. What is damaged is not
believed, and what nothing asks for any more is thrown away when a batch is finished.
"""

from __future__ import annotations

import hashlib
import io
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import filelock
import pandas as pd

from corridors.errors import OutputError
from corridors.outputs import prepare_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

#: Hidden, because they are no outputs.
_UNITS: Final = ".units"
_LOCK: Final = ".lock"
_DIGITS: Final = 32


@contextmanager
def working_in(folder: Path) -> Iterator[UnitStore]:
    """Hold a folder alone, swept of what a killed run left half-written.

    Raises
    ------
    OutputError
        When another run holds the folder, or it cannot be written to.
    """
    lock = filelock.FileLock(folder / _LOCK, blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise OutputError(
            f"{folder}: another run is at work in this folder; wait until it ends, or choose another with --out"
        ) from None
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be used as the folder for results ({error.strerror or error})"
        ) from error
    try:
        store = UnitStore(prepare_folder(folder / _UNITS))
        for part in folder.rglob(".*.part"):
            part.unlink(missing_ok=True)
        yield store
    finally:
        lock.release()


class UnitStore:
    """Parts of units by their keys, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Look at what is there; nothing is believed before it is read."""
        self._folder = folder
        self._files = {path.stem.partition("-")[0]: path for path in sorted(folder.glob("*.parquet"))}

    def holds(self, key: str) -> bool:
        """Tell whether a part is there and whole; one that is damaged is thrown away, with a warning."""
        return self._bytes(key) is not None

    def get(self, key: str) -> pd.DataFrame | None:
        """Return a part, or None where it is not there or not whole."""
        content = self._bytes(key)
        return None if content is None else pd.read_parquet(io.BytesIO(content))

    def put(self, key: str, part: pd.DataFrame) -> None:
        """Keep a part.

        Raises
        ------
        OutputError
            When it cannot be written; nothing half-written is left.
        """
        buffer = io.BytesIO()
        part.to_parquet(buffer, index=False)
        content = buffer.getvalue()
        path = self._folder / f"{key}-{_hash(content)}.parquet"
        self._files[key] = write_whole(path, lambda whole: whole.write_bytes(content))

    def keep_only(self, keys: Collection[str]) -> None:
        """Throw away every part that is not among the keys."""
        self._files = {key: self._files[key] for key in keys if key in self._files}
        for path in set(self._folder.glob("*.parquet")) - set(self._files.values()):
            path.unlink(missing_ok=True)

    def _bytes(self, key: str) -> bytes | None:
        path = self._files.get(key)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except OSError as error:
            raise OutputError(f"{path}: cannot be read ({error.strerror or error})") from error
        if path.stem.partition("-")[2] == _hash(content):
            return content
        log.warning("%s: is damaged, and is worked out anew", path.name)
        self._files.pop(key).unlink(missing_ok=True)
        return None


def _hash(content: bytes) -> str:
    # Half of it: two whole ones would make a name too long for some file systems.
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
