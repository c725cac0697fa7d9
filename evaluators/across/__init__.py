"""Group metrics: each file compares one character over the shots of a sequence."""
