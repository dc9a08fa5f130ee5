"""Run times of the railway: from published patterns where they exist, from declared values where not.

Two openly licensed sources (Rail Delivery Group, CC BY 2.0 UK): the stopping patterns of June 2017,
with run times and waits at stations, and run times between consecutive calls in a sample of the
schedule file of March 2020.
"""

from __future__ import annotations

import statistics
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from gtfs_out import BuildError

PREFIX = "9100"
# A wait beyond this is recovery time, or trains being joined, and no part of a clock-face journey.
MAX_WAIT_S = 5 * 60
USUAL_WAIT_S = 30

OWN = "own 2017 patterns"
OTHER = "other 2017 patterns"
CIF = "2020 run times"
REVERSE = "the other direction"
ASSUMED = "assumed"


@dataclass(frozen=True)
class RunTimes:
    """Seconds between consecutive calls, by the last part of the stations' NaPTAN codes."""

    patterns: Mapping[tuple[str, str, str], int]
    waits: Mapping[tuple[str, str], int]
    median_2017: Mapping[tuple[str, str], int]
    median_2020: Mapping[tuple[str, str], int]
    assumed: Mapping[tuple[str, str], int]
    same_place: Mapping[str, str]
    headway_2017_min: Mapping[str, float]
    overcounted: frozenset[str]

    def place(self, stop: str) -> str:
        """The code under which the patterns know a stop."""
        return self.same_place.get(stop, stop)


def read_run_times(source: Path, lines_file: Path) -> RunTimes:
    """Read both sources below `source` and the declared legs of `lines_file`."""
    declared = tomllib.loads(lines_file.read_text(encoding="utf-8"))
    same_place: dict[str, str] = declared["same_place"]
    rail = source / "transit" / "rail"
    patterns, waits = pattern_times(pd.read_csv(rail / "wm_rail_pattern_stops.csv"))
    cif = pd.read_csv(rail / "wm_consecutive_call_runtimes.csv")
    # Every observation counts once, so that one odd train of an operator does not weigh as much as thirty of another.
    cif = cif.loc[cif.index.repeat(cif["n_observations"])].replace(
        {"from_tiploc": same_place, "to_tiploc": same_place}
    )
    catalogue = pd.read_csv(rail / "wm_rail_patterns.csv").set_index("pattern_id")
    assumed = {}
    for leg in declared["leg"]:
        first, last = leg["between"]
        assumed[first, last] = assumed[last, first] = int(leg["run_min"]) * 60
    return RunTimes(
        patterns=patterns,
        waits=waits,
        median_2017=_medians([(first, last, run) for (_, first, last), run in patterns.items()]),
        median_2020=_medians(
            list(zip(cif["from_tiploc"], cif["to_tiploc"], 60 * cif["median_run_min"], strict=True))
        ),
        assumed=assumed,
        same_place=same_place,
        headway_2017_min={
            str(pattern): float(mean) for pattern, mean in catalogue["mean_headway_min_0600_0959_mon"].items()
        },
        overcounted=frozenset(catalogue.index[catalogue["likely_overcounted"]].astype(str)),
    )


def pattern_times(calls: pd.DataFrame) -> tuple[dict[tuple[str, str, str], int], dict[tuple[str, str], int]]:
    """Runs by (pattern, from, to) and waits by (pattern, intermediate stop), in seconds."""
    calls = calls.sort_values(["pattern_id", "seq"], kind="stable")
    stop = calls["atco"].str.removeprefix(PREFIX)
    same = calls["pattern_id"].eq(calls["pattern_id"].shift(-1))
    run = calls["arr_offset_s"].shift(-1) - calls["dep_offset_s"]
    legs = zip(
        calls["pattern_id"][same], stop[same], stop.shift(-1)[same], run[same].astype(int), strict=True
    )
    # At its ends a pattern does not wait: trains only start or finish there.
    inner = same & calls["pattern_id"].eq(calls["pattern_id"].shift())
    wait = (calls["dep_offset_s"] - calls["arr_offset_s"]).astype(int)
    return (
        {(pattern, first, last): seconds for pattern, first, last, seconds in legs},
        dict(zip(zip(calls["pattern_id"][inner], stop[inner], strict=True), wait[inner], strict=True)),
    )


def leg_run(times: RunTimes, first: str, last: str, *, prefer: Sequence[str]) -> tuple[int, str]:
    """Seconds from `first` to `last` and where they come from.

    The order is: the preferred patterns; the median of all 2017 patterns; the median of the 2020 run
    times; a declared leg; the same sources for the opposite direction.

    Raises
    ------
    BuildError
        If no source knows the leg in either direction.
    """
    here, there = times.place(first), times.place(last)
    for ends, back in (((here, there), False), ((there, here), True)):
        found = _known(times, ends, prefer)
        if found:
            seconds, origin = found
            return seconds, REVERSE if back else origin
    raise BuildError(
        f"rail_lines.toml: no run time is known between {first} and {last}; declare it in a [[leg]]"
    )


def _known(times: RunTimes, ends: tuple[str, str], prefer: Sequence[str]) -> tuple[int, str] | None:
    for pattern in prefer:
        if (pattern, *ends) in times.patterns:
            return times.patterns[(pattern, *ends)], OWN
    for table, origin in ((times.median_2017, OTHER), (times.median_2020, CIF), (times.assumed, ASSUMED)):
        if ends in table:
            return table[ends], origin
    return None


def stop_wait(times: RunTimes, stop: str, *, prefer: Sequence[str], declared_min: Mapping[str, float]) -> int:
    """Seconds a train waits at an intermediate call: declared, else the preferred pattern's, else half a minute."""
    if stop in declared_min:
        return round(declared_min[stop] * 60)
    for pattern in prefer:
        if (pattern, times.place(stop)) in times.waits:
            return min(times.waits[pattern, times.place(stop)], MAX_WAIT_S)
    return USUAL_WAIT_S


def describe(origins: Sequence[str]) -> str:
    """How many legs of a line come from where, in words."""
    counts = Counter(origins)
    order = (OWN, OTHER, CIF, REVERSE, ASSUMED)
    return "legs from " + "; ".join(f"{name}: {counts[name]}" for name in order if counts[name])


def _medians(legs: Sequence[tuple[str, str, float]]) -> dict[tuple[str, str], int]:
    runs: dict[tuple[str, str], list[float]] = {}
    for first, last, run in legs:
        runs.setdefault((first, last), []).append(run)
    return {ends: round(statistics.median(values)) for ends, values in runs.items()}
