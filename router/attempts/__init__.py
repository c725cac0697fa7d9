"""One paid attempt from its reservation to its end: sent once, staged, booked, reconciled."""
