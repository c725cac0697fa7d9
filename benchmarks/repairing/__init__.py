"""What failed is asked for again, and only that: remedies, errands, the workbench."""
