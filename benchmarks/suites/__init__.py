"""Suites: which shots to hand in so that a beta can say something, with acceptance lines."""
