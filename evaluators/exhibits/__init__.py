"""The kinds of evidence picture: one file shows one thing."""
