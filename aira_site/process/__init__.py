"""The serving processes: the supervisor and the HTTP server."""
