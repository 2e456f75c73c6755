"""The existing API of the dashboard."""
