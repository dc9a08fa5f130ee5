"""What schemes change, as a page of Markdown: tables to paste into a paper, under their definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.columns import rounded
from corridors.schemes.scenario_runs import TODAY

if TYPE_CHECKING:
    from corridors.schemes.study import SchemeResults
    from corridors.study import Study

#: The columns that a paper prints, and what they are called there.
_PRINTED: Final = {
    "scheme": "Scheme",
    "extra_residents": "More residents reaching enough centres",
    "share_most_deprived": "Share of that in the most deprived fifth",
    "grade_most_deprived": "Grade",
    "losers": "Residents who lose something",
    "cost_m_central": "Cost, £m",
    "residents_per_m": "Residents per £m",
}


def paper(study: Study, results: SchemeResults) -> str:
    """Write the schemes as tables to paste into a paper, a table for each population, with what must be read beside them."""
    lines = [
        f"# What the schemes change: {study.study.name}",
        *([study.study.notice] if study.study.notice else []),
        f"{results.definition}.",
        *(
            part
            for scenario, words in results.scenarios.items()
            for part in (
                *([] if scenario == TODAY else [words]),
                _table(results.table[results.table["scenario"] == scenario]),
            )
        ),
        "\n".join(f"* {sentence}" for sentence in results.sentences),
        "Not modelled: fares, crowding, reliability, land use that follows, and demand.",
    ]
    return "\n\n".join(lines) + "\n"


def markdown(table: pd.DataFrame, headings: dict[str, str]) -> str:
    """Write some columns of a table under their headings."""
    printed = rounded(table[list(headings)])
    rows = [list(headings.values()), ["---"] * len(headings)]
    rows += [[_cell(value) for value in row] for row in printed.itertuples(index=False, name=None)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _table(table: pd.DataFrame) -> str:
    return markdown(table, _PRINTED)


def _cell(value: object) -> str:
    if bool(pd.isna(value)):  # type: ignore[call-overload]
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "/")
