"""The user registry, credentials, and who may do what."""
