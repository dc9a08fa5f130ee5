"""What `maps` refuses, in one sentence."""

from __future__ import annotations


class MapsError(ValueError):
    """A page description or a table behind it cannot be drawn as it stands."""
