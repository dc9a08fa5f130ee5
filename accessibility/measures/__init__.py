"""The questions put to the engine: minutes, opportunities, bands, journeys."""
