"""Where people hand things in over HTTP: campaigns, repairs, notes, decisions, sign-offs."""
