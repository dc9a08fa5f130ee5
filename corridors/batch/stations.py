"""The stations of a batch: a table of their points of access, or the HS2 stations of the study.

A table that cannot be read at all is refused. A station whose own rows are wrong is left out with its reason and the
others go on; nothing of such a station is used, because which of its rows is meant cannot be told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.errors import StudyError, TableError
from corridors.places.whereabouts import refuse_far_points
from corridors.tables.areas import as_points
from corridors.tables.reading import check_table, read_table
from corridors.tables.tables import BATCH_STATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from corridors.inputs import Inputs
    from corridors.schemes.edits import Scheme
    from corridors.tables.tables import TableSpec

STATION_COLUMNS: Final = ["station_id", "name", "points", "kind", "status", "opening"]
ONWARD_COLUMNS: Final = ["station_id", "to", "minutes", "source", "assumed"]
REFUSED_COLUMNS: Final = ["station_id", "name", "reason"]
#: What the rows of one station must agree on.
_SHARED: Final = ("name", "kind", "status", "opening", "onward_min", "onward_to")
_TEXTS: Final = ("access_point", "kind", "status", "onward_to", "source")
#: A journey onward of a scheme belongs to the station that stands where it starts.
_SAME_PLACE_M: Final = 100.0


@dataclass(frozen=True, eq=False)
class Stations:
    """The stations that a batch asks about.

    Attributes
    ----------
    table
        One row per station, sorted by ``station_id``: ``name``, ``points`` (of access), ``kind``, ``status`` (empty where
        not known), ``opening`` (year, missing where not known).
    points
        Points of access in EPSG:4326: ``id``, the station's id as ``group``, sorted by both.
    onward
        Journeys on from the stations, as constants: ``station_id, to, minutes, source, assumed``.
    refused
        Stations whose rows cannot be used: ``station_id, name, reason``.
    """

    table: pd.DataFrame
    points: gpd.GeoDataFrame
    onward: pd.DataFrame
    refused: pd.DataFrame


def read_batch_stations(
    path: Path, outlines: gpd.GeoDataFrame, *, schemes: Sequence[Scheme] = ()
) -> Stations:
    """Read a table of stations.

    Parameters
    ----------
    path
        A CSV file as `corridors.tables.tables.BATCH_STATIONS` describes it; rows of one ``station_id`` are points of access of one
        station, told apart by ``access_point``.
    outlines
        The study's outlines, which every station must lie near.
    schemes
        The study's schemes, whose journeys onward hold for stations of the table that tell none of their own.

    Raises
    ------
    TableError
        When the file cannot be read, lacks a column, or holds no station that can be used.
    """
    text = read_table(path, _as_text())
    if text.empty:
        raise TableError("holds no station", file=path.name)
    try:
        good, refused = _checked(text, outlines, source=path.name), _no_refusals()
    except TableError:
        good, refused = _one_by_one(text, outlines, source=path.name)
    if good.empty:
        more = f" (stations with faults: {len(refused):,})" if len(refused) > 1 else ""
        raise TableError(f"{refused['reason'].iloc[0]}{more}; there is no station left to ask about")
    points, own = _points(good), _own_onward(good, source=path.name)
    of_schemes = _onward(points, schemes)
    others = of_schemes[~of_schemes["station_id"].isin(own["station_id"])]
    return Stations(
        table=_stations(good),
        points=points,
        onward=pd.concat([own, others]).sort_values(["station_id", "to"], ignore_index=True),
        refused=refused,
    )


def study_stations(inputs: Inputs, schemes: Sequence[Scheme]) -> Stations:
    """Take the HS2 stations of a study, with the journeys onward that its schemes tell of them.

    Raises
    ------
    StudyError
        When the study has no station of the kind hs2.
    """
    chosen = inputs.stations[inputs.stations["kind"] == "hs2"]
    if chosen.empty:
        raise StudyError("the study has no station of the kind hs2; name a table of stations")
    rows = pd.DataFrame(chosen.drop(columns="geometry")).rename(columns={"id": "station_id"})
    rows = rows.assign(access_point="", opening=pd.array([pd.NA] * len(rows), dtype="Int64"))
    points = _points(rows)
    return Stations(
        table=_stations(rows), points=points, onward=_onward(points, schemes), refused=_no_refusals()
    )


def opening_words(opening: object, status: str, *, year: int) -> str:
    """Say of a station that it opens after a year, or that nobody knows when; empty where it is open by then.

    Parameters
    ----------
    opening
        The year in which it opens; missing where not known.
    status
        open, planned or unknown.
    year
        The year of the scenario that uses it.
    """
    if isinstance(opening, int | np.integer):
        late = int(opening) > year
        return f"opens in {opening}, after {year}: counted as if it were open" if late else ""
    return "planned, year of opening not known: counted as if it were open" if status == "planned" else ""


def _as_text() -> TableSpec:
    fields = tuple(replace(field, kind="text", may_be_empty=True) for field in BATCH_STATIONS.fields)
    return replace(BATCH_STATIONS, fields=fields, key=())


def _checked(text: pd.DataFrame, outlines: gpd.GeoDataFrame, *, source: str) -> pd.DataFrame:
    """Hold rows against the specification and against each other."""
    spec, whole = BATCH_STATIONS, _with_optional(text)
    if whole["access_point"].eq("").all():
        spec = replace(spec, key=("station_id",))
    table = check_table(whole, spec, source=source)
    refuse_far_points(table, outlines, source=source)
    for name in _SHARED:
        several = table.groupby("station_id")[name].transform(lambda values: values.nunique(dropna=False))
        if (several > 1).any():
            row = table[several > 1].iloc[-1]
            raise TableError(
                f"station {row['station_id']!r} has another {name} than in its other rows",
                file=source,
                row=int(str(row.name)) + 2,
            )
    return table


def _with_optional(text: pd.DataFrame) -> pd.DataFrame:
    """Add the optional columns that a file left out; absent text is empty text."""
    absent = [field.name for field in BATCH_STATIONS.fields if field.name not in text.columns]
    whole = text.assign(**dict.fromkeys(absent, None)).astype(dict.fromkeys(absent, "str"))
    return whole.assign(**{name: whole[name].fillna("") for name in _TEXTS})


def _one_by_one(
    text: pd.DataFrame, outlines: gpd.GeoDataFrame, *, source: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Check station after station: the rows that can be used, and the stations that cannot with their reasons."""
    good, refused = [text.iloc[:0]], []
    # A row without an id is a station of its own.
    nameless = pd.Series(np.where(text["station_id"].isna(), text.index, -1), index=text.index)
    for _, rows in text.groupby([text["station_id"].fillna(""), nameless], sort=True):
        try:
            good.append(_checked(rows, outlines, source=source))
        except TableError as error:
            told = rows[["station_id", "name"]].fillna("").iloc[0]
            refused.append((told["station_id"], told["name"], str(error)))
    table = pd.concat(good[1:]) if len(good) > 1 else good[0]
    return table, pd.DataFrame(refused, columns=REFUSED_COLUMNS)


