"""Whether this machine can run the toolkit: what is installed, what is in the way, and what to do about it.

Each check looks at one thing and answers with a finding; none changes anything but for a file that it writes and removes
to see whether a folder can be written to.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import locale
import os
import platform
import shutil
import sys
import tempfile
import zoneinfo
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from accessibility._version import __version__
from accessibility.cache_place import FOLDER_VARIABLE, cache_folder
from corridors.errors import StudyError
from corridors.sample import sample_study

State = Literal["fine", "note", "warning", "stop"]
DISTRIBUTION: Final = "inclusive-growth-corridors"
_IMPORTED: Final = ("accessibility", "corridors", "maps")
#: What each extra is for; a reader who does without it loses only that.
_EXTRAS: Final = {
    "transxchange": "timetables in TransXChange",
    "xlsx": "the Indices of Deprivation as a workbook",
    "validate": "the full canonical validation of feeds in `corridors check`",
    "cluster": "a batch over several processes or machines",
}
#: What packages are imported as, where it is not their own name.
_OPENED_AS: Final = {"pyyaml": "yaml", "xstatic-leaflet": "xstatic.pkg.leaflet"}
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_MB: Final = 1_000_000
_DISK_STOP_MB: Final = 200
_DISK_WARN_MB: Final = 2_000
# The water tower at Caister, the worked example of the Ordnance Survey's guide to coordinate systems: easting and northing,
# and longitude and latitude in ETRS89. Without a grid of shifts the change of datum is good to about 5 m.
_CAISTER: Final = ((651_409.903, 313_177.270), (1.716074, 52.658008))
_DATUM_TOLERANCE_DEG: Final = 0.0002


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check
        What was looked at.
    state
        ``fine``; ``note``, where something optional is absent; ``warning``, where a run may suffer; ``stop``, where
        something will stop it.
    found
        What is there, in words.
    do
        What to do about it; empty where there is nothing to do.
    """

    check: str
    state: State
    found: str
    do: str = ""


def examine(*, out: str | Path = ".", cache_dir: str | Path | None = None) -> list[Finding]:
    """Look at everything a run rests on.

    Parameters
    ----------
    out
        Where results would be written.
    cache_dir
        Folder of the cache; by default as for `accessibility.load_network`.

    Returns
    -------
        Findings, in a fixed order. A run can go ahead where none is a ``stop``.
    """
    checks: tuple[Callable[[], list[Finding]], ...] = (
        _python,
        _packages,
        _imports,
        _import_names,
        _sample,
        lambda: [_compiler()],
        lambda: [_coordinates()],
        lambda: [_time_zones()],
        _encoding,
        lambda: [_threads()],
        lambda: [_folder("cache", cache_folder(cache_dir), f"set {FOLDER_VARIABLE} to a folder of yours")],
        lambda: [_folder("results", Path(out), "name another folder with --out")],
        lambda: [_folder("temporary files", Path(tempfile.gettempdir()), "set TMPDIR (on Windows TEMP)")],
        lambda: [_browser()],
    )
    return [finding for check in checks for finding in check()]


def document(findings: list[Finding]) -> dict[str, Any]:
    """Return the findings as JSON can hold them, with versions and whether a run can go ahead."""
    return {
        "toolkit": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "ready": all(finding.state != "stop" for finding in findings),
        "findings": [asdict(finding) for finding in findings],
    }


def _python() -> list[Finding]:
    found = f"{platform.python_version()} ({platform.python_implementation()}) on {platform.platform()}"
    try:
        wanted = importlib.metadata.distribution(DISTRIBUTION).metadata["Requires-Python"] or ""
    except importlib.metadata.PackageNotFoundError:
        return [
            Finding("Python", "fine", found),
            Finding(
                "installation",
                "warning",
                "the packages are imported from a folder and are not installed, so their needs are not known",
                "install them: python -m pip install -e .",
            ),
        ]
    if not SpecifierSet(wanted).contains(platform.python_version(), prereleases=True):
        return [Finding("Python", "stop", f"{found}; {wanted} is needed", "install a newer Python")]
    bits = 64 if sys.maxsize > 2**32 else 32
    if bits < 64:
        return [
            Finding(
                "Python",
                "warning",
                f"{found}, 32 bits",
                "install a Python of 64 bits: 32 run short of memory",
            )
        ]
    return [Finding("Python", "fine", found)]


