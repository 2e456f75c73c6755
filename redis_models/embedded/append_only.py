"""The embedded server's append-only files: held still to be copied, and rewritten to hold no more than there is."""

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
    """Let no rewrite replace the files inside the block: they only grow, and a prefix of them can be loaded.

    Does nothing where the server does not run. Raises EmbeddedServerUnavailable where a rewrite does not end. Source:
    Valkey's manual, "Backing up AOF persistence".
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
    """Let the server write its file anew, so that it holds only what there is; return whether it did.

    Raises EmbeddedServerUnavailable where the rewrite does not end.
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
