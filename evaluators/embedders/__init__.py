"""Crops as vectors: the networks that make them, and where the vectors are kept."""
