"""Small areas, pieces, wards and job points of the embedded sample, and the rules that made them."""

from __future__ import annotations

import areas
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from gtfs_out import BuildError

FILES = ("areas.csv", "area_wards.csv", "wards.csv", "jobs.csv")

# LSOAs, wards and per cent of LSOAs in England's most deprived tenth, as published for the boroughs
PUBLISHED = {
    "Birmingham": (659, 69, 42.8),
    "Coventry": (203, 18, 17.7),
    "Dudley": (203, 24, 10.8),
    "Sandwell": (190, 24, 16.3),
    "Solihull": (134, 17, 13.4),
    "Walsall": (169, 20, 24.9),
    "Wolverhampton": (161, 20, 21.7),
}


@pytest.fixture(scope="module")
def boundaries(project_root):
    return project_root / "data" / "boundaries"


@pytest.fixture(scope="module")
def written(boundaries):
    return {name: pd.read_csv(boundaries / name) for name in FILES}


def test_boroughs_have_their_published_areas_wards_and_deprivation(written):
    table = written["areas.csv"]
    found = {
        name: (len(rows), rows["wd25cd"].nunique(), round(100 * (rows["imd_decile"] == 1).mean(), 1))
        for name, rows in table.groupby("district_name")
    }
    assert found == PUBLISHED
    assert round(100 * (table["imd_decile"] == 1).mean(), 1) == 27.1


def test_totals_are_the_census_totals(written):
    table = written["areas.csv"]
    assert table["residents"].sum() == 2_919_651
    assert table["households"].sum() == 1_131_672
    assert table["households_no_car"].sum() == 311_008
    assert table["unemployed"].sum() == 95_384


def test_every_area_is_complete_and_once(written):
    table = written["areas.csv"]
    assert list(table) == areas.AREA_COLUMNS
    assert len(table) == 1719
    assert table["lsoa21cd"].is_unique
    assert table["lsoa21cd"].is_monotonic_increasing
    assert not table.isna().to_numpy().any()
    texts = ["lsoa21cd", "lsoa21nm", "msoa21cd", "wd25cd", "district_code", "district_name"]
    scores = ["lon", "lat", "imd_score", "connectivity_score"]
    assert (table[scores].dtypes == "float64").all()
    assert (table.drop(columns=[*texts, *scores]).dtypes == "int64").all()


def test_parts_never_exceed_their_whole(written):
    table = written["areas.csv"]
    for part, whole in (
        ("aged_16_64", "residents"),
        ("aged_16_24", "aged_16_64"),
        ("aged_16_64", "aged_16_plus"),
        ("aged_16_plus", "residents"),
        ("disabled", "residents"),
        ("ethnic_minority", "residents"),
        ("no_qualifications", "aged_16_plus"),
        ("econ_active", "residents"),
        ("unemployed", "econ_active"),
        ("households_no_car", "households"),
        ("income_deprived", "income_denominator"),
        ("employment_deprived", "employment_denominator"),
    ):
        assert (table[part] <= table[whole]).all(), part


def test_ranks_are_national_and_the_first_3375_are_the_first_decile(written):
    table = written["areas.csv"]
    for rank in ("imd_rank", "income_rank", "employment_rank"):
        assert table[rank].between(1, 33_755).all()
        assert table[rank].is_unique or rank != "imd_rank"
    assert ((table["imd_decile"] == 1) == (table["imd_rank"] <= 3375)).all()
    assert ((table["imd_decile"] == 10) == (table["imd_rank"] >= 30_380)).all()


def test_scores_follow_their_ranks_and_the_index_counts_the_residents_of_2022(written):
    table = written["areas.csv"]
    # Published to three decimals, so neighbours in rank may share a score but never trade places.
    assert table.sort_values("imd_rank")["imd_score"].is_monotonic_decreasing
    assert table["connectivity_score"].between(0, 100).all()
    assert table["imd_population"].sum() == pytest.approx(table["residents"].sum(), rel=0.03)


def test_every_area_lies_in_a_middle_layer_area_of_its_district(written):
    table = written["areas.csv"]
    assert table["msoa21cd"].str.fullmatch(r"E02\d{6}").all()
    assert table["msoa21cd"].nunique() == 357
    assert table.drop_duplicates(["msoa21cd", "district_code"])["msoa21cd"].is_unique


