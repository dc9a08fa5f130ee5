"""The strategy's register as tables, and what its columns may hold; `corridors.evidence` reads it."""
