"""The study file: one TOML that says what is asked, of which data, and under which definition.

Paths are relative to the study file. A key the toolkit does not know is an error, not a silence.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from accessibility.service_date import AUTO
from accessibility.timetable import parse_service_date
from accessibility.window import check_covered, parse_window
from corridors.errors import StudyError
from corridors.evidence import with_citations
from corridors.ranking import Criterion

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_PLACEHOLDERS = ("{min_centres}", "{cutoff_min}")  # in the labels of criteria
Clock = Annotated[str, Field(pattern=r"^([01]\d|2\d):[0-5]\d$")]
Minutes = Annotated[float, Field(gt=0, le=240)]
WalkMinutes = Annotated[float, Field(gt=0, le=120)]
Measure = Literal[
    "income_deprived_per_1000",
    "employment_deprived_per_1000",
    "unemployed_per_1000",
    "few_centres_per_1000",
    "jobs_per_worker",
    "jobs_within",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Header(_Section):
    """What the study is called and what every output must say about it."""

    name: str
    region: str
    geography: str | None = None
    notice: str = ""
    sources: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


class Vintages(_Section):
    """The edition of each kind of data, printed with every output."""

    areas: str
    wards: str
    census: str
    deprivation: str
    jobs: str
    timetable: str


class Files(_Section):
    """The tables of the study, as paths relative to the study file."""

    areas: str
    area_wards: str
    wards: str
    outlines: str
    jobs: str
    centres: str
    stations: str
    corridors: str
    sites: str
    roads: str | None = None
    streets: str | None = None
    claimants: str | None = None
    services: str | None = None
    commutes: str | None = None
    schemes: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """The tables that the study names; one it may leave out is absent."""
        named: dict[str, str] = self.model_dump(exclude_none=True)
        return named


class TimetableChoice(_Section):
    """The feeds and the day: a date, or "auto" for a representative Tuesday of the feeds."""

    feeds: tuple[str, ...] = Field(min_length=1)
    date: dt.date | Literal["auto"]
    step_free: Literal["exclude", "include"] | None = None

    @field_validator("date", mode="before")
    @classmethod
    def _date_or_auto(cls, date: Any) -> str | dt.date:  # noqa: ANN401 - whatever the file holds
        return parse_service_date(date)


class Journey(_Section):
    """The journey that is measured: when people leave, how they walk, what counts as one."""

    window: tuple[Clock, Clock]
    statistic: str = Field(default="p50", pattern=r"^(best|p\d{1,2})$")
    max_time_min: Minutes = 120
    walk_speed_kmh: float = Field(default=4.8, gt=0, le=20)
    detour: float = Field(default=1.3, ge=1, le=3)
    max_access_min: WalkMinutes = 20
    max_egress_min: WalkMinutes = 20
    max_transfer_min: WalkMinutes = 10
    max_direct_min: WalkMinutes = 40
    min_transfer_min: float = Field(default=1, ge=0, le=60)
    max_snap_m: float = Field(default=500, ge=0, le=5_000)

    @model_validator(mode="after")
    def _window_runs_forward(self) -> Self:
        if self.window[0] >= self.window[1]:
            raise ValueError(f"window must end after it starts, not {self.window[0]} to {self.window[1]}")
        check_covered(parse_window(self.window, max_time_min=self.max_time_min))
        return self


class IndicatorChoice(_Section):
    """The indicator: enough centres within so many minutes, and the figure it will be held against, in words.

    The two keys ``compared_…`` give that figure's own thresholds, so that a study with others can say so.
    """

    cutoff_min: Minutes = 45
    min_centres: int = Field(default=3, ge=1)
    near_miss_min: float = Field(default=5, gt=0, le=60)
    compared_with: str = ""
    compared_cutoff_min: Minutes | None = None
    compared_min_centres: int | None = Field(default=None, ge=1)

    @field_validator("compared_with")
    @classmethod
    def _cited(cls, text: str) -> str:
        return with_citations(text)


class JobsChoice(_Section):
    """Jobs within reach, and who competes for them."""

    cutoff_min: Minutes = 45
    competitors: Literal["econ_active", "aged_16_64"] = "econ_active"


class TimesChoice(_Section):
    """Whether the study's questions are put to other times of the day as well."""

    windows: bool = False
    by_hour: bool = False


class CarChoice(_Section):
    """How the car is timed that public transport is held against, over the roads of the study at free flow."""

    speed_factor: float = Field(default=1.0, gt=0, le=2)
    off_street_kmh: float = Field(default=20.0, gt=0, le=130)
    max_off_street_m: float = Field(default=2_000.0, ge=0, le=50_000)


