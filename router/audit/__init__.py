"""What was done by whom: one chain of records for each partner, and one for the house."""
