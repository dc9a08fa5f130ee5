"""Centres, stations, sites and corridors: reading and checking them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import pandas as pd

from corridors.errors import TableError
from corridors.places.checks import SEPARATOR, faults_of_corridors, faults_of_sites, listed, programme_ids
from corridors.places.files import first_fault, read_places, row_word
from corridors.places.whereabouts import refuse_far_points
from corridors.tables.areas import as_points, read_points
from corridors.tables.joins import refuse_unmatched
from corridors.tables.tables import CENTRES, CORRIDORS, OUTLINES, SITES, STATIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from corridors.places.checks import Fault

F = TypeVar("F", bound=pd.DataFrame)

_DEGREES = "EPSG:4326"
_AROUND_M = 250.0
_SITE_TEXTS = ("part_of", "programmes", "note", "strategy_wording")
_SITE_NUMBERS = {"homes": "Int64", "jobs": "Int64", "floorspace_m2": "float64", "remediation_m": "float64"}
_LISTS = ("strands", "schemes", "sites", "wards", "areas", "programmes")
_CORRIDOR_TEXTS = ("note", *_LISTS)
_COSTS = dict.fromkeys(("cost_m_low", "cost_m_central", "cost_m_high"), "float64")


def read_centres(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the centres: one row per access point, the points of one centre sharing a ``group``.

    Returns
    -------
        ``id`` (centre and access point), ``group`` (the centre's id), ``name``, ``verified`` and a point in EPSG:4326,
        sorted by ``id``. A centre counts as reached when any one of its points is.

    Raises
    ------
    TableError
        When the file breaks its specification, a point lies far from the outlines, or one centre has two names.
    """
    table = read_points(path, CENTRES, outlines)
    names = table.groupby("centre_id")["centre_name"].nunique()
    if (names > 1).any():
        raise TableError(f"centre {names.index[names > 1][0]!r} has more than one name", file=path.name)
    table["id"] = table["centre_id"] + "/" + table["access_point"]
    table = table.rename(columns={"centre_id": "group", "centre_name": "name"})
    return as_points(_with_flag(table).sort_values("id", ignore_index=True))


