"""Where access, deprivation and jobs meet: the domain of the toolkit.

>>> import corridors
>>> study = corridors.load_study("study.toml")  # doctest: +SKIP
>>> results = corridors.run_study(study, out="out/")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridors.batch import BatchResults, run_batch
    from corridors.catchments import catchment_members, catchment_profiles
    from corridors.errors import JoinError, OutputError, StudyError, TableError, ToolkitError
    from corridors.inputs import Inputs, read_inputs
    from corridors.ranking import Criterion, rank_options
    from corridors.results import RunResults
    from corridors.robustness import Robustness, robustness_of
    from corridors.run import run_study
    from corridors.sample import sample_study
    from corridors.scheme_runs import appraise_schemes, compare_schemes, network_with
    from corridors.scheme_study import SchemeResults, run_schemes
    from corridors.schemes import apply_schemes, read_schemes
    from corridors.search_study import run_search
    from corridors.study import Study, load_study

# Each public name and the room it lives in. Rooms are opened when they are asked for, so that `import corridors` takes no
# time, and the command line can say in one sentence which library a broken installation lacks.
_ROOMS = {
    "BatchResults": "batch",
    "Criterion": "ranking",
    "Inputs": "inputs",
    "JoinError": "errors",
    "OutputError": "errors",
    "Robustness": "robustness",
    "RunResults": "results",
    "SchemeResults": "scheme_study",
    "Study": "study",
    "StudyError": "errors",
    "TableError": "errors",
    "ToolkitError": "errors",
    "apply_schemes": "schemes",
    "appraise_schemes": "scheme_runs",
    "catchment_members": "catchments",
    "catchment_profiles": "catchments",
    "compare_schemes": "scheme_runs",
    "load_study": "study",
    "network_with": "scheme_runs",
    "rank_options": "ranking",
    "read_inputs": "inputs",
    "read_schemes": "schemes",
    "robustness_of": "robustness",
    "run_batch": "batch",
    "run_schemes": "scheme_study",
    "run_search": "search_study",
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
