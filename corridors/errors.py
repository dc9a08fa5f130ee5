"""What can be wrong with a study, each with its own name; all are `ToolkitError` and `ValueError`."""

from __future__ import annotations

from accessibility.errors import InputError, ToolkitError

__all__ = [
    "ClusterError",
    "FetchError",
    "ImportedConfigError",
    "JoinError",
    "OutputError",
    "SchemeError",
    "StudyError",
    "TableError",
    "ToolkitError",
]


class StudyError(ToolkitError):
    """The study file is missing, misspelt or contradicts itself."""


class SchemeError(ToolkitError):
    """A scheme is misspelt, contradicts itself, or contradicts the timetable that it edits."""


class TableError(InputError):
    """An input table lacks a column, repeats an id or holds a value that cannot be true."""


class JoinError(InputError):
    """Two tables that belong together do not name the same things."""


class OutputError(ToolkitError):
    """A result cannot be written where it was asked for."""


class FetchError(ToolkitError):
    """Data could not be fetched from where its publisher keeps it, or is not what it should be."""


class ClusterError(ToolkitError):
    """A cluster that cannot be used: not installed, not there, or lost."""


class ImportedConfigError(ToolkitError):
    """A configuration of another tool that cannot be read, or asks what is not answered here."""
