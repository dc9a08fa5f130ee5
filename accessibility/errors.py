"""What the toolkit says when it will not go on: one sentence with what was found, what was needed, what to do."""

from __future__ import annotations


class ToolkitError(ValueError):
    """Anything the toolkit refuses; a ValueError too, so that callers may catch either."""


class InputError(ToolkitError):
    """A table, column, row or file that cannot be used as it is.

    Parameters
    ----------
    message
        The reason, as a clause without a full stop.
    file
        Name of the file, where one is to blame.
    row
        Row in that file as a spreadsheet or an editor counts it: the header is row 1.
    code
        A short machine-readable name of the defect, such as ``missing_required_column``.
    """

    def __init__(
        self, message: str, *, file: str | None = None, row: int | None = None, code: str | None = None
    ) -> None:
        """Join place, reason and code into the one sentence that is shown."""
        self.reason = message
        self.file = file
        self.row = row
        self.code = code
        place = "" if file is None else (f"{file}: " if row is None else f"{file}, row {row}: ")
        super().__init__(f"{place}{message}{f' [{code}]' if code else ''}")


class FeedError(InputError):
    """A GTFS feed that cannot be read or is not consistent."""


class NoServiceError(FeedError):
    """A feed without a single usable trip on the date asked for."""


class ParameterError(ToolkitError):
    """A parameter outside its range, or parameters that contradict each other."""
