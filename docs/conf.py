"""How the documentation is built: `sphinx-build -W docs docs/_build`, without a network."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from accessibility._version import __version__

project = "Inclusive-growth corridors"
author = "The inclusive-growth-corridors contributors"
copyright = author  # noqa: A001 - Sphinx reads this name
release = __version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
html_theme = "alabaster"
html_theme_options = {
    "description": "Where public transport, deprivation and jobs meet",
    "page_width": "1100px",
}
html_show_sourcelink = False

# A name in single backquotes is a link where there is something of that name.
default_role = "py:obj"
# A public name stands in its package and in its room; a link to either is right.
suppress_warnings = ["ref.python"]
autosummary_generate = True
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3
# The tests run the notebooks; the pages show them as they are kept, without outputs.
nb_execution_mode = "off"


def name_what_is_returned(
    _app: object,
    _what: str,
    _name: str,
    documented: object,
    _options: object,
    lines: list[str],
) -> None:
    """Put the annotated type above what a docstring says is returned; docstrings here name no types themselves."""
    if not callable(documented):
        return
    for number, line in enumerate(lines[:-2]):
        unnamed = lines[number + 2].startswith("    ")
        if line in ("Returns", "Yields") and lines[number + 1].startswith("---") and unnamed:
            lines.insert(number + 2, _returned(documented))
            return


def _returned(documented: Callable[..., object]) -> str:
    annotation = inspect.signature(documented).return_annotation
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "object")


def setup(app: Any) -> None:  # noqa: ANN401
    """Read docstrings before numpydoc does."""
    app.connect("autodoc-process-docstring", name_what_is_returned, priority=400)
