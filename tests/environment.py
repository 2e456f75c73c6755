"""A pytest plugin loaded before Django's settings: gives each test process its own environment.

The Redis time-out is the documented 30 s, so a busy machine does not look like an outage, and the budget of a request
is five times the documented one. Only the pause between two attempts is shorter. A test of a server that hangs sets
the time-outs it needs.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

SERVICE_KEY = "aira_sk_for_tests_only"
FOLDER = Path(tempfile.mkdtemp(prefix="aira-", dir="/tmp"))
SOCKET = FOLDER / "valkey.sock"
LOGS = FOLDER / "logs"
LOGS.mkdir()
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

for name in [name for name in os.environ if name.startswith(("AIRA_", "KV_"))]:
    del os.environ[name]
os.environ |= {
    "REDIS_URL": f"unix://{SOCKET}",
    "AIRA_DATA_DIR": str(FOLDER / "var"),
    "AIRA_SECRET_KEY": "a secret key for tests only, long enough for anything",
    "AIRA_SERVICE_KEYS": hashlib.sha256(SERVICE_KEY.encode()).hexdigest(),
    "AIRA_REQUEST_BUDGET_S": "12.5",
    "AIRA_REDIS_RETRY_DELAY_MS": "5",
}