def _packages() -> list[Finding]:
    """Hold what is installed against what the distribution asks for."""
    needs = _asked_for()
    own = _needed(needs)
    if not own:
        return []
    faults = [fault for need in own if (fault := _fault(need))]
    findings = [
        Finding("packages", "stop", fault, f"python -m pip install --upgrade {name!r}")
        for fault, name in faults
    ]
    if not faults:
        findings.append(
            Finding("packages", "fine", f"all {len(own)} that are needed are there, recent enough")
        )
    for extra, purpose in _EXTRAS.items():
        wanted = [need for need in _needed(needs, extra) if need not in own]
        missing = [fault for need in wanted if (fault := _fault(need))]
        if missing:
            found = f"without {purpose}: {'; '.join(fault for fault, _ in missing)}"
            findings.append(
                Finding(f"extra {extra}", "note", found, f"python -m pip install '{DISTRIBUTION}[{extra}]'")
            )
    return findings


def _fault(need: Requirement) -> tuple[str, str] | None:
    """Say what is wrong with a package, and how it is asked for; None where it is right."""
    asked = f"{need.name}{need.specifier}"
    try:
        version = importlib.metadata.version(need.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{need.name} is not installed", asked
    if not need.specifier.contains(version, prereleases=True):
        return f"{need.name} {version} is installed, {need.specifier} is needed", asked
    return None


def _asked_for() -> list[Requirement]:
    """What the distribution asks for, with its extras; nothing where it runs from a folder without being installed."""
    try:
        return [Requirement(text) for text in importlib.metadata.requires(DISTRIBUTION) or ()]
    except importlib.metadata.PackageNotFoundError:
        return []


def _needed(asked_for: list[Requirement], extra: str = "") -> list[Requirement]:
    return [need for need in asked_for if need.marker is None or need.marker.evaluate({"extra": extra})]


def _imports() -> list[Finding]:
    """Open every package that is needed: one that is installed may still be broken, or lack a library of the system's."""
    needs = _needed(_asked_for())
    if not needs:
        return []
    faults = []
    for need in needs:
        name = _OPENED_AS.get(need.name.lower(), need.name.lower().replace("-", "_"))
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            again = f"python -m pip install --force-reinstall {need.name}"
            faults.append(Finding("imports", "stop", f"{name} cannot be opened: {error}", again))
    return faults or [Finding("imports", "fine", "every package that is needed can be opened")]


def _import_names() -> list[Finding]:
    """Find other packages that are called as the toolkit's own are: whichever comes first is imported."""
    home = Path(__file__).resolve().parent.parent
    owners = importlib.metadata.packages_distributions()
    findings = []
    for name in _IMPORTED:
        others = sorted(set(owners.get(name, ())) - {DISTRIBUTION})
        if others:
            findings.append(
                Finding(
                    "import names",
                    "stop",
                    f"{', '.join(others)} installs a package called {name!r} too",
                    f"python -m pip uninstall {' '.join(others)}, or install the toolkit in an environment of its own",
                )
            )
        spec = importlib.util.find_spec(name)
        place = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if place != home / name:
            findings.append(
                Finding(
                    "import names",
                    "stop",
                    f"import {name} finds {place or 'nothing'}, not the toolkit's own in {home}",
                    "run from another folder, rename what stands there, or look at PYTHONPATH",
                )
            )
    return findings or [Finding("import names", "fine", f"{', '.join(_IMPORTED)} are the toolkit's own")]


def _sample() -> list[Finding]:
    try:
        return [Finding("embedded sample", "fine", str(sample_study()))]
    except StudyError as error:
        return [Finding("embedded sample", "warning", str(error), "install the toolkit anew to get it")]


def _compiler() -> Finding:
    """Compile and call one small function, as the engine does with its own."""
    try:
        import numba  # noqa: PLC0415 - a missing or broken one is what is looked for

        doubled = numba.njit(lambda number: number * 2)(21)
    except (ImportError, OSError, RuntimeError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        return Finding(
            "compiler (numba)",
            "stop",
            f"does not work: {reason}",
            "python -m pip install --upgrade numba llvmlite",
        )
    if doubled != 42:
        return Finding("compiler (numba)", "stop", "computes wrongly", "install numba and llvmlite anew")
    return Finding("compiler (numba)", "fine", f"numba {numba.__version__} compiles")


def _coordinates() -> Finding:
    """Take a known point from the British National Grid to degrees; another program's data often stand in the way."""
    variables = [name for name in ("PROJ_DATA", "PROJ_LIB") if os.environ.get(name)]
    remedy = (
        f"unset {' and '.join(variables)}, which another program set" if variables else "install pyproj anew"
    )
    try:
        import pyproj  # noqa: PLC0415 - as above
        from pyproj.exceptions import ProjError  # noqa: PLC0415
    except ImportError as error:
        return Finding("coordinates (PROJ)", "stop", f"pyproj cannot be imported: {error}", remedy)
    (east, north), (lon, lat) = _CAISTER
    try:
        found = pyproj.Transformer.from_crs("EPSG:27700", "EPSG:4258", always_xy=True).transform(east, north)
    except ProjError as error:
        reason = " ".join(str(error).split())[:200]
        return Finding("coordinates (PROJ)", "stop", f"EPSG:27700 is not known: {reason}", remedy)
    if not all(
        abs(value - true) < _DATUM_TOLERANCE_DEG for value, true in zip(found, (lon, lat), strict=True)
    ):
        return Finding("coordinates (PROJ)", "stop", f"a known point is put at {found}", remedy)
    told = f"PROJ {pyproj.proj_version_str}, data in {pyproj.datadir.get_data_dir()}"
    if variables:
        return Finding("coordinates (PROJ)", "warning", f"{told}, by {' and '.join(variables)}", remedy)
    return Finding("coordinates (PROJ)", "fine", told)


def _time_zones() -> Finding:
    try:
        zoneinfo.ZoneInfo("Europe/London")
    except zoneinfo.ZoneInfoNotFoundError:
        return Finding(
            "time zones",
            "stop",
            "Europe/London is not known, and every feed names its zone",
            "python -m pip install tzdata",
        )
    return Finding("time zones", "fine", "Europe/London is known")


def _encoding() -> list[Finding]:
    names = sys.getfilesystemencoding()
    shown = getattr(sys.stdout, "encoding", None) or "unknown"
    told = f"file names {names}, terminal {shown}, text {locale.getpreferredencoding(do_setlocale=False)}"
    if names.lower().replace("-", "") != "utf8":
        return [Finding("encoding", "warning", f"{told}: some file names cannot be read", "set PYTHONUTF8=1")]
    if shown.lower().replace("-", "") != "utf8":
        return [
            Finding(
                "encoding",
                "note",
                f"{told}: signs that the terminal lacks are shown as question marks; files are UTF-8 in any case",
                "set PYTHONIOENCODING=utf-8, or PYTHONUTF8=1",
            )
        ]
    return [Finding("encoding", "fine", told)]


def _threads() -> Finding:
    cores = os.cpu_count() or 1
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    told = f"{cores} cores"
    if not asked:
        return Finding("threads", "fine", told)
    told += f", NUMBA_NUM_THREADS = {asked}"
    remedy = "unset it, or set it to a number from 1 to the cores"
    if asked.lstrip("-").isdecimal() and int(asked) < 1:
        return Finding("threads", "stop", f"{told}: the compiler refuses that", remedy)
    if not asked.isdecimal() or int(asked) > cores:
        return Finding("threads", "warning", told, remedy)
    return Finding("threads", "fine", told)


def _folder(what: str, folder: Path, remedy: str) -> Finding:
    """Say where a folder is, what it holds, and whether it can be written to and has room."""
    check, stopping = f"folder for {what}", what != "cache"
    there = next((path for path in (folder, *folder.absolute().parents) if path.exists()), folder)
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix="corridors-doctor-"):
            pass
        free_mb = shutil.disk_usage(there).free / _MB
    except OSError as error:
        # Without the cache a run is slower; without the others there is none.
        found = f"{folder} cannot be written to ({error.strerror or error})"
        return Finding(check, "stop" if stopping else "warning", found, remedy)
    told = f"{folder}, {free_mb:,.0f} MB free"
    if folder.exists() and what == "cache":
        held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / _MB
        told += f", {held:,.0f} MB kept"
    if free_mb < _DISK_STOP_MB:
        return Finding(check, "stop" if stopping else "warning", told, f"make room there, or {remedy}")
    if free_mb < _DISK_WARN_MB:
        return Finding(check, "warning", told, f"make room there, or {remedy}")
    return Finding(check, "fine", told)


def _browser() -> Finding:
    """Look for a Chromium: no result needs one, the tests of the pages do."""
    named = os.environ.get("CHROMIUM")
    if named and not shutil.which(named):
        return Finding(
            "Chromium", "warning", f"CHROMIUM names {named}, which is not there", "correct it or unset it"
        )
    found = named or next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        return Finding(
            "Chromium",
            "note",
            "none on the PATH; results need none, only the browser tests do",
            "install Chromium, or set CHROMIUM to its path",
        )
    return Finding("Chromium", "fine", str(found))
