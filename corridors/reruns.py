"""Computing results again from what their manifest recorded: one function per command that writes a manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corridors.batch import run as batch
from corridors.run import run_study
from corridors.schemes.closures import run_closures
from corridors.schemes.study import run_schemes
from corridors.search.study import run_search

if TYPE_CHECKING:
    from corridors.progress import Progress
    from corridors.study import Study

#: Called with the study, the options and the brought files of a `corridors.manifest.Request`, the folder ``out`` and
#: ``progress``; writes what the command writes.
Rerun = Callable[..., None]


def _by_keywords(compute: Callable[..., object]) -> Rerun:
    """Make the rerun of a command whose options and brought files are keywords of one function."""

    def rerun(
        study: Study,
        options: Mapping[str, Any],
        brought: Mapping[str, Path],
        *,
        out: Path,
        progress: Progress | None = None,
    ) -> None:
        compute(study, out=out, progress=progress, **{**options, **brought})

    return rerun


RERUNS: Final[Mapping[str, Rerun]] = {
    "run": _by_keywords(run_study),
    "schemes": _by_keywords(run_schemes),
    "closures": _by_keywords(run_closures),
    "search": _by_keywords(run_search),
    "batch": batch.rerun,
}
