"""The health of Redis: breakers, the monitor, the server's clock, and the mark of the database."""