class CriterionChoice(_Section):
    """One criterion of the ranking, with its fixed goalposts and its weight."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    group: Literal["need", "gap", "opportunity"]
    measure: Measure
    unit: str
    direction: Literal["higher", "lower"]
    low: float
    high: float
    weight: float = Field(ge=0, le=1)

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


class RankingChoice(_Section):
    """The ranking: catchment, criteria, and the draws that test the weights."""

    catchment_walk_min: Minutes = 15
    draws: int = Field(default=5000, ge=1, le=1_000_000)
    concentration: float = Field(default=20, gt=0)
    seed: int = Field(ge=0)
    criteria: tuple[CriterionChoice, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _weights_and_keys(self) -> Self:
        total = sum(criterion.weight for criterion in self.criteria)
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the weights of the criteria must sum to 1, not {total:g}")
        keys = [criterion.key for criterion in self.criteria]
        if len(set(keys)) < len(keys):
            raise ValueError("two criteria have the same key")
        return self


class Study(_Section):
    """A whole study, validated; read one with `load_study`."""

    study: Header
    vintages: Vintages
    files: Files
    timetable: TimetableChoice
    journey: Journey
    indicator: IndicatorChoice = IndicatorChoice()
    jobs: JobsChoice = JobsChoice()
    car: CarChoice | None = None
    times: TimesChoice = TimesChoice()
    ranking: RankingChoice
    _path: Path = PrivateAttr(default=Path("study.toml"))
    _chosen: dt.date | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _roads_for_the_car(self) -> Self:
        if self.car and not self.driven:
            raise ValueError("[car] needs roads to drive on: name roads or streets in [files]")
        return self

    @model_validator(mode="after")
    def _cutoffs_within_the_longest_journey(self) -> Self:
        longest = self.journey.max_time_min
        if self.indicator.cutoff_min > longest:
            raise ValueError(
                f"indicator.cutoff_min is {self.indicator.cutoff_min:g} minutes, longer than the longest journey, "
                f"journey.max_time_min = {longest:g}"
            )
        check_covered(parse_window(self.journey.window, max_time_min=self.jobs.cutoff_min))
        return self

    @property
    def path(self) -> Path:
        """Where the study file stands."""
        return self._path

    @property
    def driven(self) -> str | None:
        """The file of roads that a car drives on: the roads, else the streets; None without either."""
        return self.files.roads or self.files.streets

    @property
    def service_date(self) -> dt.date | None:
        """The service day; None while "auto" is asked for and no date has been chosen."""
        return self._chosen if isinstance(self.timetable.date, str) else self.timetable.date

    def on(self, date: dt.date) -> Study:
        """Return the same study with the date that "auto" came to; a date that the study names itself stays."""
        taken = self.model_copy()
        taken._chosen = date  # noqa: SLF001 - a copy of its own kind
        return taken

    def resolve(self, name: str) -> Path:
        """Return a path of the study file as one this process can open."""
        return self._path.parent / name

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria as the ranking takes them, the placeholders of their labels filled in."""
        told = dict(
            zip(
                _PLACEHOLDERS,
                (f"{self.indicator.min_centres}", f"{self.indicator.cutoff_min:g}"),
                strict=True,
            )
        )
        return tuple(
            Criterion(
                **criterion.model_dump(exclude={"label"}),
                label=_PLACEHOLDER.sub(lambda found: told[found[0]], criterion.label),
            )
            for criterion in self.ranking.criteria
        )


