"""A study small enough to be worked by hand; the workings stand in the docstring of `made_study`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pyproj import Transformer

import corridors

_TO_LON_LAT = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
_EAST, _NORTH = 400_000, 290_000

STUDY = """
[study]
name = "A made study"
region = "the made region"
notice = "Illustrative: made up."
sources = ["Nobody published this."]

[vintages]
areas = "LSOA 2021"
wards = "wards 2025"
census = "Census 2021"
deprivation = "IoD 2025"
jobs = "made jobs"
timetable = "made timetable"

[files]
areas = "areas.csv"
area_wards = "area_wards.csv"
wards = "wards.csv"
outlines = "wards.geojson"
jobs = "jobs.csv"
centres = "centres.csv"
stations = "stations.csv"
corridors = "corridors.geojson"
sites = "sites.csv"

[timetable]
feeds = ["feed"]
date = 2026-03-10

[journey]
window = ["07:00", "09:00"]

[indicator]
cutoff_min = 45
min_centres = 2
compared_with = "A figure of 41% is another measure."

[ranking]
draws = 200
concentration = 20
seed = 7

[[ranking.criteria]]
key = "need_income"
label = "Income-deprived people"
group = "need"
measure = "income_deprived_per_1000"
unit = "per 1,000"
direction = "higher"
low = 100
high = 600
weight = 0.4

[[ranking.criteria]]
key = "gap_centres"
label = "Residents with few centres"
group = "gap"
measure = "few_centres_per_1000"
unit = "per 1,000"
direction = "higher"
low = 0
high = 1000
weight = 0.3

[[ranking.criteria]]
key = "gap_jobs"
label = "Jobs per worker"
group = "gap"
measure = "jobs_per_worker"
unit = "jobs per worker"
direction = "lower"
low = 0
high = 5
weight = 0.1

