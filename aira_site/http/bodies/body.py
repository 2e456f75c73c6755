"""A body as it arrives: in memory, and above 1 MiB in a nameless file."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryFile
from typing import IO

from aira_site.http.bodies.limits import BUSY, LARGEST_BODY_BYTES, TOO_LARGE, BodyRefused
from aira_site.http.bodies.memory import MOST_HANDED_OVER_BYTES, BodyMemory

SPOOLED_FROM_BYTES = 1024 * 1024
SPOOLED_IF_SCARCE_FROM_BYTES = 16 * 1024

_disk = ThreadPoolExecutor(4, thread_name_prefix="bodies")
"""Writes to disk here, because a slow disk must not hold the event loop."""


class Body:
    """A body that arrives piece by piece; `close` gives its memory back. `size` is the number of bytes so far."""

    def __init__(self, memory: BodyMemory, *, bound: int) -> None:
        self.size = 0
        self._bound = bound
        self._memory = memory
        self._held_bytes = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._has_disk = True

    async def add(self, piece: bytes) -> None:
        """Add a piece; raises BodyRefused: 413 above `bound`, 503 if memory or disk are full."""
        if self.size + len(piece) > self._bound:
            raise BodyRefused(TOO_LARGE)
        self._take(len(piece))
        self.size += len(piece)
        self._pieces.append(piece)
        from_bytes = SPOOLED_IF_SCARCE_FROM_BYTES if self._memory.is_scarce else SPOOLED_FROM_BYTES
        if self._held_bytes > from_bytes and self._has_disk:
            await self._spool()

    async def handed_over(self) -> IO[bytes]:
        """Return the whole body, to be read from its beginning; raises BodyRefused (503).

        A body of at most 8 MiB will be read into memory as a whole, so it counts as a whole from now on.
        """
        if self._file is None:
            content, self._pieces = b"".join(self._pieces), []
            return io.BytesIO(content)
        await self._spool()
        if self.size <= LARGEST_BODY_BYTES:
            self._take(self.size, most_bytes=MOST_HANDED_OVER_BYTES)
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Give memory and file back. Closing twice is the same as closing once."""
        self._memory.give_back(self._held_bytes)
        self._held_bytes = 0
        self._pieces = []
        if self._file is not None:
            self._file.close()

    def _take(self, size: int, **options: int) -> None:
        self._memory.take(size, **options)
        self._held_bytes += size

    async def _spool(self) -> None:
        """Move what is in memory to the file; without any folder for temporary files, it stays in memory."""
        content = b"".join(self._pieces)
        try:
            self._file = await asyncio.get_running_loop().run_in_executor(_disk, _appended, self._file, content)
        except OSError:
            if self._file is not None:
                raise BodyRefused(BUSY) from None
            self._has_disk = False
            return
        self._pieces = []
        self._memory.give_back(self._held_bytes)
        self._held_bytes = 0


def _appended(file: IO[bytes] | None, content: bytes) -> IO[bytes]:
    """Return the file, or a new one, with the content at its end; raises OSError."""
    file = TemporaryFile() if file is None else file  # noqa: SIM115 (the body closes it)
    file.write(content)
    file.flush()
    return file
