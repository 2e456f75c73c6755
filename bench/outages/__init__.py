"""The sections of `make bench-outage`."""
