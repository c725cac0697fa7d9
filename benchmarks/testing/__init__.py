"""Doubles of this storey, for tests; not shipped."""
