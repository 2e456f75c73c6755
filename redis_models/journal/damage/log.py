"""Follow the frames of a write-ahead log. Source: https://sqlite.org/fileformat2.html, "The Write-Ahead Log".

A log begins with a header; each frame is a header and a page. The salts in these headers say to which generation of the
log a frame belongs: SQLite begins a new one at the start of the file when all frames are in the database file.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from redis_models.errors import JournalUnavailable

HEADER, FRAME_HEADER = 32, 24
_NEVER_WRITTEN = bytes(8)
"""The checksum at the end of a header that was cut off, after the file grew again."""


class Frame(NamedTuple):
    """A frame at a `place` of the log (bytes), with the newest image of a `page`; maybe the last of a commit."""

    place: int
    page: int
    is_commit: bool


def frames_of(log: bytes, page_size: int) -> Iterator[Frame]:
    """Yield the frames of the log's present generation, the oldest first, also those behind a damaged one."""
    places = range(HEADER, len(log) - FRAME_HEADER - page_size + 1, FRAME_HEADER + page_size)
    salts = Counter(log[place + 8 : place + 16] for place in places)
    present = log[16:24] if log[16:24] in salts else next((salt for salt, _ in salts.most_common(1)), b"")
    for place in places:
        page, pages_after = int.from_bytes(log[place : place + 4]), log[place + 4 : place + 8]
        if log[place + 8 : place + 16] == present and page:
            yield Frame(place, page, is_commit=any(pages_after))


def commits_behind(log: bytes, page_size: int, *, known: int) -> bool:
    """Return whether commits lie behind the frames that SQLite knows: it stops at the first that is damaged."""
    begin = HEADER + known * (FRAME_HEADER + page_size)
    return any(frame.is_commit for frame in frames_of(log, page_size) if frame.place >= begin)


class Log(NamedTuple):
    """An open log: its handle, the salts of its present generation, and the size of a frame in bytes."""

    handle: int
    salts: bytes
    frame: int

    def end_of_frames(self, begin: int) -> int:
        """Return the end of this generation's whole frames that follow each other from `begin` on."""
        place, size = begin, os.fstat(self.handle).st_size
        while place + self.frame <= size and self._header(place)[8:16] == self.salts:
            place += self.frame
        return place

    def has_gap_at(self, end: int) -> bool:
        """Return whether frames of this generation lie behind one that was never written."""
        if self._header(end)[16:] != _NEVER_WRITTEN:
            return False
        size = os.fstat(self.handle).st_size
        return any(self._header(place)[8:16] == self.salts for place in range(end, size, self.frame))

    def _header(self, place: int) -> bytes:
        return os.pread(self.handle, FRAME_HEADER, place)


class LogFollower:
    """Follows what is added to a log, so that each frame is looked at once. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._salts = b""
        self._end = HEADER
        self.frame_bytes = 0

    def was_cut(self, size: int) -> bool:
        """Return whether a log of this `size` (bytes) has lost frames that were there at the last call of `has_gap`."""
        if size >= self._end:
            return False
        with self._opened() as (_, header):
            return bool(self._salts) and _salts_in(header) == self._salts

    def has_gap(self) -> bool:
        """Return whether the log, to which this process has added a moment ago, cannot be read up to its end."""
        with self._opened() as (handle, header):
            if len(header) < HEADER:
                return False  # All frames are in the file: another process has emptied the log since.
            return header[24:] == _NEVER_WRITTEN or self._follow(handle, header)

    def _follow(self, handle: int, header: bytes) -> bool:
        salts, self.frame_bytes = _salts_in(header), FRAME_HEADER + int.from_bytes(header[8:12])
        if salts != self._salts:
            self._salts, self._end = salts, HEADER
        log = Log(handle, salts, self.frame_bytes)
        self._end = log.end_of_frames(self._end)
        return log.has_gap_at(self._end)

    @contextmanager
    def _opened(self) -> Iterator[tuple[int, bytes]]:
        """Yield a handle of the log, and its header; raises JournalUnavailable."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise JournalUnavailable("The journal's log cannot be read.") from error
        try:
            yield handle, os.pread(handle, HEADER, 0)
        finally:
            os.close(handle)


def _salts_in(header: bytes) -> bytes:
    return header[16:24]
