"""The oldest versions that pyproject.toml admits, as constraints of pip: the environment of ``make test-minimum``.

Run with ``python tests/support/minimum_versions.py [FILE]``: writes one ``name==minimum`` a line, for what the toolkit runs on
and for every extra that its users may choose, to the file or to the screen. The tools of development, and what all these
packages themselves depend on, are left to pip.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
TOOLS = "dev"


def requirements(pyproject: Path) -> list[str]:
    """Return all that a project asks for to run, and for every extra but its own tools, as it is written."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].items()
    return [*project["dependencies"], *(line for name, lines in extras if name != TOOLS for line in lines)]


def minimum_constraints(lines: Iterable[str]) -> list[str]:
    """Pin each requirement to its minimum; where a package is asked for twice, to the higher one.

    Raises
    ------
    ValueError
        When a requirement has no minimum, so that nobody knows what it was tried with.
    """
    found: dict[tuple[str, str], tuple[Version, str]] = {}
    for line in lines:
        requirement = Requirement(line)
        minimums = [Version(part.version) for part in requirement.specifier if part.operator in {">=", "=="}]
        if not minimums:
            raise ValueError(f"{line!r} in pyproject.toml has no minimum: write {requirement.name}>=…")
        marker = f" ; {requirement.marker}" if requirement.marker else ""
        pinned = (max(minimums), f"{requirement.name}=={max(minimums)}{marker}")
        key = (canonicalize_name(requirement.name), marker)
        found[key] = max(found.get(key, pinned), pinned)
    return [text for _, (_, text) in sorted(found.items())]


def main(target: str | None) -> None:
    """Write the constraints to a file, or to the screen where none is named."""
    text = "\n".join(minimum_constraints(requirements(PYPROJECT))) + "\n"
    if target is None:
        sys.stdout.write(text)
    else:
        Path(target).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
