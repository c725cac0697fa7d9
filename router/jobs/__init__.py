"""Durable jobs: what was accepted is done, whoever dies meanwhile."""
