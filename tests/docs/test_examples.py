"""The examples in docstrings run as they are printed, after the lines at the head of the reference."""

from __future__ import annotations

import doctest
import inspect
import re

import pytest

import accessibility
import corridors
import maps

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def named(package):
    """Every public function and class of a package and of the modules it offers by name; errors are raised, not called."""
    found = {}
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.ismodule(thing):
            inside = {part: getattr(thing, part) for part in dir(thing) if not part.startswith("_")}
            found |= {
                f"{thing.__name__}.{part}": value
                for part, value in inside.items()
                if inspect.isfunction(value) and value.__module__ == thing.__name__
            }
        elif callable(thing) and not (inspect.isclass(thing) and issubclass(thing, Exception)):
            found[f"{package.__name__}.{name}"] = thing
    return found


CALLABLE = named(accessibility) | named(corridors) | named(maps)


@pytest.fixture(scope="module")
def beginning(project_root):
    """Run the lines that every example begins after."""
    page = (project_root / "docs" / "reference" / "index.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], names)  # noqa: S102 - our own page
    return names


@pytest.mark.parametrize("name", sorted(CALLABLE))
def test_the_example_runs_as_printed(name, beginning):
    thing = CALLABLE[name]
    found = doctest.DocTestFinder(recurse=False).find(thing, name, globs=dict(beginning))
    examples = [example for test in found for example in test.examples]
    assert examples or inspect.isclass(thing), f"{name} has no example"
    said = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    for test in found:
        runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)
