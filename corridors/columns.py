"""What every column of the outputs means, to how many decimals it is printed, and which data it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from corridors.need.rounding import BRES_OPEN
from corridors.ranking.ranking import SURE

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from corridors.study import Study, Vintages

Source = Literal["areas", "wards", "census", "deprivation", "jobs", "timetable"]


@dataclass(frozen=True)
class Meaning:
    """A column's name for readers and its meaning; words in braces are filled in from the study."""

    label: str
    text: str
    decimals: int
    sources: tuple[Source, ...] = ()


_CENSUS: tuple[Source, ...] = ("census",)
_DEPRIVED: tuple[Source, ...] = ("deprivation",)
_REACHED: tuple[Source, ...] = ("timetable", "census")
_JOBS: tuple[Source, ...] = ("timetable", "jobs")


def _error_of(what: str) -> Meaning:
    """Say what the standard error of a rate of counts of people is."""
    label = what[:1].upper() + what[1:]
    return Meaning(
        f"{label}, standard error",
        f"standard error of {what}, from the rounding of each small area's count at its source",
        4,
    )


MEANINGS: dict[str, Meaning] = {
    "residents": Meaning("Residents", "usual residents, by residents' share of each small area", 0, _CENSUS),
    "residents_reaching": Meaning(
        "Residents who reach {k} centres",
        "residents with {k} or more centres within {cutoff} min",
        0,
        _REACHED,
    ),
    "share_reaching": Meaning(
        "Share who reach {k} centres",
        "residents with {k} or more centres within {cutoff} min over all residents",
        4,
        _REACHED,
    ),
    "n_within": Meaning("Centres within reach", "centres within {cutoff} min", 0, ("timetable",)),
    "minutes_to_k": Meaning(
        "Minutes to {k} centres",
        "minutes to the {nth} nearest centre; over an area, the median resident's; over {most} min is unreachable, "
        "written inf in the files",
        1,
        _REACHED,
    ),
    "share_departures": Meaning(
        "Share of departures",
        "share of departures at which {k} or more centres are within {cutoff} min; over an area, residents' mean",
        4,
        _REACHED,
    ),
    "jobs_within": Meaning(
        "Jobs within reach", "jobs within {jobs_cutoff} min; over an area, residents' mean", 0, _JOBS
    ),
    "jobs_per_worker": Meaning(
        "Jobs per competing worker",
        "jobs within {jobs_cutoff} min, each shared among all {competitors} who reach it; residents' mean",
        3,
        (*_JOBS, "census"),
    ),
    "jobs_per_unemployed": Meaning(
        "Jobs per competing unemployed resident",
        "jobs within {jobs_cutoff} min, each shared among all unemployed residents who reach it; residents' mean",
        3,
        (*_JOBS, "census"),
    ),
    "unemployed_per_1000_jobs": Meaning(
        "Own unemployed per 1,000 jobs",
        "the area's own unemployed residents per 1,000 jobs within its {jobs_cutoff} min; written inf where it reaches none",
        3,
        (*_JOBS, "census"),
    ),
    "competing_unemployed_per_1000_jobs": Meaning(
        "Competing unemployed per 1,000 jobs",
        "unemployed residents, from everywhere, who compete for each 1,000 jobs within {jobs_cutoff} min; written inf where "
        "there are no jobs",
        1,
        (*_JOBS, "census"),
    ),
    "minutes_to_k_car": Meaning(
        "Minutes by car to {k} centres",
        "minutes of the drive at free flow to the {nth} nearest centre; over an area, the median resident's",
        1,
        _CENSUS,
    ),
    "jobs_within_car": Meaning(
        "Jobs within a drive",
        "jobs within a drive of {jobs_cutoff} min at free flow; over an area, residents' mean",
        0,
        ("jobs",),
    ),
    "times_as_long_as_car": Meaning(
        "Times as long as by car",
        "median minutes to the {nth} nearest centre by public transport over those of the drive at free flow, which flatters "
        "the car; written inf where only the car gets there, empty where neither does",
        2,
        _REACHED,
    ),
    "jobs_share_of_car": Meaning(
        "Jobs by public transport against car",
        "jobs within {jobs_cutoff} min by public transport over jobs within a drive of as many minutes at free flow, which "
        "flatters the car; empty where a car reaches none",
        4,
        _JOBS,
    ),
    "income_deprived": Meaning(
        "Income-deprived people", "people deprived in the Income domain", 0, _DEPRIVED
    ),
    "employment_deprived": Meaning(
        "Employment-deprived people", "people deprived in the Employment domain", 0, _DEPRIVED
    ),
    "income_rate": Meaning(
        "Income deprivation rate", "Income-deprived people over the domain's own denominator", 4, _DEPRIVED
    ),
    "employment_rate": Meaning(
        "Employment deprivation rate",
        "Employment-deprived people over the domain's own denominator",
        4,
        _DEPRIVED,
    ),
    "income_deprived_per_1000": Meaning(
        "Income-deprived per 1,000 residents",
        "Income-deprived people per 1,000 residents",
        1,
        ("deprivation", "census"),
    ),
    "employment_deprived_per_1000": Meaning(
        "Employment-deprived per 1,000 residents",
        "Employment-deprived people per 1,000 residents",
        1,
        ("deprivation", "census"),
    ),
    "small_areas": Meaning("Small areas", "number of small areas (wards: best fit)", 0, ("areas",)),
    "share_most_deprived_tenth": Meaning(
        "Share in the most deprived tenth",
        "share of small areas (best fit, not people) in the nation's most deprived tenth, overall index",
        4,
        _DEPRIVED,
    ),
    "average_score": Meaning(
        "Average deprivation score",
        "mean score of the overall Index of Multiple Deprivation, weighted by the edition's own residents; relative, not a "
        "quantity",
        3,
        _DEPRIVED,
    ),
    "average_rank": Meaning(
        "Average deprivation rank",
        "mean rank of the overall index, weighted by the edition's own residents, turned as published: higher is more "
        "deprived",
        1,
        _DEPRIVED,
    ),
    "extent": Meaning(
        "Extent of deprivation",
        "share of people in the nation's most deprived three tenths of small areas by the overall index, those beyond the "
        "first tenth counting less and less",
        4,
        _DEPRIVED,
    ),
    "local_concentration": Meaning(
        "Local concentration of deprivation",
        "mean rank of the most deprived small areas that hold exactly a tenth of the people, turned as published: higher is "
        "more deprived",
        1,
        _DEPRIVED,
    ),
    "most_deprived_rank": Meaning(
        "Rank of the most deprived small area",
        "national rank of the most deprived small area by the overall index, 1 = England's most deprived",
        0,
        _DEPRIVED,
    ),
    "claimants": Meaning(
        "Claimants",
        "people who claim benefits principally for being unemployed, rounded to five at source",
        0,
    ),
    "claimants_low": Meaning("Claimants, at least", "fewest claimants that the rounding allows", 0),
    "claimants_high": Meaning("Claimants, at most", "most claimants that the rounding allows", 0),
    "claimants_denominator": Meaning(
        "Residents the claimant rate is over", "residents aged 16 to 64 of the table's own mid-year", 0
    ),
    "claimant_rate": Meaning(
        "Claimant rate",
        "claimants over residents aged 16 to 64 of the table's own mid-year; empty where a ward has no count",
        4,
    ),
    "claimant_rate_low": Meaning("Claimant rate, at least", "the lowest rate that the rounding allows", 4),
    "claimant_rate_high": Meaning("Claimant rate, at most", "the highest rate that the rounding allows", 4),
    "need_and_access": Meaning(
        "Need and access",
        "thirds of residents by Income-deprived people per 1,000 residents (3 = most) and by minutes to the {nth} nearest "
        "centre (3 = fewest): 3-1 is the greatest need with the poorest access",
        0,
        ("timetable", "deprivation", "census"),
    ),
    "imd_decile": Meaning(
        "Tenth of deprivation", "national tenth of the overall index, 1 = most deprived", 0, _DEPRIVED
    ),
    "centres_within": Meaning(
        "Centres within reach, mean", "centres within {cutoff} min, residents' mean", 2, _REACHED
    ),
    "near_miss_share": Meaning(
        "Just miss it, share",
        "residents whose {nth} centre lies beyond {cutoff} min by no more than {margin} min, over all residents",
        4,
        _REACHED,
    ),
    "typical_tenth": Meaning(
        "Typical tenth of deprivation",
        "national tenth of the overall index, 1 = most deprived, of the small area in which the median resident lives, "
        "residents ordered by tenth",
        0,
        ("deprivation", "census"),
    ),
    "share_reaching_with_schemes": Meaning(
        "Share who would reach {k} centres with the schemes",
        "residents with {k} or more centres within {cutoff} min once all schemes of the study run, over all residents of "
        "today; seats, fares and where people then live are not modelled",
        4,
        _REACHED,
    ),
    "share_reaching_change": Meaning(
        "Change in that share",
        "share of residents with {k} or more centres within {cutoff} min with all schemes of the study less the share "
        "today",
        4,
        _REACHED,
    ),
    "jobs_within_change": Meaning(
        "Change in jobs within reach",
        "jobs within {jobs_cutoff} min with all schemes of the study less those today, residents' mean; jobs stay where "
        "they are",
        0,
        _JOBS,
    ),
    "near_miss": Meaning(
        "Just miss it",
        "people whose enough-th centre lies beyond {cutoff} min by no more than {margin} min",
        0,
        _REACHED,
    ),
    "people": Meaning("People of the group", "people (or households) of the group", 0, _CENSUS),
    "people_reaching": Meaning(
        "People of the group who reach {k} centres",
        "people (or households) of the group in small areas with {k} or more centres within {cutoff} min",
        0,
        _REACHED,
    ),
    "aged_16_64": Meaning("Residents aged 16 to 64", "residents aged 16 to 64", 0, _CENSUS),
    "econ_active": Meaning("Economically active", "economically active residents", 0, _CENSUS),
    "unemployed": Meaning("Unemployed", "unemployed residents", 0, _CENSUS),
    "unemployment_rate": Meaning(
        "Unemployment rate", "unemployed over economically active residents", 4, _CENSUS
    ),
    "aged_16_plus": Meaning("Residents aged 16 and over", "residents aged 16 and over", 0, _CENSUS),
    "activity_rate": Meaning(
        "Economically active, share",
        "economically active residents over residents aged 16 and over",
        4,
        _CENSUS,
    ),
    "no_qualifications": Meaning(
        "Without qualifications", "residents aged 16 and over without qualifications", 0, _CENSUS
    ),
    "no_qualifications_rate": Meaning(
        "Without qualifications, share",
        "residents without qualifications over residents aged 16 and over",
        4,
        _CENSUS,
    ),
    "households": Meaning("Households", "households", 0, _CENSUS),
    "households_no_car": Meaning(
        "Households without a car", "households without a car or van (households, not people)", 0, _CENSUS
    ),
    "no_car_rate": Meaning(
        "Households without a car, share", "households without a car or van over all households", 4, _CENSUS
    ),
    "working_age_share": Meaning(
        "Aged 16 to 64, share", "residents aged 16 to 64 over all residents", 4, _CENSUS
    ),
    "unemployed_per_1000": Meaning(
        "Unemployed per 1,000 residents", "unemployed residents per 1,000 residents", 1, _CENSUS
    ),
    "jobs": Meaning("Jobs", "jobs at workplaces in the ward, rounded to ten", 0, ("jobs",)),
    "jobs_low": Meaning(
        "Jobs, at least",
        f"the fewest jobs the published counts may stand for, which are {BRES_OPEN.in_words}; the survey's sampling error is "
        "not in the range; empty where the points of jobs name no published counts",
        0,
        ("jobs",),
    ),
    "jobs_high": Meaning(
        "Jobs, at most",
        f"the most jobs the published counts may stand for, which are {BRES_OPEN.in_words}; the survey's sampling error is "
        "not in the range; empty where the points of jobs name no published counts",
        0,
        ("jobs",),
    ),
    "jobs_unpublished": Meaning(
        "Jobs estimated",
        "jobs that no published count stands behind: estimates, held at their value in both ends of the range",
        0,
        ("jobs",),
    ),
    "employment_per_resident_16_64": Meaning(
        "Employment per resident 16 to 64",
        "jobs at workplaces per resident aged 16 to 64 (not the official jobs density)",
        3,
        ("jobs", "census"),
    ),
    "few_centres": Meaning(
        "Residents with few centres", "residents with fewer than {k} centres within {cutoff} min", 0, _REACHED
    ),
    "few_centres_per_1000": Meaning(
        "Residents with few centres per 1,000",
        "residents with fewer than {k} centres within {cutoff} min, per 1,000 residents",
        1,
        _REACHED,
    ),
    "score": Meaning(
        "Score", "{mean} of the criteria, each placed between its goalposts: 1 = first priority", 4
    ),
    "rank": Meaning("Rank", "rank by score, 1 = first; an option without a score shares the last rank", 0),
    "rank_median": Meaning(
        "Rank, median", "median of the rank over {draws} draws of {drawn}; empty without a score", 0
    ),
    "rank_low": Meaning(
        "Rank, 5th percentile",
        "5th percentile of the rank over {draws} draws of {drawn}; empty without a score",
        0,
    ),
    "rank_high": Meaning(
        "Rank, 95th percentile",
        "95th percentile of the rank over {draws} draws of {drawn}; empty without a score",
        0,
    ),
    "p_first": Meaning(
        "First",
        "share of draws in which the option is first, alone or level with others; empty without a score",
        4,
    ),
    "p_top3": Meaning(
        "Among the first three",
        "share of draws in which the option is among the first three; empty without a score",
        4,
    ),
    "rank_group": Meaning(
        "Group of ranks",
        "number of the group, 1 = first: a new one begins where every option above comes before every option below in at "
        "least {sure} of the draws; no order within a group should be relied on; empty without a score",
        0,
    ),
    "income_deprived_per_1000_error": _error_of("Income-deprived people per 1,000 residents"),
    "employment_deprived_per_1000_error": _error_of("Employment-deprived people per 1,000 residents"),
    "unemployed_per_1000_error": _error_of("unemployed residents per 1,000 residents"),
    "jobs_within_error": Meaning(
        "Jobs within reach, standard error",
        f"standard error of jobs within reach by rounding alone; the counts are {BRES_OPEN.in_words}; the survey's sampling "
        "error is not in it",
        1,
        _JOBS,
    ),
    "jobs_per_worker_error": Meaning(
        "Jobs per competing worker, standard error",
        "standard error of jobs per competing worker, by the same part of the figure as that of jobs within reach",
        4,
        _JOBS,
    ),
    "cost_m_low": Meaning("Cost, at least", "cost, low estimate, £ million", 1),
    "cost_m_central": Meaning("Cost", "cost, central estimate, £ million", 1),
    "cost_m_high": Meaning("Cost, at most", "cost, high estimate, £ million", 1),
    "income_deprived_per_m": Meaning(
        "Income-deprived people per £m",
        "Income-deprived people who live in the catchment per £ million of the central cost: people near it, not people "
        "whom it helps",
        2,
        _DEPRIVED,
    ),
}


