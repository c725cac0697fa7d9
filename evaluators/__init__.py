"""First floor: a take becomes scores and verdicts."""
