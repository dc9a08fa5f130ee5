"""The catalogue of official sources: whole, safe, and honest about what is not known of an address."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from made_sources import source

from corridors.errors import FetchError
from corridors.official.sources import choose_sources, read_catalogue, study_sources

TABLE = """
[[source]]
name = "{name}"
title = "A made table"
publisher = "Nobody"
licence = "none"
vintage = "2025"
page = "https://example.org/made"
address = "{address}"
file = "{name}.csv"
format = "csv"
content = "fixed"
max_mb = 1
verified = false
seen = "nowhere"
"""


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue()


def test_the_catalogue_covers_what_a_study_is_made_of(catalogue):
    text = " ".join(f"{source.title} {source.publisher}" for source in catalogue.values())
    for word in (
        "Open Geography",
        "centroids",
        "boundaries",
        "Indices of Deprivation 2025",
        "Indices of Deprivation 2019",
        "Census 2021",
        "Business Register and Employment Survey",
        "Claimant count",
        "NaPTAN",
        "Bus Open Data Service",
        "Transport for West Midlands",
        "National Rail",
        "OpenStreetMap",
    ):
        assert word in text, word


def test_every_source_says_where_how_and_under_what_terms(catalogue):
    for source_ in catalogue.values():
        assert urlsplit(source_.address).scheme == "https", source_.name
        assert urlsplit(source_.page).scheme == "https", source_.name
        assert source_.licence, source_.name
        assert source_.vintage, source_.name
        assert source_.seen, source_.name
        assert not source_.verified or "not" not in source_.seen.split(";")[0].split(), source_.name
        # A publisher's addresses may not send on to strangers unless the catalogue says so.
        assert not source_.redirect_hosts, source_.name


def test_a_key_is_never_sent_over_an_open_line(catalogue):
    keyed = [each for each in catalogue.values() if each.query_keys or each.header_keys]
    assert {each.name for each in keyed} >= {"tfwm-gtfs", "bres-jobs", "rail-timetable"}
    assert all(each.address.startswith("https://") for each in keyed)


def test_addresses_are_filled_in_by_district(catalogue):
    url = catalogue["claimants"].url(["E08000025", "E08000026"])
    assert "geography=E08000025TYPE151,E08000026TYPE151&" in url
    url = catalogue["ons-oa21-ward25"].url(["E08000025", "E08000026"])
    assert "where=LAD25CD IN ('E08000025','E08000026')&" in url
    assert catalogue["iod-2025"].url() == catalogue["iod-2025"].address


@pytest.mark.parametrize("code", ["E0800002", "Birmingham", "E08000025') OR (1=1", "S12000033"])
def test_what_is_no_code_of_a_district_is_refused(catalogue, code):
    with pytest.raises(FetchError, match="is no code of a district"):
        catalogue["ons-oa21-ward25"].url([code])


def test_a_misspelt_name_is_answered_with_the_likely_one(catalogue):
    with pytest.raises(FetchError, match="no source 'iod-2052'; did you mean 'iod-2025'"):
        choose_sources(catalogue, ["iod-2052"])
    assert [each.name for each in choose_sources(catalogue, ["iod-2019", "iod-2025", "iod-2019"])] == [
        "iod-2019",
        "iod-2025",
    ]


def test_a_named_timetable_takes_the_place_of_the_one_that_holds_the_same(catalogue):
    usual = [each.name for each in study_sources(catalogue)]
    assert "bods-gtfs-west-midlands" in usual
    assert "tfwm-gtfs" not in usual
    instead = [each.name for each in study_sources(catalogue, named=["tfwm-gtfs"])]
    assert "tfwm-gtfs" in instead
    assert "bods-gtfs-west-midlands" not in instead


BAD = {
    "no https": ("made", "http://example.org/made", "must begin with https://"),
    "a key in the address": (
        "made",
        "https://example.org/?api_key=1",
        "name an environment variable in query_keys",
    ),
    "a password in the address": ("made", "https://me:secret@example.org/", "holds a user or a password"),
    "a name with a path": ("../made", "https://example.org/", "should match pattern"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_catalogue_that_is_not_safe_is_refused(case, tmp_path):
    name, address, words = BAD[case]
    (tmp_path / "own.toml").write_text(TABLE.format(name=name, address=address), encoding="utf-8")
    with pytest.raises(FetchError, match=words) as error:
        read_catalogue(tmp_path / "own.toml")
    assert str(error.value).startswith("own.toml, source")


def test_a_catalogue_that_is_none(tmp_path):
    with pytest.raises(FetchError, match="there is no such catalogue"):
        read_catalogue(tmp_path / "absent.toml")
    (tmp_path / "own.toml").write_text("source = 1", encoding="utf-8")
    with pytest.raises(FetchError, match=r"holds no \[\[source\]\]"):
        read_catalogue(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text("[[source", encoding="utf-8")
    with pytest.raises(FetchError, match="is not valid TOML"):
        read_catalogue(tmp_path / "own.toml")
    twice = TABLE.format(name="made", address="https://example.org/") * 2
    (tmp_path / "own.toml").write_text(twice, encoding="utf-8")
    with pytest.raises(FetchError, match="two sources have the name 'made'"):
        read_catalogue(tmp_path / "own.toml")
    unknown = TABLE.format(name="made", address="https://example.org/") + 'licens = "x"\n'
    (tmp_path / "own.toml").write_text(unknown, encoding="utf-8")
    with pytest.raises(FetchError, match="licens"):
        read_catalogue(tmp_path / "own.toml")


def test_loopback_may_be_asked_without_https():
    assert source("http://127.0.0.1:8000/made").url() == "http://127.0.0.1:8000/made"
