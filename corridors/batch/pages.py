"""The pages of a batch: one for all stations together, and one for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.batch.names import STATIONS, page_names
from corridors.batch.page_map import MapAreas, minutes_layer, overlays, saved, saved_layer
from corridors.batch.page_tables import found_table, onward_table, overview_table, people_table, targets_table
from corridors.batch.plan import Part
from corridors.batch.station_catchments import Together
from corridors.batch.units import DIRECTIONS
from corridors.batch.words import COLUMNS, NOT_MODELLED, definition_in_full, definition_in_short
from corridors.errors import ToolkitError
from corridors.evidence import cite, figure
from maps import Choropleth, Fact, Page, Table

if TYPE_CHECKING:
    import numpy.typing as npt

    from corridors.batch.counting import Minutes
    from corridors.batch.plan import Plan, Window
    from corridors.batch.scenarios import Case
    from corridors.batch.tables import Tables
    from corridors.batch.units import Direction
    from corridors.inputs import Inputs

    Array = npt.NDArray[np.float64]

#: The threshold that titles and large figures take, where it is one of those asked for.
_HEADLINE_MIN: Final = 60.0
_GROUPS: Final[dict[Direction, str]] = {"to": "Minutes to it", "from": "Minutes from it"}
_EXPLAINED: Final = {
    "threshold_min": "Within so many minutes",
    "residents": "Residents",
    "households_no_car": "Households without a car",
    "most_deprived_fifth": "In the most deprived fifth",
    "homes_at_sites": "Homes at sites",
    "onward_min": "Journey onward",
    "area_km2": "Catchment polygons (catchments.parquet)",
}


@dataclass(frozen=True, eq=False)
class BatchPages:
    """Describes the pages of a batch.

    Attributes
    ----------
    plan, inputs, tables
        What was asked, of which tables, and what was found.
    minutes
        Gives the minutes of a part.
    run_id
        Printed at the foot of every page.
    """

    plan: Plan
    inputs: Inputs
    tables: Tables
    minutes: Minutes
    run_id: str

    def index(self) -> Page:
        """Describe the page of all stations together."""
        tables, plan = self.tables, self.plan
        pages = page_names(station for station in self._names if self.answered(station))
        return self._page(
            "" if len(self._names) > 1 else next(iter(self._names)),
            tuple(self._names),
            [(self._names[station], f"{STATIONS}/{name}") for station, name in pages.items()],
            [
                overview_table(tables, plan, "to"),
                overview_table(tables, plan, "from"),
                targets_table(tables, plan, None),
                onward_table(tables, plan, None),
            ],
        )

    def station(self, station: str) -> Page:
        """Describe the page of one station."""
        tables, plan = self.tables, self.plan
        return self._page(
            station,
            (station,),
            [("All stations", "../index.html")],
            [
                people_table(tables, plan, station),
                found_table(tables, plan, station),
                targets_table(tables, plan, station),
                onward_table(tables, plan, station),
            ],
        )

    def answered(self, station: str) -> bool:
        """Tell whether anything is known of a station."""
        return not self._rows(station, "to").empty or not self._rows(station, "from").empty

    @cached_property
    def _map(self) -> MapAreas:
        return MapAreas(self.inputs)

    @cached_property
    def _names(self) -> dict[str, str]:
        table = self.plan.stations.table
        return dict(zip(table["station_id"], table["name"], strict=True))

    @cached_property
    def _thresholds(self) -> list[float]:
        return sorted(self.tables.summary["threshold_min"].dropna().unique().tolist())

    @cached_property
    def _headline(self) -> float:
        asked = self._thresholds
        return _HEADLINE_MIN if _HEADLINE_MIN in asked else asked[len(asked) // 2]

    def _page(
        self,
        subject: str,
        ids: tuple[str, ...],
        beside: list[tuple[str, str]],
        tables: list[Table | None],
    ) -> Page:
        study = self.plan.study
        frame, layers = self._layers(ids)
        return Page(
            title=self._title(subject),
            eyebrow=study.study.name,
            subtitle=f"{_capital(definition_in_short(study, self.plan.windows[0]))}.",
            beside=beside,
            notice=study.study.notice,
            areas=frame,
            id_column="id",
            name_column="name",
            group_column="group",
            area_noun=self._map.noun,
            choropleths=layers,
            compare=_first_two(layers),
            tooltip=[layer.figure for layer in layers[:4]],
            overlays=overlays(self.plan, self.inputs, ids),
            facts=self._facts(subject),
            method=" ".join(f"{_capital(definition_in_full(study, each))}." for each in self.plan.windows),
            comparison=self._comparison,
            findings=self._findings(subject),
            tables=[table for table in tables if table is not None],
            definitions=self._definitions(),
            limits=[
                ("What is not modelled", (*NOT_MODELLED, *study.study.limits)),
                ("What was noticed", self.tables.notes),
            ],
            sources=study.study.sources,
            run_id=self.run_id,
        )

    def _questions(self) -> list[tuple[Case, Window]]:
        return [(case, window) for window in self.plan.windows for case in self.plan.cases]

    def _asked(self, case: Case, window: Window) -> str:
        return f"{case.name}, {'-'.join(window)}" if len(self.plan.windows) > 1 else case.name

    def _rows(self, subject: str, direction: Direction) -> pd.DataFrame:
        rows = self.tables.summary
        here = rows["station_id"].eq(subject) & rows["direction"].eq(direction)
        return rows[here & rows["status"].isin(["ok", "empty"])]

    def _figure(self, subject: str, direction: Direction, case: Case, window: Window, column: str) -> float:
        """Return one figure of the summary at the headline's threshold; missing where it was not answered."""
        rows = self._rows(subject, direction)
        here = rows[
            rows["scenario"].eq(case.key)
            & rows["window"].eq("-".join(window))
            & rows["threshold_min"].eq(self._headline)
        ]
        return float(here[column].iloc[0]) if len(here) else float("nan")

    def _called(self, subject: str) -> str:
        if subject:
            return self._names[subject]
        kinds = set(self.plan.stations.table["kind"])
        return "an HS2 station" if kinds == {"hs2"} else f"one of {len(self._names)} stations"

    def _title(self, subject: str) -> str:
        case, window = self._questions()[0]
        people = self._figure(subject, "to", case, window, "residents")
        share = self._figure(subject, "to", case, window, "share_residents")
        if np.isnan(people):
            return f"Catchment of {self._called(subject)}"
        return (
            f"{people:,.0f} residents, {share:.0%}, get to {self._called(subject)} within {self._headline:g} minutes "
            f"by public transport ({case.name.lower()})"
        )

    def _facts(self, subject: str) -> list[Fact]:
        window, facts = self.plan.windows[0], []
        for case in self.plan.cases:
            people = self._figure(subject, "to", case, window, "residents")
            jobs = self._figure(subject, "from", case, window, "jobs")
            if not np.isnan(people):
                said = f"get there within {self._headline:g} minutes: {case.name.lower()}"
                facts.append(Fact(said, f"{people:,.0f}", case.in_words))
            if not np.isnan(jobs):
                said = f"jobs within {self._headline:g} minutes from it: {case.name.lower()}"
                facts.append(Fact(said, f"{jobs:,.0f}"))
        return facts

    def _findings(self, subject: str) -> list[tuple[str, str]]:
        """Say by when the target is reached, what the scenarios change, and how far catchments overlap."""
        targets = self.tables.targets
        said = [
            f"{self._asked(case, window)}: {words}."
            for case, window in self._questions()
            for words in targets.loc[
                targets["station_id"].eq(subject)
                & targets["scenario"].eq(case.key)
                & targets["window"].eq("-".join(window)),
                "in_words",
            ]
        ]
        found = [("When the target is reached", " ".join(said))] if said else []
        (today, window), *others = self._questions()[: len(self.plan.cases)]
        base = self._figure(subject, "to", today, window, "residents")
        gains = [
            f"{case.name}: {self._figure(subject, 'to', case, window, 'residents') - base:+,.0f} residents."
            for case, _ in others
        ]
        if gains and "nan" not in "".join(gains):
            heading = f"Within {self._headline:g} minutes, against {today.name.lower()}"
            found.append((heading, " ".join(gains)))
        shared = self._figure(subject, "to", today, window, "residents_in_several")
        if not np.isnan(shared):
            words = f"{shared:,.0f} residents are within {self._headline:g} minutes of two stations or more"
            found.append(("Overlap", f"{words}; taken together they are counted once."))
        return found

    @cached_property
    def _comparison(self) -> str:
        """Cite the strategy where its figure is the target."""
        asked = set(self.tables.targets["target"])
        if asked != {figure("hs2_population").value}:
            return ""
        return (
            f"{cite('hs2_population')} It names no minutes, no station and no year, so this page gives the minutes at "
            "which so many residents are reached."
        )

    def _definitions(self) -> list[tuple[str, str]]:
        cases = "; ".join(case.in_words for case in self.plan.cases)
        vintages = "; ".join(f"{key}: {said}" for key, said in self.plan.study.vintages.model_dump().items())
        statistic = "journey time by the statistic above"
        told = {"cases": cases, "statistic": statistic}
        return [
            ("Scenarios", f"{cases}."),
            ("Editions of the data", f"{vintages}."),
            (
                "Minutes on the map",
                f"Minutes {self._map.unit_words}; outlines of small areas are computed cells, not official.",
            ),
            *((label, f"{_capital(COLUMNS[name].format(**told))}.") for name, label in _EXPLAINED.items()),
        ]

    def _layers(self, ids: tuple[str, ...]) -> tuple[gpd.GeoDataFrame, list[Choropleth]]:
        """Colour the areas by minutes to and from the nearest of some stations, and by what each scenario saves."""
        columns: dict[str, Array] = {}
        layers = []
        longest = self.plan.study.journey.max_time_min
        nearest = "the station" if len(ids) == 1 else "the nearest station"
        for direction in DIRECTIONS:
            base: Array | None = None
            for number, (case, window) in enumerate(self._questions()):
                least = self._least(ids, direction, case, window)
                if least is None:
                    continue
                key, asked = f"{direction}-{number}", self._asked(case, window)
                columns[key] = self._map.shown(least)
                layers.append(
                    minutes_layer(
                        key,
                        f"Minutes {direction} {nearest}: {asked}",
                        group=_GROUPS[direction],
                        thresholds_min=self._thresholds,
                        longest_min=longest,
                        definition=f"{_capital(definition_in_short(self.plan.study, window))}.",
                    )
                )
                if case is self.plan.cases[0]:
                    base = columns[key]
                elif base is not None:
                    columns[f"saved-{key}"] = saved(base, columns[key], longest_min=longest)
                    layers.append(
                        saved_layer(
                            f"saved-{key}",
                            f"Minutes saved {direction} {nearest}: {asked}",
                            group="Change",
                            longest_min=longest,
                            definition=f"{case.in_words}, against {self.plan.cases[0].name.lower()}.",
                        )
                    )
        layers.sort(key=lambda layer: layer.diverging)  # what changes stands after what is
        return self._map.frame.assign(**columns), layers

    def _least(self, ids: tuple[str, ...], direction: Direction, case: Case, window: Window) -> Array | None:
        """Return the minutes of the small areas to the nearest of some stations; None where none was answered."""
        together, answered = Together(len(self.inputs.areas)), False
        for station in ids:
            found = self.minutes(Part(direction, case.built, window, station))
            if not isinstance(found, ToolkitError):
                together.add(found[: len(self.inputs.areas)])
                answered = True
        return together.first if answered else None


def _first_two(layers: list[Choropleth]) -> tuple[str, str] | None:
    """Compare the first scenario with the next, where there are two."""
    alike = [layer.key for layer in layers if layer.group == layers[0].group]
    return (alike[0], alike[1]) if len(alike) > 1 else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
