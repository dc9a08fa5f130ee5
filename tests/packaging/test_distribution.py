"""What is shipped: exactly three packages, with the sample inside, usable from anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from corridors.sample import sample_study

pytestmark = pytest.mark.packaging


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_exactly_the_three_packages(built):
    top = {name.split("/")[0] for name in names(built[0])}
    assert {name for name in top if not name.endswith(".dist-info")} == {"accessibility", "corridors", "maps"}


def test_every_module_and_marker_is_in_the_wheel(built, project_root):
    shipped = set(names(built[0]))
    for package in ("accessibility", "corridors", "maps"):
        assert f"{package}/py.typed" in shipped
        for path in (project_root / package).rglob("*"):
            if path.suffix in {".py", ".html", ".css", ".js"} and "__pycache__" not in path.parts:
                assert path.relative_to(project_root).as_posix() in shipped


def test_the_sample_travels_in_the_wheel_byte_for_byte(built, project_root):
    data = project_root / "data"
    ours = {
        path.relative_to(data).as_posix(): path.read_bytes()
        for folder in ("boundaries", "transit", "schemes") for path in (data / folder).rglob("*") if path.is_file()
    }  # fmt: skip
    ours["west-midlands.toml"] = (data / "west-midlands.toml").read_bytes()
    ours["README.md"] = (data / "README.md").read_bytes()
    prefix = "corridors/_sample/"
    with zipfile.ZipFile(built[0]) as archive:
        shipped = {
            n.removeprefix(prefix): archive.read(n) for n in archive.namelist() if n.startswith(prefix)
        }
    assert shipped == ours
    assert sum(map(len, ours.values())) < 5_000_000


def test_the_source_distribution_can_test_itself(built):
    with tarfile.open(built[1]) as archive:
        inside = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {
        "pyproject.toml",
        "hatch_build.py",
        "LICENSE",
        "README.md",
        "tests/conftest.py",
        "data/build/build_sample.py",
    } <= inside
    assert not any(name.startswith((".venv", "out", "benchmarks/.data")) for name in inside)
    assert built[1].stat().st_size < 5_000_000


def test_the_same_source_gives_the_same_bytes(built, build, tmp_path):
    """What is built of the unpacked source distribution: another folder, and every file of another moment."""
    with tarfile.open(built[1]) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    for path in source.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    for first, again in zip(built, build(source, tmp_path / "again"), strict=True):
        assert again.name == first.name
        assert again.read_bytes() == first.read_bytes(), first.name
    moment = {"SOURCE_DATE_EPOCH": "1700000000"}
    dated = [build(source, tmp_path / name, **moment) for name in ("dated", "dated-again")]
    for first, again in zip(*dated, strict=True):
        assert again.read_bytes() == first.read_bytes(), first.name
    with zipfile.ZipFile(dated[0][0]) as wheel:
        # 1,700,000,000 s after 1970: Tuesday 14 November 2023, 22:13:20 UTC.
        assert {entry.date_time for entry in wheel.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_a_wheel_install_answers_from_another_folder(installed, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    script = "import corridors, sys; from corridors.cli import main; assert corridors.__file__.startswith(sys.argv.pop(1)); main()"
    done = subprocess.run(
        [sys.executable, "-c", script, str(installed), "run", "--out", "out"], cwd=elsewhere, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(installed)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = elsewhere / "out" / "index.html"
    assert done.stdout.rstrip().endswith(str(page)) or done.stdout.rstrip().endswith("index.html")
    assert page.stat().st_size < 3_000_000


def test_an_editable_install_finds_the_sample_in_place(project_root):
    assert sample_study() == project_root / "data" / "west-midlands.toml"
