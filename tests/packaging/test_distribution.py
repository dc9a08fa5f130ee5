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


@pytest.fixture(scope="session")
def built(project_root, tmp_path_factory) -> tuple[Path, Path]:
    """Build the source distribution and, from the checkout, the wheel, with the build tools already installed."""
    out = tmp_path_factory.mktemp("dist")
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--wheel",
        "--sdist",
        "--outdir",
        str(out),
        str(project_root),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


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


def test_a_wheel_install_answers_from_another_folder(built, tmp_path):
    # The wheel alone on the path, with this environment's libraries behind it: nothing of the checkout is visible.
    target = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
        str(built[0]),
    ]
    subprocess.run(install, check=True, capture_output=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    script = "import corridors, sys; from corridors.cli import main; assert corridors.__file__.startswith(sys.argv.pop(1)); main()"
    done = subprocess.run(
        [sys.executable, "-c", script, str(target), "run", "--out", "out"], cwd=elsewhere, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(target)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = elsewhere / "out" / "index.html"
    assert done.stdout.rstrip().endswith(str(page)) or done.stdout.rstrip().endswith("index.html")
    assert page.stat().st_size < 3_000_000


def test_an_editable_install_finds_the_sample_in_place(project_root):
    assert sample_study() == project_root / "data" / "west-midlands.toml"
