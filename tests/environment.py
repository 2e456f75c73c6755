"""A pytest plugin loaded before Django's settings: gives each test process its own environment.

The Redis time-out is the documented 30 s, so a busy machine does not look like an outage, and the budget of a request
is five times the documented one. Only the pause between two attempts is shorter. A test of a server that hangs sets
the time-outs it needs. Users may write as often as they like; the tests of that bound set it.

The files of the test process, its tests and its servers are in memory, if there is enough: a test server syncs its
file with every write, and no test takes the power away. Killed processes find their files again either way.
`TEST_FILES` names another folder; benchmarks, which measure disks, use /tmp.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from tests.leftovers import Watcher

SERVICE_KEY = "aira_sk_for_tests_only"
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 * 1024**3


def fast_folder() -> str:
    """Return `TEST_FILES`, or else a folder whose files are in memory, or /tmp if there is none or it is too small."""
    is_enough = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES
    return os.environ.get("TEST_FILES") or (str(MEMORY) if is_enough else "/tmp")


FOLDER = Path(tempfile.mkdtemp(prefix="aira-", dir=fast_folder()))
SOCKET = FOLDER / "valkey.sock"
LOGS = FOLDER / "logs"
LOGS.mkdir()
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
LEFTOVERS = Watcher(FOLDER)

for name in [name for name in os.environ if name.startswith(("AIRA_", "KV_"))]:
    del os.environ[name]
os.environ |= {
    "REDIS_URL": f"unix://{SOCKET}",
    "AIRA_DATA_DIR": str(FOLDER / "var"),
    "AIRA_SECRET_KEY": "a secret key for tests only, long enough for anything",
    "AIRA_SERVICE_KEYS": hashlib.sha256(SERVICE_KEY.encode()).hexdigest(),
    "AIRA_REQUEST_BUDGET_S": "12.5",
    "AIRA_WRITES_A_MINUTE": "1000000000",
    "AIRA_REDIS_RETRY_DELAY_MS": "5",
    "PYTEST_DEBUG_TEMPROOT": fast_folder(),
}
