"""Streets from OpenStreetMap as arrays, points on them, and the shortest paths."""
