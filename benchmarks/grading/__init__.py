"""Colour between a studio and a model: plates shown through a recorded view, takes brought back."""
