"""What every column of every table of a run means stands in its manifest."""

from __future__ import annotations

import json
from fnmatch import fnmatch

import pandas as pd
import pytest

# What names a row, or says in words what the row is.
NAMES = {
    *("id", "code", "name", "label", "level", "kind", "key", "places", "other_id", "other_name", "id_a", "name_a", "id_b"),
    *("name_b", "first_id", "left_out_id", "left_out_name", "rival_id", "rival_name", "area_id", "area_name", "ward_code"),
    *("ward_name", "district", "district_code", "centre", "centre_name", "scheme", "cohort", "window", "geometry"),
    # Columns that state a definition, a setting of the study or a count of the row itself.
    *("definition", "direction", "statistic", "cutoff_min", "k", "start", "end", "weight", "vintage", "rides", "why"),
    *("access", "measure", "value", "meaning", "undefined", "areas"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(sample_results):
    return sample_results.outputs["manifest.json"].parent


def told_of(definitions, file, criteria):
    """Return the columns, as patterns, whose meaning is told for all files or for this one."""
    own = [key.partition(": ") for key in definitions if ": " in key]
    same = {
        file,
        file.replace("ranking_sites_", "ranking[_sites]_"),
        file.replace("ranking_", "ranking[_sites]_"),
    }
    return {*definitions, *criteria, *(column for name, _, column in own if name in same), "t_*"}


def test_no_column_goes_without_a_meaning(folder, sample, sample_results):
    definitions = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["definitions"]
    criteria = [criterion.key for criterion in sample.ranking.criteria]
    assert {"fifths.csv", "ranking_sites_wins.csv", "access.parquet"} <= set(sample_results.outputs)
    untold = []
    for file in sorted(sample_results.outputs):
        if not file.endswith((".csv", ".parquet")):
            continue
        read = pd.read_csv if file.endswith(".csv") else pd.read_parquet
        known = told_of(definitions, file, criteria)
        untold += [
            (file, column)
            for column in read(folder / file).columns
            if column not in NAMES and not any(fnmatch(column, pattern) for pattern in known)
        ]
    assert untold == []
