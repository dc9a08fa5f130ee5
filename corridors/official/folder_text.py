"""The study file of a study folder, in words."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from corridors.sample import sample_study
from corridors.tables.geographies import PRESETS, preset_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from corridors.official.records import Fetched

#: Where, in a study folder, the files stand as they were fetched.
OFFICIAL: Final = "official"
_SECTION: Final = re.compile(r"^\[\[?([a-z_.]+)\]\]?", re.MULTILINE)
_JUDGEMENTS: Final = ("journey", "indicator", "jobs", "times", "ranking")


def study_text(
    records: Mapping[str, Fetched],
    *,
    feeds: Sequence[Fetched],
    districts: Sequence[str],
    names: Sequence[str],
    wards: str,
    jobs_year: str,
    claimants: bool,
    limits: Sequence[str],
) -> str:
    """Write the study file: what is known of the data, then the sample's own definition.

    Parameters
    ----------
    records
        All files that were fetched, by the names of their sources.
    feeds
        Those of them that are timetables.
    districts, names
        Codes and names of the districts.
    wards
        The heading of the wards' codes, such as ``WD25CD``.
    jobs_year
        The year of the jobs, as their publisher has it.
    claimants
        Whether there is a table of claimants.
    limits
        What was found while the tables were made.
    """
    preset = preset_of(list(districts))
    place = PRESETS[preset] if preset else ", ".join(names)
    days = sorted({feed.fetched_on for feed in feeds})
    streets = next((record for record in records.values() if record.format == "pbf"), None)
    lines = [
        "# A study made by `corridors fetch --study` of the official files in the folder `official`.",
        "# Name your centres in centres.csv; then run `corridors run study.toml --out results`.",
        "",
        "[study]",
        f"name = {_text(f'Inclusive-growth corridors: {place}')}",
        f"region = {_text(place)}",
        *([f"geography = {_text(preset)}"] if preset else []),
        "sources = [",
        *(f"  {_text(_attribution(records[name]))}," for name in sorted(records)),
        "]",
        "limits = [",
        *(f"  {_text(limit)}," for limit in (*limits, *_limits(feeds))),
        "]",
        "",
        "[vintages]",
        'areas = "LSOA 2021"',
        f"wards = {_text(f'wards of 20{wards[2:4]}')}",
        f"census = {_text(records['census21-residents'].vintage)}",
        f"deprivation = {_text(records['iod-2025'].vintage)}",
        f"jobs = {_text(f'BRES {jobs_year}, rounded, by MSOA, spread over the points of LSOAs')}",
        f"timetable = {_text('as fetched on ' + ' and '.join(days))}",
        "",
        *_files(claimants=claimants, streets=streets),
        "[timetable]",
        f"feeds = [{', '.join(_text(f'{OFFICIAL}/{feed.file}') for feed in feeds)}]",
        'date = "auto"                 # a representative Tuesday of the feeds, or a date such as 2026-03-10',
        "",
    ]
    car = (
        ["", "[car]", "speed_factor = 1.0            # free flow, which flatters the car"] if streets else []
    )
    return (
        "\n".join(lines)
        + "\n"
        + sample_definition(compared=preset == "seven_boroughs")
        + "\n".join([*car, ""])
    )


def _files(*, claimants: bool, streets: Fetched | None) -> list[str]:
    return [
        "[files]",
        'areas = "areas.csv"',
        'area_wards = "area_wards.csv"',
        'wards = "wards.csv"',
        'outlines = "wards.geojson"',
        'jobs = "jobs.csv"',
        'centres = "centres.csv"       # yours to fill',
        'stations = "stations.csv"',
        'corridors = "corridors.csv"   # yours to fill; may stay empty',
        'sites = "sites.csv"           # yours to fill; may stay empty',
        *(['claimants = "claimants.csv"'] if claimants else []),
        *([f"streets = {_text(f'{OFFICIAL}/{streets.file}')}"] if streets else []),
        "",
    ]


def sample_definition(*, compared: bool = True) -> str:
    """Return the sections of the sample's study file that define the journey, the indicator and the ranking.

    Parameters
    ----------
    compared
        Whether the figure of the strategy that the indicator is held against is one of this region.
    """
    text = sample_study().read_text(encoding="utf-8")
    starts = [(found.start(), found[1]) for found in _SECTION.finditer(text)]
    ends = [*(_with_comment(text, start) for start, _ in starts[1:]), len(text)]
    kept = [
        text[_with_comment(text, start) : end].rstrip()
        for (start, name), end in zip(starts, ends, strict=True)
        if name.split(".")[0] in _JUDGEMENTS
    ]
    joined = "\n\n".join(kept) + "\n"
    return joined if compared else re.sub(r"(?m)^compared_.*\n", "", joined)


def _with_comment(text: str, start: int) -> int:
    """Return where the comment that stands right above a section begins."""
    above = text[:start].splitlines(keepends=True)
    while above and above[-1].startswith("#"):
        start -= len(above.pop())
    return start


def _attribution(record: Fetched) -> str:
    return f"{record.title}: {record.publisher}, {record.vintage}; {record.licence}; fetched on {record.fetched_on}."


def _limits(feeds: Sequence[Fetched]) -> list[str]:
    named = ", ".join(feed.title for feed in feeds)
    return [
        f"Journeys run by the timetables of {named}; what runs outside them is not counted.",
        "Jobs are published by MSOA and spread evenly over the points of its LSOAs: within an MSOA their place is not known.",
        "Jobs and services outside the districts are not counted, so access near the edge of the area is understated.",
    ]


def _text(value: str) -> str:
    """Write a TOML string; JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)
