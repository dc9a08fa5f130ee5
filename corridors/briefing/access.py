"""The part of a briefing on access and need: what was found, who is left out, and where need and access meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.briefing.cells import COUNT, GIVEN, SHARE, TENTHS, WHOLE_SHARE, say
from corridors.findings import ordinal_word
from maps.briefing import Bullets, Columns, Grid, Paragraph, Section

if TYPE_CHECKING:
    from corridors.briefing.cells import Said
    from corridors.briefing.material import Material
    from maps.briefing import Prose, Traced

_REGION: Final = {"level": "region"}
_GROUPS_TOLD: Final = (
    "residents",
    "most_deprived_fifth",
    "income_deprived",
    "unemployed",
    "households_no_car",
    "disabled",
)
_MAP: Final = 0.88
_SMALL_MAP: Final = 0.73
_EVENING: Final = "evening"
_WORST_OFF: Final = "3-1"
_WARDS_NAMED: Final = 5


def facts(told: Material) -> list[tuple[Traced, Prose]]:
    """Return the few figures that a reader should remember."""
    cells = told.cells
    share = cells.cell("indicator.csv", "share", SHARE, **_REGION)
    near = cells.cell("indicator.csv", "near_miss", COUNT, **_REGION)
    found: list[tuple[Traced, Prose]] = [
        (
            share,
            say("of residents reach {k} or more centres in {cutoff} minutes", k=told.k, cutoff=told.cutoff),
        ),
        (
            near,
            say(
                "residents miss it by {margin} minutes or less",
                margin=told.setting("indicator", "near_miss_min"),
            ),
        ),
    ]
    if len(cells.rows("windows.csv", window=_EVENING, level="region")):
        evening = {"window": _EVENING, "level": "region"}
        hours = [cells.cell("windows.csv", column, **evening) for column in ("start", "end")]
        said = say("reach as many in the evening, {start} to {end}", start=hours[0], end=hours[1])
        found.append((cells.cell("windows.csv", "share", SHARE, **evening), said))
    if _has_figure(told, "against_car.csv", "times_as_long_as_car"):
        found.append(
            (
                cells.cell("against_car.csv", "times_as_long_as_car", TENTHS, **_REGION),
                "times as long as the drive, for the median resident; the drive knows no congestion",
            )
        )
    return found


def _has_figure(told: Material, file: str, column: str) -> bool:
    """Whether the region has a figure there: a number, and not an infinite one."""
    rows = told.cells.rows(file, **_REGION)
    return len(rows) == 1 and rows[column].iloc[0] not in ("", "inf")


def found(told: Material) -> Section:
    """Say what was found, the finding first, with the map."""
    caption = say(
        "Each ward by the share of its residents who reach {k} or more centres. A ward can hide pockets smaller than itself. "
        "Lines are schematic.",
        k=told.k,
    )
    return Section(
        heading="What we found",
        blocks=[
            Bullets(
                items=[
                    line for line in (_headline(told), _near_miss(told), _boroughs(told), _car(told)) if line
                ]
            ),
            *told.picture(
                "map", "Map of the wards by the share of residents who reach enough centres", caption
            ),
        ],
    )


def _headline(told: Material) -> Said:
    cells = told.cells
    return say(
        "{reaching} of {residents} residents can get to {k} or more centres within {cutoff} minutes, door to door, by "
        "scheduled public transport and on foot. Residents without any service are counted.",
        reaching=cells.cell("indicator.csv", "residents_reaching", COUNT, **_REGION),
        residents=cells.cell("indicator.csv", "residents", COUNT, **_REGION),
        k=told.k,
        cutoff=told.cutoff,
    )


def _near_miss(told: Material) -> Said:
    cells = told.cells
    word = ordinal_word(told.study.indicator.min_centres)
    kth = f"{word} centre" if word.isalpha() else "last centre needed"
    return say(
        "{near} more are close: their {kth} is over {above} and up to {upto} minutes away. Small changes to timetables would "
        "move them, in either direction.",
        near=cells.cell("indicator.csv", "near_miss", COUNT, **_REGION),
        kth=kth,
        above=cells.cell("indicator.csv", "above_min", GIVEN, **_REGION),
        upto=cells.cell("indicator.csv", "up_to_min", GIVEN, **_REGION),
    )


def _boroughs(told: Material) -> Said:
    """Say where the share is highest and lowest; nothing with a single borough, or where all are alike."""
    districts = told.cells.rows("indicator.csv", level="district")
    districts = districts[districts["share"] != ""]
    shares = districts["share"].astype(float)
    if len(districts) < 2 or shares.max() == shares.min():
        return ()
    codes = [str(districts["code"].to_numpy()[at]) for at in (shares.argmax(), shares.argmin())]
    cells = told.cells
    names = [cells.cell("indicator.csv", "name", level="district", code=code) for code in codes]
    values = [cells.cell("indicator.csv", "share", SHARE, level="district", code=code) for code in codes]
    return say(
        "The share is highest in {best} ({high}) and lowest in {worst} ({low}).",
        best=names[0],
        high=values[0],
        worst=names[1],
        low=values[1],
    )


def _car(told: Material) -> Said:
    if not _has_figure(told, "against_car.csv", "jobs_share_of_car"):
        return ()
    cells = told.cells
    return say(
        "Within {minutes} minutes the average resident reaches {jobs} jobs by public transport: {share} of the jobs within as "
        "long a drive. The drive is timed without congestion or parking, which flatters the car.",
        minutes=told.setting("jobs", "cutoff_min"),
        jobs=cells.cell("against_car.csv", "jobs_within", COUNT, **_REGION),
        share=cells.cell("against_car.csv", "jobs_share_of_car", WHOLE_SHARE, **_REGION),
    )


def left_out(told: Material) -> Section:
    """Say who does not reach enough centres: by borough and by group."""
    return Section(
        heading="Who is left out",
        blocks=[Paragraph(text=_short_of_it(told)), Columns(blocks=[_by_borough(told), _by_group(told)])],
    )


def _short_of_it(told: Material) -> Said:
    """Say how many fall short, and how many reach no centre but perhaps their own."""
    cells, own = told.cells, told.study
    short = cells.cell("inequality.csv", "value", SHARE, access="centres", measure="fgt0")
    said = say("{short} of residents fall short of {k} centres.", short=short, k=told.k)
    where = {
        "statistic": own.journey.statistic,
        "k": "1",
        "is_study": "False",
        "cutoff_min": f"{own.indicator.cutoff_min:g}",
    }
    if len(cells.rows("indicator_sweep.csv", **where)) != 1:
        return said
    one = cells.cell("indicator_sweep.csv", "share", SHARE, **where)
    return (*said, *say(" {one} reach at least one.", one=one))


def _by_borough(told: Material) -> Grid:
    cells = told.cells
    codes = cells.rows("indicator.csv", level="district")["code"]
    columns = (("name", ""), ("share", SHARE), ("residents", COUNT), ("near_miss", COUNT))
    return Grid(
        title="By borough",
        headings=("Borough", "Reach enough", "Residents", "Just miss it"),
        rows=[
            [cells.cell("indicator.csv", name, form, level="district", code=code) for name, form in columns]
            for code in codes
        ],
        numbers=(1, 2, 3),
        caption=say(
            "Just miss it: by {margin} minutes or less.", margin=told.setting("indicator", "near_miss_min")
        ),
    )


def _by_group(told: Material) -> Grid:
    cells = told.cells
    known = set(cells.rows("cohorts.csv", level="region")["cohort"])
    columns = (("label", ""), ("share", SHARE), ("people", COUNT))
    return Grid(
        title="By group",
        headings=("Group", "Reach enough", "All of the group"),
        rows=[
            [cells.cell("cohorts.csv", name, form, level="region", cohort=each) for name, form in columns]
            for each in _GROUPS_TOLD
            if each in known
        ],
        numbers=(1, 2),
        caption="A group is counted where it lives; how its members travel is not known. Groups overlap.",
    )


def need_meets_access(told: Material) -> Section:
    """Say where need is great and access poor, and that access relative to need is another question."""
    heading = "Where need and access meet"
    fifths = _by_fifth(told)
    if "need_and_access.csv" not in told.cells:
        text = "No ward has both a rate of deprivation and minutes to enough centres, so the two cannot be set together."
        return Section(heading=heading, blocks=[Paragraph(text=text), *fifths])
    caption = "Need: income-deprived people per resident. Access: the median resident's minutes. In thirds of residents."
    tables = [*_worst_wards(told), *fifths]
    return Section(
        heading=heading,
        blocks=[
            Bullets(items=[line for line in (_worst_off(told), _level(told), _relative(told)) if line]),
            *([Columns(blocks=tables)] if tables else []),
            *told.picture(
                "need_and_access",
                "Map of the wards by need and access together, in nine classes",
                caption,
                width=_SMALL_MAP,
            ),
        ],
    )


def _by_fifth(told: Material) -> list[Grid]:
    """Set out the indicator by national fifth of deprivation, with how much each rests on."""
    cells, file = told.cells, "fifths.csv"
    if file not in cells:
        return []
    columns = (("label", ""), ("share", SHARE), ("small_areas", COUNT), ("residents", COUNT))
    return [
        Grid(
            title="By fifth of the nation's small areas, by Income deprivation",
            headings=("Fifth", "Reach enough", "Small areas", "Residents"),
            rows=[
                [cells.cell(file, name, form, fifth=fifth) for name, form in columns]
                for fifth in cells.rows(file)["fifth"]
            ],
            numbers=(1, 2, 3),
            caption="Areas are deprived, not everybody in them. figures/fifths.png draws this.",
        )
    ]


def _worst_off(told: Material) -> Said:
    cells, where = told.cells, {"need_and_access": _WORST_OFF}
    count = cells.cell("need_and_access.csv", "wards", COUNT, **where)
    if count.value == "0":
        return ("No ward has both great need and poor access.",)
    noun = "ward has" if count.value == "1" else "wards have"
    return say(
        "{count} {noun} great need and poor access. {residents} residents live there.",
        count=count,
        noun=noun,
        residents=cells.cell("need_and_access.csv", "residents", COUNT, **where),
    )


def _level(told: Material) -> Said:
    """Compare the most deprived areas' minutes with the others'."""
    pair = _pair(told, "minutes_to_k", TENTHS)
    if not pair:
        return ()
    return say(
        "Level of access: in the most deprived fifth of areas the median resident is {deprived} minutes from {k} centres, in the "
        "others {others}.",
        deprived=pair[0],
        k=told.k,
        others=pair[1],
    )


def _relative(told: Material) -> Said:
    """The same, of jobs shared among the unemployed who compete for them."""
    pair = _pair(told, "jobs_per_unemployed", TENTHS)
    if not pair:
        return ()
    return say(
        "Access relative to need is another question: there are {deprived} jobs within reach for each unemployed resident who "
        "competes for them there, and {others} elsewhere. One map must not be read as the other.",
        deprived=pair[0],
        others=pair[1],
    )


def _pair(told: Material, measure: str, form: str) -> tuple[Traced, ...]:
    """Return the median of the most deprived fifth and of the others, where both are finite numbers."""
    rows = told.cells.rows("level_and_relative.csv", measure=measure)
    ends = ("most_deprived_fifth", "others")
    if len(rows) != 1 or any(rows[end].iloc[0] in ("", "inf") for end in ends):
        return ()
    return tuple(told.cells.cell("level_and_relative.csv", end, form, measure=measure) for end in ends)


def _worst_wards(told: Material) -> list[Grid]:
    """List the wards with great need and poor access, most residents first."""
    cells = told.cells
    rows = cells.rows("wards.csv", need_and_access=_WORST_OFF)
    if rows.empty:
        return []
    order = rows["residents"].astype(float).sort_values(ascending=False, kind="stable").index
    codes = rows.loc[order, "ward_code"].tolist()
    columns = (("ward_name", ""), ("district", ""), ("residents", COUNT), ("minutes_to_k", TENTHS))
    more = "All others are in wards.csv." if len(codes) > _WARDS_NAMED else ""
    return [
        Grid(
            title="Wards with great need and poor access, most residents first",
            headings=("Ward", "Borough", "Residents", "Minutes"),
            rows=[
                [cells.cell("wards.csv", name, form, ward_code=code) for name, form in columns]
                for code in codes[:_WARDS_NAMED]
            ],
            numbers=(2, 3),
            caption=f"Minutes: the median resident's, to enough centres. {more}".rstrip(),
        )
    ]
