"""Where the router remembers: tables, migrations and the only SQL that moves money."""
