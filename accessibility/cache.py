"""Networks kept on disk: built once, then read, for as long as every byte that made them is the same.

An entry's name is the hash of everything its network rests on, so a changed input or parameter is another entry and
nothing ever goes out of date.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import platformdirs
import pyarrow as pa
import pyproj
import shapely
from pyproj import CRS
from pyproj.datadir import get_data_dir, get_user_data_dir  # type: ignore[attr-defined]
from pyproj.network import is_network_enabled  # type: ignore[attr-defined]

from accessibility._version import __version__
from accessibility.cache_entry import Entry
from accessibility.network import Network, WalkLimits, build_network, refuse_streets
from accessibility.points import check_metric_crs
from accessibility.timetable import parse_date, read_timetable

log = logging.getLogger(__name__)

#: Names the folder of the cache where the call does not.
FOLDER_VARIABLE: Final = "ACCESSIBILITY_CACHE_DIR"


def load_network(
    feeds: str | Path | Sequence[str | Path],
    streets: None = None,
    *,
    date: str | dt.date,
    walk_speed_kmh: float = 4.8,
    max_access_min: float = 20,
    max_egress_min: float = 20,
    max_transfer_min: float = 10,
    max_direct_min: float = 40,
    min_transfer_min: float = 1,
    detour: float = 1.3,
    crs: CRS | str | None = None,
    cache_dir: str | Path | None = None,
) -> Network:
    """Read feeds and join them with the walks around their stops, or take the same from the cache.

    The answer is that of `build_network` on `read_timetable`. It is kept under a hash of the bytes of every feed, the
    date, all parameters, the toolkit's own source and the versions of the libraries that shape it; a change in any of
    them builds anew. A damaged entry is built anew with a warning. Where the folder cannot be used, the network is
    built without it, with a warning. Two processes that ask for the same network build it once. All entries together
    take 2 GiB at most: beyond that those unused for longest are deleted.

    Parameters
    ----------
    feeds
        Paths of GTFS zips or folders; see `read_timetable`.
    streets
        None: walks are straight lines times `detour`.
    date
        The service day, ``YYYY-MM-DD`` or a date.
    walk_speed_kmh
        Walking speed.
    max_access_min, max_egress_min, max_transfer_min, max_direct_min
        Longest walk to the first stop, from the last, between two, and of a journey on foot alone; inclusive.
    min_transfer_min
        Time kept for a change on top of its walk, also at the same stop; transfers.txt may replace the sum.
    detour
        Factor on straight lines.
    crs
        Metric CRS; by default the British National Grid in Great Britain, else the UTM zone of the stops.
    cache_dir
        Folder of the cache; by default the one that the environment variable ``ACCESSIBILITY_CACHE_DIR`` names, else
        the user's cache folder.

    Returns
    -------
    Network
        Frozen. Its notes are logged as warnings each time, also when it comes from the cache.

    Raises
    ------
    FeedError
        For a feed that cannot be used, with file and row where one is to blame.
    NoServiceError
        When one of the feeds has no trip on the date.
    ParameterError
        For a limit out of range, streets, a CRS that is not projected in metres, no feed at all, or a date that is
        none.
    """
    refuse_streets(streets)
    limits = WalkLimits(
        walk_speed_kmh,
        max_access_min,
        max_egress_min,
        max_transfer_min,
        max_direct_min,
        min_transfer_min,
        detour,
    )
    recipe = _Recipe(
        feeds=(Path(feeds),) if isinstance(feeds, str | Path) else tuple(Path(feed) for feed in feeds),
        # A time stamp is a date too, but its time of day says nothing here.
        date=dt.date.fromordinal(parse_date(date).toordinal()),
        walking={name: float(value) for name, value in dataclasses.asdict(limits).items()},
        crs=None if crs is None else check_metric_crs(crs),
    )
    entry = Entry(cache_folder(cache_dir), recipe.key())
    return entry.read() or _build_once(recipe, entry)


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


@dataclass(frozen=True)
class _Recipe:
    """All that a network is made of."""

    feeds: tuple[Path, ...]
    date: dt.date
    walking: Mapping[str, float]
    crs: CRS | None

    def build(self) -> Network:
        """Make the network."""
        return build_network(read_timetable(self.feeds, date=self.date), None, **self.walking, crs=self.crs)

    def key(self) -> str:
        """Hash what the network rests on, as it stands on disk now."""
        told = {
            "made with": _made_with(),
            # Feeds are merged in the order of their names, so the order in which they are given says nothing.
            "feeds": sorted([path.name, *_contents(path)] for path in self.feeds),
            "date": self.date.isoformat(),
            "walking": dict(self.walking),
            "crs": None if self.crs is None else self.crs.srs,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _build_once(recipe: _Recipe, entry: Entry) -> Network:
    """Build under the entry's lock and keep the network, unless another process has done so in the meantime."""
    with entry.lock() as mine:
        if mine and (network := entry.read(warn=False)):
            return network
        network = recipe.build()
        if mine and recipe.key() != entry.key:
            log.warning("an input changed while the network was being built; it was not kept in the cache")
        elif mine:
            entry.write(network)
        return network


def _contents(feed: Path) -> Iterator[str]:
    """Name and hash of everything in a feed that could be read; nothing where there is no feed, which reading refuses."""
    if feed.is_file():
        yield _sha256(feed)
    for path in sorted((*feed.glob("*.txt"), *feed.glob("*/*.txt"))):
        if path.is_file():
            yield path.relative_to(feed).as_posix()
            yield _sha256(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _made_with() -> dict[str, object]:
    """Versions of what shapes a network: the toolkit, by its source too, the libraries, and the grids of PROJ.

    The source is there for those who work on the toolkit, whose version stands still; the grids, because one that is
    added or removed moves the stops by metres.
    """
    source = sorted(Path(__file__).parent.glob("*.py"))
    folders = [*get_data_dir().split(os.pathsep), get_user_data_dir()]
    return {
        "toolkit": __version__,
        "source": [[path.name, _sha256(path)] for path in source],
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "pyarrow": pa.__version__,
        "pyproj": [pyproj.__version__, pyproj.proj_version_str, is_network_enabled()],
        "shapely": [shapely.__version__, shapely.geos_version_string],
        "grids": sorted(path.name for folder in folders for path in Path(folder).glob("*.tif")),
    }
