"""The attacks of `make attack`: one function each, which runs in a process of the lowest priority."""
