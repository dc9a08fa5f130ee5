"""The rows of the table of inequality: each measure, how it is computed, and what its value says in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from accessibility.spread import (
    Spread,
    UndefinedError,
    bounds_found,
    concentration_of,
    erreygers_of,
    fgt_of,
    gini_of,
    mean_of,
    palma_of,
    theil_of,
)

#: A measure's name, what computes its value or raises `UndefinedError`, and what the value says.
Row = tuple[str, Callable[[], float], Callable[[float], str]]


def table_row(measure: str, compute: Callable[[], float], say: Callable[[float], str]) -> dict[str, object]:
    """Compute one row: the value and its sentence, or NaN and the reason."""
    try:
        value = compute()
    except UndefinedError as reason:
        return {"measure": measure, "value": math.nan, "meaning": "", "undefined": str(reason)}
    return {"measure": measure, "value": value, "meaning": say(value), "undefined": ""}


def _not_given(what: str) -> Callable[[], float]:
    def compute() -> float:
        raise UndefinedError(f"no {what} given")

    return compute


def rows_of_spread(spread: Spread, unit: str) -> list[Row]:
    """How many people, what they reach on average, how unequally."""
    return [
        (
            "people",
            lambda: float(spread.people.sum()),
            lambda value: f"{value:,.0f} people live in {len(spread.people):,} of {spread.areas:,} areas.",
        ),
        ("mean", lambda: mean_of(spread), lambda value: f"A person reaches {_with(value, unit)} on average."),
        (
            "gini",
            lambda: gini_of(spread),
            lambda value: f"Two people drawn at random differ by {2 * value:.1%} of the mean on average.",
        ),
    ]


def rows_by_rank(spread: Spread, ranked: bool, bounds: tuple[float, float] | None) -> list[Row]:
    """Whom access favours; undefined where the areas are not `ranked`."""
    rows: list[Row] = [
        ("concentration_index", lambda: concentration_of(spread), lambda value: f"Access {_leaning(value)}."),
        (
            "concentration_index_erreygers",
            lambda: erreygers_of(spread, bounds),
            lambda value: (
                f"Corrected for its mean and {_said(bounds, bounds_found(spread))}, access {_leaning(value)}."
            ),
        ),
        (
            "palma",
            lambda: palma_of(spread),
            lambda value: (
                f"The least deprived tenth of people have {value:.2f} times the access of the most deprived "
                "two fifths."
            ),
        ),
    ]
    return rows if ranked else [(name, _not_given("rank was"), say) for name, _, say in rows]


def rows_of_line(spread: Spread, line: float | None, unit: str) -> list[Row]:
    """How many people fall short of the line, and by how much; undefined without a line."""
    if line is None:
        return [(f"fgt{alpha}", _not_given("line was"), str) for alpha in (0, 1, 2)]
    all_of_it = _with(line, unit)
    return [
        ("fgt0", lambda: fgt_of(spread, line, 0), lambda value: f"{value:.1%} of people fall short of {all_of_it}."),
        (
            "fgt1",
            lambda: fgt_of(spread, line, 1),
            lambda value: f"A person falls {value:.1%} short of {all_of_it} on average; whoever has as many counts as 0.",
        ),
        (
            "fgt2",
            lambda: fgt_of(spread, line, 2),
            lambda value: f"The square of the shortfall from {all_of_it}, in which large ones weigh more, is {value:.3f} "
            "on average.",
        ),
    ]  # fmt: skip


def rows_of_theil(spread: Spread, grouped: bool) -> list[Row]:
    """The inequality that can be divided, and its parts; those undefined where the areas are not `grouped`."""

    def part(name: Literal["between", "within"]) -> Row:
        def say(value: float) -> str:
            total = theil_of(spread).total
            if not total:
                return "There is no inequality to divide."
            return f"{value / total:.1%} of the Theil index lies {name} the groups."

        return f"theil_{name}", lambda: float(getattr(theil_of(spread), name)), say

    total: Row = (
        "theil",
        lambda: theil_of(spread).total,
        lambda value: (
            f"The Theil index, which can be divided between and within groups, is {value:.3f}; 0 is equal."
        ),
    )
    parts = [part("between"), part("within")]
    return [
        total,
        *(parts if grouped else [(name, _not_given("groups were"), say) for name, _, say in parts]),
    ]


def _with(number: float, unit: str) -> str:
    """Write a number as it is read: whole from a hundred up, three figures below."""
    return f"{number:,.0f} {unit}".strip() if number >= 100 else f"{number:.3g} {unit}".strip()


def _said(bounds: tuple[float, float] | None, found: tuple[float, float]) -> str:
    """Say by which bounds an index is corrected, and whether those were given or found."""
    least, most = (_with(end, "") for end in bounds or found)
    return f"the bounds {least} to {most}" if bounds else f"the least and most found, {least} and {most}"


def _leaning(value: float) -> str:
    """Say which way an index leans, as far as its first three decimals show."""
    if abs(value) < 0.0005:
        return "favours neither the more nor the less deprived"
    return f"favours the {'more' if value < 0 else 'less'} deprived ({value:+.3f}; -1 to 1, below 0 for the more deprived)"
