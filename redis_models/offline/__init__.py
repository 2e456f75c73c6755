"""Answers without Redis, from the last snapshots with waiting writes applied to them."""
