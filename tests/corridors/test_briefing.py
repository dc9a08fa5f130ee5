"""The briefing of a run: every figure is a cell, every page prints, and little is said where there is little to say."""

from __future__ import annotations

import io
import json
import re
import shutil

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from traced import Briefing, mistakes

import corridors
from corridors import evidence
from corridors.briefing.cells import Cells, listed, printed, say
from corridors.briefing.figures import figure_of_curve, figure_of_map, figure_of_ranking
from maps.briefing import plain_text

_PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture(scope="module")
def made(pristine_study, tmp_path_factory):
    """Return the folder of a run of the made study."""
    out = tmp_path_factory.mktemp("briefing")
    corridors.run_study(corridors.load_study(pristine_study), out=out)
    return out


@pytest.fixture(scope="session")
def of_sample(sample_results):
    """Return the folder of a run of the embedded sample."""
    return sample_results.outputs["briefing.html"].parent


@pytest.fixture(scope="module")
def cited() -> dict[tuple[str, str], str]:
    """Return what the register says of the figure that the study is held against."""
    note = evidence.figure("kpi45").note
    return {
        ("kpi45", ""): evidence.cite("kpi45"),
        ("kpi45", "note"): note[:1].upper() + note[1:],
    }


def read(folder) -> Briefing:
    return Briefing((folder / "briefing.html").read_text(encoding="utf-8"))


def text_of(folder) -> str:
    """Return all the words of a briefing, traced or not, in order."""
    html = (folder / "briefing.html").read_text(encoding="utf-8").split("</head>")[1]
    plain = re.sub(r"<[^>]+>", "", re.sub(r"</(p|li|h1|h2|td|th|dt|dd|caption)>", " ", html))
    return " ".join(plain.split())


def headings(folder) -> list[str]:
    html = (folder / "briefing.html").read_text(encoding="utf-8")
    return re.findall(r"<h2>(.*?)</h2>", html)


def changed(study_file, tmp_path, edits):
    """Copy a study, edit its files by functions of their text, run it, and return the folder of the results."""
    shutil.copytree(study_file.parent, tmp_path / "study")
    for name, edit in edits.items():
        path = tmp_path / "study" / name
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    out = tmp_path / "out"
    corridors.run_study(corridors.load_study(tmp_path / "study" / "study.toml"), out=out)
    return out


# Traces


@pytest.mark.parametrize("run", ["made", "of_sample"])
def test_every_figure_is_the_text_of_the_cell_it_names(run, request, cited):
    folder = request.getfixturevalue(run)
    assert mistakes(folder, cited) == []
    assert len(read(folder).traced) > 80


@pytest.mark.parametrize("run", ["made", "of_sample"])
def test_no_digit_stands_outside_a_trace(run, request):
    loose = [text for text in read(request.getfixturevalue(run)).loose if re.search(r"\d", text)]
    assert loose == []


def test_a_changed_cell_is_found(made, tmp_path, cited):
    """What would make the two tests above pass over anything must make this one fail."""
    shutil.copytree(made, tmp_path / "out")
    path = tmp_path / "out" / "indicator.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "region,region,Region,1000,200,0.2,", "region,region,Region,1000,200,0.3,"
        ),
        encoding="utf-8",
    )
    found = mistakes(tmp_path / "out", cited)
    assert len(found) == 2  # the heading and the first figure
    assert all("'20.0%' for '0.3'" in each for each in found)
    html = tmp_path / "out" / "briefing.html"
    html.write_text(
        html.read_text(encoding="utf-8").replace("<h2>What we found</h2>", "<h2>What 3 of us found</h2>"),
        encoding="utf-8",
    )
    assert [text for text in read(tmp_path / "out").loose if re.search(r"\d", text)] == ["What 3 of us found"]


def test_the_strategys_figures_come_from_its_register_alone(of_sample):
    briefing = read(of_sample)
    known_by = re.compile(r"\b41\s?%|\b2\.0\s?m|\b400,000\b|\b215,000\b")
    elsewhere = [
        piece["text"]
        for piece in briefing.traced
        if piece["data-source"] != "register" and known_by.search(piece["text"])
    ]
    assert elsewhere == []
    assert known_by.search(" ".join(briefing.loose)) is None
    assert len(briefing.of("register")) == 2