def _no_refusals() -> pd.DataFrame:
    return pd.DataFrame(columns=REFUSED_COLUMNS, dtype=object)


def _stations(rows: pd.DataFrame) -> pd.DataFrame:
    """Give one row per station, with the number of its points."""
    first = rows.drop_duplicates("station_id").sort_values("station_id", ignore_index=True)
    return first.assign(points=first["station_id"].map(rows["station_id"].value_counts()))[STATION_COLUMNS]


def _points(rows: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give one point per row, sorted, so that the order of the file says nothing."""
    ordered = rows.sort_values(["station_id", "access_point", "lon", "lat"], ignore_index=True)
    points = as_points(ordered[["station_id", "lon", "lat"]].rename(columns={"station_id": "group"}))
    return points.assign(id=np.arange(len(points)))[["id", "group", "lon", "lat", "geometry"]]


def _own_onward(rows: pd.DataFrame, *, source: str) -> pd.DataFrame:
    """Take the journeys onward that the table itself tells."""
    told = rows.drop_duplicates("station_id").dropna(subset="onward_min")
    return pd.DataFrame(
        {
            "station_id": told["station_id"],
            "to": told["onward_to"].where(told["onward_to"].ne(""), "the end of the journey onward"),
            "minutes": told["onward_min"],
            "source": told["source"].where(told["source"].ne(""), source),
            "assumed": pd.Series(False, index=told.index),
        },
        columns=ONWARD_COLUMNS,
    )


def _onward(points: gpd.GeoDataFrame, schemes: Sequence[Scheme]) -> pd.DataFrame:
    """Find the journeys onward that start at a station, by place: schemes name stations in words of their own."""
    told = [each for scheme in schemes for each in scheme.onward]
    if not told:
        return pd.DataFrame(columns=ONWARD_COLUMNS).astype({"minutes": "float64", "assumed": "bool"})
    metric = points.to_crs(points.estimate_utm_crs())
    starts = gpd.GeoSeries.from_xy([each.lon for each in told], [each.lat for each in told], crs="EPSG:4326")
    starts = starts.to_crs(metric.estimate_utm_crs())
    rows = {
        (station, each.to): (station, each.to, each.minutes, each.source, each.assumed)
        for station, point in zip(metric["group"], metric.geometry, strict=True)
        for each, metres in zip(told, starts.distance(point), strict=True)
        if metres <= _SAME_PLACE_M
    }
    return pd.DataFrame(list(rows.values()), columns=ONWARD_COLUMNS)
