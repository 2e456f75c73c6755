"""The clock of this host, and by how much the server's is ahead of it."""

import time

BEGAN_NS = time.time_ns() - time.monotonic_ns()
JITTER_MS = 20


def steady_ms() -> int:
    """Return ms since the epoch by a clock that never steps: the host's time at process start plus monotonic time."""
    return (BEGAN_NS + time.monotonic_ns()) // 1_000_000


def settled_offset(offset_ms: int, *, before: int | None) -> int:
    """Return the previous offset (None: not known, and none) if the new one differs by no more than a probe's error.

    Otherwise an error of measurement could give a later write of this process an earlier time.
    """
    used = before or 0
    return used if abs(offset_ms - used) <= JITTER_MS else offset_ms
