"""The bus stops of the published register (NaPTAN), and which of them a street names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from gtfs_out import BuildError

if TYPE_CHECKING:
    from pathlib import Path

STOPS_FILE = "transit/naptan/wm_active_stops_20260724.csv"
COMPASS = {name: 45.0 * turn for turn, name in enumerate(("N", "NE", "E", "SE", "S", "SW", "W", "NW"))}
FIELDS = [
    "ATCOCode", "CommonName", "Street", "Indicator", "Bearing", "LocalityName", "Easting", "Northing",
    "Longitude", "Latitude", "StopType",
]  # fmt: skip
WORDS = {
    "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive", "cres": "crescent",
    "pl": "place", "sq": "square", "qway": "queensway", "qwy": "queensway", "gdns": "gardens",
    "gr": "grove", "gv": "grove", "cl": "close", "ct": "court", "hgh": "high", "and": "", "the": "",
}  # fmt: skip


@dataclass(frozen=True)
class Via:
    """One step of a line: a street in one or several localities, or a named place."""

    name: str
    localities: tuple[str, ...]
    place: bool = False
    only: str = ""  # ">" outbound only, "<" inbound only: one-way streets

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read ``Street: Locality, Locality`` or ``@Stop name: Locality``, after ``>`` or ``<`` if one-way."""
        only = text[:1] if text[:1] in {">", "<"} else ""
        name, colon, rest = text[len(only) :].partition(":")
        localities = tuple(sorted(part.strip() for part in rest.split(",") if part.strip()))
        if not colon or not name.strip("@ ") or not localities:
            raise BuildError(f"{text!r} is not 'Street: Locality' or '@Stop name: Locality'")
        return cls(name.removeprefix("@").strip(), localities, place=name.startswith("@"), only=only)

    def __str__(self) -> str:
        """Write the step as it stands in the files."""
        return f"{self.only}{'@' if self.place else ''}{self.name}: {', '.join(self.localities)}"


def plain(name: str) -> str:
    """Bring a street or stop name to one spelling: case, punctuation and common abbreviations."""
    words = re.sub(r"[^a-z0-9 ]", "", name.lower().replace("-", " ").replace("/", " ")).split()
    full = [WORDS.get(word, word) for word in words]
    if len(full) > 1 and full[-1] == "st":
        full[-1] = "street"
    return " ".join(word for word in full if word)


def read_stops(source: Path) -> pd.DataFrame:
    """Read the active bus stops, one row each, sorted by ``stop_id``.

    Columns: ``stop_id`` (ATCO code), ``name``, ``street`` and ``place`` (normalised), ``locality``,
    ``bearing_deg`` (0 = north; NaN in bus stations), ``x`` and ``y`` in metres (EPSG:27700),
    ``lon`` and ``lat`` (EPSG:4326). Source: NaPTAN, Department for Transport, OGL v3.0.

    Raises
    ------
    BuildError
        If the file or one of its columns is missing, or a stop occurs twice.
    """
    path = source / STOPS_FILE
    if not path.is_file():
        raise BuildError(f"{path.name}: the file is not in {source / 'transit/naptan'}")
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [field for field in FIELDS if field not in raw]
    if missing:
        raise BuildError(f"{path.name}: the columns {', '.join(missing)} are missing")
    return stop_table(raw.loc[raw["StopType"].isin(["BCT", "BCS"]), FIELDS])


def stop_table(raw: pd.DataFrame) -> pd.DataFrame:
    """Turn rows of the register into the table that `read_stops` describes."""
    twice = raw.loc[raw["ATCOCode"].duplicated(), "ATCOCode"]
    if len(twice):
        raise BuildError(f"stop {twice.iloc[0]} occurs twice in the register")
    stops = pd.DataFrame(
        {
            "stop_id": raw["ATCOCode"],
            "name": [_full_name(*row) for row in zip(raw["CommonName"], raw["Indicator"], strict=True)],
            "street": raw["Street"].map(plain),
            "street_name": raw["Street"],
            "place": raw["CommonName"].map(plain),
            "locality": raw["LocalityName"].str.strip(' "'),
            "bearing_deg": raw["Bearing"].map(lambda text: COMPASS.get(text, np.nan)).astype("float64"),
            "x": raw["Easting"].astype("float64"),
            "y": raw["Northing"].astype("float64"),
            "lon": raw["Longitude"].astype("float64"),
            "lat": raw["Latitude"].astype("float64"),
        }
    )
    return stops.sort_values("stop_id", kind="stable").reset_index(drop=True)


def matching(stops: pd.DataFrame, via: Via) -> np.ndarray:
    """Row numbers of the stops on the street (or at the named place) of `via`, in its localities."""
    named = stops["place" if via.place else "street"] == plain(via.name)
    return np.flatnonzero(named & stops["locality"].isin(via.localities))


def _full_name(common: str, indicator: str) -> str:
    short = indicator.strip()
    return f"{common.strip()} ({short})" if short else common.strip()
