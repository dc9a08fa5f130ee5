"""What a search found, as a page of Markdown: tables to paste into a paper, under their definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.schemes.paper import markdown
from corridors.search.moves import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from corridors.search.best_moves import Search
    from corridors.study import Study

#: Moves of each kind that a paper prints.
_SHOWN: Final = 10
_PRINTED: Final = {
    "rank": "Rank",
    "rank_range": "Range of ranks",
    "line": "Line",
    "move": "Move",
    "extra_residents": "More residents reaching enough centres",
    "extra_range": "Range",
    "extra_most_deprived": "Of them in the most deprived fifth",
    "residents_losing": "Residents who no longer do",
    "vehicle_hours": "Vehicle hours",
    "residents_per_vehicle_hour": "Residents per vehicle hour",
    "rank_per_vehicle_hour": "Rank by that",
}
_PACKAGE: Final = {
    "step": "Step",
    "line": "Line",
    "move": "Move",
    "vehicle_hours": "Vehicle hours",
    "step_extra_residents": "More residents, on top",
    "alone_extra_residents": "Alone",
    "vehicle_hours_together": "Vehicle hours together",
    "extra_residents_together": "More residents together",
    "extra_range": "Range",
    "extra_most_deprived_together": "Of them in the most deprived fifth",
}
_NOT_MODELLED: Final = (
    "Not modelled: fares, crowding, reliability, demand, and whether there are drivers, vehicles, stands, tracks or paths "
    "for any of this. A move is where to look, not a plan."
)


def paper(study: Study, found: Search, definition: str, sentences: Sequence[str]) -> str:
    """Write the first moves of each kind and the package as tables to paste into a paper, under their definition."""
    parts = [
        f"# Where one more vehicle would help most: {study.study.name}",
        *([study.study.notice] if study.study.notice else []),
        f"{definition}.",
        f"Data: {study.vintages.timetable}; {study.vintages.census}; {study.vintages.deprivation}.",
    ]
    for kind, some in found.moves.groupby("kind", sort=False):
        # Of the many minutes that a line could move by, the best stands for it.
        shown = some.drop_duplicates("route_id") if kind == "retimed" else some
        each = ", the best of each line" if kind == "retimed" else ""
        first = f"the first {_SHOWN} of " if len(shown) > _SHOWN else ""
        parts += [
            f"## {KINDS[str(kind)].capitalize()}: {first}{len(some):,} moves{each}",
            markdown(_ranges(shown.head(_SHOWN)), _PRINTED),
        ]
    if len(found.package):
        together = found.package.rename(
            columns={"extra_low_together": "extra_low", "extra_high_together": "extra_high"}
        )
        parts += ["## Together, step by step", markdown(_ranges(together), _PACKAGE)]
    parts += ["\n".join(f"* {sentence}" for sentence in sentences), _NOT_MODELLED]
    return "\n\n".join(parts) + "\n"


def _ranges(table: pd.DataFrame) -> pd.DataFrame:
    """Write the two ends of a range into one cell."""
    shown = table.assign(extra_range=_range(table, "extra"))
    return shown.assign(rank_range=_range(table, "rank")) if "rank" in table.columns else shown


def _range(table: pd.DataFrame, name: str) -> list[str]:
    ends = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
    return [f"{low:,.0f} to {high:,.0f}" for low, high in ends]
