"""Commands of this storey, done at a service."""
