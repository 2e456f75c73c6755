"""The embedded server's append-only files: pause rewrites for a backup, and rewrite them to remove deleted data."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis_models.embedded.server import EmbeddedServerUnavailable, ask, socket_path

REWRITE_TIMEOUT_S = 60.0
REWRITING = ("aof_rewrite_in_progress:1", "aof_rewrite_scheduled:1")
_PERCENTAGE = "auto-aof-rewrite-percentage"


@contextmanager
def held_still(data_dir: Path) -> Iterator[None]:
    """Prevent rewrites of the files inside the block: they only grow, and any prefix of them can be loaded.

    Does nothing if the server is not running. Raises EmbeddedServerUnavailable if a running rewrite does not end.
    Source: Valkey's manual, "Backing up AOF persistence".
    """
    server = socket_path(data_dir)
    percentage = ask(server, f"CONFIG GET {_PERCENTAGE}").split()[-1:]
    if not percentage:
        yield
        return
    ask(server, f"CONFIG SET {_PERCENTAGE} 0")
    try:
        _wait_for_rewrite(server)
        yield
    finally:
        ask(server, f"CONFIG SET {_PERCENTAGE} {percentage[0]}")


def rewrite_append_only_file(data_dir: Path) -> bool:
    """Rewrite the server's file, which removes data that was deleted or overwritten; return whether that worked.

    Raises EmbeddedServerUnavailable if the rewrite does not end.
    """
    server = socket_path(data_dir)
    if not ask(server, "BGREWRITEAOF").startswith("+"):
        return False
    _wait_for_rewrite(server)
    return "aof_last_bgrewrite_status:ok" in ask(server, "INFO persistence")


def _wait_for_rewrite(server: Path) -> None:
    deadline = time.monotonic() + REWRITE_TIMEOUT_S
    while any(state in ask(server, "INFO persistence") for state in REWRITING):
        if time.monotonic() > deadline:
            raise EmbeddedServerUnavailable("The embedded server is still rewriting its file; try again later.")
        time.sleep(0.05)
