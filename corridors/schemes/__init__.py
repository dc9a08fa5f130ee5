"""Changes of a timetable: what they do, for whom, at what cost."""
