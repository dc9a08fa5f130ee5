"""Schemes under other populations: the same journeys, counted for the residents of a scenario.

Travel times do not depend on who lives where, so a scenario asks no new journeys of its schemes one by one; they are
counted again. Only schemes that it builds together, and that have not been asked together, are asked once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from corridors.errors import SchemeError
from corridors.schemes.before_after import MEASURES, compare_access
from corridors.schemes.scenarios import grown_areas, read_scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from corridors.inputs import Inputs
    from corridors.schemes.appraisal import Appraisal
    from corridors.schemes.before_after import BeforeAfter
    from corridors.schemes.edits import Scheme
    from corridors.schemes.scenarios import Scenario
    from corridors.study import Study

#: The name of the residents of the study's own table, in the column of scenarios.
TODAY: Final = "today"
#: The name of the schemes of a scenario together, where they are not all there are.
TOGETHER: Final = "The scenario's schemes together"


@dataclass(frozen=True, eq=False)
class Answer:
    """What schemes change for one population.

    Attributes
    ----------
    scenario
        Its id; `TODAY` for the residents of the study's own table.
    name, words, note
        Its name, what it assumes, and what must be known of it; empty for today.
    found, worth
        The comparisons and their appraisals, one per row of the tables.
    """

    scenario: str
    name: str
    words: str
    note: str
    found: tuple[BeforeAfter, ...]
    worth: tuple[Appraisal, ...]


def chosen_scenarios(study: Study, schemes: Sequence[Scheme], ids: Sequence[str]) -> tuple[Scenario, ...]:
    """Find scenarios by id among those beside the study's schemes.

    Raises
    ------
    SchemeError
        When there is no such scenario, it is called as the residents of today are, or it builds a scheme that is not there
        or none that changes the timetable.
    """
    if not ids or study.files.schemes is None:
        return ()
    known = {scenario.id: scenario for scenario in read_scenarios(study.resolve(study.files.schemes))}
    for name in ids:
        if name not in known:
            there = f"there are {', '.join(map(repr, known))}" if known else "there is none"
            raise SchemeError(f"{study.files.schemes}: there is no scenario {name!r}; {there}")
        if name == TODAY:
            raise SchemeError(
                f"scenario {name!r}: give it another id, which stands for the residents of today"
            )
        _refuse_unknown_schemes(known[name], schemes)
    return tuple(known[name] for name in dict.fromkeys(ids))


def schemes_built(scenario: Scenario, schemes: Sequence[Scheme]) -> list[Scheme]:
    """Return the schemes with edits that a scenario builds, in the study's order: those it names, else all."""
    return [
        scheme
        for scheme in schemes
        if scheme.edit and (not scenario.schemes or scheme.id in scenario.schemes)
    ]


def grown_inputs(inputs: Inputs, scenario: Scenario) -> Inputs:
    """Return the study's tables with the residents of a scenario."""
    return replace(inputs, areas=grown_areas(inputs.areas, scenario, sites=inputs.sites))


def counted_for(found: BeforeAfter, inputs: Inputs) -> BeforeAfter:
    """Count a comparison again for other residents: the small areas of `inputs`, whose journeys are the same."""
    before, after = (_access(found.areas, side) for side in ("before", "after"))
    zone = found.areas.set_index("id")["zone"]
    return compare_access(
        before,
        after,
        inputs,
        min_centres=found.min_centres,
        name=found.name,
        zone=None if found.zones.empty else zone,
    )


def _access(areas: pd.DataFrame, side: str) -> pd.DataFrame:
    """Take one side of a comparison out again, as `corridors.schemes.before_after.compare_access` takes it."""
    columns = {f"{measure.column}_{side}": measure.column for measure in MEASURES}
    return areas[["id", *columns]].rename(columns=columns)


def _refuse_unknown_schemes(scenario: Scenario, schemes: Sequence[Scheme]) -> None:
    known = {scheme.id for scheme in schemes}
    unknown = [scheme for scheme in scenario.schemes if scheme not in known]
    if unknown:
        raise SchemeError(
            f"scenario {scenario.id!r} builds {unknown[0]!r}, which is no scheme; there are {', '.join(map(repr, sorted(known)))}"
        )
    if not schemes_built(scenario, schemes):
        raise SchemeError(f"scenario {scenario.id!r} builds no scheme that changes the timetable")
