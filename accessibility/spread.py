"""The spread of access over people: its columns read and checked, and the formulas on them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.errors import InputError, ParameterError
from accessibility.statistics import is_number, numbers_of

FloatArray = npt.NDArray[np.float64]
#: A column: one value per area.
Column = npt.ArrayLike

#: Beyond this no number counts people or opportunities, and sums of products would run over.
_LARGEST: Final = 1e100
#: A block of people that ends this near a cut ends at it: shares of people are sums of rounded numbers.
_SAME_SHARE: Final = 1e-12
_BY_GROUP: Final = ["people_share", "access_share", "theil", "between", "within", "share"]


class UndefinedError(Exception):
    """A formula that divides by nothing, with the reason as a clause; the public functions turn it into NaN."""


@dataclass(frozen=True, eq=False)
class Spread:
    """The areas where somebody lives, in one order whatever the order of the rows, so that sums agree to the last bit.

    Attributes
    ----------
    areas
        How many there are, also those where nobody lives.
    people, access, rank
        By area; rank 0 where none was given.
    group, groups
        By area the position in the list of groups, which also names those where nobody lives; 0 and none if not given.
    """

    areas: int
    people: FloatArray
    access: FloatArray
    rank: FloatArray
    group: npt.NDArray[np.intp]
    groups: list[Hashable]


@dataclass(frozen=True, eq=False)
class Theil:
    """Theil's T and where it comes from.

    Attributes
    ----------
    total
        The index of all people, in nats; 0 where all have the same.
    between
        What would be left if all people of a group had their group's mean.
    within
        What would be left if all groups had the same mean; `between` and `within` add up to `total`.
    by_group
        One row per group, ordered by name: ``group``; ``people_share`` and ``access_share`` of all (0 to 1); ``theil``,
        the index of the group's own people; ``between`` and ``within``, the group's terms, which add up to the fields of
        those names (a group's ``between`` is negative where its mean is below that of all); ``share``, ``within`` as a
        share of `total`. A group where nobody lives has shares of 0.
    """

    total: float
    between: float
    within: float
    by_group: pd.DataFrame


def read_spread(
    access: Column, weights: Column, *, rank: Column | None = None, groups: Column | None = None
) -> Spread:
    """Check the columns, each and together, and leave out where nobody lives; an `InputError` says what is wrong."""
    optional = {"rank": rank, "groups": groups}
    given = {"access": access, "weights": weights} | {k: v for k, v in optional.items() if v is not None}
    read = {name: _series(values, name) for name, values in given.items()}
    labels = _check_same_areas(given, read)
    numbers = {
        name: _numbers(read[name], name, labels) if name in read else np.zeros(len(labels))
        for name in ("access", "weights", "rank")
    }
    group, names = _groups(read.get("groups"), labels)
    order = np.lexsort((numbers["rank"], group, numbers["weights"], numbers["access"]))
    order = order[numbers["weights"][order] > 0]
    return Spread(
        areas=len(labels),
        people=numbers["weights"][order],
        access=numbers["access"][order],
        rank=numbers["rank"][order],
        group=group[order],
        groups=names,
    )


def _series(values: Column, name: str) -> pd.Series:
    """Read one column in whatever holds it, or refuse what has no rows or several columns."""
    shape = getattr(values, "shape", None)
    a_column = len(shape) == 1 if shape is not None else isinstance(values, Sequence)
    if not a_column or isinstance(values, str | bytes):
        raise InputError(f"{name}: one value per area is needed, not a {type(values).__name__}")
    return pd.Series(values)


def _check_same_areas(given: dict[str, Column], read: dict[str, pd.Series]) -> pd.Index:
    """Refuse columns that do not go together; return the areas' labels, to name one in an error."""
    areas = len(read["access"])
    for name, values in read.items():
        if len(values) != areas:
            raise InputError(f"{name} has {len(values)} areas, and access has {areas}")
    labelled = [name for name in read if isinstance(given[name], pd.Series)]
    for name in labelled[1:]:
        if not read[name].index.equals(read[labelled[0]].index):
            raise InputError(
                f"{name} is not labelled as {labelled[0]} is, or stands in another order; join them into one table first"
            )
    return read[labelled[0]].index if labelled else read["access"].index


def _numbers(values: pd.Series, name: str, labels: pd.Index) -> FloatArray:
    missing = values.isna().to_numpy()
    _refuse(missing, f"{name} is missing", labels)
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_complex_dtype(values.dtype):
        strange = [value for value in values if not isinstance(value, Real)]
        if strange:
            raise InputError(
                f"{name} holds {strange[0]!r} where a number is needed, in {len(strange)} of {len(values)} areas"
            )
    numbers = values.to_numpy(dtype=np.float64)
    hint = "; give what is reached, such as a count: minutes to what is never reached are no access"
    endless = np.abs(numbers) > _LARGEST
    _refuse(endless, f"{name} is infinite or beyond 1e100", labels, hint if name == "access" else "")
    if name != "rank":
        _refuse(numbers < 0, f"{name} is negative", labels)
    return numbers


def _refuse(bad: npt.NDArray[np.bool_], what: str, labels: pd.Index, hint: str = "") -> None:
    if bad.any():
        first = labels[bad].tolist()[0]
        raise InputError(f"{what} in {int(bad.sum())} of {len(bad)} areas, first in {first!r}{hint}")


def _groups(groups: pd.Series | None, labels: pd.Index) -> tuple[npt.NDArray[np.intp], list[Hashable]]:
    """Return each area's group as a position in the list of groups, which is in order of name."""
    if groups is None:
        return np.zeros(len(labels), dtype=np.intp), []
    _refuse(groups.isna().to_numpy(), "groups is missing", labels)
    code, found = pd.factorize(groups)
    in_order = sorted(range(len(found)), key=lambda at: (str(found[at]), type(found[at]).__name__))
    return np.argsort(np.array(in_order, dtype=np.intp))[code], [found[at] for at in in_order]


def check_line(line: float) -> None:
    """Refuse a line of which nobody could fall short."""
    if not (is_number(line) and 0 < line < math.inf):
        raise ParameterError(f"line is {line!r}; it must be a number above 0, in the unit of access")


def read_bounds(bounds: tuple[float, float] | None, access: FloatArray) -> tuple[float, float] | None:
    """Refuse bounds that are no two numbers in order, or that do not hold all access."""
    if bounds is None:
        return None
    pair = numbers_of(bounds, name="bounds")
    if len(pair) != 2 or not 0 <= pair[0] < pair[1] < math.inf:
        raise ParameterError(
            f"bounds is {bounds!r}; it must be the least and most access possible, such as (0, 9)"
        )
    outside = int(((access < pair[0]) | (access > pair[1])).sum())
    if outside:
        raise ParameterError(
            f"access is outside the bounds {pair[0]:g} to {pair[1]:g} in {outside} of {len(access)} areas with people"
        )
    return pair[0], pair[1]


def _check_somebody(spread: Spread) -> None:
    if not spread.areas:
        raise UndefinedError("there are no areas")
    if not len(spread.people):
        raise UndefinedError("nobody lives in these areas")


def mean_of(spread: Spread) -> float:
    """What a person reaches on average."""
    _check_somebody(spread)
    return float((spread.people * spread.access).sum() / spread.people.sum())


def blocks_of(spread: Spread, order: FloatArray) -> tuple[FloatArray, FloatArray]:
    """People and their access in all, by blocks of equal `order`: to be in one block is to share its middle rank."""
    if not mean_of(spread):
        raise UndefinedError("nobody reaches anything")
    block = np.unique(order, return_inverse=True)[1]
    return _sums(block, spread.people), _sums(block, spread.people * spread.access)


def _sums(block: npt.NDArray[np.intp], values: FloatArray, *, blocks: int = 0) -> FloatArray:
    return np.bincount(block, values, minlength=blocks).astype(np.float64)


def cumulative_share(totals: FloatArray) -> FloatArray:
    """Shares of the whole that the first blocks hold together, from 0 for none to 1 for all."""
    cumulative = np.concatenate([[0.0], np.cumsum(totals)])
    return np.asarray(cumulative / cumulative[-1])


def _index_along(spread: Spread, order: FloatArray) -> float:
    """Twice the area between the diagonal and the curve, which is the covariance form of either index in one sum."""
    people, access = (cumulative_share(totals) for totals in blocks_of(spread, order))
    return float(1 - ((access[1:] + access[:-1]) * np.diff(people)).sum())


def gini_of(spread: Spread) -> float:
    """Gini's index, which rounding must not take below 0."""
    return max(0.0, _index_along(spread, spread.access))


def concentration_of(spread: Spread) -> float:
    """The concentration index by rank, negative where access favours the lower ranks."""
    return _index_along(spread, spread.rank)


def bounds_found(spread: Spread) -> tuple[float, float]:
    """Least and most that anybody reaches."""
    return float(spread.access.min()), float(spread.access.max())


def erreygers_of(spread: Spread, bounds: tuple[float, float] | None) -> float:
    """The concentration index as Erreygers corrects it, by the bounds found where none are given."""
    mean = mean_of(spread)
    least, most = bounds or bounds_found(spread)
    if least == most:
        raise UndefinedError("all have the same access and no bounds are given")
    return 4 * mean / (most - least) * concentration_of(spread) if mean else 0.0


def palma_of(spread: Spread) -> float:
    """Mean access of the last tenth of people by rank over that of the first two fifths."""
    people, access = blocks_of(spread, spread.rank)
    most_deprived = _held_by_first(people, access, share=0.4)
    if not most_deprived:
        raise UndefinedError("the most deprived two fifths of people reach nothing")
    return 4 * _held_by_first(people[::-1], access[::-1], share=0.1) / most_deprived


def _held_by_first(people: FloatArray, access: FloatArray, *, share: float) -> float:
    """Share of all access held by the first so many people, the block at the cut split pro rata."""
    ends = cumulative_share(people)
    ends[np.abs(ends - share) < _SAME_SHARE] = share
    return float(np.interp(share, ends, cumulative_share(access)))


def fgt_of(spread: Spread, line: float, alpha: float) -> float:
    """Mean over all people of their shortfall from the line to the power `alpha`."""
    _check_somebody(spread)
    below = spread.access < line
    shortfall = (line - spread.access[below]) / line
    return float((spread.people[below] * shortfall**alpha).sum() / spread.people.sum())


def theil_of(spread: Spread) -> Theil:
    """Theil's T, between and within the groups."""
    if not mean_of(spread):
        raise UndefinedError("nobody reaches anything")
    people = spread.people / spread.people.sum()
    access = spread.people * spread.access
    access /= access.sum()
    total = _above_0(_divergence(access, people)) if np.ptp(spread.access) else 0.0
    if not spread.groups:
        return Theil(total, 0.0, total, group_table([]))
    size = len(spread.groups)
    held = _sums(spread.group, access, blocks=size)
    living = _sums(spread.group, people, blocks=size)
    between = _divergence(held, living)
    own = np.full(size, np.nan)
    for group in np.flatnonzero(held):
        inside = spread.group == group
        own[group] = _above_0(_divergence(access[inside] / held[group], people[inside] / living[group]))
    within = np.where(held > 0, held * own, 0.0)
    share = within / total if total else np.full(size, np.nan)
    table = group_table(spread.groups, living, held, own, between, within, share)
    return Theil(total, _above_0(between), float(within.sum()), table)


def _above_0(terms: FloatArray) -> float:
    """Add up terms whose sum only rounding could take below 0."""
    return max(0.0, float(terms.sum()))


def _divergence(access: FloatArray, people: FloatArray) -> FloatArray:
    """Each one's s ln(s / π), 0 where nothing is reached."""
    reached = access > 0
    terms = np.zeros(len(access))
    terms[reached] = access[reached] * np.log(access[reached] / people[reached])
    return terms


def group_table(groups: list[Hashable], *columns: FloatArray) -> pd.DataFrame:
    """Lay out what is known of each group: `Theil.by_group`, all missing if nothing is."""
    values = columns or [np.full(len(groups), np.nan)] * len(_BY_GROUP)
    table = pd.DataFrame(dict(zip(_BY_GROUP, values, strict=True)))
    table.insert(0, "group", pd.Series(groups))
    return table
