"""Where access, deprivation and jobs meet: the domain of the toolkit.

>>> import corridors
>>> study = corridors.load_study("study.toml")  # doctest: +SKIP
>>> results = corridors.run_study(study, out="out/")  # doctest: +SKIP
"""

from __future__ import annotations

from corridors.errors import JoinError, OutputError, StudyError, TableError, ToolkitError
from corridors.results import RunResults
from corridors.run import run_study
from corridors.sample import sample_study
from corridors.study import Study, load_study

__all__ = [
    "JoinError",
    "OutputError",
    "RunResults",
    "Study",
    "StudyError",
    "TableError",
    "ToolkitError",
    "load_study",
    "run_study",
    "sample_study",
]
