"""The part of a briefing on what to choose: corridors and sites with their ranges, and what schemes would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.briefing.cells import COUNT, GIVEN, ORDINAL, SHARE, WHOLE_SHARE, WORD, Cells, listed, say
from corridors.findings import number_word
from corridors.schemes.runs import PACKAGE
from maps.briefing import Bullets, Grid, Paragraph, Section

if TYPE_CHECKING:
    from corridors.briefing.cells import Said
    from corridors.briefing.figures import Noun
    from corridors.briefing.material import Material
    from maps.briefing import Prose

_ROWS: Final = {"corridors": 6, "sites": 5}
_SCHEMES: Final = "schemes_in_brief.csv"
_FILES: Final = {"corridors": "ranking", "sites": "ranking_sites"}


def ranked(told: Material, noun: Noun) -> Section:
    """Say which of the corridors, or sites, come first, as far as the order can be relied on."""
    cells, file = told.cells, f"{_FILES[noun]}.csv"
    heading = f"Which {noun} come first"
    rows = cells.rows(file)
    if rows.empty:
        return Section(
            heading=heading, blocks=[Paragraph(text=f"The study names no {noun}, so none are ranked.")]
        )
    scored = rows[rows["score"] != ""]
    if scored.empty:
        text = (
            f"No residents live within the walk of any of the {noun}, so none has a score and none is ranked."
        )
        return Section(heading=heading, blocks=[Paragraph(text=text)])
    ids = scored["id"].tolist()
    lines = [
        (*_first(told, noun, ids), *_unchecked(told, noun)),
        *([_groups(told, noun)] if len(ids) > 1 else []),
        *([_judgement(told)] if noun == "corridors" or told.inputs.corridors.empty else []),
    ]
    # The sites are many and second: their ranges are told by the table, and drawn in a figure of their own.
    drawn = (
        told.picture("ranking", "The corridors by rank, each with the range of its rank")
        if noun == "corridors"
        else ()
    )
    return Section(heading=heading, blocks=[Bullets(items=lines), *drawn, _table(cells, file, ids, noun)])


def _unchecked(told: Material, noun: Noun) -> list[str]:
    """Say that the list is not an official one, where nobody has checked it."""
    places = told.inputs.corridors if noun == "corridors" else told.inputs.sites
    if places["verified"].all():
        return []
    some = "Some" if places["verified"].any() else "None"
    verb = "have not been" if places["verified"].any() else "has been"
    return [f" {some} of the {noun} {verb} checked against an official list."]


def _first(told: Material, noun: Noun, ids: list[str]) -> Said:
    """Name the first, how often it is first, and what it cannot be told from."""
    cells, stem = told.cells, _FILES[noun]
    name = cells.cell(f"{stem}.csv", "name", id=ids[0])
    if len(ids) == 1:
        return say("{name} is the only one with a score, so there is nothing to rank it against.", name=name)
    often = cells.cell(f"{stem}.csv", "p_first", WHOLE_SHARE, id=ids[0])
    said = say(
        "{name} comes first by score. It stays first in {often} of the draws.",
        name=name,
        often=often,
    )
    wins = f"{stem}_wins.csv"
    beside = cells.rows(wins, id=ids[0], told_apart="False")["other_id"].tolist()
    if not beside:
        return (*said, " It can be told apart from every other.")
    others = [cells.cell(wins, "other_name", id=ids[0], other_id=other) for other in beside]
    return (*said, *say(" It cannot be told apart from {others}.", others=listed(others)))


def _groups(told: Material, noun: Noun) -> Said:
    """Say which neighbours stand in no order that can be relied on."""
    cells, file = told.cells, f"{_FILES[noun]}.csv"
    rows = cells.rows(file)
    rows = rows[rows["score"] != ""]
    groups = [part["id"].tolist() for _, part in rows.groupby("rank_group", sort=False)]
    together = [ids for ids in groups if len(ids) > 1]
    if not together:
        return (f"All {noun} can be told from one another.",)
    if len(groups) == 1:
        return (f"No order of neighbours among the {noun} can be relied on.",)
    named = [listed([cells.cell(file, "name", id=each) for each in ids]) for ids in together]
    parts = [piece for at, names in enumerate(named) for piece in (*(("; ",) if at else ()), *names)]
    whom = "these" if len(together) == 1 else "each of these groups"
    return say(
        "Among {whom} no order of neighbours can be relied on, though the ends may differ: {names}.",
        whom=whom,
        names=tuple(parts),
    )


def _judgement(told: Material) -> Said:
    choice = told.study.ranking
    if not choice.factors:
        return ("The weights are a judgement. Nothing was drawn, so the ranges are single ranks.",)
    return say(
        "The weights are a judgement, and not all else is exactly known. So {what} were drawn {draws} times. The bars show where "
        "nine of ten ranks fall.",
        what=choice.drawn_in_words,
        draws=told.cells.told("parameters", "ranking", "draws", form=COUNT),
    )


def _table(cells: Cells, file: str, ids: list[str], noun: Noun) -> Grid:
    columns = (
        ("name", ""),
        ("rank", ORDINAL),
        ("residents", COUNT),
        ("income_deprived_per_1000", COUNT),
        ("few_centres_per_1000", COUNT),
        ("jobs_within", COUNT),
    )
    rows: list[list[Prose]] = []
    for each in ids[: _ROWS[noun]]:
        row: list[Prose] = [cells.cell(file, column, form, id=each) for column, form in columns]
        rows.append([*row[:2], _range(cells, file, each), *row[2:]])
    few = f"The first {number_word(_ROWS[noun])}; all are in {file}, and figures/{file.removesuffix('.csv')}.png draws them. "
    return Grid(
        title=f"The {noun} in figures",
        headings=(
            noun[:-1].capitalize(),
            "Rank",
            "Range of ranks",
            "Residents",
            "Income-deprived",
            "Few centres",
            "Jobs in reach",
        ),
        rows=rows,
        numbers=(3, 4, 5, 6),
        caption=say(
            "{few}Within {walk} minutes' walk. Income-deprived, few centres: of a thousand residents. Few: fewer than {k}.",
            few="" if len(ids) <= _ROWS[noun] else few,
            walk=cells.told("parameters", "ranking", "catchment_walk_min", form=GIVEN),
            k=cells.told("parameters", "indicator", "min_centres", form=WORD),
        ),
    )


def _range(cells: Cells, file: str, each: str) -> Said:
    """Say in words between which ranks nine of ten lie."""
    low, high = (cells.cell(file, column, ORDINAL, id=each) for column in ("rank_low", "rank_high"))
    if low.value == high.value:
        return (low,)
    return say("{low} to {high}", low=low, high=high)


def schemes(told: Material) -> Section:
    """Say what each scheme would change for whom, and all together; or why this run does not say."""
    heading = "What schemes would change"
    if _SCHEMES not in told.cells:
        return Section(heading=heading, blocks=[Paragraph(text=_not_asked(told))])
    cells, names = told.cells, told.cells.rows(_SCHEMES)["scheme"].tolist()
    columns = (
        ("gain_enough", COUNT),
        ("lose_enough", COUNT),
        ("share_after", SHARE),
    )
    rows = [
        [cells.cell(_SCHEMES, "scheme", scheme=name)]
        + [cells.cell(_SCHEMES, column, form, scheme=name) for column, form in columns]
        for name in names
    ]
    table = Grid(
        title="Residents who would reach enough centres",
        headings=("Scheme", "More residents", "Fewer", "Share then"),
        rows=rows,
        numbers=(1, 2, 3),
        caption=(
            "Same day, window, threshold and residents as above; only the timetable differs. The scheme files say what of a scheme "
            'is assumed. "Fewer" are residents who would no longer reach enough centres; who is merely slower than today, as where '
            "a line is replaced or changed, corridors schemes counts, with costs and who gains by fifth of deprivation."
        ),
    )
    return Section(heading=heading, blocks=[Paragraph(text=_most(told, names)), table])


def _not_asked(told: Material) -> str:
    if told.study.files.schemes is None:
        return "The study names no schemes."
    return (
        "This run did not ask what the schemes of the study would change; the command corridors schemes does."
    )


def _most(told: Material, names: list[str]) -> Said:
    """Name the scheme by which most residents come to reach enough centres, and what all would do together."""
    cells = told.cells

    def gain(name: str) -> float:
        return float(cells.rows(_SCHEMES, scheme=name)["gain_enough"].iloc[0])

    alone = [name for name in names if name != PACKAGE] or names
    best = max(alone, key=gain)
    if gain(best) == 0:
        said: Said = ("No scheme by itself brings anybody within reach of enough centres.",)
    else:
        said = say(
            "By itself, {name} brings most residents within reach of enough centres: {gain}.",
            name=cells.cell(_SCHEMES, "scheme", scheme=best),
            gain=cells.cell(_SCHEMES, "gain_enough", COUNT, scheme=best),
        )
    if PACKAGE not in names:
        return said
    shares = [
        cells.cell(_SCHEMES, column, SHARE, scheme=PACKAGE) for column in ("share_before", "share_after")
    ]
    return (
        *said,
        *say(
            " All together would move the share from {before} to {after}.", before=shares[0], after=shares[1]
        ),
    )
