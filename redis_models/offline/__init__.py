"""Answers without Redis: the last snapshots with the waiting writes on top."""
