"""What the columns of the tables behind a decision mean: overlaps, links, sites and the tables beside a ranking.

The same word stands for other things in other tables, so each meaning belongs to a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.columns import described

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corridors.study import Study

_LEVEL: Final = "at which the first rival draws level with the first option; beyond it the rival leads; empty where nowhere"
#: By file, what its own columns mean; words in braces are filled in from the study.
_MEANINGS: Final = {
    "overlaps.csv": {
        "residents": "residents who live in both catchments",
        "small_areas": "small areas in both catchments",
        "share_of_a": "of the first one's residents, 0 to 1",
        "share_of_b": "of the second one's residents, 0 to 1",
        "share_of_smaller": "of the smaller catchment's residents, 0 to 1",
    },
    "cover.csv": {
        "order": "catchments taken one by one, each time the one that adds most residents not yet counted",
        "added": "residents of this catchment in none of those above",
        "together": "residents of all catchments so far, each counted once",
        "share": "of the residents in any catchment, 0 to 1",
    },
    "connectedness.csv": {
        "overlapping": "corridors with which it shares residents",
        "sites": "sites in its catchment, or that its table names",
        "schemes": "schemes that serve it",
        "centres": "centres in its catchment",
        "stations": "stations and stops in its catchment",
        "neighbours": "corridors joined to it by residents, sites, schemes, centres or stations",
        "group": "corridors of one number are joined to one another, directly or through others",
        "bridge": "whether its group would fall apart without it",
    },
    "in_common.csv": {
        "corridors": "how many corridors it lies in or serves",
        "corridor_ids": "which, separated by ;",
    },
    "sites.csv": {
        "small_areas": "small areas from which the site is within {pool} min, travelling to it",
        "residents": "residents within {pool} min, travelling to the site; pools of sites overlap and must not be added",
        "aged_16_64": "of them aged 16 to 64",
        "econ_active": "of them economically active",
        "unemployed": "of them unemployed",
        "income_deprived": "people deprived in the Income domain within {pool} min",
        "employment_deprived": "people deprived in the Employment domain within {pool} min",
        "minutes_to_centre_*": "minutes from the site to the centre; over {most} min is unreachable, written inf",
        "minutes_to_hs2_*": "minutes from the site to where the HS2 station stands or will stand",
        "minutes_to_*": "minutes from the site to the nearest service of the kind",
    },
    "indicator.csv": {
        "share": "of the residents of the row, 0 to 1",
        "above_min": "who just misses it: from above so many minutes",
        "up_to_min": "to so many, both to the last of the centres that are needed",
    },
    "indicator_variants.csv": {
        "definition": "the whole definition of the row in words",
        "share": "of all residents, 0 to 1",
        "is_study": "whether it is the definition of the study",
    },
    "indicator_sweep.csv": {
        "statistic": "of the departures: best, median (p50) or 80th percentile (p80)",
        "k": "centres that must be within cutoff_min minutes",
        "share": "of all residents, 0 to 1",
        "is_study": "whether it is the definition of the study",
    },
    "cohorts.csv": {
        "share": "of the people of the group, 0 to 1; the denominator is named in the row",
        "unit": "what is counted: people or households",
    },
    "windows.csv": {"share": "of the residents of the row, 0 to 1, leaving from start until before end"},
    "services_within.csv": {
        "residents_within": "residents with one of the kind within cutoff_min minutes by public transport or on foot",
        "share": "of the residents of the row, 0 to 1",
    },
    "against_car.csv": {
        "residents_by_car_alone": "residents who reach {k} centres by car, and within {most} min not at all by public transport",
    },
    "level_and_relative.csv": {
        "question": "level: how much is in reach; relative: how much for each who competes for it",
        "rho": "Spearman's rank correlation, over small areas where somebody lives, of the Income deprivation rate with the "
        "measure turned so that better access is higher",
        "most_deprived_fifth": "the median resident's value in the areas with the highest rates, which hold about a fifth of "
        "the residents",
        "others": "the median resident's value in all other areas",
    },
    "validation.csv": {
        "rho": "Spearman's rank correlation with the official connectivity score, over small areas",
        "left_out": "small areas with residents and without a score",
    },
    "need_and_access.csv": {
        "wards": "wards in the class",
        "share": "of all residents, 0 to 1",
    },
    "fifths.csv": {
        "fifth": "national fifth of Income deprivation, 1 the most deprived",
        "share": "of the residents of the fifth, 0 to 1",
    },
    "schemes_in_brief.csv": {
        "reaching_before": "residents with {k} or more centres within {cutoff} min today",
        "reaching_after": "the same with the scheme",
        "gain_enough": "residents who come to reach as many",
        "lose_enough": "residents who no longer do",
        "share_before": "of all residents today, 0 to 1",
        "share_after": "of all residents with the scheme, 0 to 1",
    },
    "ward_journeys.csv": {
        "people": "residents of the ward who live in the small area that the journey is told of, its largest",
        "n_within": "centres within {cutoff} min of that small area",
        "centre": "the nearest centre beyond {cutoff} min; empty where there is none",
        "minutes": "minutes to it; over {most} min is unreachable, written inf",
        "shortfall_min": "by how much those exceed {cutoff} min",
        "depart": "the departure whose minutes are the study's statistic, the earliest of equals",
        "limiting": "the part of that journey that would close the gap by itself, everything else staying as it is",
        "limiting_min": "how long that part takes",
    },
    "ward_schemes.csv": {
        "residents_reaching": "residents of today with {k} or more centres within {cutoff} min with the scheme alone",
        "gain_enough": "of them those who do not reach as many today",
        "lose_enough": "residents who reach as many today and no longer would",
        "minutes_before": "minutes of the ward's journey to its missing centre today",
        "minutes_after": "minutes to the same centre with the scheme",
        "closes": "whether those are within {cutoff} min",
    },
    "wins": {
        "p_before": "share of {draws} draws in which the option ranks before the other",
        "p_level": "share of draws in which the two share a rank",
        "told_apart": "whether one comes before the other in at least {sure} of the draws, shared ranks counting half",
    },
    "dominance": {
        "better_on": "criteria on which the first is better than the second, being no worse on any: it stands before it "
        "whatever the weights",
    },
    "criteria_left_out": {
        "left_out": "the criterion without which the options are ranked again, the other weights growing in proportion",
        "places_gained": "places by which the option then stands higher",
    },
    "options_left_out": {
        "pairs": "pairs of the other options",
        "reordered": "those of them that stand in another order without the option: 0, because goalposts are fixed",
        "first_name": "who is then first",
    },
    "factors": {
        "factor": "what is drawn while all else stays: weights, definition of travel time, cost, data; then all together",
        "p_first_lost": "share of draws in which no option that is first by the study is first",
        "mean_rank_shift": "mean over draws and options of the places between the drawn rank and the study's",
        "rank_variance": "mean over options of the variance of the rank",
        "variance_share": "of the variance with all drawn together; shares need not add up to one",
    },
    "toppling_weights": {
        "direction": "whether the criterion must weigh more or less",
        "topples_at": f"the weight {_LEVEL}; the other weights keep their proportions",
        "change": "that weight less the study's",
    },
    "toppling_goalposts": {
        "goalpost": "the one that is moved",
        "value": "where it stands",
        "topples_at": f"the nearest place {_LEVEL} within a hundredth to ten times the distance between the goalposts",
        "change": "that place less the present one",
    },
}


def decision_definitions(study: Study, files: Iterable[str]) -> dict[str, str]:
    """Say what the columns of the files behind a decision mean, each as ``file: column``.

    The tables beside a ranking are the same for corridors and for sites; they are told once, as ``ranking[_sites]_<table>.csv``.
    """
    names = set(files)
    told: dict[str, str] = {}
    for name, meanings in _MEANINGS.items():
        beside = f"ranking_{name}.csv"
        if name in names or beside in names:
            file = name if name in names else f"ranking[_sites]_{name}.csv"
            told |= {f"{file}: {column}": described(study, text) for column, text in meanings.items()}
    return told
