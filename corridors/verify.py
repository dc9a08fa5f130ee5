"""Whether results are what their manifest says, and whether the inputs give them again.

A manifest can be checked from two sides. By hashes: every input and output still has the bytes that were recorded. By a
rerun: the recorded inputs and parameters give the same bytes again. What neither finds is a folder whose inputs, results
and manifest were all replaced together by those of another run: its hashes agree and a rerun agrees too. The seal of the
manifest settles that for whoever noted it elsewhere when the results were handed over.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from corridors.errors import OutputError, ToolkitError
from corridors.manifest import (
    hashes_of,
    manifest_name,
    named_inputs,
    run_id,
    sealed,
    sha256,
    signpost_name,
    versions,
)
from corridors.progress import Progress, silent
from corridors.reruns import RERUNS
from corridors.sample import sample_study
from corridors.study import Study
from corridors.table_differences import how_they_differ

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["manifest", "input", "output", "extra file", "rerun"]
#: What of a manifest may differ between two machines that give the same results.
_OF_THE_MACHINE: Final = frozenset({"toolkit", "python", "packages", "seal", "run_id"})


class _Command(BaseModel):
    name: str
    options: dict[str, Any]


class _Brought(BaseModel):
    file: str
    sha256: str


class _Manifest(BaseModel):
    """What a manifest must hold to be verified; it holds more for readers."""

    model_config = ConfigDict(extra="allow")

    run_id: str
    command: _Command
    study_file: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    brought: dict[str, _Brought]
    outputs: dict[str, str]
    packages: dict[str, str]
    seal: str


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the manifest says: what kind of thing, its name, and how it differs."""

    kind: Kind
    name: str
    how: str


@dataclass(frozen=True)
class Verification:
    """What was found of one manifest.

    Attributes
    ----------
    manifest
        Its name.
    command, run_id, seal
        As it says.
    study
        The study file whose inputs were hashed; None where it was not found.
    inputs, outputs
        How many of each were hashed.
    rerun
        Whether the results were computed again.
    differences
        Everything that is not as the manifest says; empty when all is.
    notes
        What may explain a difference and is none: other versions of the toolkit or of the packages underneath.
    """

    manifest: str
    command: str
    run_id: str
    seal: str
    study: Path | None
    inputs: int
    outputs: int
    rerun: bool
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether everything is as the manifest says."""
        return not self.differences


def verify_folder(
    folder: str | Path,
    *,
    study: Path | None = None,
    brought: Mapping[str, Path] | None = None,
    rerun: bool = False,
    progress: Progress | None = None,
) -> tuple[Verification, ...]:
    """Hold a folder of results against its manifests.

    Parameters
    ----------
    folder
        A folder that `corridors run`, `corridors schemes` or `corridors batch` wrote.
    study
        Where the study file stands now; by default where it stood, seen from the folder.
    brought
        Where the files stand now that the study does not name, by the part they play, such as ``stations``.
    rerun
        Compute the results again into a temporary folder and compare them byte by byte.
    progress
        Told while results are computed again.

    Returns
    -------
        One verification per manifest, in the order of their names.

    Raises
    ------
    OutputError
        When there is no folder, or no manifest in it, or one that cannot be read as a manifest.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise OutputError(f"{folder}: no such folder of results")
    names = [name for name in _manifest_names() if (folder / name).is_file()]
    if not names:
        raise OutputError(
            f"{folder}: holds no {manifest_name('run')}, so there is nothing to verify it against"
        )
    told = {name: _read_manifest(folder / name) for name in names}
    found = [
        _verified(folder, name, told[name], study, dict(brought or {}), rerun=rerun, tell=progress or silent)
        for name in names
    ]
    found[0] = replace(found[0], differences=(*found[0].differences, *_extra_files(folder, told)))
    return tuple(found)


def _manifest_names() -> list[str]:
    return sorted({manifest_name(command) for command in RERUNS})


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _Manifest.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise OutputError(
            f"{path}: is no manifest that can be verified ({where}: {first['msg']}); was it written by an earlier version?"
        ) from error
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be read as a manifest ({error})") from error
    return told


