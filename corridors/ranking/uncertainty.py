"""What is not known about the measures of options, and drawing what they may be instead.

Three things beside the weights move a rank: how travel time is defined (a judgement, the same for all options), what an
option costs (a range), and errors of the data (rounding, sampling). Each is drawn from a stream of its own, named by the
factor, the measure and the option, so that adding a factor or an option leaves all other draws as they were. Factors and
their treatment follow the uncertainty analysis of the OECD/JRC *Handbook on Constructing Composite Indicators* (2008).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from accessibility.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

#: The factors beside the weights, in the order of the tables.
Factor = Literal["definition", "cost", "data"]
FACTORS: Final[tuple[Factor, ...]] = ("definition", "cost", "data")


@dataclass(frozen=True)
class CostRange:
    """Costs between a least and a greatest, most likely at the central one: a triangular distribution for each option.

    Attributes
    ----------
    low, central, high
        Columns of the profiles.
    costs
        Measures that are a cost: they grow with it.
    per_cost
        Measures per unit of cost: they shrink with it.
    """

    low: str
    central: str
    high: str
    costs: tuple[str, ...] = ()
    per_cost: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that move with the cost."""
        return (*self.costs, *self.per_cost)


@dataclass(frozen=True)
class RoundingRange:
    """A measure whose true value may lie anywhere between two columns, such as counts rounded before publication.

    Every value between is held equally likely, which is wider than a sum of figures each rounded for itself would be:
    their errors partly cancel (see `rounding_error`).

    Attributes
    ----------
    measure, low, high
        Columns of the profiles.
    shared
        Whether all options err together, as when they reach the same jobs; else each errs for itself.
    """

    measure: str
    low: str
    high: str
    shared: bool = False

    @property
    def measures(self) -> tuple[str, ...]:
        """The measure that errs."""
        return (self.measure,)


