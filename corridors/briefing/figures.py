"""The figures of a run for reports and papers: the finding as the title, the definition under it, the source below.

Each is a `matplotlib.figure.Figure`, to show in a notebook or to write by `maps.figures.to_png`; None where the study's
data have nothing to draw.

>>> from corridors.briefing.figures import figure_of_ranking
>>> figure_of_ranking(corridors.run_study(study))  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from corridors.briefing.tables import access_by_fifth, need_and_access
from corridors.columns import rounded
from corridors.findings import number_word
from corridors.study import indicator_in_short
from maps.figures import (
    GridLegend,
    Words,
    area_figure,
    bars_figure,
    curves_figure,
    ranges_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corridors.inputs import Inputs
    from corridors.results import RunResults
    from maps import Page

Noun = Literal["corridors", "sites"]

#: The page whose layers the maps show.
_PAGE: Final = "index.html"
_WORST_OFF: Final = "3-1"
#: The classes of need and access stand great need first, and within it poor access first.
_NEED_BY_ACCESS: Final = GridLegend(columns=3, across="access, poor to good", down="need, great to little")
_OVER_THE_MAP: Final = ("rail-lines", "metro-lines", "corridors", "centres")


def run_figures(inputs: Inputs, results: RunResults) -> dict[str, Figure]:
    """Draw every figure that the study's data allow, by the name of its file without the ending."""
    drawn = {
        "map": figure_of_map(results),
        "need_and_access": figure_of_need_and_access(results),
        "ranking": figure_of_ranking(results),
        "ranking_sites": figure_of_ranking(results, noun="sites"),
        "curve": figure_of_curve(results),
        "fifths": figure_of_fifths(results, inputs),
    }
    return {name: figure for name, figure in drawn.items() if figure is not None}


def figure_of_map(results: RunResults) -> Figure | None:
    """Map the indicator by ward, with rail and Metro lines, corridors and centres.

    Parameters
    ----------
    results
        What `corridors.run_study` found.
    """
    return _map(results, "share_reaching", title=results.headline, overlays=_OVER_THE_MAP)


def figure_of_need_and_access(results: RunResults) -> Figure | None:
    """Map need and access together by ward, the nine classes set out as a square; see `figure_of_map`."""
    counts = need_and_access(results.wards)
    if counts.empty:
        return None
    worst = counts.set_index("need_and_access").loc[_WORST_OFF]
    wards = int(counts.loc[counts["need_and_access"] == _WORST_OFF, "wards"].sum())
    title = (
        f"Great need meets poor access in {number_word(wards)} ward{'s' if wards > 1 else ''}, home to "
        f"{worst['residents']:,.0f} residents"
        if wards
        else "Great need and poor access meet in no ward"
    )
    return _map(
        results,
        "need_and_access",
        title=title,
        subtitle="Need: income-deprived people per resident; access: the median resident's minutes to enough centres; each cut "
        "into thirds of residents. ",
        overlays=("centres",),
        grid=_NEED_BY_ACCESS,
    )


def _map(
    results: RunResults,
    layer: str,
    *,
    title: str,
    overlays: tuple[str, ...],
    subtitle: str = "",
    grid: GridLegend | None = None,
) -> Figure | None:
    page: Page | None = results.pages.get(_PAGE)
    if page is None or page.areas[layer].isna().all():
        return None
    return area_figure(
        page, layer, words=_words(results, title, subtitle=subtitle), overlays=overlays, grid=grid
    )


def figure_of_ranking(results: RunResults, *, noun: Noun = "corridors") -> Figure | None:
    """Draw the ranks of the corridors, or the sites, each with its range; neighbours in one band cannot be told apart.

    Parameters
    ----------
    results
        As for `figure_of_map`.
    noun
        Which of the two.
    """
    found = results.robustness if noun == "corridors" else results.robustness_sites
    ranking = found.ranking[found.ranking["score"].notna()]
    if ranking.empty:
        return None
    first = ranking.iloc[0]
    beside = found.wins.loc[(found.wins["id"] == first["id"]) & ~found.wins["told_apart"]]
    apart = (
        f"but {number_word(len(beside))} other{'s' if len(beside) > 1 else ''} may belong there as well"
        if len(beside)
        else "and keeps that place under doubt"
    )
    title = f"{first['name']} comes first of {number_word(len(ranking))} {noun}, {apart}"
    choice = results.study.ranking
    return ranges_figure(
        ranking.assign(
            range=[_span(*ends) for ends in zip(ranking["rank_low"], ranking["rank_high"], strict=True)]
        ),
        name="name",
        at="rank",
        low="rank_low",
        high="rank_high",
        note="range",
        note_heading="Range of ranks",
        axis_label=f"Dot: rank by score. Line: where nine of ten ranks lie over {choice.draws:,} draws. In one band no order of neighbours should be relied on.",
        words=_words(
            results,
            title if len(ranking) > 1 else f"{first['name']} is the only one of the {noun} with a score",
            subtitle=f"Drawn: {choice.drawn_in_words}. Catchments: {choice.catchment_walk_min:g} minutes' walk. ",
        ),
        group="rank_group",
        ends=("first", "last"),
    )


