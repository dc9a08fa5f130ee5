"""The tables under the map: rankings, boroughs, sites, schemes and wards, each linked with what the map draws.

Tables are narrow: what belongs to another question stands in a table of its own, so that a telephone shows each whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.page.figures import told
from corridors.study import indicator_in_short
from maps import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridors.ranking.ranking import Criterion
    from corridors.results import RunResults
    from corridors.study import Study

_TWO_DECIMALS: Final = frozenset({"jobs_per_worker"})
#: The tables of wards: key, heading, figures.
_WARD_TABLES: Final = (
    ("wards", "access", ("residents", "share_reaching", "minutes_to_k", "near_miss_share")),
    (
        "wards-car",
        "centres, and against the car",
        ("centres_within", "times_as_long_as_car", "minutes_to_k_car"),
    ),
    ("wards-need", "need", ("typical_tenth", "extent", "share_most_deprived_tenth", "need_and_access")),
    (
        "wards-people",
        "people in need",
        ("income_deprived_per_1000", "employment_deprived_per_1000", "unemployment_rate", "claimant_rate"),
    ),
    ("wards-work", "jobs", ("jobs_within", "jobs_per_worker", "jobs")),
    (
        "wards-change",
        "what the schemes would change",
        ("share_reaching_with_schemes", "share_reaching_change", "jobs_within_change"),
    ),
)


def ranking_tables(
    study: Study, ranking: pd.DataFrame, *, key: str, noun: str, people: bool = True
) -> list[Table]:
    """Describe a ranking: the order, what the scores are made of, and, where wanted, the people behind it."""
    plural = f"{noun.capitalize()}s"
    frame, links = _printed_ranking(ranking), f"{noun}s"
    name = Column("name", noun.capitalize())

    def table(suffix: str, title: str, columns: Sequence[Column], caption: str) -> Table:
        return Table(
            key=f"{key}{suffix}",
            title=title,
            frame=frame,
            columns=columns,
            caption=caption,
            id_column="id",
            heading_column="name",
            links=links,
        )

    people_table = table(
        "-people",
        f"Who lives in the catchments of the {noun}s",
        [name, *_people_columns(study)],
        "Totals beside the rates that are scored. Catchments overlap: the rows must not be added.",
    )
    return [
        table(
            "", f"{plural}, ranked", [*_order_columns(), name, *_score_columns()], _order_caption(study, noun)
        ),
        table(
            "-criteria",
            f"What the scores of the {noun}s are made of",
            [name, *(_criterion_column(criterion) for criterion in study.criteria), _sureness_column()],
            _criteria_caption(study),
        ),
        *([people_table] if people else []),
    ]


def _order_columns() -> list[Column]:
    return [
        Column("rank", "Rank", decimals=0, missing_label="not ranked"),
        Column("rank_range", "Range of ranks", missing_label="none"),
    ]


def _score_columns() -> list[Column]:
    return [
        Column("score", "Score", decimals=2, missing_label="no score"),
        Column("rank_group", "Group", decimals=0, missing_label="none"),
    ]


def _sureness_column() -> Column:
    return Column(
        "p_top3",
        "Among the first three",
        unit="% of draws",
        factor=100,
        decimals=0,
        missing_label="not drawn",
    )


def _order_caption(study: Study, noun: str) -> str:
    choice = study.ranking
    return (
        f"Catchment: small areas whose point is within {choice.catchment_walk_min:g} minutes' walk of the {noun}. The range "
        f"of ranks is the 5th to 95th percentile over {choice.draws:,} draws of {choice.drawn_in_words} (seed "
        f"{choice.seed}). Within a group no order of neighbours should be relied on."
    )


def _criterion_column(criterion: Criterion) -> Column:
    return Column(
        criterion.measure,
        criterion.label,
        unit=criterion.unit,
        decimals=2 if criterion.measure in _TWO_DECIMALS else 0,
    )


def _criteria_caption(study: Study) -> str:
    weights = ", ".join(
        f"{criterion.label} {criterion.weight:.0%} "
        f"(0 at {_worst(criterion.low, criterion.high, criterion.direction)})"
        for criterion in study.criteria
    )
    return f"Rates of the residents of each catchment. Weights and goalposts: {weights}; {study.ranking.weights_in_words}."


def _people_columns(study: Study) -> list[Column]:
    return [
        Column("residents", "Residents", decimals=0),
        Column("income_deprived", "Income-deprived people", decimals=0),
        Column("employment_deprived", "Employment-deprived people", decimals=0),
        Column("unemployed", "Unemployed residents", decimals=0),
        Column("few_centres", f"Residents with fewer than {study.indicator.min_centres} centres", decimals=0),
    ]


def _printed_ranking(ranking: pd.DataFrame) -> pd.DataFrame:
    """Give the ranking as a reader sees it: the range of ranks in one column, and no rank without a score."""
    scored = ranking["score"].notna()
    ranges = ranking["rank_low"].astype(str) + " to " + ranking["rank_high"].astype(str)
    return ranking.assign(
        rank=ranking["rank"].astype("Int64").where(scored),
        rank_range=ranges.astype(object).where(scored, None),
    )


def _worst(low: float, high: float, direction: str) -> str:
    first, last = (low, high) if direction == "higher" else (high, low)
    return f"{first:,g}, 1 at {last:,g}"


def sites_table(study: Study, sites: pd.DataFrame) -> list[Table]:
    """Describe who can get to each site, and how far it is from a centre and from HS2; nothing without sites."""
    if sites.empty:
        return []
    over = f"over {study.journey.max_time_min:g}"
    nearest = {
        "to_centre": [name for name in sites.columns if name.startswith("minutes_to_centre_")],
        "to_hs2": [name for name in sites.columns if name.startswith("minutes_to_hs2_")],
    }
    frame = sites.assign(**{name: sites[columns].min(axis=1) for name, columns in nearest.items() if columns})
    columns = [
        Column("name", "Site"),
        Column("residents", "Residents", decimals=0),
        Column("unemployed", "Of them unemployed", decimals=0),
        Column("income_deprived", "Of them Income-deprived", decimals=0),
        Column("to_centre", "Minutes to the nearest centre", decimals=1, inf_label=over),
        Column("to_hs2", "Minutes to the nearest HS2 station", decimals=1, inf_label=over),
    ]
    return [
        Table(
            key="sites-within-reach",
            title=f"Who reaches each site within {study.labour_pool_min:g} minutes",
            frame=frame,
            columns=[column for column in columns if column.column in frame.columns],
            caption=(
                f"Residents of small areas from which the site is within {study.labour_pool_min:g} minutes by public transport "
                "and on foot, travelling to it. Pools of sites overlap and must not be added. All columns are in sites.csv."
            ),
            id_column="id",
            links="sites",
        )
    ]


def schemes_table(study: Study, results: RunResults) -> list[Table]:
    """Describe whom each scheme brings to enough centres; nothing where the page asks for no schemes."""
    effects = results.explained.schemes
    if effects is None:
        return []
    k = study.indicator.min_centres
    sums = effects.wards.groupby("scheme")[["gain_enough", "lose_enough"]].sum().reindex(effects.names)
    closing = results.explained.closing
    closed = pd.Series(0, index=sums.index) if closing.empty else closing.groupby("scheme")["closes"].sum()
    frame = sums.assign(closes=closed.reindex(effects.names)).rename_axis("scheme").reset_index()
    return [
        Table(
            key="schemes",
            title="What the schemes would change",
            frame=frame,
            columns=[
                Column("scheme", "Scheme"),
                Column("gain_enough", f"More residents with {k} centres", decimals=0),
                Column("lose_enough", "Residents who would lose them", decimals=0),
                Column("closes", "Wards whose journey it closes", decimals=0),
            ],
            caption=(
                f"Each scheme alone against today's timetable: residents who come to have {k} or more centres within "
                f"{study.indicator.cutoff_min:g} minutes, where people live today. Figures of schemes must not be added: where "
                "they reach the same people, or work only together, all of them together differ from their sum. Costs, fifths "
                "and who else gains are answered by `corridors schemes`."
            ),
        )
    ]


def borough_table(study: Study, results: RunResults) -> Table:
    """Describe the indicator by borough, the region first."""
    boroughs = results.indicator[results.indicator["level"].isin(["region", "district"])]
    near = results.fairness.near_miss[["level", "code", "near_miss"]]
    boroughs = boroughs.merge(near, on=["level", "code"], how="left", validate="one_to_one")
    return Table(
        key="boroughs",
        title="The indicator by borough",
        frame=boroughs,
        columns=[
            Column("name", "Borough"),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents reaching", decimals=0),
            Column("residents", "All residents", decimals=0),
            Column("near_miss", f"Miss it by {study.indicator.near_miss_min:g} min or less", decimals=0),
        ],
        caption=(
            f"Residents with {study.indicator.min_centres} or more centres. {indicator_in_short(study)} Shares are over all "
            "residents of each, those who reach nothing included; the whole definition stands under the map."
        ),
        id_column="code",
        links="groups",
        link_column="name",
    )


def ward_tables(study: Study, wards: pd.DataFrame) -> list[Table]:
    """List every ward with all that the map shows by colour, to be read, sorted and downloaded without it."""
    frame = pd.DataFrame(wards.drop(columns="geometry"))
    frame = frame.sort_values(["district", "ward_name", "ward_code"], ignore_index=True)
    frame["ward"] = frame["ward_name"] + ", " + frame["district"]
    caption = (
        "By borough and name; press a heading to sort, a row to see it on the map. Medians and means are over residents. All "
        "columns are in wards.csv."
    )
    return [
        Table(
            key=key,
            title=f"All {len(frame):,} wards: {title}" if len(frame) != 1 else f"The ward: {title}",
            frame=frame,
            columns=[Column("ward", "Ward"), *columns],
            caption=caption,
            id_column="ward_code",
            is_long=True,
            links="areas",
        )
        for key, title, names in _WARD_TABLES
        if (columns := told(study, frame, names))
    ]


def curve_table(study: Study, results: RunResults) -> Table:
    """Describe the share of residents with one centre, two, and so on to all of them."""
    return Table(
        key="curve",
        title="From one centre to all of them",
        frame=results.curve,
        columns=[
            Column("k", "Centres, at least", decimals=0),
            Column("share", "Share of residents", unit="%", factor=100, decimals=1),
            Column("residents_reaching", "Residents", decimals=0),
        ],
        caption=(
            f"Residents with at least so many centres within {study.indicator.cutoff_min:g} minutes: "
            "the indicator is one point of this curve."
        ),
    )
