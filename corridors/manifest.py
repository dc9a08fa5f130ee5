"""What went in and what came out: parameters, versions and hashes, without a clock or a path of this machine."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from typing import TYPE_CHECKING, Any

from accessibility._version import __version__
from accessibility.transxchange_files import holds_transxchange
from accessibility.transxchange_settings import find_settings

if TYPE_CHECKING:
    from pathlib import Path

    from corridors.study import Study

_PACKAGES = ("folium", "geopandas", "numba", "numpy", "pandas", "pyarrow", "pydantic", "pyproj", "shapely")
_CHUNK = 1 << 20


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def input_hashes(study: Study) -> dict[str, str]:
    """Hash every file a study reads, by its name in the study file; feeds in folders file by file, sorted."""
    hashes = {study.path.name: sha256(study.path)}
    for name in [*study.files.named.values(), *study.timetable.feeds]:
        hashes |= _hashes(name, study.resolve(name))
    return dict(sorted(hashes.items()))


def _hashes(name: str, path: Path) -> dict[str, str]:
    """Hash a file, or every file of a folder, and for TransXChange the tables of stops and holidays that it is read with."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        hashes = {f"{name}/{file.relative_to(path).as_posix()}": sha256(file) for file in files}
    else:
        hashes = {name: sha256(path)}
    if holds_transxchange(path):
        settings = find_settings(path, None, None)
        hashes |= {file.name: sha256(file) for file in (settings.naptan, settings.bank_holidays)}
    return hashes


def parameters(study: Study) -> dict[str, Any]:
    """Return every setting of a study, defaults included, as JSON can hold it."""
    return study.model_dump(mode="json")


def run_id(study: Study, inputs: dict[str, str]) -> str:
    """Name a run by what determines it: the toolkit's version, the parameters and the inputs' content."""
    told = {"version": __version__, "parameters": parameters(study), "inputs": inputs}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


def build_manifest(
    study: Study,
    *,
    inputs: dict[str, str],
    outputs: dict[str, str],
    definitions: dict[str, str],
    figures: dict[str, float],
    notes: tuple[str, ...],
) -> str:
    """Write the manifest of a run as JSON; the same run gives the same bytes.

    Parameters
    ----------
    study
        The study that was run.
    inputs, outputs
        Content hashes by name.
    definitions
        What each figure and column means.
    figures
        The headline figures, unrounded.
    notes
        Counted warnings of reading and computing.
    """
    manifest = {
        "run_id": run_id(study, inputs),
        "study": study.study.name,
        "notice": study.study.notice,
        "service_date": None if study.service_date is None else study.service_date.isoformat(),
        "toolkit": __version__,
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "figures": figures,
        "definitions": definitions,
        "notes": list(notes),
        "parameters": parameters(study),
        "inputs": inputs,
        "outputs": dict(sorted(outputs.items())),
    }
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