def test_another_published_figure_is_quoted_as_the_study_words_it(made):
    assert headings(made)[2] == "Beside a published figure"
    assert "A figure of 41% is another measure." in text_of(made)
    assert read(made).of("register") == []


# Words


def test_the_finding_comes_first_and_names_its_definition(of_sample):
    briefing = read(of_sample)
    assert re.fullmatch(
        r"\d+\.\d% of residents reach three or more centres within 45 minutes", briefing.title
    )
    text = text_of(of_sample)
    assert text.startswith("Illustrative: ")
    for term in (
        "Tuesday 10 March 2026",
        "07:00",
        "09:00",
        "median",
        "4.8 km/h",
        "Census, 21 March 2021",
        "not modelled",
    ):
        assert term in text
    assert headings(of_sample) == [
        "What we found",
        "How it was measured",
        "Why this is not the strategy\N{RIGHT SINGLE QUOTATION MARK}s figure",
        "Who is left out",
        "Where need and access meet",
        "Which corridors come first",
        "Which sites come first",
        "What schemes would change",
        "What is not modelled",
        "Cautions",
        "Sources and licences",
    ]  # fmt: skip


def test_by_hand_of_the_made_study(made):
    """Two hundred of a thousand reach both centres; A2's 300 miss by 3 minutes; the median of W2 is 48."""
    text = text_of(made)
    assert "200 of 1,000 residents can get to two or more centres within 45 minutes" in text
    assert "300 more are close: their second centre is over 45 and up to 50 minutes away." in text
    assert "The share is highest in Easton (40.0%) and lowest in Weston (0.0%)." in text
    assert "80.0% of residents fall short of two centres. 50.0% reach at least one." in text
    assert "Counted over all 1,000 residents of the made region" in text
    assert "The study names no schemes." in text


def test_what_cannot_be_told_apart_is_said_so(of_sample):
    text = text_of(of_sample)
    ranking = pd.read_csv(of_sample / "ranking.csv")
    wins = pd.read_csv(of_sample / "ranking_wins.csv")
    first = ranking.iloc[0]
    assert (
        f"{first['name']} comes first by score. It stays first in {first['p_first']:.0%} of the draws."
        in text
    )
    beside = wins.loc[(wins["id"] == first["id"]) & ~wins["told_apart"], "other_name"]
    assert ("It can be told apart from every other." in text.split("Which sites")[0]) == beside.empty
    groups = ranking.groupby("rank_group")["name"].agg(list)
    for names in groups[groups.map(len) > 1]:
        assert f"{', '.join(names[:-1])} and {names[-1]}" in text


def test_the_schemes_are_those_of_the_run(of_sample):
    schemes = pd.read_csv(of_sample / "schemes_in_brief.csv").set_index("scheme")
    alone = schemes.drop("All schemes together")
    best = alone["gain_enough"].idxmax()
    text = text_of(of_sample)
    assert (
        f"By itself, {best} brings most residents within reach of enough centres: {alone['gain_enough'].max():,}."
        in text
    )
    region = pd.read_csv(of_sample / "indicator.csv").iloc[0]
    assert (schemes["reaching_before"] == region["residents_reaching"]).all()
    assert (
        schemes["reaching_after"] - schemes["reaching_before"]
        == schemes["gain_enough"] - schemes["lose_enough"]
    ).all()
    by_ward = pd.read_csv(of_sample / "ward_schemes.csv").groupby("scheme")["gain_enough"].sum()
    assert schemes["gain_enough"].to_dict() == pytest.approx(
        by_ward[schemes.index].to_dict(), abs=len(by_ward) * 200
    )


