"""The part of a briefing on method: how it was measured, why it is not the strategy's figure, what it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.access.centre_times import SHARE as MEAN_SHARE
from corridors.access.fairness import quotes_the_strategy
from corridors.briefing.cells import COUNT, DATE, SHARE, cited, remark, say
from maps.briefing import Bullets, Columns, Grid, Paragraph, Section

if TYPE_CHECKING:
    from corridors.briefing.material import Material
    from maps.briefing import Block, Prose

_REGION: Final = {"level": "region"}
_WAYS: Final = {"depart": "Departures", "arrive": "Arrivals"}
_MOST_NOTES: Final = 4
# Headings of cautions that bear on the rankings alone.
_OF_RANKINGS: Final = ("The ranking of", "What the ranges of ranks hold")
_READINGS: Final = {
    "best": "the best moment for each centre, an upper bound",
    "p50": "the median: half of the moments are no slower",
    "p80": "one moment in five is slower",
    MEAN_SHARE: "the average over all moments",
}


def measured(told: Material) -> Section:
    """Set out the definition, term by term, and the edition of each kind of data."""
    vintages = [
        (heading, told.cells.told("parameters", "vintages", key))
        for heading, key in (
            ("Timetable", "timetable"),
            ("Census", "census"),
            ("Deprivation", "deprivation"),
            ("Jobs", "jobs"),
        )
    ]
    return Section(
        heading="How it was measured",
        blocks=[
            Columns(
                blocks=[
                    Grid(title="The definition", headings=("Term", "In this study"), rows=_terms(told)),
                    Grid(
                        title="The data",
                        headings=("Kind", "Edition"),
                        rows=[
                            *vintages,
                            (
                                "Areas",
                                say(
                                    "{areas}; {wards}",
                                    areas=told.cells.told("parameters", "vintages", "areas"),
                                    wards=told.cells.told("parameters", "vintages", "wards"),
                                ),
                            ),
                        ],
                    ),
                ]
            ),
        ],
    )


def _terms(told: Material) -> list[tuple[Prose, Prose]]:
    cells, setting = told.cells, told.setting
    journey = told.study.journey
    window = [cells.told("parameters", "journey", "window", end) for end in ("0", "1")]
    names = told.inputs.centres.drop_duplicates("group").sort_values("name")
    day: Prose = (
        cells.told("service_date", form=DATE) if cells.record["service_date"] else "a representative Tuesday"
    )
    reading = _READINGS.get(journey.statistic) or say(
        "the {statistic} of the moments", statistic=cells.told("parameters", "journey", "statistic")
    )
    return [
        ("Day", day),
        ("Departures", say("every minute from {start} until before {end}", start=window[0], end=window[1])),
        ("Statistic", reading),
        ("Threshold", say("{k} or more centres within {cutoff} minutes", k=told.k, cutoff=told.cutoff)),
        (
            "Walks",
            say(
                "{kmh} km/h; up to {access} minutes to the first stop, {egress} from the last",
                kmh=setting("journey", "walk_speed_kmh"),
                access=setting("journey", "max_access_min"),
                egress=setting("journey", "max_egress_min"),
            ),
        ),
        ("Centres", ", ".join(names["name"])),
        ("Counted over", _people(told)),
    ]


def _people(told: Material) -> Prose:
    cells = told.cells
    return say(
        "all {residents} residents of {region}",
        residents=cells.cell("indicator.csv", "residents", COUNT, **_REGION),
        region=cells.told("parameters", "study", "region"),
    )


def compared(told: Material) -> Section | None:
    """Say why the figure is not the one that readers know; nothing where the study names none."""
    if quotes_the_strategy(told.study):
        return _beside_the_strategy(told)
    if not told.study.indicator.compared_with:
        return None
    text = told.cells.told("parameters", "indicator", "compared_with")
    return Section(heading="Beside a published figure", blocks=[Paragraph(text=(text,)), *_readings(told)])


def _beside_the_strategy(told: Material) -> Section:
    """Hold the figure against the strategy's, whose number comes from the register alone."""
    cells = told.cells
    share = cells.cell("indicator.csv", "share", SHARE, **_REGION)
    notice = told.study.study.notice
    reasons: list[Prose] = [
        say("{remark}. So it cannot be measured again in the same way.", remark=remark("kpi45")),
        say("Ours, {share}, is for one day and the definition above.", share=share),
    ]
    if notice:
        reasons.append(say("Ours comes with this notice. {notice}", notice=cells.told("notice")))
    reasons.append(
        "Nothing here was chosen to meet the strategy's figure. Neither figure confirms the other."
    )
    return Section(
        heading="Why this is not the strategy\N{RIGHT SINGLE QUOTATION MARK}s figure",
        blocks=[Paragraph(text=(cited("kpi45"),)), Bullets(items=reasons), *_readings(told)],
    )


