"""The user registry, credentials and permissions."""