def _verified(
    folder: Path,
    name: str,
    told: dict[str, Any],
    study: Path | None,
    brought: dict[str, Path],
    *,
    rerun: bool,
    tell: Progress,
) -> Verification:
    """Hold the folder against one manifest."""
    differences = _of_the_manifest(folder / name, told)
    differences += _of_the_outputs(folder, told)
    places = _places(folder, name, told) | brought | ({} if study is None else {"study": study})
    asked, problems = _study_of(told, places)
    differences += problems
    if asked is not None:
        differences += _of_the_inputs(told, asked, places)
        if _run_id(told, asked) != told["run_id"]:
            differences.append(
                Difference("manifest", name, "its run_id does not follow from its parameters and inputs")
            )
    if rerun and asked is not None:
        differences += _of_the_rerun(folder, name, told, asked, places, tell)
    return Verification(
        manifest=name,
        command=told["command"]["name"],
        run_id=told["run_id"],
        seal=told["seal"],
        study=None if asked is None else asked.path,
        inputs=0 if asked is None else len(told["inputs"]) + len(told["brought"]),
        outputs=len(told["outputs"]),
        rerun=rerun and asked is not None,
        differences=tuple(differences),
        notes=tuple(_other_versions(told)),
    )


def _of_the_manifest(path: Path, told: dict[str, Any]) -> list[Difference]:
    """Find a manifest that was changed after it was sealed."""
    if path.read_bytes() == sealed(told).encode():
        return []
    return [Difference("manifest", path.name, "was changed after it was written: its seal is broken")]


def _of_the_outputs(folder: Path, told: dict[str, Any]) -> list[Difference]:
    found = []
    for name, recorded in told["outputs"].items():
        path = folder / name
        if not path.is_file():
            found.append(Difference("output", name, "is missing"))
        elif sha256(path) != recorded:
            found.append(Difference("output", name, "is not the file that was written"))
    return found


def _extra_files(folder: Path, told: Mapping[str, dict[str, Any]]) -> list[Difference]:
    """Find files that no manifest names; hidden ones, such as locks, are nobody's results."""
    known = {name for each in told.values() for name in each["outputs"]} | told.keys()
    files = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [
        Difference("extra file", name.as_posix(), "was not written by the run that the manifest describes")
        for name in files
        if name.as_posix() not in known and not any(part.startswith(".") for part in name.parts)
    ]


