"""What every room's tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ensure_browser import find_browser
from playwright.sync_api import Browser, sync_playwright

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; left out on a desk without one, required in CI.

    One for all tests of a process: Playwright does not start a second time beside itself.
    """
    path = find_browser()
    if path is None:
        reason = "no Chromium was found: install it or set CHROMIUM to its path"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
