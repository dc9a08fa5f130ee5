"""Every input table's specification, in one place: columns, types, keys and ranges.

The specifications become pandera schemas, which `corridors.tables.reading` holds every table against; `describe` prints the
same specification as documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pandas as pd
import pandera.pandas as pa

from corridors.tables.vintages import GEOGRAPHIES, columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: dict[str, tuple[type | str, list[pa.Check]]] = {
    "text": (str, []),
    "flag": (str, [pa.Check.isin(["true", "false"])]),
    "count": ("int64", [pa.Check.ge(0)]),
    "rank": ("int64", [pa.Check.ge(1)]),
    "tenth": ("int64", [pa.Check.in_range(1, 10)]),
    "number": ("float64", [pa.Check.in_range(0, 1e12)]),
    "score": ("float64", [pa.Check.in_range(-1e6, 1e6)]),
    "year": ("Int64", [pa.Check.in_range(1900, 2200)]),
    "longitude": ("float64", [pa.Check.in_range(-180, 180)]),
    "latitude": ("float64", [pa.Check.in_range(-90, 90)]),
}
Kind = Literal["text", "flag", "count", "rank", "tenth", "number", "score", "year", "longitude", "latitude"]


@dataclass(frozen=True)
class Field:
    """One column of an input table: its name, kind, meaning, and whether it may be absent.

    A column of codes is found by the geography in its heading and may be of any year: with ``codes = ("WD",)`` the
    table may hold ``WD22CD`` or ``wd25cd``. ``names`` does the same for the names that go with codes (``WD25NM``). A
    ``plain`` column may also stand under its own name, which says nothing of its year.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = True
    may_be_empty: bool = False
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    plain: bool = True

    def found_in(self, columns: list[str]) -> list[str]:
        """Return the columns that could be this one: none where it is absent, more than one where that is unclear."""
        own = [self.name] if self.plain and self.name in columns else []
        if self.codes:
            return own or columns_of(columns, self.codes)
        return own or columns_of(columns, self.names, suffix="NM")

    @property
    def written(self) -> str:
        """How the column may be headed, for readers; ``yy`` stands for the year of the codes."""
        headings = [f"{name}yyCD" for name in self.codes] + [f"{name}yyNM" for name in self.names]
        return " or ".join([self.name, *headings] if self.plain else headings)

    @property
    def absence(self) -> str:
        """Say that the column is missing, as a clause."""
        if self.plain:
            return f"column {self.name!r} is missing"
        kinds = " or ".join(GEOGRAPHIES[name] for name in self.codes)
        return f"there is no column of codes of {kinds}, such as {self.codes[-1]}{_LIKELY[self.codes[-1]]}CD"


# The year of the codes that a heading is likely to name, for examples in messages.
_LIKELY = dict.fromkeys(GEOGRAPHIES, "21") | {"WD": "25", "LAD": "25", "WZ": "11"}


@dataclass(frozen=True)
class TableSpec:
    """One input table: what a row is, its columns, the columns that together name a row, and parts within wholes."""

    row: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    within: tuple[tuple[str, str], ...] = ()

    def headed(self, headings: Mapping[str, str]) -> TableSpec:
        """Return the same specification under the headings of a file, by the columns' own names."""
        return replace(
            self,
            fields=tuple(replace(field, name=headings.get(field.name, field.name)) for field in self.fields),
            key=tuple(headings.get(name, name) for name in self.key),
        )

    def schema(self) -> pa.DataFrameSchema:
        """Return the pandera schema of this table."""
        columns = {}
        for field in self.fields:
            dtype, checks = _KINDS[field.kind]
            if field.kind == "count" and field.may_be_empty:
                dtype = "Int64"
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

_AREA_CODE = Field("area_code", "text", "code of the small area", codes=("OA", "LSOA"), plain=False)
_WARD_CODE = Field("ward_code", "text", "code of the ward", codes=("WD",), plain=False)
_DISTRICT = (
    Field("district_code", "text", "code of the district", codes=("LAD",)),
    Field("district_name", "text", "name of the district", names=("LAD",)),
)

