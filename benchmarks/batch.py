"""How long a batch of the two HS2 stations takes, on the sample and on the output areas of a folder of boundaries.

    python benchmarks/batch.py                        # the embedded sample
    python benchmarks/batch.py --boundaries FOLDER    # and every output area of the folder, on the sample's timetable

Six thresholds, both directions, today and all schemes together. Each batch is a fresh process that answers into an empty
folder, and once more into the finished one. The folder of boundaries holds ``oa21_lookup.parquet`` (output areas with
ward, district, point and residents) and ``wards_2025.gpkg``; groups of residents are fixed shares of them, since only the
time is asked.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd

from corridors.batch.run import run_batch
from corridors.sample import sample_study
from corridors.study import load_study

_SHARES = {
    "aged_16_64": 0.63, "econ_active": 0.47, "unemployed": 0.03, "households": 0.39, "households_no_car": 0.1,
    "income_deprived": 0.2, "income_denominator": 1.0, "employment_deprived": 0.1, "employment_denominator": 0.62,
}  # fmt: skip


def main() -> None:
    """Time the batches and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--boundaries", type=Path, help="folder with oa21_lookup.parquet and wards_2025.gpkg")
    parser.add_argument("--answer", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.answer:
        answer(*asked.answer)
        return
    print("| batch | places asked about | wall s | CPU s | memory MiB | again, wall s |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        studies = {"the sample": sample_study()}
        if asked.boundaries is not None:
            studies["output areas"] = output_areas(asked.boundaries, Path(folder) / "study")
        for name, study in studies.items():
            first, again = (timed(study, Path(folder) / name) for _ in range(2))
            print(
                f"| {name} | {first['places']:,} | {first['wall']:.1f} | {first['cpu']:.1f} | {first['mib']:,.0f} "
                f"| {again['wall']:.1f} |"
            )


def timed(study: Path, out: Path) -> dict[str, float]:
    """Answer a batch in a process of its own, and say what it took."""
    words = [sys.executable, __file__, "--answer", str(study), str(out)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def answer(study: Path, out: Path) -> None:
    """Answer a batch here; the time includes reading the study, not the start of Python."""
    began = time.monotonic()
    results = run_batch(load_study(study), out=out)
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "places": len(results.plan.places),
        "wall": time.monotonic() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "mib": used.ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def output_areas(boundaries: Path, folder: Path) -> Path:
    """Write a study of all output areas of a folder of boundaries on the sample's timetable, and return its file."""
    shutil.copytree(sample_study().parent, folder, ignore=shutil.ignore_patterns("build", "__pycache__"))
    areas = pd.read_parquet(boundaries / "oa21_lookup.parquet")
    wards = gpd.read_file(boundaries / "wards_2025.gpkg")
    wards = wards[wards["wd25cd"].isin(areas["wd25cd"])]
    named = {"ladcd": "district_code", "ladnm": "district_name"}
    table = areas[["oa21cd", "wd25cd", "ladcd", "ladnm", "lon", "lat"]].rename(columns=named)
    people = {name: (areas["pop21"] * share).round().astype(int) for name, share in _SHARES.items()}
    table = table.assign(residents=areas["pop21"], **people, imd_decile=5)
    place = folder / "boundaries"
    table.to_csv(place / "areas.csv", index=False)
    table[["oa21cd", "wd25cd", "residents"]].to_csv(place / "area_wards.csv", index=False)
    listed = wards.drop(columns="geometry").rename(columns={"wd25nm": "ward_name", **named})
    listed[["wd25cd", "ward_name", "district_code", "district_name"]].to_csv(place / "wards.csv", index=False)
    wards[["wd25cd", "geometry"]].to_crs("EPSG:4326").to_file(place / "wards.geojson", driver="GeoJSON")
    file = folder / sample_study().name
    text = file.read_text(encoding="utf-8")
    text = text.replace('geography = "seven_boroughs"', "", 1).replace("LSOA 2021", "output areas 2021")
    file.write_text(text, encoding="utf-8")
    return file


if __name__ == "__main__":
    main()
