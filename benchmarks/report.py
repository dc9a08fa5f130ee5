"""Benchmark results as the markdown that README.md shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from report_streets import cost, found_by, readings, row, searches, street_answers, times

BEGIN, END = "<!-- figures begin -->", "<!-- figures end -->"
ENGINES = ("accessibility", "cafein", "ferrobus")
_ROWS = {
    "build": "GTFS → timetable",
    "network": "timetable → ready to ask",
    "first_call": "first small question of a process (compiled code from cache)",
    "compiling": "the same, nothing compiled yet",
    "one_centres": "one departure, {centres} centres",
    "window_centres": "{centres_departures} departures, {centres} centres, median",
    "points_count": "{points_departures} departures, all {points:,} points, count within {cutoff_min} min by median",
    "points_jobs": "the same, jobs within {cutoff_min} min",
}
_DOORS = {
    "its streets, our straight lines times 1.3": "compare_doors",
    "both on the streets": "compare_doors_streets",
}
_QUESTIONS = ("one_centres", "window_centres", "points_count", "points_jobs")
_ON_STREETS = "_streets"
_ROWS |= {f"{job}{_ON_STREETS}": f"{_ROWS[job]}; all on streets" for job in _QUESTIONS}


def markdown(results: dict[str, Any]) -> str:
    """Tables of speed, of memory and of answers, with machine and versions."""
    parts = [
        _setting(results),
        _speed(results),
        _ratios(results),
        _memory(results),
        readings(results),
        searches(results),
        _answers(results["answers"]),
        street_answers(results["answers"]),
    ]
    return "\n\n".join(part for part in parts if part)


def write_into(path: Path, text: str, *, begin: str = BEGIN, end: str = END) -> None:
    """Replace what stands between the two marks of a file."""
    before, rest = path.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def _setting(results: dict[str, Any]) -> str:
    data = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in results["data"].items())
    machine = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    runs = "One run each" if results["repeats"] == 1 else f"Medians of {results['repeats']} runs"
    return f"Data: {data}.\n\nMachine and versions: {machine}. {runs}."


def _label(job: str, results: dict[str, Any]) -> str:
    work = results["work"]
    windows = {f"{name}_departures": _departures(work[f"{name}_window"]) for name in ("centres", "points")}
    return _ROWS[job].format(**results["data"], **windows, cutoff_min=work["cutoff_min"])


def _departures(window: list[str]) -> int:
    first, last = (int(clock[:2]) * 60 + int(clock[3:]) for clock in window)
    return last - first


def _shown(results: dict[str, Any]) -> list[str]:
    return [engine for engine in ENGINES if any(job["engine"] == engine for job in results["jobs"])]


def _speed(results: dict[str, Any]) -> str:
    found, engines = found_by(results), _shown(results)
    lines = [row(["wall s (CPU s)", *engines]), row(["---"] * (len(engines) + 1))]
    lines += [
        row([_label(job, results), *(_time(found.get((engine, job))) for engine in engines)])
        for job in _ROWS
        if any((engine, job) in found for engine in engines)
    ]
    return "\n".join(lines)


def _peer_job(job: str) -> str:
    """Peers walk on streets always, so that one run of theirs stands beside both of ours."""
    return job.removesuffix(_ON_STREETS)


def _time(run: dict[str, Any] | None) -> str:
    if run is None:
        return "-"
    if "failed" in run:
        return str(run["failed"])
    sample = f", {run['origins']:,} origins" if run["origins"] else ""
    return f"{run['wall_s']:.2f} ({run['cpu_s']:.2f}){sample}"


def _ratios(results: dict[str, Any]) -> str:
    found, engines = found_by(results), _shown(results)
    peers = [engine for engine in engines if engine != "accessibility"]
    head = ["CPU ms per origin", *engines, *(f"{peer} ÷ this engine, CPU (wall)" for peer in peers)]
    lines = [row(head), row(["---"] * len(head))]
    for job in (*_QUESTIONS, *(f"{job}{_ON_STREETS}" for job in _QUESTIONS)):
        if ("accessibility", job) not in found:
            continue
        runs = {peer: cost(found.get((peer, _peer_job(job)))) for peer in peers}
        runs = {"accessibility": cost(found.get(("accessibility", job))), **runs}
        cells = [f"{run[0] * 1000:.3g}" if run else "-" for run in runs.values()]
        ours = runs.get("accessibility")
        lines.append(row([_label(job, results), *cells, *(times(runs[peer], ours) for peer in peers)]))
    return "\n".join(lines)


def _memory(results: dict[str, Any]) -> str:
    found, engines = found_by(results), _shown(results)
    lines = [row(["peak memory of the process, MiB", *engines]), row(["---"] * (len(engines) + 1))]
    for job in ("build", "window_centres", "points_count", "window_centres_streets", "points_count_streets"):
        runs = [found.get((engine, job)) for engine in engines]
        cells = [f"{run['peak_mib']:,.0f}" if run and "peak_mib" in run else "-" for run in runs]
        lines.append(row([_label(job, results), *cells]))
    return "\n".join(lines)


def _answers(answers: dict[str, Any]) -> str:
    stops = answers.get("compare_stops", {})
    lines = []
    if "one" in stops:
        lines.append(
            f"Answers against cafein, stop to stop over the same walks: {stops['one']['differ']:,} of "
            f"{stops['one']['pairs']:,} pairs differ at one departure ({stops['one']['reached']:,} reached), and "
            f"{stops['window']['differ']:,} in the median of the window ({stops['window']['reached']:,} reached)."
        )
    lines += [
        f"Door to door ({words}), {doors['pairs']:,} pairs: our median is {doors['p50_min']:+.1f} min from theirs "
        f"({doors['p05_min']:+.1f} to {doors['p95_min']:+.1f} for nine pairs in ten), {doors['differ']:,} differ at "
        f"all; {doors['reached_by_one_only']:,} reached by one engine only."
        for words, job in _DOORS.items()
        if "differ" in (doors := answers.get(job, {}))
    ]
    return "\n\n".join(lines)
