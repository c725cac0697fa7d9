"""Shot packs: read, checked, sealed and started."""
