"""Jobs, claimants and stations of a study folder, from Nomis and NaPTAN."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from corridors.errors import JoinError, TableError
from corridors.official.folder_areas import in_wards
from corridors.tables.joins import join_report, refuse_unmatched
from corridors.tables.reading import read_table
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from pathlib import Path

_YEAR: Final = re.compile(r"\b(20\d\d)\b")
_MOST_WITHOUT_JOBS: Final = 0.1
_STATION_KINDS: Final = {"RLY": "rail", "MET": "metro"}
_STATIONS_AROUND_M: Final = 3_000.0
_METRES: Final = "EPSG:27700"
_DEGREES: Final = "EPSG:4326"
_NOMIS: Final = TableSpec(
    "area",
    (
        Field("GEOGRAPHY_CODE", "text", "code of the area"),
        Field("GEOGRAPHY_TYPE", "text", "the kind of area and its year"),
        Field("DATE_NAME", "text", "the month or year of the figure"),
        Field("OBS_VALUE", "number", "the figure; empty where it is not published", may_be_empty=True),
    ),
    ("GEOGRAPHY_CODE",),
)


def read_nomis(path: Path) -> tuple[pd.DataFrame, str, int]:
    """Read one figure per area from an answer of Nomis.

    Returns
    -------
        ``id`` and ``figure`` (NaN where it is not published), sorted; the month or year of the figures; and the year of
        the codes.

    Raises
    ------
    TableError
        When the file is not such an answer, or mixes months or kinds of area.
    """
    table = read_table(path, _NOMIS)
    for column in ("DATE_NAME", "GEOGRAPHY_TYPE"):
        found = table[column].drop_duplicates()
        if len(found) != 1:
            raise TableError(
                f"column {column!r} holds {len(found)} values where one was expected", file=path.name
            )
    kind = str(table["GEOGRAPHY_TYPE"].iloc[0])
    year = _YEAR.search(kind)
    if year is None:
        raise TableError(f"GEOGRAPHY_TYPE {kind!r} names no year", file=path.name)
    figures = table.rename(columns={"GEOGRAPHY_CODE": "id", "OBS_VALUE": "figure"})[["id", "figure"]]
    return figures.sort_values("id", ignore_index=True), str(table["DATE_NAME"].iloc[0]), int(year[1])


def official_jobs(
    path: Path, lookup: Path, areas: pd.DataFrame, outlines: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, str, list[str]]:
    """Spread the published jobs of middle-layer areas over points.

    The survey is open by MSOA only. An MSOA's jobs are spread evenly over the population-weighted points of its LSOAs,
    in whole jobs that keep its total: within an MSOA the places are not those of the jobs, so reach is blurred by about
    the width of one. Figures on MSOAs of 2011 go over the points of all the MSOAs of 2021 that each became.

    Parameters
    ----------
    path
        The answer of Nomis, on MSOAs of 2011 or 2021.
    lookup
        The table from MSOAs of 2011 to those of 2021.
    areas
        LSOAs: ``id, msoa21cd, lon, lat``.
    outlines
        The wards.

    Returns
    -------
        The columns of `corridors.tables.tables.JOBS`, sorted by id, with ``ward_code`` under the outlines' heading; the year of
        the survey; and notes, with the MSOAs that have no published figure. They have no job points: nothing is put in
        their place.

    Raises
    ------
    TableError
        When a file is not what it should be, or every tenth MSOA or more has no published figure.
    JoinError
        When the figures are of other areas.
    """
    figures, period, year = read_nomis(path)
    parts = _parts(figures, year, lookup)
    refuse_unmatched(
        parts["msoa21cd"],
        areas["msoa21cd"],
        what="MSOAs with jobs",
        missing_from="the study's small areas",
        remedy="fetch the jobs for the same districts",
    )
    published = parts[parts["figure"].notna()]
    report = join_report(
        areas["msoa21cd"], published["msoa21cd"], what="MSOAs", missing_from="the published jobs"
    )
    if report.share_lost > _MOST_WITHOUT_JOBS:
        raise TableError(f"{report.sentence}, more than {_MOST_WITHOUT_JOBS:.0%}", file=path.name)
    points = published.merge(areas[["id", "msoa21cd", "lon", "lat"]], on="msoa21cd", how="left")
    points = points.sort_values(["code", "id"], ignore_index=True)
    points["jobs"] = _even_shares(points)
    code = next(name for name in outlines.columns if name != "geometry")
    points[code] = in_wards(points, outlines)
    points["job_id"] = points["code"] + "-" + points["id"]
    points["published_jobs"] = points["figure"].astype("int64")
    columns = ["job_id", "lon", "lat", "jobs", "published_jobs", code, "msoa21cd"]
    notes = [f"{report.sentence}: no jobs are counted there."] if report.lost else []
    return points[columns].sort_values("job_id", ignore_index=True), period, notes


def _parts(figures: pd.DataFrame, year: int, lookup: Path) -> pd.DataFrame:
    """Return ``code, figure, msoa21cd``: each published area beside every area of 2021 that it became."""
    named = figures.rename(columns={"id": "code"})
    if year == 2021:
        return named.assign(msoa21cd=named["code"])
    if year != 2011:
        raise JoinError(
            f"the published jobs are on MSOAs of {year}, and the study knows those of 2011 and 2021"
        )
    fields = (
        Field("MSOA11CD", "text", "code of the MSOA of 2011"),
        Field("MSOA21CD", "text", "code of the MSOA of 2021"),
    )
    pairs = read_table(lookup, TableSpec("pair of MSOAs", fields, ("MSOA11CD", "MSOA21CD")))
    pairs = pairs.rename(columns={"MSOA11CD": "code", "MSOA21CD": "msoa21cd"})[["code", "msoa21cd"]]
    refuse_unmatched(named["code"], pairs["code"], what="MSOAs with jobs", missing_from=lookup.name)
    return named.merge(pairs, on="code", how="left")


def _even_shares(points: pd.DataFrame) -> pd.Series[int]:
    """Share each published figure over its points in whole jobs, the first points taking what is left over."""
    whole = points["figure"].astype("int64")
    count = points.groupby("code")["id"].transform("size")
    position = points.groupby("code").cumcount()
    shares: pd.Series[int] = whole // count + (position < whole % count).astype("int64")
    return shares


def official_claimants(claims: Path, residents: Path, areas: pd.DataFrame) -> pd.DataFrame:
    """Put claimants beside the residents aged 16 to 64 whom they are a rate of.

    Parameters
    ----------
    claims, residents
        Answers of Nomis: the claimant count of a month, and mid-year estimates, both by LSOA.
    areas
        The study's LSOAs: ``id``.

    Returns
    -------
        ``id, claimants, period, residents_16_64, denominator_year``, sorted, as `corridors.need.claimants.read_claimants` takes
        it under the heading of the codes. Areas without a published count are left out.

    Raises
    ------
    TableError
        When the two are on LSOAs of different years, or the estimates name no year.
    JoinError
        When either lacks an area of the study, or claimants are of areas that it does not have.
    """
    count, period, year = read_nomis(claims)
    people, moment, other = read_nomis(residents)
    if year != other:
        raise TableError(f"is on areas of {year}, but {residents.name} on areas of {other}", file=claims.name)
    for table, path in ((count, claims), (people, residents)):
        refuse_unmatched(areas["id"], table["id"], what="small areas", missing_from=path.name)
    of_year = _YEAR.search(moment)
    if of_year is None:
        raise TableError(f"DATE_NAME {moment!r} names no year", file=residents.name)
    table = count[count["id"].isin(areas["id"])].rename(columns={"figure": "claimants"})
    table = table.merge(people.rename(columns={"figure": "residents_16_64"}), on="id", how="left")
    table = table.dropna(subset=["claimants", "residents_16_64"])
    table["claimants"] = table["claimants"].astype("int64")
    return table.assign(period=period, denominator_year=int(of_year[1]))[
        ["id", "claimants", "period", "residents_16_64", "denominator_year"]
    ]


def official_stations(path: Path, outlines: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the rail stations and tram stops in the outlines or within 3 km of them.

    Parameters
    ----------
    path
        NaPTAN as CSV; records of type RLY are rail stations, of type MET metro and tram stops. Others are left aside.
    outlines
        The wards.

    Returns
    -------
        The columns of `corridors.tables.tables.STATIONS`, sorted by id. ``status`` is unknown: NaPTAN calls stops active that
        are still being built.

    Raises
    ------
    TableError
        When the file lacks a column, or an active station has no position.
    """
    texts = ("CommonName", "StopType", "Status")
    fields = (
        Field("ATCOCode", "text", "code of the stop"),
        *(Field(name, "text", name) for name in texts),
        Field("Longitude", "longitude", "longitude", may_be_empty=True),
        Field("Latitude", "latitude", "latitude", may_be_empty=True),
        Field("Easting", "score", "metres east, EPSG:27700", may_be_empty=True),
        Field("Northing", "score", "metres north, EPSG:27700", may_be_empty=True),
    )
    table = read_table(path, TableSpec("stop", fields, ("ATCOCode",)))
    active = table["Status"].str.lower().isin(["active", "act"])
    table = table[table["StopType"].isin(_STATION_KINDS) & active]
    placed = _positions(table, path)
    near = outlines.to_crs(_METRES).union_all().buffer(_STATIONS_AROUND_M)
    found = placed[placed.within(near)]
    degrees = found.to_crs(_DEGREES)
    stations = pd.DataFrame(
        {
            "station_id": found["ATCOCode"],
            "name": found["CommonName"],
            "kind": found["StopType"].map(_STATION_KINDS),
            "lon": degrees.geometry.x.round(6),
            "lat": degrees.geometry.y.round(6),
            "status": "unknown",
            "source": found["ATCOCode"] + " in NaPTAN (Department for Transport)",
            "verified": "true",
        }
    )
    return stations.sort_values("station_id", ignore_index=True)


def _positions(table: pd.DataFrame, path: Path) -> gpd.GeoDataFrame:
    """Return the stops as points in metres: by easting and northing, which every record should have, else in degrees."""
    metres = gpd.GeoSeries(
        gpd.points_from_xy(table["Easting"], table["Northing"]), index=table.index, crs=_METRES
    )
    degrees = gpd.GeoSeries(
        gpd.points_from_xy(table["Longitude"], table["Latitude"]), index=table.index, crs=_DEGREES
    )
    lacking = table["Easting"].isna() | table["Northing"].isna()
    nowhere = lacking & (table["Longitude"].isna() | table["Latitude"].isna())
    if nowhere.any():
        raise TableError(
            f"station {table.loc[nowhere, 'ATCOCode'].iloc[0]} has no position",
            file=path.name,
            row=int(table.index[nowhere][0]) + 2,
        )
    return gpd.GeoDataFrame(table, geometry=metres.where(~lacking, degrees.to_crs(_METRES)))
