"""One screen in each file; they see HTTP only and know nothing of each other."""
