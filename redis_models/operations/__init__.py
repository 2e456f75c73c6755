"""Writes and reads as data, and the scripts that run them."""
