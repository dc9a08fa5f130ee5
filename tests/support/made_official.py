"""A made region as its official files would hold it: four small areas in two districts, in the publishers' own shapes.

The people, places and pieces are those of the study in ``tests/corridors/conftest.py``, so that what is worked out there
by hand holds for a study made of these files.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pandas as pd
from misbehaving_server import Route, feature_service, in_chunks, right
from pyproj import Transformer

DISTRICTS = ("E08000025", "E08000026")
_TO_DEGREES = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
_EAST, _NORTH = 400_000, 290_000
L1, L2, L3, L4 = LSOAS = tuple(f"E0100000{number}" for number in range(1, 5))
W1, W2, W3 = WARDS = tuple(f"E0500000{number}" for number in range(1, 4))
NAMES = {W1: "West end", W2: "Mid end", W3: "North end", DISTRICTS[0]: "Easton", DISTRICTS[1]: "Weston"}
DISTRICT_OF = {W1: DISTRICTS[0], W2: DISTRICTS[0], W3: DISTRICTS[1]}
MSOA_OF = {L1: "E02000001", L2: "E02000001", L3: "E02000002", L4: "E02000003"}
BEST_FIT = {L1: W1, L2: W2, L3: W2, L4: W3}
PLACES = {L1: (0, 0), L2: (500, 0), L3: (9_000, 0), L4: (0, 20_000)}
# Output area, small area, ward, residents: L2 is cut by a ward line, a third to two thirds.
PIECES = [
    ("E00000001", L1, W1, 60),
    ("E00000002", L1, W1, 40),
    ("E00000003", L2, W1, 100),
    ("E00000004", L2, W2, 200),
    ("E00000005", L3, W2, 100),
    ("E00000006", L4, W3, 500),
]
# In L4 the census counts five adults more than it counts people: it perturbs its tables one by one.
COUNTS = {
    "ts001": {"Residence type: Total; measures: Value": (100, 300, 100, 500)},
    "ts007a": {
        "Age: Total": (100, 300, 100, 500),
        "Age: Aged 60 to 64 years": (9, 9, 9, 9),
        "Age: Aged 65 to 69 years": (5, 20, 5, 40),
        "Age: Aged 70 to 74 years": (5, 20, 5, 30),
        "Age: Aged 75 to 79 years": (5, 10, 5, 20),
        "Age: Aged 80 to 84 years": (3, 5, 3, 6),
        "Age: Aged 85 years and over": (2, 5, 2, 4),
    },
    "ts066": {
        "Economic activity status: Total: All usual residents aged 16 years and over": (80, 240, 80, 505),
        "Economic activity status: Economically active (excluding full-time students)": (50, 150, 50, 250),
        "Economic activity status: Economically active (excluding full-time students):In employment": (9,)
        * 4,
        "Economic activity status: Economically active (excluding full-time students): Unemployed": (
            5,
            30,
            2,
            20,
        ),
        "Economic activity status: Economically active and a full-time student: Unemployed": (1, 1, 1, 1),
    },
    "ts045": {
        "Number of cars or vans: Total: All households": (40, 120, 40, 200),
        "Number of cars or vans: No cars or vans in household": (10, 60, 4, 80),
    },
    "ts038": {"Disability: Disabled under the Equality Act": (20, 60, 10, 90)},
    "ts021": {
        "Ethnic group: Total: All usual residents": (100, 300, 100, 500),
        "Ethnic group: White": (90, 100, 100, 400),
        "Ethnic group: White: Irish": (3, 3, 3, 3),
    },
    "ts067": {"Highest level of qualification: No qualifications": (20, 70, 10, 100)},
}
STOPS = """\
ATCOCode,NaptanCode,CommonName,Easting,Northing,Longitude,Latitude,StopType,Status
9100OLD,,Old station,{x},{y},,,RLY,active
9100SHUT,,Shut station,{x},{y},,,RLY,inactive
9100FAR,,Far station,{far},{y},,,RLY,active
9400TRAM,,Tram stop,,,{lon},{lat},MET,active
430001,,Bus stop,{x},{y},,,BCT,active
"""


def lon_lat(x: float, y: float) -> tuple[float, float]:
    """Place metres of the made world, in degrees."""
    lon, lat = _TO_DEGREES.transform(_EAST + x, _NORTH + y)
    return round(lon, 6), round(lat, 6)


def census(table: str) -> bytes:
    """Lay a census table out as Nomis does: a zip with a file per level, the whole country in each."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        counts = COUNTS[table]
        of_areas = [(code, *(values[row] for values in counts.values())) for row, code in enumerate(LSOAS)]
        elsewhere = ("W01000001", *(7 for _ in counts))
        archive.writestr(f"census2021-{table}-lsoa.csv", _csv(counts, [*of_areas, elsewhere]))
        if table == "ts001":
            rows = [(area, people) for area, _, _, people in PIECES]
            archive.writestr(f"census2021-{table}-oa.csv", _csv(counts, [*rows, ("W00000001", 7)]))
        archive.writestr("metadata/notes.txt", "made")
    return held.getvalue()


def _csv(counts, rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["date", "geography", "geography code", *counts])
    writer.writerows([2021, f"Made {code}", code, *values] for code, *values in rows)
    return text.getvalue()


