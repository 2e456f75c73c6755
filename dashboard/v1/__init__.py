"""The dashboard under /api/v1."""
