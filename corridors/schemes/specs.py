"""What a scheme changes in a timetable, as checked records: one class for each kind of edit.

A scheme file holds them as TOML tables with these very keys; a program may make them itself.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from corridors.evidence import with_citations

Mode = Literal["tram", "metro", "rail", "bus", "ferry"]
Clock = Annotated[str, Field(pattern=r"^[0-4]\d:[0-5]\d$")]


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


#: One id or several: a text stands for a list of itself.
Ids = Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]


#: Two places, each a stop or several, such as the two sides of a road; a station stands for its platforms.
Between = tuple[Ids, Ids]


class Record(BaseModel):
    """A record without unknown keys, that cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Record):
    """A record of a file with an id, a name and a source; ``{strategy:…}`` in a text cites the strategy's register."""

    id: str = Field(pattern=r"^[^\s;,]+$")
    name: str = Field(min_length=1)
    source: str = Field(min_length=1)
    verified: bool
    note: str = ""

    @field_validator("source", "note")
    @classmethod
    def _cited(cls, text: str) -> str:
        return with_citations(text)


class CallingPoint(Record):
    """Where a vehicle calls: a stop of the feed, or a new one with a name and a position (EPSG:4326).

    ``id`` names a new stop in ids of the edited feed (``scheme:<scheme>:<id>``); without it its name does. A text stands
    for the stop of that id.
    """

    stop: str | None = None
    id: str | None = None
    name: str | None = None
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)

    @model_validator(mode="before")
    @classmethod
    def _stop_by_id(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        return {"stop": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _known_or_new(self) -> Self:
        new = (self.name, self.lon, self.lat)
        if self.stop is None and None in new:
            raise ValueError("a calling point is the id of a stop, or has name, lon and lat")
        if self.stop is not None and (*new, self.id) != (None,) * 4:
            raise ValueError(
                f"calling point {self.stop!r} is a stop of the feed and cannot be placed or named anew"
            )
        return self


class Period(Record):
    """Hours of the day, half-open, such as 07:00 to 09:30; after midnight the hours count on from 24.

    With ``every_min`` there is a departure from the first call every so many minutes, the first of them at ``start``.
    """

    start: Clock
    end: Clock
    every_min: float | None = Field(default=None, gt=0, le=24 * 60)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.start >= self.end:
            raise ValueError(f"a period ends after it starts, not {self.start} to {self.end}")
        return self

    @property
    def start_s(self) -> int:
        """Seconds since the service day's start."""
        return clock_s(self.start)

    @property
    def end_s(self) -> int:
        """Seconds since the service day's start."""
        return clock_s(self.end)

    @property
    def every_s(self) -> int:
        """Headway in whole seconds; 0 where none is given."""
        return 0 if self.every_min is None else max(1, round(self.every_min * 60))

    @property
    def starts(self) -> range:
        """Departures, where there is a headway."""
        return range(self.start_s, self.end_s, self.every_s)


class Run(Record):
    """How long hops take: minutes each, or a speed along straight lines times ``detour``; and the wait at each call.

    Hops are rounded up to the second. The wait is at calls between the first and the last.
    """

    run_min: tuple[Annotated[float, Field(gt=0, le=24 * 60)], ...] | None = None
    speed_kmh: float | None = Field(default=None, gt=0)
    detour: float = Field(default=1.0, ge=1, le=3)
    dwell_s: int = Field(default=0, ge=0, le=3600)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.run_min is None) == (self.speed_kmh is None):
            raise ValueError("give either run_min, minutes for every hop, or speed_kmh")
        return self


class _Edit(Record):
    """What every edit has: the name of its feed, needed only where the ids do not tell it."""

    feed: str | None = None


class NewLine(_Edit, Run):
    """A line that was not there.

    It runs on working days when the day of the question is one, else on that day of the week. Each direction's
    departures are laid from the start of each period. ``calls_back`` are the calls of the way back, where they are not
    ``calls`` turned round; ``run_back_min`` its minutes, where they are not ``run_min`` turned round.
    """

    kind: Literal["new_line"] = "new_line"
    mode: Mode
    line: str = Field(min_length=1)
    operator: str | None = None
    calls: tuple[CallingPoint, ...] = Field(min_length=2)
    calls_back: tuple[CallingPoint, ...] | None = Field(default=None, min_length=2)
    run_back_min: tuple[Annotated[float, Field(gt=0, le=24 * 60)], ...] | None = None
    periods: tuple[Period, ...] = Field(min_length=1)
    both_directions: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(period.every_min is None for period in self.periods):
            raise ValueError("every period of a new line needs every_min")
        refuse_overlaps(self.periods)
        if not self.both_directions and (self.calls_back or self.run_back_min):
            raise ValueError("a line in one direction has no way back")
        back = self.calls_back or self.calls
        refuse_missing_hops(self.run_min, len(self.calls) - 1)
        if self.run_back_min is None and self.run_min is not None and len(back) != len(self.calls):
            raise ValueError("run_back_min is missing: the way back has other calls than the way out")
        if self.run_back_min is not None and self.run_min is None:
            raise ValueError("run_back_min goes with run_min; speed_kmh holds for both directions")
        refuse_missing_hops(self.run_back_min, len(back) - 1)
        return self


class Extension(_Edit, Run):
    """Further calls of a route beyond one of its ends, in the order away from it.

    Every trip of the route that ends at ``beyond`` (one stop or several, a station standing for its platforms) goes on;
    every one that begins there begins farther out, so that its times from there on stay as they are.
    """

    kind: Literal["extension"] = "extension"
    route: str
    beyond: Ids
    calls: tuple[CallingPoint, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        refuse_missing_hops(self.run_min, len(self.calls))
        return self


class NewStation(_Edit):
    """A call between two that follow each other on a line, both ways.

    Vehicles stand there for ``penalty_s``, which is also what everybody on board loses. ``share`` is how much of the run
    time from the first to the second of ``between`` lies before it; by default by straight-line distance. ``trips``
    limits it to some trips of the routes; without, every one that passes calls.
    """

    kind: Literal["new_station"] = "new_station"
    routes: Ids
    between: Between
    station: CallingPoint
    penalty_s: int = Field(ge=0, le=3600)
    share: float | None = Field(default=None, gt=0, lt=1)
    trips: tuple[str, ...] = ()


class MoreFrequent(_Edit):
    """More departures of a route, both ways, on the calls that most of its departures have.

    ``add_per_hour`` adds departures and leaves all others as they are, so it harms nobody: in every hour of the periods
    (without any: from the first to the last departure), each at the whole minute that is farthest from any departure of
    that direction. Periods with ``every_min`` instead lay the departures anew.
    """

    kind: Literal["more_frequent"] = "more_frequent"
    route: str
    add_per_hour: int | None = Field(default=None, ge=1, le=60)
    periods: tuple[Period, ...] = ()

    @model_validator(mode="after")
    def _added_or_laid_anew(self) -> Self:
        laid = [period.every_min is not None for period in self.periods]
        if self.add_per_hour is None and not (laid and all(laid)):
            raise ValueError("give add_per_hour, or periods with every_min")
        if self.add_per_hour is not None and any(laid):
            raise ValueError("give add_per_hour or every_min, not both")
        refuse_overlaps(self.periods)
        return self


class Faster(_Edit):
    """Run times of a route shorter by so many per cent, or longer where negative; waits at calls stay.

    ``between`` limits it to the way between two stops, in either direction.
    """

    kind: Literal["faster"] = "faster"
    route: str
    percent: float = Field(ge=-200, lt=100)
    between: Between | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.percent == 0:
            raise ValueError("percent is 0, which changes nothing")
        return self


class Retimed(_Edit):
    """All departures of a route later by so many minutes, both ways, all day: headways and run times stay."""

    kind: Literal["retimed"] = "retimed"
    route: str
    later_min: int = Field(ge=1, le=12 * 60)


class Closed(_Edit):
    """A route that does not run, a stop at which nothing calls, or a way on which nothing goes.

    A stop may be a station, with its platforms, or several stops. Between two, every trip that calls at both is cut, and
    calls between them fall away. With ``route`` a stop or a way is closed for that route alone.
    """

    kind: Literal["closed"] = "closed"
    route: str | None = None
    stop: Ids | None = None
    between: Between | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.route is None and self.stop is None and self.between is None:
            raise ValueError("say what is closed: route, stop or between")
        if self.stop is not None and self.between is not None:
            raise ValueError("close a stop or what lies between two, not both in one edit")
        return self


class Interchange(_Edit):
    """How long a change between two stops or stations of one feed takes, walk included, both ways.

    A station stands for its platforms. Rules for single routes or trips stay.
    """

    kind: Literal["interchange"] = "interchange"
    between: tuple[str, str]
    min_transfer_s: int = Field(ge=0, le=86_400)
    both_ways: bool = True


Edit = Annotated[
    NewLine | Extension | NewStation | MoreFrequent | Faster | Retimed | Closed | Interchange,
    Field(discriminator="kind"),
]


def clock_s(clock: str) -> int:
    """Seconds since the service day's start of a clock time HH:MM."""
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def refuse_overlaps(periods: tuple[Period, ...]) -> None:
    """Refuse periods that lie over each other."""
    ordered = sorted(periods, key=lambda period: period.start)
    for one, other in pairwise(ordered):
        if other.start < one.end:
            raise ValueError(f"periods {one.start}-{one.end} and {other.start}-{other.end} overlap")


def refuse_missing_hops(minutes: tuple[float, ...] | None, hops: int) -> None:
    """Refuse run times that are not one for every hop."""
    if minutes is not None and len(minutes) != hops:
        raise ValueError(f"{len(minutes)} run times are given for {hops} hops")


def validation_words(error: ValidationError) -> str:
    """Say the first thing that is wrong with a record and where, as what follows its name, and how many more there are."""
    # An unknown key comes first: a misspelling also shows as the key that is then missing.
    problems = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    first = problems[0]
    kinds = {edit.model_fields["kind"].default for edit in _Edit.__subclasses__()}
    place = [part for part in first["loc"] if part not in kinds]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in place)
    more = f" (problems in this scheme: {len(problems)})" if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        return f": unknown key {where!r}{more}"
    if first["type"] == "missing":
        return f": key {where!r} is missing{more}"
    if first["type"] == "value_error":
        return f"{', ' + where if where else ''}: {first['ctx']['error']}{more}"
    said = first["msg"][0].lower() + first["msg"][1:]
    if first["type"].startswith("union_tag"):
        return f", {where}: {said}{more}"
    return f": {where} = {first['input']!r} cannot be used: {said}{more}"
