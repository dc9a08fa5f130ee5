"""Write the hospitals and secondary schools of the embedded sample, `services.csv`.

Hospitals are sites of NHS trusts as the Organisation Data Service lists them, which are not all hospitals that one would
travel to: departments, trials, hubs and former sites stand beside them under one postcode or another. The rule here:

* only types whose name says hospital or infirmary (`HOSPITAL_TYPES`): no centre, clinic, unit, community team or cottage
  hospital;
* no row whose name says that it is no place to visit (`NOT_A_PLACE`);
* no row that names a department (`is_department`): its postcode is often a large user's, placed elsewhere;
* one site per postcode, under the name that most of its rows bear.

What is left still holds community, psychiatric and private hospitals where a trust works, and tells nothing of emergency
departments: no row is verified.

Schools are all open state-funded secondary establishments of the register, without online ones. Both lists are placed at
their postcodes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
from areas import write_table
from gtfs_out import BuildError
from outlines import BOROUGH_CODES

if TYPE_CHECKING:
    from pathlib import Path

HOSPITAL_TYPES = ("General Hospital", "Hospital", "Infirmary", "Royal Hospital")
NOT_A_PLACE = re.compile(
    r"\b(?:TRIALS|FORMER|OLD|INDUSTRIAL|LIAISON|LIASON|PRESCRIBER|NIGHTINGALE|VACCINATION|PTS|FACILITIES)\b"
)
NO_BUILDING = ("Online provider",)
HOSPITAL_SOURCE = "{code} among the sites of NHS trusts, Organisation Data Service, 2024-25 (NHS England, OGL v3.0), at its postcode"
SCHOOL_SOURCE = "URN {code} in Get Information about Schools, 2024-25 (Department for Education, OGL v3.0), at its postcode"
COLUMNS = ["id", "name", "kind", "lon", "lat", "source", "verified"]


def build(source: Path, out: Path) -> None:
    """Write `services.csv` under `out/boundaries`.

    Parameters
    ----------
    source
        Folder of the openly licensed source data; its `boundaries` folder is read.
    out
        The sample's data folder. An existing file of the same name is replaced.

    Raises
    ------
    BuildError
        When a source file is missing, or an id is there twice.
    """
    folder = source / "boundaries"
    tables = [
        hospitals(_read(folder / "poi_hospitals.csv")),
        schools(_read(folder / "poi_schools_secondary.csv")),
    ]
    table = pd.concat(tables, ignore_index=True).sort_values(["kind", "id"], ignore_index=True)
    twice = table.loc[table["id"].duplicated(), "id"]
    if len(twice):
        raise BuildError(f"service {twice.iloc[0]} is there more than once")
    write_table(out / "boundaries" / "services.csv", table)


def hospitals(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per hospital site of the boroughs, by the rule of this module."""
    inside = rows[rows["ladcd"].isin(BOROUGH_CODES) & rows["hospital_type"].isin(HOSPITAL_TYPES)]
    kept = inside[~inside["name"].str.contains(NOT_A_PLACE)]
    sites = kept[~kept["name"].map(is_department).astype(bool)]
    chosen = [_one_of_postcode(part) for _, part in sites.groupby("postcode", sort=True)]
    table = sites.loc[chosen]
    names = table["name"].map(_capitalised)
    return _as_services(table, code="orgid", name=names, kind="hospital", source=HOSPITAL_SOURCE)


def is_department(name: str) -> bool:
    """Tell whether a name goes on after the hospital's own, to a department, a numbered unit or a hub."""
    return (
        re.search(r"(?:HOSPITAL|INFIRMARY)S?(?: - | ?\(| OUTPATIENTS| ELECTIVE| MEDICINE| SURGERY| \d)", name)
        is not None
    )


def schools(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per secondary school of the boroughs."""
    kept = rows[rows["ladcd"].isin(BOROUGH_CODES) & ~rows["typeofestablishment_name"].isin(NO_BUILDING)]
    return _as_services(
        kept,
        code="urn",
        name=kept["establishmentname"].str.strip(),
        kind="secondary_school",
        source=SCHOOL_SOURCE,
    )


def _one_of_postcode(rows: pd.DataFrame) -> object:
    """Take the row whose name most rows of the postcode bear; of equals the shortest name, then the first code."""
    votes = rows["name"].map(rows["name"].value_counts())
    order = pd.DataFrame({"votes": -votes, "length": rows["name"].str.len(), "code": rows["orgid"]})
    return order.sort_values(["votes", "length", "code"]).index[0]


def _as_services(rows: pd.DataFrame, *, code: str, name: pd.Series, kind: str, source: str) -> pd.DataFrame:
    codes = rows[code].astype(str)
    return pd.DataFrame(
        {
            "id": codes,
            "name": name,
            "kind": kind,
            "lon": rows["lon"].astype(float),
            "lat": rows["lat"].astype(float),
            "source": [source.format(code=value) for value in codes],
            "verified": "false",
        },
        columns=COLUMNS,
    )


def _capitalised(name: str) -> str:
    return " ".join("NHS" if word == "NHS" else word.capitalize() for word in name.split())


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise BuildError(f"{path.name}: there is no such file in the source folder")
    return pd.read_csv(path, dtype={"urn": str, "orgid": str})
