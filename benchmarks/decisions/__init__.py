"""What named people decide about takes, and what follows from it for other shots."""
