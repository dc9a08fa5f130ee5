"""What every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def pytest_collection_modifyitems(items):
    """Real-data tests are left out only where the folder beside the checkout is absent."""
    if SHARED_DATA.is_dir():
        return
    absent = pytest.mark.skip(reason="the real data beside the checkout are absent")
    for item in items:
        if item.get_closest_marker("realdata"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Return the checkout's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the checkout."""
    return SHARED_DATA
