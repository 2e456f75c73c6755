"""The memory that the bodies in flight of a worker may hold together. Only the event loop uses it: it has no lock."""

from aira_site.http.bodies.limits import BUSY, BodyRefused

MOST_BYTES = 64 * 1024 * 1024
SCARCE_FROM_BYTES = MOST_BYTES // 2
MOST_HANDED_OVER_BYTES = MOST_BYTES * 3 // 4
"""Large bodies that Django reads as a whole may not take the rest, which small bodies need."""


class BodyMemory:
    """Counts the bytes of bodies that are in memory."""

    def __init__(self) -> None:
        self.taken_bytes = 0

    @property
    def is_scarce(self) -> bool:
        """Return whether bodies should be moved to disk earlier."""
        return self.taken_bytes > SCARCE_FROM_BYTES

    def take(self, size: int, *, most_bytes: int = MOST_BYTES) -> None:
        """Count `size` more bytes; raises BodyRefused (503) if that is more than `most_bytes` together."""
        if self.taken_bytes + size > most_bytes:
            raise BodyRefused(BUSY)
        self.taken_bytes += size

    def give_back(self, size: int) -> None:
        """Count `size` bytes less."""
        self.taken_bytes -= size
