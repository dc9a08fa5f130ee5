"""The section ``[ranking]`` of the study file: criteria, their weights, and what is drawn around them."""

from __future__ import annotations

import math
import re
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, field_serializer, field_validator, model_validator

from corridors.access.centre_times import SHARE
from corridors.evidence import with_citations
from corridors.ranking.ranking import FACTOR_WORDS, Aggregation, Criterion, listed_words, swing_weights
from corridors.study_sections import Minutes, Section

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_PLACEHOLDERS: Final = ("{min_centres}", "{cutoff_min}")  # in the labels of criteria
#: Minutes within which a site's workers live, where the study does not say.
LABOUR_POOL_MIN: Final = 45.0
Measure = Literal[
    "income_deprived_per_1000",
    "employment_deprived_per_1000",
    "unemployed_per_1000",
    "few_centres_per_1000",
    "jobs_per_worker",
    "jobs_within",
    "cost_m_central",
    "income_deprived_per_m",
]
#: Measures of a catchment that are sums of published counts of people, and those that are of jobs.
_COUNTED: Final = ("income_deprived_per_1000", "employment_deprived_per_1000", "unemployed_per_1000")
_OF_JOBS: Final = ("jobs_per_worker", "jobs_within")
#: Measures that rest on travel times, and those that rest on a cost.
OF_ACCESS: Final = frozenset({"few_centres_per_1000", *_OF_JOBS})
OF_COST: Final = frozenset({"cost_m_central", "income_deprived_per_m"})


