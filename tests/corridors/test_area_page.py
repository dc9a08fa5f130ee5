"""The page of small areas, drawn with the official polygons of the sample's 1,719."""

from __future__ import annotations

import pytest

import maps
from corridors.inputs import read_inputs
from corridors.page.area_page import area_page
from corridors.tables.area_outlines import read_area_outlines
from maps.embedded import read_page_data


@pytest.mark.realdata
def test_the_page_of_all_small_areas_stays_below_three_megabytes(sample, sample_results, shared_data):
    inputs = read_inputs(sample)
    outlines = read_area_outlines(shared_data / "boundaries" / "lsoa_2021.gpkg", inputs.areas)
    limits = sample_results.pages["index.html"].limits
    html = maps.build_page(area_page(sample, inputs, sample_results, outlines, limits=limits))
    told = read_page_data(html)
    assert len(told["areas"]["ids"]) == 1_719
    assert len(html.encode("utf-8")) <= 3_000_000
    # The headline, recomputed from what is drawn.
    people = {figure["column"]: figure["values"] for figure in told["areas"]["figures"]}
    residents = [int(text.replace(",", "")) for text in people["residents"]]
    reaching = sum(
        count for count, within in zip(residents, people["n_within"], strict=True) if int(within) >= 3
    )
    assert reaching / sum(residents) == pytest.approx(sample_results.indicator["share"].iloc[0], abs=1e-12)
