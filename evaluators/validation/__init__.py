"""Studies that say how far each metric can be trusted, on photographs and footage."""
