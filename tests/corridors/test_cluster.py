"""Units on a cluster against the same units here: identical, also when a worker is killed over them."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from made_network import made_network
from typer.testing import CliRunner

import corridors
from corridors.batch import cluster, dask_runner
from corridors.batch.cluster import answering_on
from corridors.batch.run import run_batch
from corridors.batch.units import DIRECTIONS, Ground, Unit, answer_here
from corridors.cli import app
from corridors.errors import ClusterError, ToolkitError


@pytest.fixture(scope="module")
def work(pristine_study):
    """Two grounds, which differ in the statistic alone, with a unit for each of 12 stations each way."""
    made = made_network(pristine_study)
    areas, jobs = made.inputs.areas, made.inputs.jobs
    places = gpd.GeoDataFrame(
        pd.concat(
            [areas[["id", "geometry"]].assign(kind="area"), jobs[["id", "geometry"]].assign(kind="jobs")],
            ignore_index=True,
        ),
        geometry="geometry",
        crs=areas.crs,
    )
    random = np.random.default_rng(5)
    middle = areas.to_crs("EPSG:27700").geometry.iloc[0]
    names = [f"s{i}" for i in range(12)]
    stations = gpd.GeoDataFrame(
        {"id": names, "group": names},
        geometry=gpd.points_from_xy(
            middle.x + random.integers(0, 16_000, 12), middle.y + random.integers(-800, 800, 12)
        ),
        crs="EPSG:27700",
    )
    units = [Unit(way, (), ("07:00", "09:00"), (name,)) for way in DIRECTIONS for name in names]
    return [
        (Ground(f"key-{statistic}", (), made.network, stations, places, statistic, 120.0), units)
        for statistic in ("p50", "best")
    ]


@pytest.fixture(scope="module")
def expected(work):
    return [list(answer_here([each])) for each in work]


def same(found, expected):
    """Every unit answered once, with the very same minutes."""
    flat = [answer for each in expected for answer in each]
    assert len(found) == len(flat)
    # The grounds share their units: of each unit there are two tables, in either order.
    tables = sorted((repr(unit), table.to_csv()) for unit, table in found)
    assert tables == sorted((repr(unit), table.to_csv()) for unit, table in flat)


@pytest.fixture(scope="module")
def client():
    with dask_runner.own_workers(2) as connected:
        yield connected


def test_local_workers_give_the_same_answers(client, work, expected):
    same(list(dask_runner.answers(client, iter(work))), expected)


def test_the_next_network_is_laid_while_units_are_under_way_and_let_go_after(client, work, expected):
    """A lazy iterable: the second ground is asked for before the first is answered, and no worker keeps either."""
    asked, answered = [], 0

    def lazily():
        for number, (ground, units) in enumerate(work):
            asked.append((number, answered))
            yield ground, units[:3]

    for _ in dask_runner.answers(client, lazily()):
        answered += 1
    assert answered == 6
    assert asked == [(0, 0), (1, 0)]
    kept = client.run(lambda dask_worker: [name for name in dask_worker.plugins if "corridors" in name])
    assert set(map(tuple, kept.values())) == {()}


def test_each_worker_is_spawned_and_keeps_to_one_thread(client):
    from accessibility.threads import thread_count  # noqa: PLC0415

    assert set(client.run(thread_count).values()) == {1}
    assert os.getpid() not in client.run(os.getpid).values()


def test_a_killed_worker_loses_nothing(client, work, expected):
    """SIGKILL after the first answers: its units go to the other, and a new worker is sent the networks too."""
    victim = next(iter(client.run(os.getpid).values()))
    found = []
    for answer in dask_runner.answers(client, iter(work)):
        found.append(answer)
        if len(found) == 5:
            os.kill(victim, getattr(signal, "SIGKILL", signal.SIGTERM))
    same(found, expected)
    client.wait_for_workers(2, timeout=60)
    assert victim not in client.run(os.getpid).values()
    # The worker that was started in its place answers as well.
    same(list(dask_runner.answers(client, iter(work))), expected)


def test_a_unit_that_cannot_be_answered_is_handed_back(client, work):
    ground, units = work[0]
    wrong = Unit("to", (), ("07:00", "09:00"), ("nowhere",))
    answers = dict(dask_runner.answers(client, [(ground, [wrong, units[0]])]))
    assert isinstance(answers[wrong], ToolkitError)
    assert "station 'nowhere' is not among the stations" in str(answers[wrong])
    assert isinstance(answers[units[0]], pd.DataFrame)


def test_the_address_of_a_scheduler_serves_as_well(client, work, expected):
    with answering_on(client.scheduler.address) as answerer:
        same(list(answerer(iter(work))), expected)


def test_a_batch_on_a_cluster_writes_the_same_folder(client, pristine_study, tmp_path):
    """Every file byte for byte, but for the lock and the way to the inputs, which is the same here too."""
    study = corridors.load_study(pristine_study)
    run_batch(study, out=tmp_path / "here")
    run_batch(
        study, out=tmp_path / "there", answerer=partial(dask_runner.answers, client), stations_per_unit=1
    )

    def contents(folder):
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    here = contents(tmp_path / "here")
    assert here == contents(tmp_path / "there")
    assert {"summary.csv", "manifest.json"} <= here.keys()


def test_one_way_of_spreading_is_asked_for_at_a_time(tmp_path):
    told = CliRunner().invoke(app, ["batch", "--jobs", "2", "--workers", "2", "--out", str(tmp_path)])
    assert told.exit_code == 2
    assert "one of --jobs, --scheduler and --workers" in told.output


def test_no_work_is_no_answer(client, work):
    assert list(dask_runner.answers(client, [])) == []
    assert list(dask_runner.answers(client, [(work[0][0], [])])) == []


def test_another_version_on_a_worker_is_refused(client, monkeypatch):
    here = dask_runner.versions()
    monkeypatch.setattr(dask_runner, "versions", lambda: here | {"toolkit": "0.0.1"})
    monkeypatch.setattr(client, "run", lambda _: {"tcp://worker": here})
    with pytest.raises(ClusterError, match=r"worker tcp://worker has version .* here it is 0\.0\.1"):
        dask_runner.refuse_other_versions(client)


def test_what_cannot_be_used_is_one_sentence(monkeypatch):
    monkeypatch.setattr(dask_runner, "_WAIT_S", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense", "foo://bar:1"):
        with pytest.raises(ClusterError, match="does not answer"), answering_on(address):
            pass
    for wrong in ({}, {"workers": 0}, {"scheduler": "tcp://127.0.0.1:9", "workers": 2}):
        with pytest.raises(ClusterError, match="name either"), answering_on(**wrong):
            pass


def test_without_dask_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "corridors.batch.dask_runner", raising=False)
    monkeypatch.delattr("corridors.batch.dask_runner", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ClusterError, match=r'pip install "inclusive-growth-corridors\[cluster\]"'),
        cluster.answering_on(workers=1),
    ):
        pass


def test_workers_of_a_forking_configuration_are_refused(monkeypatch):
    class Forking:
        @staticmethod
        def get_start_method():
            return "fork"

    monkeypatch.setattr(dask_runner, "get_mp_context", Forking)
    with pytest.raises(ClusterError, match="to spawn"), answering_on(workers=1):
        pass
