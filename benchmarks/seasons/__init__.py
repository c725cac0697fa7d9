"""A season before it is paid for: on paper, on a simulated clock, in bad weather."""
