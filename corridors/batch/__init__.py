"""Catchments of stations in batch: units of work, their store, their pages, and workers elsewhere."""
