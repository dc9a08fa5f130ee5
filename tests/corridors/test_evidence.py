"""The strategy's register: every entry stands where it says and says what the document says."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from corridors import evidence
from corridors.errors import TableError, ToolkitError
from corridors.register.spec import KINDS, REGISTER, STATUSES

NUMBER = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
WORDS = {
    "one in five": 20, "one fifth": 20, "a third": 33, "one third": 33, "a quarter": 25, "one quarter": 25,
    "twice": 2, "doubled": 2, "double": 2, "tripled": 3, "three": 3, "four": 4, "six": 6, "eight": 8, "nine": 9, "ten": 10,
    "two million": 2e6,
}  # fmt: skip
SCALES = {"million": 1e6, "m": 1e6, "bn": 1e9}


@pytest.fixture(scope="module")
def register() -> pd.DataFrame:
    return evidence.read_register()


# The register itself


def test_the_register_is_typed_sorted_and_whole(register):
    assert list(register.columns) == [field.name for field in REGISTER.fields]
    assert register["id"].is_unique
    order = list(zip(register["line"], register["id"], strict=True))
    assert order == sorted(order)
    assert [str(register[name].dtype) for name in ("value", "base_year", "verified")] == [
        "float64",
        "Int64",
        "bool",
    ]
    assert not register.drop(columns=["value", "base_year", "target_year"]).isna().to_numpy().any()


def test_every_kind_and_status_is_used_and_none_is_unknown(register):
    assert set(register["kind"]) == set(KINDS)
    assert set(register["status"]) == set(STATUSES)


def test_a_quotation_stays_short(register):
    words = register["wording"].str.split().str.len()
    assert words.max() <= 25
    assert words.mean() < 8


def parsed(wording: str) -> set[float]:
    """Return the numbers a quotation holds, in digits or in words, also in their scale."""
    found = set()
    for digits, scale in re.findall(rf"({NUMBER})(?:\s?(million|bn|m)\b)?", wording):
        number = float(digits.replace(",", ""))
        found |= {number, number * SCALES.get(scale, 1)}
    return found | {number for word, number in WORDS.items() if word in wording.lower()}


def test_every_value_is_the_number_of_its_own_quotation(register):
    stated = register[register["value"].notna()]
    assert len(stated) > 100
    wrong = [row.id for row in stated.itertuples() if row.value not in parsed(row.wording)]
    assert wrong == []


def test_every_scale_is_that_of_its_own_quotation(register):
    money = register[register["unit"].str.startswith("£")]
    for row in money.itertuples():
        scale = {"bn": "£ billion", "m": "£ million", "": "£ "}
        number = f"{row.value:,.10g}"
        letters = re.search(rf"£{re.escape(number)}(bn|m|)", row.wording)
        assert letters, row.id
        assert row.unit.startswith(scale[letters[1]]), row.id
    assert len(money) > 30
    stated = register[register["value"].notna()]
    shares = [row for row in stated.itertuples() if f"{row.value:g}%" in row.wording]
    assert len(shares) > 20
    assert [row.id for row in shares if not row.unit.startswith("%")] == []


def test_years_are_those_the_quotation_or_its_place_names(register):
    named = register[register["target_year"].notna()]
    # The Games and the year of culture are named with their year a line away.
    apart = {"alexander_stadium", "sandwell_pool"}
    for row in named[~named["id"].isin(apart)].itertuples():
        assert str(row.target_year) in row.wording, row.id
    based = register[register["base_year"].notna()]
    # Named in the sentence, or the sentence before, that the quotation is cut from.
    apart = {
        "fiveg_investment",
        "fdi_jobs",
        "fdi_doubled",
        "no_qualifications_national",
        "steamhouse_businesses",
    }
    for row in based[~based["id"].isin(apart)].itertuples():
        assert str(row.base_year) in row.wording, row.id


def test_the_parts_of_the_output_gap_sum_to_it(register):
    value = register.set_index("id")["value"]
    parts = value[["output_gap_skills", "output_gap_employment", "output_gap_business"]]
    assert parts.sum() == pytest.approx(value["output_gap"])


@pytest.mark.realdata
def test_every_quotation_begins_on_its_line_of_the_document(register, shared_data):
    (document,) = (shared_data.parent / "reference").glob("*.txt")
    lines = document.read_text(encoding="utf-8").split("\n")
    for row in register[register["verified"]].itertuples():
        begins = len(" ".join(lines[row.line - 1].split()))
        text = " ".join(" ".join(lines[row.line - 1 : row.line + 12]).split())
        first, *rest = row.wording.split(" … ")
        at = text.find(first)
        assert 0 <= at < begins, row.id
        for words in rest:
            at = text.find(words, at + 1)
            assert at > 0, row.id
    assert register["verified"].all()


@pytest.mark.realdata
def test_every_section_is_the_last_heading_before_its_line(register, shared_data):
    (document,) = (shared_data.parent / "reference").glob("*.txt")
    lines = [" ".join(line.split()) for line in document.read_text(encoding="utf-8").split("\n")]
    headings = {
        section: [
            number
            for number, line in enumerate(lines, start=1)
            # The contents and Figure 2 name some headings too.
            if line == section and number > 36 and not 148 <= number <= 192
        ]
        for section in register["section"].unique()
    }
    for row in register.itertuples():
        before = [number for number in headings[row.section] if number <= row.line]
        assert before, row.id
        closer = [n for numbers in headings.values() for n in numbers if max(before) < n <= row.line]
        # A box such as "Energy Capital" is followed by the section it stands in.
        assert not closer or row.section == "Improving connectivity and opportunity", row.id


@pytest.mark.realdata
def test_no_number_of_the_document_is_missing(register, shared_data):
    (document,) = (shared_data.parent / "reference").glob("*.txt")
    text = document.read_text(encoding="utf-8").split("Introduction\n", 1)[1]
    number = r"£\d+(?:[.,]\d+)*(?:bn|m)?|\d[\d.]*%|\d{1,3}(?:,\d{3})+|\d[\d.]* million|\b\d+k?m\b"
    found = set(re.findall(number, text))
    assert len(found) > 60
    assert {
        words for words in found if not register["wording"].str.contains(words, regex=False).any()
    } == set()


# Contradictions


def test_the_known_contradictions_are_kept_with_both_sides(register):
    pairs = evidence.contradictions(register)
    found = {frozenset(pair) for pair in zip(pairs["id"], pairs["other_id"], strict=True)}
    assert {
        frozenset({"homes_2030", "homes_2031"}),
        frozenset({"market_four_hours", "population_four_hours"}),
        frozenset({"population_under_25_share", "population_under_30_share"}),
        frozenset({"fdi_tripled", "fdi_doubled"}),
        frozenset({"fdi_share_birmingham", "fdi_share_coventry"}),
        frozenset({"fdi_share_birmingham", "fdi_share_black_country"}),
        frozenset({"fdi_share_coventry", "fdi_share_black_country"}),
        frozenset({"productivity_more_than_double", "productivity_twice"}),
        frozenset({"brownfield_institute", "brownfield_proposals"}),
    } <= found
    assert len(found) == len(pairs) == register["contradicts"].str.split().str.len().sum() / 2
    assert (pairs["line"] <= pairs["other_line"]).all()
    homes = pairs.set_index("id").loc["homes_2030"]
    assert (homes["wording"], homes["other_wording"]) == (
        "Metrics by 2030 … 215,000 Homes",
        "215,000 new homes by 2031",
    )


def test_the_three_shares_sum_to_a_hundred_and_one(register):
    shares = register[register["id"].str.startswith("fdi_share_")]
    assert shares["value"].sum() == 101


def test_without_contradictions_the_table_is_empty_with_its_columns(register):
    none = evidence.contradictions(register[register["contradicts"].eq("")])
    assert none.empty
    assert list(none.columns) == list(evidence.contradictions(register).columns)


# Asking for one entry


def test_a_figure_is_returned_with_its_source():
    entry = evidence.figure("kpi45")
    assert (entry.value, entry.unit, entry.section, entry.line) == (
        41,
        "% of residents",
        "Infrastructure",
        327,
    )
    assert (entry.base_year, entry.target_year, entry.contradicts) == (None, None, ())
    assert entry.source.title == "West Midlands Local Industrial Strategy, consultation document"
    assert entry.source.date == "2018"
    assert isinstance(evidence.figure("homes_2031").target_year, int)


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("kpi45", "41 % of residents"),
        ("hs2_population", "2 million residents connected to HS2"),
        ("population_under_25", "1.3 million people under 25"),
        ("population_2038", "over 400,000 more residents, target year 2038"),
        ("upskill", "86,036 people to be upskilled"),
        ("gva_per_employee", "£42,897 of GVA per employee"),
        ("hs2_strategy_cost", "£4.4 billion"),
        ("no_qualifications", "11.4 % without qualifications, base year 2017"),
        ("left_behind", ""),
    ],
)
def test_numbers_are_said_in_words(register, name, stated):
    assert evidence.figure(name, register=register).stated == stated


def test_a_citation_gives_number_wording_section_and_year():
    assert evidence.cite("kpi45") == (
        "The West Midlands Local Industrial Strategy, consultation document (2018), states 41 % of residents: "
        '"Only 41% of residents are able to access three or more centres by public transport within 45 minutes in the '
        'peak morning traffic" (section Infrastructure).'
    )


def test_a_citation_without_a_number_says_what_is_said(register):
    assert '(2018), says: "left behind' in evidence.cite("left_behind", register=register)


def test_a_citation_does_not_hide_a_contradiction(register):
    assert evidence.cite("homes_2031", register=register).endswith(
        'The same document also says "Metrics by 2030 … 215,000 Homes" (section Creating our Industrial Strategy).'
    )


def test_references_in_a_text_are_filled_in_and_other_braces_stay(register):
    filled = evidence.with_citations("{strategy:hs2_london} For {region}: {strategy:kpi45}")
    london, kpi45 = (evidence.cite(name, register=register) for name in ("hs2_london", "kpi45"))
    assert filled == f"{london} For {{region}}: {kpi45}"
    assert evidence.with_citations("no reference {k}") == "no reference {k}"


@pytest.mark.parametrize("ask", [evidence.figure, evidence.cite])
def test_an_unknown_entry_names_the_nearest(ask):
    with pytest.raises(ToolkitError, match="no entry 'kpi54'; did you mean 'kpi45'"):
        ask("kpi54")


def test_an_unknown_reference_is_refused():
    with pytest.raises(ToolkitError, match="no entry '41%'; read_register"):
        evidence.with_citations("{strategy:41%}")


# A register of one's own

HEADER = ",".join(field.name for field in REGISTER.fields)
ROW = {
    "id": "one", "kind": "figure", "wording": "7 of ten", "qualifier": "", "value": "7", "unit": "people",
    "base_year": "2017", "target_year": "", "section": "First", "line": "3", "status": "not_modelled",
    "feature": "context", "contradicts": "", "note": "", "source": "strategy", "verified": "true",
}  # fmt: skip


def own(tmp_path, *changes):
    """Write a register of rows that differ from `ROW`, and read it."""
    path = tmp_path / "own.csv"
    rows = [",".join({**ROW, **change}.values()) for change in changes]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return evidence.read_register(path)


def test_an_own_register_answers_like_the_shipped_one(tmp_path):
    table = own(tmp_path, {"id": "two", "line": "9"}, {})
    assert table["id"].tolist() == ["one", "two"]
    assert evidence.figure("one", register=table).stated == "7 people, base year 2017"


def test_a_header_alone_is_an_empty_register(tmp_path):
    table = own(tmp_path)
    assert table.empty
    assert evidence.contradictions(table).empty


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "guess"}, "own.csv, row 2: kind 'guess' is none of challenge, cohort"),
        ({"status": "done"}, "own.csv, row 2: status 'done' is none of compared, computed"),
        ({"source": "hearsay"}, "own.csv, row 2: source 'hearsay' is none of strategy"),
        ({"feature": "context teleport"}, "own.csv, row 2: feature 'teleport' is not declared"),
        ({"feature": "site:"}, "own.csv, row 2: feature 'site:' is not declared"),
        ({"feature": ""}, "own.csv, row 2: column 'feature' is empty"),
        ({"id": "One More"}, "own.csv, row 2: id 'One More' is not made of"),
        ({"unit": ""}, "own.csv, row 2: a number and its unit go together"),
        ({"value": ""}, "own.csv, row 2: a number and its unit go together"),
        ({"value": "many"}, "own.csv, row 2: value 'many' is not a number"),
        ({"base_year": "17"}, "own.csv, row 2: base_year '17' is not a year from 1900 to 2200"),
        ({"base_year": "2017.5"}, "own.csv, row 2: base_year '2017.5' is not a year"),
        ({"status": "contradicted"}, "own.csv, row 2: an entry called contradicted must name"),
        ({"contradicts": "ghost"}, "own.csv, row 2: contradicts 'ghost', which is no other entry"),
        ({"contradicts": "one"}, "own.csv, row 2: contradicts 'one', which is no other entry"),
    ],
)
def test_a_fault_of_a_register_is_one_sentence(tmp_path, change, said):
    with pytest.raises(TableError) as caught:
        own(tmp_path, change)
    assert str(caught.value).startswith(said)


def test_a_contradiction_must_be_said_on_both_sides(tmp_path):
    with pytest.raises(TableError, match=r"row 3: contradicts 'one', which does not name it in turn$"):
        own(tmp_path, {}, {"id": "two", "contradicts": "one"})
    both = own(tmp_path, {"contradicts": "two"}, {"id": "two", "line": "9", "contradicts": "one"})
    assert evidence.contradictions(both)[["id", "other_id"]].to_numpy().tolist() == [["one", "two"]]


def test_a_repeated_id_and_several_faults_are_counted(tmp_path):
    with pytest.raises(TableError, match="row 3: id 'one' is already used in row 2"):
        own(tmp_path, {}, {})
    with pytest.raises(TableError, match=r"row 2: kind 'x' .* \(faults in this file: 2\)"):
        own(tmp_path, {"kind": "x"}, {"id": "two", "kind": "y"})
