"""The chat under /api/v1."""
