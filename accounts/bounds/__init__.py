"""Bounds for each person: bytes stored, and writes a minute. They are asked before a write is accepted."""
