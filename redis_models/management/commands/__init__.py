"""Management commands, a module each."""
