"""Which folder the toolkit keeps things in that it can make again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import platformdirs

#: Names the folder of the cache where the call does not.
FOLDER_VARIABLE: Final = "ACCESSIBILITY_CACHE_DIR"


def cache_folder(cache_dir: str | Path | None = None) -> Path:
    """Where networks are kept: the folder given, else that of ``ACCESSIBILITY_CACHE_DIR``, else the user's own.

    Parameters
    ----------
    cache_dir
        A folder, or None. It need not exist.

    Returns
    -------
    pathlib.Path
        The folder; nothing is made.
    """
    named = cache_dir or os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser()
    return platformdirs.user_cache_path("inclusive-growth-corridors", appauthor=False) / "networks"
