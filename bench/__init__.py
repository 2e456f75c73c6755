"""Long measurements and checks: the soak, latencies during an outage, and the check that the tests can fail.

Run `make soak`, `make bench-outage` and `make mutants` from the project's folder.
Their files, and those of their servers, are on a disk, not in memory as those of tests are.
"""

import os

os.environ.setdefault("TEST_FILES", "/tmp")
