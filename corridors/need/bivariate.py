"""Need and access in one map: three classes of each, nine in all.

A class is cut at two values, which are fixed, or thirds of the residents, or thirds of the nation's ranking, and always
printed. A value on a cut belongs to the lower class, so equal values are never parted, however many there are. What has
no need or no access is in neither class and is shown as missing; what is never reached is in the worst class, not
missing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from accessibility.errors import InputError, ParameterError
from corridors.need.overlay import weighted_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The class of what has no need or no access.
MISSING: Final = "missing"
_THIRDS: Final = (1 / 3, 2 / 3)
_LEVELS: Final = (1, 2, 3)


@dataclass(frozen=True)
class Classes:
    """How a column is cut into three classes.

    Attributes
    ----------
    column
        The column.
    label
        What it is, for readers.
    cuts
        The two values, rising; a value on a cut belongs to the lower side.
    highest
        Which values are the third class: ``high`` ones, as of a rate of need or of jobs within reach, or ``low`` ones, as
        of a rank of need or of minutes.
    rule
        How the cuts were chosen, in words.
    """

    column: str
    label: str
    cuts: tuple[float, float]
    highest: Literal["high", "low"]
    rule: str

    def __post_init__(self) -> None:
        """Refuse cuts that are none."""
        low, high = self.cuts
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ParameterError(
                f"the cuts of {self.column!r} are {low:g} and {high:g}; two rising numbers are needed"
            )

    @property
    def in_words(self) -> str:
        """Say the cuts and their rule, for the legend."""
        low, high = self.cuts
        return f"{self.label}: cut at {low:,.6g} and {high:,.6g} ({self.rule})"

    def of(self, table: pd.DataFrame) -> NDArray[np.int64]:
        """Return the class of every row, 1 to 3, and 0 where the column is missing."""
        values = table[self.column].to_numpy(dtype=np.float64)
        above = 1 + (values > self.cuts[0]).astype(np.int64) + (values > self.cuts[1])
        classes = above if self.highest == "high" else 4 - above
        return np.where(np.isnan(values), 0, classes)


def fixed_cuts(
    column: str, cuts: tuple[float, float], *, label: str, highest: Literal["high", "low"]
) -> Classes:
    """Cut a column at two stated values, which stay the same from study to study."""
    return Classes(column, label, cuts, highest, "fixed")


def thirds_of_residents(
    table: pd.DataFrame, column: str, *, label: str, highest: Literal["high", "low"]
) -> Classes:
    """Cut a column so that each class holds about a third of the residents of this study.

    Parameters
    ----------
    table
        ``residents`` and the column. Where many share a value the classes are uneven, as equal values stay together. What
        is never reached (+inf) takes part, but no cut lies there: it always falls in the worst class.

    Raises
    ------
    InputError
        When nobody lives where the column has a finite value.
    """
    rows = table[table[column].notna() & (table["residents"] > 0)]
    finite = rows.loc[np.isfinite(rows[column]), column]
    if finite.empty:
        raise InputError(
            f"column {column!r} has no finite value where anybody lives, so it cannot be cut into thirds"
        )
    low, high = (
        min(weighted_quantile(rows[column], rows["residents"], share=share), float(finite.max()))
        for share in _THIRDS
    )
    return Classes(column, label, (low, high), highest, "thirds of the residents of this study")


def national_thirds(column: str, *, ranked: int, label: str) -> Classes:
    """Cut a column of national ranks, 1 the most deprived, into thirds of the nation.

    Parameters
    ----------
    ranked
        How many areas the ranks run over.
    """
    low, high = (float(math.floor(share * ranked)) for share in _THIRDS)
    return Classes(column, label, (low, high), "low", f"thirds of the {ranked:,} areas ranked nationally")


def bivariate_classes(table: pd.DataFrame, *, need: Classes, access: Classes) -> pd.DataFrame:
    """Put every area into one of the nine classes of need and access.

    Parameters
    ----------
    table
        ``id`` and both columns.
    need, access
        How they are cut. The third class is the greatest need, and the best access.

    Returns
    -------
        ``id``, ``need_class`` and ``access_class`` (1 to 3, 0 missing) and ``bivariate``: need and access, such as
        ``"3-1"`` for the greatest need with the poorest access, or ``"missing"`` where either is.

    Raises
    ------
    InputError
        For a column that is not there.
    """
    for classes in (need, access):
        if classes.column not in table.columns:
            raise InputError(f"there is no column {classes.column!r} to cut into classes")
    result = pd.DataFrame(
        {"id": table["id"].to_numpy(), "need_class": need.of(table), "access_class": access.of(table)}
    )
    known = (result["need_class"] > 0) & (result["access_class"] > 0)
    pairs = result["need_class"].astype(str) + "-" + result["access_class"].astype(str)
    return result.assign(bivariate=pairs.where(known, MISSING))


def bivariate_counts(classes: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Count the areas and the residents of all nine classes and of those missing, empty classes too.

    Parameters
    ----------
    classes
        The result of `bivariate_classes`.
    areas
        ``id`` and ``residents``.

    Returns
    -------
        ``bivariate, areas, residents, share`` (of all residents, 0 to 1; missing where nobody lives), the greatest need
        first, within it the poorest access first, the missing last.
    """
    names = [f"{need}-{access}" for need in reversed(_LEVELS) for access in _LEVELS] + [MISSING]
    people = classes.merge(areas[["id", "residents"]], on="id", how="left", validate="one_to_one")
    grouped = people.groupby("bivariate")["residents"].agg(["size", "sum"]).reindex(names, fill_value=0)
    total = people["residents"].sum()
    return pd.DataFrame(
        {
            "bivariate": names,
            "areas": grouped["size"].to_numpy(),
            "residents": grouped["sum"].to_numpy(),
            "share": grouped["sum"].to_numpy() / total if total else np.nan,
        }
    )
