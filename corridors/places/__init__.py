"""Centres, stations, sites and corridors, and what lies within a walk or a journey of them."""
