"""What workers do with what was handed in: shifts, campaigns and repairs, daily rounds."""
