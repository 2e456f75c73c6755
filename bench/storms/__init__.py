"""The sections of `make soak`."""
