"""Say on what machine, and with which versions, figures were taken."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from pathlib import Path


def describe_machine(pythons: dict[str, str]) -> dict[str, str]:
    """Processor, memory, load, date, and the versions of the engines and of what they stand on."""
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "processor": f"{_after('/proc/cpuinfo', 'model name') or platform.processor()}, {os.cpu_count()} cores",
        "memory": _memory(),
        "load before": _load(),
        "python": platform.python_version(),
        **{name: _version(python, name) for name, python in pythons.items()},
        **{name: _version(pythons["accessibility"], name) for name in ("numpy", "numba")},
    }


def _version(python: str, name: str) -> str:
    # This engine is asked for its own number: it is part of a distribution with another name.
    own = "import accessibility; print(accessibility.__version__)"
    code = own if name == "accessibility" else f"import importlib.metadata as m; print(m.version({name!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _memory() -> str:
    kib = _after("/proc/meminfo", "MemTotal").split()
    return f"{int(kib[0]) / 2**20:.0f} GiB" if kib else "not known"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "not known"


def _after(path: str, key: str) -> str:
    """Value of the first ``key: value`` line of a Linux system file; empty elsewhere."""
    if not Path(path).is_file():
        return ""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")
