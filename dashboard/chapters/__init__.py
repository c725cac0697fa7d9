"""Chapters: the fourteen parts of a findings report as plain blocks, for paper and slides."""
