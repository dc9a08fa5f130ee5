"""Where access, deprivation and jobs meet: the domain of the toolkit.

>>> import corridors
>>> study = corridors.load_study("study.toml")  # doctest: +SKIP
>>> results = corridors.run_study(study, out="out/")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridors.batch.run import BatchResults, run_batch
    from corridors.errors import JoinError, OutputError, StudyError, TableError, ToolkitError
    from corridors.inputs import Inputs, read_inputs
    from corridors.places.catchments import catchment_members, catchment_profiles
    from corridors.ranking.ranking import Criterion, rank_options
    from corridors.ranking.robustness import Robustness, robustness_of
    from corridors.results import RunResults
    from corridors.run import run_study
    from corridors.sample import sample_study
    from corridors.schemes.edits import apply_schemes, read_schemes
    from corridors.schemes.runs import appraise_schemes, compare_schemes, network_with
    from corridors.schemes.study import SchemeResults, run_schemes
    from corridors.search.study import run_search
    from corridors.study import Study, load_study

# Each public name and the room it lives in. Rooms are opened when they are asked for, so that `import corridors` takes no
# time, and the command line can say in one sentence which library a broken installation lacks.
_ROOMS = {
    "BatchResults": "batch.run",
    "Criterion": "ranking.ranking",
    "Inputs": "inputs",
    "JoinError": "errors",
    "OutputError": "errors",
    "Robustness": "ranking.robustness",
    "RunResults": "results",
    "SchemeResults": "schemes.study",
    "Study": "study",
    "StudyError": "errors",
    "TableError": "errors",
    "ToolkitError": "errors",
    "apply_schemes": "schemes.edits",
    "appraise_schemes": "schemes.runs",
    "catchment_members": "places.catchments",
    "catchment_profiles": "places.catchments",
    "compare_schemes": "schemes.runs",
    "load_study": "study",
    "network_with": "schemes.runs",
    "rank_options": "ranking.ranking",
    "read_inputs": "inputs",
    "read_schemes": "schemes.edits",
    "robustness_of": "ranking.robustness",
    "run_batch": "batch.run",
    "run_schemes": "schemes.study",
    "run_search": "search.study",
    "run_study": "run",
    "sample_study": "sample",
}

__all__ = [
    "BatchResults",
    "Criterion",
    "Inputs",
    "JoinError",
    "OutputError",
    "Robustness",
    "RunResults",
    "SchemeResults",
    "Study",
    "StudyError",
    "TableError",
    "ToolkitError",
    "apply_schemes",
    "appraise_schemes",
    "catchment_members",
    "catchment_profiles",
    "compare_schemes",
    "load_study",
    "network_with",
    "rank_options",
    "read_inputs",
    "read_schemes",
    "robustness_of",
    "run_batch",
    "run_schemes",
    "run_search",
    "run_study",
    "sample_study",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the room's
    """Open the room that a public name lives in."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'corridors' has no attribute {name!r}")
    return getattr(import_module(f"corridors.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
