"""Bounds for each person."""
