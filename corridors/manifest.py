"""What went in and what came out: parameters, versions and hashes, without a clock or a path of this machine."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from accessibility._version import __version__
from accessibility.errors import InputError
from accessibility.transxchange.files import holds_transxchange
from accessibility.transxchange.settings import find_settings
from corridors.errors import OutputError
from corridors.outputs import write_text

if TYPE_CHECKING:
    import datetime as dt

    from corridors.study import Study

_PACKAGES = (
    "folium",
    "geopandas",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "pyproj",
    "shapely",
)
_CHUNK = 1 << 20
#: Commands whose results may stand in the folder of a run, under a manifest of their own name.
_BESIDE_A_RUN: Final = ("closures", "schemes", "search")


@dataclass(frozen=True, eq=False)
class Request:
    """What determines the outputs of a command: nothing else may.

    Attributes
    ----------
    command
        ``run``, ``schemes`` or ``batch``.
    study
        The study; its parameters go into the manifest whole, defaults included.
    options
        What the command was told beside the study, as JSON can hold it. What cannot change the outputs (how many
        processes, how much is printed) and paths stay out.
    brought
        Files that the study does not name, by the part they play. The manifest names them without their folders.
    inputs, brought_hashes
        The hashes of the study's files by name, and of the brought ones by part, as they were when the request was made.
    """

    command: str
    study: Study
    options: Mapping[str, Any] = field(default_factory=dict)
    brought: Mapping[str, Path] = field(default_factory=dict)
    inputs: dict[str, str] = field(init=False)
    brought_hashes: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Hash every file now, before any is read."""
        object.__setattr__(self, "inputs", input_hashes(self.study))
        brought = {part: sha256(Path(path)) for part, path in sorted(self.brought.items())}
        object.__setattr__(self, "brought_hashes", brought)

    @property
    def run_id(self) -> str:
        """The name of the run, 12 hexadecimal digits of a hash over all that determines it, the toolkit's version too."""
        return run_id(
            self.study,
            self.inputs,
            command=self.command,
            options=self.options,
            brought=self.brought_hashes,
        )


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces.

    Raises
    ------
    InputError
        When the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                digest.update(piece)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    return digest.hexdigest()


def input_hashes(study: Study) -> dict[str, str]:
    """Hash every file a study reads, by its name in the study file; feeds in folders file by file, sorted."""
    hashes = {study.path.name: sha256(study.path)}
    for name in named_inputs(study):
        hashes |= hashes_of(name, study.resolve(name))
    return dict(sorted(hashes.items()))


def named_inputs(study: Study) -> list[str]:
    """Return the files and folders that a study names, as it names them."""
    return [*study.files.named.values(), *study.timetable.feeds]


def hashes_of(name: str, path: Path) -> dict[str, str]:
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


def run_id(
    study: Study,
    inputs: Mapping[str, str],
    *,
    command: str = "run",
    options: Mapping[str, Any] | None = None,
    brought: Mapping[str, str] | None = None,
    version: str = __version__,
) -> str:
    """Name a run by what determines it: the toolkit's version, the command, the parameters and the inputs' content."""
    told = {
        "version": version,
        "command": {"name": command, "options": dict(options or {})},
        "parameters": parameters(study),
        "inputs": dict(inputs),
        "brought": dict(brought or {}),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


def manifest_name(command: str) -> str:
    """Return the name under which a command writes its manifest."""
    return f"manifest_{command}.json" if command in _BESIDE_A_RUN else "manifest.json"


def signpost_name(manifest: str) -> str:
    """Return the name of the hidden file that says where the inputs of a manifest stood.

    It is no output: the way to the inputs differs from machine to machine, and results must not.
    """
    return f".{manifest.removesuffix('.json')}.inputs"


def refuse_other_results(folder: Path, command: str) -> None:
    """Refuse a folder that holds the results of another command, whose files would be mixed with the new ones.

    Raises
    ------
    OutputError
        In one sentence.
    """
    path = folder / manifest_name(command)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # nothing there that this command would not simply replace
    other = told.get("command", {}).get("name", command) if isinstance(told, dict) else command
    if other != command:
        raise OutputError(
            f"{folder}: holds the results of `corridors {other}`; choose another folder with --out"
        )


def write_manifest(
    folder: Path,
    request: Request,
    *,
    outputs: Mapping[str, Path],
    definitions: Mapping[str, str],
    figures: Mapping[str, float],
    notes: tuple[str, ...],
    service_date: dt.date | None = None,
    dated: bool = True,
) -> Path:
    """Write the manifest of a command's results; the same request gives the same bytes.

    Parameters
    ----------
    folder
        The folder of the results.
    request
        What was asked. Its inputs are hashed once more.
    outputs
        Every file that was written, by its path from the folder with forward slashes; the manifest itself is not one.
    definitions
        What each figure and column means.
    figures
        The headline figures, unrounded.
    notes
        Counted warnings of reading and computing.
    service_date
        The day that "auto" came to; by default the study's own.
    dated
        Whether the results rest on a service day at all; those of travel times that were brought do not.

    Returns
    -------
        The manifest. Beside it stands a hidden file that says where the inputs are, for `corridors verify`.

    Raises
    ------
    OutputError
        When it cannot be written, or an input changed since it was hashed: nobody could tell what was read.
    """
    _refuse_changed(request)
    day = (service_date or request.study.service_date) if dated else None
    manifest = {
        "run_id": request.run_id,
        "command": {"name": request.command, "options": dict(request.options)},
        "study": request.study.study.name,
        "study_file": request.study.path.name,
        "notice": request.study.study.notice,
        "service_date": None if day is None else day.isoformat(),
        **versions(),
        "figures": dict(figures),
        "definitions": dict(definitions),
        "notes": list(notes),
        "parameters": parameters(request.study),
        "inputs": request.inputs,
        "brought": {
            part: {"file": Path(path).name, "sha256": request.brought_hashes[part]}
            for part, path in sorted(request.brought.items())
        },
        "outputs": {name: sha256(path) for name, path in sorted(outputs.items())},
    }
    name = manifest_name(request.command)
    write_text(folder / signpost_name(name), _signpost(folder, request))
    return write_text(folder / name, sealed(manifest))


def versions() -> dict[str, Any]:
    """Return the versions that results may depend on: the toolkit, Python and the packages underneath."""
    return {
        "toolkit": __version__,
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def sealed(manifest: Mapping[str, Any]) -> str:
    """Return a manifest as text, its last line but one a hash over all before it: the seal."""
    bare = {key: value for key, value in manifest.items() if key != "seal"}
    seal = hashlib.sha256(_text(bare).encode()).hexdigest()
    return _text(bare | {"seal": seal})


def _text(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def _refuse_changed(request: Request) -> None:
    """Refuse to name inputs by hashes that are no longer theirs."""
    for then, now in (
        (request.inputs, input_hashes(request.study)),
        (request.brought_hashes, {part: sha256(Path(path)) for part, path in request.brought.items()}),
    ):
        changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
        if changed:
            raise OutputError(
                f"{changed[0]}: changed while it was read, so the results cannot say what they rest on; run again"
            )


def _signpost(folder: Path, request: Request) -> str:
    """Say where the study and the brought files stand, seen from the folder of the results."""
    places = {"study": request.study.path, **request.brought}
    return (
        json.dumps(
            {part: _way(Path(path), folder) for part, path in places.items()}, indent=2, sort_keys=True
        )
        + "\n"
    )


def _way(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()
