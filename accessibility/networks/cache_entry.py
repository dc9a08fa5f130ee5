"""What is kept, as files: written whole or not at all, hashed before they are trusted, and never too many of them.

The hash protects from damage, not from someone who may write into the folder: they can plant a wrong network, though
no code.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from filelock import FileLock, Timeout

from accessibility.networks.network import Network
from accessibility.packing import CLASSES, pack, unpack
from accessibility.streets.streets import StreetNetwork

log = logging.getLogger(__name__)
T = TypeVar("T")

#: What all entries of a folder together may take; beyond it those unused for longest go.
MAX_BYTES: Final = 2 * 1024**3
#: How long to wait for another process that is making the same.
MAX_WAIT_S: Final = 600.0
#: Age from which a half-written file is certainly nobody's work in hand.
ABANDONED_S: Final = 3600.0

_MAGIC: Final = b"accessibility cache 2\n"
_HEADER_BYTES: Final = len(_MAGIC) + 2 * len(f"{'':64}\n")


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One file: a line that names the format, one with the key, one with the payload's hash, and the payload.

    Attributes
    ----------
    folder
        The cache's folder; made when it is first written to.
    key
        Hash of everything that its content rests on: 64 hexadecimal digits.
    kind
        What is kept in it: one of `accessibility.packing.CLASSES`.
    """

    folder: Path
    key: str
    kind: type[T]

    @property
    def path(self) -> Path:
        """Where the file is, or would be."""
        return self.folder / f"{self.key}{_suffix(self.kind)}"

    def obtain(self, make: Callable[[], T], *, unchanged: Callable[[], bool] = lambda: True) -> T:
        """Read what was kept, or make it under the entry's lock and keep it, unless another process has done so.

        Where `unchanged` then denies that the inputs are those that the key was taken from, it is not kept.
        """
        found = self.read()
        if found is not None:
            return found
        with self.lock() as mine:
            if mine and (found := self.read(warn=False)) is not None:
                return found
            made = make()
            if mine and not unchanged():
                log.warning("an input changed while it was being read; the result was not kept in the cache")
            elif mine:
                self.write(made)
            return made

    def read(self, *, warn: bool = True) -> T | None:
        """Return what was kept, its notes logged once more; None where there is none that can be trusted."""
        try:
            stored = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            damage = str(error.strerror)
        else:
            sound = stored[:_HEADER_BYTES] == self._header(stored[_HEADER_BYTES:])
            damage = "" if sound else "the cached file is damaged or cut short"
        value = None if damage else unpack(stored[_HEADER_BYTES:])
        if not isinstance(value, self.kind):
            if warn:
                log.warning(
                    "%s: %s; it is made anew", self.path, damage or "the cached file holds something else"
                )
            return None
        for note in _notes(value):
            log.warning(note)
        # The time of last use is what pruning goes by; where it cannot be set, the time of writing does.
        with suppress(OSError):
            os.utime(self.path)
        return value

    def write(self, value: T) -> None:
        """Keep it, then delete what was unused for longest beyond `MAX_BYTES`; warn where that cannot be done."""
        payload = pack(value)
        half = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            try:
                with half.open("wb") as stream:
                    stream.write(self._header(payload))
                    stream.write(payload)
                    stream.flush()
                    os.fsync(stream.fileno())
                half.replace(self.path)
            finally:
                half.unlink(missing_ok=True)
        except OSError as error:
            log.warning("a result was not kept in the cache (%s)", error)
            return
        self._prune()

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Hold the right to build this entry; false, with a warning, where it cannot be had and nothing may be written."""
        # A lock file cannot be deleted safely, so sixteen are shared by all entries of a kind instead of one left by each.
        # Streets are read while a network's lock is held, so kinds must not share.
        path = self.folder / f"{self.key[0]}{_suffix(self.kind)}.lock"
        with ExitStack() as held:
            yield _take(path, held)

    def _header(self, payload: bytes) -> bytes:
        return _MAGIC + f"{self.key}\n{hashlib.sha256(payload).hexdigest()}\n".encode()

    def _prune(self) -> None:
        total = 0
        for path, status in _newest_first(self.folder, *(f"*{_suffix(kind)}" for kind in CLASSES.values())):
            total += status.st_size
            if total > MAX_BYTES and path != self.path:
                _delete(path)
        for path, status in _newest_first(self.folder, "*.tmp"):
            if time.time() - status.st_mtime > ABANDONED_S:
                _delete(path)


def _take(path: Path, held: ExitStack) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held.enter_context(FileLock(path, timeout=MAX_WAIT_S))
    except Timeout:
        log.warning(
            "%s was held for %g s by another process; the cache is not used",
            path,
            MAX_WAIT_S,
        )
        return False
    except (OSError, NotImplementedError) as error:
        log.warning("the cache cannot be used (%s)", error)
        return False
    return True


def _notes(value: object) -> tuple[str, ...]:
    """Notes of what was kept, in the words in which making it logged them."""
    if isinstance(value, Network):
        return value.notes
    return value.named_notes if isinstance(value, StreetNetwork) else ()


def _suffix(kind: type) -> str:
    return f".{kind.__name__.lower()}"


def _newest_first(folder: Path, *patterns: str) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        # Another process may have deleted it since it was listed.
        with suppress(FileNotFoundError):
            found.append((path, path.stat()))
    return sorted(found, key=lambda item: item[1].st_mtime_ns, reverse=True)


def _delete(path: Path) -> None:
    # Where it is being read (Windows) or is already gone, the next one to write will see to it.
    with suppress(OSError):
        path.unlink()