#: Figures that wards have by residents' share of each small area; jobs are counted where their points lie, and shares of
#: small areas go by best fit.
BY_RESIDENTS_SHARE = frozenset(
    {
        "residents_reaching", "share_reaching", "minutes_to_k", "share_departures", "jobs_within", "jobs_per_worker",
        "jobs_per_unemployed", "minutes_to_k_car", "jobs_within_car", "times_as_long_as_car", "income_deprived", "employment_deprived",
        "income_rate", "employment_rate", "income_deprived_per_1000", "employment_deprived_per_1000", "aged_16_64",
        "econ_active", "unemployed", "unemployment_rate", "average_score", "average_rank", "extent",
        "local_concentration", "claimants", "claimants_denominator", "claimant_rate", "near_miss",
        "centres_within", "near_miss_share", "typical_tenth", "share_reaching_with_schemes", "share_reaching_change",
        "jobs_within_change",
    }
)  # fmt: skip


def column_definitions(study: Study, columns: Iterable[str]) -> dict[str, str]:
    """Say what columns mean under a study's definition, each with the vintages it rests on."""
    words = _words(study)
    known = [name for name in dict.fromkeys(columns) if name in MEANINGS]
    return {name: _sentence(name, words, study.vintages) for name in known}


def described(study: Study, text: str) -> str:
    """Fill a study's definition into a sentence about a column, and make a sentence of it."""
    return f"{_sentence_case(text.format(**_words(study)))}."


