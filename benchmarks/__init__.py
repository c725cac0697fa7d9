"""Second floor: scores and votes become findings."""
