"""Background work of a serving process."""