def test_implied_denominators_are_plausible_populations(written):
    table = written["areas.csv"]
    assert table["income_denominator"].sum() == pytest.approx(table["residents"].sum(), rel=0.01)
    assert table["employment_denominator"].sum() == pytest.approx(table["aged_16_64"].sum(), rel=0.02)
    # the census was taken in lockdown, so student areas differ most
    ratio = table["income_denominator"] / table["residents"]
    assert ratio.between(0.8, 1.4).all()
    assert ratio.between(0.9, 1.1).mean() > 0.97


def test_pieces_cover_every_area_and_ward_and_keep_the_residents(written):
    pieces, table = written["area_wards.csv"], written["areas.csv"]
    assert not pieces.duplicated(["lsoa21cd", "wd25cd"]).any()
    assert set(pieces["lsoa21cd"]) == set(table["lsoa21cd"])
    assert set(pieces["wd25cd"]) == set(written["wards.csv"]["wd25cd"])
    assert (pieces["residents"] > 0).all()
    summed = pieces.groupby("lsoa21cd")["residents"].sum()
    assert (summed - table.set_index("lsoa21cd")["residents"]).abs().max() <= 7


def test_pieces_stay_within_their_district(written):
    district = written["wards.csv"].set_index("wd25cd")["district_code"]
    table = written["areas.csv"].set_index("lsoa21cd")["district_code"]
    pieces = written["area_wards.csv"]
    assert (pieces["wd25cd"].map(district) == pieces["lsoa21cd"].map(table)).all()


def test_wards_are_the_192_of_2025_and_hold_the_best_fit(written):
    wards = written["wards.csv"]
    assert len(wards) == 192
    assert wards["wd25cd"].is_unique
    assert not wards.isna().to_numpy().any()
    assert set(written["areas.csv"]["wd25cd"]) == set(wards["wd25cd"])
    names = wards.set_index("wd25cd")["ward_name"]
    assert names["E05011151"] == "Ladywood"
    assert names["E05001283"] == "West Bromwich Central"


def test_an_estimated_total_is_not_called_published(source):
    path = source / "jobs_msoa21.csv"
    pd.read_csv(path).assign(jobs_best_source="census21_scaled").to_csv(path, index=False)
    jobs = areas.job_points(source)
    assert jobs["published_jobs"].isna().all()
    assert jobs["jobs"].sum() == 7


def test_jobs_keep_the_published_total_and_lie_in_a_ward(written):
    jobs = written["jobs.csv"]
    assert jobs["jobs"].sum() == 1_334_725
    assert jobs["jobs"].dtype == "int64"
    assert (jobs["jobs"] > 0).all()
    assert jobs["job_id"].is_unique
    assert set(jobs["wd25cd"]) <= set(written["wards.csv"]["wd25cd"])


@pytest.mark.parametrize("name", ["areas.csv", "jobs.csv"])
def test_points_lie_in_the_region_with_six_decimals(boundaries, name):
    table = pd.read_csv(boundaries / name, dtype=str)
    for column, low, high in (("lon", -2.25, -1.40), ("lat", 52.30, 52.70)):
        assert table[column].str.fullmatch(r"-?\d+\.\d{6}").all()
        assert table[column].astype(float).between(low, high).all()


@pytest.mark.parametrize("name", FILES)
def test_files_have_bare_line_feeds_and_no_byte_order_mark(boundaries, name):
    content = (boundaries / name).read_bytes()
    assert b"\r" not in content
    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\n")


def test_the_readme_counts_the_rows_that_are_there(project_root, written):
    readme = (project_root / "data" / "README.md").read_text(encoding="utf-8")
    for name, table in written.items():
        assert f"| `boundaries/{name}` | {len(table):,} |" in readme


def test_even_shares_keep_the_total():
    assert areas.even_shares(10, n_shares=4) == [3, 3, 2, 2]
    assert areas.even_shares(3, n_shares=5) == [1, 1, 1, 0, 0]
    assert areas.even_shares(8, n_shares=1) == [8]


def test_decile_turns_at_the_tenth_of_the_ranking():
    ranks = pd.Series([1, 100, 101, 999, 1000])
    assert areas.decile(ranks, n_ranked=1000).tolist() == [1, 1, 2, 10, 10]
    assert areas.decile(pd.Series([3375, 3376]), n_ranked=33_755).tolist() == [1, 2]


