"""What a batch has to answer, under which keys it is kept, and the ground that its units stand on.

A key is a hash of what one station's minutes depend on, and of nothing else: the feeds and streets, the schemes that are
built, how people walk, day, window and statistic, the points of the station, and the places asked about. Names, people,
jobs, thresholds and other stations are not in it, so a change in them leaves finished work standing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from accessibility.networks.cache import made_with
from corridors.batch.units import DIRECTIONS, KINDS, STATIONS_PER_UNIT, Ground, Unit
from corridors.manifest import hashes_of
from corridors.schemes.runs import network_with

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import accessibility as acc
    from accessibility.feeds.gtfs import Feed
    from corridors.batch.scenarios import Case
    from corridors.batch.stations import Stations
    from corridors.batch.units import Direction
    from corridors.inputs import Inputs
    from corridors.study import Study

Window = tuple[str, str]
_DIGITS: Final = 32
_NAMED: Final = 5


@dataclass(frozen=True)
class Part:
    """One station's part of a unit: what is kept under one key."""

    direction: Direction
    schemes: tuple[str, ...]
    window: Window
    station: str


@dataclass(frozen=True, eq=False)
class Plan:
    """What a batch asks.

    Attributes
    ----------
    study
        Its service date is chosen.
    stations, cases, windows
        Which stations, scenarios and windows of departures.
    places
        All places, as a `corridors.batch.units.Ground` holds them.
    common
        What every part depends on, as JSON can hold it.
    keys
        The key of every part.
    note_keys
        The key under which the notes of each network are kept, by the schemes that are built.
    """

    study: Study
    stations: Stations
    cases: tuple[Case, ...]
    windows: tuple[Window, ...]
    places: gpd.GeoDataFrame
    common: dict[str, Any]
    keys: dict[Part, str]
    note_keys: dict[tuple[str, ...], str]

    def asked(self, direction: Direction) -> gpd.GeoDataFrame:
        """Return the places that a direction asks about: to the stations, the small areas alone."""
        return _asked(self.places, direction)

    @staticmethod
    def part(unit: Unit, station: str) -> Part:
        """Return the part of a unit that is one station's."""
        return Part(unit.direction, unit.schemes, unit.window, station)

    def parts(self, direction: Direction, case: Case, window: Window) -> list[Part]:
        """Return the parts of one direction, scenario and window, by station."""
        ids = self.stations.table["station_id"]
        return [Part(direction, case.built, window, station) for station in ids]


def plan_of(
    study: Study,
    inputs: Inputs,
    stations: Stations,
    cases: Sequence[Case],
    windows: Sequence[Window],
) -> Plan:
    """Lay out the parts of a batch and their keys; the feeds are hashed, not read."""
    places = places_of(inputs)
    common = _common(study)
    built = {case.built: _built(case) for case in cases}
    asked = {direction: _digest(_asked(places, direction)) for direction in DIRECTIONS}
    of_points = {
        str(station): rows[["lon", "lat"]].to_numpy().tolist()
        for station, rows in stations.points.groupby("group", sort=True)
    }
    keys = {}
    for schemes, edits in built.items():
        for direction in DIRECTIONS:
            for window in windows:
                for station, points in of_points.items():
                    told = [common, edits, direction, asked[direction], window, points]
                    keys[Part(direction, schemes, window, station)] = _hash(told)
    of_all = [_digest(places), _digest(stations.points)]
    note_keys = {schemes: _hash([common, edits, "notes", of_all]) for schemes, edits in built.items()}
    return Plan(study, stations, tuple(cases), tuple(windows), places, common, keys, note_keys)


def places_of(inputs: Inputs) -> gpd.GeoDataFrame:
    """Return the small areas, the points with jobs and the sites as points: ``id, kind, geometry``, in EPSG:4326."""
    sites = inputs.sites.assign(geometry=gpd.points_from_xy(inputs.sites["lon"], inputs.sites["lat"]))
    tables = (inputs.areas, inputs.jobs, sites)
    joined = pd.concat(
        [
            pd.DataFrame({"id": table["id"].astype(str), "kind": kind, "geometry": table.geometry.array})
            for kind, table in zip(KINDS, tables, strict=True)
        ],
        ignore_index=True,
    )
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=inputs.areas.crs)


