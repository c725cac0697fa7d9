"""One metric per file; the file's name is its registration."""
