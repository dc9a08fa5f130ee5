"""What the page tells of the one ward that is clicked: its figures, why it has the centres it has, what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from corridors.findings import number_word
from corridors.page.figures import told
from corridors.page.journeys import listed_in_words, minutes_in_words
from corridors.schemes.runs import PACKAGE
from maps import Panel, PanelFigure, PanelText

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from corridors.page.explained import Explained
    from corridors.page.schemes import SchemeEffects
    from corridors.study import Study

#: The figures of the panel, from which end they are placed, and what coming first means.
_PLACED: Final[dict[str, tuple[Literal["high", "low"] | None, str]]] = {
    "residents": (None, ""),
    "share_reaching": ("high", ""),
    "minutes_to_k": ("low", "quickest"),
    "times_as_long_as_car": ("high", "slowest against the car"),
    "jobs_within": ("high", ""),
    "extent": ("high", "most deprived"),
    "income_deprived_per_1000": ("high", "most deprived"),
    "unemployment_rate": ("high", ""),
    "claimant_rate": ("high", ""),
    "share_reaching_change": (None, ""),
}
_NAMED: Final = 3
_SOMEBODY: Final = 0.5  # of a resident: less is a fraction of one small area's share
_A_TENTH_MIN: Final = 0.1


def with_texts(wards: gpd.GeoDataFrame, explained: Explained, study: Study) -> gpd.GeoDataFrame:
    """Put the panel's sentences beside every ward: ``why``, ``journey`` and ``help``; missing where there is none."""
    table = wards.assign(why=None, journey=None, help=None)
    if not explained.journeys.empty:
        journeys = explained.journeys.set_index("ward_code")
        for name in ("why", "journey"):
            table[name] = table["ward_code"].map(journeys[name].where(journeys[name] != ""))
    if explained.schemes is not None:
        said = schemes_in_words(explained, study)
        table["help"] = table["ward_code"].map(said)
    return table


def ward_panel(study: Study, wards: pd.DataFrame) -> Panel:
    """Describe the panel of a ward; figures that the study does not have are left out."""
    columns = told(study, wards, _PLACED)
    return Panel(
        figures=[
            PanelFigure(column, ranked=ranked, first_words=words)
            for column in columns
            for ranked, words in [_PLACED[column.column]]
        ],
        texts=(
            PanelText("Why it has the centres it has", "why"),
            PanelText("That journey, leg by leg", "journey"),
            PanelText("Which scheme would help", "help"),
        ),
        note=(
            "A ward is many places: the journey is that of one of its small areas. What would close the gap is arithmetic on "
            "that journey, not a new timetable. Fares, crowding and reliability are not modelled."
        ),
    )


class _Gap(NamedTuple):
    """The missing centre of one ward's journey, and the minutes to it today and under each scheme."""

    centre: str
    cutoff_min: float
    before_min: float
    after_min: Mapping[str, float]


def schemes_in_words(explained: Explained, study: Study) -> dict[str, str]:
    """Say of every ward which scheme brings its missing centre within the cutoff, and what all together change.

    Returns
    -------
        The sentences by ward; empty without schemes.
    """
    effects = explained.schemes
    if effects is None:
        return {}
    gaps = _gaps(explained, cutoff_min=study.indicator.cutoff_min)
    levels = effects.together.levels
    people = levels[levels["level"] == "ward"].set_index("code")["residents"].astype(float)
    return {
        str(ward): " ".join(
            filter(
                None,
                (
                    _gap_in_words(gaps[str(ward)], effects) if str(ward) in gaps else "",
                    _gains_in_words(
                        gained.set_index("scheme"), effects, study, residents=float(people[str(ward)])
                    ),
                ),
            )
        )
        for ward, gained in effects.wards.groupby("ward_code")
    }


def _gaps(explained: Explained, *, cutoff_min: float) -> dict[str, _Gap]:
    """List the wards whose journey has a missing centre."""
    if explained.closing.empty:
        return {}
    names = explained.journeys.set_index("ward_code")["centre_name"]
    gaps = {}
    for ward, rows in explained.closing.groupby("ward_code"):
        after = dict(zip(rows["scheme"], rows["minutes_after"].astype(float), strict=True))
        gaps[str(ward)] = _Gap(str(names[ward]), cutoff_min, float(rows["minutes_before"].iloc[0]), after)
    return gaps


def _gap_in_words(gap: _Gap, effects: SchemeEffects) -> str:
    """Say which schemes close a gap alone; else whether all together do; else which comes nearest."""
    alone = {name: gap.after_min[name] for name in effects.names if name != PACKAGE}
    within = sorted((minutes, name) for name, minutes in alone.items() if minutes <= gap.cutoff_min)
    cutoff = f"{gap.cutoff_min:g} minutes"
    if within:
        named = listed_in_words(f"{name} ({minutes_in_words(minutes)})" for minutes, name in within[:_NAMED])
        more = f" and {len(within) - _NAMED} more" if len(within) > _NAMED else ""
        each = " each" if len(within) > 1 else ""
        return f"{named}{more} would{each} bring {gap.centre} within {cutoff}."
    together = gap.after_min.get(PACKAGE, np.inf)
    if together <= gap.cutoff_min:
        return (
            f"No scheme alone would bring {gap.centre} within {cutoff}; all {number_word(len(alone))} together would: "
            f"{minutes_in_words(together)}."
        )
    nearest, name = min((minutes, name) for name, minutes in alone.items())
    if nearest > gap.before_min - _A_TENTH_MIN or not np.isfinite(nearest):
        return f"No scheme of this study would shorten that journey to {gap.centre}."
    return (
        f"No scheme of this study would bring {gap.centre} within {cutoff}; {name} comes nearest, at "
        f"{minutes_in_words(nearest)}."
    )


def _gains_in_words(gained: pd.DataFrame, effects: SchemeEffects, study: Study, *, residents: float) -> str:
    """Say how many more of the ward's residents would reach enough centres, and by which scheme most."""
    together, k = effects.names[-1], number_word(study.indicator.min_centres)
    more, fewer = (float(gained["gain_enough"][together]), float(gained["lose_enough"][together]))
    lost = f" {fewer:,.0f} would no longer." if fewer >= _SOMEBODY else ""
    if more < _SOMEBODY:
        today = float(gained["residents_reaching"][together]) + fewer
        if today > residents - _SOMEBODY:
            return f"All of the ward's residents reach {k} centres as it is.{lost}"
        return f"No more of the ward's residents would come to reach {k} centres by the schemes.{lost}"
    if together != PACKAGE:
        return f"{together} would bring {more:,.0f} more of the ward's residents to {k} centres.{lost}"
    alone = gained["gain_enough"].drop(PACKAGE).astype(float)
    most = float(alone.max())
    part = "all" if most > more - _SOMEBODY else f"{most:,.0f}"
    best = f", {part} of them by {alone.idxmax()!s} alone" if most >= _SOMEBODY else ""
    return (
        f"All {number_word(len(alone))} schemes together would bring {more:,.0f} more of the ward's residents to {k} "
        f"centres{best}.{lost}"
    )
