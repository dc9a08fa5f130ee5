"""Reading the TOML files of schemes and scenarios, one table at a time, so that each mistake is named with its place."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ValidationError

from corridors.errors import SchemeError
from corridors.schemes.specs import Named, validation_words

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a file may hold.
_TABLES: Final = ("scheme", "scenario")


R = TypeVar("R", bound=Named)


def read_records(path: str | Path, kind: type[R], *, table: str) -> tuple[R, ...]:
    """Read the tables of one name of a TOML file, or of all TOML files of a folder in the order of their names.

    Raises
    ------
    SchemeError
        When a file is missing, is not TOML, holds anything else, a table breaks its specification, or an id comes twice.
    """
    path = Path(path)
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise SchemeError(f"{path}: there is no TOML file in this folder")
    records = [record for file in files for record in _read_file(file, kind, table)]
    refuse_twice([record.id for record in records], what=table)
    return tuple(records)


def schemes_text(schemes: Sequence[Named]) -> str:
    """Write schemes as a TOML file that `read_records` reads as the same; none give a file with a comment alone."""
    blocks = ["# Schemes, as `corridors schemes` takes them."]
    for scheme in schemes:
        told = scheme.model_dump(mode="json", exclude_defaults=True)
        edits = [{"kind": edit.kind} | row for edit, row in _edits(scheme, told)]
        blocks.append("\n".join(["[[scheme]]", *_lines(told)]))
        blocks += ["\n".join(["[[scheme.edit]]", *_lines(edit)]) for edit in edits]
    return "\n\n".join(blocks) + "\n"


def _edits(scheme: Named, told: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Take the edits out of a scheme's record: the kind of each is a default, and left out of its own."""
    return list(zip(getattr(scheme, "edit", ()), told.pop("edit", []), strict=True))


def _lines(record: dict[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in record.items() if value is not None]


def _toml(value: object) -> str:
    """Write a value as TOML; text as JSON has it, which TOML reads alike."""
    if isinstance(value, dict):
        return "{ " + ", ".join(_lines(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def refuse_twice(ids: Sequence[str], *, what: str) -> None:
    """Refuse ids that are not unique."""
    if twice := sorted(each for each, count in Counter(ids).items() if count > 1):
        raise SchemeError(f"there are two {what}s {twice[0]!r}; give each an id of its own")


def _read_file(path: Path, kind: type[R], table: str) -> list[R]:
    records = []
    for number, row in enumerate(_tables(path, table), start=1):
        try:
            records.append(kind.model_validate(row))
        except ValidationError as error:
            named = row.get("id")
            one = repr(named) if isinstance(named, str) else str(number)
            raise SchemeError(f"{path.name}: {table} {one}{validation_words(error)}") from None
    return records


def _tables(path: Path, name: str) -> list[dict[str, Any]]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise SchemeError(f"{path}: no such file of schemes") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SchemeError(f"{path.name}: is not valid TOML: {str(error).rstrip('.')}") from None
    for key, value in raw.items():
        if key not in _TABLES:
            known = " and ".join(f"[[{each}]]" for each in _TABLES)
            raise SchemeError(f"{path.name}: unknown key {key!r}; such a file holds {known} tables")
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise SchemeError(
                f"{path.name}: {key} is written as [[{key}]], in double brackets, once for each"
            )
    return list(raw.get(name, []))
