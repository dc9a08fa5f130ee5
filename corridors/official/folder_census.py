"""Census 2021 as Nomis hands it out in bulk: a zip per table, a file per level, long headings.

The census perturbs its counts table by table, so that two tables may disagree by a few people about the same area. A part
that comes out above its whole is held at the whole and counted; by more than a few people it is refused, as then the
tables are not of the same areas.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.errors import TableError
from corridors.tables.joins import refuse_unmatched
from corridors.tables.reading import check_table
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

_CODE: Final = "geography code"
_OLD: Final = ("65 to 69", "70 to 74", "75 to 79", "80 to 84")
_ACTIVE: Final = "Economic activity status: Economically active (excluding full-time students)"
_ADULTS: Final = "Total: All usual residents aged 16 years and over"
#: The counts that each source gives, each by the headings whose sum it is.
COUNTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "census21-residents": {"residents": ("Residence type: Total",)},
    "census21-age": {
        "aged_65_plus": (
            *(f"Age: Aged {years} years" for years in _OLD),
            "Age: Aged 85 years and over",
        )
    },
    "census21-activity": {
        "aged_16_plus": (f"Economic activity status: {_ADULTS}",),
        "econ_active": (_ACTIVE,),
        "unemployed": (f"{_ACTIVE}: Unemployed",),
    },
    "census21-cars": {
        "households": ("Number of cars or vans: Total: All households",),
        "households_no_car": ("Number of cars or vans: No cars or vans in household",),
    },
    "census21-disability": {"disabled": ("Disability: Disabled under the Equality Act",)},
    "census21-ethnicity": {
        "of_any_group": ("Ethnic group: Total: All usual residents",),
        "white": ("Ethnic group: White",),
    },
    "census21-qualifications": {"no_qualifications": ("Highest level of qualification: No qualifications",)},
}
_WITHIN: Final = (
    ("aged_16_plus", "residents"),
    ("aged_16_64", "aged_16_plus"),
    ("disabled", "residents"),
    ("ethnic_minority", "residents"),
    ("no_qualifications", "aged_16_plus"),
    ("unemployed", "econ_active"),
    ("households_no_car", "households"),
)
_PERTURBED_BY: Final = 50


def read_census(
    path: Path, *, level: str, counts: Mapping[str, tuple[str, ...]], codes: Collection[str]
) -> pd.DataFrame:
    """Read some counts of one census table for some areas.

    Parameters
    ----------
    path
        The zip as Nomis hands it out, such as ``census2021-ts001.zip``.
    level
        Which of its files: ``"oa"`` or ``"lsoa"``.
    counts
        Names of counts, each with the headings whose sum it is; see `COUNTS`.
    codes
        The areas wanted.

    Returns
    -------
        ``id`` and the counts, one row per area, sorted.

    Raises
    ------
    TableError
        When the zip has no such file, or the file lacks a heading or holds something other than counts.
    JoinError
        When an area is not in it.
    """
    frame, member = _member(path, level)
    by_words = {_words(str(heading)): str(heading) for heading in frame.columns}
    wanted = [heading for headings in counts.values() for heading in headings]
    absent = [heading for heading in wanted if _words(heading) not in by_words]
    if absent:
        raise TableError(f"there is no column {absent[0]!r}", file=f"{path.name}: {member}")
    own = {heading: by_words[_words(heading)] for heading in wanted}
    cut = frame.loc[frame[_CODE].isin(set(codes)), [_CODE, *own.values()]]
    spec = TableSpec(
        "area of the census",
        (
            Field(_CODE, "text", "code of the area"),
            *(Field(name, "count", name) for name in own.values()),
        ),
        (_CODE,),
    )
    table = check_table(cut, spec, source=f"{path.name}: {member}")
    refuse_unmatched(codes, table[_CODE], what="areas of the study", missing_from=f"{member} of {path.name}")
    result = pd.DataFrame({"id": table[_CODE]})
    for name, headings in counts.items():
        result[name] = table[[own[heading] for heading in headings]].sum(axis=1)
    return result.sort_values("id", ignore_index=True)


def census_of_areas(paths: Mapping[str, Path], codes: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    """Put the census counts of LSOAs side by side.

    Parameters
    ----------
    paths
        Zips by the name of their source, of those in `COUNTS`; the first three must be there.
    codes
        The LSOAs of the study.

    Returns
    -------
        ``id, residents, aged_16_64, aged_16_plus, econ_active, unemployed`` and what the other tables give; and a note
        for every pair of counts that the census's perturbation put the wrong way round. Residents aged 16 to 64 are
        those aged 16 and over (TS066) less those aged 65 and over (TS007A).

    Raises
    ------
    TableError
        When a file is not what it should be, or counts disagree by more than perturbation does.
    JoinError
        When an area is in one table and not in another.
    """
    table = pd.DataFrame({"id": sorted(codes)})
    for source, counts in COUNTS.items():
        if source in paths:
            read = read_census(paths[source], level="lsoa", counts=counts, codes=codes)
            table = table.merge(read, on="id", how="left", validate="one_to_one")
    table["aged_16_64"] = (table["aged_16_plus"] - table.pop("aged_65_plus")).clip(lower=0)
    if "white" in table.columns:
        table["ethnic_minority"] = table.pop("of_any_group") - table.pop("white")
    return table, _hold_parts_within_wholes(table)


def _hold_parts_within_wholes(table: pd.DataFrame) -> list[str]:
    notes = []
    for part, whole in _WITHIN:
        if part not in table.columns or whole not in table.columns:
            continue
        excess = table[part] - table[whole]
        above = int((excess > 0).sum())
        if excess.max() > _PERTURBED_BY:
            worst = table.iloc[int(excess.to_numpy().argmax())]
            raise TableError(
                f"the census tables disagree: {worst['id']} has {part} {worst[part]:,} and {whole} {worst[whole]:,}, "
                "which is more than its rounding does; are they all of Census 2021?"
            )
        if above:
            table[part] = table[[part, whole]].min(axis=1)
            notes.append(
                f"In {above:,} {'area' if above == 1 else 'areas'} the census counts more in {part} than in {whole}, by "
                f"{int(excess.max())} at most, because it perturbs its tables one by one; there {part} was held at {whole}."
            )
    return notes


def _member(path: Path, level: str) -> tuple[pd.DataFrame, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [name for name in archive.namelist() if name.lower().endswith(f"-{level}.csv")]
            if len(found) != 1:
                raise TableError(
                    f"holds {len(found)} files of the level {level!r} where one was expected", file=path.name
                )
            with archive.open(found[0]) as file:
                frame = pd.read_csv(file, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (zipfile.BadZipFile, OSError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise TableError("cannot be read as a zip of census tables", file=path.name) from error
    if _CODE not in frame.columns:
        raise TableError(f"there is no column {_CODE!r}", file=f"{path.name}: {found[0]}")
    return frame, found[0]


def _words(heading: str) -> str:
    """Return a heading as it is compared: Nomis sets colons with and without spaces, and adds what it measures."""
    text = re.sub(r";\s*measures:\s*value$", "", heading.strip(), flags=re.IGNORECASE)
    return re.sub(r"\s*:\s*", ":", text).lower()
