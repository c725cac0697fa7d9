"""Ground floor: a request becomes a take."""
