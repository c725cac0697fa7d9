"""Cuts in and out: editors' files become shots, and circled takes go back into the edit."""
