"""Fetching official data: each source once, checked before it takes its place, and recorded beside it.

A file is brought into the cache first and looked at there; only a right one is put where it was asked for, in one move.
``fetched.json`` beside the files says of each from where and when it came, its edition, licence and SHA-256; it holds no
key.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from corridors.errors import FetchError
from corridors.official.checks import check_content
from corridors.official.feature_services import download_pages
from corridors.official.http import Patience, new_session
from corridors.official.keys import Keys, read_keys, unlogged
from corridors.official.records import (
    RECORDS,
    Fetched,
    cache_entry,
    in_place,
    kept,
    read_records,
    write_records,
)
from corridors.official.transfer import Transfer, download
from corridors.outputs import prepare_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import requests

    from corridors.official.sources import Source

logger = logging.getLogger(__name__)


def fetch_sources(
    sources: Sequence[Source],
    *,
    to: str | Path,
    districts: Sequence[str] = (),
    again: bool = False,
    patience: Patience | None = None,
    cache_dir: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[Fetched]:
    """Bring files of publishers into a folder.

    Parameters
    ----------
    sources
        What to bring; see `corridors.official.sources.read_catalogue`.
    to
        The folder; it is made where it is missing. A file that is there and is as it was fetched is left alone.
    districts
        Codes of districts, such as ``E08000025``, for the sources that are asked for by district.
    again
        Ask the servers even for what is there or in the cache.
    patience
        How long servers are waited for.
    cache_dir
        Folder of the cache; by default as for `accessibility.load_network`. Downloads stand in it under ``downloads``.
    environ
        Where keys are taken from; by default the environment.
    progress
        Told the source and the share of it that has come.

    Returns
    -------
        One record per source, in their order.

    Raises
    ------
    FetchError
        When a key is missing (before anything is asked), a file cannot be had, or it is not what it should be. Files
        that were right by then are in their place.
    OutputError
        When the folder cannot be written to.
    """
    folder = prepare_folder(to)
    addresses = {source.name: source.url(districts) for source in sources}
    records = read_records(folder)
    entries = {source.name: cache_entry(cache_dir, source, addresses[source.name]) for source in sources}
    there = {
        source.name: in_place(folder, source, addresses[source.name], records, entry=entries[source.name])
        for source in sources
    }
    missing = [source for source in sources if again or not there[source.name]]
    keys = {source.name: read_keys(source, environ=environ) for source in missing}
    with new_session() as session:
        for source in missing:
            records[source.name] = _Fetch(
                source=source,
                url=addresses[source.name],
                keys=keys[source.name],
                patience=patience or Patience(),
                entry=entries[source.name],
                again=again,
                progress=progress,
            ).into(folder, session, before=records.get(source.name))
            write_records(folder, records)
    return [records[source.name] for source in sources]


@dataclass(frozen=True)
class Planned:
    """What fetching one source would do, without asking anybody.

    Attributes
    ----------
    source
        The source.
    address
        Where it would be asked for, without keys.
    keys_missing
        The environment variables that are not set; without them it is fetched only if its keys are optional.
    state
        ``in place``, ``in the cache``, or ``to be fetched``.
    """

    source: Source
    address: str
    keys_missing: tuple[str, ...]
    state: str


def plan_fetch(
    sources: Sequence[Source],
    *,
    to: str | Path,
    districts: Sequence[str] = (),
    cache_dir: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[Planned]:
    """Say what `fetch_sources` would do; nothing is written and nobody is asked.

    Parameters
    ----------
    sources, to, districts, cache_dir, environ
        As for `fetch_sources`.

    Returns
    -------
        One plan per source, in their order.

    Raises
    ------
    FetchError
        When a source is fetched by district and none is named, or a file in the folder is not as it was fetched.
    """
    folder, environ = Path(to), os.environ if environ is None else environ
    records, plans = read_records(folder), []
    for source in sources:
        address = source.url(districts)
        variables = [*source.query_keys.values(), *source.header_keys.values()]
        entry, state = cache_entry(cache_dir, source, address), "to be fetched"
        if in_place(folder, source, address, records, entry=entry):
            state = "in place"
        elif source.content == "fixed" and kept(entry, source):
            state = "in the cache"
        absent = tuple(name for name in variables if not environ.get(name, "").strip())
        plans.append(Planned(source, address, absent, state))
    return plans


@dataclass(frozen=True)
class _Fetch:
    """The fetching of one source by way of the cache."""

    source: Source
    url: str
    keys: Keys
    patience: Patience
    entry: Path
    again: bool
    progress: Callable[[str, float], None] | None

    def into(self, folder: Path, session: requests.Session, *, before: Fetched | None) -> Fetched:
        """Put the file into a folder, and keep the keys out of what is logged and raised while it comes."""
        told = ""
        with unlogged(self.keys):
            try:
                return self._placed(folder, session, before=before)
            except FetchError as error:
                told = self.keys.redacted(str(error))
                if told == str(error):
                    raise
            # What a server sends may hold what it was asked with. Raised out here, so that the error that quotes it does
            # not travel along.
            raise FetchError(told)

    def _placed(self, folder: Path, session: requests.Session, *, before: Fetched | None) -> Fetched:
        """Put the file into a folder, from the cache where it is there, else from its server."""
        entry = prepare_folder(self.entry)
        try:
            with FileLock(entry / "lock", timeout=self.patience.total_s):
                record = self._in_cache(entry) if not self.again else None
                if record is None:
                    record = self._brought(entry, session, before=before)
                write_whole(
                    folder / self.source.file,
                    lambda part: shutil.copyfile(entry / self.source.file, part),
                )
        except Timeout as error:
            raise FetchError(
                f"{self.source.name}: another process has been fetching it for too long"
            ) from error
        return record

    def _in_cache(self, entry: Path) -> Fetched | None:
        """Return the record of the cached file if it may stand for the publisher's without asking."""
        record = kept(entry, self.source)
        if record is None or self.source.content == "moving":
            return None
        logger.info("%s: taken from the cache (%s)", self.source.name, record.fetched_on)
        return record

    def _brought(self, entry: Path, session: requests.Session, *, before: Fetched | None) -> Fetched:
        cached = kept(entry, self.source)
        part = entry / f"{self.source.file}.part"
        transfer = self._transfer(session, part, cached)
        if transfer.unchanged and cached is not None:
            logger.info("%s: the copy of %s is still the newest", self.source.name, cached.fetched_on)
            return cached
        try:
            found = check_content(part, self.source, declared=transfer.declared)
            for record in (before, cached):
                self._refuse_change(found, record)
            new = self._record(part, found, transfer)
            part.replace(entry / self.source.file)
            write_records(entry, {self.source.name: new})
        finally:
            # A file that was refused must not be gone on from.
            part.unlink(missing_ok=True)
            part.with_name(f"{part.name}.json").unlink(missing_ok=True)
        return new

    def _transfer(self, session: requests.Session, part: Path, cached: Fetched | None) -> Transfer:
        asked: dict[str, Any] = {
            "source": self.source,
            "keys": self.keys,
            "patience": self.patience,
            "progress": self.progress,
        }
        if self.source.format.startswith("arcgis"):
            return download_pages(session, self.url, part, **asked)
        known = None if cached is None else Transfer(cached.etag, cached.last_modified)
        return download(session, self.url, part, known=known, **asked)

    def _refuse_change(self, found: str, before: Fetched | None) -> None:
        if before is None or before.address != self.url or self.source.content != "fixed":
            return
        if before.sha256 != found:
            raise FetchError(
                f"{self.source.name}: its publisher does not change this file, but it is no longer the one fetched on "
                f"{before.fetched_on} ({before.sha256[:12]}… then, {found[:12]}… now); look at {self.source.page}, and "
                f"to take the new one remove the old from {RECORDS} and from the cache"
            )

    def _record(self, part: Path, found: str, transfer: Transfer) -> Fetched:
        said = self.source
        return Fetched(
            name=said.name,
            title=said.title,
            publisher=said.publisher,
            licence=said.licence,
            vintage=said.vintage,
            address=self.url,
            verified=said.verified,
            file=said.file,
            format=said.format,
            size=part.stat().st_size,
            sha256=found,
            fetched_on=dt.datetime.now(dt.UTC).date().isoformat(),
            # A server may put anything there, even what it was asked with.
            etag=self.keys.redacted(transfer.etag),
            last_modified=self.keys.redacted(transfer.last_modified),
            overlaps=said.overlaps,
        )
