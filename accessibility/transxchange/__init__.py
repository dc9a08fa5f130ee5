"""TransXChange turned into a feed."""
