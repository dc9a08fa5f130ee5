"""The walls of the house, and what may not be in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = {
    ".py",
    ".md",
    ".toml",
    ".csv",
    ".txt",
    ".html",
    ".js",
    ".css",
    ".geojson",
    ".graphml",
    ".cff",
    ".ipynb",
    "",
}


def tracked(root: Path) -> list[Path]:
    """Files under version control, or, in an unpacked source distribution, all files."""
    done = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        return [
            path
            for path in root.rglob("*")
            if path.is_file() and not {".venv", ".venv-minimum"} & set(path.parts)
        ]
    return [root / name for name in done.stdout.splitlines()]


def test_the_walls_hold(project_root):
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_path_of_one_machine(project_root):
    pattern = re.compile(r"(?<![\w.])/(work|root|home/\w+)/|[A-Z]:\\Users\\")
    found = [
        f"{path.relative_to(project_root)}:{number}"
        for path in tracked(project_root)
        if path.suffix in TEXT and path.is_file() and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.realdata
def test_no_file_of_the_real_data_is_in_the_project(project_root, shared_data):
    theirs = {
        path.read_bytes() for path in shared_data.rglob("*") if path.is_file() and path.stat().st_size > 512
    }
    assert [path for path in tracked(project_root) if path.is_file() and path.read_bytes() in theirs] == []
