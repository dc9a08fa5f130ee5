"""Opportunities of several kinds weighed into one, such as jobs by sector by their value added.

A table of points may carry a column for each kind (``jobs_manufacturing``, ``jobs_retail``). Weighed and added up they
are one column, which every measure of access can take in place of jobs. The weights are a judgement or a published
figure, such as gross value added per employee: they are given, never made up here.
"""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from accessibility.errors import ParameterError
from accessibility.measures.opportunities import weights_of
from corridors.tables.reading import read_table
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

#: The column that `weighted_opportunities` adds.
WEIGHTED: Final = "weighted_opportunities"
WEIGHTS = TableSpec(
    row="kind of opportunity",
    key=("column",),
    fields=(
        Field("column", "text", "the column of the points, such as jobs_manufacturing"),
        Field("weight", "number", "what one of its opportunities counts"),
        Field("unit", "text", "what the weight is in, such as £ of gross value added per employee and year"),
        Field("source", "text", "where the weight comes from"),
    ),
)


def read_weights(path: Path) -> pd.DataFrame:
    """Read a table of weights: ``column, weight, unit, source``, sorted by column.

    Raises
    ------
    TableError
        When the file breaks its specification.
    ParameterError
        When the weights are in different units, which cannot be added up.
    """
    table = read_table(path, WEIGHTS)
    units = table["unit"].unique()
    if len(units) > 1:
        raise ParameterError(
            f"{path.name}: weights in {units[0]!r} and in {units[1]!r} cannot be added up: use one unit"
        )
    return table.sort_values("column", ignore_index=True)


def weighted_opportunities(
    points: gpd.GeoDataFrame, weights: Mapping[str, float], *, name: str = WEIGHTED
) -> gpd.GeoDataFrame:
    """Weigh several kinds of opportunities into one column.

    Parameters
    ----------
    points
        Points with a column of counts for every kind that is weighed; other columns stay and are not counted.
    weights
        What one opportunity of each column counts, 0 or more.
    name
        The column to add.

    Returns
    -------
        The points with the sum of weights times counts, ready for `accessibility.cumulative_opportunities` and its like.

    Raises
    ------
    InputError
        For counts that are text, empty, infinite or negative.
    ParameterError
        For a column that the points do not have, a weight that is no number of 0 or more, no weight above 0, or a name
        that is taken.
    """
    if name in points.columns:
        raise ParameterError(f"the points already have a column {name!r}; name the new one otherwise")
    for column, weight in weights.items():
        if column not in points.columns:
            raise ParameterError(_unknown(column, points))
        if not (math.isfinite(weight) and weight >= 0):
            raise ParameterError(f"the weight of {column!r} is {weight}; it must be a number of 0 or more")
    if not any(weights.values()):
        raise ParameterError("no column has a weight above 0, so there would be nothing to reach")
    total = np.zeros(len(points))
    for column in sorted(weights):
        total += weights[column] * weights_of(points, column, name="points of opportunities")
    return points.assign(**{name: total})


def _unknown(column: str, points: pd.DataFrame) -> str:
    """Say that a column is not there, and which is like it."""
    numeric = points.select_dtypes("number").columns.astype(str).tolist()
    near = difflib.get_close_matches(column, numeric, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"columns of numbers are {', '.join(numeric) or 'none'}"
    return f"the points of opportunities have no column {column!r}; {hint}"
