"""The old API of the dashboard."""
