"""How a partner leaves: everything deleted, looked for again, and certified."""
