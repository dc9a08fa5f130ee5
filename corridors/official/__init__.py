"""Official data: the catalogue of sources, fetching them, and turning them into a study folder."""
