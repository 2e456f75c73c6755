"""The existing API of the user registry."""
