"""One network as a file: written whole or not at all, hashed before it is trusted, and never too many of them.

The hash protects from damage, not from someone who may write into the folder: they can plant a wrong network, though
no code.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from accessibility.network import Network
from accessibility.packing import pack, unpack

log = logging.getLogger(__name__)

#: What all entries of a folder together may take; beyond it those unused for longest go.
MAX_BYTES: Final = 2 * 1024**3
#: How long to wait for another process that is building the same network.
MAX_WAIT_S: Final = 600.0
#: Age from which a half-written file is certainly nobody's work in hand.
ABANDONED_S: Final = 3600.0

_MAGIC: Final = b"accessibility network 1\n"
_HEADER_BYTES: Final = len(_MAGIC) + 2 * len(f"{'':64}\n")


@dataclass(frozen=True)
class Entry:
    """The file of one network: a line that names the format, one with the key, one with the payload's hash, the payload.

    Attributes
    ----------
    folder
        The cache's folder; made when it is first written to.
    key
        Hash of everything the network rests on: 64 hexadecimal digits.
    """

    folder: Path
    key: str

    @property
    def path(self) -> Path:
        """Where the network is, or would be."""
        return self.folder / f"{self.key}.network"

    def read(self, *, warn: bool = True) -> Network | None:
        """Return the network that was kept, its notes logged once more; None where there is none that can be trusted."""
        try:
            stored = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            damage = str(error.strerror)
        else:
            sound = stored[:_HEADER_BYTES] == self._header(stored[_HEADER_BYTES:])
            damage = "" if sound else "the cached network is damaged or cut short"
        if damage:
            if warn:
                log.warning("%s: %s; the network is built anew", self.path, damage)
            return None
        network = unpack(stored[_HEADER_BYTES:])
        for note in network.notes:
            log.warning(note)
        # The time of last use is what pruning goes by; where it cannot be set, the time of writing does.
        with suppress(OSError):
            os.utime(self.path)
        return network

    def write(self, network: Network) -> None:
        """Keep a network, then delete those unused for longest beyond `MAX_BYTES`; warn where that cannot be done."""
        payload = pack(network)
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
            log.warning("the network was not kept in the cache (%s)", error)
            return
        self._prune()

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Hold the right to build this entry; false, with a warning, where it cannot be had and nothing may be written."""
        # A lock file cannot be deleted safely, so sixteen are shared by all entries instead of one left by each.
        path = self.folder / f"{self.key[0]}.lock"
        with ExitStack() as held:
            yield _take(path, held)

    def _header(self, payload: bytes) -> bytes:
        return _MAGIC + f"{self.key}\n{hashlib.sha256(payload).hexdigest()}\n".encode()

    def _prune(self) -> None:
        total = 0
        for path, status in _newest_first(self.folder, "*.network"):
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
            "%s was held for %g s by another process; the network is built without the cache",
            path,
            MAX_WAIT_S,
        )
        return False
    except (OSError, NotImplementedError) as error:
        log.warning("the cache cannot be used (%s); the network is built without it", error)
        return False
    return True


def _newest_first(folder: Path, pattern: str) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in sorted(folder.glob(pattern)):
        # Another process may have deleted it since it was listed.
        with suppress(FileNotFoundError):
            found.append((path, path.stat()))
    return sorted(found, key=lambda item: item[1].st_mtime_ns, reverse=True)


def _delete(path: Path) -> None:
    # Where it is being read (Windows) or is already gone, the next one to write will see to it.
    with suppress(OSError):
        path.unlink()
