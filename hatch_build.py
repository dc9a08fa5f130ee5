"""Put the embedded sample into a built wheel; an editable install reads it from `data/` and must hold no copy."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SAMPLE = ("west-midlands.toml", "README.md", "boundaries", "transit", "schemes")


class SampleHook(BuildHookInterface):  # type: ignore[type-arg]
    """The sample travels inside `corridors`, so that nothing but the three packages lands at top level."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the sample's files, unless the build is an editable one."""
        if version == "standard":
            build_data["force_include"].update(
                {f"data/{part}": f"corridors/_sample/{part}" for part in SAMPLE}
            )
