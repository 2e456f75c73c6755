"""The bundled Valkey server and its append-only file."""
