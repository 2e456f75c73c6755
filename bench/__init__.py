"""What takes longer than a test: the soak, the outage's latencies, and the check that the tests can fail.

Run from the project's folder by `make soak`, `make bench-outage` and `make mutants`.
"""