def test_groups_agree_with_their_own_files(of_sample):
    fifths = pd.read_csv(of_sample / "fifths.csv")
    cohorts = pd.read_csv(of_sample / "cohorts.csv").set_index(["cohort", "level"]).sort_index()
    most = cohorts.loc[("most_deprived_fifth", "region")]
    region = most[most["code"] == "region"].iloc[0] if isinstance(most, pd.DataFrame) else most
    assert fifths.loc[0, ["residents", "residents_reaching"]].tolist() == [
        region["people"],
        region["people_reaching"],
    ]
    indicator = pd.read_csv(of_sample / "indicator.csv").iloc[0]
    assert fifths["residents"].sum() == indicator["residents"]
    assert fifths["residents_reaching"].sum() == indicator["residents_reaching"]


# Little to say


def test_without_corridors_it_says_so_and_a_name_that_is_a_script_stays_a_name(
    pristine_study, tmp_path, cited
):
    hostile = "</script><img src=x onerror=alert(1)>"

    def none(text: str) -> str:
        return json.dumps({**json.loads(text), "features": []})

    def named(text: str) -> str:
        return text.replace("First site", hostile)

    folder = changed(pristine_study, tmp_path, {"corridors.geojson": none, "sites.csv": named})
    text = text_of(folder)
    assert "The study names no corridors, so none are ranked." in text
    assert "were drawn 200 times" in text  # told with the sites instead
    assert not (folder / "figures" / "ranking.png").exists()
    assert (folder / "figures" / "ranking_sites.png").exists()
    html = (folder / "briefing.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "<img src=x" not in html
    names = {
        piece["text"] for piece in read(folder).of("ranking_sites.csv") if piece["data-column"] == "name"
    }
    assert hostile in names
    assert mistakes(folder, cited) == []


def test_one_ward_without_deprivation_still_makes_sense(pristine_study, tmp_path, cited):
    """A2 and A3 alone, 300 and 100 residents, of whom the latter reach both centres."""
    kept = ("A2", "A3")

    def areas(text: str) -> str:
        table = pd.read_csv(io.StringIO(text))
        known = [name for name in table.columns if not re.search("deprived|denominator|imd", name)]
        return table.loc[table["lsoa21cd"].isin(kept), known].to_csv(index=False)

    def pieces(_: str) -> str:
        return "lsoa21cd,wd25cd,residents\nA2,W2,300\nA3,W2,100\n"

    def outlines(text: str) -> str:
        told = json.loads(text)
        features = [each for each in told["features"] if "W2" in each["properties"].values()]
        return json.dumps({**told, "features": features})

    def second_ward(text: str) -> str:
        lines = text.splitlines()
        return "\n".join([lines[0], *(line for line in lines if line.startswith("W2,"))]) + "\n"

    edits = {
        "areas.csv": areas,
        "area_wards.csv": pieces,
        "wards.geojson": outlines,
        "wards.csv": second_ward,
        "jobs.csv": lambda text: re.sub(r",W[13]\b", ",W2", text),
        "study.toml": lambda text: text.replace("income_deprived_per_1000", "unemployed_per_1000"),
    }
    folder = changed(pristine_study, tmp_path, edits)
    text = text_of(folder)
    assert "100 of 400 residents can get to two or more centres" in text
    assert "The share is highest" not in text  # with one borough there is nothing to compare
    assert "so the two cannot be set together" in text
    assert "with a score, so there is nothing to rank it against" in text
    assert not (folder / "figures" / "need_and_access.png").exists()
    assert (folder / "figures" / "map.png").exists()
    assert mistakes(folder, cited) == []
    assert [each for each in read(folder).loose if re.search(r"\d", each)] == []


# On paper


def pages_of(chromium, folder, tmp_path) -> int:
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto((folder / "briefing.html").as_uri())
    pdf = tab.pdf(path=tmp_path / "briefing.pdf", prefer_css_page_size=True)
    assert [url for url in asked if not url.startswith("data:")] == [(folder / "briefing.html").as_uri()]
    # A4 upright is 595 by 842 points; Chromium writes the size with decimals.
    (box,) = {
        tuple(round(float(number)) for number in each.split())
        for each in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", pdf)
    }
    assert box == pytest.approx((0, 0, 595, 842), abs=1)
    context.close()
    return len(_PAGE.findall(pdf))


@pytest.mark.browser
@pytest.mark.parametrize("run", ["made", "of_sample"])
def test_it_prints_to_two_to_four_pages(run, request, chromium, tmp_path):
    assert 2 <= pages_of(chromium, request.getfixturevalue(run), tmp_path) <= 4


@pytest.mark.browser
def test_it_reads_without_a_mouse_or_a_picture(of_sample, chromium):
    context = chromium.new_context(offline=True, viewport={"width": 1024, "height": 900})
    tab = context.new_page()
    tab.goto((of_sample / "briefing.html").as_uri())
    found = Axe().run(tab).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert all(tab.eval_on_selector_all("img", "all => all.map((each) => each.alt.length > 20)"))
    assert tab.evaluate("[...document.images].every((each) => each.naturalWidth > 0)")
    context.close()


# Figures


def test_figures_are_those_of_the_outputs_and_come_out_alike_twice(pristine_study, made, tmp_path):
    found = corridors.run_study(corridors.load_study(pristine_study), out=tmp_path / "again")
    names = {name for name in found.outputs if name.startswith("figures/")}
    assert names == {f"figures/{path.name}" for path in (made / "figures").iterdir()}
    for name in (*names, "briefing.html"):
        assert (tmp_path / "again" / name).read_bytes() == (made / name).read_bytes(), name
    told = json.loads((made / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert {*names, "briefing.html", "need_and_access.csv"} <= set(told)


def test_figures_are_had_from_the_results_alone(sample_results):
    notice = sample_results.study.study.notice
    for figure in (
        figure_of_map(sample_results),
        figure_of_ranking(sample_results),
        figure_of_ranking(sample_results, noun="sites"),
        figure_of_curve(sample_results),
    ):
        words = " ".join(text.get_text() for text in figure.axes[0].texts)
        assert notice in words
        assert "Tuesday 10 March 2026" in words
        assert "Not modelled: fares, crowding, reliability." in words
        assert f"Run {sample_results.run_id}." in words


# Pieces


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        ("0.3423", ".1%", "34.2%"),
        ("999430", ",.0f", "999,430"),
        ("45.0", "g", "45"),
        ("2026-03-10", "date", "Tuesday 10 March 2026"),
        ("3", "word", "three"),
        ("12", "word", "12"),
        ("3", "ordinal", "third"),
        ("12", "ordinal", "12th"),
        ("as it is 3", "", "as it is 3"),
        ("", ",.0f", "not known"),
        ("inf", ",.1f", "not reached"),
    ],
)
def test_a_cell_is_printed_by_its_form(value, form, text):
    assert printed(value, form) == text


def test_a_row_is_found_by_texts_and_an_unclear_one_is_a_mistake_of_ours(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name,value\n1,a&b=c,0.5\n2,x,\n2,y,3\n", encoding="utf-8")
    cells = Cells.of({"a.csv": path, "b.parquet": tmp_path}, {"parameters": {"list": [{"x": 4.0}]}})
    assert "a.csv" in cells
    assert "b.parquet" not in cells
    found = cells.cell("a.csv", "value", ".1%", name="a&b=c")
    assert (found.text, found.value, found.row) == ("50.0%", "0.5", "name=a%26b%3Dc")
    assert cells.rows("none.csv", id="1").empty
    with pytest.raises(LookupError, match="2 rows"):
        cells.cell("a.csv", "value", id="2")
    assert cells.told("parameters", "list", "0", "x", form="g").text == "4"


def test_sentences_are_filled_in_and_lists_are_read_aloud(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name\n1,a\n2,b\n3,c\n", encoding="utf-8")
    cells = Cells.of({"a.csv": path}, {})
    names = [cells.cell("a.csv", "name", id=each) for each in "123"]
    assert plain_text(listed(names)) == "a, b and c"
    assert plain_text(listed(names[:1])) == "a"
    assert (
        plain_text(say("{all} and {one} more", all=listed(names[:2]), one=names[2])) == "a and b and c more"
    )