@dataclass(frozen=True)
class StandardError:
    """A measure with a normal error of known size.

    Attributes
    ----------
    measure
        Column of the profiles.
    size
        The standard error: a share of the value, or the column of the profiles that holds it in the measure's unit.
    shared
        Whether all options err together; else each errs for itself.
    """

    measure: str
    size: float | str
    shared: bool = False

    @property
    def measures(self) -> tuple[str, ...]:
        """The measure that errs."""
        return (self.measure,)


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What is not known about the measures; without arguments, nothing.

    Attributes
    ----------
    definitions
        Other definitions of travel time by name: ``id`` and those measures that differ, for every option. In each draw
        one of them, or the profiles as they are, holds for all options, each with the same probability.
    costs
        Ranges of costs.
    errors
        Errors of the data. Errors of one measure add up.
    """

    definitions: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    costs: tuple[CostRange, ...] = ()
    errors: tuple[RoundingRange | StandardError, ...] = ()

    def only(self, factor: Factor) -> Uncertainty:
        """Return this with one factor on and the others off."""
        return replace(
            Uncertainty(),
            definitions=self.definitions if factor == "definition" else {},
            costs=self.costs if factor == "cost" else (),
            errors=self.errors if factor == "data" else (),
        )

    def factors(self, measures: Sequence[str]) -> tuple[Factor, ...]:
        """Return the factors that move any of these measures."""
        moved: dict[Factor, set[str]] = {
            "definition": {name for table in self.definitions.values() for name in table.columns},
            "cost": {name for cost in self.costs for name in cost.measures},
            "data": {name for error in self.errors for name in error.measures},
        }
        return tuple(factor for factor in FACTORS if not moved[factor].isdisjoint(measures))


def rounding_error(figures: float | pd.Series[float], *, unit: float) -> float | pd.Series[float]:
    """Return the standard error of a sum of published figures, each rounded to the nearest unit.

    Parameters
    ----------
    figures
        How many figures the sum has.
    unit
        What each was rounded to, such as 5 for the claimant count.

    Returns
    -------
        ``unit * sqrt(figures / 12)``: every figure errs for itself, evenly between half a unit less and half a unit
        more, whose variance is a twelfth of the unit squared.
    """
    return unit * (figures / 12) ** 0.5


def draw_measures(
    profiles: pd.DataFrame, measures: Sequence[str], *, uncertainty: Uncertainty, draws: int, seed: int
) -> dict[str, Array]:
    """Draw what the measures of options may be.

    Parameters
    ----------
    profiles
        ``id``, the measures, and the columns that the uncertainty names; one row per option.
    measures
        The measures asked for.
    uncertainty
        What is not known.
    draws
        How often to draw.
    seed
        Of the random draws. The same seed gives an option the same draws whatever the other options are.

    Returns
    -------
        Per measure an array (draws, options); a single row where nothing moves the measure. A missing or infinite value
        stays as it is.

    Raises
    ------
    ParameterError
        When a definition lacks an option, repeats one or lacks a value that the profiles have, or a range is missing,
        out of order or, for a cost, not above nought.
    """
    streams = _Streams(seed, draws, tuple(profiles["id"].astype(str)))
    picked = _pick_definitions(profiles, uncertainty.definitions, streams)
    drawn = {}
    for measure in dict.fromkeys(measures):
        values = picked(measure)
        for number, error in enumerate(each for each in uncertainty.errors if each.measure == measure):
            values = values + _shift(error, values, profiles, partial(streams.of, f"data {number}", measure))
        for cost in uncertainty.costs:
            if measure in cost.measures:
                times = _cost_multiplier(cost, measure, profiles, streams)
                values = values * times if measure in cost.costs else values / times
        drawn[measure] = values
    return drawn


class _Streams(NamedTuple):
    """Random numbers by name, each name its own stream."""

    seed: int
    draws: int
    options: tuple[str, ...]

    def of(self, factor: str, what: str, *, shared: bool, normal: bool = False) -> Array:
        """Draw evenly between 0 and 1, or from the standard normal: (draws, options), or (draws, 1) when shared."""
        columns = []
        for option in ("",) if shared else self.options:
            generator = self.generator(factor, what, option)
            columns.append(generator.standard_normal(self.draws) if normal else generator.random(self.draws))
        return np.stack(columns, axis=1) if columns else np.empty((self.draws, 0))

    def generator(self, *names: str) -> np.random.Generator:
        """Return the generator of a name: the same for the same seed and name, unlike that of any other name."""
        digest = hashlib.sha256("\x1f".join(names).encode()).digest()
        key = np.frombuffer(digest, dtype="<u4", count=4).tolist()
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


class _Picked(NamedTuple):
    """The tables of all definitions, and which of them holds in each draw."""

    tables: tuple[pd.DataFrame, ...]
    which: NDArray[np.int64]

    def __call__(self, measure: str) -> Array:
        """Return the measure by the definition of each draw; one row where no definition changes it."""
        own = self.tables[0][measure].to_numpy(dtype=np.float64)
        if not any(measure in table.columns for table in self.tables[1:]):
            return own[np.newaxis, :]
        values = [
            table[measure].to_numpy(dtype=np.float64) if measure in table.columns else own
            for table in self.tables
        ]
        return np.array(values)[self.which]


def _pick_definitions(
    profiles: pd.DataFrame, definitions: Mapping[str, pd.DataFrame], streams: _Streams
) -> _Picked:
    """Pick a definition for every draw, the profiles' own among them."""
    tables = [profiles, *(_in_order(name, table, profiles) for name, table in sorted(definitions.items()))]
    which = streams.generator("definition").integers(len(tables), size=streams.draws)
    return _Picked(tuple(tables), which)


