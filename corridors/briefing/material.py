"""What the sections of a briefing are made from, and the words that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridors.briefing.cells import GIVEN, WORD, Cells
from maps.briefing import Picture

if TYPE_CHECKING:
    from corridors.inputs import Inputs
    from corridors.results import RunResults
    from corridors.study import Study
    from maps.briefing import Prose


@dataclass(frozen=True, eq=False)
class Material:
    """A run, its written files and its figures.

    Attributes
    ----------
    study, inputs, results
        As for `corridors.briefing.briefing.write_briefing`.
    cells
        The written files.
    pictures
        The figures as SVG without words, by name; one that has nothing to draw is absent.
    """

    study: Study
    inputs: Inputs
    results: RunResults
    cells: Cells
    pictures: Mapping[str, str]

    @property
    def k(self) -> Prose:
        """How many centres are asked for, in a word."""
        return self.cells.told("parameters", "indicator", "min_centres", form=WORD)

    @property
    def cutoff(self) -> Prose:
        """The minutes within which centres count."""
        return self.setting("indicator", "cutoff_min")

    def setting(self, section: str, key: str) -> Prose:
        """Return a number that the study sets."""
        return self.cells.told("parameters", section, key, form=GIVEN)

    def picture(
        self, name: str, alternative: str, caption: Prose = "", *, width: float = 1.0
    ) -> tuple[Picture, ...]:
        """Return a figure as a block, none where it has nothing to draw."""
        if name not in self.pictures:
            return ()
        return (Picture(svg=self.pictures[name], alternative=alternative, caption=caption, width=width),)
