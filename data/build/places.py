"""Write the centres, stations, corridors and sites of the embedded sample.

Which places there are is authored, in the tables `places_*` beside this module; where they are is looked up in
published data and said in each row's `source`. A place of the tables is written in one of five ways:

* `9100BHAMNWS`: a stop or station by its NaPTAN code;
* `Merry Hill Bus Station @ Merry Hill`: the middle of the NaPTAN stops of that name in that locality;
* `jobs peak: Walsall`: the point with most jobs around it in that centre;
* `HS2: Birmingham Curzon Street (HS2)`: a row of the published points of the HS2 stations;
* `52.452780 -1.732388`: latitude and longitude.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from areas import write_table
from gtfs_out import BuildError
from outlines import BOROUGH_CODES, METRIC_CRS, write_geojson

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTHORED = Path(__file__).resolve().parent
STATION_REACH_M = 3000
NAME_SPREAD_M = 600

NAPTAN_SOURCE = "NaPTAN, 24 July 2026 (Department for Transport, OGL v3.0)"
STRATEGY_SOURCE = "West Midlands Local Industrial Strategy, consultation document, 2018"
JOBS_SOURCE = "peak of job points: BRES 2023 over workplace zones 2011 (ONS, OGL v3.0)"
UK_CENTRAL_SOURCE = (
    "point UKCentral of the WMCA accessibility tool (cmconlan/TfWM-Accessibility-Tool, sql/clean_data.sql)"
)

CORRIDOR_NOTE = "commonly named, not an official list; unverified"
CORRIDOR_LISTS = ("strands", "sites", "programmes")
COST_LEVELS = ("low", "central", "high")
SITE_FACTS = (
    "homes",
    "jobs",
    "floorspace_m2",
    "remediation_m",
    "investor_ready",
    "part_of",
    "programmes",
    "note",
)

# Parts of a station or bus station, not places in their own right.
PART_TYPES = ("PLT", "RSE", "TMU")


def build(source: Path, out: Path) -> None:
    """Write `centres.csv`, `stations.csv`, `sites.csv` and `corridors.geojson` under `out/boundaries`.

    Parameters
    ----------
    source
        Folder of the openly licensed source data.
    out
        The sample's data folder. Existing files of the same names are replaced.

    Raises
    ------
    BuildError
        When a source file is missing, or a place of the authored tables is not found in it.
    """
    gazetteer = read_gazetteer(source)
    folder = out / "boundaries"
    write_table(folder / "centres.csv", centres(gazetteer, pd.read_csv(AUTHORED / "places_centres.csv")))
    write_table(folder / "sites.csv", sites(gazetteer, pd.read_csv(AUTHORED / "places_sites.csv", dtype=str)))
    authored = tomllib.loads((AUTHORED / "places_corridors.toml").read_text(encoding="utf-8"))
    write_geojson(corridors(gazetteer, authored["corridor"]), folder / "corridors.geojson", decimals=6)
    boroughs = _boroughs(source / "boundaries" / "lads.gpkg")
    overrides = pd.read_csv(AUTHORED / "places_stations.csv")
    write_table(folder / "stations.csv", stations(gazetteer, overrides, boroughs=boroughs))


@dataclass(frozen=True)
class Place:
    """A position (degrees, EPSG:4326) and the words that say where it comes from."""

    lon: float
    lat: float
    source: str


@dataclass(frozen=True)
class Gazetteer:
    """The published tables that places are looked up in."""

    stops: pd.DataFrame
    jobs_peaks: pd.DataFrame
    hs2: pd.DataFrame

    def find(self, at: str) -> Place:
        """Return the place that `at` names, in one of the five ways of this module."""
        if re.fullmatch(r"-?\d+\.\d+ -?\d+\.\d+", at):
            lat, lon = map(float, at.split())
            return Place(lon, lat, UK_CENTRAL_SOURCE)
        if at.startswith("jobs peak: "):
            return self._jobs_peak(at.removeprefix("jobs peak: "))
        if at.startswith("HS2: "):
            return self._hs2(at.removeprefix("HS2: "))
        if " @ " in at:
            return self._stops_of_name(*at.split(" @ "))
        return self._stop_of_code(at)

    def _jobs_peak(self, centre: str) -> Place:
        row = _single(self.jobs_peaks[self.jobs_peaks["centre"] == centre], centre, "centres_wm.csv")
        points = gpd.GeoSeries.from_xy([row["jobs_peak_x"]], [row["jobs_peak_y"]], crs=METRIC_CRS)
        degrees = points.to_crs("EPSG:4326")
        return Place(degrees.x.iloc[0], degrees.y.iloc[0], JOBS_SOURCE)

    def _hs2(self, name: str) -> Place:
        row = _single(self.hs2[self.hs2["name"] == name], name, "hs2_points.csv")
        words = f"encyclopaedia position, {row['precision']} (fact; {row['source']})"
        return Place(float(row["lon"]), float(row["lat"]), words)

    def _stop_of_code(self, code: str) -> Place:
        row = _single(self.stops[self.stops["ATCOCode"] == code], code, "wm_active_stops_20260724.csv")
        return Place(float(row["Longitude"]), float(row["Latitude"]), f"{code} in {NAPTAN_SOURCE}")

    def _stops_of_name(self, name: str, locality: str) -> Place:
        file = "wm_active_stops_20260724.csv"
        named = (self.stops["CommonName"] == name) & (self.stops["LocalityName"] == locality)
        found = self.stops[named & ~self.stops["StopType"].isin(PART_TYPES)]
        if found.empty:
            raise BuildError(f"{file}: no stop is called {name} in {locality}")
        spread_m = np.hypot(np.ptp(found["Easting"]), np.ptp(found["Northing"]))
        if spread_m > NAME_SPREAD_M:
            raise BuildError(
                f"{file}: the stops called {name} in {locality} lie {spread_m:.0f} m apart, more than {NAME_SPREAD_M} m"
            )
        words = f"middle of {_stops(len(found))} '{name}, {locality}' in {NAPTAN_SOURCE}"
        return Place(found["Longitude"].mean(), found["Latitude"].mean(), words)


def read_gazetteer(source: Path) -> Gazetteer:
    """Read stops, job peaks and HS2 points from the `source` folder."""
    return Gazetteer(
        stops=_read(source / "transit" / "naptan" / "wm_active_stops_20260724.csv"),
        jobs_peaks=_read(source / "boundaries" / "centres_wm.csv"),
        hs2=_read(source / "transit" / "hs2" / "hs2_points.csv"),
    )


def centres(gazetteer: Gazetteer, authored: pd.DataFrame) -> pd.DataFrame:
    """Return one row per access point of each centre, all unverified."""
    columns = ["centre_id", "centre_name", "access_point"]
    table = _located(gazetteer, authored, columns=columns)
    return table.sort_values(["centre_id", "access_point"], ignore_index=True)


def sites(gazetteer: Gazetteer, authored: pd.DataFrame) -> pd.DataFrame:
    """Return one row per site that the strategy names, all unverified.

    `source` names the strategy, where the position comes from, and where the published facts do.
    """
    table = _located(gazetteer, authored, columns=["site_id", "name", "kind"])
    for position, column in enumerate(["strategy_wording", *SITE_FACTS], start=5):
        table.insert(position, column, authored[column])
    table["source"] = STRATEGY_SOURCE + "; position: " + table["source"] + _after_semicolon(authored["facts"])
    return table.sort_values("site_id", ignore_index=True)


def corridors(gazetteer: Gazetteer, authored: list[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Return one line per authored corridor, through its named points in order, EPSG:4326."""
    rows = []
    for corridor in authored:
        along = corridor["along"]
        if not isinstance(along, list) or len(along) < 2:
            raise BuildError(f"places_corridors.toml: corridor {corridor['id']} needs at least two points")
        places = [gazetteer.find(at) for at in along]
        rows.append(
            {
                "corridor_id": corridor["id"],
                "name": corridor["name"],
                "note": "; ".join(filter(None, (CORRIDOR_NOTE, corridor.get("note")))),
                **{column: ";".join(corridor.get(column, [])) for column in CORRIDOR_LISTS},
                **{f"cost_m_{level}": corridor.get("cost_m", {}).get(level) for level in COST_LEVELS},
                "source": "; ".join(filter(None, (_chain(len(along)), corridor.get("facts")))),
                "verified": False,
                "geometry": shapely.LineString([(place.lon, place.lat) for place in places]),
            }
        )
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    costs = [f"cost_m_{level}" for level in COST_LEVELS]
    # JSON has no word for "not a number".
    table[costs] = table[costs].astype(object).where(table[costs].notna(), None)
    return table.sort_values("corridor_id", ignore_index=True)


