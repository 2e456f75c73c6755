"""The old API of the registry."""