def nomis(rows: dict[str, object], *, period: str, kind: str) -> bytes:
    """Lay figures out as an answer of Nomis."""
    lines = ["DATE_NAME,GEOGRAPHY_CODE,GEOGRAPHY_TYPE,OBS_VALUE,RECORD_COUNT"]
    lines += [f'{period},{code},"{kind}",{value},{len(rows)}' for code, value in rows.items()]
    return "\n".join(lines).encode() + b"\n"


def _attributes(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{"attributes": row} for row in rows]


def _ward(code: str) -> dict[str, object]:
    district = DISTRICT_OF[code]
    return {"WD25CD": code, "WD25NM": NAMES[code], "LAD25CD": district, "LAD25NM": NAMES[district]}


def _square(x: float, y: float) -> dict[str, object]:
    corners = [(x, y), (x + 4_000, y), (x + 4_000, y + 4_000), (x, y + 4_000), (x, y)]
    return {"type": "Polygon", "coordinates": [[lon_lat(*corner) for corner in corners]]}


def routes(indices: pd.DataFrame, feed: Path) -> dict[str, Route]:
    """Return an answer for every source of a study, by the source's name.

    Parameters
    ----------
    indices
        File 7 of the Indices of 2025 for the small areas.
    feed
        A folder with the timetable.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path in sorted(feed.iterdir()):
            archive.write(path, path.name)
    x, y = _EAST + 100, _NORTH + 100
    lon, lat = lon_lat(200, 300)
    stops = STOPS.format(x=x, y=y, far=x + 50_000, lon=lon, lat=lat).encode()
    areas = [{"LSOA21CD": code, "LSOA21NM": f"Area {code[-1]}"} | _ward(BEST_FIT[code]) for code in LSOAS]
    nested = [
        {
            "OA21CD": area,
            "LSOA21CD": lsoa,
            "LSOA21NM": f"Area {lsoa[-1]}",
            "MSOA21CD": MSOA_OF[lsoa],
            "LAD22CD": DISTRICT_OF[BEST_FIT[lsoa]],
        }
        for area, lsoa, _, _ in PIECES
    ]
    points = [
        {"attributes": {"LSOA21CD": code}, "geometry": dict(zip("xy", lon_lat(*place), strict=True))}
        for code, place in [*PLACES.items(), ("W01000001", (0, 0))]
    ]
    corners = {W1: (-4_000, 0), W2: (0, 0), W3: (0, 18_000)}
    outlines = [
        {"type": "Feature", "properties": _ward(code), "geometry": _square(*corner)}
        for code, corner in corners.items()
    ]
    # The second MSOA of 2011 was split in two.
    became = [("E02000011", "E02000001"), ("E02000012", "E02000002"), ("E02000012", "E02000003")]
    lower = "2021 super output areas - lower layer"
    middle = "2011 super output areas - middle layer"
    return {
        "ons-oa21-lookup": feature_service(_attributes(nested), most=4),
        "ons-oa21-ward25": feature_service(
            _attributes([{"OA21CD": area} | _ward(ward) for area, _, ward, _ in PIECES]), most=4
        ),
        "ons-lsoa21-ward25": feature_service(_attributes(areas), most=3),
        "ons-lsoa21-centroids": feature_service(points, most=3),
        "ons-ward25-boundaries": feature_service(outlines, most=2),
        "ons-msoa11-msoa21": feature_service(
            _attributes([dict(zip(("MSOA11CD", "MSOA21CD"), pair, strict=True)) for pair in became]), most=9
        ),
        "iod-2025": right(indices.to_csv(index=False).encode(), kind="text/csv"),
        **{
            f"census21-{name}": right(census(table), kind="application/zip")
            for name, table in {
                "residents": "ts001",
                "age": "ts007a",
                "activity": "ts066",
                "cars": "ts045",
                "disability": "ts038",
                "ethnicity": "ts021",
                "qualifications": "ts067",
            }.items()
        },
        "bres-jobs": in_chunks(nomis({"E02000011": 1_000, "E02000012": 125}, period="2024", kind=middle)),
        "claimants": in_chunks(
            nomis(dict(zip(LSOAS, (5, 30, 0, 20), strict=True)), period="April 2026", kind=lower)
        ),
        "residents-16-64": in_chunks(
            nomis(dict(zip(LSOAS, (62, 182, 61, 402), strict=True)), period="2024", kind=lower)
        ),
        "naptan-stations": in_chunks(stops),
        "bods-gtfs-west-midlands": right(held.getvalue(), kind="application/zip"),
    }


def catalogue(text: str, address: str) -> str:
    """Return the toolkit's own catalogue with every address led to a server on loopback, by the sources' names."""
    text = re.sub(r"query_keys = .*\n|header_keys = .*\n|optional_keys = .*\n", "", text)

    def led(found: re.Match[str]) -> str:
        query = found[3].partition("?")[2]
        return f'name = "{found[1]}"{found[2]}address = "{address}/{found[1]}?{query}"'

    return re.sub(r'name = "([^"]+)"((?:(?!\[\[).)*?)address = "([^"]+)"', led, text, flags=re.DOTALL)
