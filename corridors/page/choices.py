"""The section ``[page]`` of the study file: what the page tells beside the figures of the wards."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from corridors.study_sections import Minutes, Section

_WalkMinutes = Annotated[float, Field(gt=0, le=120)]


class PageChoice(Section):
    """What the page explains; each costs computing time, so each can be left out.

    ``journeys`` tells of every ward the journey that falls short of its next centre. ``schemes`` holds every scheme of the
    study against the timetable of today, each alone and all together. ``catchment_kinds`` are the kinds of station from
    whose catchment within ``catchment_min`` minutes by public transport bands are drawn; around all others bands of
    ``walk_min`` minutes on foot are. ``small_areas`` draws a second page, of the small areas themselves.
    """

    journeys: bool = True
    schemes: bool = False
    catchment_kinds: tuple[str, ...] = ("hs2",)
    catchment_min: tuple[Minutes, ...] = (30, 45, 60)
    walk_min: tuple[_WalkMinutes, ...] = (10, 20)
    small_areas: bool = False

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        for name, minutes in (("catchment_min", self.catchment_min), ("walk_min", self.walk_min)):
            if list(minutes) != sorted(set(minutes)):
                raise ValueError(f"{name} must ascend, each once, not {list(minutes)}")
        return self
