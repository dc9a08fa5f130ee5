"""Why a ward has the centres it has: the journey that falls short of its next one, leg by leg.

A ward is many places. The journey told is that of one of them, the small area in which most of the ward's residents
live, and it says so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from accessibility.measures.limiting import limiting_journeys, limiting_sentence
from corridors.access.access import MINUTES_PREFIX
from corridors.places.places import centre_names
from corridors.study import statistic_words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    import geopandas as gpd

    import accessibility as acc
    from corridors.inputs import Inputs
    from corridors.study import Study

#: What `ward_journeys` gives, besides the sentences ``why`` and ``journey``.
JOURNEY_COLUMNS: Final = (
    *("ward_code", "area_id", "area_name", "people", "n_within", "centre", "centre_name", "minutes"),
    *("shortfall_min", "depart", "rides", "limiting", "limiting_min"),
)
_A_STEP_MIN: Final = 0.05
_MODES: Final = {"rail": "train", "tram": "tram"}
_SPOKEN: Final = {
    "access walk": "walk {min} to {to}",
    "change walk": "walk {min} to {to}",
    "egress walk": "walk {min}",
    "direct walk": "walk {min} all the way",
    "first wait": "wait {min}",
    "change wait": "wait {min}",
    "ride": "{vehicle} to {to}, {min}",
}


def ward_journeys(
    network: acc.Network,
    inputs: Inputs,
    access: pd.DataFrame,
    study: Study,
    *,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Tell of every ward what its largest small area lacks to have one more centre within the cutoff.

    Parameters
    ----------
    network
        Timetable and walks.
    inputs, study
        As for `corridors.run.run_study`.
    access
        The access of every small area; see `corridors.access.access.access_table`.
    progress
        Called with the share done.

    Returns
    -------
        One row per ward in which anybody lives, sorted by ``ward_code``: ``area_id, area_name`` of the small area with
        most of its residents and how many ``people`` of the ward that is; ``n_within`` centres; ``centre,
        centre_name``, the nearest centre beyond the cutoff, with ``minutes, shortfall_min, depart, rides, limiting,
        limiting_min`` as `accessibility.limiting_leg` gives them; and two texts: ``why`` and ``journey``, the latter
        empty where there is none.
    """
    largest = largest_areas(inputs.areas, inputs.shares)
    origins = inputs.areas[inputs.areas["id"].isin(largest["area_id"])]
    names = centre_names(inputs.centres)
    found = limiting_journeys(
        network,
        origins,
        inputs.centres,
        window=study.journey.window,
        cutoff_min=study.indicator.cutoff_min,
        k=len(names),
        statistic=study.journey.statistic,
        max_time_min=study.journey.max_time_min,
        progress=progress,
    )
    lacks = found.table.assign(centre_name=[names.get(centre, "") for centre in found.table["centre"]])
    told = {area: journey_in_words(legs) for area, legs in found.legs.groupby("id", sort=False)}
    table = largest.merge(
        lacks.rename(columns={"id": "area_id"}), on="area_id", how="left", validate="many_to_one"
    )
    within = centres_within(access, inputs.centres, cutoff_min=study.indicator.cutoff_min)
    why = [_why(row, within.get(row["area_id"], []), study) for row in table.to_dict("records")]
    journey = [told.get(area, "") for area in table["area_id"]]
    return table[list(JOURNEY_COLUMNS)].assign(why=why, journey=journey)


def largest_areas(areas: gpd.GeoDataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return of every ward the small area in which most of its residents live: ``ward_code, area_id, area_name, people``.

    A ward in which nobody lives has no row; equals go to the code that sorts first.
    """
    counts = pd.DataFrame(areas[["id", "name", "residents"]])
    pieces = shares.merge(counts, on="id", how="left", validate="many_to_one")
    pieces["people"] = pieces["residents"] * pieces["share"]
    lived_in = pieces[pieces["people"] > 0]
    ordered = lived_in.sort_values(["ward_code", "people", "id"], ascending=[True, False, True])
    first = ordered.drop_duplicates("ward_code").rename(columns={"id": "area_id", "name": "area_name"})
    return first[["ward_code", "area_id", "area_name", "people"]].reset_index(drop=True)


def centres_within(access: pd.DataFrame, centres: pd.DataFrame, *, cutoff_min: float) -> dict[str, list[str]]:
    """Name the centres within the cutoff of every small area, the nearest first."""
    columns = {
        f"{MINUTES_PREFIX}{key.replace('-', '_')}": name for key, name in centre_names(centres).items()
    }
    minutes = access.set_index("id")[list(columns)].rename(columns=columns)
    return {
        str(area): row[row <= cutoff_min].sort_values(kind="stable").index.tolist()
        for area, row in minutes.iterrows()
    }


def journey_in_words(legs: pd.DataFrame) -> str:
    """Say a journey's legs in one sentence, each with its minutes; no legs give nothing."""
    text = "; ".join(filter(None, map(_leg_in_words, legs.to_dict("records"))))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _leg_in_words(leg: dict[Hashable, Any]) -> str:
    """Say one leg; a change of a step or two is one of platform, and no minutes are told of it."""
    if leg["minutes"] < _A_STEP_MIN and leg["part"] != "ride":
        return f"cross to {leg['to']}" if leg["part"] == "change walk" else ""
    mode = str(leg["mode"])
    vehicle = " ".join(filter(None, (_MODES.get(mode, mode), str(leg["line"]))))
    return _SPOKEN[leg["part"]].format(min=minutes_in_words(leg["minutes"]), to=leg["to"], vehicle=vehicle)


def minutes_in_words(minutes: float) -> str:
    """Print minutes with a decimal where they are not whole, rounded up as `accessibility.limiting_sentence` does."""
    tenths = math.ceil(round(minutes * 10, 6))
    return f"{tenths // 10} min" if tenths % 10 == 0 else f"{tenths / 10:.1f} min"


def listed_in_words(names: Iterable[str]) -> str:
    """List names as one says them: A, B and C."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _why(row: dict[Hashable, Any], within: list[str], study: Study) -> str:
    """Say what a small area has, which centre is next, and what of the journey there falls short."""
    spoken: dict[Hashable, object] = {
        **row,
        "id": f"{row['area_name']}, the small area with most of this ward's residents,",
        "centre": row["centre_name"],
    }
    said = limiting_sentence(spoken, statistic=statistic_words(study.journey.statistic))
    return f"{said} Within reach: {listed_in_words(within)}." if within else said
