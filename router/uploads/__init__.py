"""What comes in from outside: in parts, in quarantine, told by its bytes, opened in a jail."""
