"""The embedded sample's two HS2 stations: counted once more by plain pandas, and pages that open anywhere."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from corridors.batch.run import THRESHOLDS_MIN, run_batch


@pytest.fixture(scope="module")
def out(sample, tmp_path_factory):
    """Return the folder of the sample's batch, answered once for this module."""
    folder = tmp_path_factory.mktemp("sample-batch") / "out"
    assert run_batch(sample, out=folder).problems == ()
    return folder


@pytest.fixture(scope="module")
def areas(sample):
    return pd.read_csv(sample.resolve("boundaries/areas.csv")).set_index("lsoa21cd")


def table(out, name):
    return pd.read_csv(out / f"{name}.csv", dtype={"station_id": str}).fillna({"station_id": ""})


def test_residents_by_threshold_are_those_of_the_times(out, areas):
    summary = table(out, "summary").set_index(["station_id", "direction", "scenario", "threshold_min"])
    times = pd.read_parquet(out / "times.parquet").query("direction == 'to'")
    assert len(times) == 2 * 2 * len(areas)
    fifth = areas["income_rank"] * 5 <= 33_755  # small areas that the English Indices of 2025 rank
    nearest = times.groupby(["scenario", "place_id"], as_index=False)["minutes"].min().assign(station_id="")
    for (station, scenario), here in pd.concat([times, nearest]).groupby(["station_id", "scenario"]):
        minutes = here.set_index("place_id")["minutes"]
        for threshold in THRESHOLDS_MIN:
            inside = areas.loc[minutes.index[minutes <= threshold]]
            row = summary.loc[(station, "to", scenario, threshold)]
            assert row["residents"] == inside["residents"].sum()
            assert row["households_no_car"] == inside["households_no_car"].sum()
            assert row["most_deprived_fifth"] == inside.loc[fifth, "residents"].sum()
            assert row["all_residents"] == 2_919_651


def test_two_million_are_reached_at_the_minute_that_the_times_say(out, areas):
    targets = table(out, "targets").set_index(["station_id", "scenario"])
    assert (targets["target"] == 2_000_000).all()
    times = pd.read_parquet(out / "times.parquet").query("direction == 'to'")
    for (station, scenario), here in times.groupby(["station_id", "scenario"]):
        minutes = here.set_index("place_id")["minutes"]
        found = int(targets.loc[(station, scenario), "minutes"])
        reached = [
            areas.loc[minutes.index[minutes <= limit], "residents"].sum() for limit in (found - 1, found)
        ]
        assert reached[0] < 2_000_000 <= reached[1]


def test_the_strategys_journey_to_london_stands_on_top_and_everybody_in_one_band(out):
    onward = table(out, "onward")
    assert onward["onward_min"].unique().tolist() == [38]
    assert onward["to"].unique().tolist() == ["London Euston"]
    assert (onward.groupby(["station_id", "scenario"])["residents"].sum() == 2_919_651).all()


def test_homes_and_jobs_in_reach_stay_within_what_there_is(out, sample):
    summary = table(out, "summary").query("direction == 'from'")
    jobs = pd.read_csv(sample.resolve("boundaries/jobs.csv"))["jobs"].sum()
    sites = pd.read_csv(sample.resolve("boundaries/sites.csv"))
    assert summary["jobs"].max() <= jobs
    assert summary["sites"].max() <= len(sites)
    # HS2 Interchange's 2,750 homes are a part of UK Central's 4,000.
    assert summary["homes_at_sites"].max() <= sites["homes"].sum() - 2_750
    for _, rows in summary.groupby(["station_id", "scenario"]):
        assert rows["jobs"].is_monotonic_increasing


def test_polygons_are_valid_and_hold_one_another(out):
    catchments = gpd.read_parquet(out / "catchments.parquet")
    assert len(catchments) == 3 * 2 * 2 * len(THRESHOLDS_MIN)
    assert catchments.is_valid.all()
    for _, rows in catchments.groupby(["station_id", "direction", "scenario"]):
        assert rows["area_km2"].is_monotonic_increasing


def test_pages_are_small_enough_to_be_sent(out):
    for page in out.rglob("*.html"):
        assert page.stat().st_size < 3e6


@pytest.mark.browser
def test_pages_open_offline_without_a_word_on_the_console(out, chromium):
    for name in ("index.html", "stations/station-hs2-interchange.html"):
        page = chromium.new_page(viewport={"width": 1024, "height": 900})
        said, asked = [], []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((out / name).as_uri())
        page.wait_for_selector(".leaflet-container")
        assert page.locator("h1").inner_text().count("residents") == 1
        links = page.locator("nav.beside a")
        assert links.count() == (2 if name == "index.html" else 1)
        links.first.click()
        page.wait_for_selector(".leaflet-container")
        assert said == []
        assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
        page.close()
