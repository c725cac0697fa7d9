"""What must be true before money is spent: matching, consent, Regions, prices. Pure."""
