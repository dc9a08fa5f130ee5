"""A study's tables turned into what `maps` draws."""
