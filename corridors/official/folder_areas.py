"""Small areas, wards and outlines of a study folder, from the tables of Open Geography, the census and the Indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import shapely
from pyogrio.errors import DataSourceError

from corridors.errors import JoinError, TableError
from corridors.need.indices import read_indices
from corridors.official.folder_census import COUNTS, census_of_areas, read_census
from corridors.tables.joins import refuse_unmatched
from corridors.tables.reading import read_headings, read_table
from corridors.tables.tables import Field, TableSpec
from corridors.tables.vintages import columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

_DEPRIVATION = (
    "income_deprived",
    "income_denominator",
    "income_rank",
    "employment_deprived",
    "employment_denominator",
    "employment_rank",
    "imd_rank",
    "imd_decile",
    "imd_score",
    "imd_population",
)
_METRES = "EPSG:27700"
_DEGREES = "EPSG:4326"


def read_codes(
    path: Path, codes: Sequence[str], *, names: Sequence[str] = (), key: str | None = None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read columns of codes from a lookup of Open Geography, whatever year they are of.

    Parameters
    ----------
    path
        The CSV file.
    codes, names
        Geographies whose codes, or names, are wanted, such as ``"OA"`` and ``"WD"``.
    key
        The geography of which every code stands once.

    Returns
    -------
        The table with columns such as ``OA`` and, for names, ``WD_name``; and the headings by those names.

    Raises
    ------
    TableError
        When a column is missing, stands in two years, or the table breaks its form.
    """
    headings = read_headings(path)
    found = {name: _one(headings, name, "CD", path) for name in codes}
    found |= {f"{name}_name": _one(headings, name, "NM", path) for name in names}
    fields = tuple(Field(heading, "text", name) for name, heading in found.items())
    table = read_table(path, TableSpec("row of the lookup", fields, (found[key],) if key else ()))
    return table.rename(columns={heading: name for name, heading in found.items()})[list(found)], found


def _one(headings: list[str], geography: str, suffix: str, path: Path) -> str:
    found = columns_of(headings, [geography], suffix=suffix)
    if len(found) != 1:
        raise TableError(
            f"holds {len(found)} columns such as {geography}25{suffix} where one was expected", file=path.name
        )
    return found[0]


