"""The whole canonical validation of a feed, by gtfs-guru where that extra is installed.

It runs in a process of its own: a feed on which the validator hangs or falls over costs its findings, not the report.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from accessibility.feeds.files import HARMLESS_BYTES, PACKING_RATIO, UNPACKED_BYTES
from accessibility.feeds.notices import Notice, Severity

VALIDATOR: Final = "gtfs-guru"
INSTALL_HINT: Final = (
    f"The whole canonical validation was left out, for {VALIDATOR} is not installed; "
    'pip install "inclusive-growth-corridors[validate]" adds it.'
)
#: Longer than any feed needs: 1.8 million stop times take seconds.
TIMEOUT_S: Final = 300
_MODULE: Final = "gtfs_guru"
#: As much of the validator's last words as a sentence bears.
_SAID_CHARACTERS: Final = 200
#: How many circumstances of a first case are told.
_TOLD: Final = 4
#: Circumstances that are told as the place already.
_TOLD_AS_PLACE: Final = re.compile("^filename$|csvRowNumber", re.IGNORECASE)
_SEVERITIES: Final[MappingProxyType[str, Severity]] = MappingProxyType(
    {"ERROR": "ERROR", "WARNING": "WARNING", "INFO": "INFO"}
)
#: What the other process does: validate, and say every finding once with its count and its first case.
_SCRIPT: Final = """
import json, sys
import gtfs_guru
result = gtfs_guru.validate(sys.argv[1], country_code=sys.argv[2] or None, date=sys.argv[3])
schema, groups = gtfs_guru.notice_schema(), {}
for notice in result.notices:
    context = {key: value for key, value in notice.context().items()}
    rows = [value for key, value in sorted(context.items()) if key.startswith("csvRowNumber")]
    row = notice.row or (rows[0] if rows else None)
    files = schema.get(notice.code, {}).get("references", {}).get("fileReferences", [])
    file = notice.file or context.get("filename") or (files[0] if len(files) == 1 else None)
    found = dict(code=notice.code, severity=notice.severity, message=notice.message, file=file, row=row,
                 context=context)
    # The notices come in no fixed order; the first case is the first by place.
    place = (found["file"] or "", row or 0, json.dumps(context, sort_keys=True, default=str))
    group = groups.setdefault((notice.code, notice.severity), [0, place, found])
    group[0] += 1
    if place < group[1]:
        group[1:] = [place, found]
summary = json.loads(result.to_json()).get("summary", {})
print(json.dumps({"version": gtfs_guru.__version__, "baseline": summary.get("canonicalBaseline"),
    "notices": [dict(found, count=count) for count, _, found in groups.values()]}, default=str))
"""


@dataclass(frozen=True)
class CanonicalResult:
    """What the validator says of a feed.

    Attributes
    ----------
    versions
        The validator with its version and the rules it follows; None where it is not installed or did not finish.
    notices
        One per code and severity, counted, sorted by severity and code.
    """

    versions: str | None
    notices: tuple[Notice, ...]


def validator_installed() -> bool:
    """Tell whether the extra with the validator is installed."""
    return importlib.util.find_spec(_MODULE) is not None


def validate_canonically(
    path: Path, *, today: dt.date, country: str = "GB", timeout_s: float = TIMEOUT_S
) -> CanonicalResult:
    """Have a feed validated against the whole list of canonical rules.

    Parameters
    ----------
    path
        A zip that can be opened, or a folder.
    today
        The day against which calendars are expired or still to come.
    country
        Two-letter code for the form of telephone numbers.
    timeout_s
        After so long the validator is stopped.

    Returns
    -------
    CanonicalResult
        Where the validator is not installed: no versions, no notices. Where it fails or takes too long: one warning,
        ``canonical_validation_failed``.
    """
    if not validator_installed():
        return CanonicalResult(None, ())
    try:
        answer = _answer(path, today, country, timeout_s)
    except _NoAnswerError as error:
        message = f"the canonical validation by {VALIDATOR} {error}; its findings are missing here"
        return CanonicalResult(None, (Notice("canonical_validation_failed", "WARNING", message),))
    baseline = f", rules of {answer['baseline']}" if answer["baseline"] else ""
    return CanonicalResult(
        versions=f"{VALIDATOR} {answer['version']}{baseline}",
        notices=tuple(sorted(map(_notice, answer["notices"]), key=lambda n: (n.severity, n.code))),
    )


class _NoAnswerError(Exception):
    """The validator did not finish; the reason goes on from its name."""


def _answer(path: Path, today: dt.date, country: str, timeout_s: float) -> dict[str, Any]:
    """Run the validator in a process of its own."""
    if bomb := _beyond_bounds(path):
        raise _NoAnswerError(f"was left out, because {bomb} unpacks to more than any file of a feed does")
    command = [sys.executable, "-c", _SCRIPT, str(path.absolute()), country, today.isoformat()]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and this module's own script
            command, capture_output=True, timeout=timeout_s, check=False, encoding="utf-8", errors="replace"
        )
    except subprocess.TimeoutExpired:
        raise _NoAnswerError(f"took longer than {timeout_s:g} s and was stopped") from None
    except OSError as error:
        raise _NoAnswerError(f"could not be started ({error.strerror or error})") from None
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        last = f" ({said[-1][:_SAID_CHARACTERS]})" if said else ""
        raise _NoAnswerError(f"stopped with code {done.returncode}{last}")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise _NoAnswerError("gave an answer that cannot be read") from None
    return answer


def _beyond_bounds(path: Path) -> str | None:
    """Name a file of a zip that would fill the memory; the validator unpacks files that the toolkit never reads."""
    if path.is_dir():
        return None
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.file_size > min(
                UNPACKED_BYTES, max(HARMLESS_BYTES, PACKING_RATIO * member.compress_size)
            ):
                return member.filename
    return None


def _notice(found: dict[str, Any]) -> Notice:
    circumstances = [
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in sorted(found["context"].items())
        if not _TOLD_AS_PLACE.search(key) and value != ""
    ]
    first = f" ({', '.join(circumstances[:_TOLD])})" if circumstances else ""
    return Notice(
        code=found["code"],
        severity=_SEVERITIES.get(found["severity"], "WARNING"),
        message=f"{found['message']}{first}",
        file=found["file"],
        row=found["row"],
        count=found["count"],
    )
