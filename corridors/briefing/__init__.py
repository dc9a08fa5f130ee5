"""The briefing of a run, a few pages in plain words."""