def load_study(path: str | Path) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path
        The TOML file. The paths it names are relative to its own folder.

    Returns
    -------
        The study; every file and feed it names exists.

    Raises
    ------
    StudyError
        When the file is missing, is not TOML, has a key missing, unknown or wrong, or names a path that does not
        exist. The message is one sentence.
    """
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise StudyError(f"{path}: no such study file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path.name}: is not valid TOML: {str(error).rstrip('.')}") from error
    try:
        study = Study.model_validate(raw)
    except ValidationError as error:
        raise StudyError(f"{path.name}: {_sentence(error)}") from error
    study._path = path.resolve()  # noqa: SLF001 - set once, here, where the path is known
    for name in [*study.files.named.values(), *study.timetable.feeds]:
        if not study.resolve(name).exists():
            raise StudyError(f"{path.name}: there is no {name!r} beside the study file")
    return study


_STEP_FREE = {
    None: "",
    "exclude": ", step-free stops and vehicles only,",
    "include": ", step-free stops and vehicles and those of which nothing is said,",
}


def journey_definition(study: Study) -> str:
    """Say in one sentence how minutes are measured: day, window, statistic, walk, changes."""
    journey = study.journey
    return (
        f"{_day_in_words(study)}, leaving at every minute from {journey.window[0]} until before {journey.window[1]}, "
        f"{statistic_words(journey.statistic)} of door-to-door minutes including the first wait, "
        f"by scheduled public transport{_STEP_FREE[study.timetable.step_free]} and on foot; "
        f"walking {journey.walk_speed_kmh:g} km/h {_ground(study)}, "
        f"at most {journey.max_access_min:g} min to the first stop, {journey.max_egress_min:g} min from the last, "
        f"{journey.max_transfer_min:g} min between stops and {journey.max_direct_min:g} min all the way; "
        f"any number of changes, each with {journey.min_transfer_min:g} min to spare; "
        f"journeys over {journey.max_time_min:g} min count as unreachable"
    )


def _ground(study: Study) -> str:
    """Say what people walk along: the streets, or straight lines."""
    if study.files.streets:
        return (
            f"along the streets of {Path(study.files.streets).name}, points up to "
            f"{study.journey.max_snap_m:g} m off a street joined to it in a straight line"
        )
    return f"along straight lines times {study.journey.detour:g}"


def indicator_in_short(study: Study) -> str:
    """Say the definition in a line or two: day, window, statistic, threshold, walk; the whole is `indicator_definition`."""
    journey = study.journey
    walks = (
        f"at most {journey.max_access_min:g} min on foot at either end"
        if journey.max_access_min == journey.max_egress_min
        else f"at most {journey.max_access_min:g} min on foot to the first stop and {journey.max_egress_min:g} from the last"
    )
    return (
        f"{_day_in_words(study)}, departures from {journey.window[0]} until before {journey.window[1]}, "
        f"{statistic_words(journey.statistic)}: {study.indicator.cutoff_min:g} minutes door to door by scheduled public "
        f"transport, {walks}."
    )


def _day_in_words(study: Study) -> str:
    day = study.service_date
    if day is None:
        return "a representative Tuesday of the timetable"
    words = f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{words} (chosen as a representative Tuesday)" if study.timetable.date == AUTO else words


def statistic_words(statistic: str) -> str:
    """Say a statistic such as "p50" in words."""
    if statistic == "best":
        return "best departure"
    return "median" if statistic == "p50" else f"{statistic.removeprefix('p')}th percentile"


def indicator_definition(study: Study) -> str:
    """Say in one sentence what the indicator counts."""
    return (
        f"Share of all residents of {study.study.region} with {study.indicator.min_centres} or more centres "
        f"within {study.indicator.cutoff_min:g} minutes ({journey_definition(study)})"
    )


def _sentence(error: ValidationError) -> str:
    """Say the first thing that is wrong, and how many more there are."""
    # An unknown key comes first: a misspelling also shows as the key that is then missing.
    problems = sorted(
        error.errors(include_url=False), key=lambda problem: problem["type"] != "extra_forbidden"
    )
    first = problems[0]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    more = f" (problems in this file: {len(problems)})" if len(problems) > 1 else ""
    return _reason(first["type"], where, first) + more


def _reason(kind: str, where: str, problem: Any) -> str:  # noqa: ANN401 - pydantic's own loose record
    if kind == "extra_forbidden":
        *section, key = where.split(".")
        known = _known_keys(tuple(problem["loc"][:-1]))
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known keys are {', '.join(known)}"
        place = f" in [{'.'.join(section)}]" if section else ""
        return f"unknown key {key!r}{place}; {hint}"
    if kind == "missing":
        return f"key {where!r} is missing"
    if kind == "value_error":
        return f"{where}: {problem['ctx']['error']}" if where else str(problem["ctx"]["error"])
    return f"{where} = {problem['input']!r} cannot be used: {_lower_first(problem['msg'])}"


def _known_keys(section: tuple[str | int, ...]) -> list[str]:
    """Return the keys that a section of the study file may hold."""
    model: type[BaseModel] = Study
    for part in section:
        if isinstance(part, str):
            kind = model.model_fields[part].annotation
            inner = [arg for arg in get_args(kind) if isinstance(arg, type) and issubclass(arg, BaseModel)]
            model = inner[0] if inner else kind  # type: ignore[assignment]
    return list(model.model_fields)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
