"""GTFS feeds: their tables, how they are read, checked, reported and written."""
