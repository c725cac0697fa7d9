"""What is seen in pictures: faces, key points, regions, texture, palettes, motion."""