[[ranking.criteria]]
key = "opportunity"
label = "Jobs within reach"
group = "opportunity"
measure = "jobs_within"
unit = "jobs"
direction = "higher"
low = 0
high = 2000
weight = 0.2
"""

AREAS = """\
lsoa21cd,lsoa21nm,wd25cd,district_code,district_name,x,y,residents,aged_16_64,econ_active,unemployed,income_deprived,income_denominator,employment_deprived,employment_denominator,imd_decile
A1,First,W1,D1,Easton,0,0,100,60,50,5,40,110,20,60,1
A2,Second,W2,D1,Easton,500,0,300,180,150,30,90,290,30,180,1
A3,Third,W2,D1,Easton,9000,0,100,60,50,2,10,100,5,60,8
A4,Fourth,W3,D2,Weston,0,20000,500,300,250,20,100,510,50,300,2
"""
PIECES = "lsoa21cd,wd25cd,residents\nA1,W1,100\nA2,W1,100\nA2,W2,200\nA3,W2,100\nA4,W3,500\n"
WARDS = """\
wd25cd,ward_name,district_code,district_name
W1,West end,D1,Easton
W2,"</script><img src=x onerror=alert(1)>",D1,Easton
W3,North end,D2,Weston
"""
JOBS = "job_id,x,y,jobs,wd25cd\nJ1,10000,0,1000,W2\nJ2,16000,0,100,W2\nJ3,0,20000,50,W3\n"
CENTRES = """\
centre_id,centre_name,access_point,x,y,source,verified
mid-town,Mid Town,Stop,10000,0,made,false
mid-town,Mid Town,Back door,10000,5000,made,false
far-town,Far Town,Stop,16000,0,made,true
"""
STATIONS = """\
station_id,name,kind,x,y,status,source,verified
R1,Old station,rail,10000,0,open,made,true
H1,New station,hs2,16000,0,planned,made,false
"""
SITES = """\
site_id,name,kind,x,y,strategy_wording,source,verified
P1,First site,housing,0,0,a site,made,false
P2,Second site,hs2,0,20000,,made,false
"""


def lon_lat(x: float, y: float) -> tuple[float, float]:
    """Place metres of the made world on the British National Grid."""
    lon, lat = _TO_LON_LAT.transform(_EAST + x, _NORTH + y)
    return round(lon, 6), round(lat, 6)


def _placed(text: str) -> str:
    """Replace the columns x, y of a table by lon, lat."""
    lines = [line.split(",") for line in text.strip().split("\n")]
    at = lines[0].index("x")
    lines[0][at : at + 2] = ["lon", "lat"]
    for line in lines[1:]:
        line[at : at + 2] = [f"{value:.6f}" for value in lon_lat(float(line[at]), float(line[at + 1]))]
    return "\n".join(",".join(line) for line in lines) + "\n"


def _features(rows: list[tuple[dict[str, object], str, object]]) -> str:
    features = [
        {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
        for properties, kind, coordinates in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def _square(x: float, y: float) -> list[list[tuple[float, float]]]:
    corners = [(x, y), (x + 4000, y), (x + 4000, y + 4000), (x, y + 4000), (x, y)]
    return [[lon_lat(*corner) for corner in corners]]


def _corridor(code: str, name: str, *points: tuple[float, float]) -> tuple[dict[str, object], str, object]:
    properties = {"corridor_id": code, "name": name, "note": "made", "source": "made", "verified": False}
    return properties, "LineString", [lon_lat(*point) for point in points]


def write_feed(folder: Path) -> None:
    """One line, every ten minutes from 06:00 to 12:00: Home, 20 minutes, Mid Town, 15 minutes, Far Town."""
    folder.mkdir()
    stops = {"S0": (0, 0), "S1": (10_000, 0), "S2": (16_000, 0)}
    trips = [f"T{minute:03d}" for minute in range(360, 721, 10)]
    calls = [("S0", 0), ("S1", 20), ("S2", 35)]
    tables = {
        "agency": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "M,Made,https://example.org,Europe/London",
        ],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon"]
        + ["{0},{0},{2},{1}".format(name, *lon_lat(*place)) for name, place in stops.items()],
        "routes": [
            "route_id,agency_id,route_short_name,route_long_name,route_type",
            "L1,M,1,Home to Far Town,3",
        ],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "WK,1,1,1,1,1,0,0,20260105,20261218",
        ],
        "trips": ["route_id,service_id,trip_id", *[f"L1,WK,{trip}" for trip in trips]],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
        + [
            f"{trip},{clock},{clock},{stop},{sequence}"
            for trip in trips
            for sequence, (stop, after) in enumerate(calls, start=1)
            for clock in [f"{(int(trip[1:]) + after) // 60:02d}:{(int(trip[1:]) + after) % 60:02d}:00"]
        ],
    }
    for name, lines in tables.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_study(folder: Path) -> Path:
    """Write the made study into a folder and return the study file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {
        "areas": AREAS,
        "jobs": JOBS,
        "centres": CENTRES,
        "stations": STATIONS,
        "sites": SITES,
    }.items():
        (folder / f"{name}.csv").write_text(_placed(text), encoding="utf-8")
    (folder / "area_wards.csv").write_text(PIECES, encoding="utf-8")
    (folder / "wards.csv").write_text(WARDS, encoding="utf-8")
    squares = {"W1": (-4000, 0), "W2": (0, 0), "W3": (0, 18_000)}
    outlines = [({"wd25cd": code}, "Polygon", _square(*corner)) for code, corner in squares.items()]
    (folder / "wards.geojson").write_text(_features(outlines), encoding="utf-8")
    corridors = [
        _corridor("X1", "Home road", (-100, 0), (600, 0)),
        _corridor("X2", "North road", (0, 20_000), (0, 21_000)),
        _corridor("X3", "Empty road", (40_000, 0), (41_000, 0)),
    ]
    (folder / "corridors.geojson").write_text(_features(corridors), encoding="utf-8")
    write_feed(folder / "feed")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder / "study.toml"


@pytest.fixture(scope="session")
def _pristine(tmp_path_factory) -> Path:
    return write_study(tmp_path_factory.mktemp("made") / "study").parent


