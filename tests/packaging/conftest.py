"""The distributions, built once, and the wheel installed where nothing of the checkout is visible."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


def build_distributions(source: Path, out: Path, **environment: str) -> tuple[Path, Path]:
    """Build wheel and source distribution of a folder, with the build tools already installed."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--sdist", "--outdir", str(out)]
    done = subprocess.run(
        [*command, str(source)], capture_output=True, text=True, check=False, env=os.environ | environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def built(project_root, tmp_path_factory) -> tuple[Path, Path]:
    """Build the source distribution and, from the checkout, the wheel."""
    return build_distributions(project_root, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def build() -> Callable[..., tuple[Path, Path]]:
    """Return the function that builds, for tests that build a second time."""
    return build_distributions


@pytest.fixture(scope="session")
def installed(built, tmp_path_factory) -> Path:
    """Put the wheel alone into a folder, for the path; this environment's libraries stand behind it."""
    target = tmp_path_factory.mktemp("wheel") / "site"
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(built[0])], check=True, capture_output=True
    )
    return target
