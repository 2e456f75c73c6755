"""The bundled Valkey: started, kept running, stopped, and its append-only file."""
