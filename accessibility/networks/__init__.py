"""A timetable with the walks around it, built once and kept on disk."""
