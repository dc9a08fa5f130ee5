"""The doctor: a machine that is well is said to be, and each thing that is wrong is named with what to do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import sys
import zoneinfo
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace

import numba
import pyproj
import pytest
from pyproj.exceptions import CRSError

from accessibility.cache_place import FOLDER_VARIABLE
from corridors import cli, doctor
from corridors.doctor import DISTRIBUTION, document, examine


@pytest.fixture
def examined(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    return lambda **options: examine(**{"out": tmp_path, "cache_dir": tmp_path / "cache"} | options)


def findings_of(findings, check):
    return [finding for finding in findings if finding.check == check]


def test_a_machine_that_is_well(examined):
    """The machine that runs these tests runs the toolkit: nothing stops it, and everything was looked at."""
    findings = examined()
    assert not [finding for finding in findings if finding.state == "stop"]
    looked_at = {finding.check for finding in findings}
    assert looked_at >= {
        "Python",
        "packages",
        "imports",
        "import names",
        "embedded sample",
        "compiler (numba)",
        "coordinates (PROJ)",
        "time zones",
        "encoding",
        "threads",
        "folder for cache",
        "folder for results",
        "folder for temporary files",
        "Chromium",
    }
    assert document(findings)["ready"] is True
    assert all(finding.do for finding in findings if finding.state in ("warning", "stop"))


def test_nothing_is_left_behind(examined, tmp_path):
    examined()
    assert not list(tmp_path.iterdir())


def test_a_package_that_is_absent_or_too_old(examined, monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == "folium":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.1" if name == "shapely" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    told = {finding.found: finding for finding in findings_of(examined(), "packages")}
    assert all(finding.state == "stop" for finding in told.values())
    assert "folium is not installed" in told
    old = next(finding for text, finding in told.items() if text.startswith("shapely 0.1 is installed, >="))
    assert old.do.startswith("python -m pip install --upgrade 'shapely>=")


def test_a_package_that_is_installed_and_cannot_be_opened(examined, monkeypatch):
    monkeypatch.setitem(sys.modules, "osmnx", None)
    (found,) = findings_of(examined(), "imports")
    assert (found.state, found.found[:23]) == ("stop", "osmnx cannot be opened:")
    assert found.do == "python -m pip install --force-reinstall osmnx"


def test_an_extra_that_is_absent_is_a_note_with_its_purpose(examined, monkeypatch):
    needs = ["numpy>=1", 'no-such-package>=1; extra == "validate"', 'another; extra == "dev"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda _name: needs)
    (note,) = findings_of(examined(), "extra validate")
    assert note.state == "note"
    assert "canonical validation" in note.found
    assert "no-such-package is not installed" in note.found
    assert note.do == f"python -m pip install '{DISTRIBUTION}[validate]'"


def test_a_python_that_is_too_old(examined, monkeypatch):
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.8.1")
    (python,) = findings_of(examined(), "Python")
    assert python.state == "stop"
    assert ">=3.11 is needed" in python.found


def test_another_package_of_the_same_name(examined, monkeypatch):
    monkeypatch.setattr(
        importlib.metadata, "packages_distributions", lambda: {"maps": [DISTRIBUTION, "maps-of-others"]}
    )
    (clash,) = findings_of(examined(), "import names")
    assert clash.state == "stop"
    assert "maps-of-others installs a package called 'maps' too" in clash.found
    assert "pip uninstall maps-of-others" in clash.do


def test_another_folder_of_the_same_name_that_comes_first(examined, monkeypatch, tmp_path):
    real = importlib.util.find_spec
    other = ModuleSpec("maps", None, origin=str(tmp_path / "maps" / "__init__.py"))
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: other if name == "maps" else real(name, *rest)
    )
    (clash,) = findings_of(examined(), "import names")
    assert clash.state == "stop"
    assert str(Path(tmp_path, "maps").resolve()) in clash.found


def test_a_compiler_that_does_not_work(examined, monkeypatch):
    def broken(_function):
        raise OSError("cannot load llvmlite")

    monkeypatch.setattr(numba, "njit", broken)
    (compiler,) = findings_of(examined(), "compiler (numba)")
    assert compiler.state == "stop"
    assert "cannot load llvmlite" in compiler.found


def test_projection_data_of_another_program(examined, monkeypatch):
    def unknown(*_names, **_options):
        raise CRSError("no database context specified")

    monkeypatch.setenv("PROJ_LIB", "elsewhere")
    assert findings_of(examined(), "coordinates (PROJ)")[0].state == "warning"
    monkeypatch.setattr(pyproj.Transformer, "from_crs", unknown)
    (coordinates,) = findings_of(examined(), "coordinates (PROJ)")
    assert coordinates.state == "stop"
    assert coordinates.do == "unset PROJ_LIB, which another program set"


def test_a_point_in_the_wrong_place(examined, monkeypatch):
    monkeypatch.setattr(doctor, "_CAISTER", (doctor._CAISTER[0], (1.7164, 52.6580)))
    assert findings_of(examined(), "coordinates (PROJ)")[0].state == "stop"


def test_no_time_zones(examined, monkeypatch):
    def unknown(key):
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", unknown)
    (zones,) = findings_of(examined(), "time zones")
    assert (zones.state, zones.do) == ("stop", "python -m pip install tzdata")


@pytest.mark.parametrize(
    ("asked", "state"),
    [("0", "stop"), ("-1", "stop"), ("many", "warning"), ("9999", "warning"), ("1", "fine")],
)
def test_threads(monkeypatch, asked, state):
    """The compiler reads the variable as it starts; 0 and below end it, what is no number it passes over."""
    monkeypatch.setenv("NUMBA_NUM_THREADS", asked)
    assert doctor._threads().state == state


@pytest.mark.parametrize(("free_mb", "state"), [(50, "stop"), (1_000, "warning"), (9_000, "fine")])
def test_room_on_disk(examined, monkeypatch, free_mb, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free_mb * 1_000_000))
    assert findings_of(examined(), "folder for results")[0].state == state
    # Without room for the cache a run is slower, and still a run.
    assert findings_of(examined(), "folder for cache")[0].state == ("warning" if state == "stop" else state)


def test_a_folder_that_cannot_be_written_to(examined, monkeypatch, tmp_path):
    def refused(*_args, dir, **_options):  # noqa: A002 - the name of tempfile's own parameter
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "NamedTemporaryFile", refused)
    (results,) = findings_of(examined(), "folder for results")
    assert results.state == "stop"
    assert "cannot be written to (Permission denied)" in results.found
    (cache,) = findings_of(examined(), "folder for cache")
    assert (cache.state, FOLDER_VARIABLE in cache.do) == ("warning", True)


def test_a_cache_that_is_there_says_what_it_holds(examined, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "entry").write_bytes(b"0" * 3_000_000)
    assert "3 MB kept" in findings_of(examined(), "folder for cache")[0].found


def test_a_browser_that_is_named_and_not_there(examined, monkeypatch):
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    assert findings_of(examined(), "Chromium")[0].state == "warning"
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    (browser,) = findings_of(examined(), "Chromium")
    assert (browser.state, "only the browser tests do" in browser.found) == ("note", True)


@pytest.mark.parametrize("stopped", [False, True])
def test_the_command_line_says_it_and_ends_accordingly(stopped, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_NUM_THREADS", "0" if stopped else "1")
    for words in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["corridors", "doctor", "--out", str(tmp_path), *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == (1 if stopped else 0)
        told = capsys.readouterr()
        if words:
            assert json.loads(told.out)["ready"] is not stopped
        else:
            assert "compiler (numba): numba" in told.out
            assert ("NUMBA_NUM_THREADS = 0" in told.out) is stopped
        assert ("1 finding will stop a run" in told.err) is stopped


# Starting where a library is broken

WITHOUT = """
import sys
sys.modules["geopandas"] = None
sys.argv[0] = "corridors"
from corridors.__main__ import main
main()
"""


def without_geopandas(*words):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *words], capture_output=True, text=True, check=False
    )


def test_a_command_that_cannot_start_says_so_in_one_sentence():
    told = without_geopandas("run")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("corridors: cannot start: import of geopandas halted")
    assert "`corridors doctor` says what" in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_the_doctor_starts_without_what_it_finds_missing(tmp_path):
    told = without_geopandas("doctor", "--json", "--out", str(tmp_path))
    assert told.returncode == 1
    findings = json.loads(told.stdout)["findings"]
    said = [finding["found"] for finding in findings if finding["check"] == "imports"]
    assert [text.partition(":")[0] for text in said] == [
        "geopandas cannot be opened",
        "osmnx cannot be opened",
    ]
