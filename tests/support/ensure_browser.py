"""Make a Chromium available to the browser tests, or say plainly that they will be left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def find_browser() -> str | None:
    """Path of a Chromium-like browser: the variable CHROMIUM first, then the usual names on the PATH."""
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    """Install Debian's chromium when that is possible; 1 only where a browser is required and missing."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if find_browser() is None and is_root and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"], check=False, stdout=subprocess.DEVNULL
        )
    browser = find_browser()
    if browser:
        print(f"browser tests use {browser}")
        return 0
    print("no Chromium found: the browser tests are left out (install chromium, or set CHROMIUM to its path)")
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
