"""What partners wrote and showed is kept under a key of each partner's own."""
