"""Who may come in: keys, people, sessions, grants, and how much each may ask for."""