def _readings(told: Material) -> list[Block]:
    """Show how far the definition alone moves the figure: the same timetable, read in other ways."""
    cells, file = told.cells, "indicator_variants.csv"
    variants = cells.rows(file)
    directions = [way for way in _WAYS if way in set(variants["direction"])]
    rows: list[list[Prose]] = [
        [_reading(told, statistic)]
        + [cells.cell(file, "share", SHARE, direction=way, statistic=statistic) for way in directions]
        for statistic in dict.fromkeys(variants["statistic"])
    ]
    caption = say(
        "Share of residents who reach {k} or more centres within {cutoff} minutes: same residents, timetable and walks. "
        "figures/curve.png shows other thresholds.",
        k=told.k,
        cutoff=told.cutoff,
    )
    return [
        Grid(
            title="The same timetable, read in other ways",
            headings=["Which moment of the window counts", *(_WAYS[way] for way in directions)],
            rows=rows,
            numbers=range(1, 1 + len(directions)),
            caption=caption,
        )
    ]


def _reading(told: Material, statistic: str) -> Prose:
    """Say how a statistic reads the window; the study's own is marked."""
    own = told.study.journey.statistic
    words: Prose = _READINGS.get(statistic, "")
    if not words:
        words = say(
            "the {statistic} of the moments", statistic=told.cells.told("parameters", "journey", "statistic")
        )
    return say("{words} (this study, by departures)", words=words) if statistic == own else words


def limits(told: Material) -> Section:
    """Say what is not modelled, in plain words, and what else the study says of itself."""
    walks = (
        "Walks follow the mapped streets: hills, crossings, lighting and steps are not weighed."
        if told.study.files.streets
        else "Walks are straight lines times a factor: rivers, motorways and railways in the way are not seen."
    )
    own = [
        told.cells.told("parameters", "study", "limits", f"{at}")
        for at in range(len(told.study.study.limits))
    ]
    return Section(
        heading="What is not modelled",
        blocks=[
            Bullets(
                items=[
                    "Fares, crowding and reliability: nobody is priced off, every vehicle has room, every scheduled trip runs on time.",
                    "What follows from a change: nobody moves home, and no job moves.",
                    f"{walks} All residents of a small area start from one point.",
                    *own,
                ]
            )
        ],
    )


def cautions(told: Material) -> Section:
    """Repeat what a reader must bear in mind of access and need; what bears on a ranking alone stands on the page."""
    results = told.results
    told_here = [
        sentence
        for heading, sentences in results.caution_groups
        if not heading.startswith(_OF_RANKINGS)
        for sentence in sentences
    ]
    items: list[Prose] = [
        (told.cells.noted(sentence),) for sentence in (*told_here, *results.notes[:_MOST_NOTES])
    ]
    more = "What bears on the rankings alone, and every warning from the timetable, stands on the page (index.html) and in manifest.json."
    return Section(heading="Cautions", blocks=[Bullets(items=[*items, more], small=True)])


def sources(told: Material) -> Section:
    """Name the sources and their licences."""
    count = len(told.study.study.sources)
    named = [told.cells.told("parameters", "study", "sources", f"{at}") for at in range(count)]
    text = tuple(piece for at, source in enumerate(named) for piece in (*((" ",) if at else ()), source))
    return Section(
        heading="Sources and licences",
        blocks=[Paragraph(text=text or "The study names no sources.", small=True)],
    )
