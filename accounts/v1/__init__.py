"""The user registry under /api/v1."""
