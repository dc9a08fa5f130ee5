"""The study file: one TOML that says what is asked, of which data, and under which definition.

Paths are relative to the study file. A key the toolkit does not know is an error, not a silence.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from accessibility.timetables.service_date import AUTO, parse_service_date
from accessibility.window import check_covered, parse_window
from corridors.errors import StudyError
from corridors.evidence import with_citations
from corridors.page.choices import PageChoice
from corridors.ranking.choices import LABOUR_POOL_MIN, RankingChoice
from corridors.study_sections import CLOCK, STATISTIC, Minutes, Section, what_is_wrong

if TYPE_CHECKING:
    from corridors.ranking.ranking import Criterion

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAY_FIRST = re.compile(r"=\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
Clock = Annotated[str, Field(pattern=CLOCK)]
WalkMinutes = Annotated[float, Field(gt=0, le=120)]


class Header(Section):
    """What the study is called and what every output must say about it."""

    name: str
    region: str
    geography: str | None = None
    notice: str = ""
    sources: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


class Vintages(Section):
    """The edition of each kind of data, printed with every output."""

    areas: str
    wards: str
    census: str
    deprivation: str
    jobs: str
    timetable: str


class Files(Section):
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
    places: str | None = None
    area_outlines: str | None = None
    times: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """The tables that the study names; one it may leave out is absent."""
        named: dict[str, str] = self.model_dump(exclude_none=True)
        return named


class TimetableChoice(Section):
    """The feeds and the day: a date, or "auto" for a representative Tuesday of the feeds."""

    feeds: tuple[str, ...] = Field(min_length=1)
    date: dt.date | Literal["auto"]
    step_free: Literal["exclude", "include"] | None = None

    @field_validator("date", mode="before")
    @classmethod
    def _date_or_auto(cls, date: Any) -> str | dt.date:  # noqa: ANN401 - whatever the file holds
        return parse_service_date(date)


class Journey(Section):
    """The journey that is measured: when people leave, how they walk, what counts as one."""

    window: tuple[Clock, Clock]
    statistic: str = Field(default="p50", pattern=STATISTIC)
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


class IndicatorChoice(Section):
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


class JobsChoice(Section):
    """Jobs within reach, and who competes for them."""

    cutoff_min: Minutes = 45
    competitors: Literal["econ_active", "aged_16_64"] = "econ_active"


class TimesChoice(Section):
    """Whether the study's questions are put to other times of the day as well."""

    windows: bool = False
    by_hour: bool = False


class CarChoice(Section):
    """How the car is timed that public transport is held against, over the roads of the study at free flow."""

    speed_factor: float = Field(default=1.0, gt=0, le=2)
    off_street_kmh: float = Field(default=20.0, gt=0, le=130)
    max_off_street_m: float = Field(default=2_000.0, ge=0, le=50_000)


class ScenarioChoice(Section):
    """Scenarios of the file of schemes that `corridors schemes` answers beside the residents of today, by id."""

    ids: tuple[str, ...] = ()


