"""What an entry of the register may say: its columns, and the words its kind, status and feature are taken from."""

from __future__ import annotations

from corridors.tables.tables import Field, TableSpec

KINDS = {
    "figure": "a number, or a claim that could be one",
    "target": "what is to be reached",
    "place": "a named place",
    "programme": "something funded, planned or under way",
    "definition": "what a word or a measure means, or how the strategy goes about it",
    "commitment": "one of the ten commitments",
    "challenge": "what the strategy says is wrong",
    "cohort": "a group of people it singles out",
    "sector": "an industry or field it singles out",
    "theme": "a heading that groups actions",
    "question": "a question put to readers",
    "evidence": "where its own evidence comes from",
}
STATUSES = {
    "computed": "the toolkit works out its own answer",
    "compared": "the toolkit prints it beside its own",
    "shown": "the toolkit shows it and has no figure of its own",
    "contradicted": "the document says otherwise elsewhere; both are kept",
    "not_modelled": "held here alone",
}
FEATURES = {
    "indicator": "residents with enough centres in reach",
    "jobs": "jobs in reach",
    "employment": "jobs, unemployment and qualifications by ward",
    "deprivation": "deprivation by ward",
    "fairness": "access by group of residents",
    "corridors": "corridors, described and ranked",
    "sites": "sites, described and ranked",
    "schemes": "changes of the timetable",
    "appraisal": "gains held against costs",
    "hs2": "catchments of the HS2 stations",
    "population": "more residents as a factor of a scenario",
    "roads": "public transport against car",
    "sectors": "jobs by sector, weighted by output",
    "geography": "areas that a share is taken over",
    "programmes": "tags of corridors, sites and schemes",
    "targets": "the strategy's targets with their years",
    "report": "how results are worded",
    "context": "background",
}
NAMED_FEATURES = {
    "column": "a column of the outputs",
    "study": "a key of the study file",
    "centre": "a centre of the embedded sample",
    "corridor": "a corridor of the embedded sample",
    "site": "a site of the embedded sample",
    "station": "a station of the embedded sample",
    "scheme": "a scheme of the embedded sample",
}

SOURCES = TableSpec(
    row="document",
    key=("source",),
    fields=(
        Field("source", "text", "id of the document"),
        Field("title", "text", "its title"),
        Field("publisher", "text", "who published it"),
        Field("date", "text", "when, as precisely as it says"),
        Field("note", "text", "what else to know about it", may_be_empty=True),
    ),
)
REGISTER = TableSpec(
    row="statement of the strategy",
    key=("id",),
    fields=(
        Field("id", "text", "short name of the entry: small letters, digits and underscores"),
        Field("kind", "text", "one of `KINDS`"),
        Field("wording", "text", "a few words of the document, verbatim; … stands between words taken apart"),
        Field("qualifier", "text", "what stands before the number: more than, nearly, …", may_be_empty=True),
        Field("value", "number", "the number, in `unit`", may_be_empty=True),
        Field("unit", "text", "what the number counts, with its scale", may_be_empty=True),
        Field("base_year", "year", "year, or first year, the number is of, where said", may_be_empty=True),
        Field("target_year", "year", "year by which it is to be so, where said", may_be_empty=True),
        Field("section", "text", "heading under which it stands"),
        Field("line", "count", "line of the plain-text edition on which the wording begins"),
        Field("status", "text", "one of `STATUSES`"),
        Field(
            "feature", "text", "what stands for it: `FEATURES`, or `NAMED_FEATURES` with a name, by spaces"
        ),
        Field("contradicts", "text", "entries that say otherwise, by spaces", may_be_empty=True),
        Field("note", "text", "what is left open, and where else it stands", may_be_empty=True),
        Field("source", "text", "id of the document"),
        Field("verified", "flag", "true once the wording has been found in the document"),
    ),
)
