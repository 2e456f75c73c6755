"""The host's clock, by which rows are stamped; the server's is for what is stored in Redis."""

import time


def now_ms() -> int:
    """Return ms since the epoch."""
    return time.time_ns() // 1_000_000
