"""Metrics against people: how far a metric says what raters say, and how far raters agree."""
