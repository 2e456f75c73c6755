"""The host's clock, for the times of rows. Times that are stored in Redis come from the server's clock."""

import time


def now_ms() -> int:
    """Return ms since the epoch."""
    return time.time_ns() // 1_000_000
