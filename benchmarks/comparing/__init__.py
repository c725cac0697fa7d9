"""Recipes against each other: contrasts, intervals, and the words that they allow. Pure."""
