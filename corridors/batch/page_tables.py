"""The tables under the map of a batch's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from corridors.batch.words import DIRECTION_WORDS
from maps import Column, Table

if TYPE_CHECKING:
    from corridors.batch.plan import Plan
    from corridors.batch.tables import Tables
    from corridors.batch.units import Direction

GROUP_LABELS: Final = {
    "residents": "Residents",
    "aged_16_64": "Aged 16 to 64",
    "unemployed": "Unemployed",
    "households_no_car": "Households without a car",
    "most_deprived_fifth": "In the most deprived fifth",
}
_FOUND_LABELS: Final = {"jobs": "Jobs", "sites": "Sites", "homes_at_sites": "Homes at sites"}
_ANSWERED: Final = ("ok", "empty")


def overview_table(tables: Tables, plan: Plan, direction: Direction) -> Table | None:
    """List every station by scenario and window with what is within each threshold: residents, or jobs."""
    rows = _answered(tables, plan, direction)
    if rows.empty:
        return None
    counted = "residents" if direction == "to" else "jobs"
    asked = ["station", "scenario_name", "window"]
    limits = sorted(rows["threshold_min"].unique())
    keys = {limit: f"within_{number}" for number, limit in enumerate(limits)}
    # The order of the rows stands, and two stations may bear one name.
    number = rows.groupby([*asked, "station_id"], sort=False).ngroup()
    wide = rows.set_index([number.rename("number"), "threshold_min"])[counted].unstack()  # noqa: PD010 - nothing is added up
    labels = rows.drop_duplicates(["station_id", *asked])[asked].reset_index(drop=True)
    frame = labels.join(wide.rename(columns=keys).reset_index(drop=True))
    noun = "Residents who get to the station" if direction == "to" else "Jobs within reach from the station"
    return Table(
        key=f"overview-{direction}",
        title=noun,
        frame=frame,
        columns=[
            Column("station", "Station"),
            Column("scenario_name", "Scenario"),
            *([Column("window", "Window")] if len(plan.windows) > 1 else []),
            *(Column(keys[limit], f"{limit:g} min", decimals=0) for limit in limits),
        ],
        caption=f"{noun} within so many minutes from door to door, {DIRECTION_WORDS[direction]}. Where all stations are taken "
        f"together, every {'resident' if direction == 'to' else 'job'} is counted once.",
        heading_column="station",
    )


def people_table(tables: Tables, plan: Plan, station: str) -> Table | None:
    """List who gets to one station, by scenario, window and threshold, and groups of them."""
    rows = _answered(tables, plan, "to")
    rows = rows[rows["station_id"] == station]
    if rows.empty:
        return None
    known = [name for name in GROUP_LABELS if rows[name].notna().any()]
    return Table(
        key="people",
        title="Who gets there",
        frame=rows.reset_index(drop=True),
        columns=[
            *_asked(plan),
            *(Column(name, GROUP_LABELS[name], decimals=0) for name in known),
            Column("share_residents", "Share of all residents", unit="%", factor=100, decimals=1),
        ],
        caption="People within so many minutes of the station, door to door. The groups overlap and must not be added; those "
        "without a car are households.",
        heading_column="scenario_name",
    )


def found_table(tables: Tables, plan: Plan, station: str) -> Table | None:
    """List what is within reach from one station."""
    rows = _answered(tables, plan, "from")
    rows = rows[rows["station_id"] == station]
    if rows.empty:
        return None
    return Table(
        key="found",
        title="What is within reach from it",
        frame=rows.reset_index(drop=True),
        columns=[*_asked(plan), *(Column(name, label, decimals=0) for name, label in _FOUND_LABELS.items())],
        caption="Jobs, sites and the homes that these sites have room for within so many minutes of leaving the station. "
        "Sites that say nothing of homes add none; a part of a larger site is not added to it.",
        heading_column="scenario_name",
    )


def targets_table(tables: Tables, plan: Plan, station: str | None) -> Table | None:
    """List by when the target is reached."""
    rows = tables.targets if station is None else tables.targets[tables.targets["station_id"] == station]
    if rows.empty:
        return None
    longest = float(rows["longest_min"].iloc[0])
    return Table(
        key="targets",
        title=f"When {rows['target'].iloc[0]:,.0f} residents are connected",
        frame=_named(rows, plan).reset_index(drop=True),
        columns=[
            Column("station", "Station"),
            Column("scenario_name", "Scenario"),
            *([Column("window", "Window")] if len(plan.windows) > 1 else []),
            Column("minutes", "Reached within", unit="min", decimals=0, inf_label=f"not within {longest:g}"),
            Column("residents_within_longest", f"Residents within {longest:g} min", decimals=0),
            Column("all_residents", "All residents", decimals=0),
        ],
        caption="The least whole minutes, rounded up, within which so many residents get to the station, or to any of the "
        "stations together.",
        heading_column="station",
    )


def onward_table(tables: Tables, plan: Plan, station: str | None) -> Table | None:
    """List residents by bands of the whole journey, the journey onward included."""
    rows = tables.onward
    if station is None:
        # One page holds one set of bands: of all stations together, where there are several.
        station = "" if rows["station_id"].eq("").any() else next(iter(rows["station_id"]), "")
    rows = _named(rows[rows["station_id"] == station], plan).reset_index(drop=True)
    if rows.empty:
        return None
    bands = [
        "no journey" if np.isinf(end) else f"over {start:g} to {end:g}"
        for start, end in zip(rows["over_min"], rows["up_to_min"], strict=True)
    ]
    told = plan.stations.onward
    constants = " ".join(
        dict.fromkeys(
            f"{row['minutes']:g} min to {row['to']}: {str(row['source']).rstrip('.')}."
            for row in told[told["station_id"].eq(station) | (station == "")].to_dict("records")
        )
    )
    return Table(
        key="onward",
        title="With the journey onward",
        frame=rows.assign(band=bands),
        columns=[
            Column("station", "Station"),
            Column("to", "To"),
            Column("scenario_name", "Scenario"),
            *([Column("window", "Window")] if len(plan.windows) > 1 else []),
            Column("band", "Whole journey", unit="min"),
            Column("residents", "Residents", decimals=0),
            Column("residents_within", "Residents up to there", decimals=0),
        ],
        caption="Minutes to the station plus the journey on from it as a constant; waiting and walking at the station are not "
        f"in it. {constants}",
        heading_column="band",
        is_long=True,
    )


def _asked(plan: Plan) -> list[Column]:
    return [
        Column("scenario_name", "Scenario"),
        *([Column("window", "Window")] if len(plan.windows) > 1 else []),
        Column("threshold_min", "Within", unit="min", decimals=0),
    ]


def _answered(tables: Tables, plan: Plan, direction: Direction) -> pd.DataFrame:
    rows = tables.summary
    return _named(rows[rows["direction"].eq(direction) & rows["status"].isin(_ANSWERED)], plan)


def _named(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    return rows.assign(scenario_name=rows["scenario"].map({case.key: case.name for case in plan.cases}))
