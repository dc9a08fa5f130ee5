"""Configurations of otp4gb-py read as questions: matrices of minutes for each of their periods and sets of modes.

Keys and their meanings are those of both public versions, Transport for the North's (``example-config.yml`` and
``otp4gb/config.py`` of April 2025) and the West Midlands fork that adds isochrones. A key that only governs OpenTripPlanner
is named and left; one without a counterpart here that changes what is asked is refused.
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from accessibility.window import clock_times, parse_window
from corridors.errors import ImportedConfigError

if TYPE_CHECKING:
    from pathlib import Path

#: Modes of OpenTripPlanner by the modes of a timetable; TRANSIT is all of them.
_TRANSIT: Final = "TRANSIT"
_MODES: Final = {
    "BUS": ("bus", "coach"),
    "RAIL": ("rail",),
    "TRAM": ("tram",),
    "SUBWAY": ("metro",),
    "FERRY": ("ferry",),
}
_WALK: Final = "WALK"
#: What each key that is left unused would have done.
_UNUSED: Final = {
    "number_of_threads": "how many requests run at once",
    "no_server": "how OpenTripPlanner is started",
    "hostname": "where OpenTripPlanner listens",
    "port": "where OpenTripPlanner listens",
    "write_raw_responses": "what OpenTripPlanner answered",
    "run_multiprocessing": "how requests are spread",
    "buffer_size": "how isochrones are drawn",
    "end_date": "how far the feeds are cut; the service day is `date`",
    "crowfly_max_distance": "which pairs are asked; here all are answered",
    "ruc_lookup": "which pairs are asked; here all are answered",
    "irrelevant_destinations": "which pairs are asked; here all are answered",
    "previous_trips": "which pairs are asked; here all are answered",
    "generalised_cost_factors": "a generalised cost; here minutes are given, unweighted",
}


def _of_text(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    """Read modes written as one text, ``BUS,WALK``, as a list."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _without_underscores(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    """Read 10_000 as people write it in YAML."""
    return value.replace("_", "") if isinstance(value, str) else value


ModeSet = Annotated[tuple[str, ...], BeforeValidator(_of_text)]
Whole = Annotated[int, BeforeValidator(_without_underscores)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Extents(_Part):
    """The box that centroids are clipped to, in degrees."""

    min_lat: float
    min_lon: float
    max_lat: float
    max_lon: float


class Period(_Part):
    """When people are to arrive, and how long before OpenTripPlanner looks."""

    name: str
    travel_time: dt.time
    search_window_minutes: Annotated[Whole, Field(gt=0)] | None = None
    search_window_minutes_min: Whole | None = None


class Isochrones(_Part):
    """Bands of travel time around each destination, of the West Midlands version."""

    step_minutes: Annotated[Whole, Field(gt=0)] = 15
    buffer_metres: Whole = 100
    zone_column: str = "zone_name"
    union_all_times: bool = False
    arrive_by: bool = True
    compress_output_files: bool = False
    fanout_directory: bool = False


class Config(_Part):
    """A ``config.yml``."""

    date: dt.date
    extents: Extents | None = None
    osm_file: str | None = None
    gtfs_files: Annotated[tuple[str, ...], Field(min_length=1)]
    time_periods: tuple[Period, ...] = ()
    travel_time: dt.datetime | None = None
    modes: Annotated[tuple[ModeSet, ...], Field(min_length=1)]
    centroids: str
    destination_centroids: str | None = None
    iterinary_aggregation_method: Literal["mean", "median"] = "mean"
    max_walk_distance: Annotated[Whole, Field(gt=0)] = 2500
    isochrone_configuration: Isochrones | None = None
    end_date: Any = None
    generalised_cost_factors: Any = None
    number_of_threads: Any = None
    no_server: Any = None
    hostname: Any = None
    port: Any = None
    crowfly_max_distance: Any = None
    ruc_lookup: Any = None
    irrelevant_destinations: Any = None
    previous_trips: Any = None
    write_raw_responses: Any = None
    run_multiprocessing: Any = None
    buffer_size: Any = None


@dataclass(frozen=True)
class MatrixQuestion:
    """One matrix that a configuration asks for.

    Attributes
    ----------
    name
        The period and the modes, fit for a file's name.
    window
        A half-open window of whole minutes.
    direction
        What it is a window of: ``arrive`` or ``depart``.
    percentile
        Of the minutes of the window.
    max_time_min
        What takes longer counts as unreachable.
    modes
        Modes of the timetable that may be ridden; None for all.
    steps_min
        Upper ends of the bands asked for; none for a plain matrix.
    """

    name: str
    window: tuple[str, str]
    direction: Literal["arrive", "depart"]
    percentile: int
    max_time_min: float
    modes: tuple[str, ...] | None
    steps_min: tuple[int, ...] = ()

    def in_words(self, *, walk_min: float, walk_speed_kmh: float) -> str:
        """Say what the minutes are."""
        first, end = self.window
        moments = clock_times(parse_window(self.window, max_time_min=self.max_time_min))
        when = f"by {first}" if len(moments) == 1 else f"by every minute from {first} until before {end}"
        when = f"arriving {when}" if self.direction == "arrive" else when.replace("by", "leaving at", 1)
        over = "" if len(moments) == 1 else f", percentile {self.percentile} over them"
        ridden = "any mode of the feeds" if self.modes is None else ", ".join(self.modes)
        return (
            f"door-to-door minutes, {when}{over}, waiting included, by {ridden} and on foot at {walk_speed_kmh:g} km/h, at "
            f"most {walk_min:g} min to the first and from the last stop; over {self.max_time_min:g} min is unreachable"
        )


def read_config(path: Path) -> Config:
    """Read a configuration of otp4gb-py.

    Parameters
    ----------
    path
        The ``config.yml``, or the folder that holds it.

    Raises
    ------
    ImportedConfigError
        When it is missing, is no YAML, repeats a key, or a key is unknown, missing or wrong.
    """
    file = path / "config.yml" if path.is_dir() else path
    try:
        # As text, every scalar: YAML reads 09:00 as five hundred and forty and `no` as false.
        raw = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_TextLoader)  # noqa: S506 - builds texts alone
    except OSError as error:
        raise ImportedConfigError(f"{file}: no such configuration") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ImportedConfigError(
            f"{file.name}: is not valid YAML: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(raw, dict):
        raise ImportedConfigError(f"{file.name}: holds no keys")
    try:
        return Config.model_validate({key: value for key, value in raw.items() if value not in ("", None)})
    except ValidationError as error:
        raise ImportedConfigError(f"{file.name}: {_sentence(error)}") from error


def questions_of(config: Config, *, max_time_min: float = 120) -> tuple[MatrixQuestion, ...]:
    """Turn a configuration into questions, one per period and set of modes.

    Parameters
    ----------
    config
        As `read_config` gives it.
    max_time_min
        The longest journey, where the configuration names none.

    Returns
    -------
        For matrices, windows of arrivals from the search window's start to the time of travel, whose median is taken. With
        isochrones the one time of travel, the search window being the longest journey.

    Raises
    ------
    ImportedConfigError
        For modes that are no public transport, or a time of travel too early for its search window.
    """
    periods = config.time_periods or _only_period(config)
    chosen = [_modes(config, number) for number in range(len(config.modes))]
    found = tuple(
        _question(config, period, modes, written, max_time_min)
        for period in periods
        for modes, written in zip(chosen, config.modes, strict=True)
    )
    names = [question.name for question in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ImportedConfigError(f"two of its questions would both be called {twice!r}; rename a period")
    return found


def without_counterpart(config: Config) -> tuple[str, ...]:
    """Say what of a configuration is not done here, or done otherwise: a sentence each."""
    given = config.model_dump(exclude_unset=True)
    said = [
        f"{key} is not used: in otp4gb-py it says {meaning}"
        for key, meaning in _UNUSED.items()
        if key in given
    ]
    if config.isochrone_configuration is None:
        said.append(
            "iterinary_aggregation_method: OpenTripPlanner's is the "
            f"{config.iterinary_aggregation_method} over the itineraries that it returns; here it is the median over "
            "every minute of the search window, each minute with its best journey, waiting included"
        )
        if any(period.search_window_minutes is None for period in config.time_periods) or config.travel_time:
            said.append("a period without search_window_minutes is answered for its one time of travel")
    else:
        said.append(
            "isochrone_configuration: its bands are given as a column of the matrix, not as polygons; buffer_metres and how "
            "files are packed are not used, and search_window_minutes is the longest journey, as it is there"
        )
    if any(period.search_window_minutes_min is not None for period in config.time_periods):
        said.append("search_window_minutes_min is not used")
    said.append(
        f"max_walk_distance: {config.max_walk_distance:,} m is taken as the longest walk to the first stop and from the last, "
        "along straight lines or streets; OpenTripPlanner 2 itself does not heed it"
    )
    return tuple(said)


class _TextLoader(yaml.BaseLoader):
    """Reads every scalar as text and refuses a key that is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make a dictionary of a mapping, as yaml asks for it."""
        keys = [key.value for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(problem=f"key {twice!r} is there twice", problem_mark=node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return found


def _sentence(error: ValidationError) -> str:
    first = min(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(first["loc"][-1]), list(Config.model_fields), n=1)
        hint = (
            f"; did you mean {close[0]!r}?"
            if close
            else ", so it cannot be told whether it changes the question"
        )
        return f"key {where!r} is not known of otp4gb-py{hint}"
    return f"{where}: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _only_period(config: Config) -> tuple[Period, ...]:
    """Read the single time of travel that the first versions had."""
    if config.travel_time is None:
        raise ImportedConfigError("names neither time_periods nor a travel_time")
    if config.travel_time.date() != config.date:
        raise ImportedConfigError(
            f"travel_time is on {config.travel_time.date()}, but date is {config.date}; which day is meant?"
        )
    at = config.travel_time.time()
    return (Period(name=f"{at:%H%M}", travel_time=at),)


def _modes(config: Config, number: int) -> tuple[str, ...] | None:
    """Return the timetable's modes of one list of OpenTripPlanner's, or refuse it."""
    asked = [mode.upper() for mode in config.modes[number]]
    known = [*_MODES, _TRANSIT, _WALK]
    other = [mode for mode in asked if mode not in known]
    place = f"modes, list {number + 1}"
    if other:
        raise ImportedConfigError(
            f"{place}: {other[0]} is no public transport, which is all that is answered here; take the list out "
            f"(known are {', '.join(known)})"
        )
    ridden = [mode for mode in asked if mode != _WALK]
    if not ridden:
        raise ImportedConfigError(f"{place}: walking alone is not answered here; take the list out")
    return None if _TRANSIT in ridden else tuple(name for mode in ridden for name in _MODES[mode])


def _question(
    config: Config,
    period: Period,
    modes: tuple[str, ...] | None,
    written: tuple[str, ...],
    max_time_min: float,
) -> MatrixQuestion:
    at = period.travel_time.hour * 60 + period.travel_time.minute
    bands = config.isochrone_configuration
    longest = max_time_min
    first = at
    if bands is not None and period.search_window_minutes is not None:
        longest = float(period.search_window_minutes)
    elif bands is None:
        # Arrivals at 08:01 to 09:00 for a search window of an hour before 09:00: sixty of them.
        first = at - (period.search_window_minutes or 1) + 1
    direction: Literal["arrive", "depart"] = "arrive" if bands is None or bands.arrive_by else "depart"
    if direction == "arrive" and first < longest:
        raise ImportedConfigError(
            f"period {period.name!r}: journeys of up to {longest:g} minutes that arrive by {_clock(first)} would begin the "
            "day before, which is not looked at"
        )
    return MatrixQuestion(
        name=_file_name(f"{period.name}_{'_'.join(written)}"),
        window=(_clock(first), _clock(at + 1)),
        direction=direction,
        percentile=50,
        max_time_min=longest,
        modes=modes,
        steps_min=() if bands is None else _steps(bands.step_minutes, int(longest)),
    )


def _steps(step: int, longest: int) -> tuple[int, ...]:
    return (*range(step, longest, step), longest)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _file_name(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)