def _in_order(name: str, table: pd.DataFrame, profiles: pd.DataFrame) -> pd.DataFrame:
    """Bring a definition's table into the order of the profiles, and refuse one that knows less than they do."""
    if table["id"].duplicated().any():
        again = table.loc[table["id"].duplicated(), "id"].iloc[0]
        raise ParameterError(f"the definition {name!r} names the option {again!r} twice")
    ordered = table.set_index("id").reindex(profiles["id"])
    known = profiles.set_index("id").notna()
    for measure in ordered.columns.intersection(known.columns):
        lacking = ordered.index[known[measure] & ordered[measure].isna()]
        if len(lacking):
            raise ParameterError(
                f"the definition {name!r} has no {measure!r} for {len(lacking)} of {len(ordered)} options, such as "
                f"{lacking[0]!r}, though the profiles have: give every definition the same options"
            )
    return ordered


def _shift(
    error: RoundingRange | StandardError,
    values: Array,
    profiles: pd.DataFrame,
    variates: partial[Array],
) -> Array:
    """Return what an error adds to a measure in every draw; nothing where the measure is missing or infinite."""
    if isinstance(error, RoundingRange):
        low, own, high = (
            profiles[name].to_numpy(dtype=np.float64) for name in (error.low, error.measure, error.high)
        )
        _refuse_disorder(profiles, low, own, high, what=error.measure, columns=(error.low, error.high))
        with np.errstate(invalid="ignore"):  # infinite on both sides: set to nought below
            shift = low - own + variates(shared=error.shared) * (high - low)
    elif isinstance(error.size, str):
        size = profiles[error.size].to_numpy(dtype=np.float64)
        _refuse_size(profiles, size, profiles[error.measure].to_numpy(dtype=np.float64), column=error.size)
        shift = variates(shared=error.shared, normal=True) * size
    else:
        if not 0 <= error.size < math.inf:
            raise ParameterError(
                f"the standard error of {error.measure!r} must be 0 or a share above, not {error.size:g}"
            )
        size = np.where(np.isfinite(values), np.abs(values), 0.0) * error.size
        shift = variates(shared=error.shared, normal=True) * size
    return np.where(np.isfinite(shift), shift, 0.0)


def _cost_multiplier(cost: CostRange, measure: str, profiles: pd.DataFrame, streams: _Streams) -> Array:
    """Draw each option's cost as a multiple of its central one, by the inverse of the triangular distribution."""
    low, mode, high = (
        profiles[name].to_numpy(dtype=np.float64) for name in (cost.low, cost.central, cost.high)
    )
    _refuse_disorder(profiles, low, mode, high, what=cost.central, columns=(cost.low, cost.high))
    without = np.isnan(mode) & profiles[measure].notna().to_numpy()
    if without.any():
        named = profiles["id"].to_numpy()[without][0]
        raise ParameterError(f"{named!r} has {measure!r} but no cost {cost.central!r} that it could rest on")
    if (low <= 0).any():
        named = profiles["id"].to_numpy()[low <= 0][0]
        raise ParameterError(
            f"the cost {cost.low!r} of {named!r} is not above 0, so nothing can be had per cost"
        )
    share = streams.of("cost", cost.central, shared=False)
    rising = low + np.sqrt(share * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - share) * (high - low) * (high - mode))
    times: Array = np.where(share * (high - low) < mode - low, rising, falling) / mode
    return times


def _refuse_disorder(
    profiles: pd.DataFrame, low: Array, own: Array, high: Array, *, what: str, columns: tuple[str, str]
) -> None:
    """Refuse a range that does not hold its own value; an option without a value needs no range."""
    wrong = ~np.isnan(own) & ~((low <= own) & (own <= high))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ParameterError(
            f"the {what!r} of {profiles['id'].iloc[at]!r} is {own[at]:g}, but {columns[0]!r} and {columns[1]!r} run from "
            f"{low[at]:g} to {high[at]:g}"
        )


def _refuse_size(profiles: pd.DataFrame, size: Array, own: Array, *, column: str) -> None:
    """Refuse a standard error that is missing or below nought where the measure is known."""
    wrong = ~np.isnan(own) & ~(size >= 0)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ParameterError(
            f"the standard error {column!r} of {profiles['id'].iloc[at]!r} is {size[at]:g}, not 0 or above"
        )
