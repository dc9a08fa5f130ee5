"""The constraints of the run on the oldest versions: one for every package that a user may come to install."""

from __future__ import annotations

import tomllib

import pytest
from minimum_versions import PYPROJECT, minimum_constraints, requirements
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def test_a_minimum_becomes_the_one_version_and_the_higher_of_two_holds():
    asked = ["b>=2,<3", "A_x>=1.10", "a-x>=1.9", "c==1.4", 'tz>=2024.1; sys_platform == "win32"']
    assert minimum_constraints(asked) == [
        "A_x==1.10",
        "b==2",
        "c==1.4",
        'tz==2024.1 ; sys_platform == "win32"',
    ]


@pytest.mark.parametrize("line", ["b", "b<3", "b!=2"])
def test_a_requirement_without_a_minimum_is_refused(line):
    with pytest.raises(ValueError, match=f"'{line}' in pyproject.toml has no minimum: write b>=…"):
        minimum_constraints([line])


def test_what_the_project_runs_on_is_all_held_and_its_tools_are_not():
    pinned = {
        canonicalize_name(Requirement(line).name) for line in minimum_constraints(requirements(PYPROJECT))
    }
    assert {"geopandas", "numba", "distributed", "lxml", "sphinx", "xstatic-leaflet"} <= pinned
    assert not pinned & {"ruff", "mypy", "pytest", "hypothesis"}


def test_the_tools_ask_for_the_same_minimum_of_what_users_install():
    """Else the environment of development could never hold the oldest versions that users are promised."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    promised = {Requirement(line).name: Requirement(line).specifier for line in requirements(PYPROJECT)}
    tools = [Requirement(line) for line in project["optional-dependencies"]["dev"]]
    shared = [tool for tool in tools if tool.name in promised]
    assert shared
    assert {tool.name: tool.specifier for tool in shared} == {
        tool.name: promised[tool.name] for tool in shared
    }
