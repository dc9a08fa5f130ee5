"""TransXChange, as British bus operators publish it, read as if it were GTFS.

The parsing is that of the extra ``transx2gtfs``, which would fetch the register of stops and the bank holidays from the
network; here they are files that the user names, or nothing is converted.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from accessibility.cache_place import cache_folder
from accessibility.errors import FeedError, ParameterError
from accessibility.feeds.notices import Notice
from accessibility.feeds.packing import beside, put_in_place, zip_folder
from accessibility.transxchange.files import each_document, holds_transxchange
from accessibility.transxchange.notices import conversion_notices
from accessibility.transxchange.settings import EXTRA, Settings, find_settings
from accessibility.transxchange.stops import read_naptan

__all__ = ["Conversion", "conversion_key", "convert_transxchange", "converted", "holds_transxchange"]

log = logging.getLogger(__name__)

#: How many conversions are kept.
MOST_KEPT: Final = 16
#: transx2gtfs keeps the path of the bank holidays, and Python its warnings, once for the whole process.
_ONE_AT_A_TIME: Final = threading.Lock()


@dataclass(frozen=True)
class Conversion:
    """A GTFS zip made of TransXChange, as bytes, and what was noticed on the way."""

    content: bytes
    notices: tuple[Notice, ...]


def convert_transxchange(
    source: str | Path,
    out: str | Path,
    *,
    naptan: str | Path | None = None,
    bank_holidays: str | Path | None = None,
    overwrite: bool = False,
) -> Path:
    """Convert TransXChange to a GTFS zip, without the network.

    Of several revisions of a service that cover the same days, the newest is taken. Stops lie where NaPTAN has them,
    else where the document does; calls at other stops are left out and counted, up to a tenth of all. Journeys on
    demand, the day shift of journeys, and weeks of the month, are not read, and counted. Findings are logged.

    Parameters
    ----------
    source
        A zip as the Bus Open Data Service gives it (zips in it are read too), a folder of such files, or one XML file.
    out
        The zip to write.
    naptan
        NaPTAN's CSV of access nodes; by default the file that ``TRANSX2GTFS_NAPTAN_PATH`` names.
    bank_holidays
        GOV.UK's JSON of bank holidays; by default the file that ``TRANSX2GTFS_BANK_HOLIDAYS_PATH`` names.
    overwrite
        Replace what is at `out`.

    Returns
    -------
    pathlib.Path
        The path written.

    Raises
    ------
    FeedError
        When a setting or the extra is missing, the source cannot be read within bounds, a document is not as the schema
        has it, or no journey is left.
    ParameterError
        When something is at `out` already.

    Examples
    --------
    >>> acc.convert_transxchange("bods.zip", "bus.zip", naptan="stops.csv", bank_holidays="days.json")  # doctest: +SKIP
    """
    source, out = Path(source), Path(out)
    if out.is_dir() or (out.exists() and not overwrite):
        raise ParameterError(f"{out} is there already; name another path, or ask for overwrite=True")
    if not source.exists():
        raise FeedError("there is no such file or folder", file=str(source), code="missing_feed")
    conversion = _convert(source, find_settings(source, naptan, bank_holidays))
    for notice in conversion.notices:
        log.log(logging.INFO if notice.severity == "INFO" else logging.WARNING, notice.sentence())
    with beside(out) as workshop:
        made = workshop / "made"
        made.write_bytes(conversion.content)
        put_in_place(made, out)
    return out


def converted(source: Path) -> Conversion:
    """Give TransXChange as GTFS: from the cache, or converted and kept there; the variables name what it rests on.

    Raises
    ------
    FeedError
        As `convert_transxchange`.
    """
    settings = find_settings(source, None, None)
    kept = cache_folder() / "transxchange" / f"{_key(source, settings)}.gtfs"
    conversion = _read_kept(kept)
    if conversion is None:
        conversion = _convert(source, settings)
        _keep(kept, conversion)
    return conversion


def conversion_key(source: Path) -> str:
    """Hash all that the conversion of a source rests on, its documents, settings and makers, without converting it."""
    return _key(source, find_settings(source, None, None))


def _convert(source: Path, settings: Settings) -> Conversion:
    try:
        # Not at the top: it needs the extra, which most users do without.
        from accessibility.transxchange import tables as txc  # noqa: PLC0415
    except ImportError as error:
        raise FeedError(
            f"is TransXChange, and {EXTRA} {settings.version} is not one that can be used ({error}); "
            f'install {EXTRA} 0.6 with: pip install "{EXTRA}>=0.6,<0.7"',
            file=source.name,
            code="transxchange_extra_missing",
        ) from None
    with _ONE_AT_A_TIME, txc.bank_holidays_from(settings.bank_holidays):
        headers = [
            (number, txc.read_header(document)) for number, document in enumerate(each_document(source))
        ]
        found = [(number, header) for number, header in headers if header is not None]
        if not found:
            raise FeedError(
                "holds no TransXChange document; NeTEx, for one, is not read",
                file=source.name,
                code="no_transxchange",
            )
        current, level = txc.current(found)
        positions = read_naptan(settings.naptan)
        parts = [
            txc.read_part(document, positions)
            for number, document in enumerate(each_document(source))
            if number in current
        ]
    notices = conversion_notices(
        source,
        parts,
        version=settings.version,
        superseded=len(found) - len(current),
        strange=len(headers) - len(found),
        level=level,
    )
    try:
        return Conversion(_zip(txc.join_parts(parts)), notices)
    except OSError as error:
        raise FeedError(
            f"cannot be converted, for the folder of temporary files cannot be written ({error.strerror})",
            file=source.name,
            code="not_written",
        ) from None


def _zip(tables: Mapping[str, pd.DataFrame]) -> bytes:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as workshop:
        folder = Path(workshop) / "feed"
        folder.mkdir()
        for table, rows in tables.items():
            if len(rows):
                rows.to_csv(folder / f"{table}.txt", index=False, lineterminator="\n", encoding="utf-8")
        packed = Path(workshop) / "packed"
        zip_folder(folder, packed)
        return packed.read_bytes()


def _key(source: Path, settings: Settings) -> str:
    here = Path(__file__).parent
    makers = [*sorted(here.glob("*.py")), here.parent / "feeds" / "packing.py"]
    inputs = [settings.naptan, settings.bank_holidays, *makers, *_files(source)]
    told = [settings.version, source.name, *([path.name, _sha256(path)] for path in inputs)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    found = (*source.glob("*"), *source.glob("*/*"))
    return sorted(path for path in found if path.suffix.lower() in (".xml", ".zip") and path.is_file())


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise FeedError(f"cannot be read ({error.strerror})", file=str(path), code="missing_feed") from None


def _read_kept(path: Path) -> Conversion | None:
    """Return the conversion that was kept; None where there is none that is whole."""
    try:
        head, _, content = path.read_bytes().partition(b"\n")
        told = json.loads(head)
        if told["sha256"] != hashlib.sha256(content).hexdigest():
            return None
        conversion = Conversion(content, tuple(Notice(**notice) for notice in told["notices"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # Old ones are deleted by the time of last use; where it cannot be set, the time of writing does.
    with suppress(OSError):
        os.utime(path)
    return conversion


def _keep(path: Path, conversion: Conversion) -> None:
    """Keep a conversion beside the last few others; where that cannot be done it is made anew the next time."""
    head = {
        "sha256": hashlib.sha256(conversion.content).hexdigest(),
        "notices": [asdict(notice) for notice in conversion.notices],
    }
    try:
        with beside(path) as workshop:
            made = workshop / "made"
            made.write_bytes(json.dumps(head).encode() + b"\n" + conversion.content)
            put_in_place(made, path)
        by_use = sorted(path.parent.glob("*.gtfs"), key=lambda kept: kept.stat().st_mtime_ns, reverse=True)
    except (FeedError, OSError) as error:
        log.warning("the conversion was not kept in the cache (%s)", error)
        return
    for old in by_use[MOST_KEPT:]:
        with suppress(OSError):
            old.unlink()
