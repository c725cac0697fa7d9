"""A studio's own production tracker: takes go there as revisions, people's words come back."""
