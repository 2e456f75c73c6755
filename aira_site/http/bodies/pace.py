"""How fast a body must arrive. Pure: the caller passes the time."""

WINDOW_S = 10.0
SLOWEST_BYTES_PER_S = 16 * 1024
_WINDOW_BYTES = int(WINDOW_S * SLOWEST_BYTES_PER_S)


class Pace:
    """The deadline of the next bytes: the first byte within 10 s, then each 160 KiB (or the end) within 10 s.

    So a body takes at most 20 s more than its length at 16 KiB/s.
    """

    def __init__(self, *, now_s: float) -> None:
        self.deadline_s = now_s + WINDOW_S
        self._missing_bytes = 0

    def received(self, size: int, *, now_s: float) -> bool:
        """Count bytes that arrived; return whether they moved the deadline."""
        self._missing_bytes -= size
        if self._missing_bytes > 0:
            return False
        self._missing_bytes = _WINDOW_BYTES
        self.deadline_s = now_s + WINDOW_S
        return True
