"""Read records out of a damaged SQLite file, page by page. Source: https://sqlite.org/fileformat2.html.

SQLite gives up a table if one page of it is damaged. Here each leaf page is read on its own, so only what is on the
damaged page is lost. Whether a record is whole is for the caller to check.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from redis_models.journal.damage.log import FRAME_HEADER, frames_of

Value = int | str | bytes | None
T = TypeVar("T")
PAGE_SIZE = 4096
"""SQLite's default, used if the file's header is damaged."""
_LEAF_OF_TABLE = 0x0D
_LEAF_OF_INDEX = 0x0A
_FILE_HEADER = 100
_SIZES_OF_INTEGERS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}
"""By serial type; 0 is NULL, 8 and 9 are the integers 0 and 1. The journal stores no floating-point number."""
_RECORD_MAX_BYTES = 64 * 1024 * 1024


class Record(NamedTuple):
    """One row of a table: its rowid and its columns."""

    rowid: int
    columns: tuple[Value, ...]


class _Damaged(Exception):
    """The bytes are not what the format says."""


class Pages:
    """The newest image of each page, from the file and from its write-ahead log; either of them may be missing."""

    def __init__(self, file: Path, log: Path) -> None:
        self._file = file.read_bytes() if file.exists() else b""
        self._log = log.read_bytes() if log.exists() else b""
        self.size = _page_size(self._file[16:18], self._log[8:12])
        self._in_log = {frame.page: frame.place + FRAME_HEADER for frame in frames_of(self._log, self.size)}
        self.count = max(len(self._file) // self.size, *self._in_log, 0)

    def image(self, number: int) -> bytes:
        """Return the page's bytes, of which some may be missing at the end of a torn file."""
        if number in self._in_log:
            return self._log[self._in_log[number] : self._in_log[number] + self.size]
        return self._file[(number - 1) * self.size : number * self.size]

    def records(self) -> Iterator[Record | None]:
        """Yield the records of all tables in no order; None for a record that cannot be read."""
        return self._on_leaves(_LEAF_OF_TABLE, self._record_at)

    def short_entries(self) -> Iterator[tuple[Value, ...] | None]:
        """Yield the records of tables without rowids, and entries of indexes; None if one is not whole on its page."""
        return self._on_leaves(_LEAF_OF_INDEX, self._entry_at)

    def _on_leaves(self, kind: int, read: Callable[[bytes, int], T]) -> Iterator[T | None]:
        for number in range(1, self.count + 1):
            page = self.image(number)
            start = _FILE_HEADER if number == 1 else 0
            if page[start : start + 1] != bytes([kind]):
                continue
            count = int.from_bytes(page[start + 3 : start + 5])
            for place in range(start + 8, start + 8 + 2 * min(count, self.size // 4), 2):
                try:
                    yield read(page, int.from_bytes(page[place : place + 2]))
                except (_Damaged, IndexError, struct.error, UnicodeDecodeError):
                    yield None

    def _entry_at(self, page: bytes, offset: int) -> tuple[Value, ...]:
        length, offset = _varint(page, offset)
        if not 0 < length <= (self.size - 12) * 64 // 255 - 23:
            raise _Damaged
        return tuple(_columns(page[offset : offset + length]))

    def _record_at(self, page: bytes, offset: int) -> Record:
        length, offset = _varint(page, offset)
        rowid, offset = _varint(page, offset)
        if not 0 < length <= _RECORD_MAX_BYTES:
            raise _Damaged
        local = self._local_length(length)
        payload = page[offset : offset + local]
        if local < length:
            first = int.from_bytes(page[offset + local : offset + local + 4])
            payload += self._overflow(first, length - local)
        if len(payload) != length:
            raise _Damaged
        return Record(rowid, tuple(_columns(payload)))

    def _local_length(self, length: int) -> int:
        """Return how many bytes of a payload are on the leaf page itself ("B-tree Cell Format")."""
        most, least = self.size - 35, (self.size - 12) * 32 // 255 - 23
        if length <= most:
            return length
        spilled = least + (length - least) % (self.size - 4)
        return spilled if spilled <= most else least

    def _overflow(self, number: int, length: int) -> bytes:
        found = b""
        for _ in range(-(-length // (self.size - 4))):
            page = self.image(number)
            found += page[4:]
            number = int.from_bytes(page[:4])
        return found[:length]


def _page_size(in_file: bytes, in_log: bytes) -> int:
    """Return the page size by the headers of the file and its log."""
    of_file = int.from_bytes(in_file)
    for size in (65536 if of_file == 1 else of_file, int.from_bytes(in_log)):
        if 512 <= size <= 65536 and size.bit_count() == 1:
            return size
    return PAGE_SIZE


def _varint(content: bytes, offset: int) -> tuple[int, int]:
    """Return a variable-length integer and the offset behind it."""
    value = 0
    for index in range(offset, offset + 8):
        value = value << 7 | content[index] & 0x7F
        if content[index] < 0x80:
            return value, index + 1
    return value << 8 | content[offset + 8], offset + 9


def _columns(payload: bytes) -> Sequence[Value]:
    """Return the values of a record ("Record Format")."""
    header_length, offset = _varint(payload, 0)
    kinds = []
    while offset < header_length:
        kind, offset = _varint(payload, offset)
        kinds.append(kind)
    values = []
    for kind in kinds:
        length = _length(kind)
        values.append(_value(kind, payload[offset : offset + length]))
        offset += length
    if offset != len(payload):
        raise _Damaged
    return values


def _length(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    if kind not in _SIZES_OF_INTEGERS:
        raise _Damaged
    return _SIZES_OF_INTEGERS[kind]


def _value(kind: int, content: bytes) -> Value:
    if kind >= 12:
        return content.decode() if kind % 2 else content
    if kind == 0:
        return None
    return kind - 8 if kind in (8, 9) else int.from_bytes(content, signed=True)
