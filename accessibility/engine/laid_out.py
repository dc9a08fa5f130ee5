"""Legs and changes of a window, laid out once for all the questions that are put to the same network.

Finding the changes worth making takes longer than most sweeps, and depends on the network and the window alone.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakKeyDictionary

from accessibility.engine.change_options import change_options
from accessibility.engine.legs import legs_of, links_of
from accessibility.engine.reversal import reversed_network
from accessibility.engine.sweep import graph_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from accessibility.engine.legs import Legs
    from accessibility.engine.sweep import Graph
    from accessibility.networks.network import Network
    from accessibility.window import Window

#: Windows kept for each network: those of the peak are asked again and again, others once.
_KEPT: Final = 2


class LaidOut(NamedTuple):
    """The legs of a window, and the graph of them that is swept. Nobody writes into either."""

    legs: Legs
    graph: Graph


# What is kept goes when its network goes.
_laid: WeakKeyDictionary[Network, dict[tuple[int, int, int], LaidOut]] = WeakKeyDictionary()
_turned: WeakKeyDictionary[Network, Network] = WeakKeyDictionary()
_lock = threading.Lock()


def lay_out(network: Network, window: Window, *, optional: npt.NDArray[np.bool_] | None = None) -> LaidOut:
    """Lay out a window's legs and the changes worth making; `optional` as for `change_options`."""
    legs = legs_of(network, start_s=window.start_s, horizon_s=window.horizon_s)
    options = change_options(legs, links_of(network), max_time_s=window.max_time_s, optional=optional)
    return LaidOut(legs, graph_of(legs, options))


def laid_out(network: Network, window: Window) -> LaidOut:
    """Give what `lay_out` makes of a window of which all chains run; the last few windows of a network are kept."""
    asked = (window.start_s, window.horizon_s, window.max_time_s)
    with _lock:
        kept = _laid.setdefault(network, {})
        found = kept.pop(asked, None)
    if found is None:
        found = lay_out(network, window)
    with _lock:
        kept[asked] = found
        while len(kept) > _KEPT:
            del kept[next(iter(kept))]
    return found


def turned_round(network: Network) -> Network:
    """Turn a network round in time, or give the one that was turned before."""
    with _lock:
        if network not in _turned:
            _turned[network] = reversed_network(network)
        return _turned[network]
