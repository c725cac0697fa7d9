"""Notes on takes: words, frames and drawings, and what is made of their wishes."""
