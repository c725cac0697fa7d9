"""Blind comparisons by people: read, counted, ranked."""
