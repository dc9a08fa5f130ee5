"""Turning fetched files into a study folder: its tables, and a ``study.toml`` that is ready but for the centres.

What only the user can say is left to the user: the tables of centres, corridors and sites are written with their header
alone, and never written over. The definition of the journey, the indicator and the ranking is that of the embedded
sample, word for word, so that it stands in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corridors.errors import FetchError
from corridors.need.claimants import read_claimants
from corridors.need.employment import read_jobs
from corridors.official.folder_areas import (
    official_areas,
    official_outlines,
    official_pieces,
    official_wards,
)
from corridors.official.folder_jobs import official_claimants, official_jobs, official_stations
from corridors.official.folder_text import OFFICIAL, study_text
from corridors.official.records import read_records
from corridors.outputs import prepare_folder, write_csv, write_text
from corridors.places.places import read_outlines, read_stations
from corridors.study import load_study
from corridors.tables.areas import read_area_wards, read_areas, read_vintages, read_wards, ward_shares
from corridors.tables.tables import CENTRES, CORRIDORS, SITES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from corridors.official.records import Fetched
    from corridors.tables.tables import TableSpec

_NEEDED: Final = (
    "ons-oa21-lookup",
    "ons-oa21-ward25",
    "ons-lsoa21-ward25",
    "ons-lsoa21-centroids",
    "ons-ward25-boundaries",
    "ons-msoa11-msoa21",
    "iod-2025",
    "census21-residents",
    "census21-age",
    "census21-activity",
    "bres-jobs",
    "naptan-stations",
)
_OWN: Final[dict[str, TableSpec]] = {
    "centres.csv": CENTRES,
    "corridors.csv": CORRIDORS,
    "sites.csv": SITES,
}


@dataclass(frozen=True)
class StudyFolder:
    """A study folder that was made.

    Attributes
    ----------
    study
        The study file.
    notes
        What the user has to know, and what is left to do.
    """

    study: Path
    notes: tuple[str, ...]


def write_study_folder(folder: str | Path, *, districts: Sequence[str]) -> StudyFolder:
    """Make a study of the files that were fetched into the ``official`` folder beside it.

    Parameters
    ----------
    folder
        The study's folder. Tables made of fetched files are written anew; ``study.toml`` and the tables of centres,
        corridors and sites are kept where they are there.
    districts
        Codes of the study's districts, in England.

    Returns
    -------
        The study file and notes. Everything but the centres has been read back as a run reads it.

    Raises
    ------
    FetchError
        When a file that a study needs was not fetched, no timetable was, or two timetables hold the same services.
    TableError, JoinError, StudyError
        When a file is not what it should be, or the files do not belong together.
    """
    folder = Path(folder)
    official = folder / OFFICIAL
    records = read_records(official)
    paths = _paths(official, records)
    feeds = _feeds(records)
    wards, heading = official_wards(paths, districts)
    outlines = official_outlines(paths, wards, heading=heading)
    areas, notes = official_areas(paths, districts)
    code = areas.columns[0]
    points = areas.rename(columns={code: "id"})
    jobs, jobs_year, job_notes = official_jobs(
        paths["bres-jobs"], paths["ons-msoa11-msoa21"], points, outlines
    )
    pieces = official_pieces(paths, areas[code].tolist(), wards["WD"].tolist())
    prepare_folder(folder)
    tables: dict[str, pd.DataFrame] = {
        "areas.csv": areas,
        "area_wards.csv": pieces.rename(columns={"LSOA": code, "WD": heading.lower()}),
        "wards.csv": wards.set_axis([heading.lower(), "ward_name", "district_code", "district_name"], axis=1),
        "jobs.csv": jobs,
        "stations.csv": official_stations(paths["naptan-stations"], outlines),
    }
    if {"claimants", "residents-16-64"} <= set(paths):
        claimants = official_claimants(paths["claimants"], paths["residents-16-64"], points)
        tables["claimants.csv"] = claimants.rename(columns={"id": code})
    for name, table in tables.items():
        write_csv(folder / name, table)
    write_text(folder / "wards.geojson", outlines.to_json(drop_id=True) + "\n")
    text = study_text(
        records,
        feeds=feeds,
        districts=districts,
        names=sorted(wards["LAD_name"].unique()),
        wards=heading,
        jobs_year=jobs_year,
        claimants="claimants.csv" in tables,
        limits=[*notes, *job_notes],
    )
    kept = _write_own(folder, text)
    _read_back(folder / "study.toml")
    return StudyFolder(folder / "study.toml", (*notes, *job_notes, *kept, *_left_to_do(folder, records)))


def _paths(official: Path, records: Mapping[str, Fetched]) -> dict[str, Path]:
    paths = {name: official / record.file for name, record in records.items()}
    absent = [name for name in _NEEDED if name not in paths or not paths[name].is_file()]
    if absent:
        raise FetchError(
            f"{official}: a study needs {', '.join(absent)}, which {'is' if len(absent) == 1 else 'are'} not there; "
            "run `corridors fetch --study`"
        )
    return {name: path for name, path in paths.items() if path.is_file()}


def _feeds(records: Mapping[str, Fetched]) -> list[Fetched]:
    feeds = [record for record in records.values() if record.format == "gtfs"]
    if not feeds:
        raise FetchError("a study needs a timetable, and none was fetched: name a source of one")
    for feed in feeds:
        twice = next((other for other in feed.overlaps if other in records), None)
        if twice:
            raise FetchError(
                f"{feed.name} and {twice} hold the same services, which would run twice: take one out of {OFFICIAL}"
            )
    return sorted(feeds, key=lambda feed: feed.name)


def _write_own(folder: Path, text: str) -> list[str]:
    """Write what is the user's to change, unless it is there."""
    kept = []
    for name, spec in _OWN.items():
        if not (folder / name).exists():
            columns = [field.name for field in spec.fields]
            write_text(folder / name, ",".join(columns) + "\n")
    if (folder / "study.toml").exists():
        kept.append("study.toml was there and was kept: see that its [vintages] are those of the new tables")
    else:
        write_text(folder / "study.toml", text)
    return kept


def _left_to_do(folder: Path, records: Mapping[str, Fetched]) -> list[str]:
    left = []
    if len((folder / "centres.csv").read_text(encoding="utf-8").splitlines()) < 2:
        left.append(
            "name your centres in centres.csv before you run the study: one row per access point, the points of one "
            "centre under one centre_id"
        )
    left.append("corridors.csv and sites.csv may stay empty; then nothing is ranked")
    unverified = [name for name, record in sorted(records.items()) if not record.verified]
    if unverified:
        left.append(f"fetched from addresses that nobody has vouched for: {', '.join(unverified)}")
    left.append("judge the timetables with `corridors check study.toml`")
    return left


def _read_back(path: Path) -> None:
    """Read the tables as a run does, but for those that the user has yet to fill."""
    study = load_study(path)
    tables = {key: study.resolve(name) for key, name in study.files.named.items()}
    read_vintages(tables)
    wards = read_wards(tables["wards"])
    outlines = read_outlines(tables["outlines"], wards)
    areas = read_areas(tables["areas"], outlines)
    ward_shares(read_area_wards(tables["area_wards"]), areas)
    read_jobs(tables["jobs"], wards, outlines)
    read_stations(tables["stations"], outlines)
    if "claimants" in tables:
        read_claimants(tables["claimants"])
