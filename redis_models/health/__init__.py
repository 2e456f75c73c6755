"""Whether Redis may be asked now: breakers, the monitor, the server's clock, the mark of the database."""
