"""Every input table's specification, in one place: columns, types, keys and ranges.

The specifications become pandera schemas, which `corridors.reading` holds every table against; `describe` prints the
same specification as documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd
import pandera.pandas as pa

_KINDS: dict[str, tuple[type | str, list[pa.Check]]] = {
    "text": (str, []),
    "flag": (str, [pa.Check.isin(["true", "false"])]),
    "count": ("int64", [pa.Check.ge(0)]),
    "rank": ("int64", [pa.Check.ge(1)]),
    "tenth": ("int64", [pa.Check.in_range(1, 10)]),
    "number": ("float64", [pa.Check.in_range(0, 1e12)]),
    "longitude": ("float64", [pa.Check.in_range(-180, 180)]),
    "latitude": ("float64", [pa.Check.in_range(-90, 90)]),
}
Kind = Literal["text", "flag", "count", "rank", "tenth", "number", "longitude", "latitude"]


@dataclass(frozen=True)
class Field:
    """One column of an input table: its name, kind, meaning, and whether it may be absent."""

    name: str
    kind: Kind
    meaning: str
    required: bool = True
    may_be_empty: bool = False


@dataclass(frozen=True)
class TableSpec:
    """One input table: what a row is, its columns, the columns that together name a row, and parts within wholes."""

    row: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    within: tuple[tuple[str, str], ...] = ()

    def schema(self) -> pa.DataFrameSchema:
        """Return the pandera schema of this table."""
        columns = {}
        for field in self.fields:
            dtype, checks = _KINDS[field.kind]
            columns[field.name] = pa.Column(
                dtype,
                checks,
                coerce=True,
                required=field.required,
                unique=(field.name,) == self.key,
                nullable=field.may_be_empty,
                description=field.meaning,
            )
        unique = list(self.key) if len(self.key) > 1 else None
        return pa.DataFrameSchema(columns, unique=unique, strict=False)


_POINT = (
    Field("lon", "longitude", "longitude, EPSG:4326"),
    Field("lat", "latitude", "latitude, EPSG:4326"),
)
_PROVENANCE = (
    Field("source", "text", "where the row comes from"),
    Field("verified", "flag", "true once someone has checked it against an official source"),
)

AREAS = TableSpec(
    row="small area (LSOA 2021)",
    key=("lsoa21cd",),
    fields=(
        Field("lsoa21cd", "text", "code of the small area"),
        Field("lsoa21nm", "text", "name of the small area"),
        Field("wd25cd", "text", "ward 2025, best fit"),
        Field("district_code", "text", "code of the district"),
        Field("district_name", "text", "name of the district"),
        *_POINT,
        Field("residents", "count", "usual residents"),
        Field("aged_16_64", "count", "residents aged 16 to 64"),
        Field("aged_16_24", "count", "residents aged 16 to 24", required=False),
        Field("econ_active", "count", "economically active residents"),
        Field("unemployed", "count", "unemployed residents"),
        Field("households", "count", "households", required=False),
        Field("households_no_car", "count", "households without a car or van", required=False),
        Field("income_deprived", "number", "people deprived in the Income domain"),
        Field("income_denominator", "number", "the Income domain's own denominator"),
        Field("income_rank", "rank", "national rank, Income domain, 1 = most deprived", required=False),
        Field("employment_deprived", "number", "people deprived in the Employment domain"),
        Field("employment_denominator", "number", "the Employment domain's own denominator"),
        Field(
            "employment_rank", "rank", "national rank, Employment domain, 1 = most deprived", required=False
        ),
        Field("imd_rank", "rank", "national rank, Index of Multiple Deprivation", required=False),
        Field("imd_decile", "tenth", "national tenth, 1 = most deprived"),
    ),
    within=(
        ("unemployed", "econ_active"),
        ("households_no_car", "households"),
        ("income_deprived", "income_denominator"),
        ("employment_deprived", "employment_denominator"),
    ),
)
AREA_WARDS = TableSpec(
    row="piece of a small area within one ward",
    key=("lsoa21cd", "wd25cd"),
    fields=(
        Field("lsoa21cd", "text", "code of the small area"),
        Field("wd25cd", "text", "code of the ward"),
        Field("residents", "count", "residents of the piece"),
    ),
)
WARDS = TableSpec(
    row="ward (2025)",
    key=("wd25cd",),
    fields=(
        Field("wd25cd", "text", "code of the ward"),
        Field("ward_name", "text", "name of the ward"),
        Field("district_code", "text", "code of the district"),
        Field("district_name", "text", "name of the district"),
    ),
)
OUTLINES = TableSpec(
    row="ward outline", key=("wd25cd",), fields=(Field("wd25cd", "text", "code of the ward"),)
)
JOBS = TableSpec(
    row="point with jobs",
    key=("job_id",),
    fields=(
        Field("job_id", "text", "id of the point"),
        *_POINT,
        Field("jobs", "number", "jobs at the point"),
        Field("wd25cd", "text", "ward the point lies in"),
    ),
)
CENTRES = TableSpec(
    row="access point of a centre",
    key=("centre_id", "access_point"),
    fields=(
        Field("centre_id", "text", "id of the centre"),
        Field("centre_name", "text", "name of the centre"),
        Field("access_point", "text", "which of the centre's points this is"),
        *_POINT,
        *_PROVENANCE,
    ),
)
STATIONS = TableSpec(
    row="station",
    key=("station_id",),
    fields=(
        Field("station_id", "text", "id of the station"),
        Field("name", "text", "name of the station"),
        Field("kind", "text", "rail, metro or hs2"),
        *_POINT,
        Field("status", "text", "open, planned or unknown", required=False),
        *_PROVENANCE,
    ),
)
SITES = TableSpec(
    row="site",
    key=("site_id",),
    fields=(
        Field("site_id", "text", "id of the site"),
        Field("name", "text", "name of the site"),
        Field("kind", "text", "employment_land, housing, brownfield, anchor_institution, hs2, …"),
        *_POINT,
        Field("strategy_wording", "text", "how the strategy names it", required=False, may_be_empty=True),
        *_PROVENANCE,
    ),
)
CORRIDORS = TableSpec(
    row="corridor (a line)",
    key=("corridor_id",),
    fields=(
        Field("corridor_id", "text", "id of the corridor"),
        Field("name", "text", "name of the corridor"),
        Field("note", "text", "what is uncertain about it", required=False, may_be_empty=True),
        *_PROVENANCE,
    ),
)


def describe(spec: TableSpec) -> pd.DataFrame:
    """Return a table's specification as a table: column, kind, required, meaning."""
    rows = [(field.name, field.kind, field.required, field.meaning) for field in spec.fields]
    return pd.DataFrame(rows, columns=["column", "kind", "required", "meaning"])
