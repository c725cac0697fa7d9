"""Wire dialects, one per file; the file's name is what a catalogue row calls its dialect."""
