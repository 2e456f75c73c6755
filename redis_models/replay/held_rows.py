"""Rows to which Redis replied with an unknown error: drains leave them out for a growing pause, and others go on."""

import math
import time

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
HELD_AT_MOST = 10_000


class HeldRows:
    """A host's rows that are held back, by id. Beyond 10 000 rows, the one held first is tried again early."""

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[float, float]] = {}

    def hold_back(self, row_id: int) -> float:
        """Hold the row back and return for how long (s): 1 s at first, then twice as long each time, up to 60 s."""
        _, pause_s = self._by_id.pop(row_id, (0.0, FIRST_PAUSE_S / 2))
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        self._by_id[row_id] = (time.monotonic() + pause_s, pause_s)
        if len(self._by_id) > HELD_AT_MOST:
            del self._by_id[next(iter(self._by_id))]
        return pause_s

    def release(self, row_id: int) -> None:
        """Forget the row, because Redis knew what to do with it."""
        self._by_id.pop(row_id, None)

    def is_held(self, row_id: int) -> bool:
        """Return whether the row's pause is not over."""
        until_s, _ = self._by_id.get(row_id, (-math.inf, 0.0))
        return time.monotonic() < until_s