def test_implied_denominator_is_numerator_over_score():
    numerator, score = pd.Series([885.0, 30.0]), pd.Series([0.494, 0.025])
    assert areas.implied_denominator(numerator, score=score).tolist() == [1791, 1200]


@pytest.fixture
def source(tmp_path):
    """Return a made source folder: two areas, one of them split over two wards, and one area elsewhere."""
    codes = ["E01000001", "E01000002", "E01000009"]
    district = {"ladcd": ["E08000026", "E08000026", "E07000220"], "ladnm": ["Coventry", "Coventry", "Rugby"]}
    wards = ["E05000001", "E05000002", "E05000009"]
    pd.DataFrame(
        {"lsoa21cd": codes, "lsoa21nm": ["a", "b", "z"], "msoa21cd": "E02000001", "wd24cd": wards, **district}
    ).to_csv(tmp_path / "lookup_lsoa21_ward24_lad.csv", index=False)
    pd.DataFrame({"lsoa21cd": codes, "lon": [-1.5, -1.4, -1.3], "lat": [52.4, 52.5, 52.6]}).to_csv(
        tmp_path / "lsoa21_points.csv", index=False
    )
    census: dict[str, list[float]] = {name: [100, 200, 300] for name in areas.CENSUS_COLUMNS}
    census |= {name: [1, 20, 3] for name in areas.ETHNIC_MINORITIES}
    census[areas.NO_QUALIFICATIONS_PCT] = [28.6, 0.2, 5.0]
    pd.DataFrame({"lsoa21cd": codes, **census}).to_parquet(tmp_path / "census21_lsoa21.parquet")
    domains = {
        f"{domain}_{suffix}": values
        for domain in ("income", "employment")
        for suffix, values in (
            ("domain_numerator", [50.0, 20.0, 5.0]),
            ("score", [0.5, 0.1, 0.05]),
            ("rank", [7, 33_755, 9]),
        )
    }
    overall = {
        "imd_rank": [3375, 3376, 1],
        "imd_score": [50.5, 50.4, 90.1],
        "pop_mid2022_iod": [105, 195, 290],
        "connectivity_score": [70.5, 60.0, 50.0],
    }
    pd.DataFrame({"lsoa21cd": codes, **domains, **overall}).to_parquet(tmp_path / "iod2025_lsoa21.parquet")
    pd.DataFrame(
        {
            "lsoa21cd": [codes[1], codes[0], codes[1], codes[2]],
            "wd25cd": [wards[1], wards[0], wards[0], wards[2]],
            "pop21": [150, 101, 50, 300],
        }
    ).to_csv(tmp_path / "lookup_lsoa21_ward25_weights.csv", index=False)
    gpd.GeoDataFrame(
        {"wd25cd": wards, "wd25nm": ["North", "South", "Else"], **district},
        geometry=[shapely.box(x, 0, x + 1, 1) for x in range(3)],
        crs="EPSG:27700",
    ).to_file(tmp_path / "wards_2025.gpkg")
    pd.DataFrame(
        {
            "msoa21cd": ["E02000001", "E02000009"],
            "jobs_best": [7, 9],
            "jobs_best_source": ["bres2023", "census21_scaled"],
            "ladcd": ["E08000026", "E07000220"],
        }
    ).to_csv(tmp_path / "jobs_msoa21.csv", index=False)
    pd.DataFrame(
        {
            "wz11cd": ["E33000002", "E33000001", "E33000009"],
            "msoa21cd": ["E02000001", "E02000001", "E02000009"],
            "wd25cd": wards,
            "ladcd": ["E08000026", "E08000026", "E07000220"],
            "lon": [-1.5, -1.4, -1.3],
            "lat": [52.4, 52.5, 52.6],
        }
    ).to_parquet(tmp_path / "job_points_wz.parquet")
    return tmp_path


