"""A file of rows for operators: one JSON object per line."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from redis_models.journal import Row


def write_rows(rows: Iterable[Row], output: Path) -> None:
    """Write complete rows durably to a file that only its owner can read; they hold users' texts."""
    output.touch(mode=0o600)
    with output.open("wb") as file:
        file.writelines(msgspec.json.encode(row) + b"\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
