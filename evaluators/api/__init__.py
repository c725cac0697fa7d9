"""The HTTP routes of the evaluators."""