def test_small_areas_join_counts_and_ranks_of_the_boroughs_only(source):
    table = areas.small_areas(source).set_index("lsoa21cd")
    assert table.index.tolist() == ["E01000001", "E01000002"]
    assert table["residents"].tolist() == [100, 200]
    assert table["income_deprived"].tolist() == [50, 20]
    assert table["income_denominator"].tolist() == [100, 200]
    assert table["imd_decile"].tolist() == [1, 2]
    assert table["imd_population"].tolist() == [105, 195]
    # Four groups of 1, then of 20; 28.6 per cent of 100 and 0.2 per cent of 200, to the nearest person.
    assert table["ethnic_minority"].tolist() == [4, 80]
    assert table["no_qualifications"].tolist() == [29, 0]


def test_an_area_without_qualifications_stops_the_build_and_is_named(source):
    path = source / "census21_lsoa21.parquet"
    census = pd.read_parquet(path)
    census.loc[1, areas.NO_QUALIFICATIONS_PCT] = None
    census.to_parquet(path)
    with pytest.raises(BuildError, match="column no_qualifications is empty for area E01000002"):
        areas.small_areas(source)


def test_pieces_and_jobs_of_the_made_source(source):
    pieces = areas.area_wards(source, lsoa21cd=pd.Series(["E01000001", "E01000002"]))
    assert pieces.to_numpy().tolist() == [
        ["E01000001", "E05000001", 101],
        ["E01000002", "E05000001", 50],
        ["E01000002", "E05000002", 150],
    ]
    jobs = areas.job_points(source)
    assert dict(zip(jobs["job_id"], jobs["jobs"], strict=True)) == {"E33000001": 4, "E33000002": 3}
    assert jobs["published_jobs"].tolist() == [7, 7]
    assert areas.wards(source)["ward_name"].tolist() == ["North", "South"]


def test_an_area_without_census_stops_the_build_and_is_named(source):
    path = source / "census21_lsoa21.parquet"
    pd.read_parquet(path).iloc[[0, 2]].to_parquet(path)
    with pytest.raises(
        BuildError, match=r"census21_lsoa21\.parquet: 1 of 2 areas have no row, first E01000002"
    ):
        areas.small_areas(source)


def test_an_empty_figure_stops_the_build_and_is_named(source):
    path = source / "lsoa21_points.csv"
    points = pd.read_csv(path)
    points.loc[1, "lat"] = None
    points.to_csv(path, index=False)
    with pytest.raises(BuildError, match="column lat is empty for area E01000002"):
        areas.small_areas(source)


def test_wards_of_another_vintage_stop_the_build(source):
    path = source / "lookup_lsoa21_ward24_lad.csv"
    path.write_text(path.read_text().replace("E05000002", "E05099999"))
    with pytest.raises(BuildError, match="2 ward codes are in one only, first E05000002"):
        areas.wards(source)


def test_an_area_without_a_ward_piece_stops_the_build(source):
    with pytest.raises(BuildError, match="1 areas have no ward, first E01000003"):
        areas.area_wards(source, lsoa21cd=pd.Series(["E01000001", "E01000003"]))


def test_jobs_without_a_point_stop_the_build(source):
    path = source / "jobs_msoa21.csv"
    path.write_text(path.read_text() + "E02000002,5,bres2023,E08000026\n")
    with pytest.raises(BuildError, match="first E02000002"):
        areas.job_points(source)


def test_a_missing_source_file_is_named(source):
    (source / "lsoa21_points.csv").unlink()
    with pytest.raises(BuildError, match=r"lsoa21_points\.csv: not found"):
        areas.small_areas(source)


@pytest.mark.realdata
def test_a_rebuild_gives_the_committed_bytes(shared_data, boundaries, tmp_path):
    areas.build(shared_data, tmp_path)
    for name in (*FILES, "wards.geojson"):
        assert (tmp_path / "boundaries" / name).read_bytes() == (boundaries / name).read_bytes(), name


@pytest.mark.realdata
def test_ward_residents_by_shares_agree_with_the_ward_table(shared_data, written):
    published = pd.read_csv(shared_data / "boundaries" / "ward25_census21_derived.csv").set_index("wd25cd")
    pieces = written["area_wards.csv"]
    table = written["areas.csv"].set_index("lsoa21cd")["residents"]
    share = pieces["residents"] / pieces.groupby("lsoa21cd")["residents"].transform("sum")
    by_share = (share * pieces["lsoa21cd"].map(table)).groupby(pieces["wd25cd"]).sum()
    difference = (by_share / published["pop"].reindex(by_share.index) - 1).abs()
    assert difference.max() < 0.005