def _chain(points: int) -> str:
    return f"straight lines between {points} named points; stops and stations: {NAPTAN_SOURCE}"


def stations(gazetteer: Gazetteer, overrides: pd.DataFrame, *, boroughs: shapely.Geometry) -> pd.DataFrame:
    """Return rail stations, Metro stops and the two HS2 stations in or within 3 km of the boroughs.

    `status` is `open` for what NaPTAN lists as active, unless `overrides` says `planned` or `unknown`: NaPTAN also
    lists stops that are not open yet. `verified` is true where an open station's position is the official record's.

    Parameters
    ----------
    gazetteer
        The published tables.
    overrides
        `station_id` with another `status` or `name`, or `same_as` another record, which drops it.
    boroughs
        The boroughs' area, EPSG:27700.
    """
    near = gazetteer.stops[_is_station(gazetteer.stops) & _within(gazetteer.stops, boroughs, STATION_REACH_M)]
    unknown = sorted(set(overrides["station_id"]) - set(near["ATCOCode"]))
    if unknown:
        raise BuildError(f"places_stations.csv: {unknown[0]} is no station in or near the boroughs")
    near = near[~near["ATCOCode"].isin(overrides.loc[overrides["same_as"].notna(), "station_id"])]
    shortened = near["CommonName"].str.replace(r" Rail Station| \(West Midlands Metro\)", "", regex=True)
    authored = overrides.set_index("station_id")
    names, statuses = authored["name"].dropna().to_dict(), authored["status"].dropna().to_dict()
    table = pd.DataFrame(
        {
            "station_id": near["ATCOCode"],
            "name": [names.get(code, short) for code, short in zip(near["ATCOCode"], shortened, strict=True)],
            "kind": near["StopType"].map({"RLY": "rail", "MET": "metro"}),
            "lon": near["Longitude"],
            "lat": near["Latitude"],
            "status": [statuses.get(code, "open") for code in near["ATCOCode"]],
            "source": NAPTAN_SOURCE,
        }
    )
    table = pd.concat([table, _hs2_stations(gazetteer)], ignore_index=True)
    table["verified"] = (table["status"] == "open").map(_true_or_false)
    return table.sort_values(["kind", "station_id"], ignore_index=True)