def read_stations(path: Path, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Read the stations: ``id, name, kind, status, verified`` and a point in EPSG:4326, sorted by ``id``."""
    table = read_points(path, STATIONS, outlines).rename(columns={"station_id": "id"})
    if "status" not in table.columns:
        table["status"] = "unknown"
    return as_points(_with_flag(table).sort_values("id", ignore_index=True))


def read_sites(
    path: Path, outlines: gpd.GeoDataFrame, *, programmes: Collection[str] | None = None
) -> gpd.GeoDataFrame:
    """Read the sites, each a point or a polygon.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage or CSV, as `corridors.tables.tables.SITES` describes it; see `corridors.places.files.read_places`.
    outlines
        The study's outlines, which every site must lie near.
    programmes
        Ids that ``programmes`` may name; without it, the programmes of the strategy's register.

    Returns
    -------
        ``id, name, kind``; ``homes, jobs`` (counts), ``floorspace_m2``, ``remediation_m`` (£ million) and
        ``investor_ready``, missing where not known; ``part_of``, empty for none; ``programmes`` (ids separated by
        ``;``), ``note, strategy_wording, source, verified``; ``lon, lat`` of the point, or of a point inside the polygon; and the geometry in EPSG:4326.
        Sorted by ``id``.

    Raises
    ------
    TableError
        When the file breaks its specification, names an unknown kind or programme, or a site lies far from the outlines.
    """
    kinds = ("Point", "Polygon", "MultiPolygon")
    table = read_places(path, SITES, kinds=kinds, noun="a point or a polygon").to_crs(_DEGREES)
    table = _with_optional(table, texts=_SITE_TEXTS, numbers=_SITE_NUMBERS)
    table["investor_ready"] = _maybe_flag(table)
    inside = table.representative_point()
    table["lon"], table["lat"] = inside.x, inside.y
    _refuse(path, faults_of_sites(table, programmes=_programmes(programmes, table)))
    refuse_far_points(table, outlines, source=path.name, row_word=row_word(path))
    table["programmes"] = _tidy_lists(table["programmes"])
    return _with_flag(table.rename(columns={"site_id": "id"})).sort_values("id", ignore_index=True)


def site_points(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sites with a point each: polygons give way to a point inside them.

    Journeys start and end at points; walks to a site are measured to the polygon itself.
    """
    return sites.set_geometry(sites.representative_point())


def site_capacity(sites: pd.DataFrame) -> pd.DataFrame:
    """Total what sites have room for, without counting a part beside the whole it belongs to.

    Parameters
    ----------
    sites
        Some or all of the sites, as `read_sites` returns them.

    Returns
    -------
        One row for each of ``homes, jobs, floorspace_m2, remediation_m``: ``column``; ``known``, the sites that say;
        ``added``, their plain sum; and ``once``, where a site counts only if the site it is ``part_of`` is not there or
        does not say. No sites give zeros.
    """
    rows = []
    for column in _SITE_NUMBERS:
        known = sites[sites[column].notna()]
        apart = known[~known["part_of"].isin(known["id"])]
        rows.append((column, len(known), float(known[column].sum()), float(apart[column].sum())))
    return pd.DataFrame(rows, columns=["column", "known", "added", "once"])


def read_corridors(
    path: Path,
    *,
    areas: gpd.GeoDataFrame | None = None,
    outlines: gpd.GeoDataFrame | None = None,
    sites: pd.DataFrame | None = None,
    schemes: Collection[str] | None = None,
    programmes: Collection[str] | None = None,
) -> gpd.GeoDataFrame:
    """Read the corridors, each a line, or a list of wards or of small areas.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage or CSV, as `corridors.tables.tables.CORRIDORS` describes it; see
        `corridors.places.files.read_places`.
    areas, outlines, sites
        The study's small areas, ward outlines and sites, which the lists must name. Without one of them, its list is
        not held against anything.
    schemes
        Ids of the study's schemes, likewise.
    programmes
        Ids that ``programmes`` may name; without it, the programmes of the strategy's register.

    Returns
    -------
        ``id, name, note``; ``strands, schemes, sites, wards, areas, programmes`` (items separated by ``;``, empty for
        none); ``cost_m_low, cost_m_central, cost_m_high`` (£ million, NaN where not known); ``source, verified``; and a
        line, in the file's CRS, sorted by ``id``. Where a corridor is a list, its line is the outline of the wards, or
        of 250 m around the small areas' points: for drawing alone, since its catchment is the list.

    Raises
    ------
    TableError
        When the file is unreadable, has no CRS, breaks its specification, a corridor has no line and no list or more
        than one of them, or a list names what is not there.
    """
    kinds = ("LineString", "MultiLineString")
    frame = read_places(path, CORRIDORS, kinds=kinds, noun="a line", may_lack_geometry=True)
    frame = _with_optional(frame, texts=_CORRIDOR_TEXTS, numbers=_COSTS)
    known = {"programmes": ("programme of the strategy's register", _programmes(programmes, frame))}
    for column, what, ids in (
        ("wards", "ward of the outlines", None if outlines is None else outlines["ward_code"]),
        ("areas", "small area of the study", None if areas is None else areas["id"]),
        ("sites", "site of the study", None if sites is None else sites["id"]),
        ("schemes", "scheme of the study", schemes),
    ):
        if ids is not None:
            known[column] = (what, set(ids))
    _refuse(path, faults_of_corridors(frame, known=known))
    for column in _LISTS:
        frame[column] = _tidy_lists(frame[column])
    frame = _with_outline_of_lists(frame, areas, outlines).rename(columns={"corridor_id": "id"})
    return _with_flag(frame).sort_values("id", ignore_index=True)


def read_outlines(path: Path, wards: pd.DataFrame) -> gpd.GeoDataFrame:
    """Read the outlines of the wards: ``ward_code`` and a polygon, sorted by code.

    Raises
    ------
    TableError
        When the file is unreadable, has no CRS, breaks its specification, or a feature is not a polygon.
    JoinError
        When wards and outlines do not name the same codes.
    """
    frame = read_places(path, OUTLINES, kinds=("Polygon", "MultiPolygon"), noun="a polygon")
    where = dict(zip(wards["ward_code"], wards["district"], strict=True))
    refuse_unmatched(
        wards["ward_code"], frame["ward_code"], what="wards", missing_from="the ward outlines", where=where
    )
    refuse_unmatched(frame["ward_code"], wards["ward_code"], what="ward outlines", missing_from="the wards")
    return frame[["ward_code", "geometry"]].sort_values("ward_code", ignore_index=True)


def centre_names(centres: pd.DataFrame) -> dict[str, str]:
    """Return the name of each centre by its id, sorted by id."""
    return dict(sorted(zip(centres["group"], centres["name"], strict=True)))


def _refuse(path: Path, faults: Iterable[Fault]) -> None:
    error = first_fault(path, faults)
    if error is not None:
        raise error


def _programmes(given: Collection[str] | None, table: pd.DataFrame) -> Collection[str]:
    """Return the programmes that may be named; the register is read only where one is."""
    if given is None and table["programmes"].ne("").any():
        return programme_ids()
    return given or ()


def _with_optional(table: F, *, texts: tuple[str, ...], numbers: Mapping[str, str]) -> F:
    """Add the optional columns a file left out, empty; absent text is empty text."""
    for name in texts:
        table[name] = table[name].fillna("") if name in table.columns else ""
    for name, dtype in numbers.items():
        if name not in table.columns:
            table[name] = pd.Series(
                pd.NA if dtype == "Int64" else float("nan"), index=table.index, dtype=dtype
            )
    return table


def _maybe_flag(table: pd.DataFrame) -> pd.Series:
    if "investor_ready" not in table.columns:
        return pd.Series(pd.NA, index=table.index, dtype="boolean")
    return table["investor_ready"].map({"true": True, "false": False}).astype("boolean")


def _tidy_lists(column: pd.Series[str]) -> pd.Series[str]:
    return column.map(lambda text: SEPARATOR.join(listed(text)))


def _with_outline_of_lists(
    corridors: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None, outlines: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Draw a line around the wards or the small areas of each corridor that is a list."""
    crs: Any = corridors.crs
    drawn: list[Any] = list(corridors.geometry)
    for at, (wards, codes) in enumerate(zip(corridors["wards"], corridors["areas"], strict=True)):
        if wards and outlines is not None:
            named = outlines[outlines["ward_code"].isin(listed(wards))]
            drawn[at] = named.to_crs(crs).union_all().boundary
        if codes and areas is not None:
            points = areas[areas["id"].isin(listed(codes))]
            around = points.to_crs(points.estimate_utm_crs()).buffer(_AROUND_M)
            drawn[at] = around.to_crs(crs).union_all().convex_hull.boundary
    return corridors.set_geometry(gpd.GeoSeries(drawn, index=corridors.index, crs=crs))


def _with_flag(table: F) -> F:
    table["verified"] = table["verified"].eq("true")
    return table
