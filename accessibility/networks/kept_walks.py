"""A network on streets whose larger sets of walks are kept on disk, so that points asked about before cost no search."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from accessibility.networks.cache_entry import Entry
from accessibility.networks.network import Network
from accessibility.networks.walking import Placed, Walks
from accessibility.streets.snapping import Snapped, snap

#: Fewer points than this are faster found again than kept.
LEAST_POINTS: Final = 1_000
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class KeptNetwork(Network):
    """A `Network` that keeps walks, and places on the streets, in the folder of the cache.

    They are kept under a hash of the streets, the points, the limits, and what made them, so a network of another
    timetable on the same streets finds them too.

    Attributes
    ----------
    folder
        Folder of the cache.
    made_with
        Hash of the versions and the source that everything kept rests on.
    """

    folder: Path = field(kw_only=True)
    made_with: str = field(kw_only=True)

    def placed(self, xy: npt.NDArray[np.float64]) -> Placed:
        """Put points on the streets, or find where they were put before."""
        streets = self.streets
        if streets is None or len(xy) < LEAST_POINTS:
            return super().placed(xy)
        entry = self._entry(Snapped, xy)
        return Placed(xy, entry.obtain(lambda: snap(streets, xy, max_snap_m=self.max_snap_m)))

    def walks(self, origins: Placed, destinations: Placed, *, max_min: float) -> Walks:
        """Walks from points to points in reach, found now or before."""

        def find() -> Walks:
            return Network.walks(self, origins, destinations, max_min=max_min)

        asked = sum(len(points.xy) for points in (origins, destinations) if points.xy is not self.stop_xy)
        if self.streets is None or asked < LEAST_POINTS:
            return find()
        about = (float(max_min), float(self.limits.walk_speed_kmh))
        return self._entry(Walks, origins.xy, destinations.xy, *about).obtain(find)

    def _entry(self, kind: type[T], *about: npt.NDArray[np.float64] | float) -> Entry[T]:
        told = hashlib.sha256(f"{self.made_with} {self._streets_hash} {float(self.max_snap_m)}".encode())
        for item in about:
            value = np.ascontiguousarray(item, dtype=np.float64)
            told.update(str(value.shape).encode())
            told.update(value.tobytes())
        return Entry(self.folder, told.hexdigest(), kind)

    @cached_property
    def _streets_hash(self) -> str:
        told = hashlib.sha256()
        for name in ("edge_from", "edge_to", "edge_m", "shape_ptr", "shape_xy"):
            told.update(np.ascontiguousarray(getattr(self.streets, name)).tobytes())
        return told.hexdigest()


def kept_network(network: Network, *, folder: Path, made_with: str) -> Network:
    """Let a network keep its walks; one in straight lines is given back as it is, for its walks are found at once."""
    if network.streets is None:
        return network
    same = {item.name: getattr(network, item.name) for item in dataclasses.fields(Network)}
    return KeptNetwork(**same, folder=folder, made_with=made_with)
