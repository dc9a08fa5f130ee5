"""The notebooks run from an installed wheel, in a folder of their own, without a network."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# Runs before anything else in the kernel: whoever looks for another host is told that there is none.
NO_NETWORK = """
import socket

_connect, _lookup = socket.socket.connect, socket.getaddrinfo


def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"the network is off: {address}")
    return _connect(self, address)


def lookup(host, *rest, **more):
    if host not in ("127.0.0.1", "::1", "localhost", None):
        raise OSError(f"the network is off: {host}")
    return _lookup(host, *rest, **more)


socket.socket.connect, socket.getaddrinfo = connect, lookup
"""


def test_there_are_six():
    assert [path.name[:3] for path in NOTEBOOKS] == ["01_", "02_", "03_", "04_", "05_", "06_"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


@pytest.fixture
def kernel(installed, tmp_path, monkeypatch):
    """The environment a kernel starts in: the wheel, no network, nothing of the checkout."""
    (tmp_path / "off").mkdir()
    (tmp_path / "off" / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "off"), str(installed)]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for name in ("CITY_FEED", "CITY_STREETS"):
        monkeypatch.delenv(name, raising=False)
    return installed


def ran(path, folder):
    notebook = nbformat.read(path, as_version=4)
    source = "import corridors, socket; print(corridors.__file__, socket.socket.connect.__name__)"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(source))
    NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def printed(notebook):
    return "".join(out.get("text", "") for cell in notebook.cells for out in cell.get("outputs", []))


@pytest.mark.packaging
@pytest.mark.filterwarnings("ignore:.*zmq.*:RuntimeWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_a_wheel_without_a_network(path, kernel, tmp_path):
    notebook = ran(path, tmp_path)
    text = printed(notebook)
    assert text.startswith(str(kernel))
    assert "connect" in text.splitlines()[0].split()[-1]
    pictures = [
        out
        for cell in notebook.cells
        for out in cell.get("outputs", [])
        if "image/png" in out.get("data", {})
    ]
    assert pictures
    assert "Traceback" not in text


@pytest.mark.packaging
@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore:.*zmq.*:RuntimeWarning")
def test_a_city_of_ones_own(kernel, shared_data, tmp_path, monkeypatch):
    """Newport's feed and streets in place of the made ones."""
    folder = next(shared_data.glob("**/newport_uk"))
    monkeypatch.setenv("CITY_FEED", str(folder / "newport-20230613_gtfs.zip"))
    monkeypatch.setenv("CITY_STREETS", str(next(folder.glob("*.osm.pbf"))))
    text = printed(ran(NOTEBOOKS[-1], tmp_path))
    assert "Made-up" not in text
    assert "along the streets" in text