@pytest.fixture
def made_study(_pristine, tmp_path) -> Path:
    """Return the study file of a fresh copy that a test may spoil.

    Metres run east (x) and north (y). A walk of 80 m of street takes a minute, so a straight line of 100 m takes
    1.625 min. The bus leaves Home (x = 0) every ten minutes; Mid Town (x = 10,000) is 20 min on, Far Town (x = 16,000)
    35 min on.

    A1 (x = 0, 100 residents) stands at the stop: over the departures it waits 0 to 9 min, the 60th of 120 being 4.
        Mid Town 24 min, Far Town 39 min; at worst 44, so both are in reach at every departure.
    A2 (x = 500, 300 residents) walks 488 s: from leaving home until the bus leaves takes 540, 600, …, 1080 s, the
        60th of 120 being 780 s = 13 min. Mid Town 33, Far Town 48 min; within 45 at 540 s and 600 s only, 1 in 5.
    A3 (x = 9000, 100 residents) walks 975 s = 16.25 min to Mid Town, or to its stop, where the bus leaves 1020, 1080,
        …, 1560 s after leaving home, the 60th of 120 being 1260 s = 21 min. Far Town 36 min, at worst 41.
    A4 (y = 20,000, 500 residents) reaches nothing.
    """
    shutil.copytree(_pristine, tmp_path / "study")
    return tmp_path / "study" / "study.toml"


@pytest.fixture(scope="session")
def pristine_study(_pristine) -> Path:
    """Return the study file that no test may spoil."""
    return _pristine / "study.toml"


@pytest.fixture
def areas_table() -> pd.DataFrame:
    """Return the four small areas under the names the rooms use."""
    columns = {"lsoa21cd": "id", "lsoa21nm": "name", "wd25cd": "ward_code"}
    rows = [line.split(",") for line in AREAS.strip().split("\n")]
    table = pd.DataFrame(rows[1:], columns=rows[0]).rename(columns=columns).drop(columns=["x", "y"])
    numbers = table.columns[table.columns.get_loc("residents") :]
    return table.astype(dict.fromkeys(numbers, "int64"))


@pytest.fixture
def shares_table() -> pd.DataFrame:
    """Return the pieces: a third of A2 lives in W1, two thirds in W2."""
    rows = [("A1", "W1", 1.0), ("A2", "W1", 1 / 3), ("A2", "W2", 2 / 3), ("A3", "W2", 1.0), ("A4", "W3", 1.0)]
    return pd.DataFrame(rows, columns=["id", "ward_code", "share"])


@pytest.fixture
def access_table() -> pd.DataFrame:
    """Return the hand-worked access of the four small areas."""
    inf = float("inf")
    return pd.DataFrame(
        {
            "id": ["A1", "A2", "A3", "A4"],
            "n_within": [2, 1, 2, 0],
            "minutes_to_k": [39.0, 48.0, 36.0, inf],
            "share_departures": [1.0, 0.2, 1.0, 0.0],
            "jobs_within": [1100.0, 1000.0, 1100.0, 50.0],
            "jobs_per_worker": [5.0, 4.0, 5.0, 0.2],
            # 5, 30 and 2 unemployed reach the first jobs, 5 and 2 of them the second, 20 the third.
            "jobs_per_unemployed": [1000 / 37 + 100 / 7, 1000 / 37, 1000 / 37 + 100 / 7, 50 / 20],
            "unemployed_per_1000_jobs": [5 / 1.1, 30.0, 2 / 1.1, 400.0],
            "competing_unemployed_per_1000_jobs": [
                1000 / (1000 / 37 + 100 / 7),
                37.0,
                1000 / (1000 / 37 + 100 / 7),
                400.0,
            ],
            "t_far_town": [39.0, 48.0, 36.0, inf],
            "t_mid_town": [24.0, 33.0, 16.25, inf],
        }
    )


@pytest.fixture(scope="session")
def sample():
    """Return the embedded sample's study."""
    return corridors.load_study(corridors.sample_study())


@pytest.fixture(scope="session")
def sample_results(sample, tmp_path_factory):
    """Return what a run of the embedded sample found and wrote."""
    return corridors.run_study(sample, out=tmp_path_factory.mktemp("sample"))
