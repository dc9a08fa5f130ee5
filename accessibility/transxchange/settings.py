"""What a conversion of TransXChange rests on besides its source: files that the user names, never the network."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from accessibility.errors import FeedError

EXTRA: Final = "transx2gtfs"
NAPTAN_VARIABLE: Final = "TRANSX2GTFS_NAPTAN_PATH"
HOLIDAYS_VARIABLE: Final = "TRANSX2GTFS_BANK_HOLIDAYS_PATH"
NAPTAN_ADDRESS: Final = "https://naptan.api.dft.gov.uk/v1/access-nodes?dataFormat=csv"
HOLIDAYS_ADDRESS: Final = "https://www.gov.uk/bank-holidays.json"


@dataclass(frozen=True)
class Settings:
    """The version of transx2gtfs, the register of stops and the bank holidays."""

    version: str
    naptan: Path
    bank_holidays: Path


def find_settings(source: Path, naptan: str | Path | None, bank_holidays: str | Path | None) -> Settings:
    """Find what a conversion rests on, or say in one sentence what is missing and where it is had.

    Parameters
    ----------
    source
        What is to be converted, for the message.
    naptan, bank_holidays
        Paths; None takes those that the variables name.

    Raises
    ------
    FeedError
        When the extra, or one of the files, is not there or not what it should be.
    """
    try:
        version = metadata.version(EXTRA)
    except metadata.PackageNotFoundError:
        raise FeedError(
            f"is TransXChange, which the extra {EXTRA} converts; "
            'install it with: pip install "inclusive-growth-corridors[transxchange]"',
            file=source.name,
            code="transxchange_extra_missing",
        ) from None
    wanted = (
        (naptan, NAPTAN_VARIABLE, NAPTAN_ADDRESS, "the stops of NaPTAN"),
        (bank_holidays, HOLIDAYS_VARIABLE, HOLIDAYS_ADDRESS, "the bank holidays"),
    )
    missing = [
        f"{what} (download {address} and set {variable} to the file's path)"
        for given, variable, address, what in wanted
        if not (given or os.environ.get(variable))
    ]
    if missing:
        raise FeedError(
            f"is TransXChange, and to convert it {' and '.join(missing)} must be at hand; nothing is downloaded",
            file=source.name,
            code="transxchange_setting_missing",
        )
    found = [Path(given or os.environ[variable]).expanduser() for given, variable, _, _ in wanted]
    for path, (given, variable, _, what) in zip(found, wanted, strict=True):
        if not path.is_file():
            raise FeedError(
                f"there is no such file, and {'it was given' if given else f'{variable} names it'} for {what}",
                file=str(path),
                code="transxchange_setting_missing",
            )
    _check_holidays(found[1])
    return Settings(version, *found)


def _check_holidays(path: Path) -> None:
    """Refuse what is not GOV.UK's JSON, where the converter would fall over its first surprise."""
    try:
        told = json.loads(path.read_bytes())
        sound = bool(told["england-and-wales"]["events"]) and all(
            isinstance(event["title"], str) and re.fullmatch(r"\d{4}-\d\d-\d\d", event["date"])
            for division in told.values()
            for event in division["events"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise FeedError(
            f"is not the JSON of bank holidays that {HOLIDAYS_ADDRESS} gives",
            file=path.name,
            code="bank_holidays",
        )