AREAS = TableSpec(
    row="small area (LSOA or output area)",
    key=("area_code",),
    fields=(
        _AREA_CODE,
        Field("area_name", "text", "name of the small area", names=("LSOA",), required=False),
        Field(
            "msoa_code",
            "text",
            "code of the middle-layer area it lies in",
            codes=("MSOA",),
            plain=False,
            required=False,
        ),
        replace(_WARD_CODE, meaning="ward, best fit"),
        *_DISTRICT,
        *_POINT,
        Field("residents", "count", "usual residents"),
        Field("aged_16_64", "count", "residents aged 16 to 64"),
        Field("aged_16_24", "count", "residents aged 16 to 24", required=False),
        Field("aged_16_plus", "count", "residents aged 16 and over", required=False),
        Field("econ_active", "count", "economically active residents"),
        Field("unemployed", "count", "unemployed residents"),
        Field("households", "count", "households", required=False),
        Field("households_no_car", "count", "households without a car or van", required=False),
        Field("disabled", "count", "residents disabled under the Equality Act", required=False),
        Field("ethnic_minority", "count", "residents in ethnic groups other than White", required=False),
        Field(
            "no_qualifications",
            "count",
            "residents aged 16 and over without qualifications; an estimate in the embedded sample",
            required=False,
        ),
        Field("income_deprived", "number", "people deprived in the Income domain", required=False),
        Field("income_denominator", "number", "the Income domain's own denominator", required=False),
        Field("income_rank", "rank", "national rank, Income domain, 1 = most deprived", required=False),
        Field("employment_deprived", "number", "people deprived in the Employment domain", required=False),
        Field("employment_denominator", "number", "the Employment domain's own denominator", required=False),
        Field(
            "employment_rank", "rank", "national rank, Employment domain, 1 = most deprived", required=False
        ),
        Field("imd_rank", "rank", "national rank, Index of Multiple Deprivation", required=False),
        Field("imd_decile", "tenth", "national tenth, 1 = most deprived", required=False),
        Field("imd_score", "number", "score, Index of Multiple Deprivation", required=False),
        Field(
            "imd_population", "number", "residents that the Index's averages are weighted by", required=False
        ),
        Field(
            "connectivity_score",
            "number",
            "connectivity score of the Department for Transport, 0 to 100; for validation only",
            required=False,
        ),
    ),
    within=(
        ("aged_16_64", "aged_16_plus"),
        ("aged_16_24", "aged_16_64"),
        ("aged_16_plus", "residents"),
        ("disabled", "residents"),
        ("ethnic_minority", "residents"),
        ("no_qualifications", "aged_16_plus"),
        ("unemployed", "econ_active"),
        ("households_no_car", "households"),
        ("income_deprived", "income_denominator"),
        ("employment_deprived", "employment_denominator"),
    ),
)
AREA_WARDS = TableSpec(
    row="piece of a small area within one ward",
    key=("area_code", "ward_code"),
    fields=(
        _AREA_CODE,
        _WARD_CODE,
        Field("residents", "count", "residents of the piece"),
    ),
)
WARDS = TableSpec(
    row="ward",
    key=("ward_code",),
    fields=(_WARD_CODE, Field("ward_name", "text", "name of the ward", names=("WD",)), *_DISTRICT),
)
OUTLINES = TableSpec(row="ward outline", key=("ward_code",), fields=(_WARD_CODE,))
AREA_OUTLINES = TableSpec(row="outline of a small area", key=("area_code",), fields=(_AREA_CODE,))
JOBS = TableSpec(
    row="point with jobs",
    key=("job_id",),
    fields=(
        Field("job_id", "text", "id of the point"),
        *_POINT,
        Field("jobs", "number", "jobs at the point"),
        Field(
            "published_jobs",
            "number",
            "the published count, rounded by its source, that the point's jobs are a part of; empty where they are an "
            "estimate",
            required=False,
            may_be_empty=True,
        ),
        replace(_WARD_CODE, meaning="ward the point lies in"),
        Field(
            "msoa_code",
            "text",
            "code of the middle-layer area the point lies in; commutes are laid to it",
            required=False,
            codes=("MSOA",),
        ),
    ),
    within=(("jobs", "published_jobs"),),
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


def _optional(name: str, kind: Kind, meaning: str) -> Field:
    return Field(name, kind, meaning, required=False, may_be_empty=True)


BATCH_STATIONS = TableSpec(
    row="point of access of a station",
    key=("station_id", "access_point"),
    fields=(
        Field("station_id", "text", "id of the station; rows that share one are its points of access"),
        Field("name", "text", "name of the station, the same in all its rows"),
        _optional(
            "access_point", "text", "which of the station's points this is; needed where it has several"
        ),
        *_POINT,
        _optional("kind", "text", "rail, metro or hs2"),
        _optional("status", "text", "open, planned or unknown"),
        _optional("opening", "year", "year in which it opens or opened"),
        _optional("onward_min", "number", "minutes of the journey on from it, as a constant"),
        _optional("onward_to", "text", "where that journey leads, such as London Euston"),
        _optional("source", "text", "where the row comes from"),
    ),
)
#: The strands of investment that a corridor brings together.
STRANDS = {
    "transport": "transport",
    "housing": "housing",
    "skills": "skills",
    "public_service_reform": "public service reform",
    "wellbeing": "wellbeing",
}
#: The kinds of site, each in words.
SITE_KINDS = {
    "employment_land": "employment land",
    "housing": "housing",
    "brownfield": "brownfield land",
    "anchor_institution": "anchor institution, such as a hospital or a university",
    "hs2": "land around an HS2 station",
    "skills": "place of training",
    "innovation": "place of research and new firms",
    "creative": "creative quarter",
    "regeneration": "public building or quarter being renewed",
}

_PROGRAMMES = Field(
    "programmes",
    "text",
    "programmes it belongs to, by their ids in the strategy's register, separated by ';'",
    required=False,
    may_be_empty=True,
)
_NOTE = Field("note", "text", "what is uncertain about it", required=False, may_be_empty=True)
_WKT = Field(
    "wkt",
    "text",
    "geometry as well-known text, EPSG:4326; in CSV files only",
    required=False,
    may_be_empty=True,
)

SITES = TableSpec(
    row="site (a point or a polygon)",
    key=("site_id",),
    fields=(
        Field("site_id", "text", "id of the site"),
        Field("name", "text", "name of the site"),
        Field("kind", "text", f"one of {', '.join(SITE_KINDS)}"),
        *(replace(field, required=False, may_be_empty=True) for field in _POINT),
        _WKT,
        _optional("homes", "count", "homes that it has room for"),
        _optional("jobs", "count", "jobs that it has room for"),
        _optional("floorspace_m2", "number", "floorspace that it has room for, square metres"),
        _optional("remediation_m", "number", "cost of making the land fit for use, £ million"),
        _optional(
            "investor_ready", "flag", "true where it is offered to investors as ready; empty where not known"
        ),
        _optional(
            "part_of",
            "text",
            "id of the site whose capacity contains this one's, so that the two are not added",
        ),
        _PROGRAMMES,
        _NOTE,
        Field("strategy_wording", "text", "how the strategy names it", required=False, may_be_empty=True),
        *_PROVENANCE,
    ),
)
CORRIDORS = TableSpec(
    row="corridor (a line, or a list of wards or of small areas)",
    key=("corridor_id",),
    fields=(
        Field("corridor_id", "text", "id of the corridor"),
        Field("name", "text", "name of the corridor"),
        _WKT,
        _optional("wards", "text", "instead of a line: codes of its wards, separated by ';'"),
        _optional("areas", "text", "instead of a line: codes of its small areas, separated by ';'"),
        _optional("strands", "text", f"investment in it, of {', '.join(STRANDS)}, separated by ';'"),
        _optional("schemes", "text", "ids of its schemes, separated by ';'"),
        _optional("sites", "text", "ids of its sites, separated by ';'"),
        _optional("cost_m_low", "number", "lowest cost thought likely, £ million"),
        _optional("cost_m_central", "number", "central cost, £ million"),
        _optional("cost_m_high", "number", "highest cost thought likely, £ million"),
        _PROGRAMMES,
        _NOTE,
        *_PROVENANCE,
    ),
    within=(
        ("cost_m_low", "cost_m_central"),
        ("cost_m_central", "cost_m_high"),
        ("cost_m_low", "cost_m_high"),
    ),
)


def describe(spec: TableSpec) -> pd.DataFrame:
    """Return a table's specification as a table: column, kind, required, meaning."""
    rows = [(field.written, field.kind, field.required, field.meaning) for field in spec.fields]
    return pd.DataFrame(rows, columns=["column", "kind", "required", "meaning"])