class Study(Section):
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
    scenarios: ScenarioChoice = ScenarioChoice()
    page: PageChoice = PageChoice()
    _path: Path = PrivateAttr(default=Path("study.toml"))
    _chosen: dt.date | None = PrivateAttr(default=None)
    _brought: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _roads_for_the_car(self) -> Self:
        if self.car and not self.driven:
            raise ValueError("[car] needs roads to drive on: name roads or streets in [files]")
        return self

    @model_validator(mode="after")
    def _tables_of_the_page(self) -> Self:
        if self.page.schemes and self.files.schemes is None:
            raise ValueError("[page] schemes needs schemes in [files]: name a file or a folder of them")
        if self.page.small_areas and self.files.area_outlines is None:
            raise ValueError("[page] small_areas needs area_outlines in [files]: their polygons")
        return self

    @model_validator(mode="after")
    def _scenarios_of_schemes(self) -> Self:
        if self.scenarios.ids and self.files.schemes is None:
            raise ValueError("[scenarios] needs schemes in [files]: scenarios stand beside them")
        return self

    @model_validator(mode="after")
    def _definitions_beside_its_own(self) -> Self:
        if self.journey.statistic in self.ranking.definitions:
            raise ValueError(
                f"ranking.definitions names {self.journey.statistic!r}, the study's own statistic, which is always among "
                "them"
            )
        return self

    @model_validator(mode="after")
    def _cutoffs_within_the_longest_journey(self) -> Self:
        longest = self.journey.max_time_min
        for name, cutoff in (
            ("indicator.cutoff_min", self.indicator.cutoff_min),
            ("ranking.labour_pool_min", self.labour_pool_min),
        ):
            if cutoff > longest:
                raise ValueError(
                    f"{name} is {cutoff:g} minutes, longer than the longest journey, journey.max_time_min = {longest:g}"
                )
        check_covered(parse_window(self.journey.window, max_time_min=self.jobs.cutoff_min))
        return self

    @classmethod
    def standing_at(cls, path: Path, settings: Mapping[str, Any]) -> Self:
        """Check settings as those of a study file at a path, from which the paths that they name run."""
        study = cls.model_validate(settings)
        study._path = path.resolve()  # noqa: SLF001 - set once, here, where the path is known
        return study

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

    @property
    def brought(self) -> str:
        """Where minutes come from that this toolkit did not compute, in words; empty where it did."""
        return self._brought

    def with_times(self, words: str, *, vintage: str) -> Study:
        """Return the same study with minutes that were brought, and what every output says of them.

        Parameters
        ----------
        words
            What the minutes are, as a clause; it takes the place of day, window, walks and changes in definitions.
        vintage
            What stands for the timetable among the editions of the data.
        """
        taken = self.model_copy(update={"vintages": self.vintages.model_copy(update={"timetable": vintage})})
        taken._brought = words  # noqa: SLF001 - a copy of its own kind
        return taken

    def resolve(self, name: str) -> Path:
        """Return a path of the study file as one this process can open."""
        return self._path.parent / name

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria as the ranking takes them, the placeholders of their labels filled in."""
        indicator = self.indicator
        return self.ranking.filled_in(min_centres=indicator.min_centres, cutoff_min=indicator.cutoff_min)

    @property
    def labour_pool_min(self) -> float:
        """Minutes within which a site's workers live: as given, else 45 or the longest journey, whichever is less."""
        return self.ranking.labour_pool_min or min(LABOUR_POOL_MIN, self.journey.max_time_min)


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

    Examples
    --------
    >>> study = corridors.load_study(corridors.sample_study())
    >>> study.indicator.cutoff_min, study.indicator.min_centres
    (45.0, 3)
    """
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise StudyError(f"{path}: no such study file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        day_first = isinstance(error, tomllib.TOMLDecodeError) and _DAY_FIRST.search(
            path.read_text(encoding="utf-8")
        )
        hint = "; a date is written year, month, day: 2026-03-10" if day_first else ""
        raise StudyError(f"{path.name}: is not valid TOML: {str(error).rstrip('.')}{hint}") from error
    try:
        study = Study.standing_at(path, raw)
    except ValidationError as error:
        raise StudyError(f"{path.name}: {what_is_wrong(error, Study)}") from error
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
    if study.brought:
        return f"{study.brought}; journeys over {journey.max_time_min:g} min count as unreachable"
    return (
        f"{day_in_words(study)}, leaving at every minute from {journey.window[0]} until before {journey.window[1]}, "
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
    if study.brought:
        return f"{study.indicator.cutoff_min:g} minutes: {study.brought}."
    walks = (
        f"at most {journey.max_access_min:g} min on foot at either end"
        if journey.max_access_min == journey.max_egress_min
        else f"at most {journey.max_access_min:g} min on foot to the first stop and {journey.max_egress_min:g} from the last"
    )
    return (
        f"{day_in_words(study)}, departures from {journey.window[0]} until before {journey.window[1]}, "
        f"{statistic_words(journey.statistic)}: {study.indicator.cutoff_min:g} minutes door to door by scheduled public "
        f"transport, {walks}."
    )


def day_in_words(study: Study) -> str:
    """Say the study's day, or what "auto" will choose."""
    day = study.service_date
    if day is None:
        return "a representative Tuesday of the timetable"
    words = day_words(day)
    return f"{words} (chosen as a representative Tuesday)" if study.timetable.date == AUTO else words


def day_words(day: dt.date) -> str:
    """Say a date with its weekday, in English whatever the system's language."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


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
