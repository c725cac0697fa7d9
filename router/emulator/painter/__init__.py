"""Draws every picture and clip of the emulated models, procedurally and deterministically."""