def _hs2_stations(gazetteer: Gazetteer) -> pd.DataFrame:
    named = {
        "hs2-curzon-street": ("Birmingham Curzon Street (HS2)", "Birmingham Curzon Street (HS2)"),
        "hs2-interchange": ("Interchange (HS2)", "Birmingham Interchange (HS2, Bickenhill/Solihull)"),
    }
    rows = []
    for station_id, (name, published) in named.items():
        place = gazetteer.find(f"HS2: {published}")
        rows.append(
            {
                "station_id": station_id,
                "name": name,
                "kind": "hs2",
                "lon": place.lon,
                "lat": place.lat,
                "status": "planned",
                "source": place.source,
            }
        )
    return pd.DataFrame(rows)


def _is_station(stops: pd.DataFrame) -> pd.Series[bool]:
    # 9400ZZWM is the Metro; other light-rail codes are the airport's people mover and a heritage line
    metro = (stops["StopType"] == "MET") & stops["ATCOCode"].str.startswith("9400ZZWM")
    return (stops["StopType"] == "RLY") | metro


def _within(stops: pd.DataFrame, area: shapely.Geometry, reach_m: float) -> pd.Series[bool]:
    points = shapely.points(stops["Easting"].to_numpy(dtype=float), stops["Northing"].to_numpy(dtype=float))
    shapely.prepare(area)
    return pd.Series(shapely.dwithin(area, points, reach_m), index=stops.index)


def _boroughs(path: Path) -> shapely.Geometry:
    if not path.is_file():
        raise BuildError(f"{path.name}: not found in the source folder; point --source at the source data.")
    districts = pyogrio.read_dataframe(path)
    return cast("shapely.Geometry", districts[districts["ladcd"].isin(BOROUGH_CODES)].union_all())


def _located(gazetteer: Gazetteer, authored: pd.DataFrame, *, columns: list[str]) -> pd.DataFrame:
    places = [gazetteer.find(at) for at in authored["at"]]
    table = authored[columns].copy()
    table["lon"] = [place.lon for place in places]
    table["lat"] = [place.lat for place in places]
    table["source"] = [place.source for place in places]
    table["verified"] = _true_or_false(False)
    return table


def _after_semicolon(words: pd.Series[str]) -> pd.Series[str]:
    return ("; " + words).fillna("")


def _true_or_false(value: bool) -> str:
    # the words that TOML and JSON use, so that no reader takes Python's capitalised ones for text
    return "true" if value else "false"


def _stops(count: int) -> str:
    return "1 stop" if count == 1 else f"{count} stops"


def _single(found: pd.DataFrame, name: str, file: str) -> pd.Series[Any]:
    if len(found) != 1:
        raise BuildError(f"{file}: {len(found)} rows are called {name} where one is needed")
    return found.iloc[0]


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise BuildError(f"{path.name}: not found in the source folder; point --source at the source data.")
    return pd.read_csv(path, low_memory=False)
