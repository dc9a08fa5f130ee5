"""Having answered what a batch has not answered yet: feeds read when they are needed, networks built one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

import accessibility as acc
from accessibility.timetables.step_free import step_free_feed
from corridors.batch.plan import ground_of, notes_of, one_case_each, units_of
from corridors.errors import OutputError, ToolkitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from accessibility.feeds.gtfs import Feed
    from corridors.batch.plan import Part, Plan
    from corridors.batch.store import UnitStore
    from corridors.batch.units import Answerer, Unit, Work
    from corridors.progress import Progress
    from corridors.study import Study

_ASKING: Final = "Minutes to and from the stations"


class Feeds:
    """The feeds and streets of a study, read when they are first asked for: a finished batch needs neither."""

    def __init__(self, study: Study, tell: Progress) -> None:
        self._study, self._tell = study, tell
        self._feeds: list[Feed] | None = None
        self.streets: acc.StreetNetwork | None = None

    def read(self) -> list[Feed]:
        """Read the feeds whole, as a representative date is chosen of."""
        if self._feeds is None:
            self._tell("Reading timetables", 0)
            self._feeds = [acc.read_feed(self._study.resolve(feed)) for feed in self._study.timetable.feeds]
            streets = self._study.files.streets
            if streets is not None:
                self.streets = acc.read_streets(self._study.resolve(streets))
            self._tell("Reading timetables", 1)
        return self._feeds

    def to_edit(self) -> list[Feed]:
        """Return the feeds that schemes are built on: step-free service alone where the study asks for it."""
        unknown = self._study.timetable.step_free
        return (
            self.read()
            if unknown is None
            else [step_free_feed(feed, unknown=unknown) for feed in self.read()]
        )


def answer_missing(
    plan: Plan, store: UnitStore, feeds: Feeds, answerer: Answerer, *, at_once: int, tell: Progress
) -> tuple[int, dict[Part, ToolkitError]]:
    """Have every part answered that is not there yet, and keep each as it comes: how many, and those that failed."""
    missing = {part for part, key in plan.keys.items() if not store.holds(key)}
    units = units_of(plan, missing, at_once=at_once)
    failed: dict[Part, ToolkitError] = {}
    total, answered = sum(map(len, units.values())), 0
    for done, (unit, answer) in enumerate(answerer(_work(plan, store, units, feeds, failed)), start=1):
        for station in unit.stations:
            part = plan.part(unit, station)
            if isinstance(answer, ToolkitError):
                failed[part] = answer
            else:
                store.put(plan.keys[part], answer[[station]].set_axis(["minutes"], axis=1).reset_index())
                answered += 1
        tell(_ASKING, min(done / total, 1.0))
    return answered, failed


def _work(
    plan: Plan,
    store: UnitStore,
    units: dict[tuple[str, ...], list[Unit]],
    feeds: Feeds,
    failed: dict[Part, ToolkitError],
) -> Iterator[Work]:
    """Give the units network by network, each built when it is asked for; a scheme that cannot be built fails its own."""
    for case in one_case_each(plan.cases):
        asked, notes = units.get(case.built, []), plan.note_keys[case.built]
        if not asked and store.holds(notes):
            continue
        try:
            ground = ground_of(plan, case, feeds.to_edit(), feeds.streets)
        except ToolkitError as error:
            failed.update({plan.part(unit, station): error for unit in asked for station in unit.stations})
            continue
        # Before the minutes: a run that goes on from them builds no network, and must say the same.
        store.put(notes, pd.DataFrame({"note": notes_of(ground)}, dtype="str"))
        if asked:
            yield ground, asked


def notes_noticed(plan: Plan, store: UnitStore) -> tuple[str, ...]:
    """Return what was noticed of the timetables and streets when the networks were built, each once."""
    kept = [store.get(plan.note_keys[case.built]) for case in one_case_each(plan.cases)]
    said = [note for table in kept if table is not None for note in table["note"]]
    return tuple(dict.fromkeys(said))


def minutes_of(
    plan: Plan, store: UnitStore, failed: Mapping[Part, ToolkitError], part: Part
) -> npt.NDArray[Any] | ToolkitError:
    """Return the minutes of a part in the order of its places, or what kept it from being answered."""
    if part in failed:
        return failed[part]
    kept = store.get(plan.keys[part])
    if kept is None:
        raise OutputError("a finished part was damaged while the batch was running")
    return kept["minutes"].to_numpy(dtype=float)