def column_labels(study: Study) -> dict[str, str]:
    """Name every known column for readers."""
    words = _words(study)
    return {name: meaning.label.format(**words) for name, meaning in MEANINGS.items()}


def _words(study: Study) -> dict[str, str]:
    return {
        "k": f"{study.indicator.min_centres}",
        "nth": ordinal(study.indicator.min_centres),
        "cutoff": f"{study.indicator.cutoff_min:g}",
        "jobs_cutoff": f"{study.jobs.cutoff_min:g}",
        "most": f"{study.journey.max_time_min:g}",
        "competitors": {
            "econ_active": "economically active residents",
            "aged_16_64": "residents aged 16 to 64",
        }[study.jobs.competitors],
        "draws": f"{study.ranking.draws:,}",
        "drawn": study.ranking.drawn_in_words,
        "sure": f"{SURE:.0%}",
        "mean": {"arithmetic": "weighted mean", "geometric": "weighted geometric mean"}[
            study.ranking.aggregation
        ],
        "pool": f"{study.labour_pool_min:g}",
        "margin": f"{study.indicator.near_miss_min:g}",
    }


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Round a table for printing: known columns to their own decimals, other figures to four."""
    figures = table.select_dtypes("float").columns
    decimals = {name: MEANINGS[name].decimals if name in MEANINGS else 4 for name in figures}
    whole = [name for name in figures if decimals[name] == 0 and not np.isinf(table[name]).any()]
    # Python's own rounding, as the page prints: numpy makes 44.8 of 44.85, where the page says 44.9.
    printed = {name: [round(value, decimals[name]) for value in table[name].tolist()] for name in figures}
    return table.assign(**printed).astype(dict.fromkeys(whole, "Int64"))


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th …"""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _sentence(name: str, words: dict[str, str], vintages: Vintages) -> str:
    """Say a column's meaning, then the editions of the data it rests on."""
    text = MEANINGS[name].text.format(**words)
    if name in BY_RESIDENTS_SHARE:
        text += "; in wards by residents' share of each small area"
    editions = [getattr(vintages, source) for source in MEANINGS[name].sources]
    return f"{_sentence_case(text)}." + (f" Data: {'; '.join(editions)}." if editions else "")


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
