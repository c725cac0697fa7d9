"""Shared pieces of screens: each one word, drawn the same wherever it stands."""
