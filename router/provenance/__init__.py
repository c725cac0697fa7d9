"""Where a copy that leaves the house came from: signed with it, shown and verified."""