def _places(folder: Path, name: str, told: dict[str, Any]) -> dict[str, Path]:
    """Say where the study and the brought files stood: by the signpost, else the embedded sample if it is the very one."""
    try:
        ways = json.loads((folder / signpost_name(name)).read_text(encoding="utf-8"))
        return {part: folder / way for part, way in ways.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return _embedded(told)


def _embedded(told: dict[str, Any]) -> dict[str, Path]:
    """Return the embedded sample where it is, byte for byte, the study of the manifest."""
    try:
        sample = sample_study()
    except ToolkitError:
        return {}
    same = sample.name == told["study_file"] and sha256(sample) == told["inputs"].get(sample.name)
    return {"study": sample} if same else {}


def _study_of(told: dict[str, Any], places: Mapping[str, Path]) -> tuple[Study | None, list[Difference]]:
    """Return the study as the manifest's parameters say, standing where the study file does now."""
    file = told["study_file"]
    path = places.get("study")
    if path is None or not path.is_file():
        where = "" if path is None else f" at {path}"
        how = f"was not found{where}, so no input could be checked; say where it is with --study"
        return None, [Difference("input", file, how)]
    try:
        return Study.standing_at(path, told["parameters"]), []
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        how = (
            f"holds parameters that this version ({versions()['toolkit']}; the manifest's is {told.get('toolkit')}) "
            f"cannot read: {where}: {first['msg']}"
        )
        return None, [Difference("manifest", file, how)]


def _of_the_inputs(told: dict[str, Any], study: Study, places: Mapping[str, Path]) -> list[Difference]:
    """Hash every input again, and compare with what was recorded."""
    found = []
    now = {told["study_file"]: sha256(study.path)}
    for name in named_inputs(study):
        if study.resolve(name).exists():
            try:
                now |= hashes_of(name, study.resolve(name))
            except ToolkitError as error:
                found.append(Difference("input", name, f"cannot be hashed: {error}"))
    found += _compared(told["inputs"], now)
    for part, record in told["brought"].items():
        path = places.get(part)
        if path is None or not path.is_file():
            how = f"({part}) was not found; say where it is with --file {part}=PATH"
            found.append(Difference("input", record["file"], how))
        elif sha256(path) != record["sha256"]:
            found.append(Difference("input", record["file"], f"({part}) is not the file that was read"))
    return found


def _compared(recorded: Mapping[str, str], now: Mapping[str, str]) -> Iterable[Difference]:
    for name in sorted(recorded.keys() | now.keys()):
        if name not in now:
            yield Difference("input", name, "is missing")
        elif name not in recorded:
            yield Difference("input", name, "was not there when the results were computed")
        elif recorded[name] != now[name]:
            yield Difference("input", name, "is not the file that was read")


def _run_id(told: dict[str, Any], study: Study) -> str:
    return run_id(
        study,
        told["inputs"],
        command=told["command"]["name"],
        options=told["command"]["options"],
        brought={part: record["sha256"] for part, record in told["brought"].items()},
        version=told.get("toolkit", ""),
    )


def _of_the_rerun(
    folder: Path,
    name: str,
    told: dict[str, Any],
    study: Study,
    places: Mapping[str, Path],
    tell: Progress,
) -> list[Difference]:
    """Compute the results again and compare them with the recorded hashes."""
    command = told["command"]
    with tempfile.TemporaryDirectory(prefix="corridors-verify-") as temporary:
        again = Path(temporary)
        brought = {part: places[part] for part in told["brought"] if part in places}
        try:
            RERUNS[command["name"]](study, command["options"], brought, out=again, progress=tell)
        except ToolkitError as error:
            return [Difference("rerun", name, f"could not be computed again: {error}")]
        return [*_outputs_again(folder, again, told), *_manifest_again(again / name, told)]


def _outputs_again(folder: Path, again: Path, told: dict[str, Any]) -> Iterable[Difference]:
    """Compare with what was recorded, not with the file: a changed file has been named already."""
    for name, recorded in told["outputs"].items():
        if not (again / name).is_file():
            yield Difference("rerun", name, "is not written any more")
        elif sha256(again / name) != recorded:
            how = how_they_differ(folder / name, again / name) if (folder / name).is_file() else ""
            yield Difference("rerun", name, f"comes out differently{how and f': {how}'}")


def _manifest_again(path: Path, told: dict[str, Any]) -> Iterable[Difference]:
    """Compare what the manifests say of the results; hashes of inputs and outputs have been compared one by one."""
    new = _read_manifest(path)
    said = {*_OF_THE_MACHINE, "inputs", "brought", "outputs"}
    differing = sorted(key for key in (told.keys() | new.keys()) - said if told.get(key) != new.get(key))
    if differing:
        yield Difference("rerun", path.name, f"says something else under {', '.join(differing)}")
    extra = sorted(new["outputs"].keys() - told["outputs"].keys())
    yield from (Difference("rerun", name, "is written now and was not recorded") for name in extra)


def _other_versions(told: dict[str, Any]) -> list[str]:
    """Say which versions differ from those that wrote the results."""
    now = versions()
    notes = [
        f"{name} is {now[name]} here and was {told.get(name)}"
        for name in ("toolkit", "python")
        if told.get(name) != now[name]
    ]
    then = told["packages"]
    return notes + [
        f"{name} is {version} here and was {then[name]}"
        for name, version in now["packages"].items()
        if name in then and then[name] != version
    ]
