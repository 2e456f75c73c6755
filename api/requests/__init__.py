"""Read requests: typed, and limited in size."""