def official_wards(paths: Mapping[str, Path], districts: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """Return the wards of some districts and the heading of their codes, which names their year.

    Returns
    -------
        ``WD, WD_name, LAD, LAD_name``, sorted by code, and a heading such as ``WD25CD``.

    Raises
    ------
    JoinError
        When a district has no ward: its code is of another year.
    """
    table, headings = read_codes(paths["ons-oa21-ward25"], ["OA", "WD", "LAD"], names=["WD", "LAD"], key="OA")
    _refuse_absent_districts(table["LAD"], districts, paths["ons-oa21-ward25"])
    wards = table[table["LAD"].isin(districts)][["WD", "WD_name", "LAD", "LAD_name"]].drop_duplicates()
    return wards.sort_values("WD", ignore_index=True), headings["WD"]


def official_areas(paths: Mapping[str, Path], districts: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return the small areas of some districts, LSOAs of 2021, with all that a study asks of them.

    Parameters
    ----------
    paths
        Fetched files by the name of their source.
    districts
        Codes of districts in England.

    Returns
    -------
        The columns of `corridors.tables.tables.AREAS` under the headings of their vintage, sorted by code; and notes.

    Raises
    ------
    TableError, JoinError
        When a file is not what it should be, or the files are not of the same areas.
    """
    path = paths["ons-lsoa21-ward25"]
    lookup, headings = read_codes(path, ["LSOA", "WD", "LAD"], names=["LSOA", "LAD"], key="LSOA")
    _refuse_absent_districts(lookup["LAD"], districts, path)
    areas = lookup[lookup["LAD"].isin(districts)].rename(columns={"LSOA": "id"})
    areas = areas.merge(_msoas(paths, areas["id"]), on="id", how="left", validate="one_to_one")
    areas = areas.merge(_points(paths, areas["id"]), on="id", how="left", validate="one_to_one")
    census, notes = census_of_areas(paths, areas["id"].tolist())
    indices = read_indices(paths["iod-2025"])
    refuse_unmatched(
        areas["id"],
        indices["id"],
        what="small areas",
        missing_from="the Indices of Deprivation, which are England's alone",
    )
    table = areas.merge(census, on="id", how="left", validate="one_to_one")
    table = table.merge(indices[["id", *_DEPRIVATION]], on="id", how="left", validate="one_to_one")
    renamed = {
        "id": headings["LSOA"].lower(),
        "LSOA_name": headings["LSOA_name"].lower(),
        "MSOA": "msoa21cd",
        "WD": headings["WD"].lower(),
        "LAD": "district_code",
        "LAD_name": "district_name",
    }
    places = ["id", "LSOA_name", "MSOA", "WD", "LAD", "LAD_name", "lon", "lat"]
    figures = [name for name in table.columns if name not in places]
    # Counts of deprived people are products of published scores: three decimals say all that is known of them.
    table = table[[*places, *figures]].round(dict.fromkeys(_DEPRIVATION, 3)).rename(columns=renamed)
    return table.sort_values(renamed["id"], ignore_index=True), notes


def official_pieces(paths: Mapping[str, Path], areas: Sequence[str], wards: Sequence[str]) -> pd.DataFrame:
    """Return the residents of each piece of a small area within one ward, by whole output areas.

    Returns
    -------
        ``LSOA, WD, residents``, sorted.

    Raises
    ------
    JoinError
        When an output area has no ward or no residents in the files, or a small area has no output area.
    """
    nested, _ = read_codes(paths["ons-oa21-lookup"], ["OA", "LSOA"], key="OA")
    nested = nested[nested["LSOA"].isin(set(areas))]
    refuse_unmatched(areas, nested["LSOA"], what="small areas", missing_from="the lookup of output areas")
    in_ward, _ = read_codes(paths["ons-oa21-ward25"], ["OA", "WD"], key="OA")
    refuse_unmatched(
        nested["OA"], in_ward["OA"], what="output areas", missing_from="the lookup of output areas to wards"
    )
    people = read_census(
        paths["census21-residents"],
        level="oa",
        counts=COUNTS["census21-residents"],
        codes=nested["OA"].tolist(),
    ).rename(columns={"id": "OA"})
    pieces = nested.merge(in_ward, on="OA", validate="one_to_one").merge(
        people, on="OA", validate="one_to_one"
    )
    refuse_unmatched(
        pieces["WD"], wards, what="wards of output areas", missing_from="the wards of the districts"
    )
    return pieces.groupby(["LSOA", "WD"])["residents"].sum().reset_index()


def official_outlines(paths: Mapping[str, Path], wards: pd.DataFrame, *, heading: str) -> gpd.GeoDataFrame:
    """Return the published outlines of the wards: the codes under their own heading, and polygons in degrees.

    Raises
    ------
    JoinError
        When the outlines and the wards do not name the same codes.
    """
    path = paths["ons-ward25-boundaries"]
    try:
        frame = gpd.read_file(path)
    except DataSourceError as error:
        raise TableError("cannot be read as GeoJSON", file=path.name) from error
    column = _one([str(name) for name in frame.columns], "WD", "CD", path)
    frame = frame[frame[column].isin(wards["WD"])]
    # Generalised outlines, with their corners rounded, may touch themselves; what is drawn stays the same.
    mended = shapely.make_valid(frame.geometry.to_numpy(), method="structure")
    frame = gpd.GeoDataFrame({"ward_code": frame[column].to_numpy()}, geometry=mended, crs=frame.crs)
    where = dict(zip(wards["WD"], wards["LAD_name"], strict=True))
    refuse_unmatched(
        wards["WD"], frame["ward_code"], what="wards", missing_from="the published boundaries", where=where
    )
    outlines = frame[["ward_code", "geometry"]].rename(columns={"ward_code": heading.lower()})
    return outlines.to_crs(_DEGREES).sort_values(heading.lower(), ignore_index=True)


def in_wards(points: pd.DataFrame, outlines: gpd.GeoDataFrame) -> pd.Series[str]:
    """Return the ward that each point with ``lon`` and ``lat`` lies in, or the nearest to one that lies in none."""
    code = next(name for name in outlines.columns if name != "geometry")
    places = gpd.GeoDataFrame(
        index=points.index, geometry=gpd.points_from_xy(points["lon"], points["lat"], crs=_DEGREES)
    )
    joined = places.to_crs(_METRES).sjoin_nearest(outlines.to_crs(_METRES))
    # A point on a border has two wards at no distance; the first by code is taken.
    first: pd.Series[str] = joined.sort_values(code).groupby(level=0)[code].first()
    return first.reindex(points.index)


def _msoas(paths: Mapping[str, Path], areas: pd.Series[str]) -> pd.DataFrame:
    table, _ = read_codes(paths["ons-oa21-lookup"], ["OA", "LSOA", "MSOA"], key="OA")
    pairs = table[["LSOA", "MSOA"]].drop_duplicates().rename(columns={"LSOA": "id"})
    refuse_unmatched(
        areas,
        pairs["id"],
        what="small areas",
        missing_from="the lookup of output areas",
        remedy="it was fetched for other districts, or its districts are of a year with other codes",
    )
    if pairs["id"].duplicated().any():
        raise JoinError("an LSOA lies in two MSOAs", file=paths["ons-oa21-lookup"].name)
    return pairs


def _points(paths: Mapping[str, Path], areas: pd.Series[str]) -> pd.DataFrame:
    path = paths["ons-lsoa21-centroids"]
    heading = _one(read_headings(path), "LSOA", "CD", path)
    fields = (
        Field(heading, "text", "code of the LSOA"),
        Field("lon", "longitude", "longitude"),
        Field("lat", "latitude", "latitude"),
    )
    table = read_table(path, TableSpec("LSOA", fields, (heading,))).rename(columns={heading: "id"})
    refuse_unmatched(areas, table["id"], what="small areas", missing_from="the centroids")
    return table[["id", "lon", "lat"]].round(6)


def _refuse_absent_districts(found: pd.Series[str], districts: Sequence[str], path: Path) -> None:
    refuse_unmatched(
        districts,
        found,
        what="districts",
        missing_from=path.name,
        remedy="fetch it for these districts, with the codes of its year",
    )
