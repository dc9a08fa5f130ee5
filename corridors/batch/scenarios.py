"""The scenarios of a batch: the timetable of today, schemes of the study, or one of its scenarios with its population."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from accessibility.errors import ParameterError
from corridors.schemes.runs import PACKAGE
from corridors.schemes.scenarios import grown_areas, read_scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from corridors.inputs import Inputs
    from corridors.schemes.edits import Scheme
    from corridors.schemes.scenarios import Scenario
    from corridors.study import Study

#: The timetable and the residents of today.
TODAY: Final = "today"
#: All schemes of the study together.
ALL: Final = "schemes"
#: Between the ids of schemes that are built together.
_AND: Final = "+"


@dataclass(frozen=True)
class Case:
    """One scenario of a batch.

    Attributes
    ----------
    key, name
        As it was asked for, and for readers.
    schemes
        What is built, in the order it is built in.
    population
        The scenario whose population it has; None for the residents of today.
    year
        The year it is of: the scenario's own, else that of the service day.
    """

    key: str
    name: str
    schemes: tuple[Scheme, ...]
    population: Scenario | None
    year: int

    @property
    def built(self) -> tuple[str, ...]:
        """Ids of the schemes that are built: cases alike in them stand on one network."""
        return tuple(scheme.id for scheme in self.schemes if scheme.edit)

    @property
    def in_words(self) -> str:
        """What is built and who is assumed to live there, as a clause."""
        built = ", ".join(scheme.name for scheme in self.schemes if scheme.edit)
        people = "residents as today" if self.population is None else self.population.in_words.rstrip(".")
        return f"{self.name}: {f'with {built}' if built else 'timetable of today'}; {people}"

    def areas_of(self, inputs: Inputs) -> gpd.GeoDataFrame:
        """Return the small areas with this case's people."""
        if self.population is None:
            return inputs.areas
        return grown_areas(inputs.areas, self.population, sites=inputs.sites)


def cases_of(study: Study, inputs: Inputs, wanted: Sequence[str] | None = None) -> tuple[Case, ...]:
    """Return the scenarios that a batch asks about.

    Parameters
    ----------
    study
        Its service date must be chosen. Its scenarios stand among its schemes.
    inputs
        The study's tables.
    wanted
        `TODAY`; `ALL`; ids of schemes, several joined by ``+``; ids of the study's scenarios. Without it, today and, where
        the study has schemes, all of them together.

    Raises
    ------
    ParameterError
        For a scenario that is not known or named twice, or a date that is not chosen.
    """
    if study.service_date is None:
        raise ParameterError("the study's date is not chosen yet; take study.on(timetable.service_date)")
    schemes = {scheme.id: scheme for scheme in inputs.schemes if scheme.edit}
    keys = list(wanted) if wanted is not None else [TODAY, *([ALL] if schemes else [])]
    if not keys:
        raise ParameterError(f"no scenario was asked for; {TODAY!r} is the timetable as it is")
    if len(set(keys)) < len(keys):
        raise ParameterError(f"the scenarios {', '.join(keys)} name one twice")
    named = {} if study.files.schemes is None else _named(study)
    return tuple(_case(key, schemes, named, year=study.service_date.year) for key in keys)


def _named(study: Study) -> dict[str, Scenario]:
    return {each.id: each for each in read_scenarios(study.resolve(str(study.files.schemes)))}


def _case(key: str, schemes: dict[str, Scheme], named: dict[str, Scenario], *, year: int) -> Case:
    if key == TODAY:
        return Case(key, "Today", (), None, year)
    if key == ALL and schemes:
        return Case(key, PACKAGE, tuple(schemes.values()), None, year)
    if key in named:
        scenario = named[key]
        built = tuple(_scheme(each, schemes, named) for each in scenario.schemes)
        return Case(key, scenario.name, built, scenario, scenario.year or year)
    built = tuple(_scheme(each.strip(), schemes, named) for each in key.split(_AND))
    if len({scheme.id for scheme in built}) < len(built):
        raise ParameterError(f"the scenario {key!r} names a scheme twice")
    return Case(key, " and ".join(scheme.name for scheme in built), built, None, year)


def _scheme(name: str, schemes: dict[str, Scheme], named: dict[str, Scenario]) -> Scheme:
    if name in schemes:
        return schemes[name]
    known = [TODAY, *([ALL] if schemes else []), *schemes, *named]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise ParameterError(f"{name!r} is no scenario and no scheme that changes the timetable; {hint}")
