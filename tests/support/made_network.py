"""The made study's tables and network, for rooms that ask it questions of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import accessibility as acc
import corridors
from corridors.access.access import build_network
from corridors.inputs import Inputs, read_inputs

if TYPE_CHECKING:
    from pathlib import Path


class Made(NamedTuple):
    """A study, its tables, and its network."""

    study: corridors.Study
    inputs: Inputs
    network: acc.Network

    def at(self, *window: str) -> corridors.Study:
        """Return the study with another window of departures."""
        journey = self.study.journey.model_copy(update={"window": window})
        return self.study.model_copy(update={"journey": journey})


def made_network(path: Path) -> Made:
    """Read a study and lay out its network."""
    study = corridors.load_study(path)
    feeds = [study.resolve(feed) for feed in study.timetable.feeds]
    timetable = acc.read_timetable(feeds, date=study.timetable.date)
    return Made(study, read_inputs(study), build_network(timetable, study))
