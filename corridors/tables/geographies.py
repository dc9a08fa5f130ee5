"""Geography presets: the districts that a share is taken over, by name, so that no denominator is left unsaid.

The strategy speaks of the seven boroughs, of three LEPs and of the combined authority in turn; the same share over each
is another number. Codes and membership stand in ``geographies.csv``, each with its source and whether anybody checked it.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from accessibility.errors import ParameterError
from corridors.errors import StudyError
from corridors.tables.reading import read_table
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# What each preset is called in a sentence.
PRESETS = {
    "seven_boroughs": "the seven metropolitan boroughs of the West Midlands",
    "three_leps": "the three-LEP area of the West Midlands",
    "black_country_lep": "the area of the Black Country LEP",
    "coventry_warwickshire_lep": "the area of the Coventry and Warwickshire LEP",
    "greater_birmingham_solihull_lep": "the area of the Greater Birmingham and Solihull LEP",
    "wmca": "the constituent and non-constituent districts of the West Midlands Combined Authority",
}
_TABLE = Path(__file__).resolve().parent / "geographies.csv"
_SPEC = TableSpec(
    row="district of a preset",
    key=("preset", "district_code"),
    fields=(
        Field("preset", "text", "name of the preset"),
        Field("district_code", "text", "code of the district"),
        Field("district_name", "text", "name of the district"),
        Field("membership", "text", "how the district belongs to it"),
        Field("source", "text", "where the row comes from"),
        Field("verified", "flag", "true once someone has checked it against an official source"),
    ),
)


def districts_of(preset: str) -> pd.DataFrame:
    """Return the districts of a preset.

    Parameters
    ----------
    preset
        One of `PRESETS`.

    Returns
    -------
        ``district_code, district, membership, source, verified``, sorted by code. The county councils among the members
        of the combined authority are left out, as they hold no area that their districts do not.

    Raises
    ------
    ParameterError
        When there is no such preset; the message names those like it.
    """
    _name(preset)
    table = read_table(_TABLE, _SPEC)
    rows = (
        table[table["preset"] == preset].drop(columns="preset").rename(columns={"district_name": "district"})
    )
    rows["verified"] = rows["verified"].eq("true")
    return rows.sort_values("district_code", ignore_index=True)


def denominator_words(
    geography: str | Sequence[str], *, residents: int | None = None, whose: str = "residents"
) -> str:
    """Say whom a share is taken over, in words to print beside every denominator.

    Parameters
    ----------
    geography
        A preset, or the names of the districts of a study that is none.
    residents
        How many they are, where that is known.
    whose
        What is counted: residents, residents aged 16 to 64, households.

    Returns
    -------
        A clause without a full stop: ``all 2,919,651 residents of the seven metropolitan boroughs of the West Midlands
        (Birmingham, …), those who reach nothing included``.
    """
    if isinstance(geography, str):
        names, place = sorted(districts_of(geography)["district"]), _name(geography)
    else:
        names = sorted(geography)
        place = f"{len(names)} districts" if len(names) != 1 else "one district"
    number = "all" if residents is None else f"all {residents:,}"
    return f"{number} {whose} of {place} ({', '.join(names)}), those who reach nothing included"


def preset_of(district_codes: Sequence[str]) -> str | None:
    """Return the preset that consists of exactly these districts, or None."""
    wanted = set(district_codes)
    for preset in PRESETS:
        if set(districts_of(preset)["district_code"]) == wanted:
            return preset
    return None


def refuse_other_districts(areas: pd.DataFrame, preset: str, *, source: str) -> None:
    """Refuse small areas that are not exactly those of a preset's districts.

    Parameters
    ----------
    areas
        The small areas, with ``district_code`` and ``district_name``.
    preset
        The geography that the study names.
    source
        Name of the file of the areas, for the message.

    Raises
    ------
    StudyError
        When a district of the preset has no area, or an area lies in another district; both are named.
    """
    wanted = districts_of(preset).set_index("district_code")["district"]
    there = areas.drop_duplicates("district_code").set_index("district_code")["district_name"]
    absent, extra = wanted[~wanted.index.isin(there.index)], there[~there.index.isin(wanted.index)]
    if absent.empty and extra.empty:
        return
    faults = [f"lacks {', '.join(absent)}"] if len(absent) else []
    faults += [f"holds {', '.join(sorted(extra))} as well"] if len(extra) else []
    other = preset_of(list(there.index))
    hint = (
        f"its districts are those of {other!r}" if other else "leave the geography out to name the districts"
    )
    raise StudyError(f"{source} is not exactly {_name(preset)}: it {' and '.join(faults)}; {hint}")


def unverified_members(preset: str) -> str:
    """Name the districts whose membership nobody has checked; empty when all are checked."""
    rows = districts_of(preset)
    names = rows.loc[~rows["verified"], "district"].tolist()
    if not names:
        return ""
    which = "all of them" if len(names) == len(rows) else ", ".join(names)
    return f"{len(names)} of the {len(rows)} districts of {_name(preset)} are unverified: {which}."


def _name(preset: str) -> str:
    if preset not in PRESETS:
        near = difflib.get_close_matches(preset, PRESETS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(PRESETS)}"
        raise ParameterError(f"there is no geography {preset!r}; {hint}")
    return PRESETS[preset]
