"""Credentials: tokens, sessions, passwords, service keys, and the keys of identity providers."""
