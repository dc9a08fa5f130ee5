"""Tables of reading, streets and searches, and what both reports are written with."""

from __future__ import annotations

from typing import Any

_READINGS = {
    "tables": "GTFS → checked tables",
    "build": "GTFS → timetable of a day",
    "check": "`corridors check`, without the canonical validator",
    "street_walks": "street PBF → streets → walks between stops, points to stops, points to points",
    "street_kept": "the same and the timetable, into an empty cache",
    "street_cached": "the same from the cache",
}
_SEARCHES = {
    "walk": "walks to all points within {max_direct_min} min, from a point",
    "drive": "drives from 1,000 points within {max_drive_min} min, to a centre",
}
_GRAPHS = ("scipy", "networkx")
_OURS = "accessibility"


def row(cells: list[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(cells)} |"


def found_by(results: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Jobs by engine and name."""
    return {(job["engine"], job["job"]): job for job in results["jobs"]}


def cost(run: dict[str, Any] | None) -> tuple[float, float] | None:
    """CPU and wall seconds per origin, or of the whole job where it has none."""
    if run is None or "failed" in run:
        return None
    return run["cpu_s"] / (run["origins"] or 1), run["wall_s"] / (run["origins"] or 1)


def times(theirs: tuple[float, float] | None, ours: tuple[float, float] | None) -> str:
    """How many times our cost theirs is, CPU and wall."""
    if theirs is None or ours is None:
        return "-"
    ratios = (theirs[0] / ours[0], theirs[1] / ours[1])
    return "{} ({})".format(*(f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}" for ratio in ratios))


def readings(results: dict[str, Any]) -> str:
    """Reading of feeds and streets: seconds and memory, beside gtfs-kit's reading of the same feed."""
    found = found_by(results)
    kit = found.get(("gtfs_kit", "tables"))
    lines = [
        row(["wall s (CPU s), peak MiB", _OURS, "gtfs-kit", "gtfs-kit ÷ this engine, CPU (wall)"]),
        row(["---"] * 4),
    ]
    for job, label in _READINGS.items():
        ours, theirs = found.get((_OURS, job)), kit if job in ("tables", "build") else None
        if ours is not None:
            lines.append(row([label, _reading(ours), _reading(theirs), times(cost(theirs), cost(ours))]))
    parts = _parts(found.get((_OURS, "street_walks")))
    return "\n".join(lines) + parts if len(lines) > 2 else ""


def searches(results: dict[str, Any]) -> str:
    """Searches over streets: CPU per source, beside the peers over the same graph."""
    found = found_by(results)
    lines = [
        row(
            ["CPU ms per source", _OURS, *_GRAPHS, *(f"{peer} ÷ this engine, CPU (wall)" for peer in _GRAPHS)]
        ),
        row(["---"] * 6),
    ]
    for job, label in _SEARCHES.items():
        ours, *theirs = (cost(found.get((engine, job))) for engine in (_OURS, *_GRAPHS))
        if ours is not None:
            cells = [f"{one[0] * 1000:.3g}" if one else "-" for one in (ours, *theirs)]
            lines.append(
                row([label.format(**results["work"]), *cells, *(times(one, ours) for one in theirs)])
            )
    return "\n".join(lines) if len(lines) > 2 else ""


def street_answers(answers: dict[str, Any]) -> str:
    """Whether readers and searches agree."""
    lines = []
    reading = answers.get("compare_reading", {})
    if "differ" in reading:
        lines.append(
            f"Departures of the day by hour, against gtfs-kit: {reading['differ']:,} of {reading['departures']:,} differ."
        )
    for job, words in (("compare_walks", "Walks"), ("compare_drives", "Drives")):
        held = {peer: found for peer, found in answers.get(job, {}).items() if peer in _GRAPHS}
        told = (
            f"{some['differ']:,} of {some['pairs']:,} pairs differ from {peer}'s ({some['reached']:,} reached)"
            for peer, some in held.items()
        )
        if held:
            lines.append(f"{words} over the same streets, rounded up to the second: {', '.join(told)}.")
    return "\n\n".join(lines)


def _reading(run: dict[str, Any] | None) -> str:
    if run is None:
        return "-"
    if "failed" in run:
        return str(run["failed"])
    return f"{run['wall_s']:.2f} ({run['cpu_s']:.2f}), {run['peak_mib']:,.0f}"


def _parts(run: dict[str, Any] | None) -> str:
    """Tell what the walks on streets are made of."""
    if run is None or "failed" in run:
        return ""
    return (
        f"\n\nOf the walks from the PBF: streets {run['read_s']:.1f} s; {run['changes']:,} between stops "
        f"{run['changes_s']:.1f} s; {run['access']:,} from points to stops {run['access_s']:.1f} s; {run['direct']:,} "
        f"among points {run['direct_s']:.1f} s."
    )