def _span(low: float, high: float) -> str:
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def figure_of_curve(results: RunResults) -> Figure | None:
    """Draw the share of residents by minutes allowed, a curve for each number of centres; the headline is one point of one.

    Parameters
    ----------
    results
        As for `figure_of_map`.
    """
    sweep = rounded(results.fairness.sweep)
    own = sweep[sweep["is_study"]]
    if own.empty:
        return None
    point = own.iloc[0]
    curves = sweep[sweep["statistic"] == point["statistic"]]
    k, cutoff = int(point["k"]), float(point["cutoff_min"])
    later = curves[(curves["k"] == k) & (curves["cutoff_min"] > cutoff)].sort_values("cutoff_min")
    more = (
        f"; within {later['cutoff_min'].iloc[0]:g} minutes {later['share'].iloc[0]:.1%} would"
        if len(later)
        else ""
    )
    return curves_figure(
        curves,
        x="cutoff_min",
        share="share",
        series="k",
        labels={
            int(number): _at_least(int(number), most=int(curves["k"].max()))
            for number in sorted(set(curves["k"]))
        },
        highlight=k,
        marked_x=cutoff,
        marked_label=f"{point['share']:.1%}",
        x_label="Minutes allowed, door to door",
        share_label="Share of residents who reach so many centres",
        words=_words(results, f"{results.headline}{more}"),
    )


def _at_least(number: int, *, most: int) -> str:
    if number == most:
        return f"all {number}" if number > 1 else "the one centre"
    return f"{number} or more"


def figure_of_fifths(results: RunResults, inputs: Inputs) -> Figure | None:
    """Draw the indicator by national fifth of Income deprivation, with how many areas and residents each bar rests on.

    Parameters
    ----------
    results
        As for `figure_of_map`.
    inputs
        The study's tables; see `corridors.inputs.read_inputs`. Without national ranks there is nothing to draw.
    """
    if inputs.edition is None or "income_rank" not in inputs.areas.columns:
        return None
    table = access_by_fifth(
        results.access,
        inputs.areas,
        min_centres=results.study.indicator.min_centres,
        ranked=inputs.edition.ranked,
    )
    whole = float(results.indicator["share"].iloc[0])
    fifths = table.assign(
        note=[_rests_on(*counts) for counts in zip(table["small_areas"], table["residents"], strict=True)]
    )
    return bars_figure(
        fifths,
        name="label",
        share="share",
        note="note",
        note_heading="Rests on",
        reference=whole,
        reference_label=f"all residents, {whole:.1%}",
        words=_words(
            results,
            _fifths_title(results, table, whole),
            subtitle="Fifths of the nation's small areas by the Income domain. ",
        ),
    )


def _rests_on(small_areas: int, residents: float) -> str:
    noun = "small area" if small_areas == 1 else "small areas"
    return f"{small_areas:,} {noun}, {residents:,.0f} residents"


def _fifths_title(results: RunResults, fifths: pd.DataFrame, whole: float) -> str:
    share, k = float(fifths["share"].iloc[0]), number_word(results.study.indicator.min_centres)
    if pd.isna(share):
        return "No resident lives in the nation's most deprived fifth of small areas"
    return f"{share:.1%} of residents in the most deprived fifth of areas reach {k} or more centres, against {whole:.1%} of all"


def _words(results: RunResults, title: str, *, subtitle: str = "") -> Words:
    """Put the definition and the sources around a figure; `subtitle` comes before the definition."""
    study = results.study
    header, edition = study.study, study.vintages
    told = [
        header.notice,
        "Not modelled: fares, crowding, reliability.",
        f"Data: {edition.timetable}; {edition.census}; {edition.deprivation}; {edition.jobs}.",
        *header.sources,
        f"Run {results.run_id}.",
    ]
    return Words(
        title=title,
        subtitle=f"{subtitle}{indicator_in_short(study)}",
        caption=" ".join(filter(None, told)),
    )
