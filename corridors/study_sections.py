"""What the sections of the study file share: nothing unknown in them, and what is wrong said in one sentence."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pydantic import ValidationError

Minutes = Annotated[float, Field(gt=0, le=240)]


#: The forms that keys of several sections have, and what a reader is told of each.
CLOCK: Final = r"^([01]\d|2\d):[0-5]\d$"
STATISTIC: Final = r"^(best|p\d{1,2})$"
FORMS: Final = {
    CLOCK: "a time is written HH:MM, such as '07:00'",
    STATISTIC: "it is 'best' or a percentile from 'p0' to 'p99', such as the median 'p50'",
}


class Section(BaseModel):
    """A section of the study file: a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def what_is_wrong(error: ValidationError, whole: type[BaseModel]) -> str:
    """Say in one sentence the first thing that is wrong with a file that `whole` describes, and how many more there are."""
    # An unknown key comes first: a misspelling also shows as the key that is then missing.
    problems = sorted(
        error.errors(include_url=False), key=lambda problem: problem["type"] != "extra_forbidden"
    )
    first = problems[0]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    more = f" (problems in this file: {len(problems)})" if len(problems) > 1 else ""
    return _reason(first["type"], where, first, whole) + more


def _reason(kind: str, where: str, problem: Any, whole: type[BaseModel]) -> str:  # noqa: ANN401 - pydantic's own loose record
    if kind == "extra_forbidden":
        *section, key = where.split(".")
        known = _known_keys(whole, tuple(problem["loc"][:-1]))
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known keys are {', '.join(known)}"
        place = f" in [{'.'.join(section)}]" if section else ""
        return f"unknown key {key!r}{place}; {hint}"
    if kind == "missing":
        return f"key {where!r} is missing"
    if kind == "string_pattern_mismatch" and problem["ctx"]["pattern"] in FORMS:
        return f"{where} = {problem['input']!r} cannot be used: {FORMS[problem['ctx']['pattern']]}"
    if kind == "value_error":
        return f"{where}: {problem['ctx']['error']}" if where else str(problem["ctx"]["error"])
    return f"{where} = {problem['input']!r} cannot be used: {_lower_first(problem['msg'])}"


def _known_keys(whole: type[BaseModel], section: tuple[str | int, ...]) -> list[str]:
    """Return the keys that a section of the study file may hold."""
    model = whole
    for part in section:
        if isinstance(part, str):
            kind = model.model_fields[part].annotation
            inner = [arg for arg in get_args(kind) if isinstance(arg, type) and issubclass(arg, BaseModel)]
            model = inner[0] if inner else kind  # type: ignore[assignment]
    return list(model.model_fields)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
