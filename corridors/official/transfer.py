"""Bringing one file over: in pieces, resumed where the server allows it, and never beyond its limits.

What has come so far stands in a ``.part`` file with, beside it, the validator by which the server can tell that its file
is still the same (ETag, else Last-Modified). Without one the next attempt begins anew: pieces of two editions would make
a file of neither.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from corridors.errors import FetchError
from corridors.official.http import PassingError, Patience, answer_of, persistently, pieces

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

    from corridors.official.keys import Keys
    from corridors.official.sources import Source

_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_WEB_PAGE: Final = (b"<!doctype html", b"<html")


@dataclass(frozen=True)
class Transfer:
    """What an answer said of itself.

    Attributes
    ----------
    etag, last_modified
        Validators of this edition; empty where the server gives none.
    declared
        Whether the answer said where it ends, so that a short one could not pass for a whole one.
    unchanged
        The server says that the copy which is already here is still the newest.
    """

    etag: str = ""
    last_modified: str = ""
    declared: bool = True
    unchanged: bool = False


def download(
    session: requests.Session,
    url: str,
    part: Path,
    *,
    source: Source,
    keys: Keys,
    patience: Patience,
    known: Transfer | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Transfer:
    """Bring a file over into ``part``, going on from what is there.

    Parameters
    ----------
    session, url
        How and where to ask; keys are added here.
    part
        Where the bytes go; it is whole when this returns, and its content has not been looked at.
    source, keys, patience
        Whose file, with which keys, how patiently, and how large it may be.
    known
        The edition that is already here; if it is still the newest nothing is brought.
    progress
        Told the share that has come.

    Raises
    ------
    FetchError
        When the file cannot be had; what came is kept for the next time where it can be gone on from.
    """
    worker = _Download(session, url, part, source, keys, patience, known, progress)
    return persistently(
        worker.attempt, source=source, patience=patience, progress_made=worker.got_further_than_before
    )


class _Download:
    """The attempts at one file, which share what has come and the time that is left."""

    def __init__(
        self,
        session: requests.Session,
        url: str,
        part: Path,
        source: Source,
        keys: Keys,
        patience: Patience,
        known: Transfer | None,
        progress: Callable[[str, float], None] | None,
    ) -> None:
        self._session, self._url, self._part = session, url, part
        self._source, self._keys, self._patience = source, keys, patience
        self._known, self._progress = known, progress
        self._state = part.with_name(f"{part.name}.json")
        self._until = time.monotonic() + patience.total_s
        self._best = self._size()

    def attempt(self) -> Transfer:
        """Ask once, for the rest or for the whole, and take what comes."""
        headers = self._resuming() or self._conditional()
        with answer_of(
            self._session,
            self._url,
            source=self._source,
            keys=self._keys,
            patience=self._patience,
            headers=headers,
        ) as response:
            if response.status_code == 304:
                return Transfer(unchanged=True)
            start = self._start(response)
            coded = response.headers.get("Content-Encoding", "identity").lower() != "identity"
            length = response.headers.get("Content-Length", "")
            expected = int(length) if length.isdecimal() else None
            self._refuse_what_cannot_be(response, start, expected)
            said = Transfer(
                etag=response.headers.get("ETag", ""),
                last_modified=response.headers.get("Last-Modified", ""),
                declared=expected is not None or "chunked" in response.headers.get("Transfer-Encoding", ""),
            )
            self._note(said, resumable=not coded and response.headers.get("Accept-Ranges") != "none")
            # The transport itself holds what comes against the length that was promised.
            self._take(response, start, expected)
        return said

    def got_further_than_before(self) -> bool:
        """Tell whether more has come than ever before."""
        size = self._size()
        further, self._best = size > self._best, max(size, self._best)
        return further

    def _size(self) -> int:
        return self._part.stat().st_size if self._part.is_file() else 0

    def _resuming(self) -> dict[str, str]:
        """Return the headers that ask for the rest of the same edition; none where there is nothing to go on from."""
        validator = self._validator()
        if not self._size() or not validator:
            return {}
        return {"Range": f"bytes={self._size()}-", "If-Range": validator}

    def _conditional(self) -> dict[str, str]:
        """Return the headers that ask for the file only if it is newer than the one that is here."""
        if self._known is None:
            return {}
        if self._known.etag:
            return {"If-None-Match": self._known.etag}
        return {"If-Modified-Since": self._known.last_modified} if self._known.last_modified else {}

    def _validator(self) -> str:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        same = isinstance(state, dict) and state.get("address") == self._url
        return str(state.get("validator", "")) if same else ""

    def _note(self, said: Transfer, *, resumable: bool) -> None:
        """Write down by what the rest could be asked for; a weak ETag does not promise the same bytes."""
        strong = said.etag if not said.etag.startswith("W/") else ""
        validator = (strong or said.last_modified) if resumable else ""
        if self._keys.appear_in(validator):
            validator = ""
        self._state.write_text(json.dumps({"address": self._url, "validator": validator}), encoding="utf-8")

    def _start(self, response: requests.Response) -> int:
        """Return where in the file the answer begins; drop what is here if it does not go on from it."""
        if response.status_code == 200:
            self._part.unlink(missing_ok=True)
            return 0
        found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status_code == 206 and found and int(found[1]) == self._size():
            return self._size()
        self._part.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)
        raise PassingError("the rest of the file could not be had, so it is begun anew")

    def _refuse_what_cannot_be(self, response: requests.Response, start: int, expected: int | None) -> None:
        if "html" in response.headers.get("Content-Type", "").lower():
            raise self._web_page()
        if expected is None:
            return
        if start + expected > self._source.max_bytes:
            raise self._too_large()
        free = shutil.disk_usage(self._part.parent).free
        if expected > free:
            raise FetchError(
                f"{self._source.name}: {expected / 1e6:,.0f} MB are to come, but {free / 1e6:,.0f} MB are free there"
            )

    def _take(self, response: requests.Response, start: int, expected: int | None) -> None:
        size, whole = start, None if expected is None else start + expected
        try:
            with self._part.open("ab" if start else "wb") as file:
                for piece in pieces(response):
                    if not size and piece.lstrip()[:15].lower().startswith(_WEB_PAGE):
                        raise self._web_page()
                    size += len(piece)
                    if size > self._source.max_bytes:
                        raise self._too_large()
                    if time.monotonic() > self._until:
                        raise FetchError(
                            f"{self._source.name}: took longer than {self._patience.total_s:,.0f} s ({size:,} bytes came); "
                            "fetch it again to go on from there"
                        )
                    file.write(piece)
                    if self._progress is not None and whole:
                        self._progress(self._source.name, min(size / whole, 1.0))
        except PassingError as trouble:
            of = "" if whole is None else f" of {whole:,}"
            raise PassingError(f"{trouble.reason} after {size:,}{of} bytes") from None
        except OSError as error:
            raise FetchError(
                f"{self._source.name}: {self._part.name} cannot be written ({error.strerror})"
            ) from error

    def _web_page(self) -> FetchError:
        self._part.unlink(missing_ok=True)
        return FetchError(
            f"{self._source.name}: a web page came instead of the file, as happens when a publisher moves it, a service is "
            f"down, or a network asks for a login; look at {self._source.page}"
        )

    def _too_large(self) -> FetchError:
        self._part.unlink(missing_ok=True)
        return FetchError(
            f"{self._source.name}: more than {self._source.max_mb:,g} MB come, which cannot be right; nothing was kept"
        )
