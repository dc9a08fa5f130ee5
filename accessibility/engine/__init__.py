"""The backward sweep: what a journey may ride and where it changes, compiled."""
