"""Words and examples -> Style: how a face carries itself, as a point in style space."""
