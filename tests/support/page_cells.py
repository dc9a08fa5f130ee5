"""Figures as a page prints them, held against the values of the files."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from corridors.page.figures import figures
from maps import Column
from maps.embedded import read_page_data


def assert_printed(text: str, value: Any, column: Column, *, rounded: bool, where: str = "") -> None:
    """Fail unless a figure is printed as a column says; a value of a CSV file is itself rounded, so may be off by more."""
    said = f"{where} {column.column}: {text!r} on the page, {value!r} in the file"
    if isinstance(value, str):
        assert text == value, said
    elif pd.isna(value):
        assert text == column.missing_label, said
    elif np.isinf(value):
        assert text == column.inf_label, said
    else:
        bare = text.replace(column.unit, "") if column.unit else text
        printed = float(re.sub(r"[^0-9.\-]", "", bare.replace("\u2212", "-")))
        step = 0.5 * 10.0 ** -(column.decimals or 0) + 1e-9
        # The files hold shares from 0 to 1, to four decimals; the page prints them of a hundred.
        factor = 100 if column.unit in ("%", "points") else 1
        slack = (0.005 if factor == 100 else 0.05) if rounded else 0
        assert printed == pytest.approx(float(value) * factor, abs=step + slack), said


def assert_random_cells_agree(study: Any, results: Any, *, cells: int, seed: int) -> None:
    """Draw figures of wards from the page's own data, and hold each against wards.csv and wards.parquet."""
    told = read_page_data(results.outputs["index.html"].read_text(encoding="utf-8"))
    known = figures(study)
    shown = [*told["areas"]["figures"], *told["panel"]["figures"]]
    files = [
        (pd.read_csv(results.outputs["wards.csv"]).set_index("ward_code"), True),
        (pd.read_parquet(results.outputs["wards.parquet"]).set_index("ward_code"), False),
    ]
    random = np.random.default_rng(seed)
    for _ in range(cells):
        figure = shown[random.integers(len(shown))]
        place = int(random.integers(len(told["areas"]["ids"])))
        ward, column = told["areas"]["ids"][place], known[figure["column"]]
        for table, rounded in files:
            assert_printed(
                figure["values"][place], table.loc[ward, column.column], column, rounded=rounded, where=ward
            )
