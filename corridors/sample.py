"""Where the embedded sample stands: inside an installed wheel, or beside the packages in a source checkout."""

from __future__ import annotations

from pathlib import Path

from corridors.errors import StudyError

_STUDY = "west-midlands.toml"


def sample_study() -> Path:
    """Return the path of the embedded West Midlands study.

    Raises
    ------
    StudyError
        When the installation holds no sample.

    Examples
    --------
    >>> corridors.sample_study().name
    'west-midlands.toml'
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_sample", package.parent / "data"):
        if (folder / _STUDY).is_file():
            return folder / _STUDY
    raise StudyError("This installation holds no embedded sample; name a study file instead")
