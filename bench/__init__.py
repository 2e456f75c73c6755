"""Long measurements and checks: the soak, latencies during an outage, and the check that the tests can fail.

Run `make soak`, `make bench-outage` and `make mutants` from the project's folder.
"""