def units_of(
    plan: Plan, wanted: Collection[Part], *, at_once: int = STATIONS_PER_UNIT
) -> dict[tuple[str, ...], list[Unit]]:
    """Gather parts into units, by the schemes that are built: stations that ask alike ride in one sweep."""
    together: dict[tuple[Any, ...], list[str]] = {}
    for part in plan.keys:
        if part in wanted:
            together.setdefault((part.schemes, part.direction, part.window), []).append(part.station)
    units: dict[tuple[str, ...], list[Unit]] = {}
    for (schemes, direction, window), stations in together.items():
        for first in range(0, len(stations), at_once):
            some = tuple(stations[first : first + at_once])
            units.setdefault(schemes, []).append(Unit(direction, schemes, window, some))
    return units


def ground_of(plan: Plan, case: Case, feeds: Sequence[Feed], streets: acc.StreetNetwork | None) -> Ground:
    """Build the network of a scenario and lay the stations and places on it.

    Raises
    ------
    SchemeError
        When a scheme contradicts the feeds.
    """
    study = plan.study
    return Ground(
        key=_hash([plan.common, _built(case), _digest(plan.places), _digest(plan.stations.points)]),
        schemes=case.built,
        network=network_with(study, feeds, case.schemes, streets=streets),
        stations=plan.stations.points[["id", "group", "geometry"]],
        places=plan.places,
        statistic=study.journey.statistic,
        max_time_min=study.journey.max_time_min,
    )


def notes_of(ground: Ground) -> list[str]:
    """Say what was noticed when the network was built, and which points lie on no street."""
    told = list(ground.network.notes)
    for noun, points in (("points of stations", ground.stations), ("places", ground.places)):
        numbered = points[["geometry"]].assign(id=range(len(points)))
        off = [int(str(number)) for number in ground.network.unsnapped(numbered)]
        if off:
            named = ", ".join(points["id"].iloc[off[:_NAMED]].astype(str))
            told.append(
                f"{len(off):,} of {len(points):,} {noun} lie on no street and can be walked from or to by nobody: {named}"
                f"{', …' if len(off) > _NAMED else ''}"
            )
    return told


def one_case_each(cases: Sequence[Case]) -> Iterator[Case]:
    """Give the first case of each network: others that build the same schemes stand on it too."""
    seen: set[tuple[str, ...]] = set()
    for case in cases:
        if case.built not in seen:
            seen.add(case.built)
            yield case


def _common(study: Study) -> dict[str, Any]:
    """Say what every part depends on, as JSON holds it."""
    feeds = {name: hashes_of(name, study.resolve(name)) for name in study.timetable.feeds}
    streets = study.files.streets
    return {
        "made with": [made_with(), _own_source()],
        "feeds": feeds,
        "streets": None if streets is None else hashes_of(streets, study.resolve(streets)),
        "date": str(study.service_date),
        "step_free": study.timetable.step_free,
        "journey": study.journey.model_dump(mode="json", exclude={"window"}),
    }


def _own_source() -> list[list[str]]:
    """Hash the rooms that edit timetables and answer units: for those who work on them, while the version stands still."""
    here = Path(__file__).parent
    home = here.parent
    files = [*sorted((home / "schemes").glob("*.py")), here / "units.py", home / "access" / "access.py"]
    return [[path.name, hashlib.sha256(path.read_bytes()).hexdigest()] for path in files]


def _built(case: Case) -> list[list[Any]]:
    """Say what a case builds; cost, name and source of a scheme change no journey."""
    return [
        [scheme.id, [edit.model_dump(mode="json") for edit in scheme.edit]]
        for scheme in case.schemes
        if scheme.edit
    ]


def _asked(places: gpd.GeoDataFrame, direction: Direction) -> gpd.GeoDataFrame:
    return places if direction == "from" else places[places["kind"] == "area"]


def _digest(points: gpd.GeoDataFrame) -> str:
    """Hash ids and coordinates of points, in their order."""
    told = points.drop(columns="geometry").astype(str).to_numpy().tolist()
    return _hash([told, points.geometry.x.tolist(), points.geometry.y.tolist()])


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_DIGITS]
