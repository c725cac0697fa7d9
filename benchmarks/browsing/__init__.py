"""Long lists as people walk through them: takes, acceptance sheets, galleries."""