class CriterionChoice(Section):
    """One criterion of the ranking, with its fixed goalposts and its weight, or the points of its swing.

    ``swing`` are points for the step from the worse goalpost to the better one, beside the other criteria's steps; the
    weights are then these points over all points.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    group: Literal["need", "gap", "opportunity"]
    measure: Measure
    unit: str
    direction: Literal["higher", "lower"]
    low: float
    high: float
    weight: float | None = Field(default=None, ge=0, le=1)
    swing: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _goalposts_in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, not {self.low:g} and {self.high:g}")
        if self.key in get_args(Measure):
            raise ValueError(f"key {self.key!r} is the name of a measure")
        return self

    @field_validator("label")
    @classmethod
    def _known_placeholders(cls, label: str) -> str:
        unknown = [name for name in _PLACEHOLDER.findall(label) if name not in _PLACEHOLDERS]
        if unknown:
            raise ValueError(f"{unknown[0]} is not filled in; known are {', '.join(_PLACEHOLDERS)}")
        return label


class ErrorChoice(Section):
    """What is known to be uncertain about a measure of the ranking, and where that is published.

    Either ``size``, the standard error as a share of the value, or ``rounded_to``, from which the standard error is
    derived: the unit that the count of each small area was rounded to by its publisher, or ``bres``, the rule of the
    Business Register and Employment Survey. ``shared`` says that all options err together, else each errs for itself.
    """

    measure: Measure
    size: float | None = Field(default=None, gt=0, le=1)
    rounded_to: Annotated[float, Field(gt=0)] | Literal["bres"] | None = None
    shared: bool = False
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_way_of_saying_it(self) -> Self:
        if (self.size is None) == (self.rounded_to is None):
            raise ValueError("give size or rounded_to, one of the two")
        allowed = _OF_JOBS if self.rounded_to == "bres" else _COUNTED
        if self.rounded_to is not None and self.measure not in allowed:
            raise ValueError(
                f"rounded_to = {self.rounded_to!r} is for {', '.join(allowed)}, not for {self.measure}"
            )
        return self

    @field_validator("source")
    @classmethod
    def _cited(cls, text: str) -> str:
        return with_citations(text)


class RankingChoice(Section):
    """The ranking: catchment, criteria, and what is drawn to say how far a rank can be trusted.

    ``definitions`` are other statistics over the departures that ranks are asked under; ``overlap_share`` is the share of
    the smaller catchment above which two are said to count the same residents; ``labour_pool_min`` the minutes within
    which a site's workers live.
    """

    catchment_walk_min: Minutes = 15
    aggregation: Aggregation = "arithmetic"
    draws: int = Field(default=5000, ge=1, le=1_000_000)
    concentration: Annotated[float, Field(gt=0)] | Literal["uninformed"] = 20
    seed: int = Field(ge=0)
    definitions: tuple[Annotated[str, Field(pattern=r"^(best|share|p\d{1,2})$")], ...] = ()
    overlap_share: float = Field(default=0.25, ge=0, le=1)
    labour_pool_min: Minutes | None = None
    criteria: tuple[CriterionChoice, ...] = Field(min_length=1)
    errors: tuple[ErrorChoice, ...] = ()

    @model_validator(mode="after")
    def _weights_and_keys(self) -> Self:
        keys = [criterion.key for criterion in self.criteria]
        if len(set(keys)) < len(keys):
            raise ValueError("two criteria have the same key")
        without = [criterion.key for criterion in self.criteria if criterion.weight is None]
        swings = [criterion.key for criterion in self.criteria if criterion.swing is not None]
        if swings and (len(without) < len(keys) or len(swings) < len(keys)):
            raise ValueError("give every criterion a weight, or every one a swing")
        if not swings and without:
            raise ValueError(f"criterion {without[0]!r} has neither weight nor swing")
        if swings and not any(criterion.swing for criterion in self.criteria):
            raise ValueError("no criterion has a swing above 0")
        total = sum(self.weights.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the weights of the criteria must sum to 1, not {total:g}")
        return self

    @model_validator(mode="after")
    def _errors_of_what_is_ranked(self) -> Self:
        measures = {criterion.measure for criterion in self.criteria}
        for error in self.errors:
            if error.measure not in measures:
                raise ValueError(f"errors name {error.measure!r}, which no criterion is ranked by")
        if len(set(self.definitions)) < len(self.definitions):
            raise ValueError("definitions name the same statistic twice")
        return self

    @field_serializer("concentration", when_used="json")
    def _written(self, concentration: float | str) -> float | str:
        """Write infinity as a word: JSON has no figure for it."""
        return "inf" if concentration == math.inf else concentration

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each criterion by its key: as given, or from the swings."""
        swings = {c.key: c.swing for c in self.criteria if c.swing is not None}
        return swing_weights(swings) if swings else {c.key: c.weight or 0.0 for c in self.criteria}

    @property
    def knows_jobs_rounded(self) -> bool:
        """Whether an error of jobs is derived from how the survey rounds them."""
        return any(error.rounded_to == "bres" for error in self.errors)

    @property
    def factors(self) -> tuple[str, ...]:
        """What is drawn: the weights, and what else a weighed criterion is uncertain by; see `FACTOR_WORDS`."""
        weighed = {c.measure for c in self.criteria if self.weights[c.key] > 0}
        moved = {
            "weights": self.concentration != math.inf,
            "definition": bool(weighed & self._moved_by_definitions),
            "cost": bool(weighed & OF_COST),
            "data": any(error.measure in weighed for error in self.errors),
        }
        return tuple(factor for factor, moves in moved.items() if moves)

    @property
    def _moved_by_definitions(self) -> frozenset[str]:
        """Measures that a definition changes: jobs have no share of departures."""
        if not self.definitions:
            return frozenset()
        return OF_ACCESS - (frozenset(_OF_JOBS) if set(self.definitions) == {SHARE} else frozenset())

    @property
    def drawn_in_words(self) -> str:
        """What is drawn to give a rank its range, such as "the weights and errors of the data"."""
        return listed_words([FACTOR_WORDS[factor] for factor in self.factors] or ["nothing"])

    @property
    def weights_in_words(self) -> str:
        """How the weights are drawn."""
        if self.concentration == math.inf:
            return "the weights are not drawn"
        if self.concentration == "uninformed":
            return "weights drawn with every set of them equally likely"
        return f"weights drawn around these (Dirichlet, concentration {self.concentration:g})"

    def filled_in(self, *, min_centres: int, cutoff_min: float) -> tuple[Criterion, ...]:
        """Return the criteria as the ranking takes them, with weights, the placeholders of their labels filled in."""
        told = dict(zip(_PLACEHOLDERS, (f"{min_centres}", f"{cutoff_min:g}"), strict=True))
        weights = self.weights
        return tuple(
            Criterion(
                **criterion.model_dump(exclude={"label", "weight", "swing"}),
                weight=weights[criterion.key],
                label=_PLACEHOLDER.sub(lambda found: told[found[0]], criterion.label),
            )
            for criterion in self.criteria
        )
